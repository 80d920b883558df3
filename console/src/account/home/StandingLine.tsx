import { useRun } from "../Confirm";
import { Icon, type IconName } from "../../parts/Icon";
import { useNow } from "../../parts/Time";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Countdown, Moment } from "../parts/When";
import { href } from "../route";
import { useAccount } from "../session";
import { standing, type Standing } from "../standing";

const ICONS: Record<Standing["tone"], IconName> = { quiet: "check", hold: "hold", deny: "warning" };

/** One sentence, why, until when, and the one thing that can be done about it. */
export function StandingLine() {
  const { tone, sentence, detail, until, act } = standing(useAccount(), useNow());
  return (
    <section className={`standing is-${tone}`} aria-label="State of your account" data-tone={tone}>
      <Icon name={ICONS[tone]} size={24} />
      <div className="stack gap16 grow">
        <div className="stack gap4">
          <h2 className="standing-sentence">{sentence}</h2>
          <p className="standing-detail">{detail}</p>
        </div>
        {until && (
          <p className="standing-until">
            <span className="figure">
              <Countdown until={until} />
            </span>
            <span className="small">
              until <Moment time={until} />
            </span>
          </p>
        )}
        <StandingAct act={act} />
      </div>
    </section>
  );
}

function StandingAct({ act }: { act: Standing["act"] }) {
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  if (act === null) return null;
  if (act === "limits") {
    return (
      <a className="button large" href={href("limits")}>
        Look at it
      </a>
    );
  }
  const label = act === "unfreeze" ? "End the freeze" : "It was not me: stop it now";
  return (
    <div className="stack">
      <span>
        <button
          type="button"
          className="button primary large"
          disabled={isBusy}
          onClick={() => void attempt(() => run({ do: act }))}
        >
          {label}
        </button>
      </span>
      <Refused error={error} />
    </div>
  );
}
