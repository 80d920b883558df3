/** Bitcoin and its relatives: the coin's signed message, multisig scripts, BIP-322. */
import { sha256 } from "@noble/hashes/sha2.js";
import { verifyBip322 } from "./bip322";
import type { Coin } from "./chainTable";
import { type Claim, type Found, type MessageForm, byKey } from "./claim";
import { coinDigest, keccakDigest } from "./digests";
import { type Bytes, isSame, toHex, unbase64, unhex } from "./encoding";
import { refuse } from "./error";
import type { AddressKey } from "./key";
import { Multisig, otherKey } from "./scripts";
import {
  type PublicKey,
  Recoverable,
  compressed,
  hash160,
  nestedProgram,
  uncompressed,
} from "./secp";

/** Longest base64 of a signature: a BIP-322 transaction with a multisig of 16 keys. */
const SIGNATURE_TEXT_MAX = 8192;

const malformed = (problem: string): never =>
  refuse("ownership.signature.malformed", `signature: ${problem}`);

export function verifyCoins(coin: Coin, key: AddressKey, claim: Claim): Found {
  const [first, ...more] = claim.signatures;
  if (first === undefined) {
    return refuse("ownership.signature.missing", "signature: there is none");
  }
  if (!isRecoverable(first)) {
    if (more.length > 0) malformed("a BIP-322 signature is the only one of its row");
    return verifyBip322(key, claim.message, first, signatureBytes);
  }
  const signed = claim.signatures.map((text) => recoverCoin(coin, claim.message, text));
  const form = (signed[0] as Signed).form;
  const keys = signed.map((one) => one.key);
  switch (key.type) {
    case "p2sh":
      if (claim.keys.length === 0) return singleKey(key, form, keys);
      return multisig(key, form, keys, claim);
    case "p2pkh":
    case "p2wpkh":
      return singleKey(key, form, keys);
    case "p2wsh":
      return multisig(key, form, keys, claim);
    case "p2tr":
      return malformed("a taproot key does not sign this way; sign with BIP-322");
    default:
      return refuse("ownership.script.unsupported", "script: the address is of no type with a rule");
  }
}

/** The address is the hash of the key, or of the script that nests the key's segwit program. */
function singleKey(key: AddressKey, form: MessageForm, signed: readonly PublicKey[]): Found {
  const [signer] = signed;
  if (!signer || signed.length > 1) return malformed("an address of one key has one signature");
  const hash = hash160(compressed(signer));
  const possible =
    key.type === "p2pkh"
      ? [hash, hash160(uncompressed(signer))]
      : [key.type === "p2wpkh" ? hash : nestedProgram(hash)];
  if (possible.some((bytes) => isSame(bytes, key.bytes))) return byKey(form, compressed(signer));
  if (key.type === "p2sh") {
    return refuse("ownership.script.missing", "script: there is none; give that of the address");
  }
  return otherKey(toHex(compressed(signer)));
}

function multisig(
  key: AddressKey,
  form: MessageForm,
  signed: readonly PublicKey[],
  claim: Claim,
): Found {
  const script = Multisig.parse(scriptOf(key, claim));
  const signers = script.accept(signed);
  const { threshold, keys } = script;
  const control = { by: "script", threshold, keys: keys.length } as const;
  return { form, signers, control, level: "proof" };
}

/** The script of the claim, whose hash is the address: P2SH, P2WSH or P2WSH nested in P2SH. */
function scriptOf(key: AddressKey, claim: Claim): Bytes {
  const [text] = claim.keys;
  if (text === undefined || claim.keys.length > 1) {
    return refuse("ownership.script.missing", "script: there is none; give that of the address");
  }
  const script = unhex(text);
  if (!script) return refuse("ownership.script.malformed", "script: it is not hexadecimal");
  const program = sha256(script);
  const possible = key.type === "p2wsh" ? [program] : [hash160(script), nestedProgram(program)];
  if (possible.some((hash) => isSame(hash, key.bytes))) return script;
  return refuse("ownership.script.other_address", "script: its hash is not the address");
}

/** 65 bytes in base64, whose last group then has one `=`, or in the anchor's hexadecimal. */
const isRecoverable = (text: string): boolean =>
  text.startsWith("0x") || (text.length === 88 && text.endsWith("="));

interface Signed {
  form: MessageForm;
  key: PublicKey;
}

/** The key that signed under the coin's header (base64) or in the anchor's form (hexadecimal). */
export function recoverCoin(coin: Coin, message: string, text: string): Signed {
  if (text.startsWith("0x")) {
    const digest = keccakDigest("anchor", message);
    return { form: "anchor", key: Recoverable.fromHex(text).key(digest) };
  }
  const bytes = signatureBytes(text);
  if (bytes.length !== 65) malformed("it is not of 65 bytes");
  const key = Recoverable.fromHeaderFirst(bytes).key(coinDigest(coin.header, message));
  return { form: "coin_signed", key };
}

function signatureBytes(text: string): Bytes {
  if (text.length > SIGNATURE_TEXT_MAX) malformed("it is longer than any signature");
  return unbase64(text) ?? malformed("it is not base64");
}
