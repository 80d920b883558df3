/**
 * Verifies a receipt in the page: the entry's leaf hash and inclusion proof (RFC 6962) and the
 * checkpoint's signature (C2SP signed-note). Nothing here asks the server; it only trusts
 * arithmetic, and says where that ends.
 */
import type { Receipt } from "../api/model";

export type StepState = "held" | "failed" | "unavailable";

export interface Step {
  id: "leaf" | "transaction" | "inclusion" | "checkpoint" | "key" | "signature";
  state: StepState;
  title: string;
  detail: string;
}

const encoder = new TextEncoder();

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const clean = text.replace(/^0x/, "");
  if (!/^([0-9a-f]{2})*$/i.test(clean)) throw new Error("not hexadecimal");
  const bytes = new Uint8Array(clean.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(clean.slice(at * 2, at * 2 + 2), 16);
  }
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

export const leafHash = (entry: Uint8Array) => sha256(LEAF, entry);
const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(NODE, left, right);

/**
 * The root that a leaf and its proof lead to (RFC 9162, 2.1.3.2); null when the proof does not
 * have the length that the position demands. Indexes above 2^53 do not occur in a JSON number.
 */
export async function rootFromProof(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: Uint8Array[],
): Promise<Uint8Array | null> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return null;
  let node = BigInt(index);
  let last = BigInt(size) - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0n || sibling.length !== 32) return null;
    if ((node & 1n) === 1n || node === last) {
      hash = await nodeHash(sibling, hash);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? hash : null;
}

export interface Checkpoint {
  /** The signed text, with its final line feed. */
  text: string;
  origin: string;
  size: number;
  root: string;
  signatures: { name: string; keyHash: string; signature: Uint8Array<ArrayBuffer> }[];
}

/** Reads a signed note whose text is a checkpoint; throws in words where it is none. */
export function parseCheckpoint(note: string): Checkpoint {
  const end = note.lastIndexOf("\n\n");
  if (end < 0) throw new Error("the note has no signatures");
  const text = note.slice(0, end + 1);
  const [origin = "", size = "", root = ""] = text.split("\n");
  if (!origin || !/^(0|[1-9]\d*)$/.test(size) || !root) {
    throw new Error("its text is not origin, size and root");
  }
  const signatures = note
    .slice(end + 2)
    .split("\n")
    .flatMap((line) => {
      const match = /^\u2014 (\S+) (\S+)$/.exec(line);
      if (!match?.[1] || !match[2]) return [];
      const bytes = fromBase64(match[2]);
      const keyHash = toHex(bytes.slice(0, 4));
      return [{ name: match[1], keyHash, signature: bytes.slice(4) }];
    });
  return { text, origin, size: Number(size), root: toHex(fromBase64(root)), signatures };
}

export interface VerifyingKey {
  name: string;
  keyHash: string;
  publicKey: Uint8Array<ArrayBuffer>;
  /** True when the hash in the key's text is that of its name and bytes. */
  isConsistent: boolean;
}

/** Reads `name+hash+base64(0x01 ‖ key)`. */
export async function parseVerifyingKey(text: string): Promise<VerifyingKey> {
  const [name = "", keyHash = "", ...rest] = text.trim().split("+");
  const bytes = fromBase64(rest.join("+"));
  if (bytes.length !== 33 || bytes[0] !== 1) throw new Error("it is not an Ed25519 key");
  const digest = await sha256(encoder.encode(`${name}\n`), bytes);
  const isConsistent = toHex(digest.slice(0, 4)) === keyHash.toLowerCase();
  return { name, keyHash: keyHash.toLowerCase(), publicKey: bytes.slice(1), isConsistent };
}

/** The signature of a checkpoint: true, false, or null where the browser has no Ed25519. */
export async function verifySignature(
  checkpoint: Checkpoint,
  key: VerifyingKey,
): Promise<boolean | null> {
  const signed = checkpoint.signatures.find(
    (one) => one.name === key.name && one.keyHash === key.keyHash,
  );
  if (!signed) return false;
  let publicKey: CryptoKey;
  try {
    publicKey = await crypto.subtle.importKey("raw", key.publicKey, "Ed25519", false, ["verify"]);
  } catch {
    return null;
  }
  const text = encoder.encode(checkpoint.text);
  return crypto.subtle.verify("Ed25519", publicKey, signed.signature, text);
}

