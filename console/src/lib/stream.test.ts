import { describe, expect, it } from "vitest";
import { LiveRows } from "./stream";

const rows = (most = 100) => new LiveRows<number>((row) => row, most);
const all = (list: LiveRows<number>) =>
  Array.from({ length: list.length }, (_, place) => list.at(place));

describe("live rows", () => {
  it("stand newest first", () => {
    const list = rows();
    list.reset([3, 2, 1]);
    list.add([4, 5], false);
    expect(all(list)).toEqual([5, 4, 3, 2, 1]);
  });
  it("wait while a person reads, and are shown when asked for", () => {
    const list = rows();
    list.reset([1]);
    list.add([2], true);
    list.add([3], true);
    expect(all(list)).toEqual([1]);
    expect(list.waitingCount).toBe(2);
    list.flush();
    expect(all(list)).toEqual([3, 2, 1]);
    expect(list.waitingCount).toBe(0);
  });
  it("take what comes again after a reconnection once only", () => {
    const list = rows();
    list.reset([2, 1]);
    list.add([2, 3, 3], false);
    list.add([3], false);
    expect(all(list)).toEqual([3, 2, 1]);
  });
  it("sort the rows of a gap in", () => {
    const list = rows();
    list.reset([2, 1]);
    list.add([6], false);
    list.add([5, 4, 3], false);
    expect(all(list)).toEqual([6, 5, 4, 3, 2, 1]);
  });
  it("put older pages at the end", () => {
    const list = rows();
    list.reset([9, 8]);
    list.addOlder([8, 7, 6]);
    expect(all(list)).toEqual([9, 8, 7, 6]);
  });
  it("are bounded, and forget what they drop", () => {
    const list = rows(3);
    list.reset([3, 2, 1]);
    list.add([4, 5], false);
    expect(all(list)).toEqual([5, 4, 3]);
    expect(list.isTrimmed).toBe(true);
    list.addOlder([2]);
    expect(all(list)).toEqual([5, 4, 3, 2]);
    list.add([6, 7, 8, 9, 10], true);
    expect(list.waitingCount).toBe(3);
  });
});
