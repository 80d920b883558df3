/** Addresses of account chains. Every checksum that a form carries is checked. */
import { blake2b } from "@noble/hashes/blake2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bech32 } from "@scure/base";
import { type Read, Unread } from "./addressType";
import type { Account } from "./chainTable";
import {
  CONFLUX,
  RFC4648,
  type Bytes,
  attempt,
  concat,
  crc16,
  isSame,
  lower,
  sha256d,
  toHex,
  toNumber,
  unbase32,
  unbase32checked,
  unbase58,
  unbase58check,
  unbase58xrp,
  unbase64,
  unbase64url,
  unc32,
  unhexExactly,
  unhexNumber,
  upper,
  utf8,
} from "./encoding";

/** DER header of an Ed25519 public key, which Hedera writes before the key of an alias. */
const HEDERA_DER = "302a300506032b6570032100";
/** Stellar's version byte of an account: 6 << 3. */
const STELLAR_ACCOUNT = 48;
/** c32 version of a Stacks account with one key on the main network: the P in SP. */
const STACKS_ONE_KEY = 22;
/** Of the field that Starknet's numbers are in. */
export const STARK_PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n;

const account = (bytes: Bytes): Read => ["account", bytes];

/** `0x` and 40 digits; mixed letters are the checksum of EIP-55. */
export function evmAccount(text: string): Read {
  const digits = /^0x([0-9a-f]{40})$/i.exec(text)?.[1];
  if (digits === undefined) throw new Unread("it needs exactly 40 hexadecimal digits after 0x");
  const small = digits.toLowerCase();
  if (digits !== small && digits !== digits.toUpperCase() && digits !== eip55(small)) {
    throw new Unread("its checksum does not agree");
  }
  return account(unhexExactly(digits, 20) as Bytes);
}

function eip55(small: string): string {
  const nibbles = toHex(keccak_256(utf8(small)));
  const isUpper = (place: number) => Number.parseInt(nibbles[place] as string, 16) >= 8;
  return Array.from(small, (digit, at) => (isUpper(at) ? digit.toUpperCase() : digit)).join("");
}

/** Base58check of 20 bytes under 0x41. */
export function tron(text: string): Read {
  const payload = unbase58check(text);
  if (payload?.length !== 21 || payload[0] !== 0x41) {
    throw new Unread("it is not base58check of 20 bytes of this chain");
  }
  return account(payload.subarray(1));
}

function unbech32(hrp: string, text: string): Bytes {
  const decoded = attempt(() => bech32.decode(text as `${string}1${string}`, false));
  const bytes = decoded && attempt(() => bech32.fromWords(decoded.words));
  if (!decoded || !bytes) throw new Unread("its bech32 checksum does not agree");
  if (decoded.prefix !== hrp) throw new Unread(`it does not begin with ${hrp}1`);
  return bytes;
}

export function bech32Of20(hrp: string, text: string): Read {
  const bytes = unbech32(hrp, text);
  if (bytes.length !== 20) throw new Unread("it needs 20 bytes");
  return account(bytes);
}

export function readAccount(form: Account, hrp: string, text: string): Read {
  switch (form) {
    case "filecoin":
      return filecoin(text);
    case "conflux":
      return conflux(text);
    case "aelf":
      return aelf(text);
    case "cosmos":
      return bech32Of20(hrp, text);
    case "injective":
      return text.startsWith("0x") ? evmAccount(text) : bech32Of20("inj", text);
    case "avalanche":
      if (!text.startsWith("X-")) throw new Unread("it does not begin with X-");
      return bech32Of20("avax", text.slice(2));
    case "icon":
      return icon(text);
    case "stacks":
      return stacks(text);
    case "xrpl":
      return xrpl(text);
    case "solana":
      return solana(text);
    case "aptos":
    case "sui": {
      const bytes = unhexNumber(text);
      if (!bytes) throw new Unread("it needs 0x and at most 64 digits");
      return account(bytes);
    }
    case "ton":
      return ton(text);
    case "substrate":
      return substrate(text);
    case "stellar":
      return stellar(text);
    case "cardano":
      return cardano(text);
    case "near":
      return near(text);
    case "hedera":
      return hedera(text);
  }
}

/**
 * `f1…` (a key's hash), `f410f…` and `0x…` (one account in two forms). An id (`f0…`) would be a second
 * name of either, so it is refused.
 */
