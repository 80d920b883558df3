import type { Contribution } from "../api/model";

interface ContributionsProps {
  title: string;
  score: number | null;
  contributions: Contribution[];
}

function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Math.abs(value) >= 0.001 ? value.toPrecision(4) : value.toExponential(1);
}

/**
 * What moved the model's score, as bars to both sides of a line: right speaks against the
 * account, left speaks for it.
 */
export function Contributions({ title, score, contributions }: ContributionsProps) {
  const largest = Math.max(...contributions.map((one) => Math.abs(one.weight)), 0.01);
  return (
    <div className="contributions">
      <h3>
        {title}{" "}
        <span className="muted">{score === null ? "not scored" : `score ${score.toFixed(3)}`}</span>
      </h3>
      {contributions.length === 0 ? (
        <p className="muted">The model gave no contributions for this party.</p>
      ) : (
        <>
          <p className="small muted contribution-scale">
            <span>speaks for the account</span>
            <span>speaks against it</span>
          </p>
          <ul>
            {contributions.map((one) => {
              const share = (Math.abs(one.weight) / largest) * 50;
              const isAgainst = one.weight > 0;
              return (
                <li key={one.feature} title={one.feature}>
                  <span className="contribution-name">
                    {one.meaning}
                    {one.value !== null && <span className="muted"> {number(one.value)}</span>}
                  </span>
                  <span className="contribution-bar" aria-hidden="true">
                    <i
                      className={isAgainst ? "is-against" : ""}
                      style={{ width: `${share}%`, left: `${isAgainst ? 50 : 50 - share}%` }}
                    />
                  </span>
                  <span className="contribution-weight right">
                    {isAgainst ? "+" : "−"}
                    {Math.abs(one.weight).toFixed(2)}
                  </span>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </div>
  );
}
