/**
 * Rows of a live list. New rows wait while a person reads, so that nothing moves under the
 * pointer; they are shown when the person asks or stops reading.
 */

export class LiveRows<T> {
  /** Oldest first, because appending is what happens a thousand times a minute. */
  private shown: T[] = [];
  private waiting: T[] = [];
  private readonly keys = new Set<number>();
  /** The oldest rows were dropped: what a cursor would give next no longer follows the last row. */
  isTrimmed = false;

  constructor(
    private readonly keyOf: (row: T) => number,
    private readonly most: number,
  ) {}

  get length(): number {
    return this.shown.length;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  /** The row at a place of the list, newest first. */
  at(place: number): T | undefined {
    return this.shown[this.shown.length - 1 - place];
  }

  /** Starts anew from a page, newest first, as the server sends it. */
  reset(newestFirst: readonly T[]): void {
    this.shown = [];
    this.waiting = [];
    this.keys.clear();
    this.isTrimmed = false;
    for (let at = newestFirst.length - 1; at >= 0; at -= 1) {
      const row = newestFirst[at] as T;
      if (!this.keys.has(this.keyOf(row))) {
        this.keys.add(this.keyOf(row));
        this.shown.push(row);
      }
    }
  }

  /** Takes rows in; known ones are taken as repeats after a reconnection and dropped. */
  add(rows: readonly T[], isReading: boolean): void {
    for (const row of rows) {
      const key = this.keyOf(row);
      if (this.keys.has(key)) continue;
      this.keys.add(key);
      this.waiting.push(row);
    }
    if (!isReading) this.flush();
    else this.trim();
  }

  /** Shows what has waited, in the order of the keys: a gap that was filled sorts itself in. */
  flush(): void {
    if (this.waiting.length === 0) return;
    this.waiting.sort((one, other) => this.keyOf(one) - this.keyOf(other));
    const lastShown = this.shown.at(-1);
    const firstWaiting = this.waiting[0] as T;
    const isInOrder = lastShown === undefined || this.keyOf(firstWaiting) > this.keyOf(lastShown);
    this.shown = this.shown.concat(this.waiting);
    if (!isInOrder) this.shown.sort((one, other) => this.keyOf(one) - this.keyOf(other));
    this.waiting = [];
    this.trim();
  }

  /** Adds an older page at the end of the list. */
  addOlder(newestFirst: readonly T[]): void {
    const fresh = newestFirst.filter((row) => !this.keys.has(this.keyOf(row)));
    for (const row of fresh) this.keys.add(this.keyOf(row));
    this.shown = fresh.slice().reverse().concat(this.shown);
  }

  /** Drops the oldest beyond the bound; what waits is bounded too. */
  private trim(): void {
    const drop = (rows: T[]) => {
      for (const row of rows) this.keys.delete(this.keyOf(row));
    };
    if (this.shown.length > this.most) {
      drop(this.shown.splice(0, this.shown.length - this.most));
      this.isTrimmed = true;
    }
    if (this.waiting.length > this.most) {
      drop(this.waiting.splice(0, this.waiting.length - this.most));
    }
  }
}
