import { useCallback } from "react";
import { Icon } from "../parts/Icon";
import { Skeleton } from "../parts/States";
import { STEP_WORDS } from "./CheckBalance";
import { type Balances, type Outcome, type Own, RECEIPT_STEPS, ownOf } from "./check";
import { Head, Moment, StepList, Trouble, Units } from "./parts";
import { RECEIPT, type Refusal, isUnfinished } from "./refusals";
import type { AssetLine, Round } from "./round";
import { OVERVIEW } from "./route";
import type { Check, Ended } from "./useCheck";
import { roundOf, useLoad } from "./useLoad";

interface Props {
  ended: Extract<Check, { stage: "ended" }>;
  again: () => Promise<void>;
  clear: () => void;
}

/** What came of a check: first the answer, then what to do, then how it was found. */
export function Result({ ended, again, clear }: Props) {
  const { listing, first, second } = ended;
  const load = useCallback(() => (listing ? roundOf(listing) : Promise.resolve(null)), [listing]);
  const { data: round } = useLoad(load);
  const { outcome } = first;
  return (
    <div data-result={outcome.refusal ? "refused" : "held"} className="stack gap24">
      {outcome.refusal ? (
        <>
          <Head of="result" title={headOf(outcome.refusal)} />
          <Trouble
            refusal={outcome.refusal}
            exchange={round?.exchange ?? "the exchange"}
            round={listing?.round ?? null}
            hasSecond={outcome.verifier === "wasm"}
          />
        </>
      ) : round && outcome.balances ? (
        <Held round={round} balances={outcome.balances} />
      ) : (
        <Skeleton lines={4} height={20} />
      )}
      {listing && (
        <section aria-labelledby="how">
          <h2 id="how">How it was checked</h2>
          <StepList steps={RECEIPT_STEPS} states={first.states} words={STEP_WORDS} />
          <Used outcome={outcome} />
          <Second outcome={outcome} second={second} again={again} />
        </section>
      )}
      <div className="row wrap gap16">
        <button type="button" className="button" onClick={clear}>
          Check another receipt
        </button>
        <a className="link" href={OVERVIEW}>
          Leave, and forget the receipt
        </a>
      </div>
    </div>
  );
}