/** True when the bytes hold the transaction's hash, in either order (Bitcoin prints it reversed). */
export function entryNames(entry: Uint8Array, tx: string): boolean {
  const hash = fromHex(tx);
  const text = toHex(entry);
  return [toHex(hash), toHex(hash.slice().reverse())].some((form) => {
    const at = text.indexOf(form);
    return at >= 0 && at % 2 === 0;
  });
}

const hashStart = (hex: string) => `${hex.slice(0, 16)}…`;

async function checkpointSteps(note: string, keyText: string): Promise<[Checkpoint, Step[]]> {
  const checkpoint = parseCheckpoint(note);
  const key = await parseVerifyingKey(keyText);
  const isOwn = key.isConsistent && key.name === checkpoint.origin;
  const signature = await verifySignature(checkpoint, key);
  return [
    checkpoint,
    [
      {
        id: "key",
        state: isOwn ? "held" : "failed",
        title: "The key belongs to this journal",
        detail: isOwn
          ? `${key.name}, key ${key.keyHash}`
          : `The key of ${key.name} does not fit ${checkpoint.origin}`,
      },
      {
        id: "signature",
        state: signature === null ? "unavailable" : signature ? "held" : "failed",
        title: "The key signed the checkpoint (Ed25519)",
        detail:
          signature === null
            ? "This browser cannot check Ed25519. Use `ringfence journal check` or a newer browser."
            : signature
              ? `${checkpoint.size} entries under ${hashStart(checkpoint.root)}`
              : "The signature is not of this key and text",
      },
    ],
  ];
}

/** Browsers give cryptography to pages of HTTPS and of this machine only. */
const NO_CRYPTOGRAPHY: Step[] = [
  {
    id: "leaf",
    state: "unavailable",
    title: "This page may not use the browser's cryptography",
    detail: "Open it over HTTPS, or check the receipt with `ringfence journal check`.",
  },
];

/** Verifies a signed checkpoint by itself. */
export async function verifyCheckpoint(note: string, keyText: string): Promise<Step[]> {
  if (!globalThis.crypto?.subtle) return NO_CRYPTOGRAPHY;
  return (await checkpointSteps(note, keyText))[1];
}

/** Every step from the entry's bytes to the signature; `tx` is what the entry should name. */
export async function verifyReceipt(receipt: Receipt, tx: string): Promise<Step[]> {
  if (!globalThis.crypto?.subtle) return NO_CRYPTOGRAPHY;
  const entry = fromBase64(receipt.entry);
  const leaf = await leafHash(entry);
  const isLeaf = toHex(leaf) === receipt.leaf_hash.toLowerCase();
  const names = entryNames(entry, tx);
  const [checkpoint, signed] = await checkpointSteps(receipt.checkpoint, receipt.verifying_key);
  const proof = receipt.proof.map(fromHex);
  const root = await rootFromProof(receipt.index, checkpoint.size, leaf, proof);
  const isIncluded = root !== null && toHex(root) === checkpoint.root;
  const isHead = receipt.size === checkpoint.size && receipt.root.toLowerCase() === checkpoint.root;
  return [
    {
      id: "leaf",
      state: isLeaf ? "held" : "failed",
      title: "The entry has the leaf hash (SHA-256, RFC 6962)",
      detail: `${entry.length} bytes, ${hashStart(toHex(leaf))}`,
    },
    {
      id: "transaction",
      state: names ? "held" : "failed",
      title: "The entry names this transaction",
      detail: names ? hashStart(tx) : "Its hash is not in the entry",
    },
    {
      id: "inclusion",
      state: isIncluded ? "held" : "failed",
      title: "The proof leads from the leaf to the root",
      detail: isIncluded
        ? `${proof.length} hashes, entry ${receipt.index} of ${checkpoint.size}`
        : "The hashes do not lead to the checkpoint's root",
    },
    {
      id: "checkpoint",
      state: isHead ? "held" : "failed",
      title: "The checkpoint states that size and root",
      detail: `${checkpoint.origin}, ${checkpoint.size} entries`,
    },
    ...signed,
  ];
}
