/** Short notices at the bottom, with an undo while it is possible. */
import { useEffect, useSyncExternalStore } from "react";
import { Icon } from "./Icon";
import { useNow } from "./Time";

export interface Toast {
  text: string;
  isProblem?: boolean;
  /** What can be taken back, and for how long. */
  undo?: { run: () => void; until: number };
}

const SHOWN_MS = 4_000;
let toasts: readonly (Toast & { id: number })[] = [];
let nextId = 1;
const watchers = new Set<() => void>();

function set(next: typeof toasts): void {
  toasts = next;
  for (const watch of watchers) watch();
}

/** Only the last act can be undone from here, so that it is clear what "Undo" means. */
export function showToast(toast: Toast): void {
  const others = toasts.filter((other) => !(toast.undo && other.undo));
  set([...others.slice(-2), { ...toast, id: nextId++ }]);
}

const dismiss = (id: number) => set(toasts.filter((toast) => toast.id !== id));

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function ToastLine({ toast }: { toast: Toast & { id: number } }) {
  const now = useNow();
  const left = toast.undo ? Math.ceil((toast.undo.until - now) / 1000) : 0;
  useEffect(() => {
    // A problem stays until it is read; an undo stays as long as it works.
    if (toast.isProblem) return;
    const shown = toast.undo ? toast.undo.until - Date.now() : SHOWN_MS;
    const timer = window.setTimeout(() => dismiss(toast.id), shown);
    return () => window.clearTimeout(timer);
  }, [toast]);
  return (
    <div className={`toast${toast.isProblem ? " is-problem" : ""}`}>
      <span className="grow">{toast.text}</span>
      {toast.undo && (
        <button
          type="button"
          className="button"
          onClick={() => {
            toast.undo?.run();
            dismiss(toast.id);
          }}
        >
          <Icon name="undo" size={12} /> Undo{" "}
          <span className="muted" aria-hidden="true">
            {Math.max(0, left)} s
          </span>
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label="Dismiss"
        onClick={() => dismiss(toast.id)}
      >
        <Icon name="close" size={12} />
      </button>
    </div>
  );
}

export function Toasts() {
  const shown = useSyncExternalStore(watch, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <ToastLine key={toast.id} toast={toast} />
      ))}
    </div>
  );
}
