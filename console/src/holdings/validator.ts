/**
 * Ethereum validators. The stake belongs to the withdrawal account, which is who signs; that it is the
 * withdrawal account is evidence from the beacon chain. The validator's own BLS key shows who runs the
 * validator, not whose money it is.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ownersOf } from "./accounts";
import { type Claim, type Found, byState } from "./claim";
import { contradicts, missing, recorded } from "./control";
import { keccakDigest } from "./digests";
import { type Bytes, attempt, concat, isSame, unhex, unhexExactly } from "./encoding";
import { refuse } from "./error";
import type { AddressKey } from "./key";

/** Domain of the proof-of-possession scheme (draft-irtf-cfrg-bls-signature), Ethereum's choice. */
const DOMAIN = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const { G1, G2, longSignatures } = bls12_381;

export function verifyValidator(key: AddressKey, claim: Claim): Found {
  const [text, ...others] = claim.signatures;
  const signature = text === undefined || others.length > 0 ? null : unhexExactly(text, 96);
  const { evidence } = claim;
  if (evidence?.kind !== "withdrawal") {
    if (!signature) return missing("give the withdrawal credentials of the validator");
    checkBls(key.bytes, claim.message, signature);
    const control = { by: "validator_key" } as const;
    return { form: "validator_bls", signers: [key.bytes], control, level: "proof" };
  }
  const known = recorded(evidence.record, key);
  const { credentials } = evidence;
  if (signature) {
    // 0x00: the hash of a BLS key, which signs.
    const [keyText, ...more] = claim.keys;
    if (keyText === undefined || more.length > 0) {
      return refuse("ownership.key.missing", "public key: give the one of the credentials");
    }
    const withdrawalKey = unhex(keyText);
    if (!withdrawalKey) {
      return refuse("ownership.key.malformed", "public key: it is not hexadecimal");
    }
    if (!isSame(credentials, concat([0], sha256(withdrawalKey).subarray(1)))) {
      contradicts("the withdrawal credentials are not those of the key that signed");
    }
    checkBls(withdrawalKey, claim.message, signature);
    return byState("validator_bls", [withdrawalKey], known);
  }
  const { form, signers } = ownersOf(claim);
  const [signer, ...more] = signers;
  if (!signer || more.length > 0) return missing("the withdrawal account is one account");
  // 0x01 and 0x02 (EIP-7251): eleven zeros and the account.
  const possible = [1, 2].map((version) => concat([version], new Uint8Array(11), signer));
  if (!possible.some((one) => isSame(one, credentials))) {
    contradicts("the withdrawal credentials are not those of the account that signed");
  }
  return byState(form, [signer], known);
}

/** A point in its group that is not the neutral element. */
function pointOf<P extends { assertValidity(): void; is0(): boolean }>(decode: () => P): P | null {
  return attempt(() => {
    const point = decode();
    point.assertValidity();
    return point.is0() ? null : point;
  });
}

/** A signature of the anchor's hash form by a validator key, both checked to be in their groups. */
function checkBls(keyBytes: Bytes, message: string, signatureBytes: Bytes): void {
  const key = keyBytes.length === 48 ? pointOf(() => G1.Point.fromBytes(keyBytes)) : null;
  if (!key) return refuse("ownership.key.malformed", "public key: it is no key of BLS12-381");
  const signature = pointOf(() => G2.Point.fromBytes(signatureBytes));
  if (!signature) {
    return refuse("ownership.signature.malformed", "signature: it is no point of BLS12-381");
  }
  const digest = longSignatures.hash(keccakDigest("eip191_of_hash", message), DOMAIN);
  if (!longSignatures.verify(signature, digest, key)) {
    refuse("ownership.signature.invalid", "signature: it is not one of this message by this key");
  }
}
