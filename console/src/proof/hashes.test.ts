import { createHash, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ascii, toHex } from "./bytes";
import { deriveId } from "./id";
import { keccak256, sponge } from "./keccak";
import { hkdf, sha256 } from "./sha256";

const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7 + 3) & 0xff);

describe("Keccak", () => {
  it("is the one with the original padding", () => {
    expect(toHex(keccak256(ascii("")))).toBe(
      "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    );
    expect(toHex(keccak256(ascii("abc")))).toBe(
      "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
    );
  });

  it("tells lengths at the edges of a block apart", () => {
    const digests = [0, 1, 135, 136, 137, 271, 272, 273].map((length) =>
      toHex(keccak256(bytes(length))),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("has a sponge that takes blocks of 34 words in place of the state", () => {
    const words = Array.from({ length: 34 }, (_, at) => at + 1);
    // Nothing that is taken in gives nothing; a further block begins from what the first left.
    expect(sponge([])).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(sponge(words)).not.toEqual(sponge([...words, 0, 0]));
    // An odd word fills a lane whose upper half is zero.
    expect(sponge([...words, 5])).toEqual(sponge([...words, 5, 0]));
  });
});

describe("SHA-256", () => {
  it("is that of Node, at all lengths around the edges of blocks", () => {
    for (const length of [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1_000]) {
      const wanted = createHash("sha256").update(bytes(length)).digest("hex");
      expect(toHex(sha256(bytes(length)))).toBe(wanted);
    }
  });

  it("has Node's HKDF", () => {
    for (const [salt, secret, info] of [
      [0, 32, 10],
      [7, 32, 40],
      [65, 80, 0],
    ] as const) {
      const wanted = hkdfSync("sha256", bytes(secret), bytes(salt), bytes(info), 32);
      expect(hkdf(bytes(salt), bytes(secret), bytes(info))).toEqual(new Uint8Array(wanted));
    }
  });
});

it("an id is that of the verifier in Rust", () => {
  expect(deriveId("2026-11", "ada", new Uint8Array(32).fill(1))).toEqual([
    0x07af6616, 0x39effe94, 0x27343821, 0x327f1c39, 0x2ef0f760, 0x1f6518d3, 0x1a764d72, 0x342777c6,
  ]);
});
