/** Runs the search for a proof of work in a worker. */
import type { Work } from "./model";
import { BITS_MAX, workShare } from "./work";
import workerUrl from "./workWorker?worker&url";
import type { FromWork } from "./workWorker";

/** Pages that require trusted types take a worker's address from a policy only, and this is the one. */
function trusted(url: string): string {
  const { trustedTypes } = window as {
    trustedTypes?: {
      createPolicy(name: string, rules: object): { createScriptURL(url: string): string };
    };
  };
  if (!trustedTypes) return url;
  const policy = trustedTypes.createPolicy("ringfence-worker", {
    createScriptURL: (wanted: string) => {
      if (wanted !== workerUrl) throw new TypeError("only the page's own worker is run");
      return wanted;
    },
  });
  return policy.createScriptURL(url);
}
let script: string | null = null;

/** The answer; ends with an AbortError when it is cancelled. */
export function solve(
  { challenge, bits }: Work,
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (bits > BITS_MAX) {
      reject(new Error("the server asks for more work than this page does"));
      return;
    }
    script ??= trusted(workerUrl);
    const worker = new Worker(script, { type: "module" });
    const end = () => {
      worker.terminate();
      signal.removeEventListener("abort", stop);
    };
    const stop = () => {
      end();
      reject(new DOMException("cancelled", "AbortError"));
    };
    signal.addEventListener("abort", stop);
    worker.onmessage = ({ data }: MessageEvent<FromWork>) => {
      if ("tries" in data) onShare(workShare(data.tries, bits));
      else {
        end();
        resolve(data.answer);
      }
    };
    worker.onerror = () => {
      end();
      reject(new Error("the worker could not be run"));
    };
    if (signal.aborted) stop();
    else worker.postMessage({ challenge, bits });
  });
}
