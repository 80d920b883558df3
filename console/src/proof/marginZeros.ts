/**
 * What must be zero on the rows of positions and of rules, in the order of the verifier in Rust.
 *
 * A position looks its rule up among the rows of rules, which say together, each once, what the
 * verifier knows. Its amount is at most the rule's limit. Amount times weight is carried from limb to
 * limb; what is before the point is the value. What collateral counts less what debts are worth is a
 * number of a row too, in limbs, so it is never below zero. Rules of a leaf's positions increase: no
 * tier is used twice, and debts come last.
 */
import * as ext from "./extension";
import { type Ext, add, constant, mul, scale, sub } from "./extension";
import { message } from "./fractions";
import type { Rule } from "./margin";
import { type MarginColumns, VALUE_LIMBS, marginLimbsOf } from "./marginColumns";
import { RATE } from "./poseidon";
import { STEP } from "./range";
import { LIMB_BITS } from "./shape";
import type { Circuit } from "./shardCircuit";
import { LIMB, type View } from "./shardRow";
import { type Challenges, type Fraction, type Zero, isBit, not, on, plus } from "./system";

/** The last part of a message: a position looks up, a row of a rule says. No other message has one. */
const LOOKED_UP = 1;
const SAID = 2;

const { ONE, ZERO } = ext;
const sumOf = (values: readonly Ext[]) => values.reduce(add, ZERO);
const upTo = (count: number) => Array.from({ length: count }, (_, place) => place);

/** A row as a position, or as a rule. */
class PositionView {
  readonly parts: number;
  readonly limbs: ReturnType<typeof marginLimbsOf>;

  constructor(
    private readonly circuit: Circuit,
    private readonly columns: MarginColumns,
    readonly row: View,
  ) {
    this.parts = circuit.shape.limbs + 1;
    this.limbs = marginLimbsOf(circuit.shape);
  }

  private cells(column: number, count: number): readonly Ext[] {
    return this.row.cells.slice(column, column + count);
  }

  get number() {
    return this.row.at(this.columns.number);
  }
  get uses() {
    return this.row.at(this.columns.uses);
  }
  get owes() {
    return this.row.at(this.columns.owes);
  }
  get weight() {
    return this.cells(this.columns.weight, 2) as readonly [Ext, Ext];
  }
  get limit() {
    return this.cells(this.columns.limit, this.parts);
  }
  get shifts() {
    return this.cells(this.columns.shifts, this.columns.shiftCount);
  }
  get bits() {
    return this.cells(this.columns.bits, this.columns.bitCount);
  }
  get turns() {
    return this.cells(this.columns.turns, VALUE_LIMBS - 1);
  }
  get between() {
    return this.row.limb(this.limbs.between);
  }

  /** A limb of the amount or its top; nothing above it. */
  amount(part: number): Ext {
    if (part >= this.parts) return ZERO;
    return part === this.parts - 1 ? this.row.topOf(0) : this.row.limb(part);
  }

  /** What is left to the limit. */
  rest(part: number): Ext {
    return this.row.limb(this.limbs.rest + part);
  }

  /** What is borrowed by a part of the limit from the next one, by that one's number. */
  borrowed(part: number): Ext {
    if (part === 0 || part === this.parts) return ZERO;
    return this.bits[this.parts + part] as Ext;
  }

  /** What is carried to a limb of the product. */
  carried(limb: number): Ext {
    if (limb === 0) return ZERO;
    const step = this.bits[limb - 1] as Ext;
    return add(this.row.limb(this.limbs.carries + limb - 1), scale(step, STEP));
  }

  product(limb: number): Ext {
    if (limb <= this.parts) return this.row.limb(this.limbs.product + limb);
    return limb === this.parts + 1 ? this.carried(limb) : ZERO;
  }

  /** What is before the point of the product. */
  value(limb: number): Ext {
    return sumOf(this.shifts.map((isIt, shift) => mul(isIt, this.product(limb + shift))));
  }

  cover(limb: number): Ext {
    return this.row.limb(this.limbs.cover + limb);
  }

  /** What goes over to a limb of the cover. */
  turn(limb: number): Ext {
    return limb === 0 || limb === VALUE_LIMBS ? ZERO : (this.turns[limb - 1] as Ext);
  }

  /** What the rule says, or is looked up for. */
  under(kind: number, { node, part }: Challenges): Ext {
    const shift = sumOf(this.shifts.map((isIt, number) => scale(isIt, number)));
    const sum = this.row.at(this.circuit.columns.assets);
    const begin = [this.number, sum, this.owes, ...this.weight, shift];
    return sub(node, message([...begin, ...this.limit, constant(kind)], part));
  }
}

