import type { GraphEdge } from "../../../api/model";
import { count } from "../../../lib/amount";
import { Address } from "../../../parts/Address";
import { Amount } from "../../../parts/Amount";
import { Time } from "../../../parts/Time";
import { Verdict } from "../../../parts/Verdict";

const SHOWN = 200;

/** The graph's flows as a table: for screen readers, and for those who count. */
export function FlowTable({ network, edges }: { network: string; edges: readonly GraphEdge[] }) {
  const latest = [...edges].sort((one, other) => (one.last < other.last ? 1 : -1));
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Flows">
      <table className="plain">
        <thead>
          <tr>
            <th>From</th>
            <th>To</th>
            <th className="right">Amount</th>
            <th className="right">Transfers</th>
            <th>Last</th>
            <th>Strictest</th>
          </tr>
        </thead>
        <tbody>
          {latest.slice(0, SHOWN).map((edge) => (
            <tr key={`${edge.from}${edge.to}${edge.asset.caip19}`}>
              <td>
                <Address network={network} address={edge.from} isPlain />
              </td>
              <td>
                <Address network={network} address={edge.to} isPlain />
              </td>
              <td className="right">
                <Amount amount={edge.amount} asset={edge.asset} />
              </td>
              <td className="right">{count(edge.transfers)}</td>
              <td>
                <Time time={edge.last} />
              </td>
              <td>
                <Verdict level={edge.worst} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {edges.length > SHOWN && (
        <p className="muted small">
          The latest {SHOWN} of {count(edges.length)} flows.
        </p>
      )}
    </div>
  );
}
