import { useEffect, useState } from "react";
import type { CustomerView } from "../../api/customers";
import { amountText } from "../../lib/amount";
import { secondsLeft, settingSpan, spanWords } from "../../lib/span";
import { words } from "../../lib/words";
import { Icon } from "../../parts/Icon";
import { FactLine, Facts, Section } from "../../parts/Section";
import { Time, useNow } from "../../parts/Time";
import { Acts } from "./Acts";

interface ViewProps {
  view: CustomerView;
  onChange: (view: CustomerView) => void;
  onClose: () => void;
}

/** What is seen leaves the page when its time is over. */
function Closing({ at, onClose }: { at: string; onClose: () => void }) {
  const left = secondsLeft(at, useNow());
  useEffect(() => {
    if (left === 0) onClose();
  }, [left, onClose]);
  return (
    <span className="row" role="timer">
      <Icon name="clock" size={12} /> This view closes in {spanWords(left)}
      <button type="button" className="button" onClick={onClose}>
        Close it now
      </button>
    </span>
  );
}

export function View({ view, onChange, onClose }: ViewProps) {
  const { customer, withdrawals, events, expires_at } = view;
  const { settings, credentials } = customer;
  const [isCalled, setCalled] = useState(false);
  return (
    <>
      <Section title={customer.name_masked} actions={<Closing at={expires_at} onClose={onClose} />}>
        <Facts>
          <FactLine name="E-mail">{customer.email_masked}</FactLine>
          <FactLine name="Phone">{customer.phone_masked ?? "none"}</FactLine>
          <FactLine name="State">{customer.is_frozen ? "Frozen" : "Not frozen"}</FactLine>
          <FactLine name="Passkeys">{credentials.passkeys}</FactLine>
          <FactLine name="Password, app">
            {credentials.has_password ? "yes" : "no"}, {credentials.has_totp ? "yes" : "no"}
          </FactLine>
          <FactLine name="Recovery codes left">{credentials.recovery_codes_left}</FactLine>
          <FactLine name="Book only">{settings.book_only.value ? "yes" : "no"}</FactLine>
          <FactLine name="New addresses wait">{settingSpan(settings.cooldown_s.value)}</FactLine>
          <FactLine name="Settings lock">{settingSpan(settings.lock_s.value)}</FactLine>
          <FactLine name="Customer since">
            <Time time={customer.created_at} />
          </FactLine>
        </Facts>
        {customer.recovery && (
          <p className="warn">
            A recovery was begun with {customer.recovery.evidence.join(" and ")}. It is ripe{" "}
            <Time time={customer.recovery.ripe_at} isExact />.
          </p>
        )}
      </Section>
      <Section
        title="Acts"
        note="They make it stricter. Nobody here can shorten a hold or end a freeze."
      >
        <Acts view={view} onChange={onChange} isCalled={isCalled} onCalled={setCalled} />
      </Section>
      <Section title="Holds">
        {customer.holds.length === 0 ? (
          <p className="muted">None.</p>
        ) : (
          <ul className="stack">
            {customer.holds.map((hold) => (
              <li key={hold.cause + hold.until} className="row wrap">
                <Icon name="hold" size={12} /> {hold.sentence}
                <span className="muted">
                  until <Time time={hold.until} isExact />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Withdrawals withdrawals={withdrawals} />
      <Section title="Events">
        <ol className="customer-events">
          {events.map((event) => (
            <li key={event.seq}>
              <Time time={event.at} /> <span>{event.sentence}</span>{" "}
              <span className="muted">by {event.by}</span>
            </li>
          ))}
        </ol>
      </Section>
    </>
  );
}

function Withdrawals({ withdrawals }: Pick<CustomerView, "withdrawals">) {
  if (withdrawals.length === 0) {
    return (
      <Section title="Withdrawals">
        <p className="muted">None.</p>
      </Section>
    );
  }
  return (
    <Section title="Withdrawals">
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Withdrawals">
        <table className="plain stacks">
          <thead>
            <tr>
              <th>State</th>
              <th className="right">Amount</th>
              <th>To</th>
              <th>Reasons</th>
            </tr>
          </thead>
          <tbody>
            {withdrawals.map((one) => (
              <tr key={one.id}>
                <td>{words(one.state)}</td>
                <td className="right" data-label="Amount">
                  {amountText(one.amount, one.decimals ?? null)} {one.symbol}
                </td>
                <td data-label="To">
                  <code>{one.to}</code>
                </td>
                <td data-label="Reasons">
                  {one.reasons.map(({ sentence }) => sentence).join(" ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
