/** The field's words for what the server names by code. */
import type { Alert, Level, Role, Severity } from "../api/model";

export const LEVEL_WORDS: Record<Level, string> = {
  allow: "Allow",
  challenge: "Challenge",
  hold: "Hold",
  deny: "Deny",
};

/** What each verdict does, for tooltips and the customer's side. */
export const LEVEL_MEANING: Record<Level, string> = {
  allow: "Goes ahead. No rule asked for more; see what was checked.",
  challenge: "Goes ahead after the person concerned has confirmed it.",
  hold: "Waits for a person of the team.",
  deny: "Does not go ahead.",
};

export const SEVERITY_WORDS: Record<Severity, string> = {
  none: "None",
  low: "Low",
  medium: "Medium",
  high: "High",
  severe: "Severe",
};

export const STATUS_WORDS: Record<Alert["status"], string> = {
  open: "Open",
  in_review: "In review",
  closed: "Closed",
};

export const OUTCOME_WORDS: Record<NonNullable<Alert["outcome"]>, string> = {
  confirmed: "Confirmed",
  false_alarm: "False alarm",
  duplicate: "Duplicate",
};

export const ROLE_WORDS: Record<Role, string> = {
  administrator: "Administrator",
  compliance: "Compliance",
  analyst: "Analyst",
  support: "Support",
  treasury: "Treasury",
  auditor: "Auditor",
};

const CATEGORY_WORDS: Record<string, string> = {
  child_abuse: "child abuse material",
  defi: "DeFi",
  sanctions: "sanctions",
  terrorism: "terrorism financing",
};

/** `child_abuse` in words. */
export function categoryWord(category: string): string {
  return CATEGORY_WORDS[category] ?? category.replaceAll("_", " ");
}

const SERVICES = new Set([
  "gambling",
  "bridge",
  "defi",
  "exchange",
  "custodian",
  "payment",
  "mining",
  "token",
]);
const NEUTRAL = new Set(["donation", "organisation", "other"]);

/** True for categories that speak against an address, as opposed to services and plain names. */
export function isAgainst(category: string): boolean {
  return !SERVICES.has(category) && !NEUTRAL.has(category);
}

/** `sentence case` of a code such as `fan_out`. */
export function words(code: string): string {
  const text = code.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

/** Reasons with the one that led the verdict first: it is what the headline says. */
export function leadFirst<T extends { code: string }>(reasons: readonly T[], lead: string | null) {
  return reasons.toSorted((one, other) => Number(other.code === lead) - Number(one.code === lead));
}
