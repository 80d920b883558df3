/**
 * SHA-256 (FIPS 180-4) of a message that fits in one block, without making anything: what a search of
 * millions needs. What it finds is checked by the library in tests, and by the server.
 */

// First 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square
// roots of the first 8.
const primes: number[] = [];
for (let number = 2; primes.length < 64; number += 1) {
  if (primes.every((prime) => number % prime !== 0)) primes.push(number);
}
const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 2 ** 32);
const ROUNDS = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const BEGIN = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const schedule = new Int32Array(64);

/** The first 32 bits of the digest of the first `length` bytes, at most 55; overwrites the rest of the block. */
export function firstWord(block: Uint8Array, length: number): number {
  block.fill(0, length);
  block[length] = 0x80;
  block[62] = (length << 3) >>> 8;
  block[63] = length << 3;
  const w = schedule;
  for (let at = 0; at < 16; at += 1) {
    const from = at * 4;
    w[at] =
      (block[from]! << 24) | (block[from + 1]! << 16) | (block[from + 2]! << 8) | block[from + 3]!;
  }
  for (let at = 16; at < 64; at += 1) {
    const early = w[at - 15]!;
    const late = w[at - 2]!;
    const one = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
    const two = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
    w[at] = (w[at - 16]! + one + w[at - 7]! + two) | 0;
  }
  let a = BEGIN[0]!;
  let b = BEGIN[1]!;
  let c = BEGIN[2]!;
  let d = BEGIN[3]!;
  let e = BEGIN[4]!;
  let f = BEGIN[5]!;
  let g = BEGIN[6]!;
  let h = BEGIN[7]!;
  for (let at = 0; at < 64; at += 1) {
    const turnedE = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + turnedE + ((e & f) ^ (~e & g)) + ROUNDS[at]! + w[at]!) | 0;
    const turnedA = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (turnedA + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  return (a + BEGIN[0]!) | 0;
}
