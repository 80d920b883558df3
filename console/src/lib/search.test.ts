import { describe, expect, it } from "vitest";
import { readFilters, toggleFilter, writeFilters } from "./search";

const NAMES = ["level", "network", "q"];

describe("filters in the URL", () => {
  it("are read as they were written", () => {
    const filters = { level: ["hold", "deny"], network: ["eip155:1"], q: ["0xab & co=1"] };
    expect(readFilters(writeFilters("", NAMES, filters), NAMES)).toEqual(filters);
  });
  it("read well", () => {
    expect(writeFilters("", NAMES, { level: ["hold"], network: ["eip155:1"] })).toBe(
      "?level=hold&network=eip155:1",
    );
  });
  it("leave what else is in the URL alone", () => {
    expect(writeFilters("?sort=last_seen&level=deny", NAMES, { level: ["hold"] })).toBe(
      "?sort=last_seen&level=hold",
    );
    expect(readFilters("?sort=last_seen&evil=1", NAMES)).toEqual({});
  });
  it("drop empty and repeated values", () => {
    expect(readFilters("?level=hold&level=hold&level=&q=", NAMES)).toEqual({ level: ["hold"] });
    expect(writeFilters("?level=hold", NAMES, {})).toBe("");
  });
  it("toggle", () => {
    expect(toggleFilter({}, "level", "hold")).toEqual({ level: ["hold"] });
    expect(toggleFilter({ level: ["hold"] }, "level", "deny")).toEqual({ level: ["hold", "deny"] });
    expect(toggleFilter({ level: ["hold"] }, "level", "hold")).toEqual({});
    expect(toggleFilter({ q: ["a"] }, "q", "b", true)).toEqual({ q: ["b"] });
  });
});
