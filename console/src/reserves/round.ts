/**
 * What the overview shows of a round, read strictly: every field is there and of its kind, or the
 * page says which is not. That the claims are true is another matter, which `worker.ts` checks.
 */
import { toHex } from "../proof/bytes";
import { ProofError, fieldError } from "../proof/error";
import {
  HEADER_KEYS,
  LIABILITIES_KEYS,
  readMargin,
  readMarginTotal,
} from "../proof/forms";
import { readCanonical } from "../proof/json";
import { JOURNAL, type Manifest, checkFile, parseManifest } from "../proof/manifest";
import { sha256 } from "../proof/sha256";
import { inFile, load } from "./files";
import { type Held, LEVELS, toHold } from "./ratio";

const ROUNDS = "rounds.json";
const HEADER = "header.json";
const LIABILITIES = "liabilities.json";
const MANIFEST = "manifest.json";
const SUMMARY = "reserves/summary.json";
/** Twenty thousand shards are below it. */
const LEN_MAX = 8 << 20;

/** A round as `rounds.json` lists it. */
export interface Listing {
  round: string;
  /** Where its files are, as an absolute URL that ends with a slash. */
  base: string;
  /** The same beside the page, as written. */
  path: string;
}

export interface AssetLine {
  symbol: string;
  /** CAIP-19 id. */
  id: string;
  decimals: number;
  /** Owed to customers, in base units. */
  owed: bigint;
  /** Of that, what customers have pledged; and what they owe. Null where they can do neither. */
  margin: { pledged: bigint; debt: bigint } | null;
  /** What is owed, less what customers owe in the same asset. */
  toHold: bigint;
  /** Null when the round does not say what is held. */
  held: Held | null;
}

/** What a pledged balance counts, tier by tier. */
export interface Collateral {
  asset: { symbol: string; id: string; decimals: number };
  /** Of one, as the header says it. */
  price: string;
  /** Up to which balance, and how much of its value counts, in ten-thousandths. */
  tiers: readonly { upTo: bigint; ratio: number }[];
}

export interface Round {
  listing: Listing;
  exchange: string;
  /** Seconds since 1970-01-01 UTC. */
  snapshotAt: number;
  assets: readonly AssetLine[];
  /** Of prices. */
  currency: string;
  /** Empty without margin products. */
  collateral: readonly Collateral[];
  shards: number;
  /** SHA-256 of the header before; null for the first round. */
  previous: string | null;
  /** SHA-256 of the header: what the next round names this one by. */
  header: string;
  /** Root of all leaves: what every receipt leads to. */
  root: string;
  /** SHA-256 of the manifest, which covers every byte of the round. */
  fingerprint: string;
  manifest: Manifest;
}

/** Folders below the page, and nothing else: no other machine, no way up. */
const PATH = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)+$/;

/** Reads `rounds.json`: written by whoever hosts the page, so spaces are allowed. */
export function parseRounds(text: string, page: string): Listing[] {
  const wrong = (problem: string) => fieldError("rounds", problem).of(ROUNDS);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("the file is no JSON");
  }
  const rounds = (value as { rounds?: unknown } | null)?.rounds;
  if (!Array.isArray(rounds)) throw wrong("a list is wanted");
  const known = new Set<string>();
  return rounds.map((entry: { round?: unknown; path?: unknown } | null, place) => {
    const { round, path } = entry ?? {};
    if (typeof round !== "string" || round === "") throw wrong(`[${place}].round is no text`);
    if (typeof path !== "string" || !PATH.test(path)) {
      throw wrong(`[${place}].path is not a folder beside this page, such as 2026-11/`);
    }
    if (known.has(round)) throw wrong(`${round} stands twice`);
    known.add(round);
    return { round, path, base: new URL(path, page).href };
  });
}

export async function loadRounds(page: string): Promise<Listing[]> {
  const bytes = await load(page, ROUNDS, true);
  return parseRounds(new TextDecoder().decode(bytes), page);
}

const DIGITS = /^(0|[1-9][0-9]{0,38})$/;

