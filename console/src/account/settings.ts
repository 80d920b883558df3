/** Settings in words: what each is, and what a change means before it is sent. */
import { centsText } from "./money";
import type { Account, SettingChange, SettingName, Settings } from "./model";
import { settingSpan, spanWords } from "../lib/span";

export interface SettingWords {
  about: string;
  stricter: string;
}

export const SETTING_WORDS: Record<SettingName, SettingWords> = {
  book_only: {
    about: "Money goes to addresses that stand in your book, and nowhere else.",
    stricter: "On is stricter.",
  },
  cooldown_s: {
    about: "So long an address in your book waits before money can go to it.",
    stricter: "Longer is stricter.",
  },
  daily_limit_cents: {
    about: "So much may leave within 24 hours, all withdrawals together.",
    stricter: "Less is stricter.",
  },
  delay_s: {
    about: "Every withdrawal waits so long before it leaves, and you can cancel it until then.",
    stricter: "Longer is stricter.",
  },
  lock_s: {
    about: "While it is on, none of this can be loosened and no way to sign in can be changed.",
    stricter: "Longer is stricter.",
  },
};

export function valueWords<Name extends SettingName>(
  name: Name,
  value: Settings[Name]["value"],
): string {
  if (typeof value === "boolean") return value ? "On" : "Off";
  if (name === "daily_limit_cents") return value === 0 ? "Nothing may leave" : centsText(value);
  if (name === "lock_s") return value === 0 ? "Off" : settingSpan(value);
  if (name === "delay_s" && value === 0) return "No wait";
  return settingSpan(value);
}

/** Whether a value protects more than another: the same order as the server's. */
export function isStricter(
  name: SettingName,
  wanted: boolean | number,
  than: boolean | number,
): boolean {
  return name === "daily_limit_cents"
    ? Number(wanted) < Number(than)
    : Number(wanted) > Number(than);
}

/** What becomes of a change: the same rule as the server's, said before it is asked. */
export type Effect =
  { kind: "same" } | { kind: "now" } | { kind: "later"; wait_s: number } | { kind: "locked" };

export function effectOf(
  account: Pick<Account, "settings" | "waits">,
  name: SettingName,
  wanted: boolean | number,
): Effect {
  const { value } = account.settings[name];
  if (wanted === value) return { kind: "same" };
  if (isStricter(name, wanted, value)) return { kind: "now" };
  const lock_s = account.settings.lock_s.value;
  if (lock_s > 0 && name !== "lock_s") return { kind: "locked" };
  const wait_s = account.waits.loosen_s[name];
  return { kind: "later", wait_s: name === "lock_s" ? Math.max(wait_s, lock_s) : wait_s };
}

export function effectWords(effect: Effect): string {
  switch (effect.kind) {
    case "same":
      return "This is how it is now.";
    case "now":
      return "This is stricter: it is in force at once.";
    case "later":
      return `This is looser: it is in force in ${spanWords(effect.wait_s)}. Until then you can take it back, and we tell you by mail.`;
    case "locked":
      return "This is looser, and your settings are locked. Take the lock off first; that takes as long as it was chosen for.";
  }
}

/** The change as the contract has it. */
export function changeOf(name: SettingName, value: boolean | number): SettingChange {
  return { [name]: value } as SettingChange;
}
