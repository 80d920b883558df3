/**
 * What an exchange holds, verified from the files of a bundle under `reserves/`. Written apart from the
 * verifier in Rust (`crates/attest`), and refuses with the same codes. Curves and hashes are those of the
 * noble and scure libraries; nothing of this folder is loaded before somebody asks for the check.
 *
 * Reading order: this file, `judge.ts` (a list judged for a round), `list.ts` and `audit.ts` (what the
 * exchange says), `key.ts` (one key for each address), `ownership.ts` and what it names (who signed),
 * `known.ts` and `state.ts` (how surely an amount is known).
 */
import { ProofError } from "../proof/error";
import type { Header } from "../proof/header";
import { LEVELS } from "./claim";
import { type Bytes, isSame, utf8 } from "./encoding";
import { HoldingsError } from "./error";
import { type Progress, type Report, judge } from "./judge";
import { Known } from "./known";
import { roundOf } from "./round";

export const LIST = "reserves/list.csv";
const EVIDENCE = "reserves/evidence.jsonl";
const TOKENS = "reserves/tokens.csv";
export const SUMMARY = "reserves/summary.json";
const ALL: readonly string[] = [LIST, EVIDENCE, TOKENS, SUMMARY];

/** The files of a bundle, each as its manifest lists it. */
export interface Files {
  names: readonly string[];
  read(name: string): Bytes | Promise<Bytes>;
}

/** Says in which file something is wrong. */
function inFile<T>(file: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof HoldingsError ? error.of(file) : error;
  }
}

/** What follows from a list, in its one form. */
export function summaryOf({ assets }: Pick<Header, "assets">, { sums }: Pick<Report, "sums">): Bytes {
  const lines = assets.map(({ symbol }) => {
    const known = sums.get(symbol);
    const amounts = LEVELS.map((level) => [level, String(known?.[level] ?? 0n)]);
    return { asset: symbol, ...Object.fromEntries(amounts) };
  });
  return utf8(JSON.stringify({ version: 1, assets: lines }));
}

/**
 * Checks what is held. Null for a bundle that says nothing of it.
 *
 * @throws {HoldingsError | ProofError} that names the file and the first thing that does not hold.
 */
export async function verifyHoldings(
  header: Header,
  files: Files,
  progress?: Progress,
): Promise<Report | null> {
  const present = files.names.filter((name) => name.startsWith("reserves/"));
  if (present.length === 0) return null;
  const extra = present.find((name) => !ALL.includes(name));
  if (extra !== undefined) {
    throw new ProofError("proof.file.extra", "the file is no part of what is held", extra);
  }
  const find = async (name: string) => (present.includes(name) ? files.read(name) : null);
  const read = async (name: string) => {
    const bytes = await find(name);
    if (bytes) return bytes;
    throw new ProofError("proof.file.missing", "the file is not in the bundle", name);
  };
  const [list, evidence, tokens] = [await read(LIST), await find(EVIDENCE), await find(TOKENS)];
  const round = inFile(TOKENS, () => roundOf(header, tokens));
  const known = inFile(EVIDENCE, () => Known.read(round, evidence ?? new Uint8Array()));
  const report = await judge(round, known, list, progress);
  const [first] = report.refusals;
  if (first) throw first.of(LIST);
  if (!isSame(await read(SUMMARY), summaryOf(header, report))) {
    throw new ProofError("proof.field", "assets: they are not what follows from the list", SUMMARY);
  }
  return report;
}
