import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "../../api/endpoints";
import type { CustomerView } from "../../api/customers";
import { Fault } from "../../parts/States";

/** What the server takes as a reason. */
export const REASON_MIN = 10;

interface OpenViewProps {
  id: string;
  alert: string;
  onOpen: (view: CustomerView) => void;
}

/** A view opens for an open alert about the customer, and with a reason in words. */
export function OpenView({ id, alert, onOpen }: OpenViewProps) {
  const [number, setNumber] = useState(alert);
  const [reason, setReason] = useState("");
  const open = useMutation({
    mutationFn: () => api.viewCustomer(id, Number(number), reason.trim()),
    onSuccess: onOpen,
  });
  const isReady = /^\d+$/.test(number.trim()) && reason.trim().length >= REASON_MIN;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !open.isPending) open.mutate();
  };
  return (
    <form className="open-view" onSubmit={submit}>
      <label className="label">
        Alert
        <input
          className="field"
          inputMode="numeric"
          value={number}
          onChange={(event) => setNumber(event.target.value)}
        />
      </label>
      <label className="label grow">
        Why you look
        <input
          className="field"
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <span className="small muted">
          At least {REASON_MIN} characters; it stands in the journal.
        </span>
      </label>
      <button type="submit" className="button primary" disabled={!isReady || open.isPending}>
        Open a masked view
      </button>
      {open.error && <Fault error={open.error} />}
    </form>
  );
}
