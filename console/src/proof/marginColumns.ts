/** Where a shard's rows hold what positions and rules need. */
import { shiftsOf } from "./margin";
import type { Shape } from "./shape";

/** Limbs of a value in millionths of the currency: it is below 2^75. */
export const VALUE_LIMBS = 5;

/** Where columns begin that a shard with margin products has after all others. */
export interface MarginColumns {
  /** Whether the row is a position, or a rule. */
  position: number;
  rule: number;
  /** Whether what the row adds up is of positions. */
  ofPositions: number;
  /** Positions of the leaf that are left. */
  left: number;
  /** Number of the rule, and how many positions look it up. */
  number: number;
  uses: number;
  /** What the rule says: whether it is of a debt, its weight, its limit; one of the shifts is 1. */
  owes: number;
  weight: number;
  limit: number;
  shifts: number;
  shiftCount: number;
  /** Steps of what a product carries, then what is borrowed up to the limit. */
  bits: number;
  bitCount: number;
  /** What goes over from limb to limb of the cover: -1, 0 or 1. */
  turns: number;
}

export function marginColumnsOf(shape: Shape, take: (count: number) => number): MarginColumns {
  const parts = shape.limbs + 1;
  const [shiftCount, bitCount] = [shiftsOf(shape), 2 * parts];
  return {
    position: take(1),
    rule: take(1),
    ofPositions: take(1),
    left: take(1),
    number: take(1),
    uses: take(1),
    owes: take(1),
    weight: take(2),
    limit: take(parts),
    shifts: take(shiftCount),
    shiftCount,
    bits: take(bitCount),
    bitCount,
    turns: take(VALUE_LIMBS - 1),
  };
}

/** Places among the limbs of a row that is a position; the limbs of its amount come first. */
export function marginLimbsOf(shape: Shape) {
  const parts = shape.limbs + 1;
  /** What is left to the limit. */
  const rest = shape.limbs;
  /** Limbs of amount times weight, without the highest. */
  const product = rest + parts;
  /** What is carried from each; the last is the highest limb of the product. */
  const carries = product + parts + 1;
  /** What collateral counts less what debts are worth, up to this row. */
  const cover = carries + parts + 1;
  /** Rules between this position's and that of the one before. */
  const between = cover + VALUE_LIMBS;
  return { rest, product, carries, cover, between, count: between + 1 };
}
