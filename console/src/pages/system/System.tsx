import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import { LEVELS, type Level, type System as SystemState } from "../../api/model";
import { bytesText, count, microseconds, percent, short } from "../../lib/amount";
import { words } from "../../lib/words";
import { Icon } from "../../parts/Icon";
import { LineChart } from "../../parts/LineChart";
import { FactLine, Facts, PageHead, Section } from "../../parts/Section";
import { Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { Verdict } from "../../parts/Verdict";
import { Sources } from "./Sources";
import { Storage } from "./Storage";
import "./system.css";

const STATE_WORDS: Record<string, string> = {
  ready: "Ready",
  recovering: "Recovering: past decisions are being read again",
  degraded: "Degraded: decisions are made, with something missing",
};

const DECIDED: Record<Level, string> = {
  allow: "Let through",
  challenge: "To be confirmed",
  hold: "Held for a person",
  deny: "Refused",
};

function Health({ system }: { system: SystemState }) {
  const isReady = system.state === "ready";
  return (
    <div className={`health${isReady ? "" : " is-bad"}`}>
      <Icon name={isReady ? "check" : "warning"} />
      <div>
        <div className="strong">{STATE_WORDS[system.state] ?? words(system.state)}</div>
        {system.degraded.map((line) => (
          <div key={line}>{line}</div>
        ))}
        {isReady && system.degraded.length === 0 && (
          <div className="muted">Judging, recording and serving. Nothing reports a fault.</div>
        )}
      </div>
    </div>
  );
}

function Totals({ system }: { system: SystemState }) {
  const { by_level, decisions_total } = system;
  return (
    <Facts>
      <FactLine name="Version">{system.version}</FactLine>
      <FactLine name="Started">
        <Time time={system.started_at} isExact />
      </FactLine>
      <FactLine name="Decisions">{count(decisions_total)}</FactLine>
      <FactLine name="Latency, half within">{microseconds(system.latency_us.p50)}</FactLine>
      <FactLine name="Latency, 99 of 100 within">{microseconds(system.latency_us.p99)}</FactLine>
      <FactLine name="Database">
        {system.database === "sqlite" ? "SQLite, embedded" : "PostgreSQL"}
      </FactLine>
      {LEVELS.map((level) => (
        <FactLine key={level} name={DECIDED[level]}>
          <span className="row">
            <Verdict level={level} isQuiet /> {count(by_level[level])}
            <span className="muted">
              {percent(decisions_total > 0 ? by_level[level] / decisions_total : 0)}
            </span>
          </span>
        </FactLine>
      ))}
      <FactLine name="Addresses">
        {count(system.addresses)}{" "}
        <span className="muted">{count(system.addresses_hot)} in memory</span>
      </FactLine>
      <FactLine name="Memory">{bytesText(system.memory_bytes)}</FactLine>
    </Facts>
  );
}

/** Is it well: health, where ingest stands, how fast, how full, and with what settings. */
export default function System() {
  const query = useQuery({ queryKey: ["system"], queryFn: api.system, refetchInterval: 5_000 });
  return (
    <div className="page">
      <PageHead
        title="System"
        actions={
          <>
            <a className="button quiet" href="/metrics" target="_blank" rel="noreferrer">
              Metrics
            </a>
            <a className="button quiet" href="/docs" target="_blank" rel="noreferrer">
              API
            </a>
          </>
        }
      />
      <Loaded query={query} skeleton={<Skeleton lines={16} height={16} />}>
        {(system) => (
          <>
            <Health system={system} />
            <Section title="Ingest" note="where each source stands">
              <Sources sources={system.sources} />
            </Section>
            <Section title="Last minutes">
              <div className="charts">
                <LineChart
                  label="Decisions a second"
                  values={system.series.per_s}
                  step={system.series.step_s}
                  format={short}
                />
                <LineChart
                  label="Latency, 99 of 100 within"
                  values={system.series.p99_us}
                  step={system.series.step_s}
                  format={microseconds}
                />
                <LineChart
                  label="Held or denied"
                  values={system.series.held}
                  step={system.series.step_s}
                  format={short}
                />
              </div>
            </Section>
            <Section title="Since the start">
              <Totals system={system} />
            </Section>
            <Storage system={system} />
            <Section title="Settings in force" note="set in the file, the environment or by flag">
              <div className="scroll-x" tabIndex={0} role="region" aria-label="Settings in force">
                <table className="plain">
                  <tbody>
                    {system.config.map((setting) => (
                      <tr key={setting.name}>
                        <td>
                          <code>{setting.name}</code>
                        </td>
                        <td>
                          <code className="breaks">{setting.value}</code>
                        </td>
                        <td className="muted">{setting.doc}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </Section>
          </>
        )}
      </Loaded>
    </div>
  );
}