function baseUnits(field: string, text: string): bigint {
  if (!DIGITS.test(text)) throw fieldError(field, "a whole number of base units is wanted");
  return BigInt(text);
}

export function readHeader(bytes: Uint8Array) {
  const text = readCanonical(bytes, LEN_MAX, "the header").fieldsWith("margin", ...HEADER_KEYS);
  if (text.version.whole(16) !== 1) {
    throw fieldError("version", "another program wrote it: this page is of another version");
  }
  const assets = text.assets.list((asset) => {
    const { symbol, id, decimals, price } = asset.fields("symbol", "id", "decimals", "price");
    return {
      ...{ symbol: symbol.text(), id: id.text(), decimals: decimals.whole(8) },
      price: price.text(),
    };
  });
  const margin = text.margin?.list(readMargin) ?? [];
  const collateral = margin.map(({ asset: symbol, tiers }, place): Collateral => {
    const asset = assets.find((known) => known.symbol === symbol);
    if (!asset) throw fieldError(`margin[${place}].asset`, "the round has no such asset");
    const upTo = (text: string) => baseUnits(`margin[${place}].tiers`, text);
    return {
      ...{ asset, price: asset.price },
      tiers: tiers.map((tier) => ({ upTo: upTo(tier.up_to), ratio: tier.ratio_bp })),
    };
  });
  return {
    collateral,
    currency: text.currency.text(),
    exchange: text.exchange.text(),
    round: text.round.text(),
    snapshotAt: text.snapshot_at.whole(53),
    shards: text.shards.whole(32),
    previous: text.previous.isNull ? null : text.previous.text(),
    assets,
  };
}

/** What is owed in each asset of the header, and what is pledged and owed in those of the margin. */
export function readTotals(
  bytes: Uint8Array,
  header: string,
  { assets, collateral }: Pick<ReturnType<typeof readHeader>, "assets" | "collateral">,
): { root: string; totals: Pick<AssetLine, "owed" | "margin" | "toHold">[] } {
  const text = readCanonical(bytes, LEN_MAX, "the list of liabilities").fieldsWith(
    "margin",
    ...LIABILITIES_KEYS,
  );
  if (text.header.text() !== header) throw fieldError("header", "it is of another round");
  const totals = text.totals.list((total) => total.text());
  const margin = text.margin?.list(readMarginTotal) ?? [];
  for (const [what, found, wanted] of [
    ["totals", totals.length, assets.length],
    ["margin", margin.length, collateral.length],
  ] as const) {
    if (found !== wanted) throw fieldError(what, `there are ${found}, and ${wanted} assets`);
  }
  const ofMargin = new Map(
    margin.map(({ pledged, debt }, place) => {
      const field = (name: string) => `margin[${place}].${name}`;
      const amounts = {
        pledged: baseUnits(field("pledged"), pledged),
        debt: baseUnits(field("debt"), debt),
      };
      return [collateral[place]?.asset.symbol, amounts];
    }),
  );
  const lines = totals.map((total, place) => {
    const owed = baseUnits(`totals[${place}]`, total);
    const margin = ofMargin.get(assets[place]?.symbol) ?? null;
    if (margin && margin.pledged > owed) {
      throw fieldError("margin", `more of ${assets[place]?.symbol} is pledged than is owed`);
    }
    return { owed, margin, toHold: toHold(owed, margin?.debt ?? 0n) };
  });
  return { root: text.root.text(), totals: lines };
}

/** Reads what is held, by the symbol of the asset. */
export function readSummary(bytes: Uint8Array, symbols: readonly string[]): Map<string, Held> {
  const text = readCanonical(bytes, LEN_MAX, "the summary").fields("version", "assets");
  if (text.version.whole(16) !== 1) throw fieldError("version", "another program wrote it");
  const held = new Map<string, Held>();
  text.assets.list((line) => {
    const { asset, ...levels } = line.fields("asset", ...LEVELS);
    const symbol = asset.text();
    if (!symbols.includes(symbol)) throw fieldError("asset", `the round has no ${symbol}`);
    if (held.has(symbol)) throw fieldError("asset", `${symbol} stands twice`);
    const amount = (level: (typeof LEVELS)[number]) =>
      baseUnits(`${symbol}.${level}`, levels[level].text());
    held.set(symbol, {
      proof: amount("proof"),
      two_sources: amount("two_sources"),
      claim: amount("claim"),
    });
  });
  return held;
}

