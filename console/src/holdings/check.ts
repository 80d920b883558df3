/** A check of what is held, as the page asks a worker for it. Nothing else is loaded before. */
import type { Refusal } from "../reserves/refusals";

export interface Task {
  /** URL of the round's folder. */
  base: string;
  /** SHA-256 of the manifest that the page shows. */
  fingerprint: string;
}

/** What the list comes to, beyond the sums that the page shows already. */
export interface Found {
  rows: number;
  /** Signed with a sentence that can be replayed: counted as claims. */
  replayable: number;
  /** Rows on another chain than the asset's own, such as `ETH on eip155:10`. */
  mapped: readonly (readonly [string, number])[];
}

export interface Outcome {
  refusal: Refusal | null;
  found: Found | null;
  /** Milliseconds from the beginning, files included. */
  took: number;
}

export type Message = { kind: "rows"; done: number } | { kind: "done"; outcome: Outcome };

/** Runs a check in a worker of its own. `hear` gets the number of rows that are judged. */
export function checkHeld(task: Task, hear: (rows: number) => void) {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.kind === "rows") hear(data.done);
      else resolve(data.outcome);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error("The browser does not run the part of the page that checks."));
    };
    worker.postMessage(task);
  }).finally(() => worker.terminate());
  return { outcome, end: () => worker.terminate() };
}
