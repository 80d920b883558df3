/**
 * What must be zero on the rows of a shard. Each function is a part of the statement; their order,
 * and the order within each, is that of the verifier in Rust.
 */
import * as ext from "./extension";
import { type Ext, add, constant, mul, scale, sub } from "./extension";
import { message, zerosOfFractions } from "./fractions";
import { ruleFractions, zerosOfMargin } from "./marginZeros";
import { KEY_LIMBS } from "./numbers";
import { outputOf, zerosOfPermutation } from "./permutation";
import { DIGEST_LEN, DOMAIN, RATE, WIDTH } from "./poseidon";
import { ID_LEN, type Layout, NOTHING } from "./shape";
import { STEP, rangeFractions, zerosOfTable } from "./range";
import { CARRIES, type Circuit } from "./shardCircuit";
import { LIMB, View } from "./shardRow";
import type { Statement } from "./shardSystem";
import {
  type Challenges,
  type Fraction,
  type Rows,
  type Zero,
  isBit,
  not,
  on,
  plus,
} from "./system";

/** Elements of an id that make the key. */
const KEY_LEN = 3;
/** What the hash of a leaf begins with. */
const LEAF_TAG: Record<Layout, number> = {
  dense: DOMAIN.denseLeaf[0],
  sparse: DOMAIN.sparseLeaf[0],
  margin: DOMAIN.marginLeaf(0)[0],
};

const { ONE, ZERO } = ext;

/** Which kind a row is, what may follow it, and what its hash begins with. */
function zerosOfKinds(circuit: Circuit, row: View, next: View): Zero[] {
  const ofMargin = circuit.columns.margin ? [row.position, row.rule] : [];
  const kinds = [row.first, row.entries, row.node, row.salt, row.sum, ...ofMargin];
  const capacity = row.cells.slice(RATE, WIDTH);
  const begins = (kind: Ext, tag: number, height: Ext, blocks: Ext) =>
    [constant(tag), height, blocks].map((wanted, place) =>
      on("active", mul(kind, sub(capacity[place] as Ext, wanted))),
    );
  const zeros = [
    ...kinds.map((kind) => on("active", isBit(kind))),
    on("active", sub(kinds.reduce(add), ONE)),
    on("first", sub(row.first, ONE)),
    on("transition", mul(next.leaf, not(row.leaf))),
    on("transition", mul(next.node, not(add(row.leaf, row.node)))),
    on("transition", mul(next.salt, not(add(row.node, row.rule)))),
    on("transition", mul(next.sum, not(add(row.salt, row.sum)))),
    on("marked", sub(row.leaf, ONE)),
    on("marked", sub(next.node, ONE)),
    on("last", sub(row.sum, ONE)),
    ...begins(row.first, LEAF_TAG[circuit.shape.layout], row.positionsLeft, plus(row.left, 1)),
    ...begins(row.node, DOMAIN.node(0)[0], row.height, ONE),
    ...begins(row.salt, DOMAIN.sums[0], ZERO, constant(1 + circuit.sumRows)),
  ];
  const output = outputOf(row.cells);
  const begun = add(add(row.first, row.node), row.salt);
  const goesOn = add(next.further, next.sum);
  for (let place = RATE; place < WIDTH; place += 1) {
    if (place >= RATE + 3) zeros.push(on("active", mul(begun, row.at(place))));
    const kept = sub(next.at(place), output[place] as Ext);
    zeros.push(on("transition", mul(goesOn, kept)));
  }
  return zeros;
}

