/** Names, lengths and SHA-256 of all files of a bundle but the manifest and the journal's proof. */
import { toHex } from "./bytes";
import { ProofError, canonicalError, fieldError } from "./error";
import { readCanonical } from "./json";
import { sha256 } from "./sha256";

export const HEADER = "header.json";
export const LIABILITIES = "liabilities.json";
export const TOTALS = "totals.proof";
export const MANIFEST = "manifest.json";
/** That the manifest is in the log of rounds; checked in `log.ts`. */
export const JOURNAL = "journal.proof";
/** Where files of what the exchange holds are; checked elsewhere. */
export const RESERVES = "reserves/";
const VERSION = 1;
/** A line for each of 20,000 shards. */
const LEN_MAX = 8 << 20;
const WHAT = "the manifest";

export const shardName = (shard: number) => `shards/${String(shard).padStart(5, "0")}.proof`;

export interface Listed {
  bytes: number;
  sha256: string;
}

/** Files by name. */
export type Manifest = ReadonlyMap<string, Listed>;

/** Whether a name is before another by its bytes, which is by its code points. */
function isBefore(a: string, b: string): boolean {
  const [left, right] = [Array.from(a), Array.from(b)];
  const place = left.findIndex((letter, at) => letter !== right[at]);
  if (place < 0) return left.length < right.length;
  const other = right[place]?.codePointAt(0);
  return other !== undefined && (left[place]?.codePointAt(0) ?? 0) < other;
}

export function parseManifest(bytes: Uint8Array): Manifest {
  const text = readCanonical(bytes, LEN_MAX, WHAT).fields("version", "files");
  const version = text.version.whole(16);
  const files = text.files.list((file): [string, Listed] => {
    const { name, bytes: length, sha256: digest } = file.fields("name", "bytes", "sha256");
    return [name.text(), { bytes: length.whole(64), sha256: digest.text() }];
  });
  if (version !== VERSION) {
    throw fieldError("version", `${version} is not ${VERSION}: another program wrote it`);
  }
  files.slice(1).forEach(([name], place) => {
    if (!isBefore((files[place] as [string, Listed])[0], name)) {
      throw canonicalError(WHAT, "files stand once, sorted by name");
    }
  });
  return new Map(files);
}

const missing = (file: string) =>
  new ProofError("proof.file.missing", "the file is not in the bundle", file);
const extra = (file: string) =>
  new ProofError(
    "proof.file.extra",
    "the file is no part of a bundle: what is not checked is not published beside it",
    file,
  );

/** Checks that these names are all that is listed, and each that of a bundle of so many shards. */
export function checkNames(manifest: Manifest, names: readonly string[], shards: number): void {
  const wanted = new Set([HEADER, LIABILITIES, TOTALS]);
  for (let shard = 0; shard < shards; shard += 1) wanted.add(shardName(shard));
  const found = new Set(names);
  for (const name of names) {
    if (name !== MANIFEST && name !== JOURNAL && !manifest.has(name)) throw extra(name);
  }
  for (const name of manifest.keys()) {
    if (!found.has(name)) throw missing(name);
    if (!wanted.has(name) && !name.startsWith(RESERVES)) throw extra(name);
  }
  for (const name of wanted) if (!manifest.has(name)) throw missing(name);
}

/** Checks the bytes of a file that is listed. */
export function checkFile(manifest: Manifest, name: string, bytes: Uint8Array): void {
  const listed = manifest.get(name);
  if (!listed) throw extra(name);
  if (listed.bytes !== bytes.length || listed.sha256 !== toHex(sha256(bytes))) {
    throw new ProofError("proof.manifest", "the file is not what the manifest lists", name);
  }
}
