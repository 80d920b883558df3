import { useState, type FormEvent } from "react";
import { api } from "../api";
import { Field } from "../parts/Field";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { href } from "../route";
import { Card } from "./Card";

const BACK = { label: "Sign in", to: href("sign-in") };

/** The answer is the same whether the address has an account or not. */
export default function SignUp() {
  const [email, setEmail] = useState("");
  const [isSent, setSent] = useState(false);
  const { isBusy, error, run } = useAct();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      await api.signUp(email.trim());
      setSent(true);
    });
  };
  if (isSent) {
    return (
      <Card title="Look into your mail" back={BACK}>
        <p>
          We sent a mail to <strong>{email.trim()}</strong>. Its link opens your account, works once
          and for a short time.
        </p>
        <p className="muted">
          If you have an account here already, the mail says so and changes nothing. Nothing there
          after some minutes? Look into the folder for unwanted mail, then try again.
        </p>
      </Card>
    );
  }
  return (
    <Card
      title="Open an account"
      lead="We send you a link. It is the only thing we ask for now."
      back={BACK}
    >
      <form className="stack gap16" onSubmit={submit}>
        <Field
          label="E-mail"
          type="email"
          name="email"
          autoComplete="email"
          required
          value={email}
          onText={setEmail}
        />
        <Refused error={error} />
        <button type="submit" className="button primary large wide" disabled={isBusy}>
          {isBusy ? "Sending…" : "Send me the link"}
        </button>
      </form>
    </Card>
  );
}
