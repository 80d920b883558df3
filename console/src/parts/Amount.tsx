import type { AssetRef } from "../api/model";
import { amountParts, group } from "../lib/amount";

const LIST_DIGITS = 6;

interface AmountProps {
  amount: string;
  asset: AssetRef;
  /** In lists digits beyond six places are cut with a mark; where someone decides, never. */
  isList?: boolean;
}

/** An amount in the asset's units with the base units in the tooltip. */
export function Amount({ amount, asset, isList = false }: AmountProps) {
  if (asset.kind === "erc721" || asset.kind === "erc1155") {
    return (
      <span className="amount" title={asset.caip19}>
        {group(amount)} <span className="muted">{asset.symbol ?? "collectible"}</span>
      </span>
    );
  }
  const { whole, fraction, isScaled } = amountParts(amount, asset.decimals);
  const isCut = isList && fraction.length > LIST_DIGITS;
  const isTiny = isCut && whole === "0" && /^0+$/.test(fraction.slice(0, LIST_DIGITS));
  const base = `${group(amount)} base units of ${asset.caip19}`;
  const why = isScaled ? base : `${base}; the token's decimals are not known`;
  return (
    <span className="amount" title={why}>
      {isTiny ? (
        "< 0.000001"
      ) : (
        <>
          {whole}
          {fraction && `.${isCut ? fraction.slice(0, LIST_DIGITS) : fraction}`}
          {isCut && <span className="muted">…</span>}
        </>
      )}{" "}
      <span className="muted">
        {isScaled
          ? (asset.symbol ?? "units")
          : `base units${asset.symbol ? ` ${asset.symbol}` : ""}`}
      </span>
    </span>
  );
}
