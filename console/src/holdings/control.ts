/**
 * What the chain's state says of who controls an address, where the address does not say it:
 * contracts, names, keys that were changed, validators.
 */
import type { Claim, Level } from "./claim";
import { type KeccakForm, keccakDigest } from "./digests";
import { type Bytes, concat, fromNumber, isSame, trim, unhex } from "./encoding";
import { refuse } from "./error";
import type { AddressKey } from "./key";
import { tooFew } from "./scripts";

/** Selector of `isValidSignature(bytes32,bytes)`, and the word that a contract answers (EIP-1271). */
const EIP1271 = new Uint8Array([0x16, 0x26, 0xba, 0x7e]);
/** Most sources of one record. */
const SOURCES_MAX = 16;

/** A reading of the chain and who made it. */
export interface ChainRecord {
  /** The address that it is of. */
  of: AddressKey;
  height: bigint;
  /** Names of the independent sources that all gave this reading. */
  sources: readonly string[];
}

/** Public keys, authentication keys (Aptos) or accounts of 20 bytes (EVM), and how many it takes. */
interface RecordedKeys {
  kind: "keys";
  record: ChainRecord;
  keys: readonly Bytes[];
  threshold: bigint;
}

export type ControlEvidence =
  /** The answer of a contract to `isValidSignature`. */
  | { kind: "call"; record: ChainRecord; input: Bytes; output: Bytes }
  | RecordedKeys
  /** The 32 bytes of a validator's withdrawal credentials. */
  | { kind: "withdrawal"; record: ChainRecord; credentials: Bytes };

/** A height at which the state was read, and how surely. */
export interface Known {
  height: bigint;
  level: Level;
}

export const missing = (problem: string): never =>
  refuse("ownership.evidence.missing", `evidence: ${problem}`);
export const contradicts = (problem: string): never =>
  refuse("ownership.evidence.contradicts", `evidence: ${problem}`);

/** Two independent sources, or one claim. */
export function recorded({ of, height, sources }: ChainRecord, key: AddressKey): Known {
  if (of.id !== key.id) contradicts("it is of another address");
  const names = new Set(sources.map(trim));
  if (names.has("") || sources.length > SOURCES_MAX) {
    contradicts("its sources are not named, or too many");
  }
  if (names.size === 0) missing("the record names no source");
  return { height, level: names.size === 1 ? "claim" : "two_sources" };
}

/** Checks that the state gives the address to `signers`. */
export function keysOf(key: AddressKey, signers: readonly Bytes[], claim: Claim): Known {
  const { evidence } = claim;
  if (evidence?.kind !== "keys") {
    return missing("the address does not follow from the key, and no record names its keys");
  }
  if (signers.some((signer) => !evidence.keys.some((known) => isSame(known, signer)))) {
    contradicts("the chain names other keys than the one that signed");
  }
  if (evidence.threshold === 0n) contradicts("a threshold of nobody controls nothing");
  if (BigInt(signers.length) < evidence.threshold) tooFew(evidence.threshold, signers.length);
  return recorded(evidence.record, key);
}

/** The call asked about this message and this signature, and the contract said yes. */
export function answered(
  evidence: Extract<ControlEvidence, { kind: "call" }>,
  forms: readonly KeccakForm[],
  key: AddressKey,
  claim: Claim,
): Known {
  const [text, ...more] = claim.signatures;
  const signature = text === undefined || more.length > 0 ? null : unhex(text);
  if (!signature) {
    return refuse(
      "ownership.signature.malformed",
      "signature: a contract is asked about one signature in hexadecimal",
    );
  }
  const calls = forms.map((form) => callData(keccakDigest(form, claim.message), signature));
  if (!calls.some((call) => isSame(call, evidence.input))) {
    contradicts("the call does not ask about this message and this signature");
  }
  if (!isSame(evidence.output, concat(EIP1271, new Uint8Array(28)))) {
    contradicts("the contract did not accept the signature");
  }
  return recorded(evidence.record, key);
}

/** Call data of `isValidSignature(digest, signature)`. */
export function callData(digest: Bytes, signature: Bytes): Bytes {
  const { length } = signature;
  const padding = new Uint8Array((32 - (length % 32)) % 32);
  const [offset, size] = [fromNumber(64n, 32), fromNumber(BigInt(length), 32)];
  return concat(EIP1271, digest, offset, size, signature, padding);
}
