/**
 * Verifies a bundle from the command line, and a receipt with it:
 *
 *     npm run verify -- BUNDLE [RECEIPT]
 *     npm run verify -- --cases FOLDER
 *
 * Prints a line of JSON. With `--cases`, each folder in FOLDER holds a `bundle`, perhaps a
 * `receipt.json`, and in `expected` the code and the file of the refusal, or `ok`: what the verifier
 * in Rust has found of it. Leaves with 0 when all holds, 1 when something is refused or found
 * otherwise, 2 when there is nothing to verify.
 */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { type Files, type Round, type Verified, verifyBundle, verifyReceipt } from "./bundle";
import { toHex } from "./bytes";
import { ProofError } from "./error";
import { formatDigest } from "./poseidon";
import type { Receipt } from "./receipt";

const CODE = { held: 0, refused: 1, unusable: 2 } as const;
/** Largest file that is read. */
const FILE_LEN_MAX = 2 ** 30;

/** What the system says when it cannot read something becomes a refusal of that file. */
function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ProofError("proof.file.unreadable", `it cannot be read: ${String(error)}`, name);
  }
}

function fileAt(path: string, name: string): Uint8Array {
  return readable(name, () => {
    if (statSync(path).size > FILE_LEN_MAX) throw new Error(`more than ${FILE_LEN_MAX} bytes`);
    return new Uint8Array(readFileSync(path));
  });
}

function filesIn(folder: string): Files {
  const names = readable(folder, () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .map((name) => name.split(sep).join("/"))
      .sort(),
  );
  return { names, read: (name) => fileAt(join(folder, name), name) };
}

/** What is pledged and owed in an asset of the margin. */
function marginOf({ header, liabilities }: Round, symbol: string) {
  const total = liabilities.margin[header.margin.findIndex(({ asset }) => asset === symbol)];
  return total && { pledged: String(total.pledged), debt: String(total.debt) };
}

function report({ round, manifest }: Verified, receipt: Receipt | undefined, started: number) {
  const { header, liabilities } = round;
  return {
    ok: true,
    exchange: header.exchange,
    round: header.round,
    header: toHex(header.digest),
    manifest: toHex(manifest),
    root: formatDigest(liabilities.root),
    shards: header.shards,
    totals: header.assets.map(({ symbol }, asset) => ({
      asset: symbol,
      amount: String(liabilities.totals[asset]),
      ...marginOf(round, symbol),
    })),
    ...(receipt ? { account: receipt.account, shard: receipt.shard } : {}),
    milliseconds: Math.round(performance.now() - started),
  };
}

async function verify(folder: string, receiptFile: string | undefined): Promise<number> {
  const started = performance.now();
  try {
    const verified = await verifyBundle(filesIn(folder));
    const receipt = receiptFile
      ? verified.round.checkReceipt(fileAt(receiptFile, "receipt"))
      : undefined;
    console.log(JSON.stringify(report(verified, receipt, started)));
    return CODE.held;
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    const { code, reason, file } = error;
    console.log(JSON.stringify({ ok: false, code, reason, file }));
    return CODE.refused;
  }
}

/** What is found of a case: `ok`, or the code and the file of the refusal. */
async function found(folder: string): Promise<string> {
  try {
    const files = filesIn(join(folder, "bundle"));
    const receipt = join(folder, "receipt.json");
    if (existsSync(receipt)) await verifyReceipt(files, fileAt(receipt, "receipt"));
    else await verifyBundle(files);
    return "ok";
  } catch (error) {
    if (error instanceof ProofError) return `${error.code} ${error.file}`;
    return `not a refusal: ${String(error)}`;
  }
}

async function compare(folder: string): Promise<number> {
  const cases = (existsSync(folder) ? readdirSync(folder) : [])
    .sort()
    .filter((name) => existsSync(join(folder, name, "expected")));
  if (cases.length === 0) {
    console.error(`${folder}: no folder in it has a file 'expected'`);
    return CODE.unusable;
  }
  const differences: { case: string; expected: string; found: string }[] = [];
  for (const name of cases) {
    const expected = readFileSync(join(folder, name, "expected"), "utf8").trim();
    const own = await found(join(folder, name));
    if (own !== expected) differences.push({ case: name, expected, found: own });
  }
  const ok = differences.length === 0;
  console.log(JSON.stringify({ ok, cases: cases.length, differences }));
  return ok ? CODE.held : CODE.refused;
}

/** npm runs scripts in the package's folder, and says from where it was called. */
const at = (path: string) => resolve(process.env.INIT_CWD ?? ".", path);
const [first, second, ...more] = process.argv.slice(2);
if (first === "--cases" && second && more.length === 0) {
  process.exitCode = await compare(at(second));
} else if (first && !first.startsWith("--") && more.length === 0) {
  process.exitCode = await verify(at(first), second && at(second));
} else {
  console.error("a bundle's folder is wanted, and at most a receipt: verify BUNDLE [RECEIPT]");
  process.exitCode = CODE.unusable;
}
