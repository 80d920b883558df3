import { useState, type DragEvent, type FormEvent } from "react";
import { Icon } from "../parts/Icon";
import { Result } from "./Result";
import { type StepId, RECEIPT_STEPS, type StepStates } from "./check";
import { Head, StepList } from "./parts";
import type { Listing } from "./round";
import { OVERVIEW } from "./route";
import { bytesOf, useCheck } from "./useCheck";

export const STEP_WORDS: Record<(typeof RECEIPT_STEPS)[number], { title: string; detail: string }> =
  {
    receipt: { title: "The receipt was read", detail: "It is whole, and of this round." },
    files: {
      title: "The files of the round belong together",
      detail: "Each is the one that the round lists.",
    },
    leaf: {
      title: "Your balances are an entry of the list",
      detail: "With these very amounts, under your account.",
    },
    shard: {
      title: "Your part of the list adds up",
      detail: "Its proof: every entry is counted once, and none is below zero.",
    },
    totals: {
      title: "All parts come to the totals",
      detail: "Their proof: nothing is left out between the parts and what is published.",
    },
  };

interface Props {
  listings: readonly Listing[];
  exchange: string;
}

/** One decision: giving a receipt. Then what came of it. */
export function CheckBalance({ listings, exchange }: Props) {
  const { check, give, again, clear } = useCheck(listings);
  if (check.stage === "asking") {
    return <Asking exchange={exchange} problem={check.problem} give={give} clear={clear} />;
  }
  if (check.stage === "checking") {
    return <Checking round={check.listing.round} states={check.states} />;
  }
  return <Result ended={check} again={again} clear={() => clear()} />;
}

interface AskingProps {
  exchange: string;
  problem: string | null;
  give: (bytes: Uint8Array) => Promise<void>;
  clear: (problem: string | null) => void;
}

function Asking({ exchange, problem, give, clear }: AskingProps) {
  const [text, setText] = useState("");
  const [isOver, setOver] = useState(false);
  const open = async (file: File | undefined) => {
    if (!file) return;
    const bytes = await bytesOf(file).catch(() => null);
    if (bytes) await give(bytes);
    else clear(`${file.name} is too large for a receipt, or cannot be read. Open another file.`);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void open(event.dataTransfer.files[0]);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = text.trim();
    if (trimmed) void give(new TextEncoder().encode(trimmed));
  };
  return (
    <>
      <Head of="check" title="Check my balance">
        <p className="lead">
          Your receipt shows that your balances are counted in what {exchange} says it owes.
        </p>
      </Head>
      <div
        className={isOver ? "give is-over" : "give"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <label className="button primary large file-button">
          Open the receipt file
          <input
            type="file"
            accept=".json,application/json"
            className="hidden-visually"
            onKeyDown={(event) => {
              // As on any other button; of itself it only takes the space bar.
              if (event.key === "Enter") event.currentTarget.click();
            }}
            onChange={(event) => {
              void open(event.target.files?.[0]);
              // The same file can be opened once more.
              event.target.value = "";
            }}
          />
        </label>
        <p className="muted">
          or drop it here. {exchange} gives it to you in your account; it ends in <code>.json</code>.
        </p>
        {problem && (
          <p className="notice is-hold" role="alert">
            <Icon name="hold" />
            <span>{problem}</span>
          </p>
        )}
      </div>
      <details className="paste">
        <summary>Paste the receipt instead</summary>
        <form onSubmit={submit} autoComplete="off">
          <label className="label">
            <span>Text of the receipt, all of it</span>
            <textarea
              className="area"
              rows={6}
              value={text}
              onChange={(event) => setText(event.target.value)}
              // A spelling checker may send what it checks elsewhere.
              spellCheck={false}
              autoComplete="off"
              autoCorrect="off"
              autoCapitalize="off"
            />
          </label>
          <button type="submit" className="button" disabled={text.trim() === ""}>
            Check this receipt
          </button>
        </form>
      </details>
      <section className="privacy" aria-labelledby="privacy">
        <h2 id="privacy">Nothing is uploaded</h2>
        <p>
          The check happens in this browser. Your receipt is not sent anywhere, not saved, and not part
          of this page’s address. It is forgotten when you leave this view. Whoever has your receipt can
          see your balances: show it to nobody but {exchange}.
        </p>
      </section>
      <p>
        <a className="link" href={OVERVIEW}>
          Back to the overview
        </a>
      </p>
    </>
  );
}

function Checking({ round, states }: { round: string; states: StepStates }) {
  const running = RECEIPT_STEPS.find((step) => states[step] === "running");
  return (
    <>
      <Head of="checking" title="Checking your balance">
        <p className="muted" role="status">
          Round {round}: {running ? `${STEP_WORDS[running].title}…` : "beginning…"}
        </p>
      </Head>
      <StepList steps={RECEIPT_STEPS as readonly StepId[]} states={states} words={STEP_WORDS} />
    </>
  );
}
