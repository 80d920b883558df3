/**
 * What logs and their witnesses sign (C2SP signed-note, tlog-checkpoint, tlog-cosignature): notes,
 * keys, and which of the lines below a note hold.
 *
 * How Ed25519 is calculated is up to the caller: browsers and Node each have it, some browsers not.
 */
import { fromBase64, joined, toHex } from "./bytes";
import { ProofError } from "./error";
import { sha256 } from "./sha256";

/** Whether a signature of 64 bytes is that of a message by a key of 32 bytes. */
export type Ed25519 = (
  key: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
) => boolean | Promise<boolean>;

const NOTE_LEN_MAX = 64 << 10;
const SIGNATURES_MAX = 100;
const NAME_LEN_MAX = 200;
const TIME_MAX = 2n ** 63n - 1n;

/** What a key signs: a log's checkpoints, or a witness's co-signatures. */
const TYPES = { log: 0x01, witness: 0x04 } as const;
type Owner = keyof typeof TYPES;

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const wrong = (problem: string) => new ProofError("proof.log", `checkpoint: ${problem}`);

const isName = (name: string) =>
  /^[^\s\p{Cc}+]+$/u.test(name) && utf8(name).length <= NAME_LEN_MAX;

/** A public key of a log or a witness, with its name. */
export interface Key {
  owner: Owner;
  name: string;
  /** As in lines that it signs, in hexadecimal digits. */
  id: string;
  key: Uint8Array<ArrayBuffer>;
}

/**
 * Reads `name+id+base64`.
 *
 * @throws {Error} in words, when it is no key of a log or a witness.
 */
export function parseKey(text: string): Key {
  const match = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text.trim());
  const [, name = "", id = "", base64 = ""] = match ?? [];
  if (!match || !isName(name)) throw new Error("it is not name+id+key");
  const bytes = fromBase64(base64);
  if (!bytes || bytes.length !== 33) throw new Error("its key is not 33 bytes in base64");
  const owner = (Object.keys(TYPES) as Owner[]).find((one) => TYPES[one] === bytes[0]);
  if (!owner) throw new Error("it is of a type that is not known here");
  const computed = toHex(sha256(joined(utf8(`${name}\n`), bytes)).subarray(0, 4));
  if (id.toLowerCase() !== computed) throw new Error("its id does not belong to its name and key");
  return { owner, name, id: computed, key: bytes.slice(1) };
}

interface Line {
  name: string;
  id: string;
  payload: Uint8Array<ArrayBuffer>;
}

export interface Note {
  /** The text that is signed, with its last line feed. */
  body: string;
  signatures: readonly Line[];
}

function parseLine(line: string): Line {
  const match = /^\u2014 ([^ ]+) (.+)$/su.exec(line);
  const [, name = "", base64 = ""] = match ?? [];
  if (!match || !isName(name)) throw wrong("a line of a signature is not '\u2014 name base64'");
  const bytes = fromBase64(base64);
  if (!bytes || bytes.length < 5) throw wrong("a signature is not base64 of more than 4 bytes");
  return { name, id: toHex(bytes.subarray(0, 4)), payload: bytes.slice(4) };
}

export function parseNote(text: string): Note {
  if (utf8(text).length > NOTE_LEN_MAX) throw wrong(`it has more than ${NOTE_LEN_MAX} bytes`);
  const end = text.lastIndexOf("\n\n") + 1;
  if (end === 0) throw wrong("it has no signatures");
  if (!text.endsWith("\n") || end + 1 === text.length) {
    throw wrong("its last signature line is cut off");
  }
  const lines = text.slice(end + 1, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) throw wrong(`it has more than ${SIGNATURES_MAX} signatures`);
  return { body: text.slice(0, end), signatures: lines.map(parseLine) };
}

export interface Checkpoint {
  /** Name of the log. */
  origin: string;
  /** Number of entries. */
  size: bigint;
  root: Uint8Array;
}

/** Reads a checkpoint's text. Lines that a log adds below the first three say nothing here. */
export function parseCheckpoint(body: string): Checkpoint {
  const [origin = "", size = "", root = ""] = body.split("\n");
  if (origin === "") throw wrong("it has no origin");
  if (!/^(0|[1-9][0-9]{0,19})$/.test(size) || BigInt(size) >= 2n ** 64n) {
    throw wrong("its size is not a decimal number");
  }
  const bytes = fromBase64(root);
  if (bytes?.length !== 32) throw wrong("its root is not 32 bytes in base64");
  return { origin, size: BigInt(size), root: bytes };
}

const linesOf = (note: Note, { name, id }: Key) =>
  note.signatures.filter((line) => line.name === name && line.id === id);

/** Checks that a log's key signed a note. */
export async function checkSigned(note: Note, key: Key, ed25519: Ed25519): Promise<void> {
  const message = utf8(note.body);
  for (const { payload } of linesOf(note, key)) {
    if (payload.length === 64 && (await ed25519(key.key, message, payload))) return;
  }
  throw new ProofError("proof.log.signature", `no line is a signature by the key of ${key.name}`);
}

