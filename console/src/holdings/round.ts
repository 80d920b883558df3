/** What a list is judged for: the round's assets and blocks, and what owners sign in it. */
import type { Header } from "../proof/header";
import { HEADER } from "../proof/manifest";
import { challengeOf } from "./challenge";
import type { Chain } from "./chains";
import { type Bytes, fromNumber, isSame, lower, unhexExactly } from "./encoding";
import { HoldingsError, refuse } from "./error";
import type { TokenLayout } from "./state";

export interface Asset {
  symbol: string;
  /** CAIP-19 id. */
  id: string;
  decimals: number;
  /** Where its contract keeps balances, if it is a token of which that is said. */
  token: TokenLayout | null;
}

/** A chain at the time of the snapshot. */
export interface Block {
  height: bigint;
  /** As the chain's users write it. */
  hash: string;
}

export interface Round {
  /** What the text begins with that owners sign. */
  challenge: string;
  assets: readonly Asset[];
  block(chain: Chain): Block | null;
}

const COLUMNS = "asset,contract,code_hash,slot,form";

const malformed = (line: number, problem: string): never =>
  refuse("reserves.tokens.malformed", `line ${line}: ${problem}`);

const bytesOf = (digits: string, length: number): Bytes | null =>
  digits.startsWith("0X") ? null : unhexExactly(digits, length);

/** Tokens by symbol, from a table of plain fields. */
function tokensOf(bytes: Bytes): Map<string, TokenLayout> {
  const tokens = new Map<string, TokenLayout>();
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return malformed(1, "it is not UTF-8");
  }
  const [head, ...rows] = text.replace(/\r?\n$/, "").split(/\r?\n/);
  if (head !== COLUMNS) malformed(1, `the columns must be ${COLUMNS}`);
  rows.forEach((row, place) => {
    const line = place + 2;
    const fields = row.split(",");
    const [symbol = "", contract = "", codeHash = "", slot = "", form = ""] = fields;
    if (fields.length !== 5 || row.includes('"')) malformed(line, "five plain fields are wanted");
    const number = /^[0-9]{1,20}$/.test(slot) ? BigInt(slot) : 1n << 64n;
    if (number >= 1n << 64n) malformed(line, `'${slot}' is no slot`);
    if (form !== "solidity" && form !== "vyper") {
      malformed(line, `form '${form}' is neither solidity nor vyper`);
    }
    if (tokens.has(symbol)) malformed(line, `${symbol} stands twice`);
    const exactly = (digits: string, length: number) =>
      bytesOf(digits, length) ?? malformed(line, `'${digits}' has not ${length} bytes`);
    tokens.set(symbol, {
      contract: exactly(contract, 20),
      codeHash: exactly(codeHash, 32),
      balances: fromNumber(number, 32),
      isVyper: form === "vyper",
    });
  });
  return tokens;
}

/** The round of a header. Another contract than the header's is another token. */
export function roundOf(header: Header, table: Bytes | null): Round {
  const tokens = table ? tokensOf(table) : new Map<string, TokenLayout>();
  const assets = header.assets.map(({ symbol, id, decimals }) => {
    const token = tokens.get(symbol) ?? null;
    const at = id.lastIndexOf("/erc20:");
    const contract = at < 0 ? null : bytesOf(id.slice(at + "/erc20:".length), 20);
    if (token && !(contract && isSame(contract, token.contract))) {
      refuse(
        "reserves.tokens.contract",
        `${symbol}: the header names the asset ${id}, which is another contract`,
      );
    }
    return { symbol, id, decimals, token };
  });
  const challenge = challengeOf(header.exchange, header.round, header.digest);
  if (challenge === null) {
    throw new HoldingsError(
      "reserves.challenge.names",
      `a challenge names exchange '${header.exchange}' and round '${header.round}' by 1 to 64 ` +
        "letters, digits, dots, hyphens and underscores",
      HEADER,
    );
  }
  const blocks = new Map(
    header.chains.map(({ id, height, hash }) => [id, { height: BigInt(height), hash }]),
  );
  return { challenge, assets, block: (chain) => blocks.get(chain.id) ?? null };
}

/** The asset of a round that a row means: by its own name, else by what the name stands for. */
export function assetIn(round: Round, ...names: readonly string[]): Asset | null {
  for (const name of names) {
    const found = round.assets.find(({ symbol }) => lower(symbol) === lower(name));
    if (found) return found;
  }
  return null;
}
