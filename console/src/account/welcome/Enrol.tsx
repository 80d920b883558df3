import { useState, type FormEvent } from "react";
import { Icon } from "../../parts/Icon";
import { api, type Method } from "../api";
import { deviceName, hasPasskeys, makePasskey } from "../../lib/passkey";
import { Field } from "../parts/Field";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { href, replace } from "../route";
import { signedIn } from "../session";
import { Card } from "./Card";
import { dropEnrolToken, enrolToken, takeEnrolToken } from "./takeEnrolToken";

const BACK = { label: "Sign in", to: href("sign-in") };

/** Opens the account of a mailed link: with a passkey, or with a password. */
export default function Enrol() {
  const [token] = useState(() => {
    // A link that is opened in a tab with this page loads no new document.
    takeEnrolToken();
    return enrolToken();
  });
  const [name, setName] = useState("");
  const [isPassword, setPasswordWay] = useState(!hasPasskeys());
  const [password, setPassword] = useState("");
  const { isBusy, error, run, clear } = useAct();
  if (token === null) {
    return (
      <Card title="This page needs the link from the mail" back={BACK}>
        <p>
          Open the link in the mail again, or{" "}
          <a className="link" href={href("sign-up")}>
            ask for a new one
          </a>
          .
        </p>
      </Card>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      let method: Method = { kind: "password", password };
      if (!isPassword) {
        const { ceremony, options } = await api.enrolBegin(token, name.trim());
        const response = await makePasskey(options);
        const passkey_name = deviceName(navigator.userAgent);
        method = { kind: "passkey", ceremony, response, passkey_name };
      }
      const session = await api.enrol(token, name.trim(), method);
      dropEnrolToken();
      signedIn(session);
      replace("home");
    });
  };
  return (
    <Card title="Welcome" lead="Say how we call you, and how you want to sign in.">
      <form className="stack gap16" onSubmit={submit}>
        <Field
          label="Your name"
          name="name"
          autoComplete="name"
          autoCapitalize="words"
          maxLength={80}
          required
          value={name}
          onText={setName}
        />
        {isPassword && (
          <Field
            label="Password"
            type="password"
            name="password"
            autoComplete="new-password"
            hint="Long is what counts. Four or five words that have nothing to do with each other are good."
            required
            value={password}
            onText={setPassword}
          />
        )}
        <Refused error={error} />
        <button
          type="submit"
          className="button primary large wide"
          disabled={isBusy || name.trim() === ""}
        >
          {!isPassword && <Icon name="key" />}
          {isBusy ? "Waiting…" : isPassword ? "Open the account" : "Create a passkey"}
        </button>
      </form>
      {!isPassword && (
        <p className="muted">
          A passkey is your fingerprint, face or the code of this device. There is nothing to
          remember, and nothing that a copy of this page could steal.
        </p>
      )}
      {hasPasskeys() && (
        <p>
          <button
            type="button"
            className="link"
            onClick={() => {
              setPasswordWay(!isPassword);
              clear();
            }}
          >
            {isPassword ? "Use a passkey, which is stronger" : "Use a password instead"}
          </button>
        </p>
      )}
    </Card>
  );
}
