import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "../../api/endpoints";
import type { CustomerView, FoundCustomer } from "../../api/customers";
import { words } from "../../lib/words";
import { FactLine, Facts, PageHead, Section } from "../../parts/Section";
import { Fault } from "../../parts/States";
import { Time } from "../../parts/Time";
import { useLocation } from "../../shell/router";
import { useMay } from "../../shell/session";
import { OpenView } from "./OpenView";
import { View } from "./View";
import "./customers.css";

/** One customer, found by what is exactly theirs, and seen masked, for a case, for some minutes. */
export default function Customers() {
  const { search } = useLocation();
  const alert = new URLSearchParams(search).get("alert") ?? "";
  const may = useMay("alerts");
  const [found, setFound] = useState<FoundCustomer | null>(null);
  const [view, setView] = useState<CustomerView | null>(null);
  const [isClosed, setClosed] = useState(false);
  return (
    <div className="page">
      <PageHead title="Customers" />
      <p className="muted customers-lead">
        There is no list and no search by parts of a name. Each look stands in the journal, and the
        customer reads in their timeline that somebody looked.
      </p>
      <Find
        onFound={(customer) => {
          setFound(customer);
          setView(null);
          setClosed(false);
        }}
      />
      {found && !view && (
        <Section title="Found">
          <Facts>
            <FactLine name="E-mail">{found.email_masked}</FactLine>
            <FactLine name="State">{words(found.state)}</FactLine>
            <FactLine name="Customer since">
              <Time time={found.created_at} />
            </FactLine>
            <FactLine name="Number">
              <code>{found.id}</code>
            </FactLine>
          </Facts>
          {isClosed && <p className="warn">The view has closed. A new one needs a reason again.</p>}
          {may ? (
            <OpenView id={found.id} alert={alert} onOpen={setView} />
          ) : (
            <p className="muted">Your role opens no views.</p>
          )}
        </Section>
      )}
      {view && (
        <View
          view={view}
          onChange={setView}
          onClose={() => {
            setView(null);
            setClosed(true);
          }}
        />
      )}
    </div>
  );
}

function Find({ onFound }: { onFound: (customer: FoundCustomer) => void }) {
  const [text, setText] = useState("");
  const find = useMutation({
    mutationFn: (who: string) => api.findCustomer(who.includes("@") ? { email: who } : { id: who }),
    onSuccess: onFound,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") find.mutate(text.trim());
  };
  return (
    <Section title="Find">
      <form className="find-customer" onSubmit={submit}>
        <label className="label">
          E-mail or customer number, whole
          <input
            className="field"
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <button
          type="submit"
          className="button primary"
          disabled={find.isPending || text.trim() === ""}
        >
          Find
        </button>
      </form>
      {find.error && <Fault error={find.error} />}
    </Section>
  );
}
