import { useState } from "react";
import type { RuleRow } from "../../api/model";
import { count } from "../../lib/amount";
import { words } from "../../lib/words";
import { Condition } from "../../parts/Condition";
import { Empty } from "../../parts/States";
import { Verdict } from "../../parts/Verdict";
import { Link } from "../../shell/router";

const MODES = ["all", "live", "shadow", "off"] as const;

/** The rules of a version, with how often each has held since the server started. */
export function RuleTable({ rows }: { rows: RuleRow[] }) {
  const [text, setText] = useState("");
  const [mode, setMode] = useState<(typeof MODES)[number]>("all");
  const wanted = text.toLowerCase();
  const shown = rows.filter(
    (row) =>
      (mode === "all" || row.mode === mode) &&
      `${row.id} ${row.when} ${row.sentence}`.toLowerCase().includes(wanted),
  );
  const numberOf = (one: (typeof MODES)[number]) =>
    one === "all" ? rows.length : rows.filter((row) => row.mode === one).length;
  return (
    <>
      <div className="toolbar">
        <input
          className="field rule-find"
          type="search"
          placeholder="Find a rule"
          aria-label="Find a rule"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <div className="choice" role="group" aria-label="Mode">
          {MODES.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === mode}
              onClick={() => setMode(one)}
            >
              {words(one)} <span className="muted">{numberOf(one)}</span>
            </button>
          ))}
        </div>
      </div>
      {shown.length === 0 ? (
        <Empty title="No rule fits" />
      ) : (
        <ul className="rule-rows">
          {shown.map((row) => (
            <li key={row.id} className="rule-row">
              <div className="row wrap">
                <Verdict level={row.then} isQuiet isShadow={row.mode !== "live"} />
                <code className="strong">{row.id}</code>
                {row.mode === "shadow" && (
                  <span className="tag" title="Evaluated and reported; changes no verdict">
                    shadow
                  </span>
                )}
                {row.mode === "off" && <span className="tag">off</span>}
                <Link
                  className="muted small rule-hits"
                  to={`/live?code=${encodeURIComponent(row.id)}`}
                  title="Decisions that it led"
                >
                  {count(row.hits)} hits since start
                </Link>
              </div>
              <p>{row.sentence}</p>
              <Condition text={row.when} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
