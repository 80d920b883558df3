/** Digests under one root. The height of each node is part of its hash. */
import { ProofError, fieldError } from "./error";
import { type Digest, digestEquals, parent } from "./poseidon";

/** Steps of a tree that is held whole. */
const STEPS_MAX = 20;

/** Steps to the root over so many leaves, from one to 2^31. */
export const stepsOver = (leaves: number) => 32 - Math.clz32(leaves - 1);

/** Stands for what is not there; nothing that hashes to it is known. */
export const EMPTY: Digest = [0, 0, 0, 0, 0, 0, 0, 0];

/**
 * Checks that siblings lead from a node at `height` above the leaves, and at place `index`, to the
 * root `steps` above it.
 */
export function checkPath(
  height: number,
  steps: number,
  index: number,
  node: Digest,
  siblings: readonly Digest[],
  root: Digest,
): void {
  if (siblings.length !== steps) {
    throw fieldError("path.siblings", `${siblings.length} digests, the tree has ${steps}`);
  }
  if (index >= 2 ** steps) {
    throw fieldError("path.index", `${index} is outside of a tree of depth ${steps}`);
  }
  let place = index;
  let reached = node;
  siblings.forEach((sibling, step) => {
    const isRight = place % 2 === 1;
    reached = isRight
      ? parent(height + step, sibling, reached)
      : parent(height + step, reached, sibling);
    place = Math.floor(place / 2);
  });
  if (!digestEquals(reached, root)) {
    throw new ProofError("proof.path", "the path does not lead from the leaf to the root");
  }
}

/** The root over nodes at `height`, filled up with nothing to 2^`steps`. */
export function rootOver(height: number, steps: number, nodes: readonly Digest[]): Digest {
  if (steps > STEPS_MAX || nodes.length === 0 || nodes.length > 2 ** steps) {
    throw fieldError("nodes", `${nodes.length} nodes do not fit a tree of depth ${steps}`);
  }
  let row = nodes;
  let nothing = EMPTY;
  for (let step = 0; step < steps; step += 1) {
    const below = row;
    const fill = nothing;
    row = Array.from({ length: Math.ceil(below.length / 2) }, (_, at) =>
      parent(height + step, below[2 * at] as Digest, below[2 * at + 1] ?? fill),
    );
    nothing = parent(height + step, nothing, nothing);
  }
  return row[0] as Digest;
}
