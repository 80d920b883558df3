import { useState } from "react";
import { Dialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { useRun } from "../Confirm";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { useAccount } from "../session";

/** Freezing is cheap and at once; its end is neither. It is asked once, with what happens. */
export function Freeze() {
  const { is_frozen } = useAccount();
  const [isAsking, setAsking] = useState(false);
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  if (is_frozen) return null;
  const leave = () => setAsking(false);
  const freeze = () =>
    attempt(async () => {
      await run({ do: "freeze" });
      leave();
    });
  return (
    <div className="freeze">
      <button type="button" className="button large" onClick={() => setAsking(true)}>
        <Icon name="freeze" /> Freeze my account
      </button>
      <span className="muted">If something is wrong: nothing can leave from that moment on.</span>
      {isAsking && (
        <Dialog
          title="Freeze your account?"
          onClose={leave}
          onSubmit={() => void freeze()}
          actions={
            <>
              <button type="button" className="button large" onClick={leave}>
                Leave it open
              </button>
              <button type="submit" className="button large" disabled={isBusy}>
                <Icon name="freeze" /> {isBusy ? "Freezing…" : "Freeze it now"}
              </button>
            </>
          }
        >
          <ul className="dotted">
            <li>Nothing leaves the account, and neither do withdrawals that wait.</li>
            <li>Nothing about sign-in, addresses or limits can be made weaker, by nobody.</li>
            <li>You can still sign in and see everything.</li>
            <li>
              You end it here with what you sign in with. After that, money waits for 24 hours
              before it can leave.
            </li>
          </ul>
          <Refused error={error} />
        </Dialog>
      )}
    </div>
  );
}
