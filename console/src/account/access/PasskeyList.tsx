import { useState } from "react";
import { Dialog } from "../../parts/Dialog";
import { useRun } from "../Confirm";
import type { Passkey } from "../model";
import { Field } from "../parts/Field";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Ago, Moment } from "../parts/When";
import { useAccount } from "../session";

export function PasskeyList() {
  const { passkeys } = useAccount().credentials;
  if (passkeys.length === 0) return <p className="muted">There is none yet.</p>;
  return (
    <ul className="rows">
      {passkeys.map((passkey) => (
        <PasskeyRow key={passkey.id} passkey={passkey} />
      ))}
    </ul>
  );
}

function PasskeyRow({ passkey }: { passkey: Passkey }) {
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [name, setName] = useState<string | null>(null);
  const rename = () =>
    attempt(async () => {
      await run({ do: "rename_passkey", id: passkey.id, name: (name ?? "").trim() });
      setName(null);
    });
  return (
    <li className="row-item" data-passkey={passkey.name}>
      <span className="grow">
        <span className="row-title">{passkey.name}</span>
        <span className="muted small">
          {passkey.is_synced ? "Also on your other devices of this maker" : "On one device only"},
          made <Moment time={passkey.created_at} />,{" "}
          {passkey.last_used_at ? (
            <>
              used <Ago time={passkey.last_used_at} />
            </>
          ) : (
            "not used yet"
          )}
        </span>
        <Refused error={error} />
      </span>
      <span className="row-acts">
        <button
          type="button"
          className="button"
          aria-label={`Rename ${passkey.name}`}
          onClick={() => setName(passkey.name)}
        >
          Rename
        </button>
        <button
          type="button"
          className="button danger"
          aria-label={`Remove ${passkey.name}`}
          disabled={isBusy}
          onClick={() => void attempt(() => run({ do: "remove_passkey", id: passkey.id }))}
        >
          Remove
        </button>
      </span>
      {name !== null && (
        <Dialog
          title="Rename this passkey"
          onClose={() => setName(null)}
          onSubmit={() => void rename()}
          actions={
            <>
              <button type="button" className="button" onClick={() => setName(null)}>
                Leave it
              </button>
              <button
                type="submit"
                className="button primary"
                disabled={isBusy || name.trim() === "" || name.trim() === passkey.name}
              >
                Rename
              </button>
            </>
          }
        >
          <Field label="Name" maxLength={40} value={name} onText={setName} />
          <Refused error={error} />
        </Dialog>
      )}
    </li>
  );
}
