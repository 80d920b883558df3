import { useState, type FormEvent, type ReactNode } from "react";
import { Icon } from "../../parts/Icon";
import type { Asked, Confirmation, Factor } from "../model";
import { usePasskeyFor } from "../../lib/passkey";
import { CodeField, Field } from "./Field";
import { Refused } from "./Refused";
import { useAct } from "./useAct";

interface ConfirmFormProps {
  asked: Asked;
  /** What the server refused of the last confirmation. */
  refused: unknown;
  onGive: (confirmation: Confirmation) => Promise<unknown> | void;
  /** What stands beside the button, such as leaving. */
  beside?: ReactNode;
}

/** Gives what the server wants: a passkey's answer, or the fields that it names. */
export function ConfirmForm({ asked, refused, onGive, beside }: ConfirmFormProps) {
  const { isBusy, error, run } = useAct();
  const [texts, setTexts] = useState<Partial<Record<Factor, string>>>({});
  const isPasskey = asked.wanted.includes("passkey");
  const wants = (factor: Factor) => !isPasskey && asked.wanted.includes(factor);
  const text = (factor: Factor) => texts[factor]?.trim() ?? "";
  const isReady = isPasskey || asked.wanted.every((factor) => text(factor) !== "");
  const write = (factor: Factor) => (next: string) => setTexts({ ...texts, [factor]: next });

  const give = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    void run(async () => {
      if (isPasskey) {
        const { ceremony, options } = asked;
        if (!ceremony || !options) throw new Error("a passkey is wanted without a question for it");
        await onGive({ ceremony, response: await usePasskeyFor(options) });
        return;
      }
      await onGive({
        ...(wants("password") && { password: texts.password ?? "" }),
        ...(wants("totp") && { totp: text("totp").replaceAll(" ", "") }),
        ...(wants("mailbox") && { mail_code: text("mailbox").replaceAll(" ", "") }),
      });
    });
  };

  return (
    <form className="stack gap16" onSubmit={give}>
      {wants("password") && (
        <Field
          label="Your password"
          type="password"
          autoComplete="current-password"
          value={texts.password ?? ""}
          onText={write("password")}
        />
      )}
      {wants("totp") && (
        <CodeField
          label="Code of your app"
          hint="Six digits; a new one every 30 seconds."
          value={texts.totp ?? ""}
          onText={write("totp")}
        />
      )}
      {wants("mailbox") && (
        <CodeField
          label="Code from the mail"
          hint="We sent a mail with eight digits just now. It says what you are about to confirm."
          value={texts.mailbox ?? ""}
          onText={write("mailbox")}
        />
      )}
      <Refused error={error ?? refused} />
      <div className="acts">
        {beside}
        <button type="submit" className="button primary large" disabled={!isReady || isBusy}>
          {isPasskey && <Icon name="key" />}
          {isBusy ? "Waiting…" : isPasskey ? "Confirm with your passkey" : "Confirm"}
        </button>
      </div>
    </form>
  );
}
