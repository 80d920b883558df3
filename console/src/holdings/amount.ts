/** Amounts as lists write them: exact, never a floating-point number. */
const U128 = 1n << 128n;
const U256 = 1n << 256n;
/** Most digits after the point: no asset of a published list has more. */
const SCALE_MAX = 30;

/** Base units: digits alone, below 2^256; null for any other text. */
export function baseUnits(text: string): bigint | null {
  if (!/^[0-9]+$/.test(text)) return null;
  const amount = BigInt(text);
  return amount < U256 ? amount : null;
}

export const fits256 = (amount: bigint): boolean => amount < U256;

/** A quantity as JSON-RPC writes it: `0x` and digits, below 2^256. */
export function quantity(text: string): bigint | null {
  if (!/^0x[0-9a-fA-F]+$/.test(text)) return null;
  const amount = BigInt(text);
  return amount < U256 ? amount : null;
}

/** An amount of whole coins: so many units of 10^-scale. */
export interface Decimal {
  units: bigint;
  scale: number;
}

export const ZERO: Decimal = { units: 0n, scale: 0 };

/** Digits with at most one point between them. Null, or what is wrong, for another text. */
export function decimal(text: string): Decimal | string {
  const [, whole, part = ""] = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text) ?? [];
  if (whole === undefined) return "write digits, and if need be a point and digits after it";
  const fraction = part.replace(/0+$/, "");
  if (fraction.length > SCALE_MAX) return "it has more than 30 digits after the point";
  const units = BigInt(whole + fraction);
  return units < U128 ? { units, scale: fraction.length } : "it is larger than any amount";
}

/** Units of a finer scale; null where digits would be lost or 128 bits do not hold them. */
function unitsAt({ units, scale }: Decimal, finer: number): bigint | null {
  if (finer < scale) return null;
  const power = 10n ** BigInt(finer - scale);
  if (power >= U128) return null;
  const more = units * power;
  return more < U128 ? more : null;
}

/** The sum; null past 128 bits at the finer scale. */
export function sumOf(a: Decimal, b: Decimal): Decimal | null {
  const scale = Math.max(a.scale, b.scale);
  const [one, two] = [unitsAt(a, scale), unitsAt(b, scale)];
  if (one === null || two === null || one + two >= U128) return null;
  return { units: one + two, scale };
}

function trimmed({ units, scale }: Decimal): Decimal {
  let short = { units, scale };
  while (short.scale > 0 && short.units % 10n === 0n) {
    short = { units: short.units / 10n, scale: short.scale - 1 };
  }
  return short;
}

export function isSameDecimal(a: Decimal, b: Decimal): boolean {
  const [one, two] = [trimmed(a), trimmed(b)];
  return one.units === two.units && one.scale === two.scale;
}

/** Base units of an asset with so many decimals; null when digits would be lost. */
export const toBaseUnits = (amount: Decimal, decimals: number): bigint | null =>
  unitsAt(trimmed(amount), decimals);

export function decimalText(amount: Decimal): string {
  const { units, scale } = trimmed(amount);
  const digits = String(units).padStart(scale + 1, "0");
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
