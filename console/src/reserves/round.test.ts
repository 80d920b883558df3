import { describe, expect, test } from "vitest";
import {
  checkPlain,
  commands,
  daysLate,
  parseRounds,
  readHeader,
  readSummary,
  readTotals,
} from "./round";

const PAGE = "https://example.org/reserves/";
const rounds = (...list: unknown[]) => JSON.stringify({ rounds: list });

describe("rounds.json", () => {
  test("leads to folders beside the page", () => {
    expect(parseRounds(rounds({ round: "2026-11", path: "2026-11/" }), PAGE)).toEqual([
      { round: "2026-11", path: "2026-11/", base: "https://example.org/reserves/2026-11/" },
    ]);
  });
  test("leads nowhere else", () => {
    const paths = ["", "2026-11", "/2026-11/", "../2026-11/", "a/../../b/", "//evil.example/"];
    for (const path of [...paths, "https://evil.example/", "a//", "a b/", "%2e%2e/", ".hidden/"]) {
      expect(() => parseRounds(rounds({ round: "x", path }), PAGE), path).toThrow(/folder beside/);
    }
  });
  test("is refused with its name when it is something else", () => {
    for (const text of ["", "[]", "{}", "null", rounds(null), rounds({ round: 1, path: "a/" })]) {
      expect(() => parseRounds(text, PAGE), text).toThrow();
    }
    const twice = { round: "x", path: "a/" };
    expect(() => parseRounds(rounds(twice, twice), PAGE)).toThrow(/twice/);
    try {
      parseRounds("{", PAGE);
    } catch (error) {
      expect(error).toMatchObject({ file: "rounds.json", code: "proof.field" });
    }
  });
});

describe("a round with margin products", () => {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const asset = (symbol: string) => ({ symbol, id: symbol, decimals: 2, price: "1" });
  const margin = [{ asset: "ETH", tiers: [{ up_to: "500", ratio_bp: 9_500 }] }];
  const header = (more: object = { margin }) =>
    readHeader(
      encode({
        ...{ version: 1, constraints: "", exchange: "Harbour", round: "2026-11", snapshot_at: 1 },
        ...{ chains: [], currency: "USD", assets: ["BTC", "ETH"].map(asset), ...more },
        ...{ layout: "margin", width: "64", shards: 1, slots: 9, log_rows: 16, previous: null },
      }),
    );
  const totals = (margin: object[], of = header()) =>
    readTotals(
      encode({
        ...{ version: 1, header: "ab", root: "", totals: ["7", "9"] },
        ...(margin.length > 0 ? { margin } : {}),
        shards: [],
      }),
      "ab",
      of,
    ).totals;

  test("says what is pledged, what customers owe, and what is to be held", () => {
    expect(header().collateral).toEqual([
      { asset: asset("ETH"), price: "1", tiers: [{ upTo: 500n, ratio: 9_500 }] },
    ]);
    expect(totals([{ pledged: "4", debt: "2" }])).toEqual([
      { owed: 7n, margin: null, toHold: 7n },
      { owed: 9n, margin: { pledged: 4n, debt: 2n }, toHold: 7n },
    ]);
    // Never below zero, and the other asset is none the less owed whole.
    expect(totals([{ pledged: "4", debt: "20" }]).map(({ toHold }) => toHold)).toEqual([7n, 0n]);
  });
  test("is read as before where there is none", () => {
    const plain = header({});
    expect(plain.collateral).toEqual([]);
    expect(totals([], plain).map(({ owed, toHold }) => [owed, toHold])).toEqual([
      ...[[7n, 7n], [9n, 9n]],
    ]);
  });
  test("is refused when it says too little, too much or what it cannot", () => {
    const good = { pledged: "4", debt: "2" };
    expect(() => totals([])).toThrow(/margin/);
    expect(() => totals([good, good])).toThrow(/margin/);
    expect(() => totals([{ ...good, pledged: "10" }])).toThrow(/more of ETH is pledged/);
    expect(() => totals([{ ...good, debt: "-1" }])).toThrow(/margin\[0\].debt/);
    expect(() => header({ margin: [{ ...margin[0], asset: "XRP" }] })).toThrow(/margin\[0\].asset/);
    expect(() => header({ margin: [] })).toThrow(/empty/);
  });
});

describe("what is held", () => {
  const summary = (...assets: unknown[]) =>
    new TextEncoder().encode(JSON.stringify({ version: 1, assets }));
  const btc = { asset: "BTC", proof: "1", two_sources: "20", claim: "300" };

  test("is read by level", () => {
    const held = readSummary(summary(btc), ["BTC", "ETH"]);
    expect([...held]).toEqual([["BTC", { proof: 1n, two_sources: 20n, claim: 300n }]]);
  });
  test("is refused when an amount is no amount, or an asset is none of the round", () => {
    for (const amount of ["-1", "1.5", "", "01", "1e3", " 1"]) {
      expect(() => readSummary(summary({ ...btc, claim: amount }), ["BTC"]), amount).toThrow();
    }
    expect(() => readSummary(summary(btc), ["ETH"])).toThrow(/no BTC/);
    expect(() => readSummary(summary(btc, btc), ["BTC"])).toThrow(/twice/);
  });
});

test("a round is late after 40 days", () => {
  const day = 86_400;
  expect(daysLate(0, 40 * day * 1000)).toBeNull();
  expect(daysLate(0, 41 * day * 1000)).toBe(41);
});

describe("names and addresses that people copy into a shell", () => {
  test("are names and nothing else", () => {
    checkPlain(["header.json", "shards/00000.proof", "reserves/list.csv"]);
    const names = ["", "$(reboot)", "a b", "a;b", "`a`", "../a", "a/../b", "/a", "-o", "a'", "a//b"];
    for (const name of [...names, "javascript:alert(1)", "https://evil.example/", "a\n"]) {
      expect(() => checkPlain([name]), name).toThrow(/no file of a round/);
    }
  });
  test("stand in quotes that nothing ends", () => {
    const listing = { round: "a'; reboot #", path: "x/", base: "https://x.example/$(reboot)/'/x/" };
    const manifest = new Map([["header.json", { bytes: 1, sha256: "" }]]);
    const text = commands({ listing, manifest, shards: 2 });
    expect(text.split("'").length).toBe(2 * 4 + 1);
    expect(text).toContain("'a___reboot__/#1' 'https://x.example/$(reboot)/%27/x/{manifest.json,");
    expect(text.split("\n").at(-1)).toBe("ringfence reserves verify a___reboot__");
    expect(commands({ listing, manifest, shards: 2 }, true)).toContain("{manifest.json,journal.proof,");
  });
});
