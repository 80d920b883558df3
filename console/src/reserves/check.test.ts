import { describe, expect, test } from "vitest";
import { endOf, hintOf } from "./check";

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
