import { useState, type FormEvent } from "react";
import { api } from "../api";
import { useRun } from "../Confirm";
import type { CheckedAddress } from "../model";
import { Field } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Ready, Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Moment } from "../parts/When";
import { refusalOf } from "../refusal";
import { useResource } from "../resource";
import { go } from "../route";
import { useAccount } from "../session";
import { settingSpan } from "../../lib/span";
import { AddressCheck } from "./AddressCheck";

const BACK = backTo("book", "Address book");

/** Two screens: which address, then what was found and a name for it. */
export function AddAddress() {
  const networks = useResource("networks", api.networks);
  const [network, setNetwork] = useState("");
  const [address, setAddress] = useState("");
  const [checked, setChecked] = useState<CheckedAddress | null>(null);
  const { isBusy, error, run } = useAct();
  if (checked) return <Add checked={checked} onBack={() => setChecked(null)} />;
  const refused = error === null ? null : refusalOf(error);
  const isOfField = refused?.field === "address";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => setChecked(await api.checkAddress(network, address.trim())));
  };
  return (
    <Page title="Add an address" back={BACK}>
      <Ready of={networks}>
        {(all) => (
          <form className="narrow stack gap16" onSubmit={submit}>
            <label className="label">
              Network
              <select
                className="select"
                required
                value={network}
                onChange={(event) => setNetwork(event.target.value)}
              >
                <option value="">Choose one</option>
                {all.map(({ id, name, symbol }) => (
                  <option key={id} value={id}>
                    {name} ({symbol})
                  </option>
                ))}
              </select>
            </label>
            <Field
              label="Address"
              hint="Copy it from the wallet itself, not from your history."
              fault={isOfField ? refused.next : null}
              className="mono"
              autoComplete="off"
              required
              value={address}
              onText={setAddress}
            />
            {!isOfField && <Refused error={error} />}
            <span>
              <button
                type="submit"
                className="button primary large"
                disabled={isBusy || network === "" || address.trim() === ""}
              >
                {isBusy ? "Looking…" : "Look at it"}
              </button>
            </span>
          </form>
        )}
      </Ready>
    </Page>
  );
}

function Add({ checked, onBack }: { checked: CheckedAddress; onBack: () => void }) {
  const { settings } = useAccount();
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [label, setLabel] = useState("");
  const wait_s = settings.cooldown_s.value;
  const [from] = useState(() => new Date(Date.now() + wait_s * 1000).toISOString());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { network, address } = checked;
    void attempt(async () => {
      if (await run({ do: "add_address", network, address, label: label.trim() })) go("book");
    });
  };
  const isDenied = checked.screening.level === "deny";
  return (
    <Page title="Is it this one?" back={BACK}>
      <div className="narrow stack gap24">
        <AddressCheck checked={checked} />
        <form className="stack gap16" onSubmit={submit}>
          {!checked.is_known && !isDenied && (
            <>
              <Field
                label="What you call it"
                maxLength={40}
                required
                autoCapitalize="sentences"
                value={label}
                onText={setLabel}
              />
              <p>
                Money can go there in <strong>{settingSpan(wait_s)}</strong>, from{" "}
                <Moment time={from} /> on. We tell you by mail that it was added.
              </p>
            </>
          )}
          <Refused error={error} />
          <div className="acts is-left">
            <button type="button" className="button large" onClick={onBack}>
              It is another one
            </button>
            {!checked.is_known && !isDenied && (
              <button
                type="submit"
                className={`button large${checked.looks_like ? "" : " primary"}`}
                disabled={isBusy || label.trim() === ""}
              >
                {isBusy ? "Waiting…" : "Add it"}
              </button>
            )}
          </div>
        </form>
      </div>
    </Page>
  );
}
