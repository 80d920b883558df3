/**
 * The proof of work that the server asks of browsers when somebody guesses passwords: an answer such
 * that SHA-256 of `challenge.answer` begins with so many zero bits.
 */
import { sha256 } from "@noble/hashes/sha2.js";

/** Most bits that the page will try: some minutes on a phone. More is a fault of the server. */
export const BITS_MAX = 24;

/** How many of the first bits are zero. */
export function zeroBits(digest: Uint8Array): number {
  let bits = 0;
  for (const byte of digest) {
    if (byte === 0) {
      bits += 8;
      continue;
    }
    return bits + Math.clz32(byte) - 24;
  }
  return bits;
}

const encoder = new TextEncoder();

export function holds(challenge: string, answer: string, bits: number): boolean {
  return zeroBits(sha256(encoder.encode(`${challenge}.${answer}`))) >= bits;
}

/** Tries answers from `first` on, at most `count` of them. */
export function tryAnswers(
  challenge: string,
  bits: number,
  first: number,
  count: number,
): string | null {
  // The prefix is hashed once for all: only the decimal answer changes.
  const begun = sha256.create().update(encoder.encode(`${challenge}.`));
  for (let answer = first; answer < first + count; answer += 1) {
    const text = String(answer);
    if (zeroBits(begun.clone().update(encoder.encode(text)).digest()) >= bits) return text;
  }
  return null;
}

/** The share of the expected tries that are done; it stays below the whole, for luck has no memory. */
export function workShare(tries: number, bits: number): number {
  return 1 - Math.exp(-tries / 2 ** bits);
}
