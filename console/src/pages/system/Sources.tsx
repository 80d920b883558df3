import type { Source } from "../../api/model";
import { count } from "../../lib/amount";
import { duration } from "../../lib/time";
import { words } from "../../lib/words";
import { NetworkMark } from "../../parts/Address";
import { Icon, type IconName } from "../../parts/Icon";
import { Empty } from "../../parts/States";

const STATES: Record<string, { word: string; icon: IconName; className: string }> = {
  live: { word: "Live", icon: "check", className: "" },
  catching_up: { word: "Catching up", icon: "clock", className: "" },
  waiting: { word: "Waiting", icon: "clock", className: "warn" },
  stopped: { word: "Stopped", icon: "pause", className: "warn" },
  disagrees: { word: "Disagrees with another node", icon: "warning", className: "bad" },
};

const KINDS: Record<string, string> = {
  ethereum_rpc: "Ethereum node",
  bitcoin_rpc: "Bitcoin node",
  demo: "Simulated market",
  api: "HTTP API",
};

export function Sources({ sources }: { sources: Source[] }) {
  if (sources.length === 0) {
    return (
      <Empty title="No source is connected">
        Name a node in the configuration, or send events to <code>POST /v1/events</code> with an API
        key.
      </Empty>
    );
  }
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Sources">
      <table className="plain stacks">
        <thead>
          <tr>
            <th>Source</th>
            <th>Network</th>
            <th>State</th>
            <th className="right">Block</th>
            <th className="right">Behind</th>
            <th className="right">Reorganisations</th>
          </tr>
        </thead>
        <tbody>
          {sources.map((source) => {
            const { word, icon, className } = STATES[source.state] ?? {
              word: words(source.state),
              icon: "clock" as const,
              className: "warn",
            };
            return (
              <tr key={source.name + source.network}>
                <td>
                  <div className="strong">{source.name}</div>
                  <div className="muted small">{KINDS[source.kind] ?? words(source.kind)}</div>
                </td>
                <td data-label="Network">
                  <NetworkMark id={source.network} />
                </td>
                <td data-label="State">
                  <span className={`row gap4 ${className}`}>
                    <Icon name={icon} size={12} /> {word}
                  </span>
                  {source.detail && <div className="muted small">{source.detail}</div>}
                </td>
                <td data-label="Block" className="right">
                  {source.height === null ? "–" : count(source.height)}
                </td>
                <td data-label="Behind" className="right">
                  {source.behind_s === null ? "–" : duration(source.behind_s)}
                </td>
                <td data-label="Reorganisations" className="right">
                  {count(source.reorganisations)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
