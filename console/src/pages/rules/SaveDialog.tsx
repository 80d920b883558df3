import { useState } from "react";
import { plural } from "../../lib/words";
import { Dialog } from "../../parts/Dialog";
import { Fault } from "../../parts/States";

interface SaveDialogProps {
  error: Error | null;
  isPending: boolean;
  failedTests: number;
  onSave: (note: string) => void;
  onLeave: () => void;
}

/** A draft needs a sentence for the person who will read it. */
export function SaveDialog({ error, isPending, failedTests, onSave, onLeave }: SaveDialogProps) {
  const [note, setNote] = useState("");
  return (
    <Dialog
      title="Save as a draft"
      onClose={onLeave}
      onSubmit={() => {
        if (note.trim() && !isPending) onSave(note.trim());
      }}
      actions={
        <>
          <button type="button" className="button" onClick={onLeave}>
            Go on writing
          </button>
          <button type="submit" className="button primary" disabled={!note.trim() || isPending}>
            Save the draft
          </button>
        </>
      }
    >
      <p>A draft judges nothing. Another person reads it and publishes it.</p>
      {failedTests > 0 && (
        <p className="warn">
          {failedTests} {plural(failedTests, "test fails", "tests fail")}. The draft can be saved,
          and not published before they pass.
        </p>
      )}
      <label className="label">
        What changes, and why
        <textarea
          className="area"
          maxLength={500}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </label>
      {error && <Fault error={error} />}
    </Dialog>
  );
}
