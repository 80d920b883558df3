/** Fetches what a check needs and runs a verifier on it. A receipt leaves this worker nowhere. */
import { Round } from "../proof/bundle";
import { toHex } from "../proof/bytes";
import { ProofError } from "../proof/error";
import { type Manifest, checkFile, parseManifest, shardName } from "../proof/manifest";
import { sha256 } from "../proof/sha256";
import { type Balances, type Message, type Outcome, type Task, type Warm, hintOf } from "./check";
import { inFile, load } from "./files";
import { RECEIPT, type Refusal } from "./refusals";
import { type Parts, WasmVerifier, numberPart } from "./wasm";

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

const NO_WASM: Loaded = { verifier: null, fallback: null, fingerprint: null };

/**
 * Has the verifier in Rust check these parts; gives how many shards the round has. A refusal is
 * thrown as the second verifier throws it.
 */
function ask(verifier: WasmVerifier, parts: Parts): number {
  const answer = verifier.verify(parts);
  if (answer.ok) return answer.shards;
  throw new ProofError(answer.code as ProofError["code"], answer.error, answer.file);
}

/** The proofs of a round as either verifier checks them. */
interface Proofs {
  /** Gives how many shards there are. */
  checkTotals(totals: Uint8Array): number;
  checkShard(shard: number, proof: Uint8Array): void;
}

/** The verifier in Rust reads the round's claims anew with each proof. */
function proofsOf(
  verifier: WasmVerifier | null,
  header: Uint8Array,
  liabilities: Uint8Array,
): Proofs {
  if (!verifier) {
    const round = Round.read(header, liabilities);
    return {
      checkTotals: (totals) => {
        round.checkTotals(totals);
        return round.header.shards;
      },
      checkShard: (shard, proof) => round.checkShard(shard, proof),
    };
  }
  const claims = { "header.json": header, "liabilities.json": liabilities };
  return {
    checkTotals: (totals) => ask(verifier, { ...claims, "totals.proof": totals }),
    checkShard: (shard, proof) => {
      ask(verifier, { ...claims, shard: numberPart(shard), "shard.proof": proof });
    },
  };
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
  let wasm = NO_WASM;
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
      try {
        ask(wasm.verifier, {
          "header.json": header,
          "liabilities.json": liabilities,
          "totals.proof": totals,
          "receipt.json": receipt,
          "shard.proof": shardProof,
        });
      } catch (error) {
        const isMissing = error instanceof ProofError && proof instanceof ProofError;
        throw isMissing && error.file === proof.file ? proof : error;
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

/** The totals, and every shard where that is asked for, one by one. */
async function checkTotals(task: Task, say: Say): Promise<Ended> {
  const loading = task.isSecond ? null : wasmOf(task.page);
  let wasm = NO_WASM;
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
    wasm = (await loading) ?? wasm;
    const proofs = proofsOf(wasm.verifier, header, liabilities);
    step(at, "held");
    at = "totals";
    step(at, "running");
    const of = proofs.checkTotals(totals);
    step(at, "held");
    if (task.isEveryShard) {
      at = "shards";
      step(at, "running");
      for (let shard = 0; shard < of; shard += 1) {
        say({ kind: "shards", done: shard, of });
        proofs.checkShard(shard, await bundle.file(shardName(shard)));
      }
      step(at, "held");
    }
    return { ...wasm, refusal: null, balances: null };
  } catch (error) {
    // The verifier in Rust reads claims and proof together: what it says of the claims is of files.
    const isOfClaims = error instanceof ProofError && CLAIMS.includes(error.file ?? "");
    step(isOfClaims ? "files" : at, "failed");
    return { ...wasm, refusal: refusalOf(error), balances: null };
  }
}

const CLAIMS = ["header.json", "liabilities.json"];

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
