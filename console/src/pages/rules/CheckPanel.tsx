import type { RuleCheck } from "../../api/model";
import { count } from "../../lib/amount";
import { plural } from "../../lib/words";
import { Icon } from "../../parts/Icon";
import { Fault, Skeleton } from "../../parts/States";
import { TestResults } from "./TestsView";

interface CheckPanelProps {
  check: RuleCheck | null;
  isCurrent: boolean;
  error: Error | null;
  onGo: (line: number, column: number | null) => void;
}

/** What the compiler says of the text as it is now. */
export function CheckPanel({ check, isCurrent, error, onGo }: CheckPanelProps) {
  if (error) return <Fault error={error} />;
  if (!check) return <Skeleton lines={4} />;
  const { errors } = check;
  return (
    <section className="check" aria-label="Check" aria-live="polite">
      <div className="row">
        {errors.length === 0 ? (
          <span className="good strong">
            <Icon name="check" size={12} /> {count(check.rules)} rules compile
          </span>
        ) : (
          <span className="bad strong">
            <Icon name="close" size={12} /> {errors.length} {plural(errors.length, "error")}
          </span>
        )}
        <span className="muted small">{isCurrent ? "" : "checking…"}</span>
      </div>
      {errors.length > 0 ? (
        <ul className="check-errors">
          {errors.map((one, at) => (
            <li key={at}>
              <button
                type="button"
                className="check-error"
                disabled={one.line === null}
                onClick={() => one.line !== null && onGo(one.line, one.column)}
              >
                <span className="muted small">
                  {one.line === null ? "The file" : `Line ${one.line}`}
                  {one.column !== null && `, column ${one.column}`}
                  {one.rule && one.rule !== "" && `, ${one.rule}`}
                </span>
                <span>{one.message}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <TestResults tests={check.tests} />
      )}
    </section>
  );
}
