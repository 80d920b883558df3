import { describe, expect, it } from "vitest";
import * as ext from "./extension";
import type { Ext } from "./extension";
import { drawer } from "./fingerprint";
import * as field from "./field";

const draw = drawer();
const drawExt = (): Ext => [draw(), draw(), draw(), draw(), draw()];
const EDGES = [0, 1, 2, field.ORDER - 2, field.ORDER - 1, (field.ORDER - 1) / 2, 0x7f000000 - 1];

describe("the field", () => {
  it("multiplies as big integers do", () => {
    const order = BigInt(field.ORDER);
    const values = [...EDGES, ...Array.from({ length: 200 }, draw)];
    for (const a of values) {
      for (const b of values) {
        expect(field.mul(a, b)).toBe(Number((BigInt(a) * BigInt(b)) % order));
        expect(field.sub(field.add(a, b), b)).toBe(a);
      }
    }
  });

  it("has an inverse of all but zero, and a wire form that is read back", () => {
    for (const a of [...EDGES.slice(1), ...Array.from({ length: 50 }, draw)]) {
      expect(field.mul(a, field.inverse(a))).toBe(1);
      expect(field.mul(2, field.halve(a))).toBe(a);
      expect(field.fromWire(field.toWire(a))).toBe(a);
    }
    // Montgomery's form of one is 2^32 less twice the order.
    expect(field.toWire(1)).toBe(2 ** 32 - 2 * field.ORDER);
  });

  it("has roots of unity whose order is what they are named by", () => {
    for (let log = 1; log <= 24; log += 1) {
      const generator = field.twoAdicGenerator(log);
      expect(field.pow(generator, 2 ** (log - 1))).toBe(field.ORDER - 1);
    }
    expect(() => field.twoAdicGenerator(25)).toThrow(RangeError);
  });
});

describe("the extension", () => {
  it("reduces by X^5 + X^2 - 1", () => {
    const x: Ext = [0, 1, 0, 0, 0];
    expect(ext.pow(x, 5)).toEqual(ext.sub(ext.ONE, ext.pow(x, 2)));
    // A product and an inverse that Plonky3 has calculated.
    const a: Ext = [1827188170, 434915896, 2011174867, 2011318082, 1091478346];
    const b: Ext = [1407040500, 872815558, 1755504563, 332587255, 114778848];
    expect(ext.mul(a, b)).toEqual([1046362200, 718423843, 1393253758, 295788337, 1128158294]);
    expect(ext.inverse(a)).toEqual([736860122, 314211587, 1642303740, 1289888952, 1799030543]);
  });

  it("is a field", () => {
    for (let turn = 0; turn < 50; turn += 1) {
      const [a, b, c] = [drawExt(), drawExt(), drawExt()];
      expect(ext.mul(a, ext.mul(b, c))).toEqual(ext.mul(ext.mul(a, b), c));
      expect(ext.mul(a, ext.add(b, c))).toEqual(ext.add(ext.mul(a, b), ext.mul(a, c)));
      expect(ext.mul(a, ext.inverse(a))).toEqual(ext.ONE);
      expect(ext.inverses([a, b, c])).toEqual([a, b, c].map(ext.inverse));
      expect(ext.sumOfInverses([a, b, c])).toEqual([a, b, c].map(ext.inverse).reduce(ext.add));
      expect(ext.add(a, ext.negate(a))).toEqual(ext.ZERO);
      expect(ext.scale(a, 3)).toEqual(ext.add(a, ext.add(a, a)));
      expect(ext.horner([a, b, c], ext.constant(2))).toEqual(
        ext.add(a, ext.scale(ext.add(b, ext.scale(c, 2)), 2)),
      );
    }
    expect(() => ext.inverse(ext.ZERO)).toThrow(RangeError);
  });
});
