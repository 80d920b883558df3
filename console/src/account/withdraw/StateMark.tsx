import { Icon } from "../../parts/Icon";
import type { WithdrawalState } from "../model";
import { STATES } from "./state";

/** Icon, word and colour together. */
export function StateMark({ state }: { state: WithdrawalState }) {
  const { word, icon, tone } = STATES[state];
  return (
    <span className={`state-mark is-${tone}`} data-state={state}>
      <Icon name={icon} size={14} /> {word}
    </span>
  );
}
