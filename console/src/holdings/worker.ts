/** Fetches what a round publishes of what is held, and verifies it. */
import { toHex } from "../proof/bytes";
import { ProofError } from "../proof/error";
import { parseHeader } from "../proof/header";
import { HEADER, MANIFEST, checkFile, parseManifest } from "../proof/manifest";
import { sha256 } from "../proof/sha256";
import { inFile, load } from "../reserves/files";
import type { Refusal } from "../reserves/refusals";
import { verifyHoldings } from "./bundle";
import type { Found, Message, Outcome, Task } from "./check";
import { HoldingsError } from "./error";

const say = (message: Message) => self.postMessage(message);

async function verify({ base, fingerprint }: Task): Promise<Found> {
  const listed = await load(base, MANIFEST, true);
  // What is checked is what is shown: the round must not be exchanged in between.
  if (toHex(sha256(listed)) !== fingerprint) {
    throw new ProofError("proof.manifest", "it is not the one that is shown", MANIFEST);
  }
  const manifest = inFile(MANIFEST, () => parseManifest(listed));
  const read = async (name: string): Promise<Uint8Array> => {
    const bytes = await load(base, name);
    inFile(name, () => checkFile(manifest, name, bytes));
    return bytes;
  };
  const bytes = await read(HEADER);
  const header = inFile(HEADER, () => parseHeader(bytes));
  const report = await verifyHoldings(header, { names: [...manifest.keys()], read }, (done) =>
    say({ kind: "rows", done }),
  );
  if (!report) throw new ProofError("proof.file.missing", "the round has no list", "reserves/");
  const { rows, replayable, mapped } = report;
  return { rows, replayable, mapped: [...mapped] };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof ProofError || error instanceof HoldingsError) {
    return { file: error.file ?? "reserves/", code: error.code, error: error.reason };
  }
  return { file: "page", code: "page.fault", error: String(error) };
}

self.onmessage = async ({ data }: MessageEvent<Task>) => {
  const begin = performance.now();
  const ended = await verify(data).then(
    (found) => ({ found, refusal: null }),
    (error: unknown) => ({ found: null, refusal: refusalOf(error) }),
  );
  const outcome: Outcome = { ...ended, took: performance.now() - begin };
  say({ kind: "done", outcome });
};