/** A witness's word on a checkpoint. */
export interface Cosignature {
  name: string;
  /** When it was given, in seconds since 1970. */
  time: bigint;
}

/** The time of a line that has the form of a co-signature; null for other lines. */
function timeOf({ payload }: Line): bigint | null {
  if (payload.length !== 72) return null;
  const time = new DataView(payload.buffer, payload.byteOffset).getBigUint64(0);
  return time <= TIME_MAX ? time : null;
}

/**
 * A witness's co-signature below a note, the latest if there are several; null if there is none.
 *
 * @throws {ProofError} when a line in its name, with the id of its key, does not hold.
 */
async function findCosignature(
  note: Note,
  key: Key,
  ed25519: Ed25519,
): Promise<Cosignature | null> {
  let latest: Cosignature | null = null;
  for (const line of linesOf(note, key)) {
    const time = timeOf(line);
    const message = utf8(`cosignature/v1\ntime ${time}\n${note.body}`);
    const isHeld = time !== null && (await ed25519(key.key, message, line.payload.slice(8)));
    if (!isHeld) {
      throw new ProofError(
        "proof.log.witnesses",
        `a co-signature in the name of witness '${key.name}' is not by its key, or of something else`,
      );
    }
    if (latest === null || time > latest.time) latest = { name: key.name, time };
  }
  return latest;
}

/**
 * Those of these witnesses that co-signed a note. One signature can stand under two names: a key
 * counts once.
 */
export async function findCosignatures(
  note: Note,
  witnesses: readonly Key[],
  ed25519: Ed25519,
): Promise<Cosignature[]> {
  const found: Cosignature[] = [];
  for (const [place, key] of witnesses.entries()) {
    if (witnesses.slice(0, place).some((other) => toHex(other.key) === toHex(key.key))) {
      throw new ProofError("proof.log.witnesses", `the key of '${key.name}' is there twice`);
    }
    const one = await findCosignature(note, key, ed25519);
    if (one) found.push(one);
  }
  return found;
}

/** Names in lines that have the form of a co-signature and are not the log's. None is checked. */
export const claimedBy = (note: Note, origin: string): string[] =>
  note.signatures
    .filter((line) => line.name !== origin && timeOf(line) !== null)
    .map(({ name }) => name);

/** Hashes of a log (RFC 6962, section 2.1). */
const nodeHash = (left: Uint8Array, right: Uint8Array) =>
  sha256(joined(Uint8Array.of(1), left, right));
export const leafHash = (entry: Uint8Array) => sha256(joined(Uint8Array.of(0), entry));

/** Checks that an entry stands at a place of a log (RFC 9162, section 2.1.3.2). */
export function checkInclusion(
  index: bigint,
  { size, root }: Checkpoint,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): void {
  if (index >= size) throw wrong(`entry ${index} is not below its ${size} entries`);
  let node = index;
  let last = size - 1n;
  let hash: Uint8Array = leaf;
  for (const sibling of proof) {
    if (last === 0n) throw wrong("the proof has more hashes than the path to the root");
    if (node % 2n === 1n || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2n === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw wrong("the proof has fewer hashes than the path to the root");
  if (toHex(hash) !== toHex(root)) throw wrong("the proof does not lead to the root");
}

/** First line of a proof (C2SP tlog-proof). */
export const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
/** A log of 2^64 entries has paths of 64 hashes. */
const HASHES_MAX = 64;

/** A proof that an entry is in a log, and the note that it leads to. */
export interface LogProof {
  index: bigint;
  hashes: readonly Uint8Array[];
  note: Note;
}

/** Reads a proof in its one form, without extra data. */
export function parseLogProof(bytes: Uint8Array): LogProof {
  const bad = (problem: string) => new ProofError("proof.log", `receipt: ${problem}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw bad("it is no text");
  }
  const end = text.indexOf("\n\n");
  if (end < 0) throw bad("it has no checkpoint");
  const [header, place = "", ...lines] = text.slice(0, end).split("\n");
  if (header !== PROOF_HEADER) throw bad(`it does not begin with ${PROOF_HEADER}`);
  const index = /^index (0|[1-9][0-9]{0,19})$/.exec(place)?.[1];
  if (index === undefined || BigInt(index) >= 2n ** 64n) throw bad("it has no index");
  if (lines.length > HASHES_MAX) throw bad(`its proof has more than ${HASHES_MAX} hashes`);
  const hashes = lines.map((line) => {
    const hash = fromBase64(line);
    if (hash?.length !== 32) throw bad("a hash is not 32 bytes in base64");
    return hash;
  });
  return { index: BigInt(index), hashes, note: parseNote(text.slice(end + 2)) };
}
