/** Short names for the contract's types; `schema.d.ts` is where they come from. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Level = Schemas["Level"];
export type Severity = Schemas["Severity"];
export type Party = Schemas["Party"];
export type AssetRef = Schemas["AssetRef"];
export type Decision = Schemas["Decision"];
export type DecisionDetail = Schemas["DecisionDetail"];
export type Evidence = Schemas["Evidence"];
export type Reason = Schemas["Reason"];
export type Exposure = Schemas["Exposure"];
export type RuleTrace = Schemas["RuleTrace"];
export type Contribution = Schemas["Contribution"];
export type Basis = Schemas["Basis"];
export type CustomerMessage = Schemas["CustomerMessage"];
export type Receipt = Schemas["Receipt"];
export type Role = Schemas["Role"];
export type User = Schemas["User"];
export type Session = Schemas["Session"];
export type Outcome = Schemas["AlertOutcome"];
export type Alert = Schemas["Alert"];
export type AlertEvent = Schemas["AlertEvent"];
export type AlertDetail = Schemas["AlertDetail"];
export type AlertsChanged = Schemas["ChangedAlerts"];
export type ApiKey = Schemas["ApiKey"];
export type Tick = Schemas["Tick"];
export type AddressProfile = Schemas["AddressProfile"];
export type GraphNode = Schemas["GraphNode"];
export type GraphEdge = Schemas["GraphEdge"];
export type Graph = Schemas["Graph"];
export type PathStep = Schemas["PathStep"];
export type Activity = Schemas["Activity"];
export type Similar = Schemas["Similar"];
export type SearchResults = Schemas["Found"];
export type IntelList = Schemas["IntelList"];
export type IntelLists = Schemas["IntelLists"];
export type Rescoring = Schemas["Rescoring"];
export type RuleVersion = Schemas["RuleVersion"];
export type RuleRow = Schemas["RuleRow"];
export type RuleVersionDetail = Schemas["RuleVersionDetail"];
export type RuleCheck = Schemas["RuleCheck"];
export type Backtest = Schemas["Backtest"];
export type Fact = Schemas["Fact"];
export type JournalHead = Schemas["JournalHead"];
export type Source = Schemas["Source"];
export type System = Schemas["System"];
export type Problem = Schemas["Problem"];

/** One page of a list; `next` is the cursor of the following one. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** Mildest first: the order is the strictness. */
export const LEVELS: readonly Level[] = ["allow", "challenge", "hold", "deny"];
