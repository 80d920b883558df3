import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CODES, RECEIPT, explain, quotable } from "./refusals";

const refusal = (code: string, file: string) => ({ code, file, error: "entries[0].amount: 17" });

describe("refusals in words", () => {
  test("every code of the verifier in Rust has them", () => {
    const source = readFileSync(
      new URL("../../../crates/proof/src/lib.rs", import.meta.url),
      "utf8",
    );
    const codes = [...source.matchAll(/=> "(proof\.[a-z.]+)"/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(10);
    expect([...CODES].sort()).toEqual([...new Set(codes)].sort());
  });
  test("say something that can be done, and name the exchange", () => {
    for (const code of CODES) {
      for (const file of [RECEIPT, "totals.proof"]) {
        const { title, meaning, steps } = explain(refusal(code, file), "Harbour");
        expect(steps.length, code).toBeGreaterThan(0);
        expect([meaning, ...steps].join(" "), code).toContain("Harbour");
        expect(title.endsWith("."), code).toBe(true);
      }
    }
  });
  test("never say that anything is safe", () => {
    for (const code of [...CODES, "proof.other"]) {
      for (const file of [RECEIPT, "totals.proof"]) {
        expect(JSON.stringify(explain(refusal(code, file), "Harbour"))).not.toMatch(/\bsafe/i);
      }
    }
  });
  test("a changed receipt is told apart from a faulty file of the exchange", () => {
    const own = explain(refusal("proof.path", RECEIPT), "Harbour");
    const theirs = explain(refusal("proof.path", "shards/00000.proof"), "Harbour");
    expect(own.title).not.toBe(theirs.title);
    expect(theirs.meaning).toContain("Your receipt is not the reason.");
  });
  test("an unknown code is not a blank", () => {
    expect(explain(refusal("proof.of.tomorrow", "x"), "Harbour").title).toContain("could not");
  });
});

test("what is quoted about a receipt holds none of its values", () => {
  expect(quotable(refusal("proof.field", RECEIPT), "2026-11")).toBe(
    "code proof.field\nfile receipt\nround 2026-11",
  );
  expect(quotable(refusal("proof.field", "header.json"), null)).toContain("entries[0]");
});
