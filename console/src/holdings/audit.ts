/** What can be seen of all rows together. */
import { type Decimal, ZERO, decimalText, isSameDecimal, sumOf } from "./amount";
import { upper } from "./encoding";
import { HoldingsError } from "./error";
import type { Row, Total } from "./list";

/** Receipts for staked assets, by what they stand for: counting both would count the stake twice. */
const RECEIPTS: readonly (readonly [string, string])[] = [
  ...["BETH", "CBETH", "OETH", "RETH", "STETH", "WBETH", "WSTETH"].map((name) => [name, "ETH"] as const),
  ...["BNSOL", "JITOSOL", "MSOL", "OKSOL"].map((name) => [name, "SOL"] as const),
];

/** The asset that a name means: what stands before its first hyphen, in capitals. */
export const assetOf = (name: string): string => upper(name).replace(/-.*$/s, "");

function keepFirst<Key>(known: Map<Key, number>, key: Key, line: number): void {
  if (!known.has(key)) known.set(key, line);
}

/** Looks at the rows of one list one after the other. Keeps one id for each row. */
export class Audit {
  private readonly seen = new Map<string, number>();
  private readonly sums = new Map<string, Decimal>();
  private readonly receipts = new Map<string, number>();
  private readonly staked = new Map<string, number>();
  private readonly numbered = new Map<string, number>();
  private readonly findings: HoldingsError[] = [];

  add(row: Row): void {
    const { line, key } = row;
    const asset = assetOf(row.asset);
    const isStaked = row.staking !== null || key.type === "validator";
    keepFirst(isStaked ? this.staked : this.receipts, asset, line);
    const { form } = key.chain;
    // Accounts of Hedera have a number and a key as names, so two addresses may be one.
    if (form.kind === "ed25519" && form.account === "hedera") {
      keepFirst(this.numbered, key.type, line);
    }
    if (row.amount.kind === "coins") {
      const sum = sumOf(this.sums.get(row.asset) ?? ZERO, row.amount.amount);
      if (sum) this.sums.set(row.asset, sum);
      else {
        if (!this.sums.has(row.asset)) this.sums.set(row.asset, ZERO);
        this.tooLarge(line, row.asset);
      }
    }
    const place = `${asset} ${key.id}`;
    const first = this.seen.get(place);
    if (first === undefined) this.seen.set(place, line);
    else {
      this.find(
        "reserves.row.duplicate",
        `lines ${first} and ${line}: ${key.id} counts twice for ${asset}`,
      );
    }
  }

  /** All that was found, with the published totals compared. */
  finish(totals: readonly Total[]): readonly HoldingsError[] {
    for (const [receipt, underlying] of RECEIPTS) {
      const [one, other] = [this.receipts.get(receipt), this.staked.get(underlying)];
      if (one !== undefined && other !== undefined) {
        this.find(
          "reserves.staking.both",
          `lines ${one} and ${other}: ${receipt} is a receipt for staked ${underlying}, which is listed too`,
        );
      }
    }
    const [first, second] = [...this.numbered.values()];
    if (first !== undefined && second !== undefined) {
      this.find(
        "reserves.row.mixed_names",
        `lines ${first} and ${second}: accounts are named by number and by key, and these may be one`,
      );
    }
    if (totals.length > 0) this.compare(totals);
    return this.findings;
  }

  private find(code: HoldingsError["code"], reason: string): void {
    this.findings.push(new HoldingsError(code, reason));
  }

  private tooLarge(line: number, coin: string): void {
    this.find("reserves.sum.too_large", `line ${line}: the sum of ${coin} does not fit 128 bits`);
  }

  private compare(totals: readonly Total[]): void {
    const published = new Set<string>();
    for (const { line, coin, amount } of totals) {
      const all = /^(.*)\(ALL\)$/s.exec(coin)?.[1];
      let summed: Decimal | null;
      if (all === undefined) {
        published.add(coin);
        summed = this.sums.get(coin) ?? ZERO;
      } else {
        const parts = totals.filter((part) => part.coin === all || part.coin.startsWith(`${all}-`));
        summed = parts.reduce<Decimal | null>((sum, part) => sum && sumOf(sum, part.amount), ZERO);
      }
      if (!summed) this.tooLarge(line, coin);
      else if (!isSameDecimal(summed, amount)) this.differs(line, coin, amount, summed);
    }
    // In the order of their names, as no line tells another.
    for (const coin of [...this.sums.keys()].sort()) {
      if (!published.has(coin)) this.differs(0, coin, ZERO, this.sums.get(coin) as Decimal);
    }
  }

  private differs(line: number, coin: string, published: Decimal, summed: Decimal): void {
    this.find(
      "reserves.total.differs",
      `line ${line}: the total of ${coin} is published as ${decimalText(published)}, ` +
        `its rows add up to ${decimalText(summed)}`,
    );
  }
}
