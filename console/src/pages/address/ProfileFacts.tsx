import type { AddressProfile } from "../../api/model";
import { count, groupDecimal, short } from "../../lib/amount";
import { plural } from "../../lib/words";
import { FactLine, Facts } from "../../parts/Section";
import { Time } from "../../parts/Time";

const WINDOW_WORDS: Record<string, string> = {
  "1h": "Last hour",
  "1d": "Last day",
  "7d": "Last week",
  "30d": "Last month",
};

/** When it was seen, what it holds and moved, and how that changed lately. */
export function ProfileFacts({ profile }: { profile: AddressProfile }) {
  const { coins, counts, first_seen, last_seen, windows } = profile;
  return (
    <div className="profile-facts">
      <Facts>
        <FactLine name="First seen">
          {first_seen ? <Time time={first_seen} isExact /> : "never"}
        </FactLine>
        <FactLine name="Last seen">
          {last_seen ? <Time time={last_seen} isExact /> : "never"}
        </FactLine>
        <FactLine name="Balance, by what was seen">
          {groupDecimal(coins.balance)} <span className="muted">{coins.symbol}</span>
        </FactLine>
        <FactLine name="Received">
          {groupDecimal(coins.in)} <span className="muted">{coins.symbol}</span>, {count(counts.in)}{" "}
          {plural(counts.in, "time")}
        </FactLine>
        <FactLine name="Paid">
          {groupDecimal(coins.out)} <span className="muted">{coins.symbol}</span>,{" "}
          {count(counts.out)} {plural(counts.out, "time")}
        </FactLine>
        <FactLine name="Events">{count(profile.events)}</FactLine>
      </Facts>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Recent windows">
        <table className="plain windows">
          <thead>
            <tr>
              <th />
              <th className="right">In</th>
              <th className="right">Out</th>
              <th className="right">Value in</th>
              <th className="right">Value out</th>
              <th className="right">Largest paid</th>
              <th className="right">Others</th>
            </tr>
          </thead>
          <tbody>
            {windows.map((window) => (
              <tr key={window.name}>
                <td className="nowrap">{WINDOW_WORDS[window.name] ?? window.name}</td>
                <td className="right">{count(window.count_in)}</td>
                <td className="right">{count(window.count_out)}</td>
                <td className="right" title={String(window.value_in)}>
                  {short(window.value_in)}
                </td>
                <td className="right" title={String(window.value_out)}>
                  {short(window.value_out)}
                </td>
                <td className="right" title={String(window.largest_paid)}>
                  {short(window.largest_paid)}
                </td>
                <td className="right">{count(window.counterparties)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
