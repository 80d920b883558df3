import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { holds, tryAnswers, workShare, zeroBits } from "./work";

describe("the proof of work", () => {
  it("counts the zero bits at the front", () => {
    expect(zeroBits(Uint8Array.of(0, 0, 0x1f, 0))).toBe(19);
    expect(zeroBits(Uint8Array.of(0x80))).toBe(0);
    expect(zeroBits(Uint8Array.of(0, 0))).toBe(16);
  });
  it("finds an answer that SHA-256 of another implementation accepts", () => {
    const answer = tryAnswers("Zm9vYmFy", 12, 0, 100_000);
    const digest = createHash("sha256").update(`Zm9vYmFy.${answer}`).digest();
    expect(digest.readUInt16BE(0) >> 4).toBe(0);
    expect(holds("Zm9vYmFy", answer ?? "", 12)).toBe(true);
  });
  it("finds the first, wherever the search is cut", () => {
    const whole = tryAnswers("challenge", 10, 0, 50_000);
    const at = Number(whole);
    expect(tryAnswers("challenge", 10, 0, at)).toBeNull();
    expect(tryAnswers("challenge", 10, at, 1)).toBe(whole);
  });
  it("finds the same in one block and in two", () => {
    for (const length of [1, 47, 48, 49, 53, 54, 55, 70]) {
      const challenge = "c".repeat(length);
      const found = tryAnswers(challenge, 9, 0, 50_000) ?? "";
      expect(holds(challenge, found, 9), `${length} characters`).toBe(true);
      for (let answer = 0; answer < Number(found); answer += 1) {
        expect(holds(challenge, String(answer), 9)).toBe(false);
      }
    }
  });
  it("writes the answer in decimal digits", () => {
    expect(tryAnswers("x", 4, 0, 10_000)).toMatch(/^\d+$/);
  });
  it("never says that it is done before it is", () => {
    expect(workShare(0, 16)).toBe(0);
    expect(workShare(2 ** 16, 16)).toBeCloseTo(0.632, 3);
    expect(workShare(2 ** 20, 16)).toBeLessThan(1);
  });
});
