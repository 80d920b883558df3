/**
 * Openings of salted Merkle trees over Keccak. All rows that are asked for are shown under one
 * proof: it holds only the digests that the rows themselves do not give, level by level from the
 * leaves, from left to right.
 */
import { openingError } from "./error";
import { toWire } from "./field";
import { type Hash, sponge } from "./keccak";
import type { Commitment, MultiProof } from "./proofFile";

/** Elements of a salt. */
export const SALT_LEN = 4;

const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((value, at) => value === b[at]);

/**
 * Checks that rows of `width` elements are those at places of a tree with 2^`depth` leaves. Places
 * may repeat: then their rows and salts must be alike.
 */
export function checkRows(
  what: string,
  commitment: Commitment,
  depth: number,
  width: number,
  places: readonly number[],
  rows: readonly (readonly number[])[],
  proof: MultiProof,
): void {
  if (rows.length !== places.length || proof.salts.length !== places.length) {
    throw openingError(`${what}: there is not one row, with its salt, for each question`);
  }
  const opened = new Map<number, readonly number[]>();
  places.forEach((place, question) => {
    const row = rows[question] ?? [];
    const [salt, ...more] = proof.salts[question] ?? [];
    if (row.length !== width || salt?.length !== SALT_LEN || more.length > 0) {
      throw openingError(`${what}: a row or its salt has another length`);
    }
    const salted = [...row, ...salt];
    const before = opened.get(place);
    if (before && !same(before, salted)) {
      throw openingError(`${what}: one place is opened to two rows`);
    }
    opened.set(place, salted);
  });

  let level = [...opened]
    .sort(([a], [b]) => a - b)
    .map(([place, row]) => ({ place, hash: sponge(row.map(toWire)) }));
  let used = 0;
  for (let height = 0; height < depth; height += 1) {
    const above: typeof level = [];
    for (let at = 0; at < level.length; at += 1) {
      const { place, hash } = level[at] as (typeof level)[number];
      const right = level[at + 1];
      let beside: Hash | undefined;
      if (right && right.place === (place ^ 1)) {
        beside = right.hash;
        at += 1;
      } else {
        beside = proof.siblings[used];
        used += 1;
      }
      if (!beside) throw openingError(`${what}: a digest beside the path is missing`);
      const children = place % 2 === 0 ? [...hash, ...beside] : [...beside, ...hash];
      above.push({ place: Math.floor(place / 2), hash: sponge(children) });
    }
    level = above;
  }
  if (used !== proof.siblings.length) {
    throw openingError(`${what}: there are digests that belong to no path`);
  }
  const root = level[0];
  if (!root || !same(root.hash, commitment)) {
    throw openingError(`${what}: rows do not lead to the root`);
  }
}
