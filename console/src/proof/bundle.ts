/**
 * The second verifier of proofs of reserves, independent of the one in Rust (`crates/proof`), for a
 * page without a server and without WebAssembly, and for Node. Nothing below depends on anything
 * but the language; `cli.ts` alone uses Node.
 *
 * Reading order: this file (a round as it is published: a folder of files, every byte of each
 * covered by a check), `header.ts`, `liabilities.ts` and `receipt.ts` (what is said), `argument.ts`
 * (how a proof is checked), `fri.ts`, `merkle.ts` and `transcript.ts` (what it rests on),
 * `systems.ts` and what it names (what is proved), `poseidon.ts`, `keccak.ts`,
 * `extension.ts` and `field.ts` (calculation); `log.ts` (that the bundle is in the log of rounds) and
 * `note.ts` (what logs and witnesses sign).
 *
 * What the exchange holds (`reserves/…`) is checked elsewhere.
 */
import { verify } from "./argument";
import { ProofError } from "./error";
import { type Header, parseHeader } from "./header";
import {
  type Liabilities,
  checkLiabilities,
  parseLiabilities,
  statementOf,
  totalsStatementOf,
} from "./liabilities";
import {
  HEADER,
  LIABILITIES,
  MANIFEST,
  RESERVES,
  TOTALS,
  checkFile,
  checkNames,
  parseManifest,
  shardName,
} from "./manifest";
import { decodeProof } from "./proofFile";
import { type Receipt, checkReceipt, parseReceipt } from "./receipt";
import { sha256 } from "./sha256";
import { shardSystem } from "./shardSystem";
import { constraintsOf } from "./systems";
import { totalsSystem } from "./totalsSystem";

/** The files of a bundle. */
export interface Files {
  /** Their names in the bundle, with `/` between folders. */
  names: readonly string[];
  read(name: string): Uint8Array | Promise<Uint8Array>;
}

/** Says in which file something is wrong. */
function inFile<T>(file: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof ProofError ? error.of(file) : error;
  }
}

/** What a round claims, read and found consistent; its proofs are checked against it. */
export class Round {
  private constructor(
    readonly header: Header,
    readonly liabilities: Liabilities,
  ) {}

  static read(headerBytes: Uint8Array, liabilitiesBytes: Uint8Array): Round {
    const header = inFile(HEADER, () => {
      const parsed = parseHeader(headerBytes);
      const own = constraintsOf(parsed.systems);
      if (own !== parsed.constraints) {
        throw new ProofError(
          "proof.constraints",
          `the header names constraints that this program does not know (its own are ${own}): ` +
            "verify with the program of the header's version",
        );
      }
      return parsed;
    });
    const liabilities = inFile(LIABILITIES, () => {
      const parsed = parseLiabilities(liabilitiesBytes);
      checkLiabilities(header, parsed);
      return parsed;
    });
    return new Round(header, liabilities);
  }

  /** Checks the proof of a shard. */
  checkShard(shard: number, bytes: Uint8Array): void {
    inFile(shardName(shard), () => {
      const claimed = this.liabilities.shards[shard];
      if (!claimed) throw new ProofError("proof.file.extra", "there is no such shard");
      const system = shardSystem(this.header.systems.shard, statementOf(claimed));
      verify(this.header.digest, system, decodeProof(bytes));
    });
  }

  /** Checks the proof of the totals. */
  checkTotals(bytes: Uint8Array): void {
    inFile(TOTALS, () => {
      const statement = totalsStatementOf(this.header, this.liabilities);
      const system = totalsSystem(this.header.systems.totals, statement);
      verify(this.header.digest, system, decodeProof(bytes));
    });
  }

  /** Checks a customer's receipt, which the proof of its shard then counts. */
  checkReceipt(bytes: Uint8Array): Receipt {
    return inFile("receipt", () => {
      const receipt = parseReceipt(bytes);
      checkReceipt(this.header, this.liabilities, receipt);
      return receipt;
    });
  }
}

/** Reads files of a bundle that are there. */
function readerOf(files: Files): (name: string) => Promise<Uint8Array> {
  const names = new Set(files.names);
  return async (name) => {
    if (names.has(name)) return files.read(name);
    throw new ProofError("proof.file.missing", "the file is not in the bundle", name);
  };
}

/** Hears of each file that holds; a page that draws then lets the check wait for it. */
type Progress = (name: string) => void | Promise<void>;

/** A bundle of which every proof holds. */
export interface Verified {
  round: Round;
  /** SHA-256 of its manifest: what the journal names a bundle by. */
  manifest: Uint8Array<ArrayBuffer>;
}

/**
 * Checks a whole bundle.
 *
 * @throws {ProofError} that names the first file that is refused.
 */
export async function verifyBundle(
  files: Files,
  progress: Progress = () => {},
): Promise<Verified> {
  const read = readerOf(files);
  const manifestBytes = await read(MANIFEST);
  const manifest = inFile(MANIFEST, () => parseManifest(manifestBytes));
  const listed = async (name: string): Promise<Uint8Array> => {
    const bytes = await read(name);
    checkFile(manifest, name, bytes);
    return bytes;
  };
  const round = Round.read(await listed(HEADER), await listed(LIABILITIES));
  checkNames(manifest, files.names, round.header.shards);
  await progress(LIABILITIES);
  round.checkTotals(await listed(TOTALS));
  await progress(TOTALS);
  for (const name of files.names) if (name.startsWith(RESERVES)) await listed(name);
  for (let shard = 0; shard < round.header.shards; shard += 1) {
    const name = shardName(shard);
    round.checkShard(shard, await listed(name));
    await progress(name);
  }
  return { round, manifest: sha256(manifestBytes) };
}

/**
 * Checks what one customer needs to know: that the receipt's leaf is counted in its shard, and that
 * the sums of all shards come to the totals. Proofs of other shards are not read.
 *
 * @throws {ProofError} that names the file that is refused, or the receipt.
 */
export async function verifyReceipt(
  files: Files,
  receiptBytes: Uint8Array,
  progress: Progress = () => {},
): Promise<{ round: Round; receipt: Receipt }> {
  const read = readerOf(files);
  const round = Round.read(await read(HEADER), await read(LIABILITIES));
  const receipt = round.checkReceipt(receiptBytes);
  await progress(LIABILITIES);
  const name = shardName(receipt.shard);
  round.checkShard(receipt.shard, await read(name));
  await progress(name);
  round.checkTotals(await read(TOTALS));
  await progress(TOTALS);
  return { round, receipt };
}
