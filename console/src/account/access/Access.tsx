import { Icon } from "../../parts/Icon";
import { Page, Part } from "../parts/Page";
import { href, parseRoute, useHash } from "../route";
import { useAccount } from "../session";
import { AppCodes } from "./AppCodes";
import { Contact } from "./Contact";
import { PasskeyList } from "./PasskeyList";
import { NewPasskey } from "./NewPasskey";
import { PasswordPage } from "./PasswordPage";
import { RecoveryCodes } from "./RecoveryCodes";

/** Every way into the account. Adding one is a page of its own. */
export default function Access() {
  const [part] = parseRoute(useHash()).rest;
  switch (part) {
    case "passkey":
      return <NewPasskey />;
    case "password":
      return <PasswordPage />;
    case "app":
      return <AppCodes />;
    case "codes":
      return <RecoveryCodes />;
    case "email":
      return <Contact />;
    default:
      return <Ways />;
  }
}

function Way({ to, title, state }: { to: string; title: string; state: string }) {
  return (
    <li>
      <a className="row-link" href={href("access", to)}>
        <span className="grow">
          <span className="row-title">{title}</span>
          <span className="muted small">{state}</span>
        </span>
        <Icon name="right" size={14} />
      </a>
    </li>
  );
}

function Ways() {
  const { credentials, email, confirm_with } = useAccount();
  const { has_password, has_totp, recovery_codes_left: left, passkeys } = credentials;
  const withPasskey = confirm_with.includes("passkey");
  return (
    <Page
      title="Passkeys and sign-in"
      lead={
        withPasskey
          ? "What could hurt is confirmed with a passkey, and with nothing else."
          : "Without a passkey, a copy of this page could take what you type. A passkey works here only."
      }
    >
      <Part
        title="Passkeys"
        actions={
          <a
            className={`button${passkeys.length === 0 ? " primary" : ""}`}
            href={href("access", "passkey")}
          >
            <Icon name="plus" size={12} /> Add a passkey
          </a>
        }
      >
        <PasskeyList />
      </Part>
      <Part title="Other ways">
        <ul className="rows">
          <Way
            to="password"
            title="Password"
            state={has_password ? "There is one" : "None, and none is needed"}
          />
          <Way to="app" title="App for codes" state={has_totp ? "On" : "Off"} />
          <Way
            to="codes"
            title="Recovery codes"
            state={left === 0 ? "None: without them, recovery takes longer" : `${left} left`}
          />
          <Way to="email" title="E-mail" state={email} />
        </ul>
      </Part>
    </Page>
  );
}
