/** Recoverable signatures on secp256k1 and the addresses that its keys make. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { blake2b } from "@noble/hashes/blake2.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256, sha3_256 } from "@noble/hashes/sha3.js";
import type { AddressType } from "./addressType";
import type { Form } from "./chainTable";
import { type Bytes, attempt, concat, sha256d, toNumber, unhexExactly } from "./encoding";
import { refuse } from "./error";

const { Point, Signature } = secp256k1;
const ORDER = Point.Fn.ORDER;

export type PublicKey = InstanceType<typeof Point>;

export const compressed = (key: PublicKey): Bytes => key.toBytes(true);
export const uncompressed = (key: PublicKey): Bytes => key.toBytes(false);

const FORM_EVEN = 6;
const FORM_ODD = 7;

/** A public key of 33 or 65 bytes; null for what is none. */
export function publicKeyOf(bytes: Bytes): PublicKey | null {
  const [form] = bytes;
  if (bytes.length === 65 && (form === FORM_EVEN || form === FORM_ODD)) {
    // The hybrid form of X9.62, which tells the parity of a y that it has in full.
    if (((bytes[64] as number) & 1) !== form - FORM_EVEN) return null;
    return publicKeyOf(concat([4], bytes.subarray(1)));
  }
  if (bytes.length !== 33 && bytes.length !== 65) return null;
  return attempt(() => Point.fromBytes(bytes));
}

/** A signature with the number that tells which of its keys made it. */
export class Recoverable {
  private constructor(
    private readonly r: bigint,
    private readonly s: bigint,
    private readonly id: number,
  ) {}

  private static of(compact: Bytes, id: number): Recoverable {
    const [r, s] = [toNumber(compact.subarray(0, 32)), toNumber(compact.subarray(32))];
    if (r >= ORDER || s >= ORDER) {
      refuse("ownership.signature.malformed", "signature: its numbers are out of range");
    }
    return new Recoverable(r, s, id);
  }

  /** `0x`, r, s and v; v counts from 0, from 27, or from 31 for a compressed key. */
  static fromHex(text: string): Recoverable {
    const bytes = unhexExactly(text, 65);
    if (!bytes) {
      return refuse("ownership.signature.malformed", "signature: it needs 130 hexadecimal digits");
    }
    const v = bytes[64] as number;
    const start = [0, 27, 31].find((from) => v >= from && v < from + 4);
    if (start === undefined) {
      return refuse("ownership.signature.malformed", "signature: its last byte is no recovery id");
    }
    return Recoverable.of(bytes.subarray(0, 64), v - start);
  }

  /**
   * A header byte, r and s, as Bitcoin and EOS write it. Headers tell the form of the key and the type
   * of the address too (BIP-137); the address is what decides here.
   */
  static fromHeaderFirst(bytes: Bytes): Recoverable {
    const header = bytes[0] as number;
    if (header < 27 || header > 42) {
      refuse("ownership.signature.malformed", "signature: its first byte is no recovery id");
    }
    return Recoverable.of(bytes.subarray(1), (header - 27) % 4);
  }

  /** The key that made it over a digest; null where there is none. */
  find(digest: Bytes): PublicKey | null {
    return attempt(() => new Signature(this.r, this.s, this.id).recoverPublicKey(digest));
  }

  key(digest: Bytes): PublicKey {
    const key = this.find(digest);
    return key ?? refuse("ownership.signature.invalid", "signature: it is not one of this message");
  }
}

/** A signature in DER, in the lower half of the two that are one. */
export function isSignedBy(key: PublicKey, digest: Bytes, der: Bytes): boolean {
  const options = { prehash: false, format: "der", lowS: true } as const;
  return attempt(() => secp256k1.verify(der, digest, compressed(key), options)) ?? false;
}

export const hash160 = (bytes: Bytes): Bytes => ripemd160(sha256(bytes));

/** hash160 of the script `0 <program>`: the P2SH form of a segwit program. */
export const nestedProgram = (program: Bytes): Bytes =>
  hash160(concat([0, program.length], program));

/** The last 20 bytes of Keccak over both coordinates. */
export const keccak20 = (key: PublicKey): Bytes =>
  keccak_256(uncompressed(key).subarray(1)).subarray(12);

/** The addresses that a key makes on a chain of accounts. */
export function addressesOf(form: Form, key: PublicKey): (readonly [AddressType, Bytes])[] {
  const accounts = (...all: readonly Bytes[]) => all.map((bytes) => ["account", bytes] as const);
  if (form.kind === "evm" || form.kind === "tron") return accounts(keccak20(key));
  if (form.kind !== "secp256k1") return [];
  switch (form.account) {
    case "injective":
      return accounts(keccak20(key));
    case "filecoin":
      return [
        ["key_account", blake2b(uncompressed(key), { dkLen: 20 })],
        ["account", keccak20(key)],
      ];
    case "conflux": {
      // CIP-37: users' addresses begin with the nibble 1.
      const [first = 0, ...rest] = keccak20(key);
      return accounts(new Uint8Array([(first & 0x0f) | 0x10, ...rest]));
    }
    case "aelf":
      return accounts(sha256d(uncompressed(key)));
    case "cosmos":
    case "avalanche":
    case "xrpl":
      return accounts(hash160(compressed(key)));
    case "icon":
      return accounts(sha3_256(uncompressed(key).subarray(1)).subarray(12));
    case "stacks":
      return accounts(hash160(compressed(key)), hash160(uncompressed(key)));
    default:
      return [];
  }
}
