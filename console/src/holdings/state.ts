/** EIP-1186: an account and slots of its storage, proved against a header whose hash is known. */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { quantity } from "./amount";
import { type Bytes, concat, fromNumber, isSame, toHex, toNumber, unhex, unhexExactly } from "./encoding";
import { refuse } from "./error";
import { type Json, JsonNumber, JsonObject, lengthOf } from "./jsonLine";
import { itemOf, itemsOf, listRlp, numberRlp, stringRlp } from "./rlp";
import { EMPTY_ROOT, isInTrie } from "./trie";

/** Longest header: today's have about 650 bytes. */
const HEADER_BYTES_MAX = 4096;
/** Fields of a header: 15 before London, more with every fork. */
const FIELDS_MIN = 15;
const FIELDS_MAX = 32;
const STATE_ROOT = 3;
const NUMBER = 8;
const TIME = 11;

/** Largest JSON of one proof. */
const JSON_BYTES_MAX = 1 << 20;
/** Nodes on a path: one for each digit of a hash, and the leaf. */
const NODES_MAX = 65;
/** Bytes of a node: a branch with 16 hashes has 532, a leaf less. */
const NODE_BYTES_MAX = 1024;
const SLOTS_MAX = 256;
const EMPTY_CODE = keccak_256(new Uint8Array());

/** What a state proof is checked against. */
export interface StateHeader {
  stateRoot: Bytes;
  number: bigint;
}

const noHeader = (problem: string): never =>
  refuse("evidence.header.malformed", `header: ${problem}`);

/** Reads a header in RLP whose Keccak is `hash`, the one that the round names. */
export function stateHeader(rlp: Bytes, hash: Bytes): StateHeader {
  if (rlp.length > HEADER_BYTES_MAX) noHeader("it is longer than any header");
  if (!isSame(keccak_256(rlp), hash)) {
    refuse("evidence.header.other", "header: its hash is not the one that the round names");
  }
  const whole = itemOf(rlp);
  const fields = whole && itemsOf(whole, FIELDS_MAX);
  if (!fields || fields.length < FIELDS_MIN || fields.some(({ isList }) => isList)) {
    return noHeader("it is no list of a header's fields");
  }
  const number = (place: number): bigint => {
    const bytes = fields[place]?.payload as Bytes;
    return bytes.length > 8 || bytes[0] === 0
      ? noHeader("a number does not fit 64 bits")
      : toNumber(bytes);
  };
  const stateRoot = fields[STATE_ROOT]?.payload as Bytes;
  if (stateRoot.length !== 32) noHeader("its state root has not 32 bytes");
  number(TIME);
  return { stateRoot, number: number(NUMBER) };
}

/** What a proof shows of an account. */
export interface AccountState {
  address: Bytes;
  /** The chain's coin, in wei. */
  balance: bigint;
  codeHash: Bytes;
  /** Values by the digits of the slot; zero for one that is not in the storage. */
  slots: Map<string, bigint>;
}

const malformed = (field: string, problem: string): never =>
  refuse("evidence.proof.malformed", `proof: field '${field}': ${problem}`);

function limited(what: string, got: number, limit: number): void {
  if (got > limit) {
    refuse("evidence.proof.too_large", `proof: ${what} has ${got} where at most ${limit} are read`);
  }
}

const textOf = (field: string, value: Json | undefined): string =>
  typeof value === "string" ? value : malformed(field, "a text is wanted");
