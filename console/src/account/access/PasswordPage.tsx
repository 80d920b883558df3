import { useState, type FormEvent } from "react";
import { useRun } from "../Confirm";
import { Field } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { go } from "../route";
import { useAccount } from "../session";

export function PasswordPage() {
  const { credentials, email } = useAccount();
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [password, setPassword] = useState("");
  const [isShown, setShown] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      if (await run({ do: "set_password", password })) go("access");
    });
  };
  return (
    <Page
      title={credentials.has_password ? "Change your password" : "Set a password"}
      lead="Long is what counts. Four or five words that have nothing to do with each other are good; signs and digits are not needed."
      back={backTo("access", "Passkeys and sign-in")}
    >
      <form className="narrow stack gap16" onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <Field
          label="New password"
          type={isShown ? "text" : "password"}
          autoComplete="new-password"
          required
          value={password}
          onText={setPassword}
        />
        <label className="tick-row">
          <input
            type="checkbox"
            checked={isShown}
            onChange={(event) => setShown(event.target.checked)}
          />
          <span>Show it</span>
        </label>
        <Refused error={error} />
        <button type="submit" className="button primary large" disabled={isBusy || password === ""}>
          {isBusy ? "Checking…" : credentials.has_password ? "Change it" : "Set it"}
        </button>
        <p className="muted small">
          We compare it with lists of passwords that are known to thieves, here and nowhere else.
        </p>
      </form>
    </Page>
  );
}
