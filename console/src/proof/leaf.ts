/** What is owed to one customer, as elements and as a digest. */
import { fieldError } from "./error";
import type { Position } from "./margin";
import { DOMAIN, type Digest, RATE, hash } from "./poseidon";
import { ID_LEN, LIMB_BITS, NOTHING, type Shape } from "./shape";

export interface Entry {
  /** Number of the asset in the round's table. */
  asset: number;
  /** How much, in base units. */
  amount: bigint;
}

/**
 * Refuses entries that are not in the order of their assets: all of them in the dense layout, those
 * that are not zero in the others.
 */
export function checkEntries(shape: Shape, entries: readonly Entry[]): void {
  const { layout, width, assets, namesAssets } = shape;
  if (layout === "dense" && entries.length !== assets) {
    throw fieldError("entries", `${entries.length} of ${assets} assets`);
  }
  let next = 0;
  entries.forEach(({ asset, amount }, place) => {
    const wrong = (field: string, problem: string) =>
      fieldError(`entries[${place}].${field}`, problem);
    if (asset >= assets) throw wrong("asset", `the round has ${assets} assets`);
    if (asset < next || (layout === "dense" && asset !== place)) {
      throw wrong("asset", "assets stand once, in their order");
    }
    if (amount >> BigInt(width) !== 0n) throw wrong("amount", `${amount} is not below 2^${width}`);
    if (namesAssets && amount === 0n) throw wrong("amount", "what is zero is left away");
    next = asset + 1;
  });
}

/** Limbs of an amount, two to an element. */
const pairsOf = (shape: Shape, amount: bigint) =>
  Array.from({ length: shape.limbs / 2 }, (_, pair) =>
    Number(BigInt.asUintN(2 * LIMB_BITS, amount >> BigInt(2 * LIMB_BITS * pair))),
  );

const topOf = (shape: Shape, amount: bigint) => Number(amount >> BigInt(LIMB_BITS * shape.limbs));

/** Elements of entries: pairs of limbs of each, then what they share. Empty slots are filled up. */
function elementsOf(shape: Shape, entries: readonly Entry[], slots: number): number[] {
  const nothing = { asset: NOTHING, amount: 0n };
  const filled = Array.from({ length: slots }, (_, place) => entries[place] ?? nothing);
  const pairs = filled.flatMap(({ amount }) => pairsOf(shape, amount));
  const shared = new Array<number>(Math.ceil(slots / shape.sharing)).fill(0);
  filled.forEach(({ asset, amount }, place) => {
    const top = topOf(shape, amount);
    const own = shape.namesAssets ? top + asset * 2 ** shape.topBits : top;
    const element = Math.floor(place / shape.sharing);
    // At most 30 bits in all.
    shared[element] =
      (shared[element] as number) + own * 2 ** (shape.ownBits * (place % shape.sharing));
  });
  return [...pairs, ...shared];
}

/**
 * The digest of a leaf: the id and its first entries, then further blocks of entries, then one of
 * each position, with its top and the number of its rule in one element. How many positions there are
 * is part of what is hashed.
 */
export function leafDigest(
  shape: Shape,
  id: readonly number[],
  entries: readonly Entry[],
  positions: readonly Position[] = [],
): Digest {
  const filled = (elements: readonly number[], length: number) =>
    Array.from({ length }, (_, place) => elements[place] ?? 0);
  const { entriesFirst, entriesNext } = shape;
  const first = elementsOf(shape, entries.slice(0, entriesFirst), entriesFirst);
  const blocks = [[...id, ...filled(first, RATE - ID_LEN)]];
  for (let begin = entriesFirst; begin < entries.length; begin += entriesNext) {
    const further = elementsOf(shape, entries.slice(begin, begin + entriesNext), entriesNext);
    blocks.push(filled(further, RATE));
  }
  for (const { rule, amount } of positions) {
    const ruled = topOf(shape, amount) + rule * 2 ** shape.topBits;
    blocks.push(filled([...pairsOf(shape, amount), ruled], RATE));
  }
  const domain = {
    dense: DOMAIN.denseLeaf,
    sparse: DOMAIN.sparseLeaf,
    margin: DOMAIN.marginLeaf(positions.length),
  };
  return hash(domain[shape.layout], blocks);
}
