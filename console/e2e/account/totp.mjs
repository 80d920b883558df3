// Time-based codes (RFC 6238), as an app shows them.
import { createHmac } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS = 30_000;

function bytesOf(seed) {
  let bits = "";
  for (const letter of seed.replaceAll(/[\s=]/g, "").toUpperCase()) {
    bits += ALPHABET.indexOf(letter).toString(2).padStart(5, "0");
  }
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

export function totp(seed, now = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / STEP_MS)));
  const mac = createHmac("sha1", bytesOf(seed)).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

let lastStep = -1;

/** A code of a step that was not used before: servers take each once. */
export async function freshTotp(seed) {
  while (Math.floor(Date.now() / STEP_MS) <= lastStep) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  lastStep = Math.floor(Date.now() / STEP_MS);
  return totp(seed);
}
