import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fromBase64, toBase64, toHex } from "./bytes";
import { NOTHING_ASKED, type Asked, checkLog } from "./log";
import {
  type Ed25519,
  checkSigned,
  findCosignatures,
  parseCheckpoint,
  parseKey,
  parseNote,
} from "./note";

const ed25519: Ed25519 = (key, message, signature) => {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
  const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
  return verify(null, message, publicKey, signature);
};

describe("a checkpoint that witnesses of the public network co-signed", () => {
  // Of a Static CT log (staging), with the published keys of the log and of the witnesses.
  const CHECKPOINT = `arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
`;
  const LOG = parseKey(
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f",
  );
  const WITNESSES = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
  ].map(parseKey);

  test("holds, with all of them", async () => {
    const note = parseNote(CHECKPOINT);
    await checkSigned(note, LOG, ed25519);
    const found = await findCosignatures(note, WITNESSES, ed25519);
    expect(found.map(({ time }) => time)).toEqual(Array(4).fill(1779573024n));
    expect(parseCheckpoint(note.body).size).toBe(1432088532n);
  });
  test("cannot be changed", async () => {
    const changes: [string, string][] = [
      ["1432088532", "1432088533"],
      ["U7WM", "U7WN"],
      ["AABqEiEg", "AABqEiEh"],
    ];
    for (const [from, to] of changes) {
      const note = parseNote(CHECKPOINT.replace(from, to));
      await expect(findCosignatures(note, WITNESSES, ed25519)).rejects.toMatchObject({
        code: "proof.log.witnesses",
      });
    }
  });
});

const byte = (value: number) => Uint8Array.of(value);
const utf8 = (text: string) => new TextEncoder().encode(text);
const sha = (...parts: Uint8Array[]) =>
  new Uint8Array(createHash("sha256").update(Buffer.concat(parts)).digest());

/** Tree and path straight from the definitions of RFC 9162, 2.1, apart from what is tested. */
function treeHash(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return sha(byte(1), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}
function path(index: number, leaves: Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return index < split
    ? [...path(index, leaves.slice(0, split)), treeHash(leaves.slice(split))]
    : [...path(index - split, leaves.slice(split)), treeHash(leaves.slice(0, split))];
}

/** Somebody with a key: how it is written, and the line of a signature. */
function signer(name: string, type: number) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
  const material = Buffer.concat([byte(type), raw]);
  const id = sha(utf8(`${name}\n`), material).slice(0, 4);
  const line = (message: string, before = new Uint8Array(), as = name) => {
    const payload = Buffer.concat([before, sign(null, Buffer.from(message), privateKey)]);
    return `\u2014 ${as} ${toBase64(Buffer.concat([id, payload]))}\n`;
  };
  return { text: `${name}+${toHex(id)}+${toBase64(material)}`, line };
}

const LOG = signer("demo/reserves", 1);
const witnesses = ["w1", "w2"].map((name) => signer(name, 4));
const PUBLISHED = {
  ...{ exchange: "demo", round: "2026-11", header: "ab".repeat(32) },
  ...{ root: "12".repeat(32), manifest: "cd".repeat(32) },
};

function cosigned(body: string, time: bigint, { line }: ReturnType<typeof signer>, as?: string) {
  const before = new Uint8Array(8);
  new DataView(before.buffer).setBigUint64(0, time);
  return line(`cosignature/v1\ntime ${time}\n${body}`, before, as);
}

/** The proof of a round at a place of a log, with the lines of both witnesses. */
function proof(index: number, size: number, more = "") {
  const entries = Array.from({ length: size }, (_, at) =>
    utf8(at === index ? JSON.stringify({ reserves_round: PUBLISHED }) : `another ${at}`),
  );
  const leaves = entries.map((entry) => sha(byte(0), entry));
  const body = `demo/reserves\n${size}\n${toBase64(treeHash(leaves))}\n`;
  const hashes = path(index, leaves).map((hash) => `${toBase64(hash)}\n`);
  const lines = witnesses.map((witness, at) => cosigned(body, BigInt(100 + at), witness));
  const head = `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes.join("")}\n`;
  return `${head}${body}\n${LOG.line(body)}${lines.join("")}${more}`;
}

const keys: Asked = {
  log: parseKey(LOG.text),
  witnesses: witnesses.map(({ text }) => parseKey(text)),
  wanted: 2,
};
const check = (text: string, asked = keys, published = PUBLISHED) =>
  checkLog(utf8(text), published, asked, ed25519);
const codeOf = async (checking: Promise<unknown>) => {
  try {
    await checking;
    return "held";
  } catch (error) {
    const { code, file } = error as { code: string; file: string };
    expect(file).toBe("journal.proof");
    return code;
  }
};

