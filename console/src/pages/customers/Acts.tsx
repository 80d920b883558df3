import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/endpoints";
import type { CustomerView } from "../../api/customers";
import { Dialog } from "../../parts/Dialog";
import { Fault } from "../../parts/States";
import { showToast } from "../../parts/Toast";
import { REASON_MIN } from "./OpenView";

type Act = "hold" | "freeze" | "call";
const HOURS = [24, 48, 72, 168] as const;

interface ActsProps {
  view: CustomerView;
  onChange: (view: CustomerView) => void;
  isCalled: boolean;
  onCalled: (isCalled: boolean) => void;
}

/** Each needs words: a reason for the journal, or for a call what the customer reads. */
export function Acts({ view, onChange, isCalled, onCalled }: ActsProps) {
  const [open, setOpen] = useState<Act | null>(null);
  const { customer } = view;
  const hangUp = useMutation({
    mutationFn: () => api.callCustomer(customer.id, null),
    onSuccess: () => {
      onCalled(false);
      showToast({ text: "The customer's page says that nobody is calling" });
    },
  });
  return (
    <div className="row wrap">
      <button type="button" className="button" onClick={() => setOpen("hold")}>
        Add a hold…
      </button>
      <button
        type="button"
        className="button danger"
        disabled={customer.is_frozen}
        onClick={() => setOpen("freeze")}
      >
        Freeze…
      </button>
      {isCalled ? (
        <button type="button" className="button" onClick={() => hangUp.mutate()}>
          The call has ended
        </button>
      ) : (
        <button type="button" className="button" onClick={() => setOpen("call")}>
          I am calling now…
        </button>
      )}
      {hangUp.error && <Fault error={hangUp.error} />}
      {open && (
        <ActDialog
          act={open}
          view={view}
          onLeave={() => setOpen(null)}
          onDone={(next) => {
            setOpen(null);
            if (open === "call") onCalled(true);
            if (next) onChange(next);
          }}
        />
      )}
    </div>
  );
}

const TITLES: Record<Act, string> = {
  hold: "Add a hold",
  freeze: "Freeze this account",
  call: "You are calling this customer",
};
const MEANINGS: Record<Act, string> = {
  hold: "Nothing leaves the account for so long. The customer reads it, and nobody can shorten it.",
  freeze:
    "Nothing leaves and nothing can be changed. Only the customer ends it, and money then waits for a day.",
  call: "Their page says that we are calling, and why. It says so until you end it.",
};
const DONE: Record<Act, string> = {
  hold: "The hold is in force",
  freeze: "The account is frozen",
  call: "The customer's page says that we are calling",
};

interface ActDialogProps {
  act: Act;
  view: CustomerView;
  onLeave: () => void;
  onDone: (next: CustomerView | null) => void;
}

function ActDialog({ act, view, onLeave, onDone }: ActDialogProps) {
  const [text, setText] = useState("");
  const [hours, setHours] = useState<number>(HOURS[0]);
  const { customer } = view;
  const said = text.trim();
  const run = useMutation({
    mutationFn: () => {
      if (act === "hold") return api.holdCustomer(customer.id, hours, said);
      if (act === "freeze") return api.freezeCustomer(customer.id, said);
      return api.callCustomer(customer.id, said);
    },
    onSuccess: () => {
      showToast({ text: DONE[act] });
      if (act === "call") return onDone(null);
      const until = new Date(Date.now() + hours * 3_600_000).toISOString();
      const hold = { cause: "staff", until, sentence: "Held by staff." };
      const changed = act === "freeze" ? { is_frozen: true } : { holds: [...customer.holds, hold] };
      onDone({ ...view, customer: { ...customer, ...changed } });
    },
  });
  const isReady = said.length >= (act === "call" ? 1 : REASON_MIN) && !run.isPending;
  return (
    <Dialog
      title={TITLES[act]}
      onClose={onLeave}
      onSubmit={() => {
        if (isReady) run.mutate();
      }}
      actions={
        <>
          <button type="button" className="button" onClick={onLeave}>
            Leave it
          </button>
          <button
            type="submit"
            className={`button${act === "freeze" ? " danger" : " primary"}`}
            disabled={!isReady}
          >
            {act === "hold" ? "Hold" : act === "freeze" ? "Freeze" : "Say so on their page"}
          </button>
        </>
      }
    >
      <p>{MEANINGS[act]}</p>
      {act === "hold" && (
        <label className="label">
          For
          <select
            className="select"
            value={hours}
            onChange={(event) => setHours(Number(event.target.value))}
          >
            {HOURS.map((one) => (
              <option key={one} value={one}>
                {one < 168 ? `${one} hours` : "7 days"}
              </option>
            ))}
          </select>
        </label>
      )}
      <label className="label">
        {act === "call"
          ? "What the call is about, as the customer reads it"
          : "Reason, for the journal"}
        <input
          className="field"
          maxLength={500}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      {run.error && <Fault error={run.error} />}
    </Dialog>
  );
}
