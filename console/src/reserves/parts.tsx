/** What the views of this page are made of. */
import { useEffect, useRef, type ReactNode } from "react";
import { amountParts } from "../lib/amount";
import { ProofError } from "../proof/error";
import { CopyButton } from "../parts/Copy";
import { Icon, type IconName } from "../parts/Icon";
import type { StepId, StepState, StepStates } from "./check";
import { SECOND, type Refusal, explain, isUnfinished, quotable } from "./refusals";
import { inOwnZone, inUtc } from "./time";

interface UnitsProps {
  amount: bigint;
  asset: { symbol: string; id: string; decimals: number };
  /** Where the asset stands beside it. */
  isBare?: boolean;
}

/** An exact amount: the part after the point is quieter, and never cut. */
export function Units({ amount, asset, isBare = false }: UnitsProps) {
  const { whole, fraction } = amountParts(String(amount), asset.decimals);
  return (
    <span className="amount units" title={`${amount} base units of ${asset.id}`}>
      {whole}
      {fraction && <span className="fraction">.{fraction}</span>}
      {!isBare && <span className="muted"> {asset.symbol}</span>}
    </span>
  );
}

/** A moment with its zone; on hover, or written out, the same in the reader's own zone. */
export function Moment({ at, isInBoth = false }: { at: number; isInBoth?: boolean }) {
  const own = inOwnZone(at);
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={own ?? undefined}>
      {inUtc(at)}
      {isInBoth && own && ` (${own} where you are)`}
    </time>
  );
}

interface HeadProps {
  /** Names the view. */
  of: string;
  title: ReactNode;
  children?: ReactNode;
}

let lastView: string | null = null;

/** The head of a view. It gets the focus when one comes from another view, not when a page loads. */
export function Head({ of, title, children }: HeadProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (lastView !== null && lastView !== of) head.current?.focus();
    lastView = of;
  }, [of]);
  return (
    <header className="view-head">
      <h1 ref={head} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </header>
  );
}

interface TroubleProps {
  refusal: Refusal;
  exchange: string;
  round: string | null;
  /** The second verifier can be asked on the same view. */
  hasSecond?: boolean;
}

/** What went wrong, what can be done, and what to quote. */
export function Trouble({ refusal, exchange, round, hasSecond = false }: TroubleProps) {
  const { title, meaning, steps } = explain(refusal, exchange);
  const isOpen = isUnfinished(refusal);
  const possible = steps.filter((step) => hasSecond || step !== SECOND);
  return (
    <>
      <p className={isOpen ? "outcome is-open" : "outcome is-refused"} role="alert">
        <Icon name={isOpen ? "hold" : "deny"} size={24} />
        <span>{title}</span>
      </p>
      <p>{meaning}</p>
      <h2>What you can do</h2>
      <ul className="dotted">
        {possible.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ul>
      <Quote text={quotable(refusal, round)} />
    </>
  );
}

function Quote({ text }: { text: string }) {
  return (
    <div className="quote">
      <div className="row">
        <span className="muted small grow">To quote</span>
        <CopyButton text={text} what="Lines to quote" />
      </div>
      <pre data-quote="" tabIndex={0} role="region" aria-label="Lines to quote">
        {text}
      </pre>
    </div>
  );
}

/** An error as a refusal; what is no refusal is a fault of the page. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof ProofError) {
    return { file: error.file ?? "input", code: error.code, error: error.reason };
  }
  return { file: "page", code: "page.fault", error: String(error) };
}

interface FailedProps {
  error: unknown;
  exchange?: string;
  round: string | null;
  again: () => void;
}

export function Failed({ error, exchange = "the exchange", round, again }: FailedProps) {
  return (
    <div className="panel-plain stack gap16">
      <Trouble refusal={asRefusal(error)} exchange={exchange} round={round} />
      <p>
        <button type="button" className="button" onClick={again}>
          Try again
        </button>
      </p>
    </div>
  );
}

const ICONS: Record<StepState, IconName> = {
  waiting: "dash",
  running: "clock",
  held: "check",
  failed: "close",
  unavailable: "dash",
};
const WORDS: Record<StepState, string> = {
  waiting: "Not yet",
  running: "Being checked",
  held: "Holds",
  failed: "Does not hold",
  unavailable: "Not checked",
};

interface StepsProps {
  steps: readonly StepId[];
  states: StepStates;
  words: Readonly<Partial<Record<StepId, { title: string; detail: string }>>>;
}

/** Each step with its outcome: icon, word and colour. */
export function StepList({ steps, states, words }: StepsProps) {
  return (
    <ol className="steps">
      {steps.map((id) => {
        const state = states[id] ?? "waiting";
        return (
          <li key={id} data-step={id} data-state={state}>
            <span className={`step-mark is-${state}`}>
              <Icon name={ICONS[state]} size={16} />
            </span>
            <div className="grow">
              <div className="step-title">
                <span>{words[id]?.title}</span>
                <span className={`step-word is-${state}`}>{WORDS[state]}</span>
              </div>
              <div className="small muted">{words[id]?.detail}</div>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