export function filecoin(text: string): Read {
  if (text.startsWith("0x")) {
    const read = evmAccount(text);
    refuseMaskedId(read[1]);
    return read;
  }
  const small = lower(text);
  const [protocol, body, type] = small.startsWith("f1")
    ? ([[1], small.slice(2), "key_account"] as const)
    : small.startsWith("f410f")
      ? ([[4, 10], small.slice(5), "account"] as const)
      : ([null, "", "account"] as const);
  if (!protocol) {
    if (/^f[0234]/.test(small)) {
      throw new Unread("an actor's id or a BLS key; give its f1 or f410 address", true);
    }
    throw new Unread("it begins with none of f1, f410f and 0x");
  }
  const bytes = unbase32(body, RFC4648);
  if (bytes?.length !== 24) throw new Unread("it needs 20 bytes and a checksum");
  const hash = bytes.subarray(0, 20);
  if (!isSame(blake2b(concat(protocol, hash), { dkLen: 4 }), bytes.subarray(20))) {
    throw new Unread("its checksum does not agree");
  }
  refuseMaskedId(hash);
  return [type, hash];
}

/** The EVM of Filecoin writes an actor's id as an account that begins with ff and eleven zeros. */
function refuseMaskedId(bytes: Bytes): void {
  if (bytes[0] === 0xff && bytes.subarray(1, 12).every((byte) => byte === 0)) {
    throw new Unread("an actor's id; give its f1 or f410 address", true);
  }
}

/** CIP-37: `cfx:aa…`, or in capitals with the type between. */
function conflux(text: string): Read {
  const small = lower(text);
  if (text !== small && text !== upper(text)) throw new Unread("it mixes upper and lower case");
  const [prefix, ...rest] = small.split(":");
  const body = rest.pop() ?? "";
  if (prefix !== "cfx" || rest.some((option) => option !== "type.user")) {
    throw new Unread("it is not cfx: and a user's address");
  }
  const bytes = unbase32checked("cfx", body, CONFLUX);
  if (!bytes) throw new Unread("its checksum does not agree");
  if (bytes.length !== 21 || bytes[0] !== 0 || (bytes[1] as number) >> 4 !== 1) {
    throw new Unread("a contract or a built-in account", true);
  }
  return account(bytes.subarray(1));
}

/** Base58check of 32 bytes without a version, alone or as `ELF_…_AELF`. */
function aelf(text: string): Read {
  const payload = unbase58check(/^ELF_(.*)_AELF$/s.exec(text)?.[1] ?? text);
  if (payload?.length !== 32) throw new Unread("it needs 32 bytes of base58 with a checksum");
  return account(payload);
}

function icon(text: string): Read {
  if (text.startsWith("cx")) throw new Unread("a contract", true);
  const bytes = text.startsWith("hx") ? unhexExactly(text.slice(2), 20) : null;
  if (!bytes) throw new Unread("it needs hx and 40 digits");
  return account(bytes);
}

/** c32check (SIP-005): S, the version, 20 bytes, four bytes of double SHA-256. */
function stacks(text: string): Read {
  if (text.startsWith("SM")) throw new Unread("an account of several keys", true);
  if (!text.startsWith("SP")) throw new Unread("it does not begin with SP");
  const bytes = unc32(text.slice(2), 24);
  if (!bytes) throw new Unread("it is not c32 of 24 bytes");
  const hash = bytes.subarray(0, 20);
  if (!isSame(sha256d(concat([STACKS_ONE_KEY], hash)).subarray(0, 4), bytes.subarray(20))) {
    throw new Unread("its checksum does not agree");
  }
  return account(hash);
}

function xrpl(text: string): Read {
  const payload = unbase58xrp(text);
  if (payload?.length !== 21 || payload[0] !== 0) {
    throw new Unread("it is not base58check of 20 bytes of this chain");
  }
  return account(payload.subarray(1));
}

function solana(text: string): Read {
  const bytes = unbase58(text);
  if (bytes?.length !== 32) throw new Unread("it needs 32 bytes of base58");
  return ["public_key", bytes];
}

