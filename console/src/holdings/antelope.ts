/** EOS and WAX: a signature tells its key, and only the chain's state tells whose key that is. */
import { ripemd160 } from "@noble/hashes/legacy.js";
import { type Claim, type Found, byState } from "./claim";
import { keysOf } from "./control";
import { anchorSha256 } from "./digests";
import { type Bytes, concat, distinct, isSame, unbase58, utf8 } from "./encoding";
import { refuse } from "./error";
import type { AddressKey } from "./key";
import { Recoverable, compressed, publicKeyOf } from "./secp";

export function verifyAntelope(key: AddressKey, claim: Claim): Found {
  const digest = anchorSha256(claim.message);
  const signers = claim.signatures.map((text) => compressed(signatureOf(text).key(digest)));
  for (const text of claim.keys) {
    const named = keyOfText(text);
    if (!signers.some((signer) => isSame(signer, named))) {
      refuse("ownership.signature.invalid", "signature: it is not by the key that is given");
    }
  }
  const once = distinct(signers);
  return byState("anchor", once, keysOf(key, once, claim));
}

/** Base58 with four bytes of RIPEMD-160 over the payload and a suffix. */
function checked(text: string, suffix: string): Bytes | null {
  const bytes = unbase58(text);
  if (!bytes || bytes.length < 4) return null;
  const payload = bytes.subarray(0, -4);
  const sum = ripemd160(concat(payload, utf8(suffix))).subarray(0, 4);
  return isSame(sum, bytes.subarray(-4)) ? payload : null;
}

function signatureOf(text: string): Recoverable {
  const payload = text.startsWith("SIG_K1_") ? checked(text.slice(7), "K1") : null;
  if (payload?.length === 65) return Recoverable.fromHeaderFirst(payload);
  return refuse("ownership.signature.malformed", "signature: it is no SIG_K1_ signature");
}

/** `EOS…` (the old form) or `PUB_K1_…`. */
function keyOfText(text: string): Bytes {
  const payload = text.startsWith("PUB_K1_")
    ? checked(text.slice(7), "K1")
    : text.startsWith("EOS")
      ? checked(text.slice(3), "")
      : null;
  const key = payload && publicKeyOf(payload);
  if (key) return compressed(key);
  return refuse("ownership.key.malformed", "public key: it is no EOS or PUB_K1_ key");
}
