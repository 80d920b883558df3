/**
 * What is known of a round's chains: a JSON object on each line, in any order but that a chain's header
 * comes before its accounts. What proves itself is verified as it is read.
 */
import { baseUnits } from "./amount";
import { type Chain, chainOf } from "./chains";
import type { ChainRecord, ControlEvidence } from "./control";
import { type Bytes, toHex, unhex, unhexExactly } from "./encoding";
import { HoldingsError, refuse } from "./error";
import { type Json, JsonNumber, JsonObject, parseJson } from "./jsonLine";
import { type AddressKey, keyOf } from "./key";
import type { Asset, Round } from "./round";
import type { Reading } from "./sources";
import { AccountProof, type AccountState, type StateHeader, stateHeader, tokenBalance } from "./state";

/** Longest line: a state proof with many slots. */
const LINE_LEN_MAX = 2 << 20;
/** Most lines: two for each row of the longest list. */
const LINES_MAX = 4_000_000;
const FEED = 0x0a;

/** Fields of each kind of line, beside its kind. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  header: ["chain", "rlp"],
  account: ["chain", "proof"],
  reading: ["chain", "address", "asset", "source", "height", "amount"],
  call: ["chain", "address", "height", "sources", "input", "output"],
  keys: ["chain", "address", "height", "sources", "keys", "threshold"],
  withdrawal: ["chain", "address", "height", "sources", "credentials"],
};
const NUMBERS = ["height", "threshold"];
const LISTS = ["sources", "keys"];

const wrong = (problem: string): never => refuse("evidence.line", problem);

/** A line's object, of which every field is of its kind. */
class Line {
  private constructor(
    readonly kind: string,
    private readonly object: JsonObject,
  ) {}

  static of(text: string): Line {
    const json = parseJson(text);
    if (!(json instanceof JsonObject) || json.hasTwice) return wrong("it is no JSON object");
    const kind = json.get("kind");
    const fields = typeof kind === "string" && Object.hasOwn(FIELDS, kind) ? FIELDS[kind] : undefined;
    if (typeof kind !== "string" || !fields) return wrong("there is no such kind of evidence");
    if (!json.has("kind", ...fields)) wrong(`${kind}: ${fields.join(", ")} are wanted`);
    const line = new Line(kind, json);
    for (const field of fields) {
      if (NUMBERS.includes(field)) line.number(field);
      else if (LISTS.includes(field)) line.texts(field);
      else if (field !== "proof") line.text(field);
    }
    return line;
  }

  get proof(): Json {
    return this.object.get("proof") ?? null;
  }

  text(field: string): string {
    const value = this.object.get(field);
    return typeof value === "string" ? value : wrong(`field '${field}': a text is wanted`);
  }

  number(field: string): bigint {
    const value = this.object.get(field);
    const number = value instanceof JsonNumber ? value.whole() : null;
    return number ?? wrong(`field '${field}': a whole number is wanted`);
  }

  texts(field: string): string[] {
    const value = this.object.get(field);
    const isTexts = Array.isArray(value) && value.every((one) => typeof one === "string");
    return isTexts ? (value as string[]) : wrong(`field '${field}': a list of texts is wanted`);
  }

  chain(): Chain {
    return chainOf(this.text("chain")) ?? wrong("field 'chain': its rules are not known");
  }

  key(): AddressKey {
    return keyOf(this.chain(), this.text("address"));
  }

  bytes(field: string, text = this.text(field)): Bytes {
    return unhex(text) ?? wrong(`field '${field}': it is not hexadecimal`);
  }

  record(): ChainRecord {
    return { of: this.key(), height: this.number("height"), sources: this.texts("sources") };
  }
}

const placeOf = (chain: Chain, address: Bytes): string => `${chain.id} ${toHex(address)}`;

export class Known {
  private readonly headers = new Map<string, StateHeader>();
  private readonly accounts = new Map<string, AccountState>();
  private readonly readings = new Map<string, Reading[]>();
  private readonly control = new Map<string, ControlEvidence>();

