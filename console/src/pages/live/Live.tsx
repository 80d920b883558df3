import { useCallback, useState } from "react";
import { useStream } from "../../api/stream";
import type { Decision } from "../../api/model";
import { count } from "../../lib/amount";
import { plural } from "../../lib/words";
import { decisionColumns, DecisionCard } from "../../parts/decisions";
import { DataTable } from "../../parts/DataTable";
import { FilterBar, useFilters, type FilterSpec } from "../../parts/Filters";
import { Icon } from "../../parts/Icon";
import { PageHead } from "../../parts/Section";
import { Empty, Fault, Skeleton } from "../../parts/States";
import { NETWORK_IDS, network } from "../../lib/address";
import { LEVEL_WORDS } from "../../lib/words";
import { LEVELS } from "../../api/model";
import { useKeys } from "../../shell/keys";
import { decisionPath } from "../../shell/paths";
import { navigate } from "../../shell/router";
import { Meters } from "./Meters";
import { useLiveDecisions } from "./rows";
import "./live.css";

const FILTERS: readonly FilterSpec[] = [
  {
    name: "level",
    label: "Verdict",
    options: LEVELS.map((level) => ({ value: level, label: LEVEL_WORDS[level] })),
  },
  {
    name: "network",
    label: "Network",
    isSingle: true,
    options: NETWORK_IDS.slice(0, 8).map((id) => ({ value: id, label: network(id).name })),
  },
  { name: "code", label: "Rule", isSingle: true, placeholder: "A rule's id, then Enter" },
];
const keyOf = (decision: Decision) => decision.index;
const open = (decision: Decision) => navigate(decisionPath(decision.index));
const card = (decision: Decision) => <DecisionCard decision={decision} />;

export default function Live() {
  const { filters, setFilters } = useFilters(FILTERS);
  const [isPaused, setPaused] = useState(false);
  const [isReading, setReading] = useState(false);
  const live = useLiveDecisions(filters, isPaused || isReading);
  const { tick } = useStream();
  const showNew = useCallback(() => {
    live.flush();
    document.querySelector("#live-table .table")?.scrollTo(0, 0);
  }, [live]);
  useKeys([
    { keys: "p", label: "Pause or go on", group: "Live", run: () => setPaused((now) => !now) },
    { keys: "n", label: "Show new decisions", group: "Live", run: showNew },
  ]);
  const sampledOut = tick?.sampled_out ?? 0;
  return (
    <div className="page is-full">
      <PageHead
        title="Live"
        note={
          sampledOut > 0
            ? `Every decision above allow is here; of the allows a sample. ${count(sampledOut)} allows left out in the last second.`
            : "Every decision as it is made."
        }
        actions={
          <button
            type="button"
            className="button"
            aria-pressed={isPaused}
            title="Pause or go on (p)"
            onClick={() => setPaused(!isPaused)}
          >
            <Icon name={isPaused ? "play" : "pause"} size={12} />
            {isPaused ? "Go on" : "Pause"}
          </button>
        }
      />
      <Meters />
      <div className="toolbar">
        <FilterBar specs={FILTERS} filters={filters} onChange={setFilters} />
        {isPaused && <span className="muted small">Paused. New decisions wait.</span>}
      </div>
      <div className="live-table" id="live-table">
        {live.waiting > 0 && (
          <button type="button" className="new-rows" onClick={showNew}>
            <Icon name="up" size={12} /> {count(live.waiting)} new{" "}
            {plural(live.waiting, "decision")}
          </button>
        )}
        {live.error ? (
          <Fault error={live.error} again={live.again} />
        ) : live.isLoading ? (
          <Skeleton lines={14} height={16} />
        ) : (
          <DataTable
            id="live"
            label="Decisions, newest first"
            columns={decisionColumns}
            count={live.count}
            rowAt={live.rowAt}
            keyOf={keyOf}
            onOpen={open}
            card={card}
            onEnd={live.loadOlder}
            onReading={setReading}
            empty={
              <Empty title="No decision fits yet">
                {Object.keys(filters).length > 0
                  ? "Remove a filter above, or wait: matching decisions appear here as they are made."
                  : "Send a first event to POST /v1/events, or connect a node under System. Decisions appear here as they are made."}
              </Empty>
            }
          />
        )}
      </div>
    </div>
  );
}