/** Which kind the row is, what may follow it, and how many positions a leaf has. */
function zerosOfMarginKinds(circuit: Circuit, of: PositionView, row: View, next: View): Zero[] {
  const begins = sub(next.ofPositions, row.ofPositions);
  const isFirst = plus(next.base, -circuit.shape.firstPositionSum);
  const isOver = mul(row.leaf, not(next.further));
  const isEither = add(row.position, row.rule);
  return [
    // Positions come after entries, and rules after nodes.
    on("transition", mul(next.entries, row.position)),
    on("transition", mul(next.rule, not(add(row.node, row.rule)))),
    // Sums of positions come after those of entries.
    on("active", isBit(row.ofPositions)),
    on("active", mul(row.position, plus(row.ofPositions, -1))),
    on("active", mul(row.ofPositions, not(add(row.position, row.sum)))),
    on("transition", mul(next.sum, mul(begins, isFirst))),
    on("last", plus(row.ofPositions, -1)),
    // As many positions as the hash of the leaf begins with.
    on(
      "transition",
      mul(next.further, add(sub(next.positionsLeft, row.positionsLeft), next.position)),
    ),
    on("transition", mul(isOver, row.positionsLeft)),
    ...of.shifts.map((isIt) => on("active", isBit(isIt))),
    on("active", sub(sumOf(of.shifts), isEither)),
    ...of.bits.map((bit) => on("active", isBit(bit))),
    ...of.turns.map((turn) => on("active", mul(isBit(turn), plus(turn, 1)))),
  ];
}

/** The block of a position, as `leaf.ts` lays it out. */
function zerosOfPositionBlock({ shape }: Circuit, of: PositionView, row: View): Zero[] {
  const pairs = shape.limbs / 2;
  return upTo(RATE).map((place) => {
    let wanted = ZERO;
    if (place < pairs) wanted = add(row.limb(2 * place), scale(row.limb(2 * place + 1), LIMB));
    if (place === pairs) wanted = add(row.topOf(0), scale(of.number, 2 ** shape.topBits));
    return on("active", mul(row.position, sub(row.at(place), wanted)));
  });
}

/** The amount and what is left come to the limit; the amount is multiplied by the weight. */
function zerosOfAmount(of: PositionView, row: View): Zero[] {
  const whenPosition = (value: Ext) => on("active", mul(row.position, value));
  const zeros = upTo(of.parts).map((part) => {
    const sum = add(add(of.amount(part), of.rest(part)), of.borrowed(part));
    const limit = add(of.limit[part] as Ext, scale(of.borrowed(part + 1), LIMB));
    return whenPosition(sub(sum, limit));
  });
  const [low, high] = of.weight;
  for (let limb = 0; limb <= of.parts; limb += 1) {
    const below = limb === 0 ? ZERO : of.amount(limb - 1);
    const sum = add(add(mul(low, of.amount(limb)), mul(high, below)), of.carried(limb));
    const product = add(of.product(limb), scale(of.carried(limb + 1), LIMB));
    zeros.push(whenPosition(sub(sum, product)));
  }
  // No limb of a product is above those of a value.
  for (let limb = VALUE_LIMBS; limb <= of.parts + 1; limb += 1) {
    const isAbove = sumOf(of.shifts.slice(0, limb - VALUE_LIMBS + 1));
    zeros.push(whenPosition(mul(isAbove, of.product(limb))));
  }
  return zeros;
}

/** Rules increase, and the value is added to the cover or, one more for a debt, taken from it. */
function zerosOfCover(of: PositionView, ofNext: PositionView): Zero[] {
  const { position } = of.row;
  const { position: positionNext } = ofNext.row;
  const between = plus(sub(ofNext.number, of.number), -1);
  const later = sub(between, ofNext.between);
  const sign = sub(ONE, scale(ofNext.owes, 2));
  const steps = upTo(VALUE_LIMBS).map((limb) => {
    const before = add(mul(position, of.cover(limb)), ofNext.turn(limb));
    const value = mul(ofNext.value(limb), sign);
    const more = limb === 0 ? sub(value, ofNext.owes) : value;
    const after = add(ofNext.cover(limb), scale(ofNext.turn(limb + 1), LIMB));
    return on("transition", mul(positionNext, sub(add(before, more), after)));
  });
  return [on("transition", mul(mul(position, positionNext), later)), ...steps];
}

/** All that must be zero of positions and rules; nothing without margin products. */
export function zerosOfMargin(circuit: Circuit, row: View, next: View): Zero[] {
  const { margin } = circuit.columns;
  if (!margin) return [];
  const of = new PositionView(circuit, margin, row);
  const ofNext = new PositionView(circuit, margin, next);
  return [
    ...zerosOfMarginKinds(circuit, of, row, next),
    ...zerosOfPositionBlock(circuit, of, row),
    ...zerosOfAmount(of, row),
    ...zerosOfCover(of, ofNext),
  ];
}

/** Positions look their rules up, and rows of rules say them. */
export function ruleFractions(circuit: Circuit, row: View, challenges: Challenges): Fraction[] {
  const { margin } = circuit.columns;
  if (!margin) return [];
  const of = new PositionView(circuit, margin, row);
  return [
    [sub(row.position, mul(row.rule, of.uses)), of.under(LOOKED_UP, challenges)],
    [row.rule, of.under(SAID, challenges)],
  ];
}

/** What a rule's row says, as the verifier knows it. */
export function saidOfRule({ shape }: Circuit, rule: Rule, number: number): number[] {
  const limit = upTo(shape.limbs + 1).map((limb) =>
    Number(BigInt.asUintN(LIMB_BITS, rule.limit >> BigInt(LIMB_BITS * limb))),
  );
  return [number, rule.sum, rule.isDebt ? 1 : 0, ...rule.weight, rule.shift, ...limit, SAID];
}
