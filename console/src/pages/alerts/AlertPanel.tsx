import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "../../api/endpoints";
import type { AlertDetail } from "../../api/model";
import { count } from "../../lib/amount";
import { leadFirst, STATUS_WORDS } from "../../lib/words";
import { Address } from "../../parts/Address";
import { Customer } from "../../parts/Customer";
import { Icon } from "../../parts/Icon";
import { ReasonCard } from "../../parts/ReasonCard";
import { FactLine, Facts, Section } from "../../parts/Section";
import { Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { SeverityMark, Verdict } from "../../parts/Verdict";
import { decisionPath } from "../../shell/paths";
import { Link } from "../../shell/router";
import type { AlertActions } from "./actions";
import { AssignMenu } from "./AssignMenu";
import { History } from "./History";

interface AlertPanelProps {
  id: number;
  actions: AlertActions;
  onLeave: () => void;
  onClose: () => void;
}

function Buttons({
  alert,
  actions,
  onClose,
}: Omit<AlertPanelProps, "onLeave" | "id"> & { alert: AlertDetail }) {
  const ids = [alert.id];
  if (alert.status === "closed") {
    return (
      <button type="button" className="button" onClick={() => actions.reopen(ids, "")}>
        Reopen
      </button>
    );
  }
  return (
    <>
      {alert.assignee?.id === actions.me ? (
        <button type="button" className="button" onClick={() => actions.release(ids)}>
          Release
        </button>
      ) : (
        <button
          type="button"
          className="button"
          title="Assign to me (a)"
          onClick={() => actions.assign(ids, actions.me)}
        >
          Assign to me
        </button>
      )}
      <AssignMenu onAssign={(who, name) => actions.assign(ids, who, name)} />
      <button
        type="button"
        className="button primary"
        title="Close with a note (c)"
        onClick={onClose}
      >
        Close…
      </button>
    </>
  );
}

function NoteForm({ onNote }: { onNote: (note: string) => Promise<boolean> }) {
  const [text, setText] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() && (await onNote(text.trim()))) setText("");
  };
  return (
    <form className="note-form" onSubmit={(event) => void submit(event)}>
      <textarea
        className="area"
        aria-label="Note"
        placeholder="Add a note for those who come after you"
        maxLength={2000}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button" disabled={!text.trim()}>
        Add note
      </button>
    </form>
  );
}

/** One alert beside its queue: why, about whom, what the customer sees, and what was done. */
export function AlertPanel({ id, actions, onLeave, onClose }: AlertPanelProps) {
  const query = useQuery({ queryKey: ["alert", id], queryFn: () => api.alert(id) });
  return (
    <aside className="panel" aria-label={`Alert ${id}`}>
      <header className="panel-head">
        <span className="muted">Alert {id}</span>
        {query.data && actions.mayChange && (
          <span className="row panel-buttons">
            <Buttons alert={query.data} actions={actions} onClose={onClose} />
          </span>
        )}
        <button
          type="button"
          className="icon-button"
          aria-label="Close the panel"
          title="Close the panel (Esc)"
          onClick={onLeave}
        >
          <Icon name="close" />
        </button>
      </header>
      <div className="panel-body" tabIndex={0} role="region" aria-label="Alert details">
        <Loaded query={query} skeleton={<Skeleton lines={12} height={16} />}>
          {(alert) => (
            <>
              <div className="stack panel-title">
                <div className="row">
                  <Verdict level={alert.level} />
                  <SeverityMark severity={alert.severity} />
                  <span className="muted">{STATUS_WORDS[alert.status]}</span>
                </div>
                <h2>{alert.title}</h2>
                <Address
                  network={alert.network}
                  address={alert.address}
                  categories={alert.categories}
                />
              </div>
              <Section title="Reasons">
                {leadFirst(alert.reasons, alert.code).map((reason, at) => (
                  <ReasonCard key={reason.code} reason={reason} isOpen={at === 0} />
                ))}
              </Section>
              <Section title="What the customer would see">
                {alert.customer ? (
                  <Customer message={alert.customer} />
                ) : (
                  <p className="muted">Nothing: their payment goes ahead.</p>
                )}
              </Section>
              <Section title="Facts">
                <Facts>
                  <FactLine name="Assigned to">{alert.assignee?.name ?? "nobody"}</FactLine>
                  <FactLine name="Transfers covered">{count(alert.transfers)}</FactLine>
                  <FactLine name="First seen">
                    <Time time={alert.first_seen} isExact />
                  </FactLine>
                  <FactLine name="Last seen">
                    <Time time={alert.last_seen} isExact />
                  </FactLine>
                  {alert.known_since && (
                    <FactLine name="Listed since">
                      <Time time={alert.known_since} isExact />
                    </FactLine>
                  )}
                  <FactLine name="Decision">
                    <Link className="link" to={decisionPath(alert.decision_index)}>
                      {count(alert.decision_index)}
                    </Link>
                  </FactLine>
                </Facts>
              </Section>
              <Section title="History">
                <History events={alert.history} />
                {actions.mayChange && (
                  <NoteForm onNote={(note) => actions.note([alert.id], note)} />
                )}
              </Section>
            </>
          )}
        </Loaded>
      </div>
    </aside>
  );
}
