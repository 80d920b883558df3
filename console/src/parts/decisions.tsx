/** Decisions in lists: their columns, and their card on narrow screens. */
import type { Decision } from "../api/model";
import { count } from "../lib/amount";
import { Address, NetworkMark, PartyText } from "./Address";
import { Amount } from "./Amount";
import type { Column } from "./DataTable";
import { Icon } from "./Icon";
import { Time } from "./Time";
import { SeverityMark, Verdict } from "./Verdict";

function Why({ decision }: { decision: Decision }) {
  const { is_retracted, success, sentence } = decision;
  return (
    <span className="clip" title={sentence ?? undefined}>
      {is_retracted && (
        <span className="tag" title="Its block was undone by a reorganisation">
          retracted
        </span>
      )}
      {!success && <span className="tag">failed on chain</span>} {sentence}
    </span>
  );
}

export const decisionColumns: readonly Column<Decision>[] = [
  { id: "time", title: "Time", width: "96px", render: ({ time }) => <Time time={time} /> },
  {
    id: "level",
    title: "Verdict",
    width: "96px",
    render: ({ level }) => <Verdict level={level} />,
  },
  {
    id: "why",
    title: "Why",
    width: "minmax(140px, 2.2fr)",
    render: (decision) => <Why decision={decision} />,
  },
  {
    id: "network",
    title: "Network",
    width: "64px",
    needs: 1060,
    render: ({ network }) => <NetworkMark id={network} />,
  },
  {
    id: "from",
    title: "From",
    width: "minmax(188px, 1fr)",
    needs: 960,
    render: ({ network, from }) => <PartyText network={network} party={from} />,
  },
  {
    id: "to",
    title: "To",
    width: "minmax(188px, 1fr)",
    render: ({ network, to }) => <PartyText network={network} party={to} />,
  },
  {
    id: "amount",
    title: "Amount",
    width: "minmax(148px, 176px)",
    align: "right",
    render: ({ amount, asset }) => <Amount amount={amount} asset={asset} isList />,
  },
  {
    id: "severity",
    title: "Severity",
    width: "96px",
    needs: 1240,
    isExtra: true,
    render: ({ severity }) => <SeverityMark severity={severity} />,
  },
  {
    id: "lead",
    title: "Rule",
    width: "minmax(140px, 1fr)",
    isExtra: true,
    render: ({ lead }) => <code className="muted clip">{lead}</code>,
  },
  {
    id: "tx",
    title: "Transaction",
    width: "128px",
    isExtra: true,
    render: ({ tx }) => (
      <code className="muted" title={tx}>
        {tx.slice(0, 8)}…{tx.slice(-6)}
      </code>
    ),
  },
  {
    id: "index",
    title: "Entry",
    width: "72px",
    align: "right",
    needs: 1160,
    render: ({ index }) => <span className="muted">{count(index)}</span>,
  },
];

export function DecisionCard({ decision }: { decision: Decision }) {
  const { network, from, to } = decision;
  return (
    <>
      <span className="row">
        <Verdict level={decision.level} />
        <span className="muted small grow">
          <Time time={decision.time} />
        </span>
        <Amount amount={decision.amount} asset={decision.asset} isList />
      </span>
      <span className="row gap4 small">
        <NetworkMark id={network} />
        {from ? <Address network={network} address={from.address} isPlain /> : "none"}
        <Icon name="arrow" size={12} />
        {to ? <Address network={network} address={to.address} isPlain /> : "none"}
      </span>
      <span className="clip small muted">{decision.sentence ?? "No rule asked for more."}</span>
    </>
  );
}
