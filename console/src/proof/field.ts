/**
 * KoalaBear, the integers modulo 2^31 - 2^24 + 1. An element is a number from 0 to ORDER - 1.
 */

export const ORDER = 0x7f000001;
/** Of the multiplicative group: what shifts the domain of commitments away from the rows. */
export const GENERATOR = 3;
/** 2^24 divides ORDER - 1 and 2^25 does not. */
const TWO_ADICITY = 24;
const RECIPROCAL = 1 / ORDER;

export function add(a: number, b: number): number {
  const sum = a + b;
  return sum >= ORDER ? sum - ORDER : sum;
}

export function sub(a: number, b: number): number {
  return a >= b ? a - b : a - b + ORDER;
}

/**
 * The quotient from doubles is off by at most one, for a·b/ORDER is below 2^31 and known to 2^-20.
 * The remainder that goes with it lies between -ORDER and ORDER + 2^12, so 32 bits hold it.
 */
export function mul(a: number, b: number): number {
  const quotient = Math.floor(a * b * RECIPROCAL);
  const rest = (Math.imul(a, b) - Math.imul(quotient, ORDER)) | 0;
  if (rest < 0) return rest + ORDER;
  return rest >= ORDER ? rest - ORDER : rest;
}

/** `base` to a whole number below 2^31. */
export function pow(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let left = exponent; left > 0; left >>>= 1) {
    if (left & 1) result = mul(result, square);
    square = mul(square, square);
  }
  return result;
}

/** One over `a`, which is not zero (Fermat). */
export const inverse = (a: number) => pow(a, ORDER - 2);

/** An integer of either sign, below 2^52, as an element. Faster than a remainder of doubles. */
export function element(value: number): number {
  const rest = value - Math.floor(value * RECIPROCAL) * ORDER;
  if (rest < 0) return rest + ORDER;
  return rest >= ORDER ? rest - ORDER : rest;
}

const HALF = inverse(2);
export const halve = (a: number) => mul(a, HALF);

/**
 * Generators of the groups of order 2^0, 2^1, … 2^24, each the square of the next. The topmost is
 * the one that Plonky3 publishes for KoalaBear.
 */
const TWO_ADIC_GENERATORS: readonly number[] = (() => {
  const generators = [0x6ac49f88];
  while (generators.length <= TWO_ADICITY) {
    const least = generators[0] as number;
    generators.unshift(mul(least, least));
  }
  return generators;
})();

/** The generator of the group of order 2^`log`, for `log` up to 24. */
export function twoAdicGenerator(log: number): number {
  const generator = TWO_ADIC_GENERATORS[log];
  if (generator === undefined) throw new RangeError(`there is no group of order 2^${log}`);
  return generator;
}

/** Files and transcripts hold an element times 2^32 (Montgomery's form), always reduced. */
const WIRE = element(2 ** 32);
const WIRE_INVERSE = inverse(WIRE);
export const toWire = (a: number) => mul(a, WIRE);
export const fromWire = (word: number) => mul(word, WIRE_INVERSE);
