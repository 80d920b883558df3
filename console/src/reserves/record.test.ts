import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { joined, toBase64, toHex } from "../proof/bytes";
import type { Recorded } from "../proof/log";
import { sha256 } from "../proof/sha256";
import { type OnRecord, readKeys, recordSteps } from "./record";

const raw = () =>
  new Uint8Array(
    generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).subarray(-32),
  );
function keyText(name: string, type: number, key = raw()): string {
  const material = joined(Uint8Array.of(type), key);
  const id = sha256(joined(new TextEncoder().encode(`${name}\n`), material)).subarray(0, 4);
  return `${name}+${toHex(id)}+${toBase64(material)}`;
}

describe("keys that a reader gives", () => {
  test("are sorted by whose they are", () => {
    const lines = [keyText("w1", 4), "", "# the log", ` ${keyText("log", 1)} `, keyText("w2", 4)];
    const { log, witnesses } = readKeys(lines.join("\n"));
    expect(log?.name).toBe("log");
    expect(witnesses.map(({ name }) => name)).toEqual(["w1", "w2"]);
    expect(readKeys(keyText("w1", 4)).log).toBeNull();
  });
  test("are refused by their line", () => {
    expect(() => readKeys(`${keyText("w1", 4)}\nhello`)).toThrow(/^Line 2: it is not name/);
    expect(() => readKeys(`${keyText("a", 1)}\n${keyText("b", 1)}`)).toThrow(/second key of a log/);
    const key = raw();
    expect(() => readKeys(`${keyText("a", 4, key)}\n${keyText("b", 4, key)}`)).toThrow(/twice/);
    for (const text of ["", "# nothing", "\n\n"]) expect(() => readKeys(text)).toThrow(/no key/);
  });
});

describe("what was found, in words", () => {
  const recorded = {
    ...{ log: "demo/reserves", index: 0n, size: 2n, isSignatureChecked: true },
    ...{ witnesses: [], claimed: [] },
  };
  const found = { recorded, source: "site", known: 0 } as const;
  const step = (more: Partial<Omit<OnRecord, "recorded">> & { recorded?: Partial<Recorded> }) =>
    recordSteps({ ...found, ...more, recorded: { ...recorded, ...more.recorded } });

  test("counts entries from one", () => {
    expect(step({}).words.entry.detail).toContain("Entry 1 of 2 in demo/reserves");
  });
  test("says of the site's own key what it is worth", () => {
    expect(step({}).words.signature.detail).toContain("only that this site agrees with itself");
    expect(step({ source: "reader" }).words.signature.detail).toContain("you gave");
    expect(step({ source: "none" }).states).toMatchObject({ signature: "unavailable" });
  });
  test("never takes a line for a witness", () => {
    const { words, states } = step({ recorded: { claimed: ["w1", "w2"] } });
    expect(states).toMatchObject({ entry: "held", signature: "held", witnesses: "unavailable" });
    expect(words.witnesses.detail).toContain("2 lines in the name of witnesses: w1 and w2.");
    expect(words.witnesses.detail).toContain("Nothing of that is checked");
    expect(step({}).words.witnesses.title).toBe("Nobody has co-signed it");
    const none = step({ known: 2, recorded: { claimed: ["w9"] } }).words.witnesses;
    expect(none.title).toContain("None of the 2 witnesses that you know");
  });
  test("names witnesses and their times, whatever these are", () => {
    const witnesses = [
      { name: "w1", time: 1_793_491_201n },
      { name: "w2", time: 2n ** 63n - 1n },
    ];
    const { words, states } = step({
      known: 3,
      recorded: { witnesses, claimed: ["w1", "w2", "w9"] },
    });
    expect(states).toMatchObject({ witnesses: "held" });
    expect(words.witnesses.title).toBe("2 of 3 witnesses that you know co-signed it");
    expect(words.witnesses.detail).toMatch(/w1 on 1 November 2026 .*UTC; w2 on second 9223372036854775807/);
    expect(words.witnesses.detail).toContain("1 more line was not checked");
  });
});
