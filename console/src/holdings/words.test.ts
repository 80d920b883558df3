import { expect, test } from "vitest";
import { explain, isUnfinished } from "../reserves/refusals";
import { CODES } from "./error";
import { saidOf } from "./words";

test("every refusal of what is held has words, and something that can be done", () => {
  for (const code of CODES) {
    const refusal = { code, file: "reserves/list.csv", error: "line 7: …" };
    const { title, meaning, steps } = explain(refusal, "Harbour");
    expect(title, code).not.toContain("could not be finished");
    expect(title.endsWith("."), code).toBe(true);
    expect([meaning, ...steps].join(" "), code).toContain("Harbour");
    expect(JSON.stringify([title, meaning, steps]), code).not.toMatch(/\bsafe|receipt is not/i);
    expect(isUnfinished(refusal), code).toBe(false);
  }
});

test("codes of proofs have their own words", () => {
  expect(saidOf("totals.proof", "proof.field")).toBeNull();
  expect(saidOf("reserves/summary.json", "proof.field")?.title).toContain("does not follow");
  expect(saidOf("reserves/list.csv", "proof.file.missing")).toBeNull();
});
