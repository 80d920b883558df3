import { useCallback } from "react";
import { Icon } from "../../parts/Icon";
import { api } from "../api";
import { NotChecked } from "../book/AddressCheck";
import type { Withdrawal } from "../model";
import { WholeAddress } from "../parts/Address";
import { backTo, Page, Part } from "../parts/Page";
import { Ready } from "../parts/Refused";
import { Units } from "../parts/Units";
import { Countdown, Moment } from "../parts/When";
import { centsText } from "../money";
import { put, useEvery, useResource } from "../resource";
import { Cancel } from "./Cancel";
import { Challenge } from "./Challenge";
import { InterviewForm } from "./InterviewForm";
import { Reasons } from "./Reasons";
import { StateMark } from "./StateMark";
import { canCancel, hasEnded } from "./state";

/** A withdrawal that goes on is looked at again so often. */
const LOOK_MS = 5_000;
const BACK = backTo("withdrawals", "Withdrawals");

/** One withdrawal: what it waits for, why, and what can be done. */
export function Detail({ id }: { id: string }) {
  const name = `withdrawal ${id}`;
  const load = useCallback(() => api.withdrawal(id), [id]);
  const one = useResource<Withdrawal>(name, load);
  // What waits for the customer changes by what they do, and each look would ask a new question.
  const isGoing = one.data !== undefined && !hasEnded(one.data) && one.data.state !== "challenged";
  useEvery(one.again, LOOK_MS, isGoing);
  const set = useCallback((next: Withdrawal) => put(name, next), [name]);
  return (
    <Ready of={one}>
      {(withdrawal) => <Stage withdrawal={withdrawal} set={set} again={one.again} />}
    </Ready>
  );
}

interface StageProps {
  withdrawal: Withdrawal;
  set: (next: Withdrawal) => void;
  again: () => void;
}

/** What is asked of the customer comes alone on the screen; the rest is one page. */
function Stage({ withdrawal, set, again }: StageProps) {
  if (withdrawal.interview) return <InterviewForm withdrawal={withdrawal} set={set} />;
  if (withdrawal.state === "challenged" && withdrawal.confirm) {
    return <Challenge withdrawal={withdrawal} set={set} again={again} />;
  }
  const { state, not_before, expires_at, reasons, not_checked, receipt } = withdrawal;
  return (
    <Page title="Withdrawal" back={BACK}>
      <div className="intent" data-withdrawal={state}>
        <StateMark state={state} />
        <span className="intent-amount">
          <Units
            units={withdrawal.amount}
            decimals={withdrawal.decimals}
            symbol={withdrawal.symbol}
          />
        </span>
        {withdrawal.value_cents !== null && (
          <span className="muted">about {centsText(withdrawal.value_cents)}</span>
        )}
        <span className="muted small">
          to{" "}
          {withdrawal.to_label ? (
            <strong>{withdrawal.to_label}</strong>
          ) : (
            "an address not in your book"
          )}
          , on {withdrawal.network_name}
        </span>
        <WholeAddress address={withdrawal.to} />
      </div>
      {state === "held" && not_before && (
        <p className="standing-until">
          <span className="figure">
            <Countdown until={not_before} onEnd={again} />
          </span>
          <span className="small muted">
            it leaves no earlier than <Moment time={not_before} />
          </span>
        </p>
      )}
      {withdrawal.what_to_do && (
        <p className="notice">
          <Icon name="arrow" />
          <span>{withdrawal.what_to_do}</span>
        </p>
      )}
      {reasons.length > 0 && (
        <Part title={reasons.length === 1 ? "The reason" : "The reasons"}>
          <Reasons reasons={reasons} />
        </Part>
      )}
      {canCancel(withdrawal) && <Cancel withdrawal={withdrawal} set={set} />}
      <Part title="Facts">
        <dl className="plain-facts">
          <div>
            <dt>Asked</dt>
            <dd>
              <Moment time={withdrawal.asked_at} />
              {withdrawal.by === "key" && ", by a program with an API key"}
            </dd>
          </div>
          {!hasEnded(withdrawal) && expires_at && (
            <div>
              <dt>Lapses</dt>
              <dd>
                <Moment time={expires_at} />
              </dd>
            </div>
          )}
          <div>
            <dt>Number</dt>
            <dd>
              <code className="breaks">{withdrawal.id}</code>
            </dd>
          </div>
          {receipt && (
            <div>
              <dt>Receipt</dt>
              <dd>
                Entry {receipt.journal_index} of the signed journal{" "}
                <code className="breaks small">{receipt.leaf_hash}</code>
              </dd>
            </div>
          )}
        </dl>
        {not_checked.length > 0 && <NotChecked what={not_checked} />}
      </Part>
    </Page>
  );
}
