/** How the account stands, in one sentence: what a customer must know before anything else. */
import type { Account, HoldCause, SettingName } from "./model";

export interface Standing {
  tone: "quiet" | "hold" | "deny";
  sentence: string;
  /** Why, or what it means. */
  detail: string;
  /** What is counted down to. */
  until: string | null;
  act: "stop_recovery" | "unfreeze" | "limits" | null;
}

const CAUSES: Record<HoldCause, string> = {
  credential: "a way to sign in was changed",
  contact: "your e-mail or phone number was changed",
  recovery: "the account was recovered",
  unfreeze: "a freeze was ended",
  risk: "something unusual was seen",
  staff: "a person of the exchange asked for it",
};

const NOBODY =
  "Nobody can make this shorter. It gives you time to see, and to stop, what you did not do.";

export const SETTING_NAMES: Record<SettingName, string> = {
  book_only: "Money to your address book only",
  cooldown_s: "Wait for new addresses",
  daily_limit_cents: "Daily limit",
  delay_s: "Wait for each withdrawal",
  lock_s: "Settings lock",
};
export const SETTINGS = Object.keys(SETTING_NAMES) as SettingName[];

/** The hold that ends last: money waits for that one. */
export function lastHold(account: Account, now: number) {
  return account.holds
    .filter(({ until }) => Date.parse(until) > now)
    .toSorted((one, other) => Date.parse(other.until) - Date.parse(one.until))[0];
}

export function standing(account: Account, now: number): Standing {
  const { recovery, is_frozen, settings } = account;
  if (recovery) {
    return {
      tone: "deny",
      sentence: "Somebody began to recover this account.",
      detail:
        "If it was not you, stop it now. When the wait is over, whoever began it can add a passkey of their own.",
      until: recovery.ripe_at,
      act: "stop_recovery",
    };
  }
  if (is_frozen) {
    return {
      tone: "hold",
      sentence: "Your account is frozen. Nothing can leave it.",
      detail:
        "You end the freeze with what you sign in with. After that, money still waits for a day.",
      until: null,
      act: "unfreeze",
    };
  }
  const hold = lastHold(account, now);
  if (hold) {
    return {
      tone: "hold",
      sentence: `Money waits because ${CAUSES[hold.cause]}.`,
      // What was seen, or why a person asked, is only in the words of the server.
      detail: ["risk", "staff"].includes(hold.cause) ? hold.sentence : NOBODY,
      until: hold.until,
      act: null,
    };
  }
  const loosening = SETTINGS.flatMap((name) => {
    const { waiting } = settings[name];
    return waiting ? [{ name, from: waiting.from }] : [];
  }).toSorted((one, other) => Date.parse(one.from) - Date.parse(other.from))[0];
  if (loosening) {
    return {
      tone: "hold",
      sentence: `“${SETTING_NAMES[loosening.name]}” is about to be loosened.`,
      detail: "If you did not ask for that, take it back and look at your devices.",
      until: loosening.from,
      act: "limits",
    };
  }
  return {
    tone: "quiet",
    sentence: "There is nothing that you must do.",
    detail:
      account.score.points < account.score.of
        ? "Nothing is frozen, recovered or kept back. What could be stronger stands below."
        : "Nothing is frozen, recovered or kept back.",
    until: null,
    act: null,
  };
}
