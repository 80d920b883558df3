/**
 * The rows of the totals of a round. For each shard, a row of randomness and the rows of its sums
 * are hashed as the shard has hashed them: an opening. Each sum of limbs is cut into 15 bits and an
 * upper number. Then, for each asset, one row adds up the parts of all openings and carries from
 * digit to digit of the total.
 */
import { BLINDING_ROWS } from "./argument";
import { fieldError } from "./error";
import { PERMUTATION_COLUMNS } from "./permutation";
import type { Shape } from "./shape";

/** Most shards: what a digit adds up stays below the field's order. */
const SHARDS_MAX = 20_000;
/** Digits of a total above the limbs and the top of an amount. */
const DIGITS_MORE = 3;
const LOG_ROWS_MIN = 16;
const LOG_ROWS_MAX = 20;

/** Where columns of a row begin; those of the permutation come first. */
export interface TotalsColumns {
  /** Two for each value of an opening; or the digits of a total, then what it carries. */
  limbs: number;
  limbCount: number;
  /** Upper steps of what is cut or carried. */
  steps: number;
  /** Which kind the row is: randomness, sums, a total, or nothing. */
  salt: number;
  sum: number;
  total: number;
  idle: number;
  /** Number of the shard. */
  number: number;
  /** Number of the asset, or of the row's first. */
  base: number;
  table: number;
  uses: number;
  width: number;
}

export interface TotalsCircuit {
  shape: Shape;
  /** Rows of sums of a shard. */
  sumRows: number;
  shards: number;
  logRows: number;
  /** Limbs and the top of an amount. */
  parts: number;
  /** Digits of a total. */
  digits: number;
  /** Values of a row of sums. */
  values: number;
  columns: TotalsColumns;
}

/** The circuit that opens so many shards with so many rows of sums. */
export function totalsCircuitOf(shape: Shape, sumRows: number, shards: number): TotalsCircuit {
  if (shards < 1 || shards > SHARDS_MAX) {
    throw fieldError("shards", `${shards} is not between 1 and ${SHARDS_MAX}`);
  }
  const rows = shards * (1 + sumRows) + sumRows * shape.sumsOfRow;
  let logRows = LOG_ROWS_MIN;
  while (rows >= 2 ** logRows - BLINDING_ROWS) logRows += 1;
  if (logRows > LOG_ROWS_MAX) {
    throw fieldError(
      "shards",
      `sums of ${shards} shards in ${sumRows} rows each are more than one proof of totals holds`,
    );
  }
  const parts = shape.limbs + 1;
  const digits = parts + DIGITS_MORE;
  const values = shape.sumsOfRow * parts;
  const limbCount = Math.max(2 * values, 2 * digits - 1);
  let width = PERMUTATION_COLUMNS;
  const take = (count: number) => (width += count) - count;
  const columns = {
    limbs: take(limbCount),
    limbCount,
    steps: take(values),
    salt: take(1),
    sum: take(1),
    total: take(1),
    idle: take(1),
    number: take(1),
    base: take(1),
    table: take(1),
    uses: take(1),
    width,
  };
  return { shape, sumRows, shards, logRows, parts, digits, values, columns };
}
