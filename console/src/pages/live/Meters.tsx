import { LEVELS, type Level, type Tick } from "../../api/model";
import { useStream } from "../../api/stream";
import { count, microseconds, percent } from "../../lib/amount";
import { LEVEL_WORDS } from "../../lib/words";
import { Icon } from "../../parts/Icon";
import { Link } from "../../shell/router";
import { Spark } from "./Spark";

const MINUTE = 60;

function sumOf(ticks: readonly Tick[], level: Level): number {
  return ticks.reduce((sum, tick) => sum + tick.by_level[level], 0);
}

/** What was decided in the last minute, by verdict. */
function Mix({ ticks }: { ticks: readonly Tick[] }) {
  const last = ticks.slice(-MINUTE);
  const counts = LEVELS.map((level) => ({ level, decisions: sumOf(last, level) }));
  const all = counts.reduce((sum, one) => sum + one.decisions, 0);
  return (
    <div className="meter is-wide">
      <div className="meter-name">Verdicts, last minute</div>
      <div className="mix" aria-hidden="true">
        {counts.map(({ level, decisions }) => (
          <i key={level} className={`mix-${level}`} style={{ flexGrow: decisions }} />
        ))}
      </div>
      <ul className="mix-words">
        {counts.map(({ level, decisions }) => (
          <li key={level} className={`mix-word mix-word-${level}`}>
            <Link
              to={`/live?level=${level}`}
              title={`${all ? percent(decisions / all) : "0 %"} of the last minute`}
            >
              <Icon name={level} size={12} /> {LEVEL_WORDS[level]}{" "}
              <span className="strong">{count(decisions)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The figures above the list: rate, latency, mix, and what waits for people. */
export function Meters() {
  const { tick, ticks } = useStream();
  return (
    <section className="meters" aria-label="Figures of the last two minutes">
      <div className="meter">
        <div className="meter-name">Decisions a second</div>
        <div className="figure">{tick ? count(tick.per_s) : "–"}</div>
        <Spark values={ticks.map((one) => one.per_s)} label="Decisions a second" format={count} />
      </div>
      <div className="meter">
        <div className="meter-name">Latency, 99 of 100 within</div>
        <div className="figure">{tick ? microseconds(tick.latency_us.p99) : "–"}</div>
        <Spark
          values={ticks.map((one) => one.latency_us.p99)}
          label="99th percentile of latency"
          format={microseconds}
        />
      </div>
      <Mix ticks={ticks} />
      <div className="meter">
        <div className="meter-name">Open alerts</div>
        <Link to="/alerts" className="figure">
          {tick ? count(tick.open_alerts) : "–"}
        </Link>
        <div className="muted small">
          {tick ? `${count(tick.decisions_total)} decisions in all` : " "}
        </div>
      </div>
    </section>
  );
}
