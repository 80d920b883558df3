import { useState, type FormEvent } from "react";
import { api } from "../api";
import type { Pending, Session } from "../model";
import { CodeField } from "../parts/Field";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Card } from "./Card";

interface SecondFormProps {
  pending: Pending;
  onDone: (result: Session | Pending) => void;
  onBack: () => void;
}

/** The second factor: a code of the app, or one from a mail. */
export function SecondForm({ pending, onDone, onBack }: SecondFormProps) {
  const [code, setCode] = useState("");
  const { isBusy, error, run } = useAct();
  const isApp = pending.wants === "totp";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const digits = code.replaceAll(/\s/g, "");
      onDone(await api.signIn({ kind: "second", pending: pending.pending, code: digits }));
    });
  };
  return (
    <Card
      title={isApp ? "Code of your app" : "Code from the mail"}
      lead={
        isApp
          ? "Type the six digits that your app shows for this account."
          : "If the account has no app for codes, we send eight digits by mail. It can take a minute."
      }
      back={{ label: "Begin anew", onBack }}
    >
      <form className="stack gap16" onSubmit={submit}>
        <CodeField label="Code" value={code} onText={setCode} autoFocus />
        <Refused error={error} />
        <button
          type="submit"
          className="button primary large wide"
          disabled={isBusy || code.trim() === ""}
        >
          {isBusy ? "Checking…" : "Go on"}
        </button>
      </form>
      <p className="muted small">
        Nobody from the exchange asks for this code: not by phone, not in a chat, not by mail.
        Whoever asks for it wants your account.
      </p>
    </Card>
  );
}