/** TEP-2: the friendly form with its checksum (bounceable or not), or `workchain:hash`. */
function ton(text: string): Read {
  const [workchain, hash] = [text.replace(/:.*$/s, ""), text.slice(text.indexOf(":") + 1)];
  if (text.includes(":")) {
    if (workchain !== "0" && workchain !== "-1") {
      throw new Unread("its workchain is neither 0 nor -1");
    }
    const bytes = hash.startsWith("0x") ? null : unhexExactly(hash, 32);
    if (!bytes) throw new Unread("it needs 64 digits after the workchain");
    return account(concat([workchain === "0" ? 0 : 0xff], bytes));
  }
  const bytes = unbase64url(text) ?? unbase64(text);
  if (bytes?.length !== 36) throw new Unread("it needs 36 bytes of base64");
  const payload = bytes.subarray(0, 34);
  const sum = crc16(payload);
  if (bytes[34] !== sum >> 8 || bytes[35] !== (sum & 0xff)) {
    throw new Unread("its checksum does not agree");
  }
  if (![0x11, 0x51].includes(payload[0] as number) || ![0, 0xff].includes(payload[1] as number)) {
    throw new Unread("it belongs to a test network or another workchain");
  }
  return account(payload.subarray(1));
}

/** SS58. The prefix is covered by the checksum; the same key is the same holder under any. */
function substrate(text: string): Read {
  const bytes = unbase58(text);
  const [first] = bytes ?? [];
  if (!bytes || first === undefined || first >= 128) throw new Unread("its SS58 prefix is reserved");
  const prefix = first < 64 ? 1 : 2;
  if (bytes.length !== prefix + 34) throw new Unread("it needs a public key of 32 bytes");
  const payload = bytes.subarray(0, -2);
  const sum = blake2b(concat(utf8("SS58PRE"), payload), { dkLen: 64 });
  if (!isSame(sum.subarray(0, 2), bytes.subarray(-2))) throw new Unread("its checksum does not agree");
  return ["public_key", payload.subarray(prefix)];
}

/** SEP-23 `G…`: version, key, CRC-16 with the low byte first. */
function stellar(text: string): Read {
  if (text !== upper(text)) throw new Unread("it has lower-case letters");
  const bytes = unbase32(lower(text), RFC4648);
  if (bytes?.length !== 35) throw new Unread("it needs 35 bytes of base32");
  const payload = bytes.subarray(0, 33);
  const sum = crc16(payload);
  if (bytes[33] !== (sum & 0xff) || bytes[34] !== sum >> 8) {
    throw new Unread("its checksum does not agree");
  }
  if (payload[0] !== STELLAR_ACCOUNT) {
    throw new Unread("a muxed account, a contract or a secret; give the G form", true);
  }
  return ["public_key", payload.subarray(1)];
}

/** CIP-19: an enterprise or base address of the main network whose payment part is a key. */
function cardano(text: string): Read {
  const bytes = unbech32("addr", text);
  const [header] = bytes;
  if (header === 0x61 && bytes.length === 29) return account(bytes);
  if ((header === 0x01 || header === 0x21) && bytes.length === 57) return account(bytes);
  if (header !== undefined && (header & 15) !== 1) throw new Unread("it belongs to a test network");
  throw new Unread("a script, a pointer or a stake address", true);
}

/** An implicit account is its key; any other name gets its keys from the chain. */
function near(text: string): Read {
  const key = text === lower(text) ? unhexExactly(text, 32) : null;
  if (key) return ["public_key", key];
  if (!/^[a-z0-9._-]{2,64}$/.test(text)) throw new Unread("it is no account name");
  return ["name", utf8(text)];
}

/** `0.0.n` gets its key from the chain; an alias is its key, with or without its DER header. */
function hedera(text: string): Read {
  const isOfShard = text.startsWith("0.0.");
  const body = isOfShard ? text.slice(4) : text;
  const key = unhexExactly(body.startsWith(HEDERA_DER) ? body.slice(HEDERA_DER.length) : body, 32);
  if (key) return ["public_key", key];
  const isNumber = /^(?:0|[1-9][0-9]{0,19})$/.test(body) && BigInt(body) < 1n << 64n;
  if (!isNumber || !isOfShard) throw new Unread("it is neither 0.0.n nor a key");
  return ["name", utf8(text)];
}

/** EOS account names: 1 to 12 characters. */
export function antelope(text: string): Read {
  if (!/^[a-z1-5.]{1,12}$/.test(text) || text.endsWith(".")) {
    throw new Unread("it is no account name");
  }
  return ["name", utf8(text)];
}

/** A field element: a number below the prime, with or without leading zeros. */
export function starknet(text: string): Read {
  const bytes = unhexNumber(text);
  if (!bytes) throw new Unread("it needs 0x and at most 64 digits");
  if (toNumber(bytes) >= STARK_PRIME) throw new Unread("it is not below the prime of the field");
  return account(bytes);
}
