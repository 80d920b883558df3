/**
 * The proof of work that the server asks of browsers when somebody guesses passwords: an answer such
 * that SHA-256 of `challenge.answer` begins with so many zero bits.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { firstWord } from "./oneBlock";

/** Most bits that the page will try: some minutes on a phone. More is a fault of the server. */
export const BITS_MAX = 24;
/** What fits in one block beside the mark of the end and the length: FIPS 180-4, 5.1.1. */
const ONE_BLOCK_BYTES = 55;
/** So many bits are seen in the first word of a digest. */
const WORD_BITS = 32;

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
  const prefix = encoder.encode(`${challenge}.`);
  const last = first + count - 1;
  const isShort = prefix.length + String(last).length <= ONE_BLOCK_BYTES && bits <= WORD_BITS;
  const block = new Uint8Array(64);
  if (isShort) block.set(prefix);
  for (let answer = first; answer <= last; answer += 1) {
    const text = String(answer);
    if (!isShort) {
      if (holds(challenge, text, bits)) return text;
      continue;
    }
    let end = prefix.length;
    for (let at = 0; at < text.length; at += 1) block[end++] = text.charCodeAt(at);
    if (Math.clz32(firstWord(block, end)) >= bits) return text;
  }
  return null;
}

/** The share of the expected tries that are done; it stays below the whole, for luck has no memory. */
export function workShare(tries: number, bits: number): number {
  return 1 - Math.exp(-tries / 2 ** bits);
}
