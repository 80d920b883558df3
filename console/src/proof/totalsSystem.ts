/** The system that the proof of totals is of: what it claims, and what the verifier adds. */
import { BLINDING_ROWS } from "./argument";
import { fieldError } from "./error";
import * as ext from "./extension";
import { columnsOf, message } from "./fractions";
import type { Digest } from "./poseidon";
import { LIMB_BITS } from "./shape";
import { type Challenges, type System, descriptionOf } from "./system";
import type { TotalsCircuit } from "./totalsCircuit";
import { OPENED, TOTAL, zerosOfTotals } from "./totalsZeros";

/** What a proof of totals says. */
export interface TotalsStatement {
  /** Digests of the sums of shards, in their order. */
  sums: readonly Digest[];
  /** What each sum comes to, in base units. */
  totals: readonly bigint[];
}

/** Digits of a total, of 15 bits each, lowest first. */
function digitsOf(total: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, digit) =>
    Number(BigInt.asUintN(LIMB_BITS, total >> BigInt(LIMB_BITS * digit))),
  );
}

function checkStatement(circuit: TotalsCircuit, { sums, totals }: TotalsStatement): void {
  for (const [field, found, wanted] of [
    ["shards", sums.length, circuit.shards],
    ["totals", totals.length, circuit.shape.sums],
  ] as const) {
    if (found !== wanted) {
      throw fieldError(field, `${found} of them, the header has ${wanted}`);
    }
  }
  const bits = LIMB_BITS * circuit.digits;
  totals.forEach((total, asset) => {
    if (total >> BigInt(bits) !== 0n) {
      throw fieldError(`totals[${asset}]`, `${total} is not below 2^${bits}`);
    }
  });
}

/** What the verifier takes: every shard's digest, and every sum's total. */
function* messagesOf(circuit: TotalsCircuit, { sums, totals }: TotalsStatement) {
  for (const [shard, digest] of sums.entries()) yield [shard, OPENED, ...digest];
  const slots = circuit.sumRows * circuit.shape.sumsOfRow;
  for (let asset = 0; asset < slots; asset += 1) {
    const total = totals[asset];
    // Nothing is owed where there is no sum; digits of zero add nothing to a message.
    const digits = total === undefined ? [] : digitsOf(total, circuit.digits);
    yield [asset, TOTAL, ...digits];
  }
}

function* fractionsTaken(
  circuit: TotalsCircuit,
  statement: TotalsStatement,
  { node, part }: Challenges,
) {
  for (const parts of messagesOf(circuit, statement)) {
    yield ext.sub(node, message(parts.map(ext.constant), part));
  }
}

/** The system that the proof of totals is of. */
export function totalsSystem(circuit: TotalsCircuit, statement: TotalsStatement): System {
  const { shape, sumRows, shards, logRows, digits, columns } = circuit;
  const fractions = columns.limbCount + 1 + shape.sumsOfRow + 2;
  return {
    description: descriptionOf("totals", shape.width, shape.sums, sumRows, shards, logRows),
    statement: [
      ...statement.sums.flat(),
      ...statement.totals.flatMap((total) => digitsOf(total, digits)),
    ],
    logRows,
    blindingRows: BLINDING_ROWS,
    markedRow: 0,
    width: columns.width,
    fractionColumns: columnsOf(fractions),
    check: () => checkStatement(circuit, statement),
    total: (challenges) => ext.sumOfInverses(fractionsTaken(circuit, statement, challenges)),
    zeros: (rows, challenges, total) => zerosOfTotals(circuit, rows, challenges, total),
  };
}
