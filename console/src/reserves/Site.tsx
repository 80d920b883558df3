import { useCallback, useEffect, useRef, useState } from "react";
import { Mark } from "../parts/Icon";
import { Empty, Skeleton } from "../parts/States";
import { Toasts } from "../parts/Toast";
import { ThemeChoice } from "../shell/ThemeChoice";
import { CheckBalance } from "./CheckBalance";
import { Overview } from "./Overview";
import { Failed, Head } from "./parts";
import type { Listing } from "./round";
import { CHECK, OVERVIEW, type Route, parseRoute, useHash } from "./route";
import { listingsOf, roundOf, useLoad } from "./useLoad";

const UNNAMED = "the exchange";

/** The frame of the page and the view in it. */
export function Site() {
  const route = parseRoute(useHash());
  const { data: listings, error, again } = useLoad(listingsOf);
  const [exchange, setExchange] = useState<string | null>(null);
  const main = useRef<HTMLElement>(null);
  const name = useCallback((next: string) => setExchange(next), []);

  useEffect(() => {
    const newest = listings?.[0];
    // Views of their own say what is wrong with a round; here only the name is wanted.
    if (newest) roundOf(newest).then((round) => setExchange(round.exchange), () => {});
  }, [listings]);
  useEffect(() => {
    const view = route.page === "check" ? "Check my balance" : "Proof of reserves";
    document.title = exchange ? `${view} · ${exchange}` : view;
  }, [route.page, exchange]);
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [route.page]);

  return (
    <div className="frame">
      <button type="button" className="skip button" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header className="site-head">
        <a className="brand" href={OVERVIEW}>
          <Mark size={20} />
          <span>
            {exchange && <strong>{exchange}</strong>}
            <span className={exchange ? "muted" : ""}>Proof of reserves</span>
          </span>
        </a>
        <nav aria-label="Views" className="site-nav">
          <a href={OVERVIEW} aria-current={route.page === "overview" ? "page" : undefined}>
            Overview
          </a>
          <a href={CHECK} aria-current={route.page === "check" ? "page" : undefined}>
            Check my balance
          </a>
        </nav>
        <ThemeChoice />
      </header>
      <main ref={main} tabIndex={-1}>
        {error !== null ? (
          <>
            <Head of="fault" title="Proof of reserves" />
            <Failed error={error} round={null} again={again} />
          </>
        ) : listings === null ? (
          <Skeleton lines={8} height={20} />
        ) : (
          <View route={route} listings={listings} exchange={exchange ?? UNNAMED} onExchange={name} />
        )}
      </main>
      <footer className="site-foot small muted">
        <span>Made with Ringfence. Its verifiers are open source.</span>
        <span>Each check says what was checked, and what was not.</span>
      </footer>
      <Toasts />
    </div>
  );
}

interface ViewProps {
  route: Route;
  listings: readonly Listing[];
  exchange: string;
  onExchange: (exchange: string) => void;
}

function View({ route, listings, exchange, onExchange }: ViewProps) {
  const [newest] = listings;
  if (!newest) {
    return (
      <Empty title="No round is published yet">
        Here the rounds appear once rounds.json lists them.
      </Empty>
    );
  }
  if (route.page === "check") return <CheckBalance listings={listings} exchange={exchange} />;
  const wanted = route.page === "overview" ? (route.round ?? newest.round) : null;
  const listing = listings.find(({ round }) => round === wanted);
  if (listing) {
    return (
      <Overview
        key={listing.round}
        listing={listing}
        listings={listings}
        onExchange={onExchange}
      />
    );
  }
  return (
    <>
      <Head
        of="unknown"
        title={wanted === null ? "There is no page here" : `There is no round ${wanted} here`}
      />
      <p>
        <a className="link" href={OVERVIEW}>
          Go to the newest round
        </a>
      </p>
    </>
  );
}
