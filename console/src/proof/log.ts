/**
 * That a bundle is in the log of rounds (`journal.proof`): the entry that the log must have, the
 * proof that it has it, the log's signature, and which witnesses co-signed it.
 */
import { ProofError } from "./error";
import {
  type Cosignature,
  type Ed25519,
  type Key,
  checkInclusion,
  checkSigned,
  claimedBy,
  findCosignatures,
  leafHash,
  parseCheckpoint,
  parseLogProof,
} from "./note";
import { JOURNAL } from "./manifest";

/** Longest proof, with the lines of a hundred witnesses. */
const LEN_MAX = 1 << 15;

/** What the log says of a round; digests in hexadecimal digits. */
export interface Published {
  exchange: string;
  round: string;
  /** SHA-256 of the header. */
  header: string;
  /** Root of all leaves, as the liabilities have it. */
  root: string;
  /** SHA-256 of the manifest. */
  manifest: string;
}

/** Keys that somebody has, and how many witnesses they ask for. */
export interface Asked {
  /** Without one the log's signature is not checked. */
  log: Key | null;
  witnesses: readonly Key[];
  wanted: number;
}

export const NOTHING_ASKED: Asked = { log: null, witnesses: [], wanted: 0 };

/** Where a bundle is on the record. */
export interface Recorded {
  log: string;
  index: bigint;
  /** Entries of the log when it was signed. */
  size: bigint;
  isSignatureChecked: boolean;
  /** Those of the known witnesses that co-signed. */
  witnesses: readonly Cosignature[];
  /** Names in lines that have the form of a co-signature, checked or not. */
  claimed: readonly string[];
}

function entryOf({ exchange, round, header, root, manifest }: Published): Uint8Array {
  const entry = { reserves_round: { exchange, round, header, root, manifest } };
  return new TextEncoder().encode(JSON.stringify(entry));
}

/**
 * Checks a bundle's proof.
 *
 * @throws {ProofError} of `journal.proof`.
 */
export async function checkLog(
  bytes: Uint8Array,
  published: Published,
  asked: Asked,
  ed25519: Ed25519,
): Promise<Recorded> {
  try {
    if (bytes.length > LEN_MAX) {
      throw new ProofError("proof.log", `receipt: it has more than ${LEN_MAX} bytes`);
    }
    const { index, hashes, note } = parseLogProof(bytes);
    if (asked.log) await checkSigned(note, asked.log, ed25519);
    const checkpoint = parseCheckpoint(note.body);
    const { origin, size } = checkpoint;
    if (asked.log && asked.log.name !== origin) {
      throw new ProofError("proof.log", "its origin is not the name of the key");
    }
    checkInclusion(index, checkpoint, leafHash(entryOf(published)), hashes);
    const witnesses = await findCosignatures(note, asked.witnesses, ed25519);
    if (witnesses.length < asked.wanted) {
      throw new ProofError(
        "proof.log.witnesses",
        `${witnesses.length} of ${asked.witnesses.length} known witnesses co-signed, ${asked.wanted} are demanded`,
      );
    }
    const isSignatureChecked = asked.log !== null;
    return { log: origin, index, size, isSignatureChecked, witnesses, claimed: claimedBy(note, origin) };
  } catch (error) {
    throw error instanceof ProofError ? error.of(JOURNAL) : error;
  }
}
