import { useMutation } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import type { Backtest } from "../../api/model";
import { count, percent } from "../../lib/amount";
import { Icon } from "../../parts/Icon";
import { Fault, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { Verdict } from "../../parts/Verdict";
import { decisionPath } from "../../shell/paths";
import { Link } from "../../shell/router";

function Results({ result }: { result: Backtest }) {
  const { decisions, since, same, stricter, milder, examples, by_rule } = result;
  const share = (part: number) => (decisions > 0 ? percent(part / decisions) : "0 %");
  return (
    <div className="stack gap16">
      <p className="muted">
        {count(decisions)} past decisions judged again
        {since && (
          <>
            , back to <Time time={since} isExact />
          </>
        )}
        .
      </p>
      <dl className="backtest-figures">
        {[
          ["Same verdict", same],
          ["Stricter", stricter],
          ["Milder", milder],
        ].map(([name, value]) => (
          <div key={name}>
            <dt className="muted small">{name}</dt>
            <dd className="figure">{count(value as number)}</dd>
            <dd className="muted small">{share(value as number)}</dd>
          </div>
        ))}
      </dl>
      {examples.length > 0 && (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Examples">
          <table className="plain">
            <thead>
              <tr>
                <th>Decision</th>
                <th>Was</th>
                <th>Would be</th>
                <th>Rules</th>
                <th>Transaction</th>
              </tr>
            </thead>
            <tbody>
              {examples.map((example) => (
                <tr key={example.index}>
                  <td>
                    <Link className="link" to={decisionPath(example.index)}>
                      {count(example.index)}
                    </Link>
                  </td>
                  <td>
                    <Verdict level={example.before} />
                  </td>
                  <td>
                    <Verdict level={example.after} />
                  </td>
                  <td>
                    <code>{example.rules.join(", ")}</code>
                  </td>
                  <td>
                    <code className="muted" title={example.tx}>
                      {example.tx.slice(0, 10)}…
                    </code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {by_rule.length > 0 && (
        <div>
          <h3>Hits by rule</h3>
          <ul className="hits">
            {by_rule.map((rule) => (
              <li key={rule.id}>
                <code className="grow clip">{rule.id}</code> {count(rule.hits)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** Which past decisions would get another verdict. Nothing is changed by asking. */
export function BacktestView({ text }: { text: string }) {
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => api.backtestRules(text),
  });
  return (
    <div className="view stack gap16">
      <div className="row wrap">
        <button type="button" className="button" disabled={isPending} onClick={() => mutate()}>
          <Icon name="play" size={12} />
          {isPending ? "Judging past decisions again…" : data ? "Run again" : "Run a backtest"}
        </button>
        <span className="muted small">
          Judges past decisions with this text. Changes nothing, and can take a minute.
        </span>
      </div>
      {error && <Fault error={error} again={() => mutate()} />}
      {isPending && !data && <Skeleton lines={6} height={16} />}
      {data && <Results result={data} />}
    </div>
  );
}
