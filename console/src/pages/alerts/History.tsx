import type { AlertEvent } from "../../api/model";
import { words } from "../../lib/words";
import { Time } from "../../parts/Time";

/** Who did what and when, oldest first. */
export function History({ events }: { events: AlertEvent[] }) {
  return (
    <ol className="history">
      {events.map((event, at) => (
        <li key={at}>
          <div className="row wrap">
            <span className="strong">{event.who?.name ?? "Ringfence"}</span>
            <span>
              {event.action}
              {event.outcome && `: ${words(event.outcome).toLowerCase()}`}
            </span>
            <span className="muted small">
              <Time time={event.at} />
            </span>
          </div>
          {event.note && <p className="history-note">{event.note}</p>}
        </li>
      ))}
    </ol>
  );
}
