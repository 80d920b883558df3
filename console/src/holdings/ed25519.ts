/** Accounts made of an Ed25519 key. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { sha3_256 } from "@noble/hashes/sha3.js";
import { single } from "./accounts";
import type { Account } from "./chainTable";
import { type Claim, type Found, type MessageForm, byKey, byState } from "./claim";
import { keysOf } from "./control";
import { anchorBytes } from "./digests";
import { type Bytes, attempt, concat, isSame, toHex, toNumber, unhex, unhexExactly, utf8 } from "./encoding";
import { refuse } from "./error";
import type { AddressKey } from "./key";
import { otherKey } from "./scripts";
import { isWalletOf } from "./ton";

const { Point } = ed25519;
/** Signature scheme of an Ed25519 key, before or after it in what Sui and Aptos hash. */
const SCHEME = [0];

export function verifyEd25519(account: Account, key: AddressKey, claim: Claim): Found {
  const signature = unhexExactly(single(claim), 64);
  if (!signature) {
    return refuse("ownership.signature.malformed", "signature: it needs 128 hexadecimal digits");
  }
  const publicKey = publicKeyOf(key, claim);
  const form = formOf(publicKey, claim.message, signature);
  if (isMadeOf(account, key, publicKey)) return byKey(form, publicKey);
  // The account may have been given this key later (Aptos), be another contract (TON), or have a name
  // (NEAR, Hedera). Only the chain's state can tell.
  if (account !== "aptos" && account !== "ton" && key.type !== "name") otherKey(toHex(publicKey));
  const controlling = account === "aptos" ? authenticationKey(publicKey) : publicKey;
  return byState(form, [publicKey], keysOf(key, [controlling], claim));
}

const malformed = (problem: string): never =>
  refuse("ownership.key.malformed", `public key: ${problem}`);

function publicKeyOf(key: AddressKey, { keys }: Claim): Bytes {
  const [text, ...more] = keys;
  if (more.length > 0) return malformed("an account of one key has one public key");
  if (text !== undefined) {
    const bytes = unhex(text) ?? malformed("it is not hexadecimal");
    return bytes.length === 32 ? bytes : malformed("it needs 32 bytes");
  }
  if (key.type === "public_key") return key.bytes;
  return refuse("ownership.key.missing", "public key: there is none; give it beside the signature");
}

/** Which form was signed. */
function formOf(publicKey: Bytes, message: string, signature: Bytes): MessageForm {
  if (!attempt(() => Point.fromBytes(publicKey, true))) malformed("it is no point of the curve");
  if (isSigned(publicKey, anchorBytes(message), signature)) return "anchor";
  if (isSigned(publicKey, utf8(message), signature)) return "plain";
  return refuse("ownership.signature.invalid", "signature: it is not one of this message by this key");
}

const littleEndian = (bytes: Bytes): bigint => toNumber(Uint8Array.from(bytes).reverse());

/**
 * Strict verification. The library checks the equation times the cofactor, which programs on chains do
 * not: so the equation itself is demanded as well, and that neither point is of small order, with which
 * one signature would be of many messages.
 */
function isSigned(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const isGood = attempt(() => ed25519.verify(signature, message, publicKey, { zip215: false }));
  if (!isGood) return false;
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
  const [a, point] = [Point.fromBytes(publicKey), Point.fromBytes(r)];
  if (a.isSmallOrder() || point.isSmallOrder()) return false;
  const challenge = Point.Fn.create(littleEndian(sha512(concat(r, publicKey, message))));
  const expected = Point.BASE.multiplyUnsafe(littleEndian(s)).subtract(a.multiplyUnsafe(challenge));
  return isSame(expected.toBytes(), r);
}

const authenticationKey = (publicKey: Bytes): Bytes => sha3_256(concat(publicKey, SCHEME));

/** True when the address follows from the key. */
export function isMadeOf(account: Account, { type, bytes }: AddressKey, publicKey: Bytes): boolean {
  switch (account) {
    case "aptos":
      return isSame(bytes, authenticationKey(publicKey));
    case "sui":
      return isSame(bytes, blake2b(concat(SCHEME, publicKey), { dkLen: 32 }));
    case "ton":
      return isWalletOf(bytes, publicKey);
    case "cardano":
      // CIP-19: the payment credential follows the header.
      return isSame(bytes.subarray(1, 29), blake2b(publicKey, { dkLen: 28 }));
    default:
      return type === "public_key" && isSame(bytes, publicKey);
  }
}