const NOTHING: Held = { proof: 0n, two_sources: 0n, claim: 0n };

/** Loads what is shown of a round. Each file is the one that the manifest lists. */
export async function loadRound(listing: Listing): Promise<Round> {
  const { base } = listing;
  const [manifestBytes, headerBytes, liabilitiesBytes] = await Promise.all([
    load(base, MANIFEST, true),
    load(base, HEADER),
    load(base, LIABILITIES),
  ]);
  const manifest = inFile(MANIFEST, () => parseManifest(manifestBytes));
  checkPlain(manifest.keys());
  inFile(HEADER, () => checkFile(manifest, HEADER, headerBytes));
  inFile(LIABILITIES, () => checkFile(manifest, LIABILITIES, liabilitiesBytes));
  const digest = toHex(sha256(headerBytes));
  const header = inFile(HEADER, () => {
    const read = readHeader(headerBytes);
    if (read.round !== listing.round) {
      throw fieldError("round", `${ROUNDS} calls it ${listing.round}, the file ${read.round}`);
    }
    return read;
  });
  const { root, totals } = inFile(LIABILITIES, () => readTotals(liabilitiesBytes, digest, header));
  const symbols = header.assets.map(({ symbol }) => symbol);
  let summary: Map<string, Held> | null = null;
  if (manifest.has(SUMMARY)) {
    const bytes = await load(base, SUMMARY);
    inFile(SUMMARY, () => checkFile(manifest, SUMMARY, bytes));
    summary = inFile(SUMMARY, () => readSummary(bytes, symbols));
  }
  const assets = header.assets.map(({ symbol, id, decimals }, place) => ({
    ...{ symbol, id, decimals },
    ...(totals[place] ?? { owed: 0n, margin: null, toHold: 0n }),
    // An asset that the summary leaves out is one of which nothing is shown.
    held: summary ? (summary.get(symbol) ?? NOTHING) : null,
  }));
  const { exchange, snapshotAt, shards, previous, currency, collateral } = header;
  const fingerprint = toHex(sha256(manifestBytes));
  return {
    ...{ listing, exchange, snapshotAt, shards, previous, assets, manifest },
    ...{ header: digest, root, fingerprint, currency, collateral },
  };
}

/** Names lead to links and into commands that people copy: none may be more than a name. */
const NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*\/)*[A-Za-z0-9_][A-Za-z0-9._-]*$/;

export function checkPlain(names: Iterable<string>): void {
  for (const name of names) {
    if (!NAME.test(name)) {
      throw new ProofError("proof.file.extra", "no file of a round has such a name", name);
    }
  }
}

const LATE_S = 40 * 86_400;

/** How many days ago balances were taken, when that is longer than rounds should be apart. */
export function daysLate(snapshotAt: number, nowMs: number): number | null {
  const age = nowMs / 1000 - snapshotAt;
  return age > LATE_S ? Math.floor(age / 86_400) : null;
}

/** The commands that fetch all files of a round and verify them without this page. */
export function commands(
  { listing, manifest, shards }: Pick<Round, "listing" | "manifest" | "shards">,
  hasRecord = false,
): string {
  // Within single quotes a shell takes everything as it is.
  const base = listing.base.replaceAll("'", "%27");
  const listed = [...manifest.keys()].filter((name) => !name.startsWith("shards/"));
  const names = [MANIFEST, ...(hasRecord ? [JOURNAL] : []), ...listed];
  const folder = listing.round.replace(/[^A-Za-z0-9._-]/g, "_");
  const last = String(shards - 1).padStart(5, "0");
  return [
    `curl -f --create-dirs -o '${folder}/#1' '${base}{${names.join(",")}}'`,
    `curl -f --create-dirs -o '${folder}/shards/#1.proof' '${base}shards/[00000-${last}].proof'`,
    `ringfence reserves verify ${folder}`,
  ].join("\n");
}
