/**
 * What must be zero on the rows of the totals, in the order of the verifier in Rust.
 */
import * as ext from "./extension";
import { type Ext, add, constant, mul, scale, sub } from "./extension";
import { message, zerosOfFractions } from "./fractions";
import { outputOf, zerosOfPermutation } from "./permutation";
import { DIGEST_LEN, DOMAIN, RATE, WIDTH } from "./poseidon";
import { STEP, rangeFractions, zerosOfTable } from "./range";
import { LIMB_BITS } from "./shape";
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
import type { TotalsCircuit } from "./totalsCircuit";

/** What a message is of. */
export const OPENED = 0;
export const TOTAL = 1;

const { ZERO, ONE } = ext;
const LIMB = 2 ** LIMB_BITS;

/** The columns of a row by what they hold. */
class View {
  readonly salt: Ext;
  readonly sum: Ext;
  readonly total: Ext;
  readonly idle: Ext;
  /** On rows of an opening. */
  readonly opening: Ext;
  readonly base: Ext;

  constructor(
    private readonly circuit: TotalsCircuit,
    readonly cells: readonly Ext[],
  ) {
    const { columns } = circuit;
    this.salt = this.at(columns.salt);
    this.sum = this.at(columns.sum);
    this.total = this.at(columns.total);
    this.idle = this.at(columns.idle);
    this.opening = add(this.salt, this.sum);
    this.base = this.at(columns.base);
  }

  at(column: number): Ext {
    return this.cells[column] as Ext;
  }

  limb(place: number): Ext {
    return this.at(this.circuit.columns.limbs + place);
  }

  step(place: number): Ext {
    return this.at(this.circuit.columns.steps + place);
  }

  /** A number of a limb and a step, at most 65,023. */
  private upper(limb: number, step: number): Ext {
    return add(this.limb(limb), scale(this.step(step), STEP));
  }

  /** The lowest 15 bits of a value of an opening, and what is above them. */
  cut(value: number): { low: Ext; upper: Ext } {
    return { low: this.limb(2 * value), upper: this.upper(2 * value + 1, value) };
  }

  /** What a digit of a total takes over from the one below it. */
  carryInto(digit: number): Ext {
    const { digits } = this.circuit;
    return digit === 0 || digit === digits ? ZERO : this.upper(digits + digit - 1, digit - 1);
  }
}

/** An opening is a row of randomness, then rows of sums for all assets in their order. */
function zerosOfOpenings(circuit: TotalsCircuit, row: View, next: View): Zero[] {
  const { shape, sumRows, values } = circuit;
  const kinds = [row.salt, row.sum, row.total, row.idle];
  const zeros = [
    ...kinds.map((kind) => on("active", isBit(kind))),
    on("active", sub(kinds.reduce(add), ONE)),
    on("first", row.sum),
    on("last", row.opening),
    on("transition", mul(next.sum, not(row.opening))),
  ];
  const capacity = [...DOMAIN.sums, 1 + sumRows];
  const output = outputOf(row.cells);
  for (let place = RATE; place < WIDTH; place += 1) {
    const wanted = capacity[place - RATE] ?? 0;
    zeros.push(
      on("active", mul(row.salt, plus(row.at(place), -wanted))),
      on("transition", mul(next.sum, sub(next.at(place), output[place] as Ext))),
    );
  }
  const isOver = mul(row.opening, not(next.sum));
  zeros.push(
    // The row of randomness stands before asset 0.
    on("active", mul(row.salt, plus(row.base, shape.sumsOfRow))),
    on("transition", mul(next.sum, plus(sub(next.base, row.base), -shape.sumsOfRow))),
    on("transition", mul(isOver, plus(row.base, -shape.sumsOfRow * (sumRows - 1)))),
  );
  for (let value = 0; value < values; value += 1) {
    const { low, upper } = row.cut(value);
    zeros.push(on("active", mul(row.sum, sub(row.at(value), add(low, scale(upper, LIMB))))));
  }
  for (let place = values; place < RATE; place += 1) {
    zeros.push(on("active", mul(row.sum, row.at(place))));
  }
  for (let value = 0; value < values; value += 1) {
    zeros.push(on("active", isBit(row.step(value))));
  }
  return zeros;
}

/**
 * A row of a total begins with the sums of lower parts, then those of upper parts. An upper part
 * counts for the digit after that of its lower part.
 */
function zerosOfDigits(circuit: TotalsCircuit, row: View): Zero[] {
  const { parts, digits } = circuit;
  return Array.from({ length: digits }, (_, digit) => {
    const low = digit < parts ? row.at(digit) : ZERO;
    const upper = digit >= 1 && digit <= parts ? row.at(parts + digit - 1) : ZERO;
    const sum = add(add(low, upper), row.carryInto(digit));
    const shown = add(row.limb(digit), scale(row.carryInto(digit + 1), LIMB));
    return on("active", mul(row.total, sub(sum, shown)));
  });
}

/** Openings send their parts under the number of the asset; totals take them. */
function sumFractions(circuit: TotalsCircuit, row: View, { asset, limb }: Challenges): Fraction[] {
  const { shape, parts } = circuit;
  return Array.from({ length: shape.sumsOfRow }, (_, place): Fraction => {
    const cuts = Array.from({ length: parts }, (_, part) => row.cut(place * parts + part));
    const sent = [...cuts.map((cut) => cut.low), ...cuts.map((cut) => cut.upper)];
    let numerator = mul(row.sum, message(sent, limb));
    if (place === 0) {
      const taken = message(row.cells.slice(0, 2 * parts), limb);
      numerator = sub(numerator, mul(row.total, taken));
    }
    return [numerator, sub(asset, plus(row.base, place))];
  });
}

/** The end of an opening sends its shard and digest, a total its asset and digits. */
function messageFractions(
  circuit: TotalsCircuit,
  row: View,
  next: View,
  { node, part }: Challenges,
): Fraction[] {
  const { columns, digits } = circuit;
  const under = (number: Ext, kind: number, values: readonly Ext[]) =>
    sub(node, message([number, constant(kind), ...values], part));
  const digest = outputOf(row.cells).slice(0, DIGEST_LEN);
  const shown = row.cells.slice(columns.limbs, columns.limbs + digits);
  return [
    [mul(row.opening, not(next.sum)), under(row.at(columns.number), OPENED, digest)],
    [row.total, under(row.base, TOTAL, shown)],
  ];
}

/** All that must be zero, in the order of the argument. */
export function zerosOfTotals(
  circuit: TotalsCircuit,
  rows: Rows,
  challenges: Challenges,
  total: Ext,
): Zero[] {
  const row = new View(circuit, rows.row);
  const next = new View(circuit, rows.next);
  const { limbs, limbCount, table, uses } = circuit.columns;
  const looked = rows.row.slice(limbs, limbs + limbCount);
  const fractions = [
    ...rangeFractions(looked, row.at(table), row.at(uses), challenges),
    ...sumFractions(circuit, row, challenges),
    ...messageFractions(circuit, row, next, challenges),
  ];
  return [
    ...zerosOfPermutation(rows.row),
    ...zerosOfOpenings(circuit, row, next),
    ...zerosOfDigits(circuit, row),
    ...zerosOfTable(row.at(table), next.at(table)),
    ...zerosOfFractions(fractions, rows, total),
  ];
}
