import type { Alert } from "../../api/model";
import { count } from "../../lib/amount";
import { STATUS_WORDS } from "../../lib/words";
import { Address, NetworkMark } from "../../parts/Address";
import type { Column } from "../../parts/DataTable";
import { Time } from "../../parts/Time";
import { SeverityMark, Verdict } from "../../parts/Verdict";

export const alertColumns: readonly Column<Alert>[] = [
  {
    id: "severity",
    title: "Severity",
    width: "84px",
    sort: "severity",
    render: ({ severity }) => <SeverityMark severity={severity} />,
  },
  {
    id: "level",
    title: "Verdict",
    width: "92px",
    render: ({ level }) => <Verdict level={level} />,
  },
  {
    id: "what",
    title: "What",
    width: "minmax(200px, 2.4fr)",
    render: ({ title, sentence }) => (
      <span className="clip" title={sentence}>
        <span className="strong">{title}</span> <span className="muted">{sentence}</span>
      </span>
    ),
  },
  {
    id: "address",
    title: "Address",
    width: "minmax(184px, 1fr)",
    needs: 720,
    render: ({ network, address }) => (
      <span className="row gap4">
        <NetworkMark id={network} />
        <Address network={network} address={address} isPlain />
      </span>
    ),
  },
  {
    id: "transfers",
    title: "Transfers",
    width: "84px",
    align: "right",
    sort: "transfers",
    needs: 860,
    render: ({ transfers }) => count(transfers),
  },
  {
    id: "last_seen",
    title: "Last seen",
    width: "96px",
    sort: "last_seen",
    render: ({ last_seen }) => <Time time={last_seen} />,
  },
  {
    id: "assignee",
    title: "Assigned to",
    width: "112px",
    needs: 980,
    render: ({ assignee }) =>
      assignee ? (
        <span className="clip">{assignee.name}</span>
      ) : (
        <span className="muted">nobody</span>
      ),
  },
  {
    id: "status",
    title: "Status",
    width: "84px",
    needs: 1080,
    render: ({ status }) => STATUS_WORDS[status],
  },
  {
    id: "code",
    title: "Rule",
    width: "minmax(160px, 1fr)",
    isExtra: true,
    render: ({ code }) => <code className="muted clip">{code}</code>,
  },
  {
    id: "notes",
    title: "Notes",
    width: "64px",
    align: "right",
    isExtra: true,
    render: ({ notes }) => count(notes),
  },
  {
    id: "id",
    title: "Alert",
    width: "64px",
    align: "right",
    isExtra: true,
    render: ({ id }) => id,
  },
];

export function AlertCard({ alert }: { alert: Alert }) {
  return (
    <>
      <span className="row">
        <Verdict level={alert.level} />
        <span className="clip grow strong">{alert.title}</span>
        <span className="muted small">
          <Time time={alert.last_seen} />
        </span>
      </span>
      <span className="row gap4 small">
        <NetworkMark id={alert.network} />
        <span className="grow clip">
          <Address network={alert.network} address={alert.address} isPlain />
        </span>
        <span className="muted">{alert.assignee?.name ?? "nobody"}</span>
      </span>
      <span className="clip small muted">{alert.sentence}</span>
    </>
  );
}
