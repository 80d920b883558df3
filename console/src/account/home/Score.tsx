import { Icon } from "../../parts/Icon";
import { Part } from "../parts/Page";
import { actionHref } from "../route";
import { useAccount } from "../session";
import { standing } from "../standing";

/** What is there and what is missing, with one action each. It never says that all is well. */
export function Score() {
  const account = useAccount();
  const { score } = account;
  // Where something else must be done first, it alone is the primary act.
  const isCalm = standing(account, Date.now()).act === null;
  const missing = score.parts.filter(({ points, of }) => points < of);
  const there = score.parts.filter(({ points, of }) => points >= of);
  return (
    <Part title="What guards this account">
      <div className="score">
        <p>
          <span className="figure">
            {score.points} of {score.of}
          </span>{" "}
          <span className="muted">points for what is set up</span>
        </p>
        <progress max={score.of} value={score.points} aria-label="Points for what is set up" />
      </div>
      <ul className="rows">
        {[...missing, ...there].map((part, at) => {
          const isThere = part.points >= part.of;
          const to = isThere ? null : actionHref(part.action);
          return (
            <li key={part.code} className="score-part" data-part={part.code}>
              <span className={isThere ? "good" : "muted"}>
                <Icon name={isThere ? "check" : "plus"} />
              </span>
              <span className="grow">
                <span className="hidden-visually">{isThere ? "There: " : "Missing: "}</span>
                {part.sentence}
              </span>
              <span className="muted small nowrap">
                {part.points} / {part.of}
              </span>
              {to && (
                <a className={`button${at === 0 && isCalm ? " primary" : ""}`} href={to}>
                  Set up<span className="hidden-visually">: {part.sentence}</span>
                </a>
              )}
            </li>
          );
        })}
      </ul>
      <p className="muted small">
        Points count what is set up here. They say nothing about your devices, your mailbox, or who
        talks to you.
      </p>
    </Part>
  );
}
