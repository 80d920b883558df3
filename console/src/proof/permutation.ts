/**
 * That a row holds a permutation of Poseidon2: its input, the state after each full round, and what
 * the first element becomes in each partial round.
 */
import * as ext from "./extension";
import type { Ext } from "./extension";
import { WIDTH, externalLayer, internalLayer } from "./poseidon";
import { FINAL, INITIAL, PARTIAL } from "./roundConstants";
import type { Zero } from "./system";

const FULL_COLUMNS = (INITIAL.length + FINAL.length) * WIDTH;
/** Columns: the input, the full rounds, the partial rounds. */
export const PERMUTATION_COLUMNS = WIDTH + FULL_COLUMNS + PARTIAL.length;

/** The state after the last round. */
export const outputOf = (row: readonly Ext[]) => row.slice(FULL_COLUMNS, WIDTH + FULL_COLUMNS);

/** A layer is linear over the base field, so it goes coefficient by coefficient. */
function applied(layer: (state: number[]) => void, state: readonly Ext[]): Ext[] {
  const coefficients = Array.from({ length: ext.DIMENSION }, (_, part) => {
    const column = state.map((element) => element[part] as number);
    layer(column);
    return column;
  });
  return state.map((_, at) => coefficients.map((column) => column[at]) as unknown as Ext);
}

function cubed(value: Ext, constant: number): Ext {
  const sum = ext.add(value, ext.constant(constant));
  return ext.mul(sum, ext.mul(sum, sum));
}

export function zerosOfPermutation(row: readonly Ext[]): Zero[] {
  const zeros: Zero[] = [];
  let held = WIDTH;
  const take = (count: number) => row.slice(held, (held += count));
  const fullRound = (state: readonly Ext[], constants: readonly number[]): Ext[] => {
    const cubes = state.map((value, at) => cubed(value, constants[at] as number));
    const after = take(WIDTH);
    applied(externalLayer, cubes).forEach((value, at) => {
      zeros.push({ on: "active", value: ext.sub(value, after[at] as Ext) });
    });
    return after;
  };
  let state = INITIAL.reduce(fullRound, applied(externalLayer, row.slice(0, WIDTH)));
  const partial: Zero[] = [];
  PARTIAL.forEach((constant, round) => {
    const after = row[WIDTH + FULL_COLUMNS + round] as Ext;
    const value = ext.sub(cubed(state[0] as Ext, constant), after);
    partial.push({ on: "active", value });
    state = applied(internalLayer, [after, ...state.slice(1)]);
  });
  FINAL.reduce(fullRound, state);
  return [...zeros, ...partial];
}
