import { Icon, type IconName } from "../../parts/Icon";
import { api } from "../api";
import { NotChecked } from "../book/AddressCheck";
import { foresee, type Foreseen } from "../foresee";
import { centsOf, centsText } from "../money";
import { WholeAddress } from "../parts/Address";
import { Refused } from "../parts/Refused";
import { Units } from "../parts/Units";
import { useAct } from "../parts/useAct";
import { Moment } from "../parts/When";
import { put } from "../resource";
import { go } from "../route";
import { useAccount } from "../session";
import { network as networkOf } from "../../lib/address";
import type { HowMuch, To } from "./Withdraw";

const ICONS: Record<Foreseen["kind"], IconName> = {
  refused: "deny",
  waits: "hold",
  asked: "key",
  known: "dash",
};

interface ReviewStepProps {
  requestId: string;
  much: HowMuch;
  to: To;
  onBack: () => void;
}

/** Everything that is asked, whole, and what the account already says will happen. */
export function ReviewStep({ requestId, much, to, onBack }: ReviewStepProps) {
  const account = useAccount();
  const { isBusy, error, run } = useAct();
  const { asset, units } = much;
  const entry = "entry" in to ? to.entry : null;
  const address = "entry" in to ? to.entry.address : to.checked.address;
  const cents = centsOf(units, asset);
  const foreseen = foresee(account, { value_cents: cents, entry }, Date.now());
  const isRefused = foreseen.some(({ kind }) => kind === "refused");
  const ask = () =>
    run(async () => {
      const made = await api.withdraw({
        request_id: requestId,
        network: asset.network,
        asset: asset.asset,
        amount: units,
        to: address,
      });
      put(`withdrawal ${made.id}`, made);
      go("withdrawals", made.id);
    });
  return (
    <div className="narrow stack gap24">
      <div className="intent">
        <span className="intent-amount">
          <Units units={units} decimals={asset.decimals} symbol={asset.symbol} />
        </span>
        {cents !== null && <span className="muted">about {centsText(cents)}</span>}
        <span className="muted small">
          to {entry ? <strong>{entry.label}</strong> : "an address that is not in your book"}, on{" "}
          {networkOf(asset.network).name}
        </span>
        <WholeAddress address={address} />
      </div>
      <ul className="foreseen">
        {foreseen.map(({ kind, sentence, until }) => (
          <li key={sentence} className={`is-${kind}`} data-foreseen={kind}>
            <Icon name={ICONS[kind]} />
            <span>
              {sentence}
              {until && (
                <>
                  {" "}
                  Until <Moment time={until} />.
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      <p className="muted small">
        We decide when you ask, and may then see more: where the address got its money, or what is
        unusual. You read the reasons before anything leaves.
      </p>
      {"checked" in to && to.checked.not_checked.length > 0 && (
        <NotChecked what={to.checked.not_checked} />
      )}
      <Refused error={error} />
      <div className="acts is-left">
        <button type="button" className="button large" onClick={onBack}>
          Back
        </button>
        <button
          type="button"
          className="button primary large"
          disabled={isBusy || isRefused}
          onClick={() => void ask()}
        >
          {isBusy ? "Asking…" : "Ask for it"}
        </button>
      </div>
    </div>
  );
}
