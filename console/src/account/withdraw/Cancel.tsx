import { useState } from "react";
import { Dialog } from "../../parts/Dialog";
import { api } from "../api";
import type { Withdrawal } from "../model";
import { Refused } from "../parts/Refused";
import { Units } from "../parts/Units";
import { useAct } from "../parts/useAct";

interface CancelProps {
  withdrawal: Withdrawal;
  set: (next: Withdrawal) => void;
  label?: string;
}

/** Cancelling is free: it is asked once, and nothing has to be confirmed. */
export function Cancel({ withdrawal, set, label = "Cancel this withdrawal" }: CancelProps) {
  const [isAsking, setAsking] = useState(false);
  const { isBusy, error, run } = useAct();
  const leave = () => setAsking(false);
  const cancel = () =>
    run(async () => {
      const next = await api.cancel(withdrawal.id);
      leave();
      set(next);
    });
  return (
    <div>
      <button type="button" className="button large" onClick={() => setAsking(true)}>
        {label}
      </button>
      {isAsking && (
        <Dialog
          title="Cancel this withdrawal?"
          onClose={leave}
          onSubmit={() => void cancel()}
          actions={
            <>
              <button type="button" className="button large" onClick={leave}>
                Keep it
              </button>
              <button type="submit" className="button large" disabled={isBusy}>
                {isBusy ? "Cancelling…" : "Cancel it"}
              </button>
            </>
          }
        >
          <p>
            <Units
              units={withdrawal.amount}
              decimals={withdrawal.decimals}
              symbol={withdrawal.symbol}
            />{" "}
            stay in your account. You can ask anew at any time; waits then begin anew too.
          </p>
          <Refused error={error} />
        </Dialog>
      )}
    </div>
  );
}
