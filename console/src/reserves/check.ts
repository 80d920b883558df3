/**
 * A check, as the page asks a worker for it. A worker because seconds of calculation would freeze the
 * page, and because ending it ends everything that it knew of a receipt.
 */
import { shardName } from "../proof/manifest";
import { RECEIPT, type Refusal } from "./refusals";

/** The verifier in Rust as WebAssembly, or the second one, in TypeScript. */
export type Verifier = "wasm" | "second";

export const STEPS = [
  ...(["receipt", "files", "leaf", "shard", "totals", "shards", "held"] as const),
  ...(["entry", "signature", "witnesses"] as const),
] as const;
export type StepId = (typeof STEPS)[number];
export type StepState = "waiting" | "running" | "held" | "failed" | "unavailable";
export type StepStates = Readonly<Partial<Record<StepId, StepState>>>;

export const RECEIPT_STEPS = ["receipt", "files", "leaf", "shard", "totals"] as const;

/** What a receipt says, shown only after it was verified. */
export interface Balances {
  account: string;
  /** What is owed to them and not pledged. */
  entries: readonly { asset: string; amount: string }[];
  /** What they have pledged and owe. */
  margin: readonly { asset: string; pledged: string; debt: string }[];
}

/** What a customer has in an asset, in base units. */
export interface Own<Asset> {
  asset: Asset;
  /** Free and pledged. */
  whole: bigint;
  pledged: bigint;
  debt: bigint;
}

/** The assets of which a customer has or owes something, in the order of the round. */
export function ownOf<Asset extends { symbol: string }>(
  assets: readonly Asset[],
  { entries, margin }: Balances,
): Own<Asset>[] {
  const free = new Map(entries.map(({ asset, amount }) => [asset, BigInt(amount)]));
  const held = new Map(margin.map((entry) => [entry.asset, entry]));
  return assets
    .map((asset) => {
      const { pledged = 0n, debt = 0n } = held.get(asset.symbol) ?? {};
      const whole = (free.get(asset.symbol) ?? 0n) + BigInt(pledged);
      return { asset, whole, pledged: BigInt(pledged), debt: BigInt(debt) };
    })
    .filter(({ whole, debt }) => whole > 0n || debt > 0n);
}

export interface Task {
  /** URL of the folder that has `proof.wasm`. */
  page: string;
  /** URL of the round's folder. */
  base: string;
  /** SHA-256 of the manifest that the page shows; null when it shows none. */
  fingerprint: string | null;
  /** The customer's receipt; without one the totals are checked, or all proofs. */
  receipt: Uint8Array | null;
  isEveryShard: boolean;
  /** Otherwise the first, where it works. */
  isSecond: boolean;
}

export interface Outcome {
  refusal: Refusal | null;
  verifier: Verifier;
  /** Why it is the second although the first was asked for. */
  fallback: "off" | "absent" | null;
  /** SHA-256 of `proof.wasm`, where that was used. */
  fingerprint: string | null;
  balances: Balances | null;
  /** Milliseconds from the beginning, files included. */
  took: number;
}

export type Message =
  | { kind: "step"; step: StepId; state: StepState }
  | { kind: "shards"; done: number; of: number }
  | { kind: "done"; outcome: Outcome };

/** What can be told of a receipt before it is verified: where to look. */
export interface Hint {
  round: string;
  shard: number;
}

/** Longest receipt that the verifiers read. */
export const RECEIPT_LEN_MAX = 1 << 18;

export function hintOf(receipt: Uint8Array): Hint | null {
  if (receipt.length > RECEIPT_LEN_MAX) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(receipt));
    const { round, shard } = (value ?? {}) as { round?: unknown; shard?: unknown };
    if (typeof round !== "string" || typeof shard !== "number") return null;
    return Number.isInteger(shard) && shard >= 0 && shard < 2 ** 32 ? { round, shard } : null;
  } catch {
    return null;
  }
}

/** Order in which both verifiers go through a receipt's steps. */
const ORDER: readonly StepId[] = ["files", "receipt", "leaf", "shard", "totals"];

function stepOf({ file, code }: Refusal, hint: Hint | null): StepId {
  if (file === RECEIPT) return code === "proof.path" ? "leaf" : "receipt";
  const isProof = code === "proof.opening" || code === "proof.circuit";
  if (file === "totals.proof" && isProof) return "totals";
  return hint && file === shardName(hint.shard) && isProof ? "shard" : "files";
}

/** How each step ended: what comes after a refusal was not checked. */
export function endOf(refusal: Refusal | null, hint: Hint | null): StepStates {
  const failed = refusal ? ORDER.indexOf(stepOf(refusal, hint)) : ORDER.length;
  const states = ORDER.map((step, place): [StepId, StepState] => {
    if (place < failed) return [step, "held"];
    return [step, place === failed ? "failed" : "unavailable"];
  });
  return Object.fromEntries(states);
}

/** Asks a worker to load the verifier from this page's folder before it is needed. */
export interface Warm {
  warm: string;
}

export function start(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}

/** A worker that has its verifier before anything is given to it. */
export function prepare(page: string): Worker {
  const worker = start();
  worker.postMessage({ warm: page } satisfies Warm);
  return worker;
}

/** Runs a check. `hear` gets every step; the promise ends with the outcome. */
export function run(worker: Worker, task: Task, hear: (message: Message) => void) {
  return new Promise<Outcome>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      hear(data);
      if (data.kind === "done") resolve(data.outcome);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error("The browser does not run the part of the page that checks."));
    };
    worker.postMessage(task);
  });
}
