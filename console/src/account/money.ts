/** Amounts that customers write and read: exact, in base units, never a float. */
import { amountText, group } from "../lib/amount";
import type { Asset } from "./model";

/** Longest text that is read as an amount: 78 digits of 256 bits, a point, and some zeros. */
const LENGTH_MAX = 100;

export type Written = { units: string } | { fault: string };

/**
 * Base units of a written amount. A comma is refused and not guessed: "1,234" is a thousand to some and
 * little more than one to others.
 */
export function unitsOf(text: string, decimals: number, symbol: string): Written {
  const written = text.trim();
  if (written === "") return { fault: "Write how much." };
  if (written.includes(","))
    return { fault: "Write it with a point and without commas, such as 1234.5." };
  if (written.length > LENGTH_MAX || !/^(\d+\.?\d*|\.\d+)$/.test(written)) {
    return { fault: "Write the amount in digits, such as 0.25." };
  }
  const [whole = "", fraction = ""] = written.split(".");
  const exact = fraction.replace(/0+$/, "");
  if (exact.length > decimals) {
    const places = `${decimals} ${decimals === 1 ? "digit" : "digits"}`;
    return { fault: `${symbol} has ${places} after the point; this has ${exact.length}.` };
  }
  const units = (whole + exact.padEnd(decimals, "0")).replace(/^0+(?=\d)/, "");
  return units === "0" ? { fault: "Write more than nothing." } : { units };
}

/** Worth of base units at a price, in cents, rounded up: what is compared with a limit is not made less. */
export function centsOf(units: string, asset: Asset): number | null {
  if (asset.price_cents === null) return null;
  const scale = 10n ** BigInt(asset.decimals);
  const cents = (BigInt(units) * BigInt(asset.price_cents) + scale - 1n) / scale;
  return Number(cents);
}

/** 123456 cents as "1,234.56". */
export function centsText(cents: number): string {
  const [whole, fraction] = [Math.floor(cents / 100), cents % 100];
  return `${group(String(whole))}.${String(fraction).padStart(2, "0")}`;
}

/** Cents of a written amount of money: whole, or with one or two digits after the point. */
export function centsWritten(text: string): Written {
  return unitsOf(text, 2, "It");
}

export const exactAmount = (units: string, decimals: number, symbol: string): string =>
  `${amountText(units, decimals)} ${symbol}`;
