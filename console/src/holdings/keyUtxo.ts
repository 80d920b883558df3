/** Addresses of Bitcoin and its relatives. */
import { bech32, bech32m } from "@scure/base";
import { type Read, Unread } from "./addressType";
import type { Coin } from "./chainTable";
import { BECH32, type Bytes, attempt, lower, unbase32checked, unbase58check, upper } from "./encoding";

export function readUtxo(coin: Coin, text: string): Read {
  const small = lower(text);
  if (coin.cashaddr && looksLikeCashaddr(coin.cashaddr, small)) {
    return cashaddr(coin.cashaddr, text, small);
  }
  if (coin.hrp && small.startsWith(`${coin.hrp}1`)) return segwit(coin.hrp, text);
  const payload = unbase58check(text);
  if (!payload) throw new Unread("its base58 checksum does not agree");
  const hash = (version: readonly number[]): Bytes | null =>
    payload.length === version.length + 20 && version.every((byte, at) => payload[at] === byte)
      ? payload.subarray(version.length)
      : null;
  const keyHash = hash(coin.keyHash);
  if (keyHash) return ["p2pkh", keyHash];
  for (const version of coin.scriptHashes) {
    const scriptHash = hash(version);
    if (scriptHash) return ["p2sh", scriptHash];
  }
  throw new Unread("its version byte belongs to another chain");
}

/** BIP-173 and BIP-350. */
function segwit(hrp: string, text: string): Read {
  const decoded = attempt(() => bech32.decode(text as `${string}1${string}`));
  const newer = decoded ? null : attempt(() => bech32m.decode(text as `${string}1${string}`));
  const { prefix, words } = decoded ?? newer ?? { prefix: "", words: [] };
  const [version, ...rest] = words;
  const program = attempt(() => bech32.fromWords(rest));
  if (prefix !== hrp || version === undefined || version > 16 || !program) {
    throw new Unread("its bech32 checksum does not agree");
  }
  // Version 0 has the older checksum, all others the newer one.
  const isOfVersion = (version === 0) === (decoded !== null);
  const { length } = program;
  if (!isOfVersion || length < 2 || length > 40 || (version === 0 && ![20, 32].includes(length))) {
    throw new Unread("its checksum or length is not that of its witness version");
  }
  if (version === 0) return [length === 20 ? "p2wpkh" : "p2wsh", program];
  if (version === 1 && length === 32) return ["p2tr", program];
  throw new Unread("a witness version without meaning yet", true);
}

const BITCOIN_CASH = "bitcoincash";

function looksLikeCashaddr(prefix: string, small: string): boolean {
  if (prefix !== BITCOIN_CASH) return small.startsWith(prefix) || /^[qp]/.test(small);
  return small.startsWith(`${prefix}:`) || /^[qp].{41}$/s.test(small);
}

/** The checksum covers the prefix, written or not. */
function cashaddr(prefix: string, text: string, small: string): Read {
  if (text !== small && text !== upper(text)) throw new Unread("it mixes upper and lower case");
  const body = small.startsWith(`${prefix}:`) ? small.slice(prefix.length + 1) : small;
  const bytes = unbase32checked(prefix, body, BECH32);
  if (!bytes) throw new Unread("its CashAddr checksum does not agree");
  const hash = bytes.subarray(1);
  if (hash.length === 20 && bytes[0] === 0) return ["p2pkh", hash];
  if (hash.length === 20 && bytes[0] === 8) return ["p2sh", hash];
  throw new Unread("a CashAddr version without meaning", prefix !== BITCOIN_CASH);
}
