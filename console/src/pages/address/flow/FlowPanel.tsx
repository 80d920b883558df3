import { count } from "../../../lib/amount";
import type { Flow, FlowNode } from "../../../lib/flow";
import { plural } from "../../../lib/words";
import { Address } from "../../../parts/Address";
import { Amount } from "../../../parts/Amount";
import { Icon } from "../../../parts/Icon";
import { Time } from "../../../parts/Time";
import { Verdict } from "../../../parts/Verdict";
import { addressPath, decisionPath } from "../../../shell/paths";
import { Link } from "../../../shell/router";
import { nodeTitle } from "./paint";

const SHOWN = 40;

interface FlowPanelProps {
  network: string;
  flow: Flow;
  node: FlowNode;
  isCenter: boolean;
  isExpanded: boolean;
  isBusy: boolean;
  onExpand: () => void;
  onCollapse: () => void;
  onUnfold: () => void;
  onLeave: () => void;
}

/** What is known of a node, beside the graph: never another page until one asks for it. */
export function FlowPanel(props: FlowPanelProps) {
  const { network, flow, node, isCenter, isExpanded } = props;
  const [member] = node.members;
  const edges = flow.edges
    .filter((edge) => edge.from === node || edge.to === node)
    .flatMap((edge) => edge.edges.map((one) => ({ edge: one, isPaid: edge.from === node })))
    .sort((one, other) => (one.edge.last < other.edge.last ? 1 : -1));
  return (
    <aside className="flow-panel" aria-label="Selected node">
      <header className="row">
        <h3 className="grow">{node.isFold ? nodeTitle(node) : "Address"}</h3>
        <button
          type="button"
          className="icon-button"
          aria-label="Close the node's panel"
          onClick={props.onLeave}
        >
          <Icon name="close" size={12} />
        </button>
      </header>
      {node.isFold ? (
        <>
          <p className="muted small">
            Services of one kind are folded: money mixes there, and paths through them say little.
          </p>
          <button type="button" className="button" onClick={props.onUnfold}>
            Show services one by one
          </button>
          <ul className="stack gap4">
            {node.members.slice(0, SHOWN).map((one) => (
              <li key={one.address}>
                <Address network={network} address={one.address} isPlain />
              </li>
            ))}
          </ul>
        </>
      ) : (
        member && (
          <>
            <Address network={network} address={member.address} categories={member.categories} />
            <div className="row wrap">
              {member.level && <Verdict level={member.level} />}
              <span className="muted small">
                {count(member.events)} {plural(member.events, "event")}
              </span>
            </div>
            <div className="row wrap">
              {isCenter ? null : isExpanded ? (
                <button type="button" className="button" onClick={props.onCollapse}>
                  <Icon name="minus" size={12} /> Collapse
                </button>
              ) : (
                <button
                  type="button"
                  className="button"
                  disabled={props.isBusy}
                  onClick={props.onExpand}
                >
                  <Icon name="plus" size={12} /> {props.isBusy ? "Expanding…" : "Expand"}
                </button>
              )}
              {!isCenter && (
                <Link className="button" to={addressPath(network, member.address)}>
                  Open profile
                </Link>
              )}
            </div>
          </>
        )
      )}
      <ul className="flow-edges">
        {edges.slice(0, SHOWN).map(({ edge, isPaid }) => (
          <li key={`${edge.from}${edge.to}${edge.asset.caip19}`}>
            <span className="row gap4 small">
              <span className="muted">{isPaid ? "paid to" : "received from"}</span>
              <Address network={network} address={isPaid ? edge.to : edge.from} isPlain />
            </span>
            <span className="row wrap small">
              <Amount amount={edge.amount} asset={edge.asset} />
              <span className="muted">
                {count(edge.transfers)} {plural(edge.transfers, "transfer")}, last{" "}
                <Time time={edge.last} />
              </span>
              {edge.worst !== "allow" && <Verdict level={edge.worst} />}
              {edge.last_index >= 0 && (
                <Link className="link" to={decisionPath(edge.last_index)}>
                  decision {edge.last_index}
                </Link>
              )}
            </span>
          </li>
        ))}
      </ul>
      {edges.length > SHOWN && (
        <p className="muted small">{count(edges.length - SHOWN)} more are not listed here.</p>
      )}
    </aside>
  );
}
