/** Where the customer is: a part of the URL that no server gets to see, so a link's token stays here. */
import { useSyncExternalStore } from "react";

/** The pages, with their names; each is loaded when it is first opened. */
export const PAGES = [
  "home",
  "access",
  "devices",
  "book",
  "limits",
  "withdraw",
  "withdrawals",
  "keys",
  "notices",
  "timeline",
  "sign-in",
  "sign-up",
  "recover",
  "enrol",
] as const;
export type PageName = (typeof PAGES)[number];

export interface Route {
  page: PageName | "unknown";
  /** What comes after the page's name: an id, or a part of the page. */
  rest: readonly string[];
  query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const query = new URLSearchParams(search);
  const [name = "", ...rest] = path.split("/").filter(Boolean);
  if (name === "") return { page: "home", rest: [], query };
  const page = PAGES.find((one) => one === name) ?? "unknown";
  try {
    return { page, rest: rest.map(decodeURIComponent), query };
  } catch {
    // A broken escape names nothing.
    return { page: "unknown", rest: [], query };
  }
}

export function href(page: PageName, ...rest: readonly string[]): string {
  if (page === "home") return "#/";
  return `#/${[page, ...rest.map(encodeURIComponent)].join("/")}`;
}

export function go(page: PageName, ...rest: readonly string[]): void {
  window.location.hash = href(page, ...rest);
}

/** Goes on without leaving a step to come back to. */
export function replace(page: PageName, ...rest: readonly string[]): void {
  window.location.replace(href(page, ...rest));
}

/** Where each part of the score is improved, by the names that the server uses. */
const ACTIONS: Record<string, string> = {
  passkeys: href("access"),
  access: href("access"),
  password: href("access", "password"),
  totp: href("access", "app"),
  app: href("access", "app"),
  recovery_codes: href("access", "codes"),
  codes: href("access", "codes"),
  sessions: href("devices"),
  devices: href("devices"),
  addresses: href("book"),
  book: href("book"),
  limits: href("limits"),
  settings: href("limits"),
  anti_phishing: href("notices"),
  anti_phishing_code: href("notices"),
  notices: href("notices"),
  keys: href("keys"),
  timeline: href("timeline"),
};

export const actionHref = (action: string | null): string | null =>
  action === null ? null : (ACTIONS[action] ?? null);

function watch(watcher: () => void): () => void {
  window.addEventListener("hashchange", watcher);
  return () => window.removeEventListener("hashchange", watcher);
}

export const useHash = (): string => useSyncExternalStore(watch, () => window.location.hash);
