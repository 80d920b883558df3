/** QR codes (ISO/IEC 18004), drawn in the page: a seed that is shown goes to no other machine. */
import { codewords, sizeOf, versionFor } from "./codewords";
import { MASKS, penalty } from "./mask";

/** Modules row by row; true is dark. */
export type Matrix = boolean[][];

/** Modules that are laid down, and those that are fixed. */
interface Drawing {
  modules: Matrix;
  isFixed: Matrix;
}

const square = (size: number): Matrix =>
  Array.from({ length: size }, () => new Array<boolean>(size).fill(false));

function fix({ modules, isFixed }: Drawing, row: number, column: number, isDark: boolean): void {
  const [line, fixed] = [modules[row], isFixed[row]];
  if (!line || !fixed || column < 0 || column >= line.length) return;
  line[column] = isDark;
  fixed[column] = true;
}

function alignmentPlaces(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = sizeOf(version) - 7;
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, at) => last - step * (count - 2 - at))];
}

function drawFixed(drawing: Drawing, version: number): void {
  const size = sizeOf(version);
  for (let at = 0; at < size; at += 1) {
    fix(drawing, 6, at, at % 2 === 0);
    fix(drawing, at, 6, at % 2 === 0);
  }
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const) {
    for (let down = -4; down <= 4; down += 1) {
      for (let right = -4; right <= 4; right += 1) {
        const ring = Math.max(Math.abs(down), Math.abs(right));
        fix(drawing, row + down, column + right, ring !== 2 && ring !== 4);
      }
    }
  }
  const places = alignmentPlaces(version);
  const last = places.length - 1;
  for (const [one, row] of places.entries()) {
    for (const [other, column] of places.entries()) {
      const isFinder =
        (one === 0 && other === 0) ||
        (one === 0 && other === last) ||
        (one === last && other === 0);
      if (isFinder) continue;
      for (let down = -2; down <= 2; down += 1) {
        for (let right = -2; right <= 2; right += 1) {
          const ring = Math.max(Math.abs(down), Math.abs(right));
          fix(drawing, row + down, column + right, ring !== 1);
        }
      }
    }
  }
  drawFormat(drawing, size, 0);
  if (version >= 7) drawVersion(drawing, version, size);
}

/** Level M, whose bits are zero, and the mask; 15 bits with their BCH code, twice. */
function drawFormat(drawing: Drawing, size: number, mask: number): void {
  let remainder = mask;
  for (let step = 0; step < 10; step += 1)
    remainder = (remainder << 1) ^ ((remainder >>> 9) * 0x537);
  const bits = ((mask << 10) | remainder) ^ 0x5412;
  const bit = (at: number) => ((bits >>> at) & 1) === 1;
  for (let at = 0; at <= 5; at += 1) fix(drawing, at, 8, bit(at));
  fix(drawing, 7, 8, bit(6));
  fix(drawing, 8, 8, bit(7));
  fix(drawing, 8, 7, bit(8));
  for (let at = 9; at < 15; at += 1) fix(drawing, 8, 14 - at, bit(at));
  for (let at = 0; at < 8; at += 1) fix(drawing, 8, size - 1 - at, bit(at));
  for (let at = 8; at < 15; at += 1) fix(drawing, size - 15 + at, 8, bit(at));
  fix(drawing, size - 8, 8, true);
}

function drawVersion(drawing: Drawing, version: number, size: number): void {
  let remainder = version;
  for (let step = 0; step < 12; step += 1)
    remainder = (remainder << 1) ^ ((remainder >>> 11) * 0x1f25);
  const bits = (version << 12) | remainder;
  for (let at = 0; at < 18; at += 1) {
    const isDark = ((bits >>> at) & 1) === 1;
    const [one, other] = [size - 11 + (at % 3), Math.floor(at / 3)];
    fix(drawing, other, one, isDark);
    fix(drawing, one, other, isDark);
  }
}

/** In columns of two, up and down by turns, from the right; the timing column is left out. */
function drawBytes({ modules, isFixed }: Drawing, bytes: Uint8Array, size: number): void {
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const isUp = ((right + 1) & 2) === 0;
      const row = isUp ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        const line = modules[row];
        if (!line || isFixed[row]?.[column] || at >= bytes.length * 8) continue;
        line[column] = (((bytes[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1) === 1;
        at += 1;
      }
    }
  }
}

function masked({ modules, isFixed }: Drawing, mask: number): Matrix {
  const isTurned = MASKS[mask];
  return modules.map((line, row) =>
    line.map((isDark, column) =>
      isFixed[row]?.[column] ? isDark : isDark !== isTurned?.(row, column),
    ),
  );
}

/** The code of a text, or null where it is too long. The mask is that of least penalty, unless one is given. */
export function qrOf(text: string, wanted?: number): Matrix | null {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  if (version === null) return null;
  const size = sizeOf(version);
  const drawing = { modules: square(size), isFixed: square(size) };
  drawFixed(drawing, version);
  drawBytes(drawing, codewords(bytes, version), size);
  let best: { matrix: Matrix; cost: number } | null = null;
  for (let mask = 0; mask < MASKS.length; mask += 1) {
    if (wanted !== undefined && mask !== wanted) continue;
    drawFormat(drawing, size, mask);
    const matrix = masked(drawing, mask);
    const cost = penalty(matrix);
    if (!best || cost < best.cost) best = { matrix, cost };
  }
  return best?.matrix ?? null;
}

/** The dark modules as one path, row by row. */
export function pathOf(matrix: Matrix): string {
  let path = "";
  for (const [row, line] of matrix.entries()) {
    for (let from = 0; from < line.length; from += 1) {
      if (!line[from]) continue;
      let to = from;
      while (line[to]) to += 1;
      path += `M${from} ${row}h${to - from}v1h-${to - from}z`;
      from = to;
    }
  }
  return path;
}
