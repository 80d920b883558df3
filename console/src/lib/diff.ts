/** The difference of two texts by lines: what a second person reads before they agree. */

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  /** Line numbers, from 1, in the old and the new text. */
  before: number | null;
  after: number | null;
}

/** Longest common subsequence of the lines between the equal beginning and end. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let oldEnd = old.length;
  let nowEnd = now.length;
  while (oldEnd > start && nowEnd > start && old[oldEnd - 1] === now[nowEnd - 1]) {
    oldEnd -= 1;
    nowEnd -= 1;
  }
  const rows = oldEnd - start;
  const columns = nowEnd - start;
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        old[start + row] === now[start + column]
          ? (lengths[(row + 1) * width + column + 1] ?? 0) + 1
          : Math.max(
              lengths[(row + 1) * width + column] ?? 0,
              lengths[row * width + column + 1] ?? 0,
            );
    }
  }
  const lines: DiffLine[] = [];
  const same = (row: number, column: number) =>
    lines.push({ kind: "same", text: old[row] ?? "", before: row + 1, after: column + 1 });
  for (let at = 0; at < start; at += 1) same(at, at);
  let row = 0;
  let column = 0;
  while (row < rows || column < columns) {
    const isSame = row < rows && column < columns && old[start + row] === now[start + column];
    if (isSame) {
      same(start + row, start + column);
      row += 1;
      column += 1;
    } else if (
      row < rows &&
      (column >= columns ||
        (lengths[(row + 1) * width + column] ?? 0) >= (lengths[row * width + column + 1] ?? 0))
    ) {
      const text = old[start + row] ?? "";
      lines.push({ kind: "removed", text, before: start + row + 1, after: null });
      row += 1;
    } else {
      const text = now[start + column] ?? "";
      lines.push({ kind: "added", text, before: null, after: start + column + 1 });
      column += 1;
    }
  }
  for (let at = 0; oldEnd + at < old.length; at += 1) same(oldEnd + at, nowEnd + at);
  return lines;
}

/** The changed lines with some around them; null stands for lines left out. */
export function excerpt(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const isNear = lines.map(() => false);
  for (const [at, line] of lines.entries()) {
    if (line.kind === "same") continue;
    isNear.fill(true, Math.max(0, at - around), at + around + 1);
  }
  const out: (DiffLine | null)[] = [];
  for (const [at, line] of lines.entries()) {
    if (isNear[at]) out.push(line);
    else if (out.length > 0 && out.at(-1) !== null) out.push(null);
  }
  if (out.at(-1) === null) out.pop();
  return out;
}
