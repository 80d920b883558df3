import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/endpoints";
import type { RuleVersionDetail } from "../../api/model";
import { count } from "../../lib/amount";
import { Dialog } from "../../parts/Dialog";
import { Fault } from "../../parts/States";
import { showToast } from "../../parts/Toast";

interface PublishDialogProps {
  detail: RuleVersionDetail;
  live: number | null;
  onLeave: () => void;
}

/** The second person's act: says what happens, and asks for the version to be typed. */
export function PublishDialog({ detail, live, onLeave }: PublishDialogProps) {
  const [typed, setTyped] = useState("");
  const client = useQueryClient();
  const wanted = `publish ${detail.version}`;
  const isReady = typed.trim().toLowerCase() === wanted;
  const publish = useMutation({
    mutationFn: () => api.publishRules(detail.version),
    onSuccess: () => {
      showToast({ text: `Version ${detail.version} is live` });
      void client.invalidateQueries({ queryKey: ["rules"] });
      onLeave();
    },
  });
  return (
    <Dialog
      title={`Publish version ${detail.version}`}
      onClose={onLeave}
      onSubmit={() => {
        if (isReady && !publish.isPending) publish.mutate();
      }}
      actions={
        <>
          <button type="button" className="button" onClick={onLeave}>
            Not now
          </button>
          <button type="submit" className="button primary" disabled={!isReady || publish.isPending}>
            Publish version {detail.version}
          </button>
        </>
      }
    >
      <p>
        From the next transfer on, {count(detail.rules)} rules of this version judge for every
        customer{live !== null && `, in place of version ${live}`}. Decisions already made do not
        change.
      </p>
      <p>
        It cannot be undone as such: the way back is to publish{" "}
        {live === null ? "another version" : `the text of version ${live}`} again, which needs two
        people too. Its own tests have to pass.
      </p>
      <p className="four-eyes">
        <span className="strong">1 of 2</span> {detail.created_by?.name ?? "Somebody"} wrote it. You
        are the second person, and your name is recorded.
      </p>
      <label className="label">
        <span>
          Type <code>{wanted}</code>
        </span>
        <input
          className="field"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </label>
      {publish.error && <Fault error={publish.error} />}
    </Dialog>
  );
}
