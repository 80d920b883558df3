/** What is shown when there is nothing to show: yet, at all, or because of a fault. */
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { CeremonyError } from "../lib/passkey";
import { duration } from "../lib/time";
import { Icon } from "./Icon";
import { useNow } from "./Time";

/** The shape of what is coming; never a spinner. */
export function Skeleton({ lines = 3, height = 12 }: { lines?: number; height?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, at) => (
        <i key={at} style={{ height, width: `${92 - ((at * 37) % 48)}%` }} />
      ))}
    </div>
  );
}

/** Nothing here, and the first step that changes it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children && <div className="muted">{children}</div>}
    </div>
  );
}

/** A fault: what happened, what can be done, and the id to quote. */
export function Fault({ error, again }: { error: Error; again?: () => void }) {
  const problem = error instanceof ApiError ? error.problem : null;
  const ceremony = error instanceof CeremonyError ? error : null;
  return (
    <div className="fault" role="alert">
      <Icon name="warning" />
      <div className="stack gap4 grow">
        <strong>{problem?.title ?? ceremony?.title ?? "The page met a fault of its own"}</strong>
        <span>{problem?.detail ?? ceremony?.next ?? error.message}</span>
        <span className="row wrap">
          {again && (
            <button type="button" className="button" onClick={again}>
              Try again
            </button>
          )}
          {problem?.id && (
            <span className="muted small">
              Quote <code>{problem.id}</code> when you ask for help.
            </span>
          )}
        </span>
      </div>
    </div>
  );
}

/** Old data say how old they are. `at` is when they were fetched, in ms. */
export function Stale({ at, why }: { at: number; why: string }) {
  const now = useNow();
  return (
    <div className="stale" role="status">
      <Icon name="clock" size={12} /> {why} What you see is {duration((now - at) / 1000)} old.
    </div>
  );
}

interface LoadedProps<T> {
  query: {
    data: T | undefined;
    error: Error | null;
    dataUpdatedAt: number;
    refetch: () => unknown;
  };
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/** Shape while loading, fault where it failed, and old data with their age where refetching did. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  const { data, error, dataUpdatedAt, refetch } = query;
  if (data === undefined) {
    return error ? (
      <Fault error={error} again={() => refetch()} />
    ) : (
      (skeleton ?? <Skeleton lines={6} />)
    );
  }
  return (
    <>
      {error && <Stale at={dataUpdatedAt} why={error.message} />}
      {children(data)}
    </>
  );
}
