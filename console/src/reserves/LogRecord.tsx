import { useCallback, useState, type FormEvent } from "react";
import { Icon } from "../parts/Icon";
import { Skeleton } from "../parts/States";
import { ed25519 } from "./ed25519";
import { StepList, Trouble, asRefusal } from "./parts";
import { type GivenKeys, NO_KEYS, type OnRecord, findRecord, readKeys, recordSteps } from "./record";
import type { Round } from "./round";
import { type Loading, PAGE, useLoad } from "./useLoad";

/** What the log of rounds says of a round, and with which keys that is checked. */
export function useRecord(round: Round) {
  const [given, setGiven] = useState<GivenKeys>(NO_KEYS);
  const find = useCallback(() => findRecord(round, PAGE, given, ed25519), [round, given]);
  return { ...useLoad(find), give: setGiven };
}

interface Props {
  round: Round;
  record: Loading<OnRecord> & { give: (keys: GivenKeys) => void };
}

/** That everybody is shown the same rounds: the log that has this one, and who vouches for it. */
export function LogRecord({ round: { exchange, listing }, record }: Props) {
  const { data, error, again, give } = record;
  return (
    <section aria-labelledby="record" className="record">
      <h3 id="record">In the log of rounds</h3>
      <p>
        {exchange} writes each round into a log that can only grow. Where witnesses follow it and co-sign
        it, others are shown the same log as you. This page has looked:
      </p>
      {error !== null && (
        <div className="panel-plain stack gap16" data-record="refused">
          <Trouble refusal={asRefusal(error)} exchange={exchange} round={listing.round} />
          <p>
            <button type="button" className="button" onClick={again}>
              Try again
            </button>
          </p>
        </div>
      )}
      {error === null && !data && <Skeleton lines={3} height={20} />}
      {data && <Found found={data} />}
      <Keys give={give} />
    </section>
  );
}

function Found({ found }: { found: OnRecord }) {
  const { recorded } = found;
  if (!recorded) {
    return (
      <p className="notice" data-record="absent">
        <Icon name="dash" />
        <span>
          This round does not say that it is in a log. Compare its fingerprint with that of others to know
          that you are shown the same.
        </span>
      </p>
    );
  }
  const { ids, states, words } = recordSteps({ ...found, recorded });
  return (
    <div data-record="held" data-source={found.source}>
      <StepList steps={ids} states={states} words={words} />
    </div>
  );
}

function Keys({ give }: { give: (keys: GivenKeys) => void }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    try {
      give(readKeys(text));
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <details className="paste">
      <summary>Check with keys that you have from elsewhere</summary>
      <form onSubmit={submit} autoComplete="off">
        <label className="label">
          <span>The log’s key, and those of witnesses, one a line</span>
          <textarea
            className="area"
            rows={4}
            value={text}
            onChange={(event) => setText(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            autoCorrect="off"
            autoCapitalize="off"
          />
        </label>
        {problem && (
          <p className="notice is-hold" role="alert">
            <Icon name="hold" />
            <span>{problem}</span>
          </p>
        )}
        <div className="row wrap">
          <button type="submit" className="button" disabled={text.trim() === ""}>
            Check with these keys
          </button>
          <button
            type="button"
            className="button"
            onClick={() => {
              setText("");
              setProblem(null);
              give(NO_KEYS);
            }}
          >
            Without them again
          </button>
        </div>
      </form>
    </details>
  );
}
