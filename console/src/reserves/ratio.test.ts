import { describe, expect, test } from "vitest";
import { coverage, coverageText, heldInAll, percentOf, shortfall, toHold } from "./ratio";

describe("held over owed", () => {
  test("is cut, never rounded up", () => {
    expect(coverageText(999_999n, 1_000_000n)).toBe("99.99 %");
    expect(coverageText(10n ** 30n - 1n, 10n ** 30n)).toBe("99.99 %");
    expect(coverageText(2n, 3n)).toBe("66.66 %");
    expect(coverageText(100_009_999n, 100_000_000n)).toBe("100.00 %");
  });
  test("is exactly 100 % when both are equal, however large", () => {
    expect(coverageText(2n ** 96n, 2n ** 96n)).toBe("100.00 %");
  });
  test("groups large figures", () => {
    expect(coverageText(12_345n, 1n)).toBe("1,234,500.00 %");
  });
  test("tiny is not none, and none is not tiny", () => {
    expect(coverageText(1n, 10n ** 12n)).toBe("under 0.01 %");
    expect(coverageText(0n, 10n ** 12n)).toBe("0.00 %");
  });
  test("has no value where nothing is owed", () => {
    expect(coverage(5n, 0n)).toBeNull();
    expect(coverageText(5n, 0n)).toBe("nothing owed");
    expect(coverageText(0n, 0n)).toBe("nothing owed");
  });
  test("times what is owed is never more than what is held", () => {
    for (let seed = 1n; seed < 2000n; seed += 1n) {
      const held = (seed * 0x9e3779b97f4a7c15n) % 2n ** 70n;
      const owed = ((seed * 0xbf58476d1ce4e5b9n) % 2n ** 69n) + 1n;
      const parts = coverage(held, owed) ?? 0n;
      expect(parts * owed <= held * 10_000n).toBe(true);
      expect((parts + 1n) * owed > held * 10_000n).toBe(true);
    }
  });
});

test("what must be held is less by debts of the same asset, and never below zero", () => {
  expect(toHold(10n ** 20n, 1n)).toBe(10n ** 20n - 1n);
  expect(toHold(5n, 0n)).toBe(5n);
  expect(toHold(5n, 5n)).toBe(0n);
  expect(toHold(5n, 6n)).toBe(0n);
  // The ratio is that of what must be held, and cut.
  expect(coverageText(199n, toHold(300n, 100n))).toBe("99.50 %");
  expect(coverageText(5n, toHold(5n, 6n), "nothing to be held")).toBe("nothing to be held");
});

test("what collateral counts is shown exactly", () => {
  expect([10_000, 9_500, 9_550, 9_505, 5, 0].map(percentOf)).toEqual([
    ...["100 %", "95 %", "95.5 %", "95.05 %", "0.05 %", "0 %"],
  ]);
});

test("what is missing is exact, and nothing when enough is held", () => {
  expect(shortfall(10n ** 20n - 1n, 10n ** 20n)).toBe(1n);
  expect(shortfall(5n, 5n)).toBe(0n);
  expect(shortfall(6n, 5n)).toBe(0n);
});

test("levels are summed", () => {
  expect(heldInAll({ proof: 1n, two_sources: 20n, claim: 300n })).toBe(321n);
});
