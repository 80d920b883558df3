import { Empty, Skeleton } from "../../parts/States";
import { api } from "../api";
import type { AccountEvent } from "../model";
import { Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { Moment } from "../parts/When";
import { usePages } from "./usePages";

const BY: Record<AccountEvent["by"], string> = {
  you: "you",
  "a link": "a link of a mail",
  staff: "a person of the exchange",
  "the exchange": "the exchange",
  time: "a wait that ended",
};

/** Everything that happened to the account, and by whom. */
export default function Timeline() {
  const { items, error, hasMore, isBusy, more } = usePages(api.events);
  return (
    <Page
      title="Timeline"
      lead="Everything that happened to this account. What has a number stands in the exchange's signed journal and cannot be taken out."
    >
      {items === undefined && !error && <Skeleton lines={8} height={20} />}
      {items?.length === 0 && <Empty title="Nothing has happened yet" />}
      {items !== undefined && items.length > 0 && (
        <ol className="timeline">
          {items.map((event) => (
            <li key={event.seq} data-kind={event.kind}>
              <span className="small muted">
                <Moment time={event.at} />
              </span>
              <span className="stack gap4">
                <span>{event.sentence}</span>
                <span className="small muted">
                  by {BY[event.by]}
                  {event.device && `, on ${event.device}`}
                  {event.ip && `, from ${event.ip}`}
                  {event.journal_index !== null && `, journal ${event.journal_index}`}
                </span>
              </span>
            </li>
          ))}
        </ol>
      )}
      <Refused error={error} again={more} />
      {hasMore && (
        <div className="acts is-left">
          <button type="button" className="button" disabled={isBusy} onClick={more}>
            {isBusy ? "Loading…" : "Show older ones"}
          </button>
        </div>
      )}
    </Page>
  );
}
