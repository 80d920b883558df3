import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/endpoints";
import type { RuleVersionDetail } from "../../api/model";
import { CopyButton } from "../../parts/Copy";
import { CodeText } from "../../parts/CodeText";
import { Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { showToast } from "../../parts/Toast";
import { Link, navigate, useLocation } from "../../shell/router";
import { useMay, useSession } from "../../shell/session";
import { BacktestView } from "./BacktestView";
import { Changes } from "./Changes";
import { PublishDialog } from "./PublishDialog";
import { RuleTable } from "./RuleTable";
import { StateMark } from "./StateMark";
import { TestsView } from "./TestsView";

const VIEWS = [
  { view: "rules", label: "Rules" },
  { view: "changes", label: "Changes" },
  { view: "tests", label: "Tests" },
  { view: "backtest", label: "Backtest" },
  { view: "text", label: "Text" },
] as const;

/** Who wrote it, who let it go live, or who still has to. */
function FourEyes({ detail }: { detail: RuleVersionDetail }) {
  const { user } = useSession();
  const mayChange = useMay("rules");
  const author = detail.created_by;
  if (detail.state === "draft") {
    return (
      <p className="four-eyes">
        <span className="strong">1 of 2</span> {author?.name ?? "Somebody"} wrote it.{" "}
        {author?.id === user.id || !mayChange
          ? "Another person has to read and publish it."
          : "You can publish it, as the second person."}
      </p>
    );
  }
  return (
    <p className="four-eyes">
      {detail.approved_by && author ? (
        <>
          <span className="strong">2 of 2</span> {author.name} wrote it, {detail.approved_by.name}{" "}
          published it.
        </>
      ) : (
        "It came with the program."
      )}
    </p>
  );
}

function DraftButtons({ detail, live }: { detail: RuleVersionDetail; live: number | null }) {
  const { user } = useSession();
  const client = useQueryClient();
  const [isPublishing, setPublishing] = useState(false);
  const discard = useMutation({
    mutationFn: () => api.discardRules(detail.version),
    onSuccess: () => {
      showToast({ text: `Draft ${detail.version} discarded` });
      void client.invalidateQueries({ queryKey: ["rules"] });
      navigate("/rules", { replace: true });
    },
    onError: (error) =>
      showToast({ text: `Nothing was changed: ${error.message}`, isProblem: true }),
  });
  const isAuthor = detail.created_by?.id === user.id;
  return (
    <>
      <button
        type="button"
        className="button danger"
        disabled={discard.isPending}
        onClick={() => discard.mutate()}
      >
        Discard the draft
      </button>
      <button
        type="button"
        className="button primary"
        disabled={isAuthor}
        title={isAuthor ? "Another person than the author has to publish it" : undefined}
        onClick={() => setPublishing(true)}
      >
        Publish…
      </button>
      {isPublishing && (
        <PublishDialog detail={detail} live={live} onLeave={() => setPublishing(false)} />
      )}
    </>
  );
}

/** One version: its rules with what they hit, what changed, its tests, and a backtest. */
export function Version({ version, live }: { version: number; live: number | null }) {
  const { path, search } = useLocation();
  const mayChange = useMay("rules");
  const query = useQuery({ queryKey: ["rules", version], queryFn: () => api.rule(version) });
  const given = new URLSearchParams(search).get("view");
  const view = VIEWS.find((one) => one.view === given)?.view ?? "rules";
  return (
    <div className="version-detail">
      <Loaded query={query} skeleton={<Skeleton lines={12} height={16} />}>
        {(detail) => (
          <>
            <header className="version-head">
              <div className="row wrap">
                <h2>Version {detail.version}</h2>
                <StateMark state={detail.state} />
                <span className="muted">{detail.name}</span>
                {mayChange && (
                  <span className="row version-buttons">
                    <Link className="button" to={`/rules/new?from=${version}`}>
                      Edit as a new version
                    </Link>
                    {detail.state === "draft" && <DraftButtons detail={detail} live={live} />}
                  </span>
                )}
              </div>
              {detail.note && <p>{detail.note}</p>}
              <FourEyes detail={detail} />
              <p className="muted small row wrap">
                Written <Time time={detail.created_at} isExact />
                {detail.published_at && (
                  <>
                    , published <Time time={detail.published_at} isExact />
                  </>
                )}
                <span className="row gap4">
                  SHA-256 <code title={detail.digest}>{detail.digest.slice(0, 12)}…</code>
                  <CopyButton text={detail.digest} what="SHA-256 of the version" />
                </span>
              </p>
            </header>
            <div className="choice" role="group" aria-label="View">
              {VIEWS.map((one) => (
                <button
                  key={one.view}
                  type="button"
                  aria-pressed={one.view === view}
                  onClick={() => navigate(`${path}?view=${one.view}`, { replace: true })}
                >
                  {one.label}
                </button>
              ))}
            </div>
            {view === "rules" && <RuleTable rows={detail.rows} />}
            {view === "changes" && <Changes detail={detail} live={live} />}
            {view === "tests" && <TestsView text={detail.text} />}
            {view === "backtest" && <BacktestView text={detail.text} />}
            {view === "text" && <CodeText text={detail.text} />}
          </>
        )}
      </Loaded>
    </div>
  );
}
