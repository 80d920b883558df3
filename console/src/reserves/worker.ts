/** Fetches what a check needs and runs a verifier on it. A receipt leaves this worker nowhere. */
import { Round } from "../proof/bundle";
import { toHex } from "../proof/bytes";
import { ProofError } from "../proof/error";
import { type Manifest, checkFile, parseManifest, shardName } from "../proof/manifest";
import { sha256 } from "../proof/sha256";
import { type Balances, type Message, type Outcome, type Task, type Warm, hintOf } from "./check";
import { inFile, load } from "./files";
import { RECEIPT, type Refusal } from "./refusals";
import { WasmVerifier } from "./wasm";

type Say = (message: Message) => void;

/** Files of a round, each the one that its manifest lists. */
class Bundle {
  private constructor(
    private readonly base: string,
    private readonly manifest: Manifest,
  ) {}

  /** What is checked is what is shown: the round must not be exchanged in between. */
  static async open({ base, fingerprint }: Task): Promise<Bundle> {
    const bytes = await load(base, "manifest.json", true);
    if (fingerprint !== null && toHex(sha256(bytes)) !== fingerprint) {
      throw new ProofError("proof.manifest", "it is not the one that is shown", "manifest.json");
    }
    return new Bundle(base, inFile("manifest.json", () => parseManifest(bytes)));
  }

  async file(name: string): Promise<Uint8Array> {
    if (!this.manifest.has(name)) {
      throw new ProofError("proof.file.missing", "the file is not in the bundle", name);
    }
    const bytes = await load(this.base, name);
    inFile(name, () => checkFile(this.manifest, name, bytes));
    return bytes;
  }
}

interface Loaded {
  verifier: WasmVerifier | null;
  fallback: Outcome["fallback"];
  fingerprint: string | null;
}

async function loadWasm(page: string): Promise<Loaded> {
  const without = (fallback: Loaded["fallback"]) => ({
    ...{ verifier: null, fallback, fingerprint: null },
  });
  if (typeof WebAssembly === "undefined") return without("off");
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await load(page, "proof.wasm", true));
  } catch {
    return without("absent");
  }
  try {
    const verifier = await WasmVerifier.compile(bytes);
    return { verifier, fallback: null, fingerprint: toHex(sha256(bytes)) };
  } catch {
    return without("off");
  }
}

let loadedWasm: Promise<Loaded> | null = null;
const wasmOf = (page: string): Promise<Loaded> => (loadedWasm ??= loadWasm(page));

/** A refusal as it is shown; anything else that is thrown is a fault of the page. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof ProofError) {
    return { file: error.file ?? "input", code: error.code, error: error.reason };
  }
  return { file: "page", code: "page.fault", error: String(error) };
}

/** Shows what was just verified, so it is in the one form that there is. */
function balancesOf(receipt: Uint8Array): Balances {
  const read = JSON.parse(new TextDecoder().decode(receipt)) as Omit<Balances, "margin"> &
    Partial<Balances>;
  return { account: read.account, entries: read.entries, margin: read.margin ?? [] };
}

async function checkReceipt(task: Task, receipt: Uint8Array, say: Say): Promise<Ended> {
  // Begun first: it is the largest file, and needed whatever the others say.
  const loading = task.isSecond ? null : wasmOf(task.page);
  let wasm: Loaded = { verifier: null, fallback: null, fingerprint: null };
  try {
    say({ kind: "step", step: "receipt", state: "running" });
    const hint = hintOf(receipt);
    if (!hint) throw new ProofError("proof.canonical", "the receipt is no JSON", RECEIPT);
    say({ kind: "step", step: "receipt", state: "held" });
    say({ kind: "step", step: "files", state: "running" });
    const bundle = await Bundle.open(task);
    // A shard that no round has is the receipt's mistake, which the verifier names; only where it
    // has nothing against the receipt is the file itself what is missing.
    const shard = bundle.file(shardName(hint.shard)).catch((error: unknown) => {
      if (error instanceof ProofError && error.code === "proof.file.missing") return error;
      throw error;
    });
    const [header, liabilities, totals, proof] = await Promise.all([
      bundle.file("header.json"),
      bundle.file("liabilities.json"),
      bundle.file("totals.proof"),
      shard,
    ]);
    const shardProof = proof instanceof ProofError ? new Uint8Array() : proof;
    wasm = (await loading) ?? wasm;
    say({ kind: "step", step: "files", state: "held" });
    if (wasm.verifier) {
      const answer = wasm.verifier.verify({
        "header.json": header,
        "liabilities.json": liabilities,
        "totals.proof": totals,
        "receipt.json": receipt,
        "shard.proof": shardProof,
      });
      if (!answer.ok) {
        const { file, code, error } = answer;
        if (proof instanceof ProofError && file === proof.file) throw proof;
        throw new ProofError(code as ProofError["code"], error, file);
      }
    } else {
      const round = Round.read(header, liabilities);
      say({ kind: "step", step: "leaf", state: "running" });
      const read = round.checkReceipt(receipt);
      say({ kind: "step", step: "leaf", state: "held" });
      say({ kind: "step", step: "shard", state: "running" });
      if (proof instanceof ProofError) throw proof;
      round.checkShard(read.shard, shardProof);
      say({ kind: "step", step: "shard", state: "held" });
      say({ kind: "step", step: "totals", state: "running" });
      round.checkTotals(totals);
    }
    return { ...wasm, refusal: null, balances: balancesOf(receipt) };
  } catch (error) {
    return { ...wasm, refusal: refusalOf(error), balances: null };
  }
}

/** The totals, and every shard where that is asked for. The second verifier reads them one by one. */
async function checkTotals(task: Task, say: Say): Promise<Ended> {
  const without = { verifier: null, fallback: null, fingerprint: null, balances: null } as const;
  const step = (id: "files" | "totals" | "shards", state: "running" | "held" | "failed") =>
    say({ kind: "step", step: id, state });
  let at: "files" | "totals" | "shards" = "files";
  try {
    step(at, "running");
    const bundle = await Bundle.open(task);
    const [header, liabilities, totals] = await Promise.all([
      bundle.file("header.json"),
      bundle.file("liabilities.json"),
      bundle.file("totals.proof"),
    ]);
    const round = Round.read(header, liabilities);
    step(at, "held");
    at = "totals";
    step(at, "running");
    round.checkTotals(totals);
    step(at, "held");
    if (task.isEveryShard) {
      at = "shards";
      step(at, "running");
      const of = round.header.shards;
      for (let shard = 0; shard < of; shard += 1) {
        say({ kind: "shards", done: shard, of });
        round.checkShard(shard, await bundle.file(shardName(shard)));
      }
      step(at, "held");
    }
    return { ...without, refusal: null };
  } catch (error) {
    step(at, "failed");
    return { ...without, refusal: refusalOf(error) };
  }
}

type Ended = Loaded & Pick<Outcome, "refusal" | "balances">;

async function check(task: Task, say: Say): Promise<void> {
  const begin = performance.now();
  const { verifier, ...ended } = await (task.receipt
    ? checkReceipt(task, task.receipt, say)
    : checkTotals(task, say));
  const outcome: Outcome = {
    ...ended,
    verifier: verifier ? "wasm" : "second",
    took: performance.now() - begin,
  };
  say({ kind: "done", outcome });
}

self.onmessage = ({ data }: MessageEvent<Task | Warm>) => {
  if ("warm" in data) void wasmOf(data.warm);
  else void check(data, (message) => self.postMessage(message));
};
