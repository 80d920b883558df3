import { describe, expect, it } from "vitest";
import { toWire } from "./field";
import { Reader } from "./postcard";

const reader = (...bytes: number[]) => new Reader(Uint8Array.from(bytes), "a test");
const word = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const half = (bits: number) => [...new Array(9).fill(0x80), bits];

describe("postcard", () => {
  it("reads elements from their wire form, below the order only", () => {
    expect(reader(1, ...word(toWire(5))).elements()).toEqual([5]);
    expect(reader(...word(0x7f000000)).element()).toBeGreaterThan(0);
    expect(() => reader(...word(0x7f000001)).element()).toThrow("not below the order");
    expect(() => reader(1, 2, 3).element()).toThrow("it is cut");
  });

  it("reads numbers of 64 bits in their fewest bytes", () => {
    const zeros = [0, 0, 0];
    expect(reader(0xff, 0xff, 0xff, 0xff, 0x0f, ...zeros).hash()).toEqual([
      0xffffffff, 0, 0, 0, 0, 0, 0, 0,
    ]);
    expect(reader(0x80, 0x80, 0x80, 0x80, 0x10, ...zeros).hash().slice(0, 2)).toEqual([0, 1]);
    expect(reader(...half(1), ...zeros).hash().slice(0, 2)).toEqual([0, 0x80000000]);
    expect(() => reader(...half(2), ...zeros).hash()).toThrow("over 64 bits");
    expect(() => reader(...half(0x80), 0, ...zeros).hash()).toThrow("over 64 bits");
    expect(() => reader(0x80, 0, ...zeros).hash()).toThrow("more bytes than it needs");
  });

  it("makes nothing of a length that the bytes cannot hold", () => {
    expect(() => reader(0xff, 0xff, 0xff, 0xff, 0x0f).elements()).toThrow("a list is cut");
    expect(() => reader(...half(1)).elements()).toThrow("a list is cut");
    expect(() => reader(2, 0).list(1, () => 0)).toThrow("a list is cut");
    expect(() => reader(0, 0).end()).toThrow("something follows its end");
  });
});
