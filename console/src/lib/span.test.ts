import { describe, expect, it } from "vitest";
import { momentWords, secondsLeft, settingSpan, spanWords } from "./span";

const HOUR = 3_600;
const DAY = 24 * HOUR;

describe("spans", () => {
  it("are said in their two largest units", () => {
    expect(spanWords(2 * DAY + 4 * HOUR + 59)).toBe("2 days 4 hours");
    expect(spanWords(DAY - 1)).toBe("23 hours 59 minutes");
    expect(spanWords(61)).toBe("1 minute 1 second");
    expect(spanWords(1)).toBe("1 second");
  });
  it("leave a unit out that is nothing", () => {
    expect(spanWords(3 * DAY + 59)).toBe("3 days");
    expect(spanWords(2 * HOUR)).toBe("2 hours");
  });
  it("are never negative", () => {
    expect(spanWords(-5)).toBe("0 seconds");
    expect(spanWords(0)).toBe("0 seconds");
  });
  it("of a setting are hours below three days, as people choose them", () => {
    expect(settingSpan(DAY)).toBe("24 hours");
    expect(settingSpan(2 * DAY)).toBe("48 hours");
    expect(settingSpan(3 * DAY)).toBe("3 days");
    expect(settingSpan(HOUR)).toBe("1 hour");
    expect(settingSpan(0)).toBe("none");
  });
});

describe("countdowns", () => {
  const now = Date.parse("2026-11-22T10:00:00Z");
  it("count a part of a second as one, so that nothing is over before it is", () => {
    expect(secondsLeft("2026-11-22T10:00:00.001Z", now)).toBe(1);
    expect(secondsLeft("2026-11-22T10:00:00Z", now)).toBe(0);
  });
  it("stay at nothing when the moment has passed, or is none", () => {
    expect(secondsLeft("2026-11-21T10:00:00Z", now)).toBe(0);
    expect(secondsLeft("soon", now)).toBe(0);
  });
  it("name the year of a moment only where it is another one", () => {
    expect(momentWords("2026-11-24T12:00:00Z", now)).not.toMatch(/2026/);
    expect(momentWords("2027-02-24T12:00:00Z", now)).toMatch(/^Wed 24 Feb 2027 /);
  });
});
