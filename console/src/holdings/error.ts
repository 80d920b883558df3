/** Why what an exchange holds is refused. The codes are those of the verifier in Rust, and stable. */
export const CODES = [
  // An address, a message, a signature.
  "ownership.address.undecodable",
  "ownership.address.unknown_type",
  "ownership.message.length",
  "ownership.challenge.other_round",
  "ownership.signature.missing",
  "ownership.signature.malformed",
  "ownership.signature.invalid",
  "ownership.signature.other_key",
  "ownership.key.missing",
  "ownership.key.malformed",
  "ownership.script.missing",
  "ownership.script.malformed",
  "ownership.script.other_address",
  "ownership.script.unsupported",
  "ownership.multisig.threshold",
  "ownership.evidence.missing",
  "ownership.evidence.contradicts",
  // What is known of balances.
  "evidence.line",
  "evidence.proof.too_large",
  "evidence.proof.malformed",
  "evidence.proof.invalid",
  "evidence.header.malformed",
  "evidence.header.other",
  "evidence.sources.disagree",
  "evidence.sources.missing",
  "evidence.sum.overflow",
  // The list and its rows.
  "reserves.list.unreadable",
  "reserves.list.header",
  "reserves.list.too_many",
  "reserves.line.too_long",
  "reserves.row.columns",
  "reserves.row.field",
  "reserves.row.asset",
  "reserves.row.chain",
  "reserves.row.address",
  "reserves.row.amount",
  "reserves.row.amount_differs",
  "reserves.row.height",
  "reserves.row.duplicate",
  "reserves.row.mixed_names",
  "reserves.staking.both",
  "reserves.total.differs",
  "reserves.sum.too_large",
  // The table of tokens, and the names that a challenge is made of.
  "reserves.tokens.malformed",
  "reserves.tokens.contract",
  "reserves.challenge.names",
] as const;

export type HoldingsCode = (typeof CODES)[number];

/** What this verifier throws beside `ProofError`. Anything else that is thrown is a bug. */
export class HoldingsError extends Error {
  override readonly name = "HoldingsError";

  constructor(
    readonly code: HoldingsCode,
    /** What is wrong, in words. */
    readonly reason: string,
    /** The file of the bundle that it is about, once that is known. */
    readonly file: string | null = null,
  ) {
    super(`${code}: ${reason}`);
  }

  /** The same, said of a file. What already names a file keeps it. */
  of(file: string): HoldingsError {
    return this.file === null ? new HoldingsError(this.code, this.reason, file) : this;
  }
}

/** Ends a check. */
export function refuse(code: HoldingsCode, reason: string): never {
  throw new HoldingsError(code, reason);
}
