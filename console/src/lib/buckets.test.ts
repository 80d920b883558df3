import { describe, expect, it } from "vitest";
import { fillBuckets } from "./buckets";

const bucket = (start: string, transfers: number) => ({ start, in: transfers, out: 0, held: 0 });

describe("buckets of activity", () => {
  it("are filled in where nothing happened", () => {
    const filled = fillBuckets(
      [bucket("2026-11-20T00:00:00Z", 3), bucket("2026-11-23T00:00:00Z", 1)],
      86_400,
    );
    expect(filled.map((one) => one.in)).toEqual([3, 0, 0, 1]);
    expect(filled[1]?.start).toBe("2026-11-21T00:00:00.000Z");
  });
  it("stay as they are where there is nothing between, or far too much", () => {
    expect(fillBuckets([], 60)).toEqual([]);
    const one = [bucket("2026-11-20T00:00:00Z", 3)];
    expect(fillBuckets(one, 60)).toEqual(one);
    const far = [bucket("2016-11-20T00:00:00Z", 1), bucket("2026-11-20T00:00:00Z", 1)];
    expect(fillBuckets(far, 60)).toHaveLength(2);
  });
});
