import { describe, expect, it } from "vitest";
import {
  amountParts,
  amountText,
  bytesText,
  groupDecimal,
  listAmount,
  microseconds,
  percent,
  short,
} from "./amount";

describe("amounts", () => {
  it("are exact beyond what a float can hold", () => {
    expect(amountText("123456789012345678901234567", 18)).toBe("123,456,789.012345678901234567");
  });
  it("keep small amounts and drop only zeros that mean nothing", () => {
    expect(amountText("1", 18)).toBe("0.000000000000000001");
    expect(amountText("1500000", 6)).toBe("1.5");
    expect(amountText("1000000", 6)).toBe("1");
    expect(amountText("0", 8)).toBe("0");
  });
  it("do not need decimals", () => {
    expect(amountText("1234567", 0)).toBe("1,234,567");
  });
  it("say when decimals are not known", () => {
    expect(amountParts("1234567", null)).toEqual({
      whole: "1,234,567",
      fraction: "",
      isScaled: false,
    });
  });
  it("are cut in lists with a mark, and never at their leading digits", () => {
    expect(listAmount("1234567890123456789", 18)).toEqual({ text: "1.234567", isCut: true });
    expect(listAmount("1500000", 6)).toEqual({ text: "1.5", isCut: false });
    expect(listAmount("1", 18)).toEqual({ text: "< 0.000001", isCut: false });
    expect(listAmount("123456789012345678", 6)).toEqual({ text: "123,456,789,012", isCut: true });
    expect(listAmount("5310000000000000000", null)).toEqual({ text: "5.310e18", isCut: false });
    expect(listAmount("5310000000000000001", null)).toEqual({ text: "5.310e18", isCut: true });
    expect(listAmount("123456789", null)).toEqual({ text: "123,456,789", isCut: false });
  });
  it("group coins that the server has scaled, also below zero", () => {
    expect(groupDecimal("-1234567.25")).toBe("-1,234,567.25");
    expect(groupDecimal("100")).toBe("100");
  });
});

describe("figures", () => {
  it("never show a small share as none, or a large one as all", () => {
    expect(percent(0)).toBe("0 %");
    expect(percent(0.0004)).toBe("< 0.1 %");
    expect(percent(0.412)).toBe("41.2 %");
    expect(percent(0.9994)).toBe("99.9 %");
    expect(percent(1)).toBe("100 %");
  });
  it("read well", () => {
    expect(microseconds(180)).toBe("180 µs");
    expect(microseconds(1240)).toBe("1.2 ms");
    expect(microseconds(2_500_000)).toBe("2.5 s");
    expect(bytesText(412_000_000)).toBe("412 MB");
    expect(bytesText(1_400_000_000)).toBe("1.4 GB");
    expect(bytesText(12)).toBe("12 B");
    expect(short(1234)).toBe("1,234");
    expect(short(12_345)).toBe("12 k");
    expect(short(4.21)).toBe("4.2");
  });
});
