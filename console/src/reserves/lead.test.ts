import { describe, expect, test } from "vitest";
import { leadOf, listOf } from "./lead";
import type { AssetLine } from "./round";

const line = (symbol: string, owed: bigint, proof: bigint | null, claim = 0n): AssetLine => ({
  ...{ symbol, id: symbol, decimals: 0, owed, margin: null, toHold: owed },
  held: proof === null ? null : { proof, two_sources: 0n, claim },
});

describe("the first sentence", () => {
  test("does not speak of what is held where nothing is said of it", () => {
    const { text, isShort } = leadOf("Harbour", [line("BTC", 5n, null)]);
    expect(text).toContain("does not show what Harbour holds");
    expect(isShort).toBe(false);
  });
  test("names what is short, by one base unit too", () => {
    const lines = [line("BTC", 5n, 5n), line("ETH", 10n ** 20n, 10n ** 20n - 1n)];
    expect(leadOf("Harbour", lines)).toEqual({
      text: "Harbour shows less than it owes of ETH.",
      isShort: true,
    });
  });
  test("counts when there is much to name", () => {
    const lines = Array.from({ length: 9 }, (_, at) => line(`A${at}`, 5n, at < 6 ? 4n : 5n));
    expect(leadOf("Harbour", lines).text).toBe("Harbour shows less than it owes of 6 of 9 assets.");
  });
  test("says that a part is only claimed", () => {
    expect(leadOf("Harbour", [line("BTC", 5n, 3n, 2n)]).text).toMatch(/only claimed\.$/);
    expect(leadOf("Harbour", [line("BTC", 5n, 5n)]).text).not.toContain("claimed");
  });
});

describe("the first sentence of a round with margin products", () => {
  const withDebt = (proof: bigint) => ({
    ...line("BTC", 9n, proof),
    ...{ margin: { pledged: 5n, debt: 4n }, toHold: 5n },
  });
  test("compares with what has to be held", () => {
    expect(leadOf("Harbour", [withDebt(5n)])).toEqual({
      text: "Harbour shows at least as much of every asset as it has to hold for its customers.",
      isShort: false,
    });
    expect(leadOf("Harbour", [withDebt(4n)])).toEqual({
      text: "Harbour shows less than it has to hold of BTC.",
      isShort: true,
    });
  });
});

test("lists read as sentences do", () => {
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listOf)).toEqual([
    ...["", "a", "a and b", "a, b and c"],
  ]);
});
