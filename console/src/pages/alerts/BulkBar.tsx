import { count } from "../../lib/amount";
import { Icon } from "../../parts/Icon";
import type { AlertActions } from "./actions";
import { AssignMenu } from "./AssignMenu";

interface BulkBarProps {
  ids: number[];
  actions: AlertActions;
  onClose: () => void;
  onClear: () => void;
}

/** What can be done with all selected alerts at once; the server takes 500 at a time. */
export function BulkBar({ ids, actions, onClose, onClear }: BulkBarProps) {
  const isTooMany = ids.length > 500;
  return (
    <div className="row wrap bulk" role="group" aria-label="Selected alerts">
      <span className="strong">{count(ids.length)} selected</span>
      {isTooMany ? (
        <span className="warn">Choose 500 or fewer to act on them at once.</span>
      ) : (
        <>
          <button
            type="button"
            className="button"
            disabled={actions.isPending}
            onClick={() => actions.assign(ids, actions.me)}
          >
            Assign to me
          </button>
          <AssignMenu onAssign={(id, name) => actions.assign(ids, id, name)} />
          <button
            type="button"
            className="button"
            disabled={actions.isPending}
            onClick={() => actions.release(ids)}
          >
            Release
          </button>
          <button type="button" className="button" disabled={actions.isPending} onClick={onClose}>
            Close…
          </button>
        </>
      )}
      <button type="button" className="button quiet" onClick={onClear}>
        <Icon name="close" size={12} /> Clear
      </button>
    </div>
  );
}
