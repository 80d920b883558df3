/** What independent sources say of one balance. */
import type { Level } from "./claim";
import { trim } from "./encoding";
import { refuse } from "./error";

export interface Reading {
  /** Who says so. Two names are two independent sources; whoever publishes them vouches for that. */
  source: string;
  height: bigint;
  amount: bigint;
}

/** The amount that all sources agree on, and what that is worth. */
export function agreed(readings: readonly Reading[]): { amount: bigint; level: Level } {
  const [first] = readings;
  if (!first) return refuse("evidence.sources.missing", "sources: there is no reading");
  for (const { source, height, amount } of readings) {
    if (trim(source) === "") {
      refuse("evidence.sources.missing", "sources: a reading has no source");
    }
    if (height !== first.height || amount !== first.amount) {
      refuse(
        "evidence.sources.disagree",
        `sources: '${first.source}' says ${first.amount} at ${first.height}, ` +
          `'${source}' says ${amount} at ${height}`,
      );
    }
  }
  const names = new Set(readings.map(({ source }) => trim(source)));
  return { amount: first.amount, level: names.size >= 2 ? "two_sources" : "claim" };
}
