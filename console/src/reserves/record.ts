/** What the page finds of a round in the log of rounds, and how it says so. */
import { ProofError } from "../proof/error";
import { type Recorded, checkLog } from "../proof/log";
import { JOURNAL } from "../proof/manifest";
import { type Ed25519, type Key, parseKey } from "../proof/note";
import { plural } from "../lib/words";
import type { StepId, StepState, StepStates } from "./check";
import { load } from "./files";
import { listOf } from "./lead";
import type { Round } from "./round";
import { inUtc } from "./time";

/** The log's key as the site ships it. */
const LOG_KEY = "log/log.vkey";

/** Keys that the reader has from elsewhere. */
export interface GivenKeys {
  log: Key | null;
  witnesses: readonly Key[];
}

export const NO_KEYS: GivenKeys = { log: null, witnesses: [] };

/**
 * Reads keys, one a line; a line may be blank, or a remark after `#`.
 *
 * @throws {Error} that names the line and what is wrong with it, in words.
 */
export function readKeys(text: string): GivenKeys {
  const keys: Key[] = [];
  text.split("\n").forEach((line, place) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return;
    try {
      const key = parseKey(trimmed);
      const known = keys.find((other) => other.key.join() === key.key.join());
      if (known) throw new Error("the same key stands twice");
      if (key.owner === "log" && keys.some(({ owner }) => owner === "log")) {
        throw new Error("it is the second key of a log, and a round is in one log");
      }
      keys.push(key);
    } catch (error) {
      throw new Error(`Line ${place + 1}: ${error instanceof Error ? error.message : error}.`);
    }
  });
  if (keys.length === 0) throw new Error("There is no key in it.");
  const log = keys.find(({ owner }) => owner === "log") ?? null;
  return { log, witnesses: keys.filter(({ owner }) => owner === "witness") };
}

/** Where the key came from that the log's signature was checked with. */
export type Source = "reader" | "site" | "none";

/** What was found; without `recorded` the round does not say that it is in a log. */
export interface OnRecord {
  recorded: Recorded | null;
  source: Source;
  /** How many witnesses the reader knows. */
  known: number;
}

const isMissing = (error: unknown) =>
  error instanceof ProofError && error.code === "proof.file.missing";

async function siteKey(page: string): Promise<Key | null> {
  let bytes: Uint8Array;
  try {
    bytes = await load(page, LOG_KEY, true);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  try {
    const key = parseKey(new TextDecoder().decode(bytes));
    if (key.owner !== "log") throw new Error("it is not the key of a log");
    return key;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProofError("proof.log.signature", `the key of the log: ${why}`, LOG_KEY);
  }
}

/**
 * Checks a round's proof, with the keys that the reader gave, or with the one that the site ships.
 *
 * @throws {ProofError} when it does not hold, or when keys were given and there is no proof.
 */
export async function findRecord(
  round: Round,
  page: string,
  given: GivenKeys,
  ed25519: Ed25519,
): Promise<OnRecord> {
  const { exchange, listing, header, root, fingerprint } = round;
  const known = given.witnesses.length;
  let proof: Uint8Array;
  try {
    proof = await load(listing.base, JOURNAL, true);
  } catch (error) {
    if (isMissing(error) && !given.log && known === 0) return { recorded: null, source: "none", known };
    throw error;
  }
  const log = given.log ?? (await siteKey(page));
  const published = { exchange, round: listing.round, header, root, manifest: fingerprint };
  const asked = { log, witnesses: given.witnesses, wanted: 0 };
  const recorded = await checkLog(proof, published, asked, ed25519);
  return { recorded, source: given.log ? "reader" : log ? "site" : "none", known };
}

/** A step of the record, with what was found. */
export interface RecordStep {
  state: StepState;
  title: string;
  detail: string;
}

const SOURCE_WORDS: Record<Source, RecordStep> = {
  reader: {
    state: "held",
    title: "The log’s key signed it",
    detail: "With the key that you gave.",
  },
  site: {
    state: "held",
    title: "The key on this site signed it",
    detail:
      "The key comes from where the round comes from, so this shows only that this site agrees with itself. A key that you have from elsewhere shows more.",
  },
  none: {
    state: "unavailable",
    title: "The log’s signature",
    detail: "This site shows no key of the log. Give one that you have from elsewhere.",
  },
};

/** A time of a log, which may be later than any that a calendar has. */
function moment(time: bigint): string {
  return time < 8_640_000_000_000n ? inUtc(Number(time)) : `second ${time}`;
}

function witnessStep({ recorded, known }: OnRecord & { recorded: Recorded }): RecordStep {
  const { witnesses, claimed } = recorded;
  const lines = `${claimed.length} ${plural(claimed.length, "line")} in the name of ${plural(claimed.length, "a witness", "witnesses")}`;
  if (witnesses.length > 0) {
    const rest = claimed.length - witnesses.length;
    const others = rest > 0 ? ` ${rest} more ${plural(rest, "line was", "lines were")} not checked.` : "";
    return {
      state: "held",
      title: `${witnesses.length} of ${known} ${plural(known, "witness", "witnesses")} that you know co-signed it`,
      detail: `${witnesses.map(({ name, time }) => `${name} on ${moment(time)}`).join("; ")}.${others}`,
    };
  }
  if (known > 0) {
    return {
      state: "unavailable",
      title: `None of the ${known} ${plural(known, "witness", "witnesses")} that you know co-signed it`,
      detail: claimed.length > 0 ? `${lines}, and none is theirs.` : "Nobody has co-signed it.",
    };
  }
  if (claimed.length === 0) {
    return {
      state: "unavailable",
      title: "Nobody has co-signed it",
      detail: "No witness vouches that others are shown the same log.",
    };
  }
  return {
    state: "unavailable",
    title: "Co-signed by witnesses, it says",
    detail: `${lines}: ${listOf(claimed)}. Nothing of that is checked without their keys: give those that you have from elsewhere.`,
  };
}

const IDS = ["entry", "signature", "witnesses"] as const satisfies readonly StepId[];

/** The steps of what was found, in order. */
export function recordSteps(found: OnRecord & { recorded: Recorded }): {
  ids: typeof IDS;
  states: StepStates;
  words: Record<(typeof IDS)[number], RecordStep>;
} {
  const { log, index, size } = found.recorded;
  const words = {
    entry: {
      state: "held",
      title: "This round is in the log",
      detail: `Entry ${index + 1n} of ${size} in ${log}, with this very fingerprint.`,
    },
    signature: SOURCE_WORDS[found.source],
    witnesses: witnessStep(found),
  } as const;
  const states = Object.fromEntries(IDS.map((id) => [id, words[id].state]));
  return { ids: IDS, states, words };
}
