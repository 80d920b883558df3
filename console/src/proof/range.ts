/**
 * The table of numbers of 15 bits that limbs are looked up in: a column that begins at zero, grows
 * by zero or one from row to row, and ends at 2^15 - 1; beside it how often each number is looked
 * up.
 */
import * as ext from "./extension";
import type { Ext } from "./extension";
import { LIMB_BITS } from "./shape";
import { type Challenges, type Fraction, type Zero, isBit, on, plus } from "./system";

/**
 * A number of two parts, a limb and this many times a bit, is at most 65,023: as many limbs of 15
 * bits come to less than the field's order.
 */
export const STEP = 32_256;

export function zerosOfTable(row: Ext, next: Ext): Zero[] {
  return [
    on("first", row),
    on("transition", isBit(ext.sub(next, row))),
    on("last", plus(row, 1 - 2 ** LIMB_BITS)),
  ];
}

/** Limbs are looked up in the table, which says how often. */
export function rangeFractions(
  limbs: readonly Ext[],
  table: Ext,
  uses: Ext,
  { range }: Challenges,
): Fraction[] {
  return [
    ...limbs.map((limb): Fraction => [ext.ONE, ext.sub(range, limb)]),
    [ext.negate(uses), ext.sub(range, table)],
  ];
}
