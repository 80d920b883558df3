import { Icon } from "../../parts/Icon";
import { Empty, Skeleton } from "../../parts/States";
import { shortAddress } from "../../lib/address";
import { api } from "../api";
import { Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { Units } from "../parts/Units";
import { Moment } from "../parts/When";
import { usePages } from "../records/usePages";
import { href, parseRoute, useHash } from "../route";
import { Detail } from "./Detail";
import { StateMark } from "./StateMark";

export default function Withdrawals() {
  const [id] = parseRoute(useHash()).rest;
  return id === undefined ? <WithdrawalList /> : <Detail key={id} id={id} />;
}

function WithdrawalList() {
  const { items, error, hasMore, isBusy, more } = usePages(api.withdrawals);
  return (
    <Page title="Withdrawals">
      <div className="acts is-left">
        <a className="button" href={href("withdraw")}>
          <Icon name="plus" size={12} /> Withdraw
        </a>
      </div>
      {items === undefined && !error && <Skeleton lines={6} height={20} />}
      {items?.length === 0 && <Empty title="You have not asked for a withdrawal yet" />}
      {items !== undefined && items.length > 0 && (
        <ul className="rows">
          {items.map((one) => (
            <li key={one.id}>
              <a className="row-link" href={href("withdrawals", one.id)}>
                <span className="grow">
                  <span className="row-title">
                    <Units units={one.amount} decimals={one.decimals} symbol={one.symbol} />
                  </span>
                  <span className="muted small">
                    to {one.to_label ?? <code>{shortAddress(one.to)}</code>},{" "}
                    <Moment time={one.asked_at} />
                    {one.by === "key" && ", by a program"}
                  </span>
                </span>
                <StateMark state={one.state} />
                <Icon name="right" size={14} />
              </a>
            </li>
          ))}
        </ul>
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
