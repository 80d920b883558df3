import { group } from "../lib/amount";
import { Units } from "./parts";
import { percentOf } from "./ratio";
import type { Collateral as Line } from "./round";

/** `1,234.5` of the header's digits. */
function priceText(price: string): string {
  const [whole = "", part] = price.split(".");
  return part === undefined ? group(whole) : `${group(whole)}.${part}`;
}

interface Props {
  collateral: readonly Line[];
  currency: string;
}

/** What counts of balances that customers pledge: by the price of the round, tier by tier. */
export function Collateral({ collateral, currency }: Props) {
  return (
    <section aria-labelledby="collateral">
      <h2 id="collateral">What collateral counts</h2>
      <p className="muted">
        Customers borrow against balances that they pledge. A pledged balance counts less than it is
        worth, and less the more of it there is: each part counts as its tier says, at the price of the
        round. These prices and tiers are the exchange’s; the proof is by them.
      </p>
      <table className="lines tiers" role="table">
        <caption className="hidden-visually">Tiers by asset</caption>
        <thead role="rowgroup">
          <tr role="row">
            {["Asset", `Price in ${currency}`, "Pledged", "Counts"].map((title) => (
              <th key={title} role="columnheader" scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {collateral.map(({ asset, price, tiers }) =>
            tiers.map(({ upTo, ratio }, tier) => (
              <tr key={`${asset.symbol} ${upTo}`} role="row" data-tier={`${asset.symbol} ${tier}`}>
                <th role="rowheader" scope="row">
                  <span className={tier === 0 ? undefined : "muted"}>{asset.symbol}</span>
                </th>
                <td role="cell" data-label={`Price in ${currency}`}>
                  <div className={tier === 0 ? "amount" : "amount muted"}>{priceText(price)}</div>
                </td>
                <td role="cell" data-label="Pledged">
                  <div>
                    {tier === 0 ? "up to " : "more, up to "}
                    <Units amount={upTo} asset={asset} isBare />
                  </div>
                </td>
                <td role="cell" data-label="Counts">
                  <div className="amount">{percentOf(ratio)}</div>
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  );
}
