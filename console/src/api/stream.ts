/**
 * The server's event stream. EventSource resumes by itself with Last-Event-ID; when the server
 * closes it for good (a restart, a proxy), it is opened again and listeners are told of the gap.
 */
import { useSyncExternalStore } from "react";
import type { Alert, Decision, Tick } from "./model";

export interface StreamState {
  /** Is the connection open now? */
  isOpen: boolean;
  /** When the page began to listen, in ms. */
  startedAt: number;
  /** When something last arrived, in ms; null before the first. */
  heardAt: number | null;
  tick: Tick | null;
  /** The last two minutes of ticks, oldest first. */
  ticks: readonly Tick[];
}

type Listener = {
  decision?: (decision: Decision) => void;
  alert?: (alert: Alert) => void;
  /** Events may have been missed; fetch what is newest. */
  gap?: () => void;
  /** The server refused the connection: perhaps the session has ended. */
  refused?: () => void;
};

const TICKS_KEPT = 120;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000];

const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
const SILENT: StreamState = {
  isOpen: false,
  startedAt: Date.now(),
  heardAt: null,
  tick: null,
  ticks: [],
};
let state = SILENT;
let source: EventSource | null = null;
let retry = 0;
let retryTimer = 0;

function change(part: Partial<StreamState>): void {
  state = { ...state, ...part };
  for (const watch of watchers) watch();
}

function parse<T>(event: Event): T {
  return JSON.parse((event as MessageEvent<string>).data) as T;
}

export function openStream(): void {
  if (source) return;
  const opened = new EventSource("/v1/stream?topics=decisions,alerts,ticks");
  source = opened;
  opened.addEventListener("open", () => {
    const isAgain = state.heardAt !== null;
    retry = 0;
    change({ isOpen: true, heardAt: Date.now() });
    if (isAgain) for (const listener of listeners) listener.gap?.();
  });
  opened.addEventListener("error", () => {
    change({ isOpen: false });
    if (opened.readyState !== EventSource.CLOSED) return;
    source = null;
    for (const listener of listeners) listener.refused?.();
    retryTimer = window.setTimeout(openStream, RETRY_MS[retry] ?? 10_000);
    retry = Math.min(retry + 1, RETRY_MS.length - 1);
  });
  opened.addEventListener("decision", (event) => {
    const decision = parse<Decision>(event);
    for (const listener of listeners) listener.decision?.(decision);
  });
  opened.addEventListener("alert", (event) => {
    const alert = parse<Alert>(event);
    for (const listener of listeners) listener.alert?.(alert);
  });
  opened.addEventListener("tick", (event) => {
    const tick = parse<Tick>(event);
    const ticks = [...state.ticks.slice(1 - TICKS_KEPT), tick];
    change({ isOpen: true, heardAt: Date.now(), tick, ticks });
  });
}

export function closeStream(): void {
  window.clearTimeout(retryTimer);
  source?.close();
  source = null;
  state = { ...SILENT, startedAt: Date.now() };
}

/** Listens until the returned function is called. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export const useStream = (): StreamState => useSyncExternalStore(watch, () => state);
