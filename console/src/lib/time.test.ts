import { describe, expect, it } from "vitest";
import { absolute, absoluteHere, duration, relative } from "./time";

const NOW = Date.parse("2026-11-22T11:05:03Z");
const ago = (seconds: number) => relative(new Date(NOW - seconds * 1000).toISOString(), NOW);

describe("time", () => {
  it("is said in its largest unit", () => {
    expect([0, 12, 60, 240, 7_200, 200_000].map(duration)).toEqual([
      "0 s",
      "12 s",
      "1 min",
      "4 min",
      "2 h",
      "2 d",
    ]);
  });
  it("is relative in lists, and a date from a week on", () => {
    expect(ago(0)).toBe("now");
    expect(ago(12)).toBe("12 s ago");
    expect(ago(6 * 86_400)).toBe("6 d ago");
    expect(ago(7 * 86_400)).toBe("15 Nov 11:05");
    expect(ago(400 * 86_400)).toBe("2025-10-18");
  });
  it("forgives clocks that differ a little, and says what lies ahead", () => {
    expect(ago(-20)).toBe("now");
    expect(ago(-7_200)).toBe("in 2 h");
  });
  it("is exact with its zone in evidence", () => {
    expect(absolute("2026-11-22T11:05:03Z")).toBe("2026-11-22 11:05:03 UTC");
    expect(absoluteHere("2026-11-22T11:05:03Z")).toMatch(/ UTC[+−]\d+/);
  });
  it("shows what it cannot read as it is", () => {
    expect(absolute("soon")).toBe("soon");
    expect(relative("soon", NOW)).toBe("soon");
  });
});
