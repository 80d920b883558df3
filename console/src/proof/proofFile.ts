/** The file of a proof. */
import { canonicalError } from "./error";
import type { Ext } from "./extension";
import type { Hash } from "./keccak";
import { Reader } from "./postcard";

/** Longest proof that is read. */
export const PROOF_LEN_MAX = 4 << 20;

/** The root of a Merkle tree. */
export type Commitment = Hash;

/** What stands beside opened rows: their salts, and digests that paths need. */
export interface MultiProof {
  /** For each question, for each matrix, the salt of the row. */
  salts: readonly (readonly (readonly number[])[])[];
  siblings: readonly Hash[];
}

/** Rows of a commitment: for each question, for each matrix, the row. */
export interface OpenedRows {
  rows: readonly (readonly (readonly number[])[])[];
  proof: MultiProof;
}

/** A step of FRI: for each question, the values beside its own. */
export interface FoldStep {
  siblings: readonly (readonly Ext[])[];
  proof: MultiProof;
}

/** That values at points are those of what was committed. */
export interface Opening {
  batchWitness: number;
  foldCommitments: readonly Commitment[];
  foldWitnesses: readonly number[];
  inputs: readonly OpenedRows[];
  folds: readonly FoldStep[];
  finalPolynomial: readonly Ext[];
  queryWitness: number;
}

export interface Proof {
  /** Of the rows, of their fraction columns, of the parts of the quotient with a random one. */
  commitments: readonly [rows: Commitment, fractions: Commitment, quotient: Commitment];
  /** Columns at the point, and at the point of the row after it. */
  rowsAt: readonly [readonly Ext[], readonly Ext[]];
  fractionsAt: readonly [readonly Ext[], readonly Ext[]];
  quotientAt: readonly Ext[];
  opening: Opening;
}

/** Reads a proof; anything but its one spelling is refused. */
export function decodeProof(bytes: Uint8Array): Proof {
  if (bytes.length > PROOF_LEN_MAX) {
    throw canonicalError("the proof", `it has more than ${PROOF_LEN_MAX} bytes`);
  }
  const reader = new Reader(bytes, "the proof");
  const commitment = (): Commitment => {
    const [root, ...more] = reader.hashes();
    // Further roots would be read and never used: a second spelling.
    if (!root || more.length > 0) return reader.refuse("a commitment has one root");
    return root;
  };
  const rows = () => reader.list(1, () => reader.list(1, () => reader.elements()));
  const multiProof = (): MultiProof => ({ salts: rows(), siblings: reader.hashes() });
  const proof: Proof = {
    commitments: [commitment(), commitment(), commitment()],
    rowsAt: [reader.exts(), reader.exts()],
    fractionsAt: [reader.exts(), reader.exts()],
    quotientAt: reader.exts(),
    opening: {
      batchWitness: reader.element(),
      foldCommitments: reader.list(1, commitment),
      foldWitnesses: reader.elements(),
      inputs: reader.list(3, () => ({ rows: rows(), proof: multiProof() })),
      folds: reader.list(3, () => ({
        siblings: reader.list(1, () => reader.exts()),
        proof: multiProof(),
      })),
      finalPolynomial: reader.exts(),
      queryWitness: reader.element(),
    },
  };
  reader.end();
  return proof;
}
