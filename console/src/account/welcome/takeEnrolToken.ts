import { href, parseRoute } from "../route";

let kept: string | null = null;

/** The token of a mailed link leaves the address bar and the history at once. */
export function takeEnrolToken(): void {
  const { page, query } = parseRoute(window.location.hash);
  const token = query.get("token");
  if (page !== "enrol" || !token) return;
  kept = token;
  window.history.replaceState(null, "", href("enrol"));
}

export const enrolToken = (): string | null => kept;

export function dropEnrolToken(): void {
  kept = null;
}
