import { describe, expect, test } from "vitest";
import { endOf, hintOf, ownOf } from "./check";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const hint = { round: "2026-11", shard: 1 };

describe("what is told of a receipt before it is verified", () => {
  test("is its round and shard", () => {
    expect(hintOf(bytes({ ...hint, secret: "x" }))).toEqual(hint);
  });
  test("is nothing where these make no sense", () => {
    expect(hintOf(new TextEncoder().encode("{"))).toBeNull();
    for (const value of [null, 3, [], {}, { ...hint, shard: -1 }, { ...hint, shard: 0.5 }]) {
      expect(hintOf(bytes(value))).toBeNull();
    }
    expect(hintOf(bytes({ ...hint, more: "x".repeat(1 << 18) }))).toBeNull();
  });
});

describe("what a customer has", () => {
  const assets = ["BTC", "ETH", "USD", "XAU"].map((symbol) => ({ symbol }));
  const own = (...[entries, margin]: [object[], object[]]) =>
    ownOf(assets, { account: "ada", entries, margin } as Parameters<typeof ownOf>[1]).map(
      ({ asset, ...amounts }) => [asset.symbol, ...Object.values(amounts)],
    );

  test("is free and pledged together, in the order of the round", () => {
    const large = 10n ** 30n;
    expect(
      own(
        [{ asset: "ETH", amount: "5" }, { asset: "BTC", amount: `${large}` }],
        [{ asset: "BTC", pledged: "3", debt: "0" }, { asset: "USD", pledged: "7", debt: "2" }],
      ),
    ).toEqual([["BTC", large + 3n, 3n, 0n], ["ETH", 5n, 0n, 0n], ["USD", 7n, 7n, 2n]]);
  });
  test("is shown too where it is only owed, and not where it is nothing", () => {
    const debt = { asset: "BTC", pledged: "0", debt: "9" };
    expect(own([{ asset: "ETH", amount: "0" }], [debt])).toEqual([["BTC", 0n, 0n, 9n]]);
    expect(own([], [])).toEqual([]);
  });
});

describe("steps of a check", () => {
  const refusal = (file: string, code: string) => ({ file, code, error: "" });

  test("all hold when nothing is refused", () => {
    expect(Object.values(endOf(null, hint))).toEqual(Array(5).fill("held"));
  });
  test("none that comes after the refusal counts as held", () => {
    const rest = { shard: "unavailable", totals: "unavailable" };
    expect(endOf(refusal("receipt", "proof.path"), hint)).toEqual({
      ...{ files: "held", receipt: "held", leaf: "failed", ...rest },
    });
    expect(endOf(refusal("receipt", "proof.round"), hint)).toEqual({
      ...{ files: "held", receipt: "failed", leaf: "unavailable", ...rest },
    });
  });
  test("the shard's own proof is told from a file that is missing", () => {
    const name = "shards/00001.proof";
    expect(endOf(refusal(name, "proof.opening"), hint).shard).toBe("failed");
    expect(endOf(refusal(name, "proof.file.missing"), hint)).toMatchObject({
      files: "failed",
      shard: "unavailable",
    });
  });
});
