import type { RuleTrace } from "../../api/model";
import { Condition } from "../../parts/Condition";
import { Verdict } from "../../parts/Verdict";

/** Rules that held, and those that one part kept from it, which is where appeals begin. */
export function RuleTraces({ rules }: { rules: RuleTrace[] }) {
  if (rules.length === 0) {
    return <p className="muted">No rule held, and none lacked only one part.</p>;
  }
  const order = [...rules].sort((one, other) => one.state.localeCompare(other.state));
  return (
    <ul className="traces">
      {order.map((rule) => (
        <li key={rule.id} className={`trace is-${rule.state}`}>
          <div className="row wrap">
            <Verdict
              level={rule.then}
              isShadow={rule.mode === "shadow" || rule.state === "nearly"}
            />
            <code className="strong">{rule.id}</code>
            <span className="muted small">
              {rule.state === "fired" ? "fired" : "nearly fired"}
              {rule.mode === "shadow" && ", in shadow: reported, changes nothing"}
            </span>
          </div>
          <Condition text={rule.condition} />
          {rule.missing && (
            <p className="small">
              <span className="muted">What did not hold</span> <code>{rule.missing}</code>
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
