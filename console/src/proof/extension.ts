/**
 * The extension that challenges are drawn from: polynomials of degree below five over KoalaBear,
 * modulo X^5 + X^2 - 1. An element is its five coefficients, lowest first.
 */
import { add as plus, inverse as baseInverse, mul as times, sub as minus, element } from "./field";

export type Ext = readonly [number, number, number, number, number];

export const DIMENSION = 5;
export const ZERO: Ext = [0, 0, 0, 0, 0];
export const ONE: Ext = [1, 0, 0, 0, 0];

/** An integer of either sign as an element. */
export const constant = (value: number): Ext => [element(value), 0, 0, 0, 0];

/** From coefficients that are sums below 2^52. */
export const reduced = (sums: readonly number[]) => sums.map(element) as unknown as Ext;

export function isZero(a: Ext): boolean {
  return (a[0] | a[1] | a[2] | a[3] | a[4]) === 0;
}

export function equals(a: Ext, b: Ext): boolean {
  return a.every((coefficient, place) => coefficient === b[place]);
}

export function add(a: Ext, b: Ext): Ext {
  return [
    plus(a[0], b[0]),
    plus(a[1], b[1]),
    plus(a[2], b[2]),
    plus(a[3], b[3]),
    plus(a[4], b[4]),
  ];
}

export function sub(a: Ext, b: Ext): Ext {
  return [
    minus(a[0], b[0]),
    minus(a[1], b[1]),
    minus(a[2], b[2]),
    minus(a[3], b[3]),
    minus(a[4], b[4]),
  ];
}

export const negate = (a: Ext) => sub(ZERO, a);

/** Times an element of the base field. */
export function scale(a: Ext, factor: number): Ext {
  return [
    times(a[0], factor),
    times(a[1], factor),
    times(a[2], factor),
    times(a[3], factor),
    times(a[4], factor),
  ];
}

export function mul(a: Ext, b: Ext): Ext {
  const [a0, a1, a2, a3, a4] = a;
  const [b0, b1, b2, b3, b4] = b;
  // X^5 = 1 - X^2, so X^6 = X - X^3, X^7 = X^2 - X^4 and X^8 = X^3 - X^5 = X^3 + X^2 - 1. Sums of a
  // few elements stay exact.
  const c5 = times(a1, b4) + times(a2, b3) + times(a3, b2) + times(a4, b1);
  const c6 = times(a2, b4) + times(a3, b3) + times(a4, b2);
  const c7 = times(a3, b4) + times(a4, b3);
  const c8 = times(a4, b4);
  return [
    element(times(a0, b0) + c5 - c8),
    element(times(a0, b1) + times(a1, b0) + c6),
    element(times(a0, b2) + times(a1, b1) + times(a2, b0) - c5 + c7 + c8),
    element(times(a0, b3) + times(a1, b2) + times(a2, b1) + times(a3, b0) - c6 + c8),
    element(times(a0, b4) + times(a1, b3) + times(a2, b2) + times(a3, b1) + times(a4, b0) - c7),
  ];
}

/** To the power of a whole number below 2^31. */
export function pow(base: Ext, exponent: number): Ext {
  let result = ONE;
  let square = base;
  for (let left = exponent; left > 0; left >>>= 1) {
    if (left & 1) result = mul(result, square);
    if (left > 1) square = mul(square, square);
  }
  return result;
}

/** Squared so often. */
export function powOfTwo(base: Ext, log: number): Ext {
  let result = base;
  for (let step = 0; step < log; step += 1) result = mul(result, result);
  return result;
}

/** The first `count` powers, from one on. */
export function powers(base: Ext, count: number): Ext[] {
  const list: Ext[] = [];
  for (let power = ONE; list.length < count; power = mul(power, base)) list.push(power);
  return list;
}

/**
 * One over `a`, which is not zero: the solution of five linear equations, for multiplication by `a`
 * is a linear map whose columns are a·X^i.
 */
export function inverse(a: Ext): Ext {
  const columns: Ext[] = [a];
  const x: Ext = [0, 1, 0, 0, 0];
  while (columns.length < DIMENSION) columns.push(mul(columns[columns.length - 1] as Ext, x));
  const rows = Array.from({ length: DIMENSION }, (_, row) => [
    ...columns.map((column) => column[row] as number),
    row === 0 ? 1 : 0,
  ]);
  for (let pivot = 0; pivot < DIMENSION; pivot += 1) {
    const found = rows.findIndex((row, place) => place >= pivot && row[pivot] !== 0);
    if (found < 0) throw new RangeError("zero has no inverse");
    const row = rows[found] as number[];
    rows[found] = rows[pivot] as number[];
    const factor = baseInverse(row[pivot] as number);
    rows[pivot] = row.map((value) => times(value, factor));
    for (let other = 0; other < DIMENSION; other += 1) {
      const lead = (rows[other] as number[])[pivot] as number;
      if (other === pivot || lead === 0) continue;
      rows[other] = (rows[other] as number[]).map((value, place) =>
        minus(value, times(lead, (rows[pivot] as number[])[place] as number)),
      );
    }
  }
  return rows.map((row) => row[DIMENSION] as number) as unknown as Ext;
}

/** One over each, with a single inversion (Montgomery's trick). None is zero. */
export function inverses(elements: readonly Ext[]): Ext[] {
  const before: Ext[] = [];
  let product = ONE;
  for (const one of elements) {
    before.push(product);
    product = mul(product, one);
  }
  let rest = inverse(product);
  const result: Ext[] = new Array(elements.length);
  for (let place = elements.length - 1; place >= 0; place -= 1) {
    result[place] = mul(rest, before[place] as Ext);
    rest = mul(rest, elements[place] as Ext);
  }
  return result;
}

/** The sum of one over each, kept as a fraction, so that one inversion is enough. */
export function sumOfInverses(elements: Iterable<Ext>): Ext {
  let over = ZERO;
  let under = ONE;
  for (const element of elements) {
    over = add(mul(over, element), under);
    under = mul(under, element);
  }
  return mul(over, inverse(under));
}

/** The sum of values weighed by powers of `at`, the first by one. */
export function horner(values: readonly Ext[], at: Ext): Ext {
  return values.reduceRight((sum, value) => add(mul(sum, at), value), ZERO);
}
