/**
 * Poseidon2 over KoalaBear at width 24 ([Poseidon2](https://eprint.iacr.org/2023/323)): the hash of
 * leaves and of the nodes over them. A sponge in overwrite mode, 16 elements of rate and 8 of
 * capacity. The capacity begins with what is hashed and in how many blocks.
 */
import { canonicalError } from "./error";
import { ORDER, add, element, inverse, mul } from "./field";
import { FINAL, INITIAL, PARTIAL } from "./roundConstants";

export const WIDTH = 24;
export const RATE = 16;
export const DIGEST_LEN = 8;

/** Eight elements. */
export type Digest = readonly number[];

/** What is hashed: the first two elements of the capacity. */
export const DOMAIN = {
  denseLeaf: [1, 0],
  sparseLeaf: [2, 0],
  /** Two children at this height above the leaves, 0 for their parents. */
  node: (height: number) => [3, height] as const,
  sums: [4, 0],
  /** A leaf with so many positions after entries that name their assets. */
  marginLeaf: (positions: number) => [5, positions] as const,
} as const;

/** The matrix of a full round: M4 in each group of four, and the sums over groups beside it. */
export function externalLayer(state: number[]): void {
  const sums = [0, 0, 0, 0];
  for (let at = 0; at < WIDTH; at += 4) {
    const [a, b, c, d] = state.slice(at, at + 4) as [number, number, number, number];
    const mixed = [
      2 * a + 3 * b + c + d,
      a + 2 * b + 3 * c + d,
      a + b + 2 * c + 3 * d,
      3 * a + b + c + 2 * d,
    ];
    mixed.forEach((value, place) => {
      state[at + place] = value;
      sums[place] = (sums[place] as number) + value;
    });
  }
  // Below 2^38 in all, so doubles have been exact.
  for (let at = 0; at < WIDTH; at += 1) {
    state[at] = ((state[at] as number) + (sums[at % 4] as number)) % ORDER;
  }
}

const two = (log: number) => inverse(2 ** log);
/** What the matrix of a partial round has on its diagonal, beside ones everywhere. */
const DIAGONAL = [
  ...[element(-2), 1, 2, two(1), 3, 4, element(-two(1)), element(-3), element(-4)],
  ...[two(8), two(2), two(3), two(4), two(5), two(6), two(24)],
  ...[8, 3, 4, 5, 6, 7, 9, 24].map((log) => element(-two(log))),
];

/** The matrix of a partial round. */
export function internalLayer(state: number[]): void {
  const sum = state.reduce((total, value) => total + value, 0) % ORDER;
  for (let at = 0; at < WIDTH; at += 1) {
    state[at] = add(sum, mul(state[at] as number, DIAGONAL[at] as number));
  }
}

function cubed(value: number, constant: number): number {
  const sum = add(value, constant);
  return mul(sum, mul(sum, sum));
}

/** The permutation, in place. */
export function permute(state: number[]): void {
  const fullRound = (constants: readonly number[]) => {
    constants.forEach((constant, at) => {
      state[at] = cubed(state[at] as number, constant);
    });
    externalLayer(state);
  };
  externalLayer(state);
  INITIAL.forEach(fullRound);
  for (const constant of PARTIAL) {
    state[0] = cubed(state[0] as number, constant);
    internalLayer(state);
  }
  FINAL.forEach(fullRound);
}

/** Hashes blocks of 16 elements. How many there are is part of what is hashed. */
export function hash(domain: readonly number[], blocks: readonly (readonly number[])[]): Digest {
  const state = new Array<number>(WIDTH).fill(0);
  [...domain, blocks.length].forEach((value, at) => {
    state[RATE + at] = value;
  });
  for (const block of blocks) {
    block.forEach((value, at) => {
      state[at] = value;
    });
    permute(state);
  }
  return state.slice(0, DIGEST_LEN);
}

/** The parent of two nodes at `height` above the leaves. */
export const parent = (height: number, left: Digest, right: Digest) =>
  hash(DOMAIN.node(height), [[...left, ...right]]);

export const digestEquals = (a: Digest, b: Digest) =>
  a.length === b.length && a.every((value, at) => value === b[at]);

/** Reads 64 lower-case hexadecimal digits, eight for each element. */
export function parseDigest(text: string, what = "a digest"): Digest {
  const elements: number[] = [];
  if (/^[0-9a-f]{64}$/.test(text)) {
    for (let at = 0; at < text.length; at += 8) {
      elements.push(Number.parseInt(text.slice(at, at + 8), 16));
    }
  }
  if (elements.length !== DIGEST_LEN || elements.some((value) => value >= ORDER)) {
    const problem = "it has 64 lower-case hexadecimal digits, each eight below the order";
    throw canonicalError(what, problem);
  }
  return elements;
}

export const formatDigest = (digest: Digest) =>
  digest.map((value) => value.toString(16).padStart(8, "0")).join("");
