/**
 * How the leaves of a round are laid out in elements. An amount is cut into limbs of 15 bits, two
 * to an element; what is left at its top shares an element with the tops of other entries, in the
 * sparse layout beside the number of the asset.
 */
import { fieldError } from "./error";
import { RATE } from "./poseidon";

/** All assets of the round in their order, or what the customer has with the numbers of assets. */
export type Layout = "dense" | "sparse";
/** Bits of an amount in base units. */
export type Width = 64 | 96;

/** Elements of an id. */
export const ID_LEN = 8;
export const LIMB_BITS = 15;
/** Bits of the number of an asset. */
const ASSET_BITS = 10;
export const ASSETS_MAX = 1_000;
/** The number that a slot without an entry has in the sparse layout. */
export const NOTHING = 2 ** ASSET_BITS - 1;
/** Bits of an element that entries share. */
const SHARED_BITS = 30;

export interface Shape {
  layout: Layout;
  width: Width;
  /** Assets of the round. */
  assets: number;
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
}

export function shapeOf(layout: Layout, width: Width, assets: number): Shape {
  if (!Number.isInteger(assets) || assets < 1 || assets > ASSETS_MAX) {
    throw fieldError("assets", `${assets} are not between 1 and ${ASSETS_MAX}`);
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
  return {
    layout,
    width,
    assets,
    limbs,
    topBits,
    ownBits,
    sharing,
    entriesFirst: fitting(RATE - ID_LEN),
    entriesNext: fitting(RATE),
    sumsOfRow: Math.floor(RATE / (limbs + 1)),
  };
}

/** Blocks of a leaf with so many entries. */
export const blocksOf = (shape: Shape, entries: number) =>
  1 + Math.ceil(Math.max(0, entries - shape.entriesFirst) / shape.entriesNext);
