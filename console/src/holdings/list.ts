/** Lists of what is held: the anchor's three layouts and our own, row by row. */
import { type Decimal, baseUnits, decimal } from "./amount";
import { type Chain, chainOf, chainOfAnchor } from "./chains";
import { Lines, fieldsOf } from "./csv";
import { type Bytes, shown, withoutBlanks } from "./encoding";
import { HoldingsError, type HoldingsCode, refuse } from "./error";
import { type AddressKey, keyOf } from "./key";

/** Most rows, and most totals above them. */
export const ROWS_MAX = 2_000_000;
const TOTALS_MAX = 10_000;

export type Amount =
  /** Whole numbers, as our layout writes them. */
  | { kind: "base"; amount: bigint }
  /** Whole coins with decimals, as the anchor writes them. */
  | { kind: "coins"; amount: Decimal }
  /** A layout without amounts. */
  | { kind: "none" };

/** What an exchange says of one address and one asset. */
export interface Row {
  /** From 1. */
  line: number;
  asset: string;
  chain: Chain;
  /** Null where the layout has none. */
  height: bigint | null;
  address: string;
  key: AddressKey;
  amount: Amount;
  /** The anchor's type of a staking row. */
  staking: string | null;
  message: string;
  signatures: readonly string[];
  /** Redeem or witness script, or public keys. */
  keys: readonly string[];
  /** Accounts that own a contract or a validator. */
  owners: readonly string[];
}

/** A total above the anchor's rows; `COIN(ALL)` for the sum over its networks. */
export interface Total {
  line: number;
  coin: string;
  amount: Decimal;
}

export type Layout = "own" | "nine" | "eleven" | "twelve";

/** First lines as they are compared: without blanks, in lower case. */
const HEADS: Readonly<Record<Layout, string>> = {
  own: "asset,chain,address,amount,height,source,message,signatures,script_or_keys,owners",
  nine: "digitalasset,network,address,signedmessage,signedmessage2,message,publickey,owner1,owner2",
  eleven:
    "coin,network,snapshotheight,address,amount,message,signature1,signature2," +
    "redeemscript/publickey,eoa1,eoa2",
  twelve:
    "coin,type,network,snapshotheight,address,amount,message,signature1,signature2," +
    "redeemscript/publickey,eoa1,eoa2",
};
const HEAD_OF_TOTALS = "coin,snapshotheight,amount";

const COLUMNS: Readonly<Record<Layout, number>> = { own: 10, nine: 9, eleven: 11, twelve: 12 };
/** The anchor leaves out empty fields at the end of a row. */
const LEFT_OUT_MAX = 2;

/** A field with its place, for what is said of it. */
class Field {
  constructor(
    private readonly line: number,
    private readonly code: HoldingsCode,
    readonly text: string,
  ) {}

  refuse(problem: string): never {
    return refuse(this.code, `line ${this.line}: '${shown(this.text)}': ${problem}`);
  }

  /** A symbol in plain letters: a look-alike letter would make a second asset. */
  symbol(): string {
    if (/^[A-Za-z0-9._()-]{1,40}$/.test(this.text)) return this.text;
    return this.refuse("write a symbol of 1 to 40 plain letters, digits, dots and hyphens");
  }

  height(): bigint {
    const height = /^[0-9]+$/.test(this.text) ? BigInt(this.text) : 1n << 64n;
    if (height >= 1n << 64n) return this.refuse("write the height of the snapshot in digits");
    return height;
  }

  coins(): Decimal {
    const amount = decimal(this.text);
    return typeof amount === "string" ? this.refuse(amount) : amount;
  }

  units(): bigint {
    const amount = baseUnits(this.text);
    return amount ?? this.refuse("write a non-negative integer in base units, digits only");
  }

  key(chain: Chain): AddressKey {
    try {
      return keyOf(chain, this.text);
    } catch (error) {
      if (error instanceof HoldingsError) return this.refuse(error.reason);
      throw error;
    }
  }
}

/** What the anchor writes where it has nothing. */
const some = (...texts: readonly string[]): string[] =>
  texts.filter((text) => !["", "null", "\\N"].includes(text));

const wordsOf = (text: string): string[] => text.split(" ").filter((word) => word !== "");

/** A list as it is read. Rows follow an error of one row; none follow another error. */
export class List {
  readonly totals: readonly Total[];
  readonly layout: Layout;
  private readonly lines: Lines;
  private rows = 0;
  private isDone = false;

