/** The system that a shard's proof is of: what it claims, and what the verifier adds. */
import { BLINDING_ROWS } from "./argument";
import { fieldError } from "./error";
import * as ext from "./extension";
import type { Ext } from "./extension";
import { columnsOf, message } from "./fractions";
import { saidOfRule } from "./marginZeros";
import { KEY_LIMBS } from "./numbers";
import { type Digest, parent } from "./poseidon";
import { LIMB_BITS, type Layout } from "./shape";
import type { Circuit } from "./shardCircuit";
import { zerosOfShard } from "./shardZeros";
import { type Challenges, type System, descriptionOf } from "./system";
import { EMPTY } from "./tree";

/** What a shard says of itself. */
export interface Statement {
  root: Digest;
  /** What its sums hash to, with randomness. */
  sums: Digest;
  /** Limbs of the key that all leaves come after, and of the last leaf's; lowest first. */
  after: readonly number[];
  until: readonly number[];
}

/** How layouts are told apart. */
const LAYOUT: Record<Layout, number> = { dense: 0, sparse: 1, margin: 2 };

/**
 * Fractions of a row: limbs and the table, entries, a node with its two children; with margin
 * products what a rule says, and who looks it up.
 */
const fractionsOf = ({ columns, shape }: Circuit) =>
  columns.limbCount + 1 + shape.entriesNext + 3 + (columns.margin ? 2 : 0);

/**
 * What the fractions of all rows come to. The root is sent and never taken; roots of subtrees
 * without leaves are taken and never sent, one on each height where the nodes are odd in number.
 * Every rule is said once.
 */
function totalOf(circuit: Circuit, root: Digest, { node, part }: Challenges): Ext {
  const fraction = (index: number, height: number, digest: Digest) => {
    const parts = [index, height, ...digest].map(ext.constant);
    return ext.inverse(ext.sub(node, message(parts, part)));
  };
  let total = fraction(1, circuit.steps, root);
  let nothing = EMPTY;
  for (let height = 0; height < circuit.steps; height += 1) {
    const count = Math.ceil(circuit.slots / 2 ** height);
    if (count % 2 === 1) {
      const index = 2 ** (circuit.steps - height) + count;
      total = ext.sub(total, fraction(index, height, nothing));
    }
    nothing = parent(height, nothing, nothing);
  }
  const rules = circuit.rules.map((rule, number) => saidOfRule(circuit, rule, number));
  const said = rules.map((parts) => ext.sub(node, message(parts.map(ext.constant), part)));
  return ext.add(total, ext.sumOfInverses(said));
}

function checkKeys({ after, until }: Statement): void {
  for (const [field, limbs] of [["after", after], ["until", until]] as const) {
    if (limbs.length !== KEY_LIMBS || limbs.some((limb) => limb >= 2 ** LIMB_BITS)) {
      throw fieldError(field, `a limb of a key has ${LIMB_BITS} bits`);
    }
  }
  const key = (limbs: readonly number[]) =>
    limbs.reduceRight((sum, limb) => (sum << BigInt(LIMB_BITS)) | BigInt(limb), 0n);
  if (key(after) >= key(until)) {
    throw fieldError("until", "it is not above 'after': the shard is empty");
  }
}

/** The system that a shard's proof is of. */
export function shardSystem(circuit: Circuit, statement: Statement): System {
  const { shape, rules, logRows, slots, columns } = circuit;
  const numbers = [LAYOUT[shape.layout], shape.width, shape.assets, logRows, slots];
  const ofMargin = columns.margin ? [shape.marginAssets, rules.length] : [];
  const { root, sums, after, until } = statement;
  return {
    description: descriptionOf("shard", ...numbers, ...ofMargin),
    statement: [...root, ...sums, ...after, ...until],
    logRows,
    blindingRows: BLINDING_ROWS,
    markedRow: circuit.leafRows - 1,
    width: columns.width,
    fractionColumns: columnsOf(fractionsOf(circuit)),
    check: () => checkKeys(statement),
    total: (challenges) => totalOf(circuit, root, challenges),
    zeros: (rows, challenges, total) => zerosOfShard(circuit, statement, rows, challenges, total),
  };
}