describe("a round in the log", () => {
  test("is found at every place of logs of every small size", async () => {
    for (let size = 1; size <= 9; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const found = await check(proof(index, size));
        expect([found.index, found.size]).toEqual([BigInt(index), BigInt(size)]);
      }
    }
  });
  test("says who signed, and what was not checked", async () => {
    const found = await check(proof(2, 5));
    expect(found).toMatchObject({ log: "demo/reserves", isSignatureChecked: true });
    expect(found.witnesses).toEqual([
      { name: "w1", time: 100n },
      { name: "w2", time: 101n },
    ]);
    const unchecked = await check(proof(2, 5), NOTHING_ASKED);
    expect(unchecked).toMatchObject({ isSignatureChecked: false, witnesses: [] });
    expect(unchecked.claimed).toEqual(["w1", "w2"]);
  });
  test("is refused as another round, exchange or manifest", async () => {
    for (const field of Object.keys(PUBLISHED)) {
      const other = { ...PUBLISHED, [field]: "other" };
      expect(await codeOf(check(proof(2, 5), NOTHING_ASKED, other)), field).toBe("proof.log");
    }
  });
  test("is refused when any bit of its proof differs", async () => {
    const good = Buffer.from(proof(2, 5));
    for (let at = 0; at < good.length; at += 1) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ (1 << at % 8);
      const code = await codeOf(checkLog(new Uint8Array(bad), PUBLISHED, keys, ed25519));
      expect(code, `byte ${at}`).toMatch(/^proof\.log/);
    }
  });
  test("is refused when its path is cut, longer, or of another place", async () => {
    const lines = proof(2, 5).split("\n");
    const without = lines.filter((_, at) => at !== 2).join("\n");
    const twice = lines.flatMap((line, at) => (at === 2 ? [line, line] : [line])).join("\n");
    for (const text of [without, twice, proof(2, 5).replace("index 2", "index 3")]) {
      expect(await codeOf(check(text))).toBe("proof.log");
    }
    expect(await codeOf(check(proof(2, 5).replace("index 2", "index 5")))).toBe("proof.log");
    for (const index of ["02", "+2", "-1", "2 ", "99999999999999999999"]) {
      const text = proof(2, 5).replace("index 2", `index ${index}`);
      expect(await codeOf(check(text)), index).toBe("proof.log");
    }
  });
});

describe("keys", () => {
  test("of another log are refused by name", async () => {
    const other = { ...keys, log: parseKey(signer("demo/reserves", 1).text) };
    expect(await codeOf(check(proof(2, 5), other))).toBe("proof.log.signature");
  });
  test("of witnesses are demanded", async () => {
    const third = parseKey(signer("w3", 4).text);
    const more = { ...keys, witnesses: [...keys.witnesses, third] };
    expect(await codeOf(check(proof(2, 5), more))).toBe("held");
    expect(await codeOf(check(proof(2, 5), { ...more, wanted: 3 }))).toBe("proof.log.witnesses");
    const twice = { ...keys, witnesses: [...keys.witnesses, keys.witnesses[0] ?? third] };
    expect(await codeOf(check(proof(2, 5), twice))).toBe("proof.log.witnesses");
  });
  test("of strangers say nothing, and one in a known name has to hold", async () => {
    const stranger = signer("w9", 4);
    expect(await codeOf(check(proof(2, 5, cosigned("other\n", 1n, stranger))))).toBe("held");
    const [first] = witnesses;
    const lie = first ? cosigned("other\n", 1n, first) : "";
    expect(await codeOf(check(proof(2, 5, lie)))).toBe("proof.log.witnesses");
  });
  test("are read in their one form", () => {
    expect(parseKey(` ${LOG.text}\n`)).toMatchObject({ owner: "log", name: "demo/reserves" });
    expect(parseKey(witnesses[0]?.text ?? "")).toMatchObject({ owner: "witness", name: "w1" });
    for (const text of ["", "a", "a+b", "a+00000000+AQ==", LOG.text.replace("demo", "other")]) {
      expect(() => parseKey(text), text).toThrow();
    }
    expect(() => parseKey(signer("x", 6).text)).toThrow(/type/);
  });
});

test("notes are read in their one form", () => {
  const good = proof(0, 1).split("\n\n").slice(1).join("\n\n");
  expect(parseNote(good).signatures.length).toBe(3);
  const lines = ["", "- a AAAAAAA=", "\u2014 a AAAAAA==", "\u2014 a AAAAAAB=", "\u2014  AAAAAAA="];
  for (const line of lines) expect(() => parseNote(`${good}${line}\n`), line).toThrow();
  for (const text of ["", "\n\n", good.slice(0, -1), good.replace(/=\n$/, "=\r\n")]) {
    expect(() => parseNote(text)).toThrow();
  }
  expect(() => parseNote(good + "\u2014 a AAAAAAA=\n".repeat(98))).toThrow(/more than 100/);
});

test("base64 is read as it is written, and in no other form", () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 89 + length * 7) % 256);
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  }
  for (const text of ["A", "AA", "AAA", "AB==", "AAB=", "A===", "AA=A", "AA-_", "AAAA\n"]) {
    expect(fromBase64(text), text).toBeNull();
  }
});
