/**
 * SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF (RFC 5869). Here because WebCrypto is
 * asynchronous, and absent where a page is opened as a file.
 */
import { joined } from "./bytes";

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** The first 32 bits of the fraction of a root. */
const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 2 ** 32);

const PRIMES = (() => {
  const primes: number[] = [];
  for (let number = 2; primes.length < 64; number += 1) {
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  }
  return primes;
})();
const ROUND_CONSTANTS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
const BEGIN = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

const turn = (word: number, by: number) => (word >>> by) | (word << (32 - by));

function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil((bytes.length + 9) / BLOCK_BYTES);
  const result = new Uint8Array(blocks * BLOCK_BYTES);
  result.set(bytes);
  result[bytes.length] = 0x80;
  const view = new DataView(result.buffer);
  view.setUint32(result.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(result.length - 4, (bytes.length << 3) >>> 0);
  return result;
}

/** SHA-256 of bytes, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new DataView(padded(bytes).buffer);
  const state = Int32Array.from(BEGIN);
  const schedule = new Int32Array(64);
  const word = (at: number) => schedule[at] as number;
  for (let begin = 0; begin < message.byteLength; begin += BLOCK_BYTES) {
    for (let at = 0; at < 64; at += 1) {
      if (at < 16) {
        schedule[at] = message.getInt32(begin + 4 * at);
        continue;
      }
      const early = word(at - 15);
      const late = word(at - 2);
      schedule[at] =
        word(at - 16) +
        (turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)) +
        word(at - 7) +
        (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [
      number, number, number, number, number, number, number, number,
    ];
    for (let at = 0; at < 64; at += 1) {
      const one = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const chosen = (e & f) ^ (~e & g);
      const first = (h + one + chosen + (ROUND_CONSTANTS[at] as number) + word(at)) | 0;
      const zero = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + zero + majority) | 0];
    }
    for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) {
      state[at] = (state[at] as number) + value;
    }
  }
  const digest = new Uint8Array(DIGEST_BYTES);
  const out = new DataView(digest.buffer);
  state.forEach((value, at) => out.setInt32(4 * at, value));
  return digest;
}

function hmac(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key);
  const inner = sha256(joined(block.map((byte) => byte ^ 0x36), message));
  return sha256(joined(block.map((byte) => byte ^ 0x5c), inner));
}

/** The first block of HKDF's output, 32 bytes. */
export function hkdf(salt: Uint8Array, secret: Uint8Array, info: Uint8Array) {
  return hmac(hmac(salt, secret), joined(info, Uint8Array.of(1)));
}
