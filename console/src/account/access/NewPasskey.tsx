import { useState, type FormEvent } from "react";
import { Icon } from "../../parts/Icon";
import { useRun } from "../Confirm";
import { deviceName, hasPasskeys, makePasskey } from "../../lib/passkey";
import { Field } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { go } from "../route";
import { useAccount } from "../session";

/** Adds a passkey: a name, the ceremony, and that is all. */
export function NewPasskey() {
  const { credentials } = useAccount();
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [name, setName] = useState(() => deviceName(navigator.userAgent));
  const [isDuress, setDuress] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      const begun = await run({ do: "begin_passkey" });
      if (begun?.secret?.kind !== "passkey") return;
      const { ceremony, options } = begun.secret;
      const response = await makePasskey(options);
      const added = await run({
        ...{ do: "add_passkey", name: name.trim(), ceremony, response },
        ...(isDuress && { is_duress: true }),
      });
      if (added) go("access");
    });
  };
  return (
    <Page
      title="Add a passkey"
      lead="It is your fingerprint, face or the code of a device. Two on different devices are good: then a lost phone locks nobody out."
      back={backTo("access", "Passkeys and sign-in")}
    >
      <form className="narrow stack gap16" onSubmit={submit}>
        <Field
          label="What you call it"
          hint="So that you know which one to remove when a device is lost."
          maxLength={40}
          required
          value={name}
          onText={setName}
        />
        {credentials.passkeys.length > 0 && (
          <details className="quiet-details">
            <summary>A passkey for when somebody forces you</summary>
            <label className="tick-row">
              <input
                type="checkbox"
                checked={isDuress}
                onChange={(event) => setDuress(event.target.checked)}
              />
              <span>
                This one signs in and shows everything as usual, but money silently waits and we are
                alarmed. It stands in your list like any other.
              </span>
            </label>
          </details>
        )}
        <Refused error={error} />
        <button
          type="submit"
          className="button primary large"
          disabled={isBusy || name.trim() === "" || !hasPasskeys()}
        >
          <Icon name="key" /> {isBusy ? "Waiting…" : "Create a passkey"}
        </button>
        <p className="muted small">
          When it is added, money waits for 24 hours. Somebody who got into your account can so not
          add their own and be gone with it.
        </p>
      </form>
    </Page>
  );
}
