import { useState } from "react";
import type { Outcome } from "../../api/model";
import { OUTCOME_WORDS, plural } from "../../lib/words";
import { Dialog } from "../../parts/Dialog";

interface CloseDialogProps {
  ids: number[];
  isPending: boolean;
  onLeave: () => void;
  onClose: (outcome: Outcome, note: string) => Promise<void>;
}

const OUTCOMES: { outcome: Outcome; meaning: string }[] = [
  { outcome: "confirmed", meaning: "The alert is right." },
  { outcome: "false_alarm", meaning: "Nothing speaks against the address after a look." },
  { outcome: "duplicate", meaning: "Another alert is about the same matter." },
];

/** Closing needs an outcome and a reason in words: both stay in the alert's history. */
export function CloseDialog({ ids, isPending, onLeave, onClose }: CloseDialogProps) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [note, setNote] = useState("");
  const isReady = outcome !== null && note.trim() !== "" && !isPending;
  const many = `${ids.length} ${plural(ids.length, "alert")}`;
  return (
    <Dialog
      title={`Close ${many}`}
      onClose={onLeave}
      onSubmit={() => {
        if (isReady) void onClose(outcome, note.trim());
      }}
      actions={
        <>
          <button type="button" className="button" onClick={onLeave}>
            Keep open
          </button>
          <button type="submit" className="button primary" disabled={!isReady}>
            Close {many}
          </button>
        </>
      }
    >
      <p>
        {ids.length === 1 ? "It leaves" : "They leave"} the queue for everyone. No verdict changes
        and nothing is paid out by this. You can undo it for a minute, and reopen{" "}
        {ids.length === 1 ? "it" : "them"} later.
      </p>
      <fieldset className="outcomes">
        <legend className="hidden-visually">Outcome</legend>
        {OUTCOMES.map((one) => (
          <label key={one.outcome}>
            <input
              type="radio"
              name="outcome"
              value={one.outcome}
              checked={outcome === one.outcome}
              onChange={() => setOutcome(one.outcome)}
            />
            <span>
              <span className="strong">{OUTCOME_WORDS[one.outcome]}</span>{" "}
              <span className="muted">{one.meaning}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label className="label">
        Why
        <textarea
          className="area"
          name="note"
          required
          maxLength={2000}
          placeholder="What you looked at and what you found"
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </label>
    </Dialog>
  );
}
