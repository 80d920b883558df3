import { useEffect, useRef, useState } from "react";
import { checkHeld, type Found, type Outcome } from "../holdings/check";
import { bytesText } from "../lib/amount";
import { plural } from "../lib/words";
import type { StepState } from "./check";
import { Trouble, asRefusal } from "./parts";
import type { Round } from "./round";

type State =
  | { stage: "asking" }
  | { stage: "checking"; rows: number }
  | { stage: "ended"; outcome: Outcome };

/** What the verifier of holdings is doing, and how it is begun. */
export function useHeldCheck({ listing, fingerprint }: Round) {
  const [state, setState] = useState<State>({ stage: "asking" });
  const running = useRef<{ end: () => void } | null>(null);
  const { base } = listing;
  useEffect(() => {
    setState({ stage: "asking" });
    return () => running.current?.end();
  }, [base, fingerprint]);
  const begin = async () => {
    setState({ stage: "checking", rows: 0 });
    const check = checkHeld({ base, fingerprint }, (rows) => setState({ stage: "checking", rows }));
    running.current = check;
    const outcome = await check.outcome.catch((error: unknown) => ({
      ...{ refusal: asRefusal(error), found: null, took: 0 },
    }));
    if (running.current === check) setState({ stage: "ended", outcome });
  };
  return { state, begin };
}

export function heldStep(state: State): StepState {
  if (state.stage !== "ended") return state.stage === "asking" ? "unavailable" : "running";
  return state.outcome.refusal ? "failed" : "held";
}

export function heldDetail(state: State): string {
  if (state.stage === "checking") return `Row ${state.rows + 1} of the list`;
  return "Who signed for each address, and how surely each amount is known.";
}

interface Props {
  round: Round;
  check: ReturnType<typeof useHeldCheck>;
}

/** The action that checks what is held, and what it found. */
export function CheckHeld({ round, check: { state, begin } }: Props) {
  const { exchange, listing, manifest } = round;
  const bytes = [...manifest]
    .filter(([name]) => name.startsWith("reserves/"))
    .reduce((sum, [, file]) => sum + file.bytes, 0);
  const outcome = state.stage === "ended" ? state.outcome : null;
  return (
    <>
      <div className="row wrap" aria-live="polite">
        {!outcome?.found && (
          <button
            type="button"
            className="button"
            disabled={state.stage === "checking"}
            onClick={() => void begin()}
          >
            Check what is held ({bytesText(bytes)})
          </button>
        )}
        {state.stage === "checking" && <span className="muted">Checking…</span>}
        {outcome?.found && (
          <span className="good" data-held={outcome.found.rows}>
            What is held follows from {outcome.found.rows} {plural(outcome.found.rows, "row")} that
            were signed for, checked here in {(outcome.took / 1000).toFixed(1)} s with the verifier in
            TypeScript.
          </span>
        )}
      </div>
      {outcome?.found && <Remarks found={outcome.found} />}
      {outcome?.refusal && (
        <div className="panel-plain stack gap16" data-held="refused">
          <Trouble refusal={outcome.refusal} exchange={exchange} round={listing.round} />
        </div>
      )}
    </>
  );
}

const PLACES_NAMED = 3;

/** What a reader should know although nothing is wrong. */
function Remarks({ found: { replayable, mapped } }: { found: Found }) {
  if (replayable === 0 && mapped.length === 0) return null;
  const others = mapped.reduce((sum, [, rows]) => sum + rows, 0);
  const more = mapped.length - PLACES_NAMED;
  const named =
    mapped.slice(0, PLACES_NAMED).map(([place]) => place).join(", ") +
    (more > 0 ? ` and ${more} more` : "");
  return (
    <ul className="dotted small muted">
      {replayable > 0 && (
        <li>
          {replayable} {plural(replayable, "row")} with a sentence that could have been signed at any
          time, for anybody: counted as claims.
        </li>
      )}
      {mapped.length > 0 && (
        <li>
          {others} {plural(others, "row")} of an asset on another chain than its own ({named}): never
          counted as shown by the chain.
        </li>
      )}
    </ul>
  );
}
