import { useCallback, useState } from "react";
import type { Alert } from "../../api/model";
import { LEVELS } from "../../api/model";
import { count } from "../../lib/amount";
import { LEVEL_WORDS, plural, STATUS_WORDS } from "../../lib/words";
import { DataTable } from "../../parts/DataTable";
import { FilterBar, useFilters, type FilterSpec } from "../../parts/Filters";
import { PageHead } from "../../parts/Section";
import { Empty, Fault, Skeleton, Stale } from "../../parts/States";
import { useKeys } from "../../shell/keys";
import { alertPath } from "../../shell/paths";
import { navigate, useLocation, useParam } from "../../shell/router";
import { useAlertActions } from "./actions";
import { AlertPanel } from "./AlertPanel";
import { BulkBar } from "./BulkBar";
import { CloseDialog } from "./CloseDialog";
import { alertColumns, AlertCard } from "./columns";
import { useAlerts } from "./queue";
import "./alerts.css";

const FILTERS: readonly FilterSpec[] = [
  {
    name: "status",
    label: "Status",
    options: (["open", "in_review", "closed"] as const).map((status) => ({
      value: status,
      label: STATUS_WORDS[status],
    })),
  },
  {
    name: "level",
    label: "Verdict",
    options: LEVELS.slice(1).map((level) => ({ value: level, label: LEVEL_WORDS[level] })),
  },
  {
    name: "assignee",
    label: "Assigned to",
    isSingle: true,
    options: [
      { value: "me", label: "Me" },
      { value: "none", label: "Nobody" },
    ],
  },
  { name: "code", label: "Rule", isSingle: true, placeholder: "A rule's id, then Enter" },
  { name: "q", label: "Text", isSingle: true, placeholder: "An address or words, then Enter" },
];
const keyOf = (alert: Alert) => alert.id;
const card = (alert: Alert) => <AlertCard alert={alert} />;

export default function Alerts() {
  const { search } = useLocation();
  const openId = Number(useParam("id")) || null;
  const { filters, setFilters } = useFilters(FILTERS);
  const given = new URLSearchParams(search);
  const sort = given.get("sort") ?? "severity";
  const queue = useAlerts(filters, sort);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [closing, setClosing] = useState<number[] | null>(null);
  const actions = useAlertActions();

  const open = useCallback((alert: Alert) => navigate(alertPath(alert.id, search)), [search]);
  const leave = () => {
    if (openId !== null) navigate(`/alerts${search}`);
    else setSelected(new Set());
  };
  const setSort = (by: string) => {
    given.set("sort", by);
    navigate(`${window.location.pathname}?${given.toString()}`, { replace: true });
  };
  const chosen = selected.size > 0 ? [...selected] : openId !== null ? [openId] : [];
  const affected = actions.mayChange ? chosen : [];
  const assignToMe = () => {
    if (affected.length > 0) actions.assign(affected, actions.me);
  };
  useKeys([
    { keys: "a", label: "Assign to me", group: "Alerts", run: assignToMe },
    {
      keys: "c",
      label: "Close with a note",
      group: "Alerts",
      run: () => {
        if (affected.length > 0) setClosing(affected);
      },
    },
  ]);
  const isDefault = Object.keys(filters).length === 0;
  return (
    <div className={`page is-full alerts${openId !== null ? " has-panel" : ""}`}>
      <div className="alerts-queue">
        <PageHead
          title="Alerts"
          note={
            queue.total === null
              ? undefined
              : `${count(queue.total)} ${plural(queue.total, "alert")}${isDefault ? " open or in review" : ""}`
          }
        />
        <div className="toolbar">
          {selected.size > 0 ? (
            <BulkBar
              ids={[...selected]}
              actions={actions}
              onClose={() => setClosing([...selected])}
              onClear={() => setSelected(new Set())}
            />
          ) : (
            <FilterBar specs={FILTERS} filters={filters} onChange={setFilters} />
          )}
        </div>
        {queue.staleSince !== null && (
          <Stale at={queue.staleSince} why="The queue could not be fetched again." />
        )}
        {queue.error ? (
          <Fault error={queue.error} again={queue.again} />
        ) : queue.total === null ? (
          <Skeleton lines={14} height={16} />
        ) : (
          <DataTable
            id="alerts"
            label="Alerts"
            columns={alertColumns}
            count={queue.alerts.length}
            rowAt={(place) => queue.alerts[place]}
            keyOf={keyOf}
            onOpen={open}
            openKey={openId}
            onLeave={leave}
            card={card}
            {...(actions.mayChange ? { selection: { keys: selected, onChange: setSelected } } : {})}
            sort={{ by: sort, onSort: setSort }}
            onEnd={queue.more}
            empty={
              <Empty title={isDefault ? "Nothing waits for a person" : "No alert fits"}>
                {isDefault
                  ? "A decision of hold or deny opens an alert here, one for each reason and address. Closed alerts are behind the Status filter."
                  : "Remove a filter above to see more."}
              </Empty>
            }
          />
        )}
      </div>
      {openId !== null && (
        <AlertPanel
          key={openId}
          id={openId}
          actions={actions}
          onLeave={() => navigate(`/alerts${search}`)}
          onClose={() => setClosing([openId])}
        />
      )}
      {closing && (
        <CloseDialog
          ids={closing}
          onLeave={() => setClosing(null)}
          isPending={actions.isPending}
          onClose={async (outcome, note) => {
            if (!(await actions.close(closing, outcome, note))) return;
            setSelected(new Set());
            setClosing(null);
          }}
        />
      )}
    </div>
  );
}
