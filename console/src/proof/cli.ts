/**
 * Verifies a bundle from the command line, with what the exchange holds, and a receipt with it:
 *
 *     npm run verify -- BUNDLE [RECEIPT] [--log-key KEY [--witness KEY]… [--witnesses COUNT]]
 *     npm run verify -- --cases FOLDER
 *
 * KEY is a public key, or a file with one a line. What the log of rounds says is checked wherever the
 * bundle has its proof, and its signatures with the keys that are given; all known witnesses must
 * have co-signed, or as many as are demanded. Prints a line of JSON. With `--cases`, each folder in FOLDER holds a `bundle`, perhaps a
 * `receipt.json`, and in `expected` the code and the file of the refusal, or `ok`: what the verifier
 * in Rust has found of it. Leaves with 0 when all holds, 1 when something is refused or found
 * otherwise, 2 when there is nothing to verify.
 */
import { createPublicKey, verify as verifySignature } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { verifyHoldings } from "../holdings/bundle";
import { LEVELS } from "../holdings/claim";
import { HoldingsError } from "../holdings/error";
import type { Report } from "../holdings/judge";
import { type Files, type Round, type Verified, verifyBundle, verifyReceipt } from "./bundle";
import { toHex } from "./bytes";
import { ProofError } from "./error";
import { type Asked, NOTHING_ASKED, type Recorded, checkLog } from "./log";
import { JOURNAL } from "./manifest";
import { type Ed25519, type Key, parseKey } from "./note";
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

/** What precedes a key of Ed25519 in the form that Node takes (RFC 8410). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

const ed25519: Ed25519 = (key, message, signature) => {
  const der = Buffer.concat([SPKI, key]);
  const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
  return verifySignature(null, message, publicKey, signature);
};

/** Where a verified bundle is on the record; null where it does not say so. */
async function recordOf(files: Files, verified: Verified, asked: Asked): Promise<Recorded | null> {
  const { header, liabilities } = verified.round;
  if (!files.names.includes(JOURNAL)) {
    if (!asked.log) return null;
    throw new ProofError("proof.file.missing", "the file is not in the bundle", JOURNAL);
  }
  const published = {
    ...{ exchange: header.exchange, round: header.round, header: toHex(header.digest) },
    ...{ root: formatDigest(liabilities.root), manifest: toHex(verified.manifest) },
  };
  return checkLog(await files.read(JOURNAL), published, asked, ed25519);
}

/** The record as JSON has it; numbers of the log are below 2^53. */
const recordReport = (recorded: Recorded | null, asked: Asked) =>
  recorded && {
    log: recorded.log,
    index: Number(recorded.index),
    size: Number(recorded.size),
    is_signature_checked: recorded.isSignatureChecked,
    witnesses_known: asked.witnesses.length,
    witnesses: recorded.witnesses.map(({ name, time }) => ({ name, time_s: Number(time) })),
    cosignatures: recorded.claimed.length,
  };

/** What is held by asset and level, or null where the bundle does not say it. */
function heldOf({ header }: Verified["round"], held: Report | null) {
  if (!held) return null;
  const { rows, replayable, mapped, sums } = held;
  const assets = header.assets.map(({ symbol }) => {
    const amounts = LEVELS.map((level) => [level, String(sums.get(symbol)?.[level] ?? 0n)]);
    return { asset: symbol, ...Object.fromEntries(amounts) };
  });
  return { rows, replayable, mapped: Object.fromEntries(mapped), assets };
}

/** What is pledged and owed in an asset of the margin. */
function marginOf({ header, liabilities }: Round, symbol: string) {
  const total = liabilities.margin[header.margin.findIndex(({ asset }) => asset === symbol)];
  return total && { pledged: String(total.pledged), debt: String(total.debt) };
}

function report(
  { round, manifest }: Verified,
  held: Report | null,
  receipt: Receipt | undefined,
  started: number,
) {
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
    held: heldOf(round, held),
    ...(receipt ? { account: receipt.account, shard: receipt.shard } : {}),
    milliseconds: Math.round(performance.now() - started),
  };
}

const isRefusal = (error: unknown): error is ProofError | HoldingsError =>
  error instanceof ProofError || error instanceof HoldingsError;

async function verify(
  folder: string,
  receiptFile: string | undefined,
  asked: Asked,
): Promise<number> {
  const started = performance.now();
  try {
    const files = filesIn(folder);
    const verified = await verifyBundle(files);
    const recorded = await recordOf(files, verified, asked);
    const held = await verifyHoldings(verified.round.header, files);
    const receipt = receiptFile
      ? verified.round.checkReceipt(fileAt(receiptFile, "receipt"))
      : undefined;
    const log = recordReport(recorded, asked);
    console.log(JSON.stringify({ ...report(verified, held, receipt, started), log }));
    return CODE.held;
  } catch (error) {
    if (!isRefusal(error)) throw error;
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
    else {
      const verified = await verifyBundle(files);
      await recordOf(files, verified, NOTHING_ASKED);
      await verifyHoldings(verified.round.header, files);
    }
    return "ok";
  } catch (error) {
    if (isRefusal(error)) return `${error.code} ${error.file}`;
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

function keyOf(option: string, line: string): Key {
  try {
    return parseKey(line);
  } catch (error) {
    throw new Error(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Keys of `--log-key` or `--witness`: itself, or those of a file. */
function keysOf(text: string, owner: Key["owner"]): Key[] {
  const option = owner === "log" ? "--log-key" : "--witness";
  const file = at(text);
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [text];
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const key = keyOf(option, line);
      if (key.owner === owner) return key;
      throw new Error(`${option}: it is the key of a ${key.owner}, not of a ${owner}`);
    });
}

/** What is asked for of the log. */
function askedOf(options: { logKey?: string; witness: string[]; witnesses?: string }): Asked {
  const [log = null, ...more] = options.logKey === undefined ? [] : keysOf(options.logKey, "log");
  if (more.length > 0) throw new Error("--log-key: one key is wanted");
  const witnesses = options.witness.flatMap((text) =>
    text.split(",").flatMap((one) => keysOf(one, "witness")),
  );
  const wanted = Number(options.witnesses ?? witnesses.length);
  if (witnesses.length > 0 && !log) throw new Error("--witness: --log-key is wanted too");
  const isCount = options.witnesses === undefined || (Number.isInteger(wanted) && wanted > 0);
  if (!isCount || wanted > witnesses.length) {
    throw new Error(`--witnesses: ${options.witnesses} of ${witnesses.length} known witnesses`);
  }
  return { log, witnesses, wanted };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cases: { type: "string" },
      "log-key": { type: "string" },
      witness: { type: "string", multiple: true },
      witnesses: { type: "string" },
    },
  });
  const [bundle, receipt, ...more] = positionals;
  if (values.cases !== undefined && bundle === undefined) return compare(at(values.cases));
  if (values.cases !== undefined || bundle === undefined || more.length > 0) {
    throw new Error("a bundle's folder is wanted, and at most a receipt: verify BUNDLE [RECEIPT]");
  }
  const asked = askedOf({
    ...(values["log-key"] === undefined ? {} : { logKey: values["log-key"] }),
    ...(values.witnesses === undefined ? {} : { witnesses: values.witnesses }),
    witness: values.witness ?? [],
  });
  return verify(at(bundle), receipt && at(receipt), asked);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = CODE.unusable;
}
