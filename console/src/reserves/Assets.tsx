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
  const { owed } = asset;
  const all = heldInAll(held);
  const missing = shortfall(all, owed);
  const isPartlyClaimed = held.claim > 0n && owed > 0n;
  return (
    <>
      <span className={missing > 0n ? "coverage is-short" : "coverage"}>
        {missing > 0n && <Icon name="hold" size={16} />}
        {coverageText(all, owed)}
      </span>
      {missing > 0n && (
        <span className="small warn">
          Below 100 %: <Units amount={missing} asset={asset} /> less than is owed
        </span>
      )}
      {isPartlyClaimed && (
        <span className="small muted">
          {coverageText(all - held.claim, owed)} without what is only claimed
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

/** Per asset what is owed and, where the round says so, what is held. Roles stay in narrow layouts. */
export function Assets({ assets }: { assets: readonly AssetLine[] }) {
  const isHeldShown = assets.some(({ held }) => held !== null);
  return (
    <table className={isHeldShown ? "assets" : "assets is-owed-only"} role="table">
      <caption className="hidden-visually">Owed and held by asset</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            Asset
          </th>
          <th role="columnheader" scope="col" className="right">
            Owed to customers
          </th>
          {isHeldShown && (
            <>
              <th role="columnheader" scope="col" className="right">
                Held
              </th>
              <th role="columnheader" scope="col" className="right">
                Held / owed
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
              </div>
            </td>
            {asset.held && (
              <>
                <td role="cell" data-label="Held">
                  <div>
                    <Units amount={heldInAll(asset.held)} asset={asset} isBare />
                    <Levels asset={asset} held={asset.held} />
                  </div>
                </td>
                <td role="cell" data-label="Held / owed">
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
