/**
 * What the texts of a round hold, in this order. A list under `margin` stands where it is not empty:
 * in rounds with margin products.
 */
import type { Value } from "./json";
import type { Margin } from "./margin";

export const HEADER_KEYS = [
  ...(["version", "constraints", "exchange", "round", "snapshot_at", "chains"] as const),
  ...(["currency", "assets", "margin", "layout", "width", "shards", "slots"] as const),
  ...(["log_rows", "previous"] as const),
] as const;

export const LIABILITIES_KEYS = [
  ...(["version", "header", "root", "totals", "margin", "shards"] as const),
] as const;

/** An asset of a header's `margin`. */
export function readMargin(value: Value): Margin {
  const { asset, tiers } = value.fields("asset", "tiers");
  return {
    asset: asset.text(),
    tiers: tiers.list((tier) => {
      const fields = tier.fields("up_to", "ratio_bp");
      return { up_to: fields.up_to.text(), ratio_bp: fields.ratio_bp.whole(16) };
    }),
  };
}

/** What is pledged and owed in an asset, as liabilities say it. */
export function readMarginTotal(value: Value) {
  const { pledged, debt } = value.fields("pledged", "debt");
  return { pledged: pledged.text(), debt: debt.text() };
}
