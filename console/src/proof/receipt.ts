/**
 * What a customer holds: who they are in a round, what they are owed, and the way from their leaf
 * to the root of its shard. Whoever has it sees their balances.
 */
import { toHex } from "./bytes";
import { ProofError, fieldError } from "./error";
import { type Header, shardSteps } from "./header";
import { deriveId } from "./id";
import { readCanonical } from "./json";
import { checkEntries, leafDigest } from "./leaf";
import type { Liabilities } from "./liabilities";
import { type Held, positionsOf } from "./margin";
import { parseAmount, parseSha256 } from "./numbers";
import { type Digest, parseDigest } from "./poseidon";
import { checkPath } from "./tree";

const VERSION = 1;
/** A thousand assets. */
const LEN_MAX = 1 << 18;
const ACCOUNT_LEN_MAX = 128;
const LINE_BREAK = 10;

export interface Receipt {
  /** SHA-256 of the header. */
  header: Uint8Array<ArrayBuffer>;
  round: string;
  /** The account, as the customer knows it. */
  account: string;
  /** What the id is derived from. */
  secret: Uint8Array<ArrayBuffer>;
  shard: number;
  /** The leaf's place in its shard. */
  index: number;
  /** What is owed and not pledged, in base units, by the symbol of the asset. */
  entries: readonly { asset: string; amount: bigint }[];
  /** What is pledged and borrowed, in the order of the header's `margin`. */
  margin: readonly { asset: string; pledged: bigint; debt: bigint }[];
  /** The other child at each height, from the leaf upwards. */
  path: readonly Digest[];
}

export function parseReceipt(bytes: Uint8Array): Receipt {
  // A file that was saved by hand may end with a line break.
  const end = bytes.at(-1) === LINE_BREAK ? 1 : 0;
  const trimmed = bytes.subarray(0, bytes.length - end);
  const text = readCanonical(trimmed, LEN_MAX - end, "the receipt").fieldsWith(
    "margin",
    ...(["version", "header", "round", "account", "secret", "shard", "index"] as const),
    ...(["entries", "margin", "path"] as const),
  );
  const version = text.version.whole(16);
  const header = text.header.text();
  const round = text.round.text();
  const account = text.account.text();
  const secret = text.secret.text();
  const shard = text.shard.whole(32);
  const index = text.index.whole(64);
  const entries = text.entries.list((entry) => {
    const { asset, amount } = entry.fields("asset", "amount");
    return { asset: asset.text(), amount: amount.text() };
  });
  const margin =
    text.margin?.list((entry) => {
      const { asset, pledged, debt } = entry.fields("asset", "pledged", "debt");
      return { asset: asset.text(), pledged: pledged.text(), debt: debt.text() };
    }) ?? [];
  const path = text.path.list((digest) => digest.text());
  if (version !== VERSION) {
    throw fieldError("version", `${version} is not ${VERSION}: another program wrote it`);
  }
  if (account.length > ACCOUNT_LEN_MAX || !/^[!#-[\]-~]+$/.test(account)) {
    throw fieldError(
      "account",
      `1 to ${ACCOUNT_LEN_MAX} printable ASCII characters without spaces, quotes and backslashes ` +
        "are wanted",
    );
  }
  return {
    header: parseSha256("header", header),
    round,
    account,
    secret: parseSha256("secret", secret),
    shard,
    index,
    entries: entries.map(({ asset, amount }, place) => ({
      asset,
      amount: parseAmount(`entries[${place}].amount`, amount),
    })),
    margin: margin.map(({ asset, pledged, debt }, place) => ({
      asset,
      pledged: parseAmount(`margin[${place}].pledged`, pledged),
      debt: parseAmount(`margin[${place}].debt`, debt),
    })),
    path: path.map((digest) => parseDigest(digest)),
  };
}

const UNKNOWN = "the round has no such asset";

/** What is pledged and owed, by the place of the asset in the header's `margin`. */
function heldOf(header: Header, { margin }: Receipt): Held[] {
  return margin.map(({ asset, pledged, debt }, number) => {
    const place = header.margin.findIndex((known) => known.asset === asset);
    if (place < 0) throw fieldError(`margin[${number}].asset`, UNKNOWN);
    if (pledged === 0n && debt === 0n) {
      throw fieldError(`margin[${number}].pledged`, "what is zero is left away");
    }
    return { place, pledged, debt };
  });
}

/** Checks that the customer's leaf is one of those that the shard's proof counts. */
export function checkReceipt(header: Header, liabilities: Liabilities, receipt: Receipt): void {
  if (toHex(receipt.header) !== toHex(header.digest) || receipt.round !== header.round) {
    throw new ProofError("proof.round", "the receipt is of another round than the header");
  }
  const { shards } = liabilities;
  const shard = shards[receipt.shard];
  if (!shard) throw fieldError("shard", `${receipt.shard} of ${shards.length} shards`);
  const entries = receipt.entries.map(({ asset: symbol, amount }, place) => {
    const asset = header.assets.findIndex((one) => one.symbol === symbol);
    if (asset < 0) throw fieldError(`entries[${place}].asset`, UNKNOWN);
    return { asset, amount };
  });
  const positions = positionsOf(header.rules, heldOf(header, receipt));
  checkEntries(header.shape, entries);
  if (receipt.index >= header.slots) {
    throw fieldError("index", `${receipt.index} of ${header.slots} leaves`);
  }
  const id = deriveId(receipt.round, receipt.account, receipt.secret);
  const digest = leafDigest(header.shape, id, entries, positions);
  checkPath(0, shardSteps(header), receipt.index, digest, receipt.path, shard.root);
}
