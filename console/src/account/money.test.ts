import { describe, expect, it } from "vitest";
import { centsOf, centsText, centsWritten, unitsOf } from "./money";

const asset = (decimals: number, price_cents: number | null) => ({
  ...{
    network: "eip155:1",
    asset: "slip44:60",
    symbol: "ETH",
    decimals,
    price_cents,
    price_at: null,
  },
});
const units = (text: string, decimals: number) => unitsOf(text, decimals, "ETH");

describe("a written amount", () => {
  it("becomes base units exactly", () => {
    expect(units("1.5", 18)).toEqual({ units: "1500000000000000000" });
    expect(units(".000001", 6)).toEqual({ units: "1" });
    expect(units(" 007 ", 2)).toEqual({ units: "700" });
    expect(units("3.", 0)).toEqual({ units: "3" });
  });
  it("may end with zeros that say nothing", () => {
    expect(units("1.5000", 1)).toEqual({ units: "15" });
  });
  it("is refused with more digits than the asset has", () => {
    expect(units("0.1234567", 6)).toHaveProperty("fault");
  });
  it("is refused with a comma, whose meaning depends on the country", () => {
    expect(units("1,234", 6)).toHaveProperty("fault");
  });
  it("is refused when it is nothing, or no number", () => {
    for (const text of ["", "0", "0.000", "-1", "1e5", "abc", ".", "1.2.3", "9".repeat(101)]) {
      expect(units(text, 18), text).toHaveProperty("fault");
    }
  });
});

describe("worth", () => {
  it("is rounded up, so that a limit is not passed unseen", () => {
    expect(centsOf("1", asset(18, 310_000))).toBe(1);
    expect(centsOf("1000000000000000000", asset(18, 310_000))).toBe(310_000);
  });
  it("is not guessed without a price", () => {
    expect(centsOf("1", asset(6, null))).toBeNull();
  });
  it("is written with groups and two digits", () => {
    expect(centsText(123_456_705)).toBe("1,234,567.05");
    expect(centsText(9)).toBe("0.09");
  });
  it("is read as it is written", () => {
    expect(centsWritten("1500.5")).toEqual({ units: "150050" });
    expect(centsWritten("1.005")).toHaveProperty("fault");
  });
});
