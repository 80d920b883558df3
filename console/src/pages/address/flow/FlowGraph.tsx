import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { api } from "../../../api/endpoints";
import type { Graph } from "../../../api/model";
import { count } from "../../../lib/amount";
import {
  layOut,
  mergeGraphs,
  pathGraph,
  type FlowNode,
  type Path,
  type ServiceMode,
} from "../../../lib/flow";
import { categoryWord } from "../../../lib/words";
import { Icon } from "../../../parts/Icon";
import { Empty, Fault, Skeleton } from "../../../parts/States";
import { showToast } from "../../../parts/Toast";
import { FlowCanvas, type FlowHandle } from "./FlowCanvas";
import { FlowPanel } from "./FlowPanel";
import { FlowTable } from "./FlowTable";
import "./flow.css";

/** The server gives 500 neighbours at most; more are reached by expanding. */
const LIMITS = [40, 200, 500];
const EXPAND_LIMIT = 40;
const MODES: { mode: ServiceMode; label: string }[] = [
  { mode: "folded", label: "Fold services" },
  { mode: "shown", label: "Show services" },
  { mode: "hidden", label: "Hide services" },
];

interface FlowGraphProps {
  network: string;
  address: string;
  path: Path | null;
  onClearPath: () => void;
}

/** Where the money came from and went to, around one address. */
export default function FlowGraph({ network, address, path, onClearPath }: FlowGraphProps) {
  const [limit, setLimit] = useState(LIMITS[0] as number);
  const [mode, setMode] = useState<ServiceMode>("folded");
  const [isTable, setTable] = useState(false);
  const [selected, setSelected] = useState<string | null>(null);
  const [grown, setGrown] = useState<ReadonlyMap<string, Graph>>(new Map());
  const [busy, setBusy] = useState<string | null>(null);
  const handle = useRef<FlowHandle>(null);
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["graph", network, address, limit],
    queryFn: () => api.graph(network, address, limit),
    placeholderData: (before) => (before?.center === address ? before : undefined),
  });
  const center = data?.center ?? address;
  const merged = useMemo(() => {
    if (!data) return null;
    const parts = [data, ...grown.values()];
    return mergeGraphs(path ? [...parts, pathGraph(path)] : parts);
  }, [data, grown, path]);
  const keep = useMemo(
    () =>
      new Set([
        ...grown.keys(),
        ...(path?.steps.flatMap((step) => [step.from.address, step.to.address]) ?? []),
      ]),
    [grown, path],
  );
  const flow = useMemo(
    () => (merged ? layOut(center, merged, mode, keep) : null),
    [merged, center, mode, keep],
  );
  const pathKeys = useMemo(
    () => new Set(path?.steps.map((step) => `${step.from.address}>${step.to.address}`)),
    [path],
  );
  const expanded = useMemo(() => new Set([center, ...grown.keys()]), [center, grown]);
  const scene = useMemo(
    () => (flow ? { flow, center, selected, path: pathKeys, expanded } : null),
    [flow, center, selected, pathKeys, expanded],
  );
  useEffect(() => {
    // What the person asked for has to be seen.
    if (scene) handle.current?.fit();
  }, [mode, limit, path, data]);

  const collapse = (one: string) => {
    const next = new Map(grown);
    next.delete(one);
    setGrown(next);
  };
  const expand = async (node: FlowNode) => {
    const [member] = node.members;
    if (node.isFold) return setMode("shown");
    if (!member || member.address === center || busy) return;
    if (grown.has(member.address)) return collapse(member.address);
    setBusy(member.address);
    try {
      const more = await client.fetchQuery({
        queryKey: ["graph", network, member.address, EXPAND_LIMIT],
        queryFn: () => api.graph(network, member.address, EXPAND_LIMIT),
      });
      setGrown((now) => new Map(now).set(member.address, more));
    } catch (problem) {
      showToast({ text: `Could not expand: ${(problem as Error).message}`, isProblem: true });
    } finally {
      setBusy(null);
    }
  };
  if (!data) {
    return error ? (
      <Fault error={error} again={() => void refetch()} />
    ) : (
      <Skeleton lines={8} height={24} />
    );
  }
  if (!scene || !flow || !merged || data.edges.length === 0) {
    return (
      <Empty title="No payment of this address was seen">
        The graph shows payments that Ringfence has judged, from {count(data.scanned)} that it
        keeps.
      </Empty>
    );
  }
  const node = selected === null ? undefined : flow.byId.get(selected);
  return (
    <div className="flow">
      <div className="toolbar">
        <div className="choice" role="group" aria-label="Services">
          {MODES.map((one) => (
            <button
              key={one.mode}
              type="button"
              aria-pressed={one.mode === mode}
              onClick={() => setMode(one.mode)}
            >
              {one.label}
            </button>
          ))}
        </div>
        <label className="row gap4">
          <span className="muted small">Most nodes</span>
          <select
            className="select"
            value={limit}
            onChange={(event) => setLimit(Number(event.target.value))}
          >
            {LIMITS.map((one) => (
              <option key={one} value={one}>
                {count(one)}
              </option>
            ))}
          </select>
        </label>
        {path && (
          <button type="button" className="chip" onClick={onClearPath}>
            <span className="muted">Path</span> {categoryWord(path.category)}
            <Icon name="close" size={12} />
          </button>
        )}
        <span className="row gap4 flow-tools">
          <button
            type="button"
            className="button quiet"
            aria-pressed={isTable}
            onClick={() => setTable(!isTable)}
          >
            {isTable ? "As a graph" : "As a table"}
          </button>
          {!isTable && (
            <>
              <button
                type="button"
                className="icon-button"
                aria-label="Zoom out"
                title="Zoom out (−)"
                onClick={() => handle.current?.zoom(0.8)}
              >
                <Icon name="minus" size={12} />
              </button>
              <button
                type="button"
                className="icon-button"
                aria-label="Zoom in"
                title="Zoom in (+)"
                onClick={() => handle.current?.zoom(1.25)}
              >
                <Icon name="plus" size={12} />
              </button>
              <button
                type="button"
                className="icon-button"
                aria-label="See all"
                title="See all (0)"
                onClick={() => handle.current?.fit()}
              >
                <Icon name="fit" size={12} />
              </button>
            </>
          )}
        </span>
      </div>
      {isTable ? (
        <FlowTable network={network} edges={merged.edges} />
      ) : (
        <div className="flow-stage">
          <FlowCanvas
            ref={handle}
            scene={scene}
            label={`Flow graph with ${flow.nodes.length} nodes. Arrow keys walk, Enter expands. The same data are in the table view.`}
            onSelect={(chosen) => setSelected(chosen?.id ?? null)}
            onExpand={(chosen) => void expand(chosen)}
          />
          {node && (
            <FlowPanel
              network={network}
              flow={flow}
              node={node}
              isCenter={node.members.some((member) => member.address === center)}
              isExpanded={node.members.some((member) => grown.has(member.address))}
              isBusy={busy !== null}
              onExpand={() => void expand(node)}
              onCollapse={() => node.members[0] && collapse(node.members[0].address)}
              onUnfold={() => setMode("shown")}
              onLeave={() => setSelected(null)}
            />
          )}
        </div>
      )}
      <p className="muted small">
        {count(merged.nodes.length)} addresses, {count(merged.edges.length)} flows from{" "}
        {count(data.scanned)} judged transfers. Left pays right; the thicker, the more value.
        {data.is_truncated && " There are more: raise the number of nodes or expand one."} Ctrl and
        the wheel zoom.
      </p>
    </div>
  );
}
