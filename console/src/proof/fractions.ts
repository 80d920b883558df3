/**
 * Sums of fractions by which rows speak to each other (LogUp, [Haböck
 * 2022](https://eprint.iacr.org/2022/1530)): a multiset that is sent equals one that is taken
 * exactly if the sums of 1/(challenge - element) are equal. Three fractions share a column, and one
 * more column adds all of them up from row to row.
 */
import * as ext from "./extension";
import type { Ext } from "./extension";
import type { Fraction, Rows, Zero } from "./system";

/** Fractions of a column. */
const SHARING = 3;

export const columnsOf = (fractions: number) => Math.ceil(fractions / SHARING);

/** Parts under powers of a challenge, the first by one. */
export const message = (parts: readonly Ext[], challenge: Ext) => ext.horner(parts, challenge);

/** That columns hold the sums of their fractions, and that all of them come to `total`. */
export function zerosOfFractions(fractions: readonly Fraction[], rows: Rows, total: Ext): Zero[] {
  const columns = columnsOf(fractions.length);
  const zeros: Zero[] = [];
  let ofRow = ext.ZERO;
  for (let column = 0; column < columns; column += 1) {
    const shared = fractions.slice(SHARING * column, SHARING * (column + 1));
    const under = shared.reduce((product, [, each]) => ext.mul(product, each), ext.ONE);
    const over = shared.reduce((sum, [numerator], place) => {
      const others = shared.filter((_, other) => other !== place);
      return ext.add(sum, others.reduce((product, [, each]) => ext.mul(product, each), numerator));
    }, ext.ZERO);
    const held = rows.fractions[column] as Ext;
    zeros.push({ on: "active", value: ext.sub(ext.mul(held, under), over) });
    ofRow = ext.add(ofRow, held);
  }
  const sum = rows.fractions[columns] as Ext;
  const next = rows.fractionsNext[columns] as Ext;
  zeros.push({ on: "first", value: sum });
  zeros.push({ on: "transition", value: ext.sub(ext.sub(next, sum), ofRow) });
  zeros.push({ on: "last", value: ext.sub(ext.add(sum, ofRow), total) });
  return zeros;
}
