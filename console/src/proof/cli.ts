/**
 * Verifies a bundle from the command line, and a receipt with it:
 *
 *     npm run verify -- BUNDLE [RECEIPT]
 *
 * Prints one line of JSON. Leaves with 0 when all holds, 1 when something is refused, 2 when there
 * is nothing to read.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { verifyBundle } from "./bundle";
import { toHex } from "./bytes";
import { ProofError } from "./error";
import { formatDigest } from "./poseidon";

const CODE = { held: 0, refused: 1, unusable: 2 } as const;

function namesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .map((name) => name.split(sep).join("/"))
    .sort();
}

/** What the system says when it cannot read something becomes a refusal of that file. */
function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ProofError("proof.file.unreadable", `it cannot be read: ${String(error)}`, name);
  }
}

async function check(folder: string, receiptFile: string | undefined) {
  const started = performance.now();
  const bytes = (path: string, name: string) =>
    readable(name, () => new Uint8Array(readFileSync(path)));
  const round = await verifyBundle({
    names: readable(folder, () => namesIn(folder)),
    read: (name) => bytes(join(folder, name), name),
  });
  const receipt = receiptFile && round.checkReceipt(bytes(receiptFile, "receipt"));
  const { header, liabilities } = round;
  return {
    ok: true,
    exchange: header.exchange,
    round: header.round,
    header: toHex(header.digest),
    root: formatDigest(liabilities.root),
    shards: header.shards,
    totals: header.assets.map(({ symbol }, asset) => ({
      asset: symbol,
      amount: String(liabilities.totals[asset]),
    })),
    ...(receipt ? { account: receipt.account, shard: receipt.shard } : {}),
    milliseconds: Math.round(performance.now() - started),
  };
}

async function run(folder: string, receiptFile: string | undefined): Promise<number> {
  try {
    console.log(JSON.stringify(await check(folder, receiptFile)));
    return CODE.held;
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    const { code, reason, file } = error;
    console.log(JSON.stringify({ ok: false, code, reason, file }));
    return CODE.refused;
  }
}

const [folder, receiptFile, ...more] = process.argv.slice(2);
if (!folder || more.length > 0) {
  console.error("a bundle's folder is wanted, and at most a receipt: verify BUNDLE [RECEIPT]");
  process.exitCode = CODE.unusable;
} else {
  // npm runs scripts in the package's folder, and says from where it was called.
  const at = (path: string) => resolve(process.env.INIT_CWD ?? ".", path);
  process.exitCode = await run(at(folder), receiptFile && at(receiptFile));
}