/** An asset of the customer's: the whole balance, then what of it is pledged, and what is borrowed. */
function OwnAsset({ asset, whole, pledged, debt }: Own<AssetLine>) {
  return (
    <li data-asset={asset.symbol}>
      <span>{asset.symbol}</span>
      <Units amount={whole} asset={asset} isBare />
      {(pledged > 0n || debt > 0n) && (
        <ul className="small muted">
          {pledged > 0n && (
            <li data-part="pledged">
              of it pledged <Units amount={pledged} asset={asset} isBare />
            </li>
          )}
          {debt > 0n && (
            <li data-part="debt">
              you owe <Units amount={debt} asset={asset} isBare />
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

/** What is proved of somebody who has pledged or borrowed something. */
function OfMargin({ exchange, owes }: { exchange: string; owes: boolean }) {
  return (
    <section aria-labelledby="margin" data-margin={owes ? "owes" : "pledged"}>
      <h2 id="margin">Pledged and borrowed</h2>
      <p>
        What you have pledged is part of what {exchange} owes you.{" "}
        {owes
          ? "Your debts are not worth more than your collateral counts, by the tiers of the round; "
          : "You owe nothing; "}
        no debt makes up for another asset’s balance.
      </p>
    </section>
  );
}

function Held({ round, balances }: { round: Round; balances: Balances }) {
  const { exchange, snapshotAt, listing, assets } = round;
  const own = ownOf(assets, balances);
  const owes = own.some(({ debt }) => debt > 0n);
  const others = assets.length - own.length;
  return (
    <>
      <Head
        of="result"
        title={
          <span className="outcome is-held">
            <span className="badge">
              <Icon name="check" size={20} />
            </span>
            <span>Your balances are counted</span>
          </span>
        }
      >
        <p className="lead">
          These balances are counted once in what {exchange} says it owes:
        </p>
      </Head>
      <section aria-label="Your balances">
        <ul className="own">
          {own.map((line) => (
            <OwnAsset key={line.asset.symbol} {...line} />
          ))}
          {own.length === 0 && <li>None: every balance was zero.</li>}
        </ul>
        <p className="small muted">
          Account {balances.account} · round {listing.round} · balances of <Moment at={snapshotAt} />
          {others > 0 && own.length > 0 && ` · the other ${others} assets: zero`}
        </p>
      </section>
      {balances.margin.length > 0 && <OfMargin exchange={exchange} owes={owes} />}
      <section aria-labelledby="wrong">
        <h2 id="wrong">Is an amount wrong?</h2>
        <p>
          Compare them with your statement of that very moment: trades and transfers after it are not in
          here. If an amount is still wrong, {exchange} has counted something else than it owes you.
        </p>
        <ul className="dotted">
          <li>
            Write to {exchange}: name the round, the asset, and the amount that you expected.
          </li>
          <li>Keep the receipt: it shows what was counted.</li>
        </ul>
      </section>
      <section aria-labelledby="not">
        <h2 id="not">What this does not say</h2>
        <p>
          It speaks of what {exchange} owed at that moment, not of what it holds, and not of any time
          after it.{" "}
          <a className="link" href={OVERVIEW}>
            See the overview
          </a>
        </p>
      </section>
    </>
  );
}

/** Whose the fault is, as far as that is known. */
function headOf(refusal: Refusal): string {
  if (refusal.file === RECEIPT) return "This receipt was refused";
  return isUnfinished(refusal) ? "The check could not be finished" : "A published file was refused";
}

const seconds = (ms: number) => (ms < 995 ? `${Math.ceil(ms / 10) * 10} ms` : `${(ms / 1000).toFixed(1)} s`);

export function Used({ outcome: { verifier, fallback, fingerprint, took } }: { outcome: Outcome }) {
  if (took === 0) return null;
  const why = {
    off: "WebAssembly is switched off here, so the second verifier checked this.",
    absent: "The first verifier could not be loaded, so the second one checked this.",
  };
  return (
    <p className="small muted" data-verifier={verifier} data-took={Math.round(took)}>
      {fallback && `${why[fallback]} `}
      {verifier === "wasm"
        ? "Checked by the verifier in Rust, as WebAssembly"
        : "Checked by the second verifier, in TypeScript"}
      , in {seconds(took)}.
      {fingerprint && (
        <>
          <br />
          SHA-256 of proof.wasm <code className="breaks">{fingerprint}</code>
        </>
      )}
    </p>
  );
}

interface SecondProps {
  outcome: Outcome;
  second: Ended | "running" | null;
  again: () => Promise<void>;
}

/** The other verifier's word, which shares no code with the first. */
function Second({ outcome, second, again }: SecondProps) {
  if (outcome.verifier !== "wasm") return null;
  if (second === null || second === "running") {
    return (
      <p className="row wrap" role="status">
        <button
          type="button"
          className="button"
          disabled={second === "running"}
          onClick={() => void again()}
        >
          Check again with the second verifier
        </button>
        {second === "running" && <span className="muted">Checking…</span>}
      </p>
    );
  }
  const { refusal, took } = second.outcome;
  const isSame = refusal?.code === outcome.refusal?.code && refusal?.file === outcome.refusal?.file;
  const verdict = refusal ? `refuses it too (${refusal.code})` : "finds the same";
  return (
    <p
      className={isSame ? "notice" : "notice is-hold"}
      role="status"
      data-second={refusal ? refusal.code : "held"}
      data-took={Math.round(took)}
    >
      <Icon name={isSame ? "check" : "hold"} />
      <span>
        {isSame
          ? `The second verifier, in TypeScript, ${verdict}, in ${seconds(took)}. It shares no code with the first.`
          : `The two verifiers disagree: the second one says ${refusal ? `${refusal.code}, ${refusal.file}` : "that it holds"}. One of them is wrong. Please report this with the lines above.`}
      </span>
    </p>
  );
}
