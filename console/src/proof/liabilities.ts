/** What a round says is owed: the root, the totals, and what each shard's proof is of. */
import { toHex } from "./bytes";
import { ProofError, fieldError } from "./error";
import { LIABILITIES_KEYS, readMarginTotal } from "./forms";
import { type Header, shardSteps, topSteps } from "./header";
import { readCanonical } from "./json";
import { limbsOfKey, parseAmount, parseKey, parseSha256 } from "./numbers";
import { type Digest, digestEquals, parseDigest } from "./poseidon";
import { positionSum } from "./shape";
import type { Statement } from "./shardSystem";
import type { TotalsStatement } from "./totalsSystem";
import { rootOver } from "./tree";

const VERSION = 1;
/** 20,000 shards and 1,000 totals. */
const LEN_MAX = 8 << 20;

export interface Shard {
  root: Digest;
  /** What its sums hash to. */
  sums: Digest;
  /** The key that all leaves come after, and that of the last. */
  after: bigint;
  until: bigint;
}

/** What all customers have pledged and owe in an asset, in base units. */
export interface MarginTotal {
  /** Part of what is owed to customers. */
  pledged: bigint;
  /** Owed by customers to the exchange. */
  debt: bigint;
}

export interface Liabilities {
  /** SHA-256 of the header. */
  header: Uint8Array<ArrayBuffer>;
  /** Root of all leaves. */
  root: Digest;
  /** What is owed to customers in each asset, in base units: all of it, whatever they owe. */
  totals: readonly bigint[];
  /** For each asset of the header's `margin`, what is pledged and what customers owe. */
  margin: readonly MarginTotal[];
  /** Shards in the order of their keys. */
  shards: readonly Shard[];
}

export function parseLiabilities(bytes: Uint8Array): Liabilities {
  const text = readCanonical(bytes, LEN_MAX, "the list of liabilities").fieldsWith(
    "margin",
    ...LIABILITIES_KEYS,
  );
  const version = text.version.whole(16);
  const header = text.header.text();
  const root = text.root.text();
  const totals = text.totals.list((total) => total.text());
  const margin = text.margin?.list(readMarginTotal) ?? [];
  const shards = text.shards.list((shard) => {
    const fields = shard.fields("root", "sums", "after", "until");
    return {
      root: fields.root.text(),
      sums: fields.sums.text(),
      after: fields.after.text(),
      until: fields.until.text(),
    };
  });
  if (version !== VERSION) {
    throw fieldError("version", `${version} is not ${VERSION}: another program wrote it`);
  }
  return {
    header: parseSha256("header", header),
    root: parseDigest(root),
    totals: totals.map((total, asset) => parseAmount(`totals[${asset}]`, total)),
    margin: margin.map(({ pledged, debt }, place) => ({
      pledged: parseAmount(`margin[${place}].pledged`, pledged),
      debt: parseAmount(`margin[${place}].debt`, debt),
    })),
    shards: shards.map((shard) => ({
      root: parseDigest(shard.root),
      sums: parseDigest(shard.sums),
      after: parseKey(shard.after),
      until: parseKey(shard.until),
    })),
  };
}

/**
 * Checks all that needs no proof: the round, the numbers of shards and totals, that the keys of
 * shards join without a gap, that no more is pledged than is owed, and that their roots lead to the
 * root.
 */
export function checkLiabilities(header: Header, liabilities: Liabilities): void {
  const { totals, margin, shards } = liabilities;
  if (toHex(liabilities.header) !== toHex(header.digest)) {
    throw new ProofError("proof.round", "the list of liabilities is of another round");
  }
  for (const [what, found, wanted] of [
    ["totals", totals.length, header.assets.length],
    ["margin", margin.length, header.margin.length],
    ["shards", shards.length, header.shards],
  ] as const) {
    if (found !== wanted) {
      throw new ProofError("proof.count", `${what}: ${found} of them, the header says ${wanted}`);
    }
  }
  let end = 0n;
  shards.forEach(({ after, until }, shard) => {
    if (after !== end || until <= after) {
      throw new ProofError(
        "proof.keys",
        `shard ${shard} does not begin where the one before it ends: ` +
          "a leaf could be counted twice, or left out",
      );
    }
    end = until;
  });
  sumsOf(header, liabilities);
  const roots = shards.map((shard) => shard.root);
  if (!digestEquals(rootOver(shardSteps(header), topSteps(header), roots), liabilities.root)) {
    throw new ProofError("proof.root", "the roots of the shards do not lead to the root");
  }
}

/** What the proof of a shard says. */
export const statementOf = ({ root, sums, after, until }: Shard): Statement => ({
  root,
  sums,
  after: limbsOfKey(after),
  until: limbsOfKey(until),
});

/** What each sum of the round comes to: free balances, then what is pledged and owed. */
function sumsOf({ assets, margin, shape }: Header, liabilities: Liabilities): bigint[] {
  const sums = Array.from({ length: shape.sums }, (_, sum) => liabilities.totals[sum] ?? 0n);
  liabilities.margin.forEach(({ pledged, debt }, place) => {
    const number = assets.findIndex(({ symbol }) => symbol === margin[place]?.asset);
    const owed = liabilities.totals[number] ?? 0n;
    if (pledged > owed) {
      const problem = `it is more than the ${owed} that are owed`;
      throw fieldError(`margin[${place}].pledged`, problem);
    }
    sums[number] = owed - pledged;
    sums[positionSum(shape, place, false)] = pledged;
    sums[positionSum(shape, place, true)] = debt;
  });
  return sums;
}

/** What the proof of the totals says. */
export const totalsStatementOf = (header: Header, liabilities: Liabilities): TotalsStatement => ({
  sums: liabilities.shards.map((shard) => shard.sums),
  totals: sumsOf(header, liabilities),
});
