import { useState, type FormEvent } from "react";
import type { Asset } from "../model";
import { centsOf, centsText, unitsOf } from "../money";
import { Field } from "../parts/Field";
import { Ago } from "../parts/When";
import { useAccount } from "../session";
import { network as networkOf } from "../../lib/address";
import type { HowMuch } from "./Withdraw";

const keyOf = ({ network, asset }: Asset) => `${network} ${asset}`;

interface AmountStepProps {
  assets: Asset[];
  much: HowMuch | null;
  onNext: (much: HowMuch) => void;
}

export function AmountStep({ assets, much, onNext }: AmountStepProps) {
  const { settings } = useAccount();
  const [key, setKey] = useState(much ? keyOf(much.asset) : assets[0] ? keyOf(assets[0]) : "");
  const [text, setText] = useState(much?.text ?? "");
  const [isShown, setShown] = useState(false);
  const asset = assets.find((one) => keyOf(one) === key);
  if (!asset) return <p className="muted">There is no asset here that can leave.</p>;
  const written = unitsOf(text, asset.decimals, asset.symbol);
  const cents = "units" in written ? centsOf(written.units, asset) : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShown(true);
    if ("units" in written) onNext({ asset, text, units: written.units });
  };
  return (
    <form className="narrow stack gap16" onSubmit={submit}>
      <label className="label">
        Asset
        <select className="select" value={key} onChange={(event) => setKey(event.target.value)}>
          {assets.map((one) => (
            <option key={keyOf(one)} value={keyOf(one)}>
              {one.symbol} on {networkOf(one.network).name}
            </option>
          ))}
        </select>
      </label>
      <Field
        label={`Amount in ${asset.symbol}`}
        inputMode="decimal"
        autoComplete="off"
        className="amount-field"
        autoFocus
        fault={isShown && "fault" in written ? written.fault : null}
        value={text}
        onText={(next) => {
          setText(next);
          setShown(false);
        }}
      />
      <p className="muted" role="status">
        {cents === null
          ? `Your daily limit is ${centsText(settings.daily_limit_cents.value)}.`
          : `About ${centsText(cents)} of your daily limit of ${centsText(settings.daily_limit_cents.value)}.`}
        {cents !== null && asset.price_at && (
          <>
            {" "}
            Price of <Ago time={asset.price_at} />.
          </>
        )}
      </p>
      <span>
        <button type="submit" className="button primary large">
          Go on
        </button>
      </span>
    </form>
  );
}
