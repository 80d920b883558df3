import { LEVELS, type Held, type Level, coverageText, heldInAll, shortfall } from "./ratio";
import { Icon } from "../parts/Icon";
import { Units } from "./parts";
import type { AssetLine } from "./round";

const LEVEL_WORDS: Record<Level, string> = {
  proof: "shown by the chain",
  two_sources: "two sources",
  claim: "claimed only",
};

function Coverage({ asset, held }: { asset: AssetLine; held: Held }) {
  const { toHold } = asset;
  const all = heldInAll(held);
  const missing = shortfall(all, toHold);
  const isPartlyClaimed = held.claim > 0n && toHold > 0n;
  const nothing = asset.owed > 0n ? "nothing to be held" : undefined;
  return (
    <>
      <span className={missing > 0n ? "coverage is-short" : "coverage"}>
        {missing > 0n && <Icon name="hold" size={16} />}
        {coverageText(all, toHold, nothing)}
      </span>
      {missing > 0n && (
        <span className="small warn">
          Below 100 %: <Units amount={missing} asset={asset} /> less than is{" "}
          {asset.margin ? "to be held" : "owed"}
        </span>
      )}
      {asset.margin && asset.margin.debt > 0n && asset.owed > 0n && (
        <span className="small muted">{coverageText(all, asset.owed)} of all that is owed</span>
      )}
      {isPartlyClaimed && (
        <span className="small muted">
          {coverageText(all - held.claim, toHold)} without what is only claimed
        </span>
      )}
    </>
  );
}

function Levels({ asset, held }: { asset: AssetLine; held: Held }) {
  const some = LEVELS.filter((level) => held[level] > 0n);
  const [only] = some;
  if (only && some.length === 1) return <div className="small muted">all {LEVEL_WORDS[only]}</div>;
  return (
    <ul className="small muted">
      {some.map((level) => (
        <li key={level}>
          {LEVEL_WORDS[level]} <Units amount={held[level]} asset={asset} isBare />
        </li>
      ))}
    </ul>
  );
}

/** What customers owe, and what is to be held for that. */
function OfMargin({ asset }: { asset: AssetLine }) {
  return (
    <>
      <td role="cell" data-label="Customers owe">
        <div>
          {asset.margin ? (
            <Units amount={asset.margin.debt} asset={asset} isBare />
          ) : (
            <span className="muted">not lent</span>
          )}
        </div>
      </td>
      <td role="cell" data-label="To be held">
        <div>
          <Units amount={asset.toHold} asset={asset} isBare />
        </div>
      </td>
    </>
  );
}

/** Per asset what is owed and, where the round says so, what is held. Roles stay in narrow layouts. */
export function Assets({ assets }: { assets: readonly AssetLine[] }) {
  const isHeldShown = assets.some(({ held }) => held !== null);
  const isMargin = assets.some(({ margin }) => margin !== null);
  const className = `lines assets${isHeldShown ? "" : " is-owed-only"}${isMargin ? " is-margin" : ""}`;
  const ratio = isMargin ? "Held / to be held" : "Held / owed";
  return (
    <table className={className} role="table">
      <caption className="hidden-visually">Owed and held by asset</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            Asset
          </th>
          <th role="columnheader" scope="col" className="right">
            Owed to customers
          </th>
          {isMargin && (
            <>
              <th role="columnheader" scope="col" className="right">
                Customers owe
              </th>
              <th role="columnheader" scope="col" className="right">
                To be held
              </th>
            </>
          )}
          {isHeldShown && (
            <>
              <th role="columnheader" scope="col" className="right">
                Held
              </th>
              <th role="columnheader" scope="col" className="right">
                {ratio}
              </th>
            </>
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {assets.map((asset) => (
          <tr key={asset.symbol} role="row" data-asset={asset.symbol}>
            <th role="rowheader" scope="row">
              {asset.symbol}
            </th>
            <td role="cell" data-label="Owed">
              <div>
                <Units amount={asset.owed} asset={asset} isBare />
                {asset.margin && (
                  <div className="small muted">
                    of it pledged <Units amount={asset.margin.pledged} asset={asset} isBare />
                  </div>
                )}
              </div>
            </td>
            {isMargin && <OfMargin asset={asset} />}
            {asset.held && (
              <>
                <td role="cell" data-label="Held">
                  <div>
                    <Units amount={heldInAll(asset.held)} asset={asset} isBare />
                    <Levels asset={asset} held={asset.held} />
                  </div>
                </td>
                <td role="cell" data-label={ratio}>
                  <div>
                    <Coverage asset={asset} held={asset.held} />
                  </div>
                </td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
