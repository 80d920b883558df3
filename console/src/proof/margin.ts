/**
 * Balances that customers pledge, and what they owe against them. Collateral counts less than it is
 * worth, and less the more of it there is, tier by tier. A leaf has a position for each tier that a
 * pledged balance reaches into, and one for each debt; each is under a rule, which fixes its limit,
 * what a base unit is worth, and the sum that it is counted in. Collateral is rounded down and debts
 * up, in millionths of the header's currency.
 */
import { fieldError } from "./error";
import type { Asset } from "./header";
import { parseAmount } from "./numbers";
import { STEP } from "./range";
import { LIMB_BITS, type Shape, positionSum } from "./shape";

/** Digits after the point of a value. */
const VALUE_DECIMALS = 6n;
const TIERS_MAX = 32;
/** Each takes a row of every shard. */
const RULES_MAX = 4_096;
/** What counts whole, in ten-thousandths. */
const WHOLE_BP = 10_000;

/** A part of a pledged balance: up to which balance it goes, and how much of its value counts. */
export interface Tier {
  up_to: string;
  ratio_bp: number;
}

/** An asset that can be pledged and borrowed. */
export interface Margin {
  asset: string;
  tiers: readonly Tier[];
}

export interface Rule {
  /** Number of the sum that its amount is counted in. */
  sum: number;
  isDebt: boolean;
  /** What a base unit is worth, in limbs, lowest first. */
  weight: readonly [low: number, high: number];
  /** So many limbs of a product are behind the point. */
  shift: number;
  /** The most that may be in it. */
  limit: bigint;
}

/** A part of a pledged balance, or a debt. */
export interface Position {
  /** Number of its rule. */
  rule: number;
  amount: bigint;
}

/** What a customer has pledged or owes in an asset of the header's `margin`, by its place there. */
export interface Held {
  place: number;
  pledged: bigint;
  debt: bigint;
}

/** Rules of a round by number: tiers of all assets, then debts. */
export interface Rules {
  all: readonly Rule[];
  /** For each asset of the margin, the number of its first tier. */
  tiers: readonly number[];
}

/** Of a round without margin products. */
export const NO_RULES: Rules = { all: [], tiers: [] };

/** Shifts of a width: all limbs of a product can be behind the point but the last. */
export const shiftsOf = (shape: Shape) => shape.limbs + 3;

/** What a base unit is worth in the finest form that fits; null where none does. */
function weightOf(
  asset: Asset,
  shape: Shape,
  ratio: number,
  isDebt: boolean,
): Pick<Rule, "weight" | "shift"> | null {
  const [whole = "", part = ""] = asset.price.split(".");
  const worth = BigInt(whole + part) * 10n ** VALUE_DECIMALS * BigInt(ratio);
  const under = 10n ** BigInt(part.length + asset.decimals) * BigInt(WHOLE_BP);
  const bits = BigInt(LIMB_BITS);
  for (let shift = shiftsOf(shape) - 1; shift >= 0; shift -= 1) {
    const over = worth << (bits * BigInt(shift));
    const weight = (over + (isDebt ? under - 1n : 0n)) / under;
    if (weight >> bits <= BigInt(STEP)) {
      const low = Number(BigInt.asUintN(LIMB_BITS, weight));
      return { weight: [low, Number(weight >> bits)], shift };
    }
  }
  return null;
}

/** Refuses a tier that does not go on from the one before it; gives where it ends. */
function checkTier(
  of: string,
  { up_to: text, ratio_bp: ratio }: Tier,
  before: { upTo: bigint; ratio: number } | null,
  width: number,
): bigint {
  const upTo = parseAmount(`${of}.up_to`, text);
  const from = before?.upTo ?? 0n;
  if (upTo <= from || upTo >> BigInt(width) !== 0n) {
    const problem = `${upTo} is not above ${from} and below 2^${width} base units`;
    throw fieldError(`${of}.up_to`, problem);
  }
  if (ratio > WHOLE_BP) {
    throw fieldError(`${of}.ratio_bp`, `${ratio} is more than the whole, ${WHOLE_BP}`);
  }
  if (before && ratio >= before.ratio) {
    throw fieldError(`${of}.ratio_bp`, `${ratio} is not below the tier before, ${before.ratio}`);
  }
  return upTo;
}

