/**
 * The rows of a shard: one table, a permutation of Poseidon2 in each row. First come the blocks of
 * leaves, then the nodes of the tree over them, with margin products the rules of positions, then a
 * row of randomness and the sums; after the active rows come blinding rows.
 */
import { BLINDING_ROWS } from "./argument";
import { fieldError } from "./error";
import { KEY_LIMBS } from "./numbers";
import { type Rule, type Rules, NO_RULES } from "./margin";
import { type MarginColumns, marginColumnsOf, marginLimbsOf } from "./marginColumns";
import { PERMUTATION_COLUMNS } from "./permutation";
import { type Shape, blocksOf } from "./shape";
import { stepsOver } from "./tree";

/** Carries between limbs of the key. */
export const CARRIES = KEY_LIMBS - 1;
/** Most leaves of a shard: as many limbs of an asset add up to less than the field's order. */
const SLOTS_MAX = 65_000;
const LOG_ROWS_MIN = 16;
const LOG_ROWS_MAX = 18;

/** Where columns of a row begin; those of the permutation come first. */
export interface Columns {
  /** Limbs of amounts; in a first block then those of the key, and how far it is from the last. */
  limbs: number;
  limbCount: number;
  /** Digits of base 4 of tops of amounts; the last five are carries in a first block. */
  digits: number;
  digitCount: number;
  /** Numbers of assets, where entries name them. */
  assets: number;
  /** Which kind the row is: a leaf's first block or a further one, a node, randomness, sums. */
  first: number;
  further: number;
  node: number;
  salt: number;
  sum: number;
  /** Place and height of a node in the tree; the root has the index 1. */
  index: number;
  height: number;
  /** Blocks of the leaf that are left. */
  left: number;
  /** Number of the first asset of the row. */
  base: number;
  /** The key of the leaf. */
  key: number;
  /** A number of the range table, and how often it is looked up. */
  table: number;
  uses: number;
  /** Null without margin products. */
  margin: MarginColumns | null;
  width: number;
}

export interface Circuit {
  shape: Shape;
  /** What positions are bound to. */
  rules: readonly Rule[];
  logRows: number;
  /** Leaves. */
  slots: number;
  /** Steps from a leaf to the root. */
  steps: number;
  leafRows: number;
  sumRows: number;
  columns: Columns;
}

function columnsOfShape(shape: Shape): Columns {
  const { limbs, entriesFirst, entriesNext, sumsOfRow } = shape;
  const isMargin = shape.layout === "margin";
  const topDigits = shape.topBits / 2;
  const limbCount = Math.max(
    entriesNext * limbs,
    entriesFirst * limbs + 2 * KEY_LIMBS,
    2 * sumsOfRow,
    isMargin ? marginLimbsOf(shape).count : 0,
  );
  const digitCount = Math.max(entriesNext * topDigits, entriesFirst * topDigits + CARRIES);
  let width = PERMUTATION_COLUMNS;
  const take = (count: number) => (width += count) - count;
  return {
    limbs: take(limbCount),
    limbCount,
    digits: take(digitCount),
    digitCount,
    assets: take(shape.namesAssets ? entriesNext : 0),
    first: take(1),
    further: take(1),
    node: take(1),
    salt: take(1),
    sum: take(1),
    index: take(1),
    height: take(1),
    left: take(1),
    base: take(1),
    key: take(KEY_LIMBS),
    table: take(1),
    uses: take(1),
    margin: isMargin ? marginColumnsOf(shape, take) : null,
    width,
  };
}

/** The circuit of shards with so many leaves in 2^`logRows` rows. */
export function circuitOf(
  shape: Shape,
  logRows: number,
  slots: number,
  { all: rules }: Rules = NO_RULES,
): Circuit {
  if (logRows < LOG_ROWS_MIN || logRows > LOG_ROWS_MAX) {
    throw fieldError("log_rows", `${logRows} is not between ${LOG_ROWS_MIN} and ${LOG_ROWS_MAX}`);
  }
  if (slots < 2 || slots > SLOTS_MAX) {
    throw fieldError("slots", `${slots} is not between 2 and ${SLOTS_MAX}`);
  }
  const steps = stepsOver(slots);
  let nodeRows = 0;
  for (let height = 1; height <= steps; height += 1) nodeRows += Math.ceil(slots / 2 ** height);
  const blocks = blocksOf(shape, shape.assets);
  // A dense leaf is filled up to whole blocks, whose assets beyond the last have sums, too.
  const summed =
    shape.layout === "dense"
      ? shape.entriesFirst + (blocks - 1) * shape.entriesNext
      : shape.sums;
  const sumRows = Math.ceil(summed / shape.sumsOfRow);
  const active = 2 ** logRows - BLINDING_ROWS;
  // One row is that of randomness; each rule has one.
  const room = active - 1 - nodeRows - sumRows - rules.length;
  const wanted = shape.layout === "dense" ? slots * blocks : slots;
  if (room < wanted) {
    throw fieldError("slots", `${slots} leaves do not fit 2^${logRows} rows`);
  }
  // Rows that are left over belong to sums of no asset, or to blocks of no entries.
  const isDense = shape.layout === "dense";
  return {
    shape,
    rules,
    logRows,
    slots,
    steps,
    leafRows: isDense ? wanted : room,
    sumRows: isDense ? sumRows + room - wanted : sumRows,
    columns: columnsOfShape(shape),
  };
}
