/** Why a file or a proof is refused. The codes are those of the verifier in Rust, and stable. */
export type ProofCode =
  /** A field does not hold what it must. */
  | "proof.field"
  /** The bytes are not in their one canonical form. */
  | "proof.canonical"
  /** Values were claimed that are not those of what was committed. */
  | "proof.opening"
  /** The committed rows do not satisfy the circuit. */
  | "proof.circuit"
  /** A path does not lead to the root. */
  | "proof.path"
  /** The header names other constraints than this program has. */
  | "proof.constraints"
  /** Something is of another round. */
  | "proof.round"
  /** There are not as many as the header says. */
  | "proof.count"
  /** A shard does not begin where the one before it ends. */
  | "proof.keys"
  /** The roots of shards lead to another root. */
  | "proof.root"
  | "proof.file.missing"
  | "proof.file.extra"
  | "proof.file.unreadable"
  /** A file is not what the manifest lists. */
  | "proof.manifest"
  /** The log of rounds does not have the bundle. */
  | "proof.log"
  /** The log's key did not sign it. */
  | "proof.log.signature"
  /** Too few witnesses co-signed it, or a line in the name of one does not hold. */
  | "proof.log.witnesses";

/** The only thing that verification throws. Anything else that is thrown is a bug. */
export class ProofError extends Error {
  override readonly name = "ProofError";

  constructor(
    readonly code: ProofCode,
    /** What is wrong, in words. */
    readonly reason: string,
    /** The file of the bundle that it is about, once that is known. */
    readonly file: string | null = null,
  ) {
    super(`${code}: ${reason}`);
  }

  /** The same, said of a file. What already names a file keeps it. */
  of(file: string): ProofError {
    return this.file === null ? new ProofError(this.code, this.reason, file) : this;
  }
}

export const fieldError = (field: string, problem: string) =>
  new ProofError("proof.field", `${field}: ${problem}`);

export const canonicalError = (what: string, problem: string) =>
  new ProofError("proof.canonical", `${what} is not in canonical form: ${problem}`);

export const openingError = (problem: string) =>
  new ProofError("proof.opening", `the openings do not hold: ${problem}`);
