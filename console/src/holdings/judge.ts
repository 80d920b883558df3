/**
 * A whole list judged for a round. A row counts at the level of the weakest thing that it rests on; a
 * row whose owner is not shown, or whose evidence says something else, is refused.
 */
import { fits256, toBaseUnits } from "./amount";
import { Audit, assetOf } from "./audit";
import { LEVELS, type Level, weaker } from "./claim";
import type { Bytes } from "./encoding";
import { HoldingsError, refuse } from "./error";
import type { Known } from "./known";
import { List, type Row } from "./list";
import { isFull, verifyOwnership } from "./ownership";
import { type Asset, type Round, assetIn } from "./round";
import { agreed } from "./sources";

export type Sums = Record<Level, bigint>;

/** What a list comes to. */
export interface Report {
  /** By the symbol of the asset. */
  sums: Map<string, Sums>;
  /** Rows that count. */
  rows: number;
  /** Rows signed with a sentence that can be replayed: they count as claims. */
  replayable: number;
  /** Rows on another chain than the asset's own, by asset and chain. */
  mapped: Map<string, number>;
  /** What does not count, the first of them. */
  refusals: HoldingsError[];
  /** How many there are in all. */
  refused: number;
}

/** Refusals that are kept; more are counted. */
const REFUSALS_MAX = 100;
/** After so many rows whoever waits is told. */
const ROWS_TOLD = 50;

/** Hears how many rows are judged, and may let the check wait. */
export type Progress = (rows: number) => void | Promise<void>;

export async function judge(
  round: Round,
  known: Known,
  list: Bytes,
  progress: Progress = () => {},
): Promise<Report> {
  const report: Report = {
    ...{ sums: new Map(), rows: 0, replayable: 0, mapped: new Map() },
    ...{ refusals: [], refused: 0 },
  };
  const refused = (error: unknown) => {
    if (!(error instanceof HoldingsError)) throw error;
    report.refused += 1;
    if (report.refusals.length < REFUSALS_MAX) report.refusals.push(error);
  };
  let rows: List;
  try {
    rows = new List(list);
  } catch (error) {
    refused(error);
    return report;
  }
  const audit = new Audit();
  let seen = 0;
  for (let row = rows.next(); row !== null; row = rows.next()) {
    if (row instanceof HoldingsError) refused(row);
    else {
      // What concerns several rows is told at the end.
      audit.add(row);
      try {
        count(report, row, judgeRow(round, known, row));
      } catch (error) {
        refused(error instanceof HoldingsError ? onLine(error, row.line) : error);
      }
    }
    seen += 1;
    if (seen % ROWS_TOLD === 0) await progress(seen);
  }
  for (const finding of audit.finish(rows.totals)) refused(finding);
  return report;
}

const onLine = ({ code, reason }: HoldingsError, line: number): HoldingsError =>
  new HoldingsError(code, `line ${line}: ${reason}`);

interface Counted {
  asset: Asset;
  amount: bigint;
  level: Level;
  isReplayable: boolean;
  isMapped: boolean;
}

function count(report: Report, row: Row, { asset, amount, level, ...rest }: Counted): void {
  const sums = report.sums.get(asset.symbol) ?? { proof: 0n, two_sources: 0n, claim: 0n };
  const total = LEVELS.reduce((sum, one) => sum + sums[one], amount);
  if (!fits256(total)) {
    refuse("evidence.sum.overflow", `the sum of ${asset.symbol} does not fit 256 bits`);
  }
  report.sums.set(asset.symbol, { ...sums, [level]: sums[level] + amount });
  report.rows += 1;
  if (rest.isReplayable) report.replayable += 1;
  if (rest.isMapped) {
    const place = `${asset.symbol} on ${row.chain.id}`;
    report.mapped.set(place, (report.mapped.get(place) ?? 0) + 1);
  }
}

function judgeRow(round: Round, known: Known, row: Row): Counted {
  const asset = assetIn(round, row.asset, assetOf(row.asset));
  if (!asset) return refuse("reserves.row.asset", `the round has no asset '${row.asset}'`);
  const amount = amountOf(row, asset);
  const block = round.block(row.chain);
  if (block && row.height !== null && block.height !== row.height) {
    refuse("reserves.row.height", `height ${row.height}, the round names ${block.height}`);
  }
  const { chain, address, message, signatures, keys, owners } = row;
  const evidence = known.controlOf(row.key);
  const claim = { chain, address, message, signatures, keys, owners, evidence };
  const proved = verifyOwnership(claim, round.challenge);
  const isMapped = asset.id.replace(/\/.*$/s, "") !== chain.id;
  const level = levelOf(known, asset, row, amount, isMapped, round);
  return {
    ...{ asset, amount, isMapped },
    level: isFull(proved) ? weaker(level, proved.level) : "claim",
    isReplayable: proved.standing === "replayable",
  };
}

function amountOf({ amount }: Row, { symbol, decimals }: Asset): bigint {
  if (amount.kind === "base") return amount.amount;
  if (amount.kind === "none") return refuse("reserves.row.amount", "the list has no amounts");
  const units = toBaseUnits(amount.amount, decimals);
  if (units !== null) return units;
  return refuse("reserves.row.amount", `it has more digits than the ${decimals} of ${symbol}`);
}

/** How surely a row's amount is known; what is known must be what the row says. */
function levelOf(
  known: Known,
  asset: Asset,
  row: Row,
  amount: bigint,
  isMapped: boolean,
  round: Round,
): Level {
  const checkSame = (found: bigint, by: string): void => {
    if (found !== amount) {
      refuse("reserves.row.amount_differs", `the row says ${amount}, ${by} says ${found}`);
    }
  };
  const proved = isMapped ? null : known.provedBalance(row.key, asset);
  if (proved !== null) {
    checkSame(proved, "the state proof");
    return "proof";
  }
  const readings = known.readingsOf(row.key, asset.symbol);
  if (!readings) return "claim";
  const { amount: found, level } = agreed(readings);
  const block = round.block(row.chain);
  if (block && readings.some(({ height }) => height !== block.height)) {
    refuse("reserves.row.height", `a source was read at another height than ${block.height}`);
  }
  checkSame(found, "its source");
  return level;
}
