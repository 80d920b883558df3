/** States of a withdrawal in a customer's words. */
import type { IconName } from "../../parts/Icon";
import type { Withdrawal, WithdrawalState } from "../model";

interface StateWords {
  word: string;
  icon: IconName;
  tone: "quiet" | "hold" | "challenge" | "deny";
}

export const STATES: Record<WithdrawalState, StateWords> = {
  requested: { word: "Being looked at", icon: "clock", tone: "quiet" },
  challenged: { word: "Waits for you", icon: "challenge", tone: "challenge" },
  held: { word: "Held", icon: "hold", tone: "hold" },
  approved: { word: "On its way", icon: "check", tone: "quiet" },
  released: { word: "Sent", icon: "check", tone: "quiet" },
  cancelled: { word: "Cancelled", icon: "close", tone: "quiet" },
  denied: { word: "Refused", icon: "deny", tone: "deny" },
  expired: { word: "Ran out of time", icon: "clock", tone: "quiet" },
};

const ENDED: readonly WithdrawalState[] = ["released", "cancelled", "denied", "expired"];
export const hasEnded = ({ state }: Withdrawal): boolean => ENDED.includes(state);
/** What was approved is being sent: only before that there is something to cancel. */
export const canCancel = ({ state }: Withdrawal): boolean =>
  ["requested", "challenged", "held"].includes(state);