const listOf = (field: string, value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : malformed(field, "a list is wanted");

function objectOf(field: string, value: Json | undefined, ...keys: readonly string[]): JsonObject {
  if (value instanceof JsonObject && value.has(...keys)) return value;
  return malformed(field, `an object of ${keys.join(", ")} is wanted`);
}

function quantityOf(field: string, value: string): bigint {
  return quantity(value) ?? malformed(field, "it is not 0x and a number of 256 bits");
}

function hashOf(field: string, value: string): Bytes {
  const bytes = value.startsWith("0x") ? unhexExactly(value, 32) : null;
  return bytes ?? malformed(field, "it is not 0x and 64 digits");
}

function nodesOf(field: string, texts: readonly string[]): Bytes[] {
  limited("a path of nodes", texts.length, NODES_MAX);
  return texts.map((text) => {
    limited("a node", Math.floor(text.length / 2), NODE_BYTES_MAX);
    const bytes = text.startsWith("0x") ? unhex(text) : null;
    return bytes ?? malformed(field, "a node is not 0x and bytes");
  });
}

interface Slot {
  slot: Bytes;
  value: bigint;
  nodes: readonly Bytes[];
}

/** A node's answer to `eth_getProof`, parsed and not yet verified. */
export class AccountProof {
  private constructor(
    readonly address: Bytes,
    private readonly nonce: bigint,
    private readonly balance: bigint,
    private readonly codeHash: Bytes,
    private readonly storageRoot: Bytes,
    private readonly nodes: readonly Bytes[],
    private readonly slots: readonly Slot[],
  ) {}

  /** With or without the envelope of JSON-RPC. */
  static parse(json: Json): AccountProof {
    limited("the JSON", lengthOf(json), JSON_BYTES_MAX);
    let proof = json;
    if (json instanceof JsonObject && json.fields.has("jsonrpc")) {
      const envelope = objectOf("proof", json, "jsonrpc", "id", "result");
      textOf("jsonrpc", envelope.get("jsonrpc"));
      if (!(envelope.get("id") instanceof JsonNumber)) malformed("id", "a number is wanted");
      proof = envelope.get("result") ?? null;
    }
    const fields = objectOf(
      "proof",
      proof,
      ...["address", "accountProof", "balance", "codeHash", "nonce", "storageHash", "storageProof"],
    );
    const text = (field: string) => textOf(field, fields.get(field));
    const texts = (field: string, value: Json | undefined) =>
      listOf(field, value).map((one) => textOf(field, one));
    // Kinds first, then what the texts say.
    const accountNodes = texts("accountProof", fields.get("accountProof"));
    const slots = listOf("storageProof", fields.get("storageProof")).map((one) => {
      const slot = objectOf("storageProof", one, "key", "value", "proof");
      return {
        key: textOf("storageProof.key", slot.get("key")),
        value: textOf("storageProof.value", slot.get("value")),
        nodes: texts("storageProof.proof", slot.get("proof")),
      };
    });
    const own = {
      ...{ address: text("address"), balance: text("balance"), codeHash: text("codeHash") },
      ...{ nonce: text("nonce"), storageHash: text("storageHash") },
    };
    limited("the list of slots", slots.length, SLOTS_MAX);
    const address = unhexExactly(own.address, 20);
    if (!address) return malformed("address", "it is not 0x and 40 digits");
    const nonce = quantityOf("nonce", own.nonce);
    if (nonce >= 1n << 64n) malformed("nonce", "it does not fit 64 bits");
    return new AccountProof(
      address,
      nonce,
      quantityOf("balance", own.balance),
      hashOf("codeHash", own.codeHash),
      hashOf("storageHash", own.storageHash),
      nodesOf("accountProof", accountNodes),
      slots.map(({ key, value, nodes }) => ({
        slot: fromNumber(quantityOf("storageProof.key", key), 32),
        value: quantityOf("storageProof.value", value),
        nodes: nodesOf("storageProof.proof", nodes),
      })),
    );
  }

  /**
   * Checks every node from the header's state root to the account, and from the account's storage root
   * to each slot. An account or slot that is proved absent is empty.
   */
  verify({ stateRoot }: StateHeader): AccountState {
    const { address, nonce, balance, codeHash, storageRoot } = this;
    const isCodeless = isSame(codeHash, EMPTY_CODE) || codeHash.every((byte) => byte === 0);
    const isAbsent =
      nonce === 0n && balance === 0n && isSame(storageRoot, EMPTY_ROOT) && isCodeless;
    const account = listRlp(
      ...[numberRlp(nonce), numberRlp(balance)],
      ...[stringRlp(storageRoot), stringRlp(codeHash)],
    );
    if (!isInTrie(stateRoot, address, isAbsent ? null : account, this.nodes)) {
      invalid(`account 0x${toHex(address)}`);
    }
    const slots = new Map<string, bigint>();
    for (const { slot, value, nodes } of this.slots) {
      if (!isInTrie(storageRoot, slot, value === 0n ? null : numberRlp(value), nodes)) {
        invalid(`slot 0x${toHex(slot)}`);
      }
      slots.set(toHex(slot), value);
    }
    return { address, balance, codeHash, slots };
  }
}

const invalid = (what: string): never =>
  refuse("evidence.proof.invalid", `proof: ${what} does not follow from the header's state root`);

/** Where a token keeps balances. */
export interface TokenLayout {
  contract: Bytes;
  /** Keccak of the code that the layout was read from. */
  codeHash: Bytes;
  /** Slot of the mapping of balances. */
  balances: Bytes;
  /** Vyper hashes the slot before the key, Solidity the key before the slot. */
  isVyper: boolean;
}

/** The balance that a token keeps for `holder`, if the proof is of the token and has the slot. */
export function tokenBalance(state: AccountState, token: TokenLayout, holder: Bytes): bigint | null {
  if (!isSame(state.address, token.contract) || !isSame(state.codeHash, token.codeHash)) return null;
  const padded = concat(new Uint8Array(12), holder);
  const place = token.isVyper ? concat(token.balances, padded) : concat(padded, token.balances);
  return state.slots.get(toHex(keccak_256(place))) ?? null;
}
