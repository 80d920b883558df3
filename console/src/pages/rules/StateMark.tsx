import type { RuleVersion } from "../../api/model";
import { words } from "../../lib/words";

export function StateMark({ state }: { state: RuleVersion["state"] }) {
  return <span className={`state state-${state}`}>{words(state)}</span>;
}
