import { PageHead, Section } from "../../parts/Section";
import { useSession } from "../../shell/session";
import { ThemeChoice } from "../../shell/ThemeChoice";
import { ROLE_WORDS } from "../../lib/words";
import { Time } from "../../parts/Time";
import { ApiKeys } from "./ApiKeys";
import { Passkeys } from "./Passkeys";
import { People } from "./People";
import "./settings.css";

/** Who may use the console, which machines may use the API, and how it looks here. */
export default function Settings() {
  const { user, expires_at } = useSession();
  const isAdministrator = user.role === "administrator";
  return (
    <div className="page">
      <PageHead title="Settings" />
      <Section title="You">
        <div className="row wrap gap16">
          <span>
            <span className="strong">{user.name}</span>, {ROLE_WORDS[user.role].toLowerCase()}
          </span>
          <span className="muted">
            Signed in until <Time time={expires_at} isExact />
          </span>
          <span className="row">
            <span className="muted">Theme</span>
            <ThemeChoice />
          </span>
        </div>
      </Section>
      <Passkeys />
      {isAdministrator ? (
        <>
          <People />
          <ApiKeys />
        </>
      ) : (
        <Section title="People and API keys">
          <p className="muted">
            An administrator invites people and creates API keys. Your role is{" "}
            {ROLE_WORDS[user.role].toLowerCase()}.
          </p>
        </Section>
      )}
    </div>
  );
}
