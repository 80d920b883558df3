import { Mark } from "../../parts/Icon";
import { PasskeySignIn } from "./PasskeySignIn";
import "./welcome.css";

/** For people without a session: how to get one. There is no password to ask for. */
export function SignIn() {
  return (
    <main className="welcome">
      <div className="welcome-card">
        <Mark size={28} />
        <h1>Sign-in is needed</h1>
        <PasskeySignIn />
        <p>
          Without a passkey, open the sign-in link that an administrator gave you. Each link works
          once and for a short time.
        </p>
        <p className="muted">
          No link, or it has expired? An administrator makes a new one under Settings, People. On a
          new installation the server prints the first link when it starts.
        </p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          I have signed in elsewhere: look again
        </button>
      </div>
    </main>
  );
}
