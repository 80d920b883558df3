import { useSyncExternalStore } from "react";
import { absolute, absoluteHere, relative } from "../lib/time";

const watchers = new Set<() => void>();
let now = Date.now();
let timer = 0;

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  if (watchers.size === 1) {
    now = Date.now();
    timer = window.setInterval(() => {
      now = Date.now();
      for (const each of watchers) each();
    }, 1000);
  }
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) window.clearInterval(timer);
  };
}

/** One clock for all relative times of the page, in ms. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

/** How long ago; the exact moment, in UTC and here, on hover. */
export function Time({ time, isExact = false }: { time: string; isExact?: boolean }) {
  return isExact ? (
    <time dateTime={time} title={absoluteHere(time)} className="nowrap">
      {absolute(time)}
    </time>
  ) : (
    <RelativeTime time={time} />
  );
}

function RelativeTime({ time }: { time: string }) {
  const words = useSyncExternalStore(watch, () => relative(time, Math.max(now, Date.now() - 1000)));
  return (
    <time dateTime={time} title={`${absolute(time)}\n${absoluteHere(time)}`} className="nowrap">
      {words}
    </time>
  );
}
