import { useState, type FormEvent } from "react";
import { Icon } from "../../parts/Icon";
import { api } from "../api";
import type { Interview, Withdrawal } from "../model";
import { Choices } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { Units } from "../parts/Units";
import { useAct } from "../parts/useAct";

interface InterviewProps {
  withdrawal: Withdrawal;
  set: (next: Withdrawal) => void;
}

/** Questions before a risky withdrawal. Pausing is what the eye falls on; going on is the quiet way. */
export function InterviewForm({ withdrawal, set }: InterviewProps) {
  const interview = withdrawal.interview as Interview;
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const { isBusy, error, run } = useAct();
  const isWhole = interview.questions.every(({ id }) => answers[id] !== undefined);
  const pause = () => run(async () => set(await api.cancel(withdrawal.id)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWhole) void run(async () => set(await api.answer(withdrawal.id, answers)));
  };
  return (
    <Page title="A moment, before it leaves" back={backTo("withdrawals", "Withdrawals")}>
      <form className="narrow stack gap24" onSubmit={submit} data-interview={interview.kind}>
        <p>
          <Units
            units={withdrawal.amount}
            decimals={withdrawal.decimals}
            symbol={withdrawal.symbol}
          />{" "}
          cannot be brought back once they have left. {interview.pause}
        </p>
        {interview.questions.map(({ id, text, answers: options }) => (
          <Choices
            key={id}
            legend={text}
            name={id}
            options={options}
            chosen={answers[id] ?? null}
            onChoose={(chosen) => setAnswers({ ...answers, [id]: chosen })}
          />
        ))}
        <Refused error={error} />
        <div className="stack gap16">
          <button
            type="button"
            className="button primary large wide"
            disabled={isBusy}
            onClick={() => void pause()}
          >
            <Icon name="pause" /> Pause: nothing leaves
          </button>
          <button type="submit" className="button quiet large" disabled={isBusy || !isWhole}>
            Send my answers and go on
          </button>
        </div>
        <p className="muted small">
          Nobody is allowed to tell you what to answer here. If somebody does, on the phone or on
          your screen, pause.
        </p>
      </form>
    </Page>
  );
}
