import type { WithdrawalReason } from "../model";
import { Moment } from "../parts/When";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Each reason as a card: the sentence, what it rests on, and what resolves it. */
export function Reasons({ reasons }: { reasons: WithdrawalReason[] }) {
  return (
    <ul className="reason-cards">
      {reasons.map((reason) => (
        <li key={reason.code} data-reason={reason.code}>
          <p className="reason-sentence">{reason.sentence}</p>
          {reason.evidence.length > 0 && (
            <dl className="plain-facts small">
              {reason.evidence.map(({ name, value }) => (
                <div key={name + value}>
                  <dt>{name}</dt>
                  <dd>{MOMENT.test(value) ? <Moment time={value} /> : value}</dd>
                </div>
              ))}
            </dl>
          )}
          {reason.remedy && (
            <p className="remedy">
              <span className="muted">What resolves it</span> {reason.remedy}
            </p>
          )}
          <code className="muted small">{reason.code}</code>
        </li>
      ))}
    </ul>
  );
}
