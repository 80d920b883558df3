/**
 * What an argument is about: columns of rows, and what must be zero on them. Two systems are proved
 * in a round, that of a shard and that of the totals; the argument is the same.
 */
import { ascii, bigEndian, joined } from "./bytes";
import * as ext from "./extension";
import type { Ext } from "./extension";

/** On which rows something must be zero. */
export type On =
  /** On active rows: all but the blinding rows at the end. */
  | "active"
  /** On active rows but the last, with the row after each. */
  | "transition"
  /** On the first row. */
  | "first"
  /** On the system's marked row. */
  | "marked"
  /** On the last active row. */
  | "last";

/** Something that must be zero, at the point where columns are opened. */
export interface Zero {
  on: On;
  value: Ext;
}

/** Columns at the point, and at the point of the row after it. */
export interface Rows {
  row: readonly Ext[];
  next: readonly Ext[];
  /** Fraction columns, then their running sum. */
  fractions: readonly Ext[];
  fractionsNext: readonly Ext[];
}

/** Drawn after the rows are committed, in this order. */
export interface Challenges {
  /** Where the range sum is evaluated. */
  range: Ext;
  /** Where the sums of assets are evaluated. */
  asset: Ext;
  /** Joins the limbs of an amount. */
  limb: Ext;
  /** Where the sum of messages is evaluated. */
  node: Ext;
  /** Joins the parts of a message. */
  part: Ext;
}

/** A system, with what is claimed of its rows. */
export interface System {
  /** All that tells it from another system, for the transcript. */
  description: Uint8Array;
  /** What is claimed: elements that the transcript takes. */
  statement: readonly number[];
  /** Rows, as a power of two. */
  logRows: number;
  blindingRows: number;
  /** The row that `marked` is about. */
  markedRow: number;
  /** Columns of a row. */
  width: number;
  /** Fraction columns, without the running sum. */
  fractionColumns: number;
  /** Refuses a claim that cannot be one, whatever is proved of it. */
  check(): void;
  /** What the fractions of all rows come to. */
  total(challenges: Challenges): Ext;
  /**
   * What must be zero, for a total of the fractions. The order is part of the argument: powers of a
   * challenge weigh it.
   */
  zeros(rows: Rows, challenges: Challenges, total: Ext): Zero[];
}

/** What a system's description is made of: a word, then numbers of 32 bits. */
export const descriptionOf = (word: string, ...numbers: readonly number[]) =>
  joined(ascii(word), ...numbers.map((number) => bigEndian(number, 4)));

/** A fraction of a row, as numerator and denominator. */
export type Fraction = readonly [over: Ext, under: Ext];

export const on = (rows: On, value: Ext): Zero => ({ on: rows, value });
export const plus = (a: Ext, value: number) => ext.add(a, ext.constant(value));
export const not = (a: Ext) => ext.sub(ext.ONE, a);
/** Zero where a value is zero or one. */
export const isBit = (a: Ext) => ext.mul(a, plus(a, -1));
