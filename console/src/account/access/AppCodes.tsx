import { useState, type FormEvent } from "react";
import { CopyButton } from "../../parts/Copy";
import { useRun } from "../Confirm";
import type { Secret } from "../model";
import { CodeField } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Qr } from "../qr/Qr";
import { go } from "../route";
import { useAccount } from "../session";

type Totp = Extract<Secret, { kind: "totp" }>;

const inFours = (text: string) => text.replaceAll(/\s/g, "").match(/.{1,4}/g) ?? [];

/** An app that shows codes: begun here, in force when one of its codes was typed. */
export function AppCodes() {
  const { credentials } = useAccount();
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [totp, setTotp] = useState<Totp | null>(null);
  const [code, setCode] = useState("");
  const begin = () =>
    attempt(async () => {
      const begun = await run({ do: "begin_totp" });
      if (begun?.secret?.kind === "totp") setTotp(begun.secret);
    });
  const remove = () =>
    attempt(async () => {
      if (await run({ do: "remove_totp" })) go("access");
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      if (await run({ do: "set_totp", code: code.replaceAll(/\s/g, "") })) go("access");
    });
  };
  const back = backTo("access", "Passkeys and sign-in");
  if (totp) {
    return (
      <Page title="Scan it with your app" back={back}>
        <div className="scan">
          <Qr text={totp.uri} label="QR code for an app that shows codes" />
          <form className="stack gap16" onSubmit={submit}>
            <p>
              Open the app, add an account, and scan this. On the same phone, type the seed instead:
            </p>
            <p className="row wrap">
              <span className="groups mono seed">
                {inFours(totp.seed_text).map((group, at) => (
                  <span key={at}>{group}</span>
                ))}
              </span>
              <CopyButton text={totp.seed_text} what="Seed" />
            </p>
            <CodeField
              label="Code that the app shows now"
              hint="So we know that it works before it counts."
              value={code}
              onText={setCode}
            />
            <Refused error={error} />
            <span>
              <button
                type="submit"
                className="button primary large"
                disabled={isBusy || code.trim() === ""}
              >
                {isBusy ? "Checking…" : "Use this app"}
              </button>
            </span>
            <p className="muted small">Drawn on this device: the seed goes to no other machine.</p>
          </form>
        </div>
      </Page>
    );
  }
  return (
    <Page
      title="App for codes"
      lead="Its codes stand beside your password. They can be typed into a copy of this page, which a passkey cannot."
      back={back}
    >
      <Refused error={error} />
      <div className="acts is-left">
        <button
          type="button"
          className={`button large${credentials.has_totp ? "" : " primary"}`}
          disabled={isBusy}
          onClick={() => void begin()}
        >
          {credentials.has_totp ? "Set up another app" : "Set up an app"}
        </button>
        {credentials.has_totp && (
          <button
            type="button"
            className="button danger large"
            disabled={isBusy}
            onClick={() => void remove()}
          >
            Remove it
          </button>
        )}
      </div>
    </Page>
  );
}
