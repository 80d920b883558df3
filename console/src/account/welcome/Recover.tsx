import { useState, type FormEvent } from "react";
import { Icon } from "../../parts/Icon";
import { api } from "../api";
import { deviceName, makePasskey } from "../../lib/passkey";
import { CodeField, Field } from "../parts/Field";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Countdown, Moment } from "../parts/When";
import { href, parseRoute, useHash } from "../route";
import { Card } from "./Card";

const SIGN_IN = { label: "Sign in", to: href("sign-in") };
const OVERVIEW = { label: "I cannot sign in", to: href("recover") };

/** Recovery has two halves with a wait between them, in which the owner can stop it. */
export default function Recover() {
  const [half] = parseRoute(useHash()).rest;
  if (half === "begin") return <Begin />;
  if (half === "finish") return <Finish />;
  return (
    <Card title="I cannot sign in" back={SIGN_IN}>
      <ol className="numbered">
        <li>
          You prove that it is you in two ways: a code that we mail you, and one of your recovery
          codes.
        </li>
        <li>
          We wait for three days and tell you on every channel, so that a thief can be stopped.
        </li>
        <li>You make a new passkey. Money then waits for three more days.</li>
      </ol>
      <a className="button primary large wide" href={href("recover", "begin")}>
        Begin
      </a>
      <a className="button large wide" href={href("recover", "finish")}>
        I began, and the wait is over
      </a>
      <p className="muted small">
        Nobody can make the wait shorter: not the support, and not somebody who calls you and says
        so. Without a recovery code, the support can check who you are; that takes longer.
      </p>
    </Card>
  );
}

interface MailProps {
  email: string;
  onEmail: (email: string) => void;
  onSent: () => void;
}

function MailForm({ email, onEmail, onSent }: MailProps) {
  const { isBusy, error, run } = useAct();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      await api.recoveryMail(email.trim());
      onSent();
    });
  };
  return (
    <form className="stack gap16" onSubmit={submit}>
      <Field
        label="E-mail of the account"
        type="email"
        autoComplete="email"
        required
        value={email}
        onText={onEmail}
      />
      <Refused error={error} />
      <button type="submit" className="button primary large wide" disabled={isBusy}>
        {isBusy ? "Sending…" : "Send me a code"}
      </button>
    </form>
  );
}

const SENT = "If there is an account of this address, a code is on its way. It can take a minute.";

function Begin() {
  const [email, setEmail] = useState("");
  const [isSent, setSent] = useState(false);
  const [mailCode, setMailCode] = useState("");
  const [recoveryCode, setRecoveryCode] = useState("");
  const [ripeAt, setRipeAt] = useState<string | null>(null);
  const { isBusy, error, run } = useAct();
  if (ripeAt) {
    return (
      <Card title="The recovery has begun" back={SIGN_IN}>
        <p>
          Come back in <strong>{<Countdown until={ripeAt} />}</strong>, on <Moment time={ripeAt} />,
          and make a new passkey.
        </p>
        <p className="muted">
          We told every address and device that we know of. If the account is not yours, its owner
          stops this.
        </p>
      </Card>
    );
  }
  if (!isSent) {
    return (
      <Card title="Which account is it?" back={OVERVIEW}>
        <MailForm email={email} onEmail={setEmail} onSent={() => setSent(true)} />
      </Card>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const code = mailCode.replaceAll(/\s/g, "");
      setRipeAt((await api.recover(email.trim(), code, recoveryCode.trim())).ripe_at);
    });
  };
  return (
    <Card
      title="Two proofs"
      lead={SENT}
      back={{ label: "Another e-mail", onBack: () => setSent(false) }}
    >
      <form className="stack gap16" onSubmit={submit}>
        <CodeField label="Code from the mail" value={mailCode} onText={setMailCode} />
        <Field
          label="One of your recovery codes"
          hint="You printed or kept them when the account was set up. Each works once."
          autoComplete="off"
          className="mono"
          value={recoveryCode}
          onText={setRecoveryCode}
        />
        <Refused error={error} />
        <button
          type="submit"
          className="button primary large wide"
          disabled={isBusy || mailCode.trim() === "" || recoveryCode.trim() === ""}
        >
          {isBusy ? "Checking…" : "Begin the recovery"}
        </button>
      </form>
    </Card>
  );
}

function Finish() {
  const [email, setEmail] = useState("");
  const [isSent, setSent] = useState(false);
  const [mailCode, setMailCode] = useState("");
  const [isDone, setDone] = useState(false);
  const { isBusy, error, run } = useAct();
  if (isDone) {
    return (
      <Card title="Your passkey is made">
        <p>Sign in with it now. Money waits for three days, and we tell you so by mail.</p>
        <a className="button primary large wide" href={href("sign-in")}>
          Sign in
        </a>
      </Card>
    );
  }
  if (!isSent) {
    return (
      <Card title="Finish the recovery" lead="We send one more code." back={OVERVIEW}>
        <MailForm email={email} onEmail={setEmail} onSent={() => setSent(true)} />
      </Card>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const sent = { email: email.trim(), mail_code: mailCode.replaceAll(/\s/g, "") };
      const { ceremony, options } = await api.recoverFinishBegin(sent.email, sent.mail_code);
      const response = await makePasskey(options);
      const passkey_name = deviceName(navigator.userAgent);
      await api.recoverFinish({ ...sent, ceremony, response, passkey_name });
      setDone(true);
    });
  };
  return (
    <Card
      title="A new passkey"
      lead={SENT}
      back={{ label: "Another e-mail", onBack: () => setSent(false) }}
    >
      <form className="stack gap16" onSubmit={submit}>
        <CodeField label="Code from the mail" value={mailCode} onText={setMailCode} />
        <Refused error={error} />
        <button
          type="submit"
          className="button primary large wide"
          disabled={isBusy || mailCode.trim() === ""}
        >
          <Icon name="key" /> {isBusy ? "Waiting…" : "Create a passkey"}
        </button>
      </form>
    </Card>
  );
}
