import { describe, expect, it } from "vitest";
import { ProofError } from "./error";
import { type Margin, positionsOf, rulesOf } from "./margin";
import { shapeOf } from "./shape";

const asset = (symbol: string, decimals: number, price: string) => ({
  ...{ symbol, id: symbol, decimals, price },
});
const ASSETS = [asset("BTC", 8, "65000.25"), asset("ETH", 18, "3000"), asset("USD", 2, "1")];

const margin = (symbol: string, ...tiers: readonly (readonly [bigint, number])[]): Margin => ({
  asset: symbol,
  tiers: tiers.map(([upTo, ratio]) => ({ up_to: String(upTo), ratio_bp: ratio })),
});
const BTC = margin("BTC", [1_000_000_000n, 9_500], [5_000_000_000n, 9_000]);
const USD = margin("USD", [100_000_000n, 10_000], [2n ** 64n - 1n, 0]);

/** The field that is refused. */
function refusal(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof ProofError) return error.reason.split(": ")[0] ?? "";
    throw error;
  }
  return "held";
}

describe("rules of a round", () => {
  const shape = shapeOf("margin", 64, 3, 2);
  const { all: rules } = rulesOf(shape, ASSETS, [BTC, USD]);

  it("are tiers of all assets, then debts, each in a sum of its own kind", () => {
    expect(rules.map(({ sum, isDebt }) => [sum, isDebt])).toEqual([
      ...[[3, false], [3, false], [5, false], [5, false]],
      ...[[4, true], [6, true]],
    ]);
    expect(rules.map(({ limit }) => limit)).toEqual([
      ...[1_000_000_000n, 4_000_000_000n, 100_000_000n, 2n ** 64n - 1n - 100_000_000n],
      ...[2n ** 64n - 1n, 2n ** 64n - 1n],
    ]);
  });

  it("count a base unit of collateral rounded down, and of a debt rounded up", () => {
    // In millionths: a satoshi at 95 % is 617.502375, whole 650.0025; a cent is 10,000.
    const parts = rules.map(({ weight: [low, high], shift }) => {
      const weight = (BigInt(high) << 15n) | BigInt(low);
      return { weight, under: 1n << BigInt(15 * shift) };
    });
    const exact: [over: bigint, under: bigint][] = [
      ...([[617_502_375n, 1_000_000n], [585_002_250n, 1_000_000n]] as [bigint, bigint][]),
      ...([[10_000n, 1n], [0n, 1n]] as [bigint, bigint][]),
      ...([[6_500_025n, 10_000n], [10_000n, 1n]] as [bigint, bigint][]),
    ];
    parts.forEach(({ weight, under }, number) => {
      const [over, of] = exact[number] ?? [0n, 1n];
      const [shown, wanted] = [weight * of, over * under];
      const isDebt = rules[number]?.isDebt;
      expect(isDebt ? shown >= wanted : shown <= wanted).toBe(true);
      // By less than one step of the weight.
      expect(isDebt ? shown - of < wanted : shown + of > wanted).toBe(true);
    });
  });

  it("are refused by the field that is wrong", () => {
    const refused = (...list: Margin[]) =>
      refusal(() => rulesOf(shapeOf("margin", 64, 3, Math.max(1, list.length)), ASSETS, list));
    const cases: [string, Margin[]][] = [
      ["margin", []],
      ["margin[0].asset", [margin("XRP", [1n, 1])]],
      ["margin[1].asset", [USD, BTC]],
      ["margin[1].asset", [BTC, BTC]],
      ["margin[0].tiers", [margin("BTC")]],
      ["margin[0].tiers", [margin("BTC", ...new Array(33).fill([1n, 1]))]],
      ["margin[0].tiers[0].up_to", [margin("BTC", [0n, 1])]],
      ["margin[0].tiers[0].up_to", [margin("BTC", [2n ** 64n, 1])]],
      ["margin[0].tiers[0].up_to", [margin("BTC", [-1n, 1])]],
      ["margin[0].tiers[1].up_to", [margin("BTC", [5n, 2], [5n, 1])]],
      ["margin[0].tiers[0].ratio_bp", [margin("BTC", [5n, 10_001])]],
      ["margin[0].tiers[1].ratio_bp", [margin("BTC", [5n, 2], [6n, 2])]],
      ["held", [BTC, USD]],
    ];
    for (const [wanted, list] of cases) expect(refused(...list)).toBe(wanted);
    const priced = (price: string, decimals: number) =>
      refusal(() =>
        rulesOf(shapeOf("margin", 64, 1, 1), [asset("BTC", decimals, price)], [
          margin("BTC", [5n, 2]),
        ]),
      );
    expect(priced("0", 8)).toBe("margin[0].asset");
    expect(priced("2000", 0)).toBe("margin[0].asset");
    expect(priced("1000", 0)).toBe("held");
    expect(refusal(() => rulesOf(shapeOf("sparse", 64, 3), ASSETS, [USD]))).toBe("margin");
    expect(refusal(() => shapeOf("margin", 64, 3, 4))).toBe("margin");
    expect(refusal(() => shapeOf("sparse", 64, 3, 1))).toBe("margin");
  });
});

describe("positions of a customer", () => {
  const rules = rulesOf(shapeOf("margin", 64, 3, 2), ASSETS, [BTC, USD]);
  const btc = { place: 0, pledged: 1_200_000_000n, debt: 7n };
  const usd = { place: 1, pledged: 0n, debt: 40_000_000n };

  it("fill one tier after the other, and debts come last", () => {
    expect(positionsOf(rules, [btc, usd])).toEqual([
      { rule: 0, amount: 1_000_000_000n },
      { rule: 1, amount: 200_000_000n },
      { rule: 4, amount: 7n },
      { rule: 5, amount: 40_000_000n },
    ]);
    expect(positionsOf(rules, [])).toEqual([]);
  });

  it("are refused by the entry that has no place", () => {
    const refused = (...held: (typeof btc)[]) => refusal(() => positionsOf(rules, held));
    expect(refused({ ...usd, place: 2 })).toBe("margin[0].asset");
    expect(refused(usd, btc)).toBe("margin[1].asset");
    expect(refused(btc, btc)).toBe("margin[1].asset");
    expect(refused({ ...btc, pledged: 5_000_000_001n })).toBe("margin[0].pledged");
    expect(refused({ ...btc, debt: 2n ** 64n })).toBe("margin[0].debt");
  });
});
