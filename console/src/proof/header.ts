/** What a round claims to be about. */
import { fromHex } from "./bytes";
import { canonicalError, fieldError } from "./error";
import { HEADER_KEYS, readMargin } from "./forms";
import { readCanonical } from "./json";
import { type Margin, type Rules, rulesOf } from "./margin";
import { sha256 } from "./sha256";
import { ASSETS_MAX, LAYOUTS, type Shape, type Width, shapeOf } from "./shape";
import { type Systems, systemsOf } from "./systems";
import { stepsOver } from "./tree";

const VERSION = 1;
const LEN_MAX = 1 << 20;
const TEXT_LEN_MAX = 160;
const CHAINS_MAX = 256;
const DECIMALS_MAX = 36;
const WHAT = "the header";

export interface Chain {
  /** CAIP-2 id. */
  id: string;
  height: number;
  hash: string;
}

export interface Asset {
  symbol: string;
  /** CAIP-19 id. */
  id: string;
  /** Digits after the point when amounts are shown. */
  decimals: number;
  /** Of one: for display, and for the value of what is pledged and borrowed. */
  price: string;
}

export interface Header {
  /** SHA-256 of its bytes: what proofs and receipts name the round by. */
  digest: Uint8Array<ArrayBuffer>;
  /** Names the constraint systems that its proofs are of. */
  constraints: string;
  exchange: string;
  round: string;
  /** Seconds since 1970-01-01 UTC. */
  snapshotAt: number;
  chains: readonly Chain[];
  currency: string;
  /** Assets by number. */
  assets: readonly Asset[];
  /** Those that can be pledged and borrowed, in the order of assets. */
  margin: readonly Margin[];
  /** What pledged balances and debts are bound to. */
  rules: Rules;
  shape: Shape;
  shards: number;
  /** Leaves of each shard. */
  slots: number;
  logRows: number;
  /** SHA-256 of the header of the round before. */
  previous: string | null;
  systems: Systems;
}

/** Steps from a leaf to the root of its shard, and from there to the root of all. */
export const shardSteps = (header: Header) => stepsOver(header.slots);
export const topSteps = (header: Header) => stepsOver(header.shards);

function checkText(field: string, text: string): void {
  // Printable, without quotes and backslashes, so that there is one way to write it.
  if (text.length > TEXT_LEN_MAX || !/^[ !#-[\]-~]+$/.test(text)) {
    throw fieldError(
      field,
      `1 to ${TEXT_LEN_MAX} printable ASCII characters without quotes and backslashes are wanted`,
    );
  }
}

function checkDigest(field: string, text: string): void {
  if (!fromHex(text, 32)) throw fieldError(field, "64 lower-case hexadecimal digits are wanted");
}

function checkNumber(field: string, value: number): void {
  if (!Number.isSafeInteger(value)) throw fieldError(field, `${value} is not below 2^53`);
}

function checkCount(field: string, found: number, least: number, most: number): void {
  if (found < least || found > most) {
    throw fieldError(field, `${found} are not between ${least} and ${most}`);
  }
}

function checkOnce(field: string, known: Set<string>, value: string): void {
  if (known.has(value)) throw fieldError(field, "it stands twice");
  known.add(value);
}

function checkChains(chains: readonly Chain[]): void {
  const known = new Set<string>();
  chains.forEach((chain, place) => {
    const field = (name: string) => `chains[${place}].${name}`;
    checkText(field("id"), chain.id);
    checkText(field("hash"), chain.hash);
    checkNumber(field("height"), chain.height);
    checkOnce(field("id"), known, chain.id);
  });
}

function checkAssets(assets: readonly Asset[]): void {
  const symbols = new Set<string>();
  const ids = new Set<string>();
  assets.forEach((asset, place) => {
    const field = (name: string) => `assets[${place}].${name}`;
    checkText(field("symbol"), asset.symbol);
    checkText(field("id"), asset.id);
    if (!/^(0|[1-9][0-9]{0,19})(\.[0-9]{1,20})?$/.test(asset.price)) {
      throw fieldError(field("price"), "decimal digits such as 65000.25 are wanted");
    }
    if (asset.decimals > DECIMALS_MAX) {
      throw fieldError(field("decimals"), `${asset.decimals} is more than ${DECIMALS_MAX}`);
    }
    checkOnce(field("symbol"), symbols, asset.symbol);
    checkOnce(field("id"), ids, asset.id.toLowerCase());
  });
}

/** Reads a header, and checks every field. */
export function parseHeader(bytes: Uint8Array): Header {
  const text = readCanonical(bytes, LEN_MAX, WHAT).fieldsWith("margin", ...HEADER_KEYS);
  const version = text.version.whole(16);
  const constraints = text.constraints.text();
  const exchange = text.exchange.text();
  const round = text.round.text();
  const snapshotAt = text.snapshot_at.whole(64);
  const chains = text.chains.list((chain) => {
    const { id, height, hash } = chain.fields("id", "height", "hash");
    return { id: id.text(), height: height.whole(64), hash: hash.text() };
  });
  const currency = text.currency.text();
  const assets = text.assets.list((asset) => {
    const { symbol, id, decimals, price } = asset.fields("symbol", "id", "decimals", "price");
    return {
      symbol: symbol.text(),
      id: id.text(),
      decimals: decimals.whole(8),
      price: price.text(),
    };
  });
  const margin = text.margin?.list(readMargin) ?? [];
  const layoutText = text.layout.text();
  const layout = LAYOUTS.find((known) => known === layoutText);
  if (!layout) throw canonicalError(WHAT, "no such layout");
  const width = text.width.text();
  if (width !== "64" && width !== "96") throw canonicalError(WHAT, "no such width");
  const shards = text.shards.whole(32);
  const slots = text.slots.whole(32);
  const logRows = text.log_rows.whole(8);
  const previous = text.previous.isNull ? null : text.previous.text();

  if (version !== VERSION) {
    throw fieldError("version", `${version} is not ${VERSION}: another program wrote it`);
  }
  checkDigest("constraints", constraints);
  checkText("exchange", exchange);
  checkText("round", round);
  checkText("currency", currency);
  checkCount("chains", chains.length, 0, CHAINS_MAX);
  checkCount("assets", assets.length, 1, ASSETS_MAX);
  checkNumber("snapshot_at", snapshotAt);
  checkChains(chains);
  checkAssets(assets);
  const shape = shapeOf(
    ...([layout, Number(width) as Width, assets.length] as const),
    layout === "margin" ? margin.length : 0,
  );
  const rules = rulesOf(shape, assets, margin);
  const systems = systemsOf(shape, logRows, slots, shards, rules);
  if (previous !== null) checkDigest("previous", previous);
  return {
    digest: sha256(bytes),
    constraints,
    exchange,
    round,
    snapshotAt,
    chains,
    currency,
    assets,
    margin,
    rules,
    shape,
    shards,
    slots,
    logRows,
    previous,
    systems,
  };
}
