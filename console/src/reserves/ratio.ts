/** What is held beside what is owed, in base units. Nothing here is ever rounded up. */
import { group } from "../lib/amount";

/** Hundredths of a per cent in one. */
const PARTS = 10_000n;

/** How surely something is held, best first. */
export const LEVELS = ["proof", "two_sources", "claim"] as const;
export type Level = (typeof LEVELS)[number];
export type Held = Readonly<Record<Level, bigint>>;

export const heldInAll = (held: Held): bigint => held.proof + held.two_sources + held.claim;

/**
 * What must be held: what is owed to customers, less what they owe in the same asset. Never below
 * zero, and no debt makes up for another asset's balance.
 */
export const toHold = (owed: bigint, debt: bigint): bigint => (debt < owed ? owed - debt : 0n);

/** `95 %` of ten-thousandths, exactly. */
export function percentOf(tenThousandths: number): string {
  const part = String(tenThousandths % 100).padStart(2, "0").replace(/0+$/, "");
  return `${Math.floor(tenThousandths / 100)}${part && `.${part}`} %`;
}

/** Held over owed in hundredths of a per cent, rounded down; null when nothing is owed. */
export function coverage(held: bigint, owed: bigint): bigint | null {
  return owed === 0n ? null : (held * PARTS) / owed;
}

/** `102.34 %`. What is below one but nearly one never reads as 100 %. */
export function coverageText(held: bigint, owed: bigint, nothing = "nothing owed"): string {
  const parts = coverage(held, owed);
  if (parts === null) return nothing;
  if (parts === 0n && held > 0n) return "under 0.01 %";
  const hundredths = String(parts % 100n).padStart(2, "0");
  return `${group(String(parts / 100n))}.${hundredths} %`;
}

/** What is missing to hold as much as is owed. */
export function shortfall(held: bigint, owed: bigint): bigint {
  return held < owed ? owed - held : 0n;
}
