import { useEffect } from "react";
import { Icon } from "../parts/Icon";
import { Skeleton } from "../parts/States";
import { Assets } from "./Assets";
import { Checked } from "./Checked";
import { Collateral } from "./Collateral";
import { History } from "./History";
import { leadOf } from "./lead";
import { Failed, Head, Moment } from "./parts";
import { type Listing, type Round, daysLate } from "./round";
import { CHECK, OVERVIEW } from "./route";
import { useRound } from "./useLoad";

interface Props {
  listing: Listing;
  listings: readonly Listing[];
  onExchange: (exchange: string) => void;
}

/** What a round says, in plain language. */
export function Overview({ listing, listings, onExchange }: Props) {
  const { data: round, error, again } = useRound(listing);
  useEffect(() => {
    if (round) onExchange(round.exchange);
  }, [round, onExchange]);
  const isNewest = listings[0] === listing;
  // One head while it loads and after, so that it keeps the focus.
  return (
    <>
      {round && <Notices round={round} isNewest={isNewest} />}
      <Head of={`round ${listing.round}`} title={round ? titleOf(round) : `Round ${listing.round}`}>
        {round && (
          <p className="muted">
            Round {listing.round} · balances of <Moment at={round.snapshotAt} isInBoth />
          </p>
        )}
      </Head>
      {error !== null && <Failed error={error} round={listing.round} again={again} />}
      {error === null && !round && <Skeleton lines={8} height={20} />}
      {round && (
        <>
          <Introduction round={round} />
          <section aria-label="Owed and held by asset">
            <Assets assets={round.assets} />
          </section>
          {round.collateral.length > 0 && (
            <Collateral collateral={round.collateral} currency={round.currency} />
          )}
          <Meaning round={round} />
          <Checked round={round} />
          <History round={round} listings={listings} />
        </>
      )}
    </>
  );
}

function titleOf({ exchange, assets }: Round): string {
  return `What ${exchange} owes${assets.some(({ held }) => held !== null) ? " and holds" : ""}`;
}

function Notices({ round: { exchange, snapshotAt }, isNewest }: { round: Round; isNewest: boolean }) {
  const late = isNewest ? daysLate(snapshotAt, Date.now()) : null;
  if (!isNewest) {
    return (
      <p className="notice">
        <Icon name="clock" />
        <span>
          This is an earlier round.{" "}
          <a className="link" href={OVERVIEW}>
            Go to the newest
          </a>
        </span>
      </p>
    );
  }
  if (late === null) return null;
  return (
    <p className="notice is-hold" role="status" data-late={late}>
      <Icon name="hold" />
      <span>
        The newest round is {late} days old. Rounds are expected every month: ask {exchange} when the
        next one comes.
      </span>
    </p>
  );
}

function Introduction({ round: { exchange, assets } }: { round: Round }) {
  const { text, isShort } = leadOf(exchange, assets);
  return (
    <>
      <p className={isShort ? "lead is-short" : "lead"}>
        {isShort && <Icon name="hold" size={20} />}
        <span>{text}</span>
      </p>
      <div className="act">
        <a className="button primary large" href={CHECK}>
          Check my balance
        </a>
        <span className="muted">
          See that your own balances are counted in these totals. You need the receipt that {exchange}{" "}
          gave you.
        </span>
      </div>
    </>
  );
}

/** What follows from the proofs, and what does not. */
function Meaning({ round: { exchange, snapshotAt, assets, collateral } }: { round: Round }) {
  const isMargin = collateral.length > 0;
  const isHeldShown = assets.some(({ held }) => held !== null);
  const isClaimed = assets.some(({ held }) => held !== null && held.claim > 0n);
  const isTwoSources = assets.some(({ held }) => held !== null && held.two_sources > 0n);
  const isProof = assets.some(({ held }) => held !== null && held.proof > 0n);
  return (
    <div className="meaning">
      <section>
        <h2>What this proves</h2>
        <ul className="dotted">
          <li>
            The totals are the sum of single balances, each counted once. Whoever has a receipt can
            see that theirs is among them.
          </li>
          {isMargin ? (
            <>
              <li>
                No balance is below zero. What is to be held is what is owed less what customers owe in
                the same asset: no debt makes up for another asset’s balance.
              </li>
              <li>
                No customer’s debts are worth more than their collateral counts, by the prices and tiers
                above. Debts are rounded up, collateral down.
              </li>
            </>
          ) : (
            <li>
              No balance is below zero: nobody’s debt makes what is owed to others look smaller.
            </li>
          )}
          <li>Nobody’s balance is shown to anybody else.</li>
          {isProof && (
            <li>
              What is “shown by the chain” follows from data of the chain at the block that the round
              names.
            </li>
          )}
          {isTwoSources && (
            <li>
              What is from “two sources” rests on two providers of data that say the same.
            </li>
          )}
        </ul>
      </section>
      <section>
        <h2>What it does not prove</h2>
        <ul className="dotted">
          <li>
            Anything before or after <Moment at={snapshotAt} />. It is one moment.
          </li>
          <li>
            That {exchange} has no other debts, or that what it holds is not borrowed or pledged.
          </li>
          {isMargin && (
            <li>
              That the prices are right, that what is pledged could be sold for them, or that debts are
              paid back. Who owes is not shown, and could be {exchange} itself: judge by what is
              pledged, and at which price.
            </li>
          )}
          <li>
            That no customer was left out. Each who checks their own balance makes that harder.
          </li>
          {isHeldShown ? (
            isClaimed && <li>What is “claimed only”. Claims are claims: nobody showed them.</li>
          ) : (
            <li>That {exchange} holds what it owes. This round says nothing of what it holds.</li>
          )}
        </ul>
      </section>
    </div>
  );
}
