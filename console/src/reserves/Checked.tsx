import { useEffect, useRef, useState } from "react";
import { bytesText } from "../lib/amount";
import { plural } from "../lib/words";
import { JOURNAL } from "../proof/manifest";
import { CopyButton } from "../parts/Copy";
import { CheckHeld, heldDetail, heldStep, useHeldCheck } from "./CheckHeld";
import { type Outcome, type StepId, type StepStates, run, start } from "./check";
import { Fingerprint } from "./Fingerprint";
import { LogRecord, useRecord } from "./LogRecord";
import { StepList, Trouble, asRefusal } from "./parts";
import { Used } from "./Result";
import { type Round, commands } from "./round";
import { PAGE } from "./useLoad";

const STEPS: readonly StepId[] = ["files", "totals", "shards"];

interface State {
  states: StepStates;
  /** Which shard is being checked. */
  done: number;
  isRunning: boolean;
  outcome: Outcome | null;
}

const BEFORE: State = { states: {}, done: 0, isRunning: false, outcome: null };

/** What this page checked itself, and how anybody checks the rest. */
export function Checked({ round }: { round: Round }) {
  const { exchange, listing, shards, manifest } = round;
  const [state, setState] = useState<State>(BEFORE);
  const record = useRecord(round);
  const isRefused = record.error !== null && asRefusal(record.error).code !== "proof.file.missing";
  const hasRecord = isRefused || (record.data?.recorded ?? null) !== null;
  const worker = useRef<Worker | null>(null);
  useEffect(() => {
    setState(BEFORE);
    return () => worker.current?.terminate();
  }, [round]);

  const begin = async (isEveryShard: boolean, isSecond = false) => {
    worker.current?.terminate();
    setState({ ...BEFORE, isRunning: true });
    worker.current = start();
    const task = {
      ...{ page: PAGE, base: listing.base, fingerprint: round.fingerprint },
      ...{ receipt: null, isSecond, isEveryShard },
    };
    try {
      const outcome = await run(worker.current, task, (message) => {
        if (message.kind === "step") {
          setState((last) => ({
            ...last,
            states: { ...last.states, [message.step]: message.state },
          }));
        } else if (message.kind === "shards") setState((last) => ({ ...last, done: message.done }));
      });
      setState((last) => ({ ...last, isRunning: false, outcome }));
    } catch (error) {
      const refusal = asRefusal(error);
      setState((last) => ({ ...last, isRunning: false, outcome: { ...NO_OUTCOME, refusal } }));
    }
  };

  const held = useHeldCheck(round);
  const { states, done, isRunning, outcome } = state;
  const isHeld = outcome !== null && outcome.refusal === null;
  const shardBytes = [...manifest]
    .filter(([name]) => name.startsWith("shards/"))
    .reduce((sum, [, { bytes }]) => sum + bytes, 0);
  const parts = `${shards} ${plural(shards, "part")}`;
  const words: Partial<Record<StepId, { title: string; detail: string }>> = {
    files: {
      title: "The files are those that the round lists",
      detail: "manifest.json lists each of them, byte for byte.",
    },
    totals: {
      title: "The totals are the sum of all parts",
      detail: "The proof of the totals, checked against what is published.",
    },
    shards: {
      title: `Each part is the sum of its customers’ balances`,
      detail:
        states.shards === "running"
          ? `Part ${done + 1} of ${shards}`
          : `The proofs of ${parts}, ${bytesText(shardBytes)}.`,
    },
    held: {
      title: "What is held follows from signed addresses and evidence",
      detail: heldDetail(held.state),
    },
  };
  const isHeldShown = round.assets.some(({ held }) => held !== null);
  return (
    <section aria-labelledby="checked">
      <h2 id="checked">Who checked this</h2>
      <p>
        This page checks in your browser what you ask it to check, and says here what it did. The
        figures above are what {exchange} published, until they are checked.
      </p>
      <StepList
        steps={isHeldShown ? [...STEPS, "held"] : STEPS}
        states={{ ...states, held: heldStep(held.state) }}
        words={words}
      />
      <div className="row wrap" aria-live="polite">
        {states.shards !== "held" && (
          <button
            type="button"
            className="button"
            disabled={isRunning}
            onClick={() => void begin(isHeld)}
          >
            {isHeld ? `Check every part too (${bytesText(shardBytes)})` : "Check the totals now"}
          </button>
        )}
        {isRunning && <span className="muted">Checking…</span>}
        {outcome?.verifier === "wasm" && (
          <button
            type="button"
            className="button"
            disabled={isRunning}
            onClick={() => void begin(states.shards !== undefined, true)}
          >
            Check again with the second verifier
          </button>
        )}
        {isHeld && (
          <span className="good" data-outcome="held">
            {states.shards === "held" ? "All proofs hold" : "The totals hold"}.
          </span>
        )}
      </div>
      {outcome && <Used outcome={outcome} />}
      {outcome?.refusal && (
        <div className="panel-plain stack gap16">
          <Trouble
            refusal={outcome.refusal}
            exchange={exchange}
            round={listing.round}
            hasSecond={outcome.verifier === "wasm"}
          />
        </div>
      )}
      <LogRecord round={round} record={record} />
      {isHeldShown && <CheckHeld round={round} check={held} />}
      <Fingerprint round={round} />
      <h3>Without this page</h3>
      <p>
        This page comes from where the files come from. Whoever does not want to rely on it checks
        everything, every part included, with the program on a machine of their own:
      </p>
      <Commands text={commands(round, hasRecord)} />
      <Files round={round} hasRecord={hasRecord} />
    </section>
  );
}

const NO_OUTCOME: Outcome = {
  ...{ refusal: null, verifier: "second", fallback: null, fingerprint: null, balances: null },
  took: 0,
};

function Commands({ text }: { text: string }) {
  return (
    <div className="quote">
      <div className="row">
        <span className="muted small grow">Fetch all files and verify them</span>
        <CopyButton text={text} what="Commands" />
      </div>
      <pre tabIndex={0} role="region" aria-label="Commands">
        {text}
      </pre>
    </div>
  );
}

/** Shards after the first few are fetched with the commands above. */
const SHARDS_LISTED = 8;

function Files({ round: { listing, manifest }, hasRecord }: { round: Round; hasRecord: boolean }) {
  const names = ["manifest.json", ...manifest.keys()];
  const shards = names.filter((name) => name.startsWith("shards/"));
  const hidden = new Set(shards.slice(SHARDS_LISTED));
  return (
    <details className="files">
      <summary>All files of this round ({names.length})</summary>
      <ul>
        {names
          .filter((name) => !hidden.has(name))
          .map((name) => (
            <li key={name} className="row">
              <a className="link grow" href={new URL(name, listing.base).href} download>
                {name}
              </a>
              <span className="muted small">
                {manifest.has(name) && bytesText(manifest.get(name)?.bytes ?? 0)}
              </span>
            </li>
          ))}
        {hasRecord && (
          <li>
            <a className="link" href={new URL(JOURNAL, listing.base).href} download>
              {JOURNAL}
            </a>
          </li>
        )}
        {hidden.size > 0 && <li className="muted">and {hidden.size} more parts in shards/</li>}
      </ul>
    </details>
  );
}
