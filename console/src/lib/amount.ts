/** Amounts are decimal strings of base units: never a float, never rounded. */

export interface AmountParts {
  whole: string;
  /** Digits after the point, without trailing zeros; empty for whole amounts. */
  fraction: string;
  /** False when the token's decimals are not known, and these are base units. */
  isScaled: boolean;
}

/** Digits in groups of three. */
export function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Splits base units at the asset's decimals. */
export function amountParts(units: string, decimals: number | null): AmountParts {
  const digits = units.replace(/^0+(?=\d)/, "");
  if (decimals === null) return { whole: group(digits), fraction: "", isScaled: false };
  const padded = digits.padStart(decimals + 1, "0");
  const point = padded.length - decimals;
  return {
    whole: group(padded.slice(0, point)),
    fraction: padded.slice(point).replace(/0+$/, ""),
    isScaled: true,
  };
}

/** The exact amount as text. */
export function amountText(units: string, decimals: number | null): string {
  const { whole, fraction } = amountParts(units, decimals);
  return fraction ? `${whole}.${fraction}` : whole;
}

/** In lists long amounts are cut: never their leading digits, and never without a mark. */
const LIST_DIGITS = 6;
const LIST_WHOLE = 11;

export interface ListAmount {
  text: string;
  isCut: boolean;
}

/** An amount for a narrow column; the exact one belongs beside it. */
export function listAmount(units: string, decimals: number | null): ListAmount {
  const { whole, fraction, isScaled } = amountParts(units, decimals);
  if (!isScaled && whole.length > LIST_WHOLE) {
    const digits = whole.replaceAll(",", "");
    const shown = digits.slice(0, 4);
    const rest = /[1-9]/.test(digits.slice(4));
    return { text: `${shown[0]}.${shown.slice(1)}e${digits.length - 1}`, isCut: rest };
  }
  if (
    whole === "0" &&
    fraction.length > LIST_DIGITS &&
    /^0+$/.test(fraction.slice(0, LIST_DIGITS))
  ) {
    return { text: "< 0.000001", isCut: false };
  }
  const room = whole.length > LIST_WHOLE ? 0 : LIST_DIGITS;
  const shown = fraction.slice(0, room);
  return { text: shown ? `${whole}.${shown}` : whole, isCut: shown.length < fraction.length };
}

/** A decimal string of whole coins, such as a balance that the server has already scaled. */
export function groupDecimal(text: string): string {
  const [whole = "0", fraction] = text.split(".");
  const sign = whole.startsWith("-") ? "-" : "";
  const grouped = sign + group(whole.slice(sign.length));
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** A size for people: 1.4 GB. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A count with groups. */
export function count(value: number): string {
  return group(String(Math.round(value)));
}

/** 1,234 becomes 1.2 k: for axes and tiles, where the exact figure is a hover away. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (size >= 10_000) return `${(value / 1e3).toFixed(0)} k`;
  if (size >= 1_000) return count(value);
  if (size >= 10 || Number.isInteger(value)) return String(Math.round(value));
  return value.toPrecision(2);
}

/** A share of 0 to 1 in per cent; tiny shares are not shown as none. */
export function percent(share: number): string {
  if (share === 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  const value = share * 100;
  return `${value >= 99.95 ? "100" : value.toFixed(1)} %`;
}

/** Microseconds in the unit that reads best. */
export function microseconds(value: number): string {
  if (value < 1000) return `${Math.round(value)} µs`;
  if (value < 1_000_000) return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} ms`;
  return `${(value / 1_000_000).toFixed(1)} s`;
}
