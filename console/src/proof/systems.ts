/**
 * The constraint systems of a round, as its header fixes them. They are made from this source;
 * nothing of them comes out of a file.
 */
import { BLINDING_ROWS, QUOTIENT_PARTS } from "./argument";
import { ascii, bigEndian, joined, toHex } from "./bytes";
import { DIMENSION } from "./extension";
import { fingerprint } from "./fingerprint";
import { BATCH_WORK_BITS, LOG_ARITY, LOG_BLOWUP, QUERIES, QUERY_WORK_BITS } from "./fri";
import { type Rules, NO_RULES } from "./margin";
import { SALT_LEN } from "./merkle";
import { KEY_LIMBS } from "./numbers";
import { DIGEST_LEN } from "./poseidon";
import { sha256 } from "./sha256";
import { type Circuit, circuitOf } from "./shardCircuit";
import { shardSystem } from "./shardSystem";
import type { Shape } from "./shape";
import { type TotalsCircuit, totalsCircuitOf } from "./totalsCircuit";
import { totalsSystem } from "./totalsSystem";

export interface Systems {
  shard: Circuit;
  totals: TotalsCircuit;
}

export function systemsOf(
  shape: Shape,
  logRows: number,
  slots: number,
  shards: number,
  rules: Rules = NO_RULES,
): Systems {
  const shard = circuitOf(shape, logRows, slots, rules);
  return { shard, totals: totalsCircuitOf(shape, shard.sumRows, shards) };
}

/** All numbers that the strength of the argument follows from. */
const PARAMETERS = [
  DIMENSION,
  LOG_BLOWUP,
  QUERIES,
  QUERY_WORK_BITS,
  BATCH_WORK_BITS,
  LOG_ARITY,
  SALT_LEN,
  BLINDING_ROWS,
  QUOTIENT_PARTS,
];

function drawn(draw: () => number, count: number): number[] {
  return Array.from({ length: count }, () => draw());
}

/**
 * What a header names its constraints by: SHA-256 of the parameters of the argument and of the
 * fingerprints of both systems, in hexadecimal digits.
 */
export function constraintsOf({ shard, totals }: Systems): string {
  const empty = { root: [], sums: [], after: [], until: [] };
  const ofShard = fingerprint(shardSystem(shard, empty), (draw) =>
    shardSystem(shard, {
      root: drawn(draw, DIGEST_LEN),
      sums: drawn(draw, DIGEST_LEN),
      after: drawn(draw, KEY_LIMBS),
      until: drawn(draw, KEY_LIMBS),
    }),
  );
  const ofTotals = fingerprint(totalsSystem(totals, { sums: [], totals: [] }), (draw) =>
    totalsSystem(totals, {
      sums: Array.from({ length: totals.shards }, () => drawn(draw, DIGEST_LEN)),
      totals: Array.from(
        { length: totals.shape.sums },
        () => (BigInt(draw()) << 31n) | BigInt(draw()),
      ),
    }),
  );
  return toHex(
    sha256(
      joined(
        ascii("ringfence reserves v1 constraints"),
        ...PARAMETERS.map((number) => bigEndian(number, 4)),
        ofShard,
        ofTotals,
      ),
    ),
  );
}
