/**
 * What will happen to a withdrawal, said before it is asked. The server decides and may know more; this
 * is what the account itself already says.
 */
import type { Account, BookAddress } from "./model";
import { centsText } from "./money";
import { lastHold } from "./standing";

export interface Foreseen {
  kind: "refused" | "waits" | "asked" | "known";
  sentence: string;
  /** When it ends, where it waits. */
  until: string | null;
}

export interface Wanted {
  value_cents: number | null;
  /** The entry of the book, if it goes to one. */
  entry: BookAddress | null;
}

const after = (now: number, seconds: number) => new Date(now + seconds * 1000).toISOString();

export function foresee(account: Account, wanted: Wanted, now: number): Foreseen[] {
  const found: Foreseen[] = [];
  const { settings } = account;
  const { entry, value_cents } = wanted;
  if (account.is_frozen) {
    found.push({
      kind: "refused",
      sentence: "Your account is frozen: nothing can leave.",
      until: null,
    });
  }
  if (!entry && settings.book_only.value) {
    found.push({
      kind: "refused",
      sentence: "You allow money to addresses of your book only, and this one is not there.",
      until: null,
    });
  }
  const limit = settings.daily_limit_cents.value;
  if (value_cents !== null && value_cents > limit) {
    found.push({
      kind: "refused",
      sentence: `It is worth about ${centsText(value_cents)}; your daily limit is ${centsText(limit)}.`,
      until: null,
    });
  }
  const hold = lastHold(account, now);
  if (hold) found.push({ kind: "waits", sentence: hold.sentence, until: hold.until });
  if (entry && Date.parse(entry.usable_from) > now) {
    found.push({
      kind: "waits",
      sentence: "This address is new in your book and still waits.",
      until: entry.usable_from,
    });
  }
  if (!entry && !settings.book_only.value) {
    found.push({
      kind: "waits",
      sentence: "This address is not in your book: it waits as a new one does.",
      until: after(now, settings.cooldown_s.value),
    });
  }
  if (settings.delay_s.value > 0) {
    found.push({
      kind: "waits",
      sentence: "You chose that every withdrawal waits. You can cancel it until then.",
      until: after(now, settings.delay_s.value),
    });
  }
  if (found.some(({ kind }) => kind === "refused")) return found;
  found.push({
    kind: "asked",
    sentence: account.confirm_with.includes("passkey")
      ? "You confirm amount and address with your passkey."
      : "You confirm amount and address with what you sign in with.",
    until: null,
  });
  if (value_cents === null) {
    found.push({
      kind: "known",
      sentence:
        "We have no price for this asset just now, so the daily limit is checked when you ask.",
      until: null,
    });
  }
  return found;
}
