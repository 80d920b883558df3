import { useState } from "react";
import { network as networkOf } from "../../lib/address";
import { api } from "../api";
import type { Confirmation, Withdrawal } from "../model";
import { WholeAddress } from "../parts/Address";
import { ConfirmForm } from "../parts/ConfirmForm";
import { backTo, Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { Units } from "../parts/Units";
import { Countdown } from "../parts/When";
import { Cancel } from "./Cancel";
import { Reasons } from "./Reasons";

interface ChallengeProps {
  withdrawal: Withdrawal;
  set: (next: Withdrawal) => void;
  again: () => void;
}

/**
 * What is confirmed stands on the screen whole, taken from what the passkey signs. If that is not what
 * was asked for, nothing is offered to confirm.
 */
export function Challenge({ withdrawal, set, again }: ChallengeProps) {
  const { confirm: asked, expires_at } = withdrawal;
  const [refused, setRefused] = useState<unknown>(null);
  if (!asked) return null;
  const { intent } = asked;
  const isSame =
    intent.to === withdrawal.to &&
    intent.amount === withdrawal.amount &&
    intent.network === withdrawal.network;
  const give = async (confirmation: Confirmation) => {
    try {
      set(await api.confirmWithdrawal(withdrawal.id, confirmation));
    } catch (error) {
      setRefused(error);
      // A question is answered once: the next one comes with the withdrawal.
      again();
    }
  };
  return (
    <Page title="Is this what you want?" back={backTo("withdrawals", "Withdrawals")}>
      <div className="narrow stack gap24" data-withdrawal="challenged">
        <div className="intent">
          <span className="intent-amount">
            <Units
              units={intent.amount}
              decimals={withdrawal.decimals}
              symbol={withdrawal.symbol}
            />
          </span>
          <span className="muted small">
            to{" "}
            {withdrawal.to_label ? (
              <strong>{withdrawal.to_label}</strong>
            ) : (
              "an address not in your book"
            )}
            , on {networkOf(intent.network).name}
          </span>
          <WholeAddress address={intent.to} />
        </div>
        {withdrawal.reasons.length > 0 && <Reasons reasons={withdrawal.reasons} />}
        {isSame ? (
          <>
            <p className="muted">
              Compare all of the address. Once it has left, nobody can bring it back.
              {expires_at && (
                <>
                  {" "}
                  You have <Countdown until={expires_at} onEnd={again} />.
                </>
              )}
            </p>
            <ConfirmForm
              key={asked.ceremony ?? ""}
              asked={asked}
              refused={refused}
              onGive={give}
              beside={<Cancel withdrawal={withdrawal} set={set} label="No, cancel it" />}
            />
          </>
        ) : (
          <>
            <Refused error={new Error("the question is about another withdrawal")} />
            <Cancel withdrawal={withdrawal} set={set} />
          </>
        )}
      </div>
    </Page>
  );
}