  /** Reads all lines; refuses the first that is not right. */
  static read(round: Round, bytes: Bytes): Known {
    const known = new Known();
    let at = 0;
    for (let number = 1; at < bytes.length; number += 1) {
      const feed = bytes.indexOf(FEED, at);
      const end = feed < 0 ? bytes.length : feed + 1;
      try {
        if (end - at > LINE_LEN_MAX || number > LINES_MAX) {
          wrong("it is longer than any evidence, or there are too many lines");
        }
        known.addLine(round, bytes.subarray(at, end));
      } catch (error) {
        if (!(error instanceof HoldingsError)) throw error;
        throw new HoldingsError(error.code, `evidence, line ${number}: ${error.reason}`);
      }
      at = end;
    }
    return known;
  }

  private addLine(round: Round, bytes: Bytes): void {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return wrong("it is not UTF-8");
    }
    if (/^[ \t\n\f\r]*$/.test(text)) return;
    this.add(round, Line.of(text));
  }

  private add(round: Round, line: Line): void {
    switch (line.kind) {
      case "header":
        return this.addHeader(round, line);
      case "account":
        return this.addAccount(line);
      case "reading": {
        const place = `${line.key().id} ${line.text("asset")}`;
        const amount = baseUnits(line.text("amount"));
        if (amount === null) return wrong("field 'amount': base units are wanted");
        const readings = this.readings.get(place) ?? [];
        readings.push({ source: line.text("source"), height: line.number("height"), amount });
        this.readings.set(place, readings);
        return;
      }
      case "call": {
        const record = line.record();
        const [input, output] = [line.bytes("input"), line.bytes("output")];
        this.control.set(record.of.id, { kind: "call", record, input, output });
        return;
      }
      case "keys": {
        const record = line.record();
        const keys = line.texts("keys").map((key) => line.bytes("keys", key));
        const threshold = line.number("threshold");
        this.control.set(record.of.id, { kind: "keys", record, keys, threshold });
        return;
      }
      default: {
        const record = line.record();
        const credentials = unhexExactly(line.text("credentials"), 32);
        if (!credentials) return wrong("field 'credentials': 32 bytes are wanted");
        this.control.set(record.of.id, { kind: "withdrawal", record, credentials });
      }
    }
  }

  private addHeader(round: Round, line: Line): void {
    const chain = line.chain();
    const block = round.block(chain) ?? wrong(`the round does not name a block of ${chain.id}`);
    const hash = unhexExactly(block.hash, 32);
    if (!hash) return wrong("the round's hash of the chain has not 32 bytes");
    const header = stateHeader(line.bytes("rlp"), hash);
    if (header.number !== block.height) wrong("the block has another height than the round names");
    this.headers.set(chain.id, header);
  }

  private addAccount(line: Line): void {
    const chain = line.chain();
    const header = this.headers.get(chain.id);
    if (!header) return wrong(`the header of ${chain.id} must come before its accounts`);
    const state = AccountProof.parse(line.proof).verify(header);
    const place = placeOf(chain, state.address);
    const known = this.accounts.get(place);
    if (!known) this.accounts.set(place, state);
    // The same account in the same state: other slots of it.
    else for (const [slot, value] of state.slots) known.slots.set(slot, value);
  }

  controlOf(key: AddressKey): ControlEvidence | null {
    return this.control.get(key.id) ?? null;
  }

  readingsOf(key: AddressKey, asset: string): readonly Reading[] | null {
    return this.readings.get(`${key.id} ${asset}`) ?? null;
  }

  /** The balance that a state proof shows, of the chain's coin or of a token. */
  provedBalance(key: AddressKey, { id, token }: Asset): bigint | null {
    const { chain, bytes } = key;
    const slash = id.indexOf("/");
    if (chain.evm === null || bytes.length !== 20 || slash < 0) return null;
    if (token) {
      const state = this.accounts.get(placeOf(chain, token.contract));
      return state ? tokenBalance(state, token, bytes) : null;
    }
    if (!id.slice(slash + 1).startsWith("slip44:")) return null;
    return this.accounts.get(placeOf(chain, bytes))?.balance ?? null;
  }
}
