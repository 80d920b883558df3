import { expect, it } from "vitest";
import { shapeOf } from "./shape";
import { constraintsOf, systemsOf } from "./systems";

it("the constraints are those that were published, and that the verifier in Rust has", () => {
  const systems = systemsOf(shapeOf("sparse", 64, 25), 16, 20_000, 2);
  expect(constraintsOf(systems)).toBe(
    "ef34fcb70e45f0a8a85767a1f009abf37ba6a341d11acff3efa9815c9de740da",
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
