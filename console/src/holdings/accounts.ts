/**
 * Accounts made of a secp256k1 key: EVM, Tron, Filecoin, the Cosmos family and others; contracts by
 * what the chain says of them.
 */
import type { Form } from "./chainTable";
import { type Claim, type Found, byKey, byState } from "./claim";
import { answered, keysOf, missing } from "./control";
import { type KeccakForm, keccakDigest } from "./digests";
import { type Bytes, distinct, isSame, toHex } from "./encoding";
import { refuse } from "./error";
import { type AddressKey, keyOf } from "./key";
import { otherKey } from "./scripts";
import { type PublicKey, Recoverable, addressesOf, compressed, keccak20 } from "./secp";

const hasEvm = (form: Form): boolean =>
  form.kind === "evm" ||
  (form.kind === "secp256k1" && (form.account === "filecoin" || form.account === "injective"));

/** The forms in which a chain's wallets and the anchor sign. */
function formsOf(form: Form): readonly KeccakForm[] {
  if (hasEvm(form)) return ["eip191", "eip191_of_hash", "anchor"];
  if (form.kind === "tron") return ["tron", "tron_of_hash"];
  return form.kind === "secp256k1" ? ["anchor"] : [];
}

interface Candidate {
  form: KeccakForm;
  key: PublicKey;
}

/** The keys that a signature may be of, one for each form. */
export function* candidatesOf(
  form: Form,
  message: string,
  signature: string,
): Generator<Candidate, void> {
  const recoverable = Recoverable.fromHex(signature);
  for (const one of formsOf(form)) {
    const key = recoverable.find(keccakDigest(one, message));
    if (key) yield { form: one, key };
  }
}

/** The first candidate that is the owner's; refuses a signature by somebody else, and one by nobody. */
function candidateOf(
  { chain, message }: Claim,
  signature: string,
  isOwn: (key: PublicKey) => boolean,
): Candidate {
  let other: PublicKey | null = null;
  for (const candidate of candidatesOf(chain.form, message, signature)) {
    if (isOwn(candidate.key)) return candidate;
    other ??= candidate.key;
  }
  if (other) return otherKey(toHex(compressed(other)));
  return refuse("ownership.signature.invalid", "signature: it is not one of this message");
}

export function verifyAccounts(key: AddressKey, claim: Claim): Found {
  const { form } = claim.chain;
  if (claim.owners.length > 0 || claim.evidence) {
    if (!hasEvm(form) || key.type !== "account") {
      return missing("only contracts of EVM chains are owned by other accounts");
    }
    return contract(key, claim);
  }
  const own = candidateOf(claim, single(claim), (signer) =>
    addressesOf(form, signer).some(([type, bytes]) => type === key.type && isSame(bytes, key.bytes)),
  );
  return byKey(own.form, compressed(own.key));
}

/** The one signature of an account with one key. */
export function single({ signatures }: Claim): string {
  const [only, ...more] = signatures;
  if (only !== undefined && more.length === 0) return only;
  return refuse(
    "ownership.signature.malformed",
    "signature: an account of one key has one signature",
  );
}

/** A contract: its own answer (EIP-1271), or its owners' signatures and what the state says of them. */
function contract(key: AddressKey, claim: Claim): Found {
  if (claim.evidence?.kind === "call") {
    const known = answered(claim.evidence, formsOf(claim.chain.form), key, claim);
    return byState("eip1271", [key.bytes], known);
  }
  const { form, signers } = ownersOf(claim);
  if (claim.evidence?.kind !== "keys") {
    return missing("nothing shows that these accounts own the contract");
  }
  return byState(form, signers, keysOf(key, signers, claim));
}

/** The accounts of the owners that the claim names, each of which signed. */
export function ownersOf(claim: Claim): { form: KeccakForm; signers: Bytes[] } {
  const { owners, signatures, chain } = claim;
  if (owners.length === 0 || owners.length !== signatures.length) {
    refuse("ownership.signature.malformed", "signature: each owner has one, in the same order");
  }
  let form: KeccakForm = "eip191";
  const signers = owners.map((text, place) => {
    const owner = keyOf(chain, text);
    const isAccount = owner.type === "account";
    const own = candidateOf(
      claim,
      signatures[place] as string,
      (key) => isAccount && isSame(keccak20(key), owner.bytes),
    );
    form = own.form;
    return owner.bytes;
  });
  return { form, signers: distinct(signers) };
}