/** How a leaf goes on from block to block, where it stands, and which assets come when. */
function zerosOfOrderOfBlocks(circuit: Circuit, row: View, next: View): Zero[] {
  const { shape, steps, slots, sumRows } = circuit;
  const { sumsOfRow } = shape;
  const zeros = [
    on("transition", mul(next.further, plus(sub(next.left, row.left), 1))),
    on("transition", mul(mul(row.leaf, not(next.further)), row.left)),
    on("first", plus(row.index, -(2 ** steps))),
    on("transition", mul(next.first, plus(sub(next.index, row.index), -1))),
    on("transition", mul(next.further, sub(next.index, row.index))),
    on("marked", plus(row.index, -(2 ** steps + slots - 1))),
    on("active", mul(row.leaf, plus(row.height, 1))),
    on("active", mul(row.first, row.base)),
  ];
  if (shape.layout === "dense") {
    const furtherBlocks = Math.ceil((shape.assets - shape.entriesFirst) / shape.entriesNext);
    const inFirst = scale(row.first, shape.entriesFirst);
    const entries = add(inFirst, scale(row.further, shape.entriesNext));
    zeros.push(
      on("active", mul(row.first, plus(row.left, -Math.max(0, furtherBlocks)))),
      on("transition", mul(next.further, sub(sub(next.base, row.base), entries))),
    );
  }
  // Randomness is followed by asset 0, sums by the assets after theirs.
  const following = mul(row.sum, plus(row.base, sumsOfRow));
  zeros.push(
    on("transition", mul(next.sum, sub(next.base, following))),
    on("last", plus(row.base, -sumsOfRow * (sumRows - 1))),
  );
  if (shape.namesAssets) {
    for (let entry = 0; entry < sumsOfRow; entry += 1) {
      const asset = sub(row.assetOf(entry), plus(row.base, entry));
      zeros.push(on("active", mul(row.sum, asset)));
    }
    zeros.push(on("active", mul(row.salt, plus(row.assetOf(0), -NOTHING))));
  }
  return zeros;
}

/** The elements of so many entries, as `leaf.ts` lays them out, filled up with zeros. */
function elementsOf(circuit: Circuit, row: View, entries: number, room: number): Ext[] {
  const { shape } = circuit;
  const elements: Ext[] = [];
  for (let entry = 0; entry < entries; entry += 1) {
    const limbs = row.limbsOf(entry);
    for (let pair = 0; pair < shape.limbs; pair += 2) {
      elements.push(add(limbs[pair] as Ext, scale(limbs[pair + 1] as Ext, LIMB)));
    }
  }
  for (let begin = 0; begin < entries; begin += shape.sharing) {
    const sharing = Math.min(shape.sharing, entries - begin);
    const own = Array.from({ length: sharing }, (_, place) => {
      const top = row.topOf(begin + place);
      if (!shape.namesAssets) return top;
      return add(top, scale(row.assetOf(begin + place), 2 ** shape.topBits));
    });
    elements.push(ext.horner(own, constant(2 ** shape.ownBits)));
  }
  while (elements.length < room) elements.push(ZERO);
  return elements;
}

/** What the blocks of leaves and of sums hold. */
function zerosOfContents(circuit: Circuit, row: View): Zero[] {
  const { shape } = circuit;
  const { sumsOfRow } = shape;
  const zeros: Zero[] = [];
  for (let entry = 0; entry < sumsOfRow; entry += 1) {
    const isMany = row.limb(2 * entry + 1);
    zeros.push(on("active", mul(row.sum, isBit(isMany))));
  }
  for (let place = sumsOfRow * (shape.limbs + 1); place < RATE; place += 1) {
    zeros.push(on("active", mul(row.sum, row.at(place))));
  }
  const hold = (kind: Ext, begin: number, wanted: readonly Ext[]) =>
    wanted.forEach((element, place) => {
      zeros.push(on("active", mul(kind, sub(row.at(begin + place), element))));
    });
  // The key's elements stand highest first, each of two limbs.
  const key = Array.from({ length: KEY_LEN }, (_, place) => {
    const low = KEY_LIMBS - 2 - 2 * place;
    return add(row.keyLimb(low), scale(row.keyLimb(low + 1), LIMB));
  });
  hold(row.first, 0, key);
  hold(row.first, ID_LEN, elementsOf(circuit, row, shape.entriesFirst, RATE - ID_LEN));
  hold(row.entries, 0, elementsOf(circuit, row, shape.entriesNext, RATE));
  return zeros;
}

/** Keys of leaves increase, from the one that the shard comes after to its last. */
function zerosOfKeys(statement: Statement, row: View, next: View): Zero[] {
  const zeros: Zero[] = [];
  for (let limb = 0; limb < CARRIES; limb += 1) {
    zeros.push(on("active", mul(row.first, isBit(row.carry(limb)))));
  }
  for (let limb = 0; limb < KEY_LIMBS; limb += 1) {
    const [after, until] = [statement.after[limb] ?? 0, statement.until[limb] ?? 0];
    const step = sub(next.key(limb), row.key(limb));
    zeros.push(
      on("active", mul(row.first, sub(row.key(limb), row.keyLimb(limb)))),
      on("first", sub(plus(row.key(limb), -after), row.moreThanBefore(limb))),
      on("transition", mul(next.first, sub(step, next.moreThanBefore(limb)))),
      on("transition", mul(next.further, step)),
      on("marked", plus(row.key(limb), -until)),
    );
  }
  return zeros;
}

