import { Icon } from "../../parts/Icon";
import { NetworkMark } from "../parts/NetworkMark";
import { Empty } from "../../parts/States";
import { api } from "../api";
import { useRun } from "../Confirm";
import type { BookAddress } from "../model";
import { ShortAddress } from "../parts/Address";
import { Page } from "../parts/Page";
import { Ready, Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Countdown, Moment } from "../parts/When";
import { useResource } from "../resource";
import { href, parseRoute, useHash } from "../route";
import { useAccount } from "../session";
import { settingSpan } from "../../lib/span";
import { AddAddress } from "./AddAddress";

export default function Book() {
  const [part] = parseRoute(useHash()).rest;
  return part === "add" ? <AddAddress /> : <BookList />;
}

function BookList() {
  const { settings } = useAccount();
  const book = useResource("book", api.addresses);
  return (
    <Page
      title="Address book"
      lead={`A new address waits ${settingSpan(settings.cooldown_s.value)} before money can go to it. ${
        settings.book_only.value
          ? "Money goes to these addresses and nowhere else."
          : "Money can also go to others; they wait as long."
      }`}
    >
      <div className="acts is-left">
        <a className="button" href={href("book", "add")}>
          <Icon name="plus" size={12} /> Add an address
        </a>
      </div>
      <Ready of={book}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Your book is empty">Add the addresses that you use yourself.</Empty>
          ) : (
            <ul className="rows">
              {items.map((entry) => (
                <Entry key={`${entry.network} ${entry.address}`} entry={entry} again={book.again} />
              ))}
            </ul>
          )
        }
      </Ready>
    </Page>
  );
}

function Entry({ entry, again }: { entry: BookAddress; again: () => void }) {
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const { network, address, label } = entry;
  return (
    <li className="row-item" data-entry={label}>
      <span className="grow">
        <span className="row-title">{label}</span>
        <span className="row small wrap">
          <NetworkMark symbolOf={network} name={entry.network_name} />
          <ShortAddress address={address} />
        </span>
        <span className={`small ${entry.is_usable ? "muted" : "warn"}`}>
          {entry.is_usable ? (
            <>
              Added <Moment time={entry.added_at} />
            </>
          ) : (
            <>
              Usable in <Countdown until={entry.usable_from} onEnd={again} />
            </>
          )}
        </span>
        <Refused error={error} />
      </span>
      <span className="row-acts">
        <button
          type="button"
          className="button"
          aria-label={`Remove ${label}`}
          disabled={isBusy}
          onClick={() =>
            void attempt(async () => {
              if (await run({ do: "remove_address", network, address })) again();
            })
          }
        >
          Remove
        </button>
      </span>
    </li>
  );
}
