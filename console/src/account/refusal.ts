/** What the server refused, in our words: what happened, and what can be done next. */
import { ApiError } from "../api/client";
import { CeremonyError } from "../lib/passkey";

export interface Refusal {
  code: string;
  title: string;
  next: string;
  /** The field that it is about, where one is. */
  field: string | null;
  /** To quote to the support; empty where there is none. */
  id: string;
}

type Words = readonly [title: string, next: string];

/** By code. Unknown e-mail and wrong password are one code, and so one sentence. */
export const WORDS: Readonly<Record<string, Words>> = {
  offline: ["We cannot be reached", "Nothing was changed. Check your connection, then try again."],
  "auth.required": [
    "You are signed out",
    "Sign in again; nothing of what you were doing was sent.",
  ],
  "auth.wrong": [
    "This e-mail and password do not belong together",
    "Check both and try again. With a passkey there is nothing to mistype.",
  ],
  "auth.code": [
    "This code is not right",
    "Codes work once and for a short time. Wait for the next one, or ask for a new mail.",
  ],
  "auth.passkey": [
    "This passkey was not accepted",
    "Try again. If it goes on, use another passkey or another way to sign in.",
  ],
  "auth.work": [
    "There are many attempts just now",
    "Your browser solves a small puzzle first, so that machines cannot guess passwords.",
  ],
  "auth.throttled": [
    "There were too many attempts",
    "Wait a little. Signing in with a passkey is not slowed down.",
  ],
  "rate.limited": ["That was too fast", "Wait a few seconds, then try again."],
  "auth.link": [
    "This link does not work any more",
    "Links work once and for a short time. Ask for a new one.",
  ],
  "auth.password": [
    "This password is too easy to guess",
    "Take a longer one: four or five words that have nothing to do with each other.",
  ],
  "account.unconfirmed": ["This needs your confirmation", "Confirm it with what you sign in with."],
  "account.signed_out": [
    "You are signed out",
    "Sign in again; nothing of what you were doing was sent.",
  ],
  "account.locked": [
    "Your settings are locked",
    "You locked them yourself, and nobody can shorten that. Making something stricter still works.",
  ],
  "account.frozen": [
    "Your account is frozen",
    "Nothing can leave and nothing can be made weaker until you end the freeze, on the first page.",
  ],
  "account.full": [
    "There is no room for more",
    "Remove one that you do not need, then add this one.",
  ],
  "account.setting.value": [
    "This value is not possible",
    "Choose one within the limits that are shown beside the setting.",
  ],
  "account.credential.last": [
    "This is your last way in",
    "Add another passkey or a password first, then remove this one.",
  ],
  "account.recovery.evidence": [
    "These two codes do not prove that it is you",
    "Both must be right: the newest code from the mail, and a recovery code that was not used before.",
  ],
  "account.recovery.none": [
    "No recovery was begun",
    "Begin one, or look for the notice that says that it was stopped.",
  ],
  "account.recovery.unripe": [
    "The recovery is still waiting",
    "The wait gives the owner time to stop it. Come back when it is over.",
  ],
  "withdrawal.ended": [
    "This withdrawal has ended",
    "It cannot be changed any more. Its page says how it ended.",
  ],
  "withdrawal.unapproved": ["This withdrawal is not approved", "Its page says what it waits for."],
  conflict: [
    "Something changed in the meantime",
    "Nothing was done. Look at the page as it is now, then decide again.",
  ],
  "customer.no_case": [
    "There is no open alert about this customer",
    "A view opens only for a case. Find the alert, or leave the account alone.",
  ],
};

/** Codes that say something about the person's own confirmation, and not about the command. */
export const isOfConfirmation = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  (error.problem.code === "account.unconfirmed" ||
    (error.problem.code.startsWith("auth.") &&
      !["auth.required", "auth.throttled"].includes(error.problem.code)));

/** A field of the problem beyond the standard ones. */
export function extension(error: unknown, name: string): unknown {
  if (!(error instanceof ApiError)) return undefined;
  return (error.problem as unknown as Record<string, unknown>)[name];
}

/** An error in words. Codes that the page does not know keep the server's own sentence. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof CeremonyError) {
    return {
      code: `passkey.${error.kind}`,
      title: error.title,
      next: error.next,
      field: null,
      id: "",
    };
  }
  if (!(error instanceof ApiError)) {
    return {
      code: "page.fault",
      title: "The page met a fault of its own",
      next: "Reload it. If it comes again, tell the support what you did last.",
      field: null,
      id: "",
    };
  }
  const { code, title, detail, field, id } = error.problem;
  const known = WORDS[code];
  return {
    code,
    title: known?.[0] ?? title,
    next: known?.[1] ?? detail,
    field: field ?? null,
    id,
  };
}
