import { useState } from "react";
import { Icon } from "../parts/Icon";
import { Skeleton } from "../parts/States";
import { Moment, Units, asRefusal } from "./parts";
import { coverageText, heldInAll } from "./ratio";
import { explain } from "./refusals";
import type { Listing, Round } from "./round";
import { roundHref } from "./route";
import { useRound } from "./useLoad";

/** Each shown round is two files more to fetch. */
const SHOWN = 3;

/** The other rounds with their totals, newest first. */
export function History({ round, listings }: { round: Round; listings: readonly Listing[] }) {
  const [shown, setShown] = useState(SHOWN);
  const others = listings.filter((listing) => listing.round !== round.listing.round);
  if (others.length === 0) {
    return (
      <section aria-labelledby="history">
        <h2 id="history">Other rounds</h2>
        <p className="muted">This is the first round that is published here.</p>
      </section>
    );
  }
  return (
    <section aria-labelledby="history">
      <h2 id="history">Other rounds</h2>
      <ul className="history">
        {others.slice(0, shown).map((listing) => (
          <li key={listing.round}>
            <Other listing={listing} next={nextOf(listing, listings)} />
          </li>
        ))}
      </ul>
      {others.length > shown && (
        <button type="button" className="button" onClick={() => setShown(shown + SHOWN)}>
          Show {Math.min(SHOWN, others.length - shown)} more of {others.length - shown}
        </button>
      )}
    </section>
  );
}

const nextOf = (listing: Listing, listings: readonly Listing[]): Listing | null =>
  listings[listings.indexOf(listing) - 1] ?? null;

function Other({ listing, next }: { listing: Listing; next: Listing | null }) {
  const { data: round, error, again } = useRound(listing);
  return (
    <article>
      <header className="row wrap">
        <h3>Round {listing.round}</h3>
        {round && (
          <span className="muted small grow">
            balances of <Moment at={round.snapshotAt} />
          </span>
        )}
        <a className="link" href={roundHref(listing.round)}>
          Open and verify<span className="hidden-visually"> round {listing.round}</span>
        </a>
      </header>
      {error !== null && (
        <p className="notice is-hold" role="status">
          <Icon name="hold" />
          <span>
            {explain(asRefusal(error), "the exchange").title}{" "}
            <code>
              {asRefusal(error).code} · {listing.path}
              {asRefusal(error).file}
            </code>{" "}
            <button type="button" className="link" onClick={again}>
              Try again
            </button>
          </span>
        </p>
      )}
      {!round && error === null && <Skeleton lines={1} height={20} />}
      {round && (
        <ul className="totals">
          {round.assets.map((asset) => (
            <li key={asset.symbol}>
              <Units amount={asset.owed} asset={asset} />
              {asset.held && (
                <span className={heldInAll(asset.held) < asset.toHold ? "small warn" : "small muted"}>
                  {coverageText(heldInAll(asset.held), asset.toHold)} held
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {round && next && <Linked round={round} next={next} />}
    </article>
  );
}

/** Each header names the one before it, so that no round can be exchanged later on. */
function Linked({ round, next }: { round: Round; next: Listing }) {
  const { data: later } = useRound(next);
  if (!later) return null;
  return later.previous === round.header ? (
    <p className="small muted linked">
      <Icon name="check" size={12} /> Round {next.round} names this round as the one before it.
    </p>
  ) : (
    <p className="notice is-hold small">
      <Icon name="hold" />
      <span>
        Round {next.round} names another round as the one before it. A round between them may be
        missing here, or this one was exchanged later on.
      </span>
    </p>
  );
}
