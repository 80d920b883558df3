/** Text forms of bytes that chains use. Radix conversions are @scure/base's; checksums are here. */
import { sha256 } from "@noble/hashes/sha2.js";
import { base58, base58xrp, base64, bech32 } from "@scure/base";

export type Bytes = Uint8Array;

const encoder = new TextEncoder();

export const utf8 = (text: string): Bytes => encoder.encode(text);
export const byteLength = (text: string): number => encoder.encode(text).length;

export function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function concat(...parts: readonly (Bytes | readonly number[])[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function isSame(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, place) => byte === b[place]);
}

/** Orders bytes as the chain's programs do: by the first that differs, then by length. */
export function compare(a: Bytes, b: Bytes): number {
  const place = a.findIndex((byte, at) => byte !== b[at]);
  if (place < 0 || place >= b.length) return a.length - b.length;
  return (a[place] as number) - (b[place] as number);
}

/** Each once, in order. */
export function distinct(all: readonly Bytes[]): Bytes[] {
  const sorted = [...all].sort(compare);
  return sorted.filter((one, at) => at === 0 || !isSame(one, sorted[at - 1] as Bytes));
}

/** Bytes of hexadecimal digits, with or without `0x`; null for half a byte, nothing or another letter. */
export function unhex(text: string): Bytes | null {
  const digits = /^0x/i.test(text) ? text.slice(2) : text;
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(digits)) return null;
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

/** Exactly so many bytes. */
export function unhexExactly(text: string, length: number): Bytes | null {
  const bytes = unhex(text);
  return bytes?.length === length ? bytes : null;
}

/** 32 bytes of a number with `0x` that may have lost its leading zeros (Aptos, Sui, Starknet). */
export function unhexNumber(text: string): Bytes | null {
  const digits = /^0x([0-9a-f]{1,64})$/i.exec(text)?.[1];
  return digits === undefined ? null : unhex(digits.padStart(64, "0"));
}

export const toNumber = (bytes: Bytes): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);

/** Big-endian bytes of a number. */
export function fromNumber(number: bigint, length: number): Bytes {
  return unhex(number.toString(16).padStart(2 * length, "0")) as Bytes;
}

const BLANKS = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const AROUND = new RegExp(`^${BLANKS}+|${BLANKS}+$`, "gu");
const BEFORE = new RegExp(`^${BLANKS}+`, "u");
const ALL = new RegExp(BLANKS, "gu");

/** Without blanks around it: what Unicode calls white space, which is not quite what `trim` cuts. */
export const trim = (text: string): string => text.replace(AROUND, "");
export const trimStart = (text: string): string => text.replace(BEFORE, "");
export const withoutBlanks = (text: string): string => text.replace(ALL, "");

/** Letters of A to Z alone: other alphabets have capitals that are longer or shorter. */
export const lower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
export const upper = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase());

/** Text of a foreign file, cut and made printable. */
export function shown(text: string): string {
  const letters = Array.from(text.replace(/\p{Cc}/gu, "\ufffd"));
  return letters.length > 60 ? `${letters.slice(0, 60).join("")}…` : letters.join("");
}

/** What `decode` gives; null where it throws. */
export function attempt<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch {
    return null;
  }
}

export const sha256d = (bytes: Bytes): Bytes => sha256(sha256(bytes));

export const unbase58 = (text: string): Bytes | null => attempt(() => base58.decode(text));

/** Base58 with four bytes of double SHA-256 at its end. */
export function unbase58check(text: string, alphabet = base58): Bytes | null {
  const bytes = attempt(() => alphabet.decode(text));
  if (!bytes || bytes.length < 4) return null;
  const payload = bytes.subarray(0, -4);
  return isSame(sha256d(payload).subarray(0, 4), bytes.subarray(-4)) ? payload : null;
}

/** The same in the alphabet of the XRP Ledger. */
export const unbase58xrp = (text: string): Bytes | null => unbase58check(text, base58xrp);

/** RFC 4648 in lower case, as Filecoin and (in capitals) Stellar write it. */
export const RFC4648 = "abcdefghijklmnopqrstuvwxyz234567";
/** CIP-37. */
export const CONFLUX = "abcdefghjkmnprstuvwxyz0123456789";
/** Bech32 and CashAddr. */
export const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

function words(text: string, alphabet: string): number[] | null {
  const values = Array.from(text, (letter) => alphabet.indexOf(letter));
  return values.includes(-1) ? null : values;
}

const bytesOf = (values: readonly number[]): Bytes | null =>
  attempt(() => bech32.fromWords([...values]));

/** Bytes of five-bit letters; bits that are left over must be zero and less than a letter. */
export function unbase32(text: string, alphabet: string): Bytes | null {
  const values = words(text, alphabet);
  return values && bytesOf(values);
}

const GENERATORS = [0x98f2bc8e61n, 0x79b76d99e2n, 0xf33e5fb3c4n, 0xae2eabe2a8n, 0x1e4f43e470n];

/** The checksum of CashAddr: zero for a text with its own. */
function polymod(values: readonly number[]): bigint {
  let c = 1n;
  for (const value of values) {
    const top = c >> 35n;
    c = ((c & 0x07ffffffffn) << 5n) ^ BigInt(value);
    GENERATORS.forEach((generator, bit) => {
      if ((top >> BigInt(bit)) & 1n) c ^= generator;
    });
  }
  return c ^ 1n;
}

/** A text whose last eight letters are CashAddr's checksum over the prefix and itself. */
export function unbase32checked(prefix: string, text: string, alphabet: string): Bytes | null {
  const values = words(text, alphabet);
  if (!values || values.length < 8) return null;
  const prefixed = [...Array.from(utf8(prefix), (byte) => byte & 31), 0, ...values];
  return polymod(prefixed) === 0n ? bytesOf(values.slice(0, -8)) : null;
}

/** So many bytes of a number in c32 (SIP-005). */
export function unc32(text: string, length: number): Bytes | null {
  const values = words(lower(text).replaceAll("o", "0").replace(/[li]/g, "1"), CROCKFORD);
  const number = values?.reduce((sum, value) => (sum << 5n) | BigInt(value), 0n);
  if (number === undefined || number >> BigInt(8 * length) !== 0n) return null;
  return fromNumber(number, length);
}

/** CRC-16/XMODEM: the checksum of Stellar and TON. */
export function crc16(bytes: Bytes): number {
  return bytes.reduce((sum, byte) => {
    let crc = sum ^ (byte << 8);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    return crc & 0xffff;
  }, 0);
}

/** Base64 in its one form: padded, and nothing in the bits that are left over. */
export function unbase64(text: string): Bytes | null {
  const isForm = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return isForm ? attempt(() => base64.decode(text)) : null;
}

/** The same in the alphabet for URLs. */
export const unbase64url = (text: string): Bytes | null =>
  /[+/]/.test(text) ? null : unbase64(text.replaceAll("-", "+").replaceAll("_", "/"));
