import { expect, it } from "vitest";
import { rulesOf } from "./margin";
import { type Width, shapeOf } from "./shape";
import { constraintsOf, systemsOf } from "./systems";

const asset = (symbol: string, decimals: number, price: string) => ({
  ...{ symbol, id: symbol, decimals, price },
});
const tier = (up_to: string, ratio_bp: number) => ({ up_to, ratio_bp });

/** Systems of two shards of a round in which two of three assets can be pledged and borrowed. */
function ofMargin(width: Width) {
  const assets = [asset("BTC", 8, "65000.25"), asset("ETH", 18, "3000"), asset("USD", 2, "0.999")];
  const margin = [
    { asset: "BTC", tiers: [tier("1000000000", 9_500), tier("5000000000", 9_000)] },
    { asset: "USD", tiers: [tier("100000000", 10_000), tier("18446744073709551615", 0)] },
  ];
  const shape = shapeOf("margin", width, assets.length, margin.length);
  return systemsOf(shape, 16, 15_001, 2, rulesOf(shape, assets, margin));
}

it("the constraints are those that were published, and that the verifier in Rust has", () => {
  const systems = systemsOf(shapeOf("sparse", 64, 25), 16, 20_000, 2);
  expect(constraintsOf(systems)).toBe(
    "ef34fcb70e45f0a8a85767a1f009abf37ba6a341d11acff3efa9815c9de740da",
  );
  expect(constraintsOf(ofMargin(64))).toBe(
    "a470768001cf1b42cc20843c46c5f50ff7c355390e657d9ff4337abacff95ef2",
  );
  expect(constraintsOf(ofMargin(96))).toBe(
    "81e15d59a3939e793a8ceb353363e8548cd674e0189c9b538182127418907937",
  );
});

it("other shapes and sizes have other constraints, and what does not fit is refused", () => {
  const seen = new Set<string>();
  for (const layout of ["dense", "sparse"] as const) {
    for (const width of [64, 96] as const) {
      seen.add(constraintsOf(systemsOf(shapeOf(layout, width, 22), 17, 20_000, 3)));
      seen.add(constraintsOf(systemsOf(shapeOf(layout, width, 22), 17, 20_001, 3)));
      seen.add(constraintsOf(systemsOf(shapeOf(layout, width, 22), 17, 20_000, 4)));
    }
  }
  expect(seen.size).toBe(12);
  const shape = shapeOf("dense", 64, 22);
  for (const [logRows, slots, shards] of [
    [15, 100, 1],
    [19, 100, 1],
    [16, 1, 1],
    [16, 20_000, 1],
    [18, 65_001, 1],
    [16, 13_000, 0],
    [16, 13_000, 20_001],
  ] as const) {
    expect(() => systemsOf(shape, logRows, slots, shards)).toThrow("proof.field");
  }
});
