/** Masks, and what speaks against each (ISO/IEC 18004, 7.8): codes should look like noise. */
import type { Matrix } from "./qr";

export const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/** A finder's bars with four light modules on one side. */
const FINDERS = ["10111010000", "00001011101"];

function lineCost(line: string): number {
  let cost = 0;
  for (const run of line.match(/0+|1+/g) ?? []) if (run.length >= 5) cost += run.length - 2;
  for (const finder of FINDERS) {
    for (let at = line.indexOf(finder); at >= 0; at = line.indexOf(finder, at + 1)) cost += 40;
  }
  return cost;
}

export function penalty(matrix: Matrix): number {
  const size = matrix.length;
  let cost = 0;
  let dark = 0;
  for (let at = 0; at < size; at += 1) {
    cost += lineCost(matrix[at]?.map(Number).join("") ?? "");
    cost += lineCost(matrix.map((line) => Number(line[at])).join(""));
  }
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const isDark = matrix[row]?.[column];
      if (isDark) dark += 1;
      if (row + 1 === size || column + 1 === size) continue;
      const isBlock =
        isDark === matrix[row]?.[column + 1] &&
        isDark === matrix[row + 1]?.[column] &&
        isDark === matrix[row + 1]?.[column + 1];
      if (isBlock) cost += 3;
    }
  }
  return cost + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}
