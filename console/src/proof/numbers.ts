/** Texts of numbers, each in its one form. */
import { fromHex } from "./bytes";
import { canonicalError, fieldError } from "./error";
import { LIMB_BITS } from "./shape";

/** Limbs of the key that leaves are sorted by, and its bits. */
export const KEY_LIMBS = 6;
const KEY_BITS = LIMB_BITS * KEY_LIMBS;
const KEY_DIGITS = Math.ceil(KEY_BITS / 4);

/** A whole number of base units, below 2^128. */
export function parseAmount(field: string, text: string): bigint {
  if (/^(0|[1-9][0-9]{0,38})$/.test(text)) {
    const amount = BigInt(text);
    if (amount >> 128n === 0n) return amount;
  }
  throw fieldError(field, "a whole number of base units such as 150000000 is wanted");
}

/** 32 bytes of 64 lower-case hexadecimal digits. */
export function parseSha256(field: string, text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromHex(text, 32);
  if (!bytes) throw fieldError(field, "64 lower-case hexadecimal digits are wanted");
  return bytes;
}

/** A key below 2^90, of 23 lower-case hexadecimal digits. */
export function parseKey(text: string): bigint {
  if (text.length === KEY_DIGITS && /^[0-9a-f]+$/.test(text)) {
    const key = BigInt(`0x${text}`);
    if (key >> BigInt(KEY_BITS) === 0n) return key;
  }
  const problem = `${KEY_DIGITS} lower-case hexadecimal digits below 2^${KEY_BITS} are wanted`;
  throw canonicalError("a key", problem);
}

/** Limbs of a key, lowest first. */
export function limbsOfKey(key: bigint): number[] {
  return Array.from({ length: KEY_LIMBS }, (_, limb) =>
    Number(BigInt.asUintN(LIMB_BITS, key >> BigInt(LIMB_BITS * limb))),
  );
}
