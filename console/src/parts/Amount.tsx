import type { AssetRef } from "../api/model";
import { amountText, group, listAmount } from "../lib/amount";

interface AmountProps {
  amount: string;
  asset: AssetRef;
  /** In lists long amounts are cut with a mark; where someone decides, never. */
  isList?: boolean;
}

function unitOf({ kind, symbol, decimals }: AssetRef): string {
  if (kind === "erc721" || kind === "erc1155") return symbol ?? "collectible";
  if (decimals === null) return symbol ? `base units ${symbol}` : "base units";
  return symbol ?? "units";
}

/** An amount in the asset's units with the base units in the tooltip. */
export function Amount({ amount, asset, isList = false }: AmountProps) {
  const isCounted = asset.kind === "erc721" || asset.kind === "erc1155";
  const decimals = isCounted ? 0 : asset.decimals;
  const { text, isCut } = isList
    ? listAmount(amount, decimals)
    : { text: amountText(amount, decimals), isCut: false };
  const base = `${group(amount)} base units of ${asset.caip19}`;
  const why = decimals === null ? `${base}; the token's decimals are not known` : base;
  return (
    <span className="amount" title={isList ? `${amountText(amount, decimals)}\n${why}` : why}>
      {text}
      {isCut && <span className="muted">…</span>} <span className="muted">{unitOf(asset)}</span>
    </span>
  );
}
