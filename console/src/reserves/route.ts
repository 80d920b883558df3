/** Where the reader is: a part of the URL that no server gets to see. */
import { useSyncExternalStore } from "react";

export type Route =
  | { page: "overview"; round: string | null }
  | { page: "check" }
  | { page: "unknown" };

export const CHECK = "#/check";
export const OVERVIEW = "#/";
export const roundHref = (round: string) => `#/rounds/${encodeURIComponent(round)}`;

export function parseRoute(hash: string): Route {
  if (hash === "" || hash === "#" || hash === OVERVIEW) return { page: "overview", round: null };
  if (hash === CHECK) return { page: "check" };
  const round = /^#\/rounds\/([^/]+)$/.exec(hash)?.[1];
  try {
    if (round) return { page: "overview", round: decodeURIComponent(round) };
  } catch {
    // A broken escape is no round.
  }
  return { page: "unknown" };
}

function watch(watcher: () => void): () => void {
  window.addEventListener("hashchange", watcher);
  return () => window.removeEventListener("hashchange", watcher);
}

export const useHash = (): string => useSyncExternalStore(watch, () => window.location.hash);
