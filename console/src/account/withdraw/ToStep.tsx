import { useState, type FormEvent } from "react";
import { network as networkOf, shortAddress } from "../../lib/address";
import { api } from "../api";
import { AddressCheck } from "../book/AddressCheck";
import type { BookAddress, CheckedAddress } from "../model";
import { Choices, Field } from "../parts/Field";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { refusalOf } from "../refusal";
import { href } from "../route";
import { useAccount } from "../session";
import { secondsLeft, settingSpan, spanWords } from "../../lib/span";
import type { To } from "./Withdraw";

const NEW = "new";

interface ToStepProps {
  network: string;
  book: BookAddress[];
  onBack: () => void;
  onNext: (to: To) => void;
}

export function ToStep({ network, book, onBack, onNext }: ToStepProps) {
  const { settings } = useAccount();
  const isBookOnly = settings.book_only.value;
  const [chosen, setChosen] = useState<string | null>(null);
  const [address, setAddress] = useState("");
  const [checked, setChecked] = useState<CheckedAddress | null>(null);
  const { isBusy, error, run } = useAct();
  const entry = book.find((one) => one.address === chosen);
  const isNew = chosen === NEW || (book.length === 0 && !isBookOnly);
  const refused = error === null ? null : refusalOf(error);

  if (checked) {
    const known = book.find((one) => one.address === checked.address);
    return (
      <div className="narrow stack gap24">
        <AddressCheck checked={checked} />
        <div className="acts is-left">
          <button type="button" className="button large" onClick={() => setChecked(null)}>
            It is another one
          </button>
          {checked.screening.level !== "deny" && (
            <button
              type="button"
              className={`button large${checked.looks_like ? "" : " primary"}`}
              onClick={() => onNext(known ? { entry: known } : { checked })}
            >
              It is this one
            </button>
          )}
        </div>
      </div>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (entry) onNext({ entry });
    else if (isNew)
      void run(async () => setChecked(await api.checkAddress(network, address.trim())));
  };
  return (
    <form className="narrow stack gap16" onSubmit={submit}>
      {book.length > 0 && (
        <Choices
          legend={`Your addresses on ${networkOf(network).name}`}
          name="to"
          options={[
            ...book.map((one) => ({
              id: one.address,
              text: one.label,
              note: (
                <>
                  <code>{shortAddress(one.address)}</code>
                  {!one.is_usable &&
                    `, usable in ${spanWords(secondsLeft(one.usable_from, Date.now()))}`}
                </>
              ),
            })),
            ...(isBookOnly
              ? []
              : [
                  {
                    id: NEW,
                    text: "Another address",
                    note: `Not in your book: it waits ${settingSpan(settings.cooldown_s.value)}`,
                  },
                ]),
          ]}
          chosen={chosen}
          onChoose={setChosen}
        />
      )}
      {isBookOnly && book.length === 0 && (
        <p className="notice is-hold">
          <span>
            You allow money to addresses of your book only, and it has none on this network.{" "}
            <a className="link" href={href("book", "add")}>
              Add one
            </a>
          </span>
        </p>
      )}
      {isNew && (
        <Field
          label="Address"
          hint="Copy it from the wallet itself, not from your history."
          fault={refused?.field === "address" ? refused.next : null}
          className="mono"
          autoComplete="off"
          value={address}
          onText={setAddress}
        />
      )}
      {refused?.field !== "address" && <Refused error={error} />}
      <div className="acts is-left">
        <button type="button" className="button large" onClick={onBack}>
          Back
        </button>
        <button
          type="submit"
          className="button primary large"
          disabled={isBusy || !(entry || (isNew && address.trim() !== ""))}
        >
          {isBusy ? "Looking…" : "Go on"}
        </button>
      </div>
    </form>
  );
}
