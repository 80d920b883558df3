import { useState } from "react";
import { Icon } from "../../parts/Icon";
import { api } from "../api";
import type { Pending, Session } from "../model";
import { hasPasskeys, usePasskeyFor } from "../../lib/passkey";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { href } from "../route";
import { signedIn } from "../session";
import { Card } from "./Card";
import { PasswordForm } from "./PasswordForm";
import { SecondForm } from "./SecondForm";

type Step = { at: "start" } | { at: "password" } | { at: "second"; pending: Pending };

/** Passkey first; a password is the quieter way. */
export function SignIn() {
  const [step, setStep] = useState<Step>({ at: "start" });
  const { isBusy, error, run } = useAct();
  const done = (result: Session | Pending) => {
    if ("pending" in result) setStep({ at: "second", pending: result });
    else signedIn(result);
  };
  if (step.at === "password") {
    return <PasswordForm onDone={done} onBack={() => setStep({ at: "start" })} />;
  }
  if (step.at === "second") {
    return (
      <SecondForm pending={step.pending} onDone={done} onBack={() => setStep({ at: "password" })} />
    );
  }
  const withPasskey = () =>
    run(async () => {
      const { ceremony, options } = await api.signInBegin();
      done(await api.signIn({ kind: "passkey", ceremony, response: await usePasskeyFor(options) }));
    });
  return (
    <Card title="Sign in" lead="With the passkey of this device, or of a phone that is beside you.">
      <button
        type="button"
        className="button primary large wide"
        disabled={isBusy || !hasPasskeys()}
        onClick={() => void withPasskey()}
      >
        <Icon name="key" /> {isBusy ? "Waiting for your passkey…" : "Sign in with a passkey"}
      </button>
      {!hasPasskeys() && <p className="muted">This browser has no passkeys.</p>}
      <Refused error={error} />
      <ul className="other-ways">
        <li>
          <button type="button" className="way" onClick={() => setStep({ at: "password" })}>
            Use your password <Icon name="right" size={14} />
          </button>
        </li>
        <li>
          <a className="way" href={href("recover")}>
            I cannot sign in <Icon name="right" size={14} />
          </a>
        </li>
        <li>
          <a className="way" href={href("sign-up")}>
            Open an account <Icon name="right" size={14} />
          </a>
        </li>
        <li>
          <a className="way" href={href("notices")}>
            Check a message that claims to be from us <Icon name="right" size={14} />
          </a>
        </li>
      </ul>
      <p className="muted small">
        Look at the address bar: <strong>{window.location.host}</strong>. A passkey works at the
        real address only; a password does not know the difference.
      </p>
    </Card>
  );
}
