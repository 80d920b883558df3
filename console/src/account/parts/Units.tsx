import { amountParts } from "../../lib/amount";

interface UnitsProps {
  units: string;
  decimals: number;
  symbol: string;
}

/** An exact amount: the part after the point is quieter, and never cut. */
export function Units({ units, decimals, symbol }: UnitsProps) {
  const { whole, fraction } = amountParts(units, decimals);
  return (
    <span className="amount units" title={`${units} base units`}>
      {whole}
      {fraction && <span className="fraction">.{fraction}</span>} {symbol}
    </span>
  );
}