/** Digits of base 4. */
function zerosOfDigits(circuit: Circuit, row: View): Zero[] {
  const { digits, digitCount } = circuit.columns;
  return row.cells.slice(digits, digits + digitCount).map((digit) => {
    const rest = mul(plus(digit, -2), plus(digit, -3));
    return on("active", mul(isBit(digit), rest));
  });
}

/**
 * Entries send one, their limbs and their top under the number of their asset; rows of sums take
 * counts and sums, and the row of randomness the count of empty slots. Positions send theirs, of
 * the first entry, apart from those of entries.
 */
function sumFractions(circuit: Circuit, row: View, { asset, limb, part }: Challenges): Fraction[] {
  const { shape } = circuit;
  const { sumsOfRow } = shape;
  return Array.from({ length: shape.entriesNext }, (_, entry): Fraction => {
    const inFirst = entry < shape.entriesFirst ? add(row.first, row.entries) : row.entries;
    const hasEntry = entry === 0 ? row.leaf : inFirst;
    const sent = message([ONE, ...row.limbsOf(entry), row.topOf(entry)], limb);
    let numerator = mul(hasEntry, sent);
    const [low, high] = [row.limb(2 * entry), row.limb(2 * entry + 1)];
    if (entry < sumsOfRow) {
      const parts = shape.limbs + 1;
      const sums = row.cells.slice(entry * parts, (entry + 1) * parts);
      const taken = message([add(low, scale(high, STEP)), ...sums], limb);
      numerator = sub(numerator, mul(row.sum, taken));
    }
    if (entry === 0 && shape.namesAssets) {
      numerator = sub(numerator, mul(row.salt, add(low, scale(high, LIMB))));
    }
    const number = add(row.assetOf(entry), mul(part, row.ofPositions));
    return [numerator, sub(asset, number)];
  });
}

/** Leaves and nodes send (index, height, digest); nodes take their two children. */
function treeFractions(row: View, next: View, { node, part }: Challenges): Fraction[] {
  const isEnd = mul(row.leaf, not(next.further));
  const under = (index: Ext, height: Ext, digest: readonly Ext[]) =>
    sub(node, message([index, height, ...digest], part));
  const double = scale(row.index, 2);
  const taken = ext.negate(row.node);
  const digest = outputOf(row.cells).slice(0, DIGEST_LEN);
  return [
    [add(isEnd, row.node), under(row.index, plus(row.height, 1), digest)],
    [taken, under(double, row.height, row.cells.slice(0, DIGEST_LEN))],
    [taken, under(plus(double, 1), row.height, row.cells.slice(DIGEST_LEN, RATE))],
  ];
}

/** All that must be zero, in the order of the argument. */
export function zerosOfShard(
  circuit: Circuit,
  statement: Statement,
  rows: Rows,
  challenges: Challenges,
  total: Ext,
): Zero[] {
  const row = new View(circuit, rows.row);
  const next = new View(circuit, rows.next);
  const output = outputOf(rows.row);
  const { limbs, limbCount } = circuit.columns;
  const fractions = [
    ...rangeFractions(rows.row.slice(limbs, limbs + limbCount), row.table, row.uses, challenges),
    ...sumFractions(circuit, row, challenges),
    ...treeFractions(row, next, challenges),
    ...ruleFractions(circuit, row, challenges),
  ];
  return [
    ...zerosOfPermutation(rows.row),
    ...zerosOfKinds(circuit, row, next),
    ...zerosOfOrderOfBlocks(circuit, row, next),
    ...zerosOfContents(circuit, row),
    ...zerosOfKeys(statement, row, next),
    ...zerosOfTable(row.table, next.table),
    ...zerosOfDigits(circuit, row),
    ...zerosOfMargin(circuit, row, next),
    ...statement.sums.map((value, place) => on("last", plus(output[place] as Ext, -value))),
    ...zerosOfFractions(fractions, rows, total),
  ];
}