  /** Reads the totals and the head of the rows. */
  constructor(bytes: Bytes) {
    this.lines = new Lines(bytes);
    const totals: Total[] = [];
    let head = this.lines.next() ?? "";
    if (normal(head) === HEAD_OF_TOTALS) {
      for (;;) {
        const text = this.lines.next();
        if (text === null) unknownHead(this.lines.number, "");
        const fields = fieldsOf(text, this.lines.number);
        if (fields.length !== 3) {
          head = text;
          break;
        }
        const line = this.lines.number;
        if (totals.length === TOTALS_MAX) tooMany(line, TOTALS_MAX);
        const coin = new Field(line, "reserves.row.asset", fields[0] as string).symbol();
        const amount = new Field(line, "reserves.row.amount", fields[2] as string).coins();
        totals.push({ line, coin, amount });
      }
    }
    const layouts = Object.keys(HEADS) as Layout[];
    const layout = layouts.find((known) => HEADS[known] === normal(head));
    this.layout = layout ?? unknownHead(this.lines.number, head);
    this.totals = totals;
  }

  /** The next row, or why it is none; null after the last. */
  next(): Row | HoldingsError | null {
    if (this.isDone) return null;
    try {
      const row = this.read();
      this.isDone = row === null;
      return row;
    } catch (error) {
      if (!(error instanceof HoldingsError)) throw error;
      // What is wrong with a row concerns that row alone.
      this.isDone = !error.code.startsWith("reserves.row.");
      return error;
    }
  }

  private read(): Row | null {
    const text = this.lines.next();
    if (text === null) return null;
    const line = this.lines.number;
    this.rows += 1;
    if (this.rows > ROWS_MAX) tooMany(line, ROWS_MAX);
    const fields = fieldsOf(text, line);
    const wanted = COLUMNS[this.layout];
    const least = wanted - (this.layout === "own" ? 0 : LEFT_OUT_MAX);
    if (fields.length > wanted || fields.length < least) {
      refuse(
        "reserves.row.columns",
        `line ${line}: it has ${fields.length} fields where ${wanted} are named`,
      );
    }
    while (fields.length < wanted) fields.push("");
    switch (this.layout) {
      case "own":
        return own(fields, line);
      case "nine":
        return nine(fields, line);
      case "eleven":
        return eleven(fields, line, null);
      case "twelve": {
        const [coin, staking, ...rest] = fields;
        return eleven([coin as string, ...rest], line, staking as string);
      }
    }
  }
}

const normal = (head: string): string => withoutBlanks(head).toLowerCase();

function unknownHead(line: number, text: string): never {
  refuse("reserves.list.header", `line ${line}: '${shown(text)}' is the first line of no layout`);
}

function tooMany(line: number, limit: number): never {
  refuse("reserves.list.too_many", `line ${line}: there are more than ${limit} of them`);
}

function own(fields: readonly string[], line: number): Row {
  const [asset, id, address, amount, height, , message, signatures, keys, owners] =
    fields as readonly [string, string, string, string, string, string, string, string, string, string];
  const symbol = new Field(line, "reserves.row.asset", asset).symbol();
  const named = new Field(line, "reserves.row.chain", id);
  const chain = chainOf(id) ?? named.refuse("no chain whose addresses can be checked");
  const at = new Field(line, "reserves.row.height", height).height();
  const units = new Field(line, "reserves.row.amount", amount).units();
  return {
    ...{ line, asset: symbol, chain, height: at, address },
    key: new Field(line, "reserves.row.address", address).key(chain),
    amount: { kind: "base", amount: units },
    ...{ staking: null, message },
    ...{ signatures: wordsOf(signatures), keys: wordsOf(keys), owners: wordsOf(owners) },
  };
}

/** The chain of an anchor's network name. */
function anchorChain(line: number, network: string): Chain {
  const field = new Field(line, "reserves.row.chain", network);
  return chainOfAnchor(network) ?? field.refuse("no chain with known rules has this name");
}

function nine(fields: readonly string[], line: number): Row {
  const [asset, network, address, first, second, message, key, owner1, owner2] =
    fields as readonly [string, string, string, string, string, string, string, string, string];
  const symbol = new Field(line, "reserves.row.asset", asset).symbol();
  const chain = anchorChain(line, network);
  return {
    ...{ line, asset: symbol, chain, height: null, address },
    key: new Field(line, "reserves.row.address", address).key(chain),
    amount: { kind: "none" },
    ...{ staking: null, message },
    ...{ signatures: some(first, second), keys: some(key), owners: some(owner1, owner2) },
  };
}

function eleven(fields: readonly string[], line: number, staking: string | null): Row {
  const [asset, network, height, address, amount, message, first, second, key, owner1, owner2] =
    fields as readonly [
      ...[string, string, string, string, string, string],
      ...[string, string, string, string, string],
    ];
  const symbol = new Field(line, "reserves.row.asset", asset).symbol();
  const chain = anchorChain(line, network);
  const at = new Field(line, "reserves.row.height", height).height();
  const coins = new Field(line, "reserves.row.amount", amount).coins();
  return {
    ...{ line, asset: symbol, chain, height: at, address },
    key: new Field(line, "reserves.row.address", address).key(chain),
    amount: { kind: "coins", amount: coins },
    ...{ staking: staking === "Non Staking" ? null : staking, message },
    ...{ signatures: some(first, second), keys: some(key), owners: some(owner1, owner2) },
  };
}
