/** A command in words, for the moment before it is confirmed. */
import { network as networkOf } from "../lib/address";
import type { Account, Command, Scope, SettingName } from "./model";
import { effectOf, effectWords, valueWords } from "./settings";
import { settingSpan } from "../lib/span";
import { SETTING_NAMES } from "./standing";

export interface Described {
  title: string;
  /** What happens when it is confirmed. */
  meaning: string;
  facts: readonly { name: string; value: string }[];
  /** Shown whole, in groups of four. */
  address?: string;
}

export const SCOPES: Record<Scope, string> = {
  read: "Read balances and withdrawals",
  withdraw: "Ask for withdrawals to your book",
};

const MONEY_WAITS = "Money then waits for 24 hours, and we tell you by mail.";

export function describe(command: Command, account: Account): Described {
  const facts: { name: string; value: string }[] = [];
  const plain = (title: string, meaning: string): Described => ({ title, meaning, facts });
  const passkeyName = (id: string) =>
    account.credentials.passkeys.find((passkey) => passkey.id === id)?.name ?? "one of yours";
  switch (command.do) {
    case "add_address":
      facts.push(
        { name: "Network", value: networkOf(command.network).name },
        { name: "Name", value: command.label },
      );
      return {
        ...plain(
          "Add this address to your book",
          `Money can go there after ${settingSpan(account.settings.cooldown_s.value)}.`,
        ),
        address: command.address,
      };
    case "remove_address":
      facts.push({ name: "Network", value: networkOf(command.network).name });
      return {
        ...plain(
          "Take this address out of your book",
          "If you add it again, it waits again as a new one does.",
        ),
        address: command.address,
      };
    case "change_setting": {
      const [name, value] = Object.entries(command.setting)[0] as [SettingName, boolean | number];
      facts.push(
        { name: "Now", value: valueWords(name, account.settings[name].value as never) },
        { name: "Then", value: valueWords(name, value as never) },
      );
      const effect = effectOf(account, name, value);
      const meaning =
        effect.kind === "same" && account.settings[name].waiting
          ? "It stays as it is now: what was going to loosen it is taken back."
          : effectWords(effect);
      return plain(SETTING_NAMES[name], meaning);
    }
    case "set_password":
      return plain(
        account.credentials.has_password ? "Change your password" : "Set a password",
        `Other sessions end. ${MONEY_WAITS}`,
      );
    case "begin_totp":
      return plain(
        "Set up an app for codes",
        "Nothing changes until you have typed a code of the app.",
      );
    case "set_totp":
      return plain("Use this app for codes", MONEY_WAITS);
    case "remove_totp":
      return plain("Remove the app for codes", `Its codes stop working. ${MONEY_WAITS}`);
    case "begin_passkey":
      return plain("Make a passkey", "Nothing changes until the passkey is made.");
    case "add_passkey":
      facts.push({ name: "Passkey", value: command.name });
      return plain("Add this passkey", `It can sign you in and confirm. ${MONEY_WAITS}`);
    case "rename_passkey":
      facts.push(
        { name: "Now", value: passkeyName(command.id) },
        { name: "Then", value: command.name },
      );
      return plain("Rename a passkey", "Nothing but its name changes.");
    case "remove_passkey":
      facts.push({ name: "Passkey", value: passkeyName(command.id) });
      return plain("Remove a passkey", `It cannot sign in any more. ${MONEY_WAITS}`);
    case "new_recovery_codes":
      return plain("Make new recovery codes", `The old ones stop working. ${MONEY_WAITS}`);
    case "change_email":
      facts.push({ name: "Now", value: account.email }, { name: "Then", value: command.email });
      return plain(
        "Change your e-mail",
        "We tell both addresses. Money then waits for 72 hours, and the old one can stop it.",
      );
    case "set_anti_phishing_code":
      facts.push({ name: "Code", value: command.code });
      return plain("Set your anti-phishing code", "It stands in every mail from us from now on.");
    case "freeze":
      return plain("Freeze your account", "Nothing can leave from now on.");
    case "unfreeze":
      return plain("End the freeze", "Money then waits for 24 hours before it can leave.");
    case "stop_recovery":
      return plain("Stop the recovery", "Whoever began it has to begin anew.");
    case "end_session":
      return plain("End a session", "That browser has to sign in again.");
    case "end_other_sessions":
      return plain("End all other sessions", "Every browser but this one has to sign in again.");
    case "forget_device":
      return plain("Forget a device", "It counts as a new one when it signs in again.");
    case "add_key":
      facts.push(
        { name: "Name", value: command.name },
        { name: "It may", value: command.scopes.map((scope) => SCOPES[scope]).join("; ") },
        { name: "From", value: command.ips.join(", ") || "anywhere" },
      );
      return plain("Add an API key", `A program can act for you with it. ${MONEY_WAITS}`);
    case "remove_key":
      return plain(
        "Remove an API key",
        "Programs that use it are refused at once. This cannot be undone.",
      );
  }
}
