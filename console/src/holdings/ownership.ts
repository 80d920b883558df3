/**
 * Who holds the key of an address: one function for every chain. The address decides which rule
 * applies, never the other way round; what has no rule is refused by name.
 */
import { verifyAccounts } from "./accounts";
import { verifyAntelope } from "./antelope";
import { type Standing, standingOf } from "./challenge";
import type { Claim, Found } from "./claim";
import { verifyCoins } from "./coins";
import { verifyEd25519 } from "./ed25519";
import { byteLength } from "./encoding";
import { refuse } from "./error";
import { type AddressKey, keyOf } from "./key";
import { verifyStarknet } from "./starknet";
import { verifyValidator } from "./validator";

/** Longest message that is looked at: four challenges. */
const MESSAGE_BYTES_MAX = 1024;
/** Most signatures of one claim: a script counts its keys with an opcode up to 16. */
const SIGNATURES_MAX = 16;

/** What a claim proves. */
export interface Proved extends Found {
  key: AddressKey;
  standing: Standing;
}

/**
 * True when the signature belongs to this round, the signers can spend, and that does not rest on one
 * source's word.
 */
export const isFull = ({ standing, control, level }: Proved): boolean =>
  standing === "this_round" && control.by !== "validator_key" && level !== "claim";

/** Checks who signed and that they hold the address. Without a challenge, sentences are checked alone. */
export function verifyOwnership(claim: Claim, challenge: string | null): Proved {
  const length = byteLength(claim.message);
  if (length === 0 || length > MESSAGE_BYTES_MAX) {
    refuse("ownership.message.length", `message: ${length} bytes; give the text that was signed`);
  }
  if (claim.signatures.length > SIGNATURES_MAX) {
    refuse("ownership.signature.malformed", "signature: there are more than any script has keys");
  }
  const key = keyOf(claim.chain, claim.address);
  const standing = standingOf(challenge, claim.message, key);
  if (claim.signatures.length === 0 && !claim.evidence) {
    refuse("ownership.signature.missing", "signature: there is none; sign with the address's key");
  }
  return { ...found(key, claim), key, standing };
}

function found(key: AddressKey, claim: Claim): Found {
  const { form } = claim.chain;
  switch (form.kind) {
    case "utxo":
      return verifyCoins(form.coin, key, claim);
    case "evm":
      return key.type === "validator" ? verifyValidator(key, claim) : verifyAccounts(key, claim);
    case "tron":
    case "secp256k1":
      return verifyAccounts(key, claim);
    case "ed25519":
      return verifyEd25519(form.account, key, claim);
    case "antelope":
      return verifyAntelope(key, claim);
    case "starknet":
      return verifyStarknet(key, claim);
  }
}
