/**
 * How the leaves of a round are laid out in elements. An amount is cut into limbs of 15 bits, two
 * to an element; what is left at its top shares an element with the tops of other entries, beside
 * the number of the asset where entries name it.
 */
import { fieldError } from "./error";
import { RATE } from "./poseidon";

/**
 * All assets of the round in their order; or what the customer has with the numbers of assets; or
 * that and what the customer has pledged and borrowed.
 */
export const LAYOUTS = ["dense", "sparse", "margin"] as const;
export type Layout = (typeof LAYOUTS)[number];
/** Bits of an amount in base units. */
export type Width = 64 | 96;

/** Elements of an id. */
export const ID_LEN = 8;
export const LIMB_BITS = 15;
/** Bits of the number of an asset. */
const ASSET_BITS = 10;
export const ASSETS_MAX = 1_000;
/** The number that a slot without an entry has where entries name their assets. */
export const NOTHING = 2 ** ASSET_BITS - 1;
/** Bits of an element that entries share. */
const SHARED_BITS = 30;

export interface Shape {
  layout: Layout;
  width: Width;
  /** Assets of the round, and those of them that can be pledged and borrowed. */
  assets: number;
  marginAssets: number;
  /** Whether entries name their assets. */
  namesAssets: boolean;
  /** Limbs of an amount, and bits above them. */
  limbs: number;
  topBits: number;
  /** Bits that an entry has in a shared element, and entries that share one. */
  ownBits: number;
  sharing: number;
  /** Entries beside the id, and of a further block. */
  entriesFirst: number;
  entriesNext: number;
  /** Assets of a row of sums: the sums of their limbs and tops fill a block. */
  sumsOfRow: number;
  /** Number of the first sum of what is pledged and owed: those of entries fill whole rows. */
  firstPositionSum: number;
  /** Sums of the round. */
  sums: number;
}

export function shapeOf(layout: Layout, width: Width, assets: number, marginAssets = 0): Shape {
  if (!Number.isInteger(assets) || assets < 1 || assets > ASSETS_MAX) {
    throw fieldError("assets", `${assets} are not between 1 and ${ASSETS_MAX}`);
  }
  const isMargin = layout === "margin";
  if (isMargin !== (marginAssets >= 1 && marginAssets <= assets)) {
    const problem = "some assets of the round are wanted where the layout is 'margin'";
    throw fieldError("margin", problem);
  }
  const limbs = width === 64 ? 4 : 6;
  const topBits = width - limbs * LIMB_BITS;
  const ownBits = layout === "dense" ? topBits : topBits + ASSET_BITS;
  const sharing = Math.floor(SHARED_BITS / ownBits);
  const elements = (entries: number) => (entries * limbs) / 2 + Math.ceil(entries / sharing);
  const fitting = (room: number) => {
    let entries = 0;
    while (elements(entries + 1) <= room) entries += 1;
    return entries;
  };
  const sumsOfRow = Math.floor(RATE / (limbs + 1));
  const firstPositionSum = Math.ceil(assets / sumsOfRow) * sumsOfRow;
  return {
    layout,
    width,
    assets,
    marginAssets,
    namesAssets: layout !== "dense",
    limbs,
    topBits,
    ownBits,
    sharing,
    entriesFirst: fitting(RATE - ID_LEN),
    entriesNext: fitting(RATE),
    sumsOfRow,
    firstPositionSum,
    sums: isMargin ? firstPositionSum + 2 * marginAssets : assets,
  };
}

/** Blocks of a leaf with so many entries. */
export const blocksOf = (shape: Shape, entries: number) =>
  1 + Math.ceil(Math.max(0, entries - shape.entriesFirst) / shape.entriesNext);

/** Number of the sum of what is pledged, or owed, in an asset of the margin. */
export const positionSum = (shape: Shape, place: number, isDebt: boolean) =>
  shape.firstPositionSum + 2 * place + (isDebt ? 1 : 0);
