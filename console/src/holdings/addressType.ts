import type { Bytes } from "./encoding";

/** What stands behind an address. */
export type AddressType =
  /** Hash of one public key (P2PKH). */
  | "p2pkh"
  /** Hash of a script (P2SH), among them nested segwit. */
  | "p2sh"
  | "p2wpkh"
  | "p2wsh"
  | "p2tr"
  /** An account whose bytes come from one public key, or from a contract. */
  | "account"
  /** Filecoin's `f1`: hash of one public key. */
  | "key_account"
  /** A public key itself. */
  | "public_key"
  /** A name or number that the chain's state gives keys to. */
  | "name"
  /** The public key of an Ethereum validator. */
  | "validator";

/** What a reader of one form finds. */
export type Read = readonly [AddressType, Bytes];

/** Why a reader of one form gives nothing: the bytes are wrong, or of an owner nobody can tell. */
export class Unread extends Error {
  constructor(
    readonly problem: string,
    readonly isUnknownType = false,
  ) {
    super(problem);
  }
}
