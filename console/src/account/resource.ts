/** What was loaded, by name: shown while it is fetched again, and the same wherever it is used. */
import { useCallback, useEffect, useSyncExternalStore } from "react";

interface Seen<T> {
  data: T | undefined;
  error: unknown;
}
export interface Resource<T> extends Seen<T> {
  again: () => void;
}

const NOTHING: Seen<unknown> = { data: undefined, error: null };
const seen = new Map<string, Seen<unknown>>();
const turns = new Map<string, number>();
const watchers = new Set<() => void>();

function set(name: string, next: Seen<unknown>): void {
  seen.set(name, next);
  for (const watch of watchers) watch();
}

/** Puts what another answer has brought. */
export function put(name: string, data: unknown): void {
  turns.set(name, (turns.get(name) ?? 0) + 1);
  set(name, { data, error: null });
}

async function load<T>(name: string, fetch: () => Promise<T>): Promise<void> {
  // An answer that was overtaken by a newer one is dropped.
  const turn = (turns.get(name) ?? 0) + 1;
  turns.set(name, turn);
  try {
    const data = await fetch();
    if (turns.get(name) === turn) set(name, { data, error: null });
  } catch (error) {
    if (turns.get(name) === turn) set(name, { data: seen.get(name)?.data, error });
  }
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Loads when it is first used and whenever `again` is called. `fetch` must stay the same function. */
export function useResource<T>(name: string, fetch: () => Promise<T>): Resource<T> {
  const now = useSyncExternalStore(watch, () => seen.get(name) ?? NOTHING) as Seen<T>;
  const again = useCallback(() => void load(name, fetch), [name, fetch]);
  useEffect(() => again(), [again]);
  return { ...now, again };
}

/** Calls while the page is seen: at once when it is seen again, and then every so many ms. */
export function useEvery(again: () => void, every_ms: number, isOn = true): void {
  useEffect(() => {
    if (!isOn) return;
    const look = () => {
      if (document.visibilityState === "visible") again();
    };
    const timer = window.setInterval(look, every_ms);
    document.addEventListener("visibilitychange", look);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [again, every_ms, isOn]);
}