/** The rules of one asset: its tiers, and what is owed in it. */
function rulesOfAsset(
  shape: Shape,
  asset: Asset,
  place: number,
  tiers: readonly Tier[],
): { ofTiers: Rule[]; ofDebt: Rule } {
  const of = `margin[${place}]`;
  const ruleOf = (ratio: number, isDebt: boolean, limit: bigint): Rule => {
    const found = weightOf(asset, shape, ratio, isDebt);
    if (!found) {
      const problem =
        "its base unit is worth more than 1,000 units of the currency: a unit with more decimals is wanted";
      throw fieldError(`${of}.asset`, problem);
    }
    return { sum: positionSum(shape, place, isDebt), isDebt, ...found, limit };
  };
  let before: { upTo: bigint; ratio: number } | null = null;
  const ofTiers: Rule[] = [];
  for (const [number, tier] of tiers.entries()) {
    const upTo = checkTier(`${of}.tiers[${number}]`, tier, before, shape.width);
    ofTiers.push(ruleOf(tier.ratio_bp, false, upTo - (before?.upTo ?? 0n)));
    before = { upTo, ratio: tier.ratio_bp };
  }
  const ofDebt = ruleOf(WHOLE_BP, true, 2n ** BigInt(shape.width) - 1n);
  if (ofDebt.weight.every((limb) => limb === 0)) {
    throw fieldError(`${of}.asset`, "what can be borrowed has a price");
  }
  return { ofTiers, ofDebt };
}

/** The rules of a header's `margin`, of which each field is checked. */
export function rulesOf(
  shape: Shape,
  assets: readonly Asset[],
  margin: readonly Margin[],
): Rules {
  if ((shape.layout === "margin") !== margin.length > 0) {
    throw fieldError("margin", "it stands where, and only where, the layout is 'margin'");
  }
  const all: Rule[] = [];
  const debts: Rule[] = [];
  const first: number[] = [];
  let next = 0;
  margin.forEach(({ asset: symbol, tiers }, place) => {
    const number = assets.findIndex((asset) => asset.symbol === symbol);
    const asset = assets[number];
    if (!asset || number < next) {
      const problem = "assets of the round are wanted, once each, in their order";
      throw fieldError(`margin[${place}].asset`, problem);
    }
    next = number + 1;
    if (tiers.length < 1 || tiers.length > TIERS_MAX) {
      const problem = `${tiers.length} are not between 1 and ${TIERS_MAX}`;
      throw fieldError(`margin[${place}].tiers`, problem);
    }
    const { ofTiers, ofDebt } = rulesOfAsset(shape, asset, place, tiers);
    first.push(all.length);
    all.push(...ofTiers);
    debts.push(ofDebt);
  });
  all.push(...debts);
  if (all.length > RULES_MAX) {
    throw fieldError("margin", `${all.length} tiers and debts are more than ${RULES_MAX}`);
  }
  return { all, tiers: first };
}

/** A pledged balance in the tiers of its asset, which it fills one after the other. */
function inTiers(rules: Rules, place: number, pledged: bigint, field: string): Position[] {
  const debts = rules.all.length - rules.tiers.length;
  const positions: Position[] = [];
  let left = pledged;
  const end = rules.tiers[place + 1] ?? debts;
  for (let rule = rules.tiers[place] ?? end; rule < end; rule += 1) {
    const limit = rules.all[rule]?.limit ?? 0n;
    const amount = left < limit ? left : limit;
    left -= amount;
    if (amount > 0n) positions.push({ rule, amount });
  }
  if (left > 0n) {
    const problem =
      "more is pledged than the tiers of the asset hold: a last tier of ratio 0 holds what does not count";
    throw fieldError(field, problem);
  }
  return positions;
}

/** The positions of what a customer has pledged and owes, in the order of their rules. */
export function positionsOf(rules: Rules, held: readonly Held[]): Position[] {
  const debts = rules.all.length - rules.tiers.length;
  const positions: Position[] = [];
  const owed: Position[] = [];
  let next = 0;
  held.forEach(({ place, pledged, debt }, number) => {
    const field = (name: string) => `margin[${number}].${name}`;
    if (place < next || place >= rules.tiers.length) {
      throw fieldError(field("asset"), "assets of the margin stand once, in their order");
    }
    next = place + 1;
    positions.push(...inTiers(rules, place, pledged, field("pledged")));
    const rule = debts + place;
    if (debt > (rules.all[rule]?.limit ?? 0n)) {
      throw fieldError(field("debt"), "it is more than an amount can be");
    }
    if (debt > 0n) owed.push({ rule, amount: debt });
  });
  return [...positions, ...owed];
}
