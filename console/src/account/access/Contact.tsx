import { useState, type FormEvent } from "react";
import { useRun } from "../Confirm";
import { Field } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { go } from "../route";
import { useAccount } from "../session";

export function Contact() {
  const { email, phone } = useAccount();
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [next, setNext] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      if (await run({ do: "change_email", email: next.trim() })) go("access");
    });
  };
  return (
    <Page
      title="E-mail"
      lead={
        <>
          Now <strong>{email}</strong>
          {phone && `, and the phone ${phone}`}. Whoever reads it learns what happens here.
        </>
      }
      back={backTo("access", "Passkeys and sign-in")}
    >
      <form className="narrow stack gap16" onSubmit={submit}>
        <Field
          label="New e-mail"
          type="email"
          autoComplete="email"
          required
          value={next}
          onText={setNext}
        />
        <Refused error={error} />
        <span>
          <button
            type="submit"
            className="button primary large"
            disabled={isBusy || next.trim() === ""}
          >
            Change it
          </button>
        </span>
        <p className="muted small">
          We tell the old address and the new one. Money waits for 72 hours, and the old address can
          stop it until then.
        </p>
      </form>
    </Page>
  );
}
