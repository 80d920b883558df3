/** What is hashed when a message is signed. */
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { MessageForm } from "./claim";
import { type Bytes, concat, sha256d, utf8 } from "./encoding";

const ANCHOR_HEADER = "OKX Signed Message:\n";

/** A number as Bitcoin writes it before what it counts. */
export function varInt(number: number): Bytes {
  if (number < 0xfd) return new Uint8Array([number]);
  const bytes = new Uint8Array(number <= 0xffff ? 3 : 5);
  const view = new DataView(bytes.buffer);
  bytes[0] = number <= 0xffff ? 0xfd : 0xfe;
  if (number <= 0xffff) view.setUint16(1, number, true);
  else view.setUint32(1, number, true);
  return bytes;
}

export const withLength = (bytes: Bytes): Bytes => concat(varInt(bytes.length), bytes);

const headed = (header: string, message: string): Bytes =>
  concat(withLength(utf8(header)), withLength(utf8(message)));

/** The bytes of the anchor's own form, before hashing. */
export const anchorBytes = (message: string): Bytes => headed(ANCHOR_HEADER, message);

export const coinDigest = (header: string, message: string): Bytes =>
  sha256d(headed(header, message));

/** The anchor's form as EOS hashes it. */
export const anchorSha256 = (message: string): Bytes => sha256(anchorBytes(message));

const ETHEREUM = "\x19Ethereum Signed Message:\n";
const TRON = "\x19TRON Signed Message:\n";

/** EIP-191 and TIP-191 write the length in decimals. */
const personal = (header: string, body: Bytes): Bytes =>
  keccak_256(concat(utf8(header), utf8(String(body.length)), body));

/** Forms that end in Keccak. */
export type KeccakForm = Extract<
  MessageForm,
  "eip191" | "eip191_of_hash" | "tron" | "tron_of_hash" | "anchor"
>;

export function keccakDigest(form: KeccakForm, message: string): Bytes {
  const body = utf8(message);
  switch (form) {
    case "eip191":
      return personal(ETHEREUM, body);
    case "eip191_of_hash":
      return personal(ETHEREUM, keccak_256(body));
    case "tron":
      return personal(TRON, body);
    case "tron_of_hash":
      return personal(TRON, keccak_256(body));
    case "anchor":
      return keccak_256(anchorBytes(message));
  }
}
