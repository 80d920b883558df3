import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import type { Rescoring } from "../../api/model";
import { count } from "../../lib/amount";
import { words } from "../../lib/words";
import { FactLine, Facts, Section } from "../../parts/Section";
import { Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { showToast } from "../../parts/Toast";
import { useMay } from "../../shell/session";

function Progress({ state, done, total }: Rescoring) {
  if (state !== "running") return null;
  return (
    <progress
      className="progress"
      aria-label="Decisions judged again"
      value={done}
      max={Math.max(total, 1)}
    />
  );
}

const STATE_WORDS: Record<string, string> = {
  idle: "never run since start",
  running: "running",
  done: "done",
  failed: "failed",
};

/** Judging the past with the lists of today: what was let through and is known now. */
export function RescoringPanel() {
  const mayChange = useMay("rules");
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["rescoring"],
    queryFn: api.rescoring,
    refetchInterval: (at) => (at.state.data?.state === "running" ? 1_000 : false),
  });
  const start = useMutation({
    mutationFn: api.startRescoring,
    onSuccess: (rescoring) => client.setQueryData(["rescoring"], rescoring),
    onError: (error) =>
      showToast({ text: `It was not started: ${error.message}`, isProblem: true }),
  });
  return (
    <Section
      title="Re-scoring"
      note="past transfers with the lists of today; the journal is not changed"
      actions={
        <button
          type="button"
          className="button"
          disabled={!mayChange || start.isPending || query.data?.state === "running"}
          onClick={() => start.mutate()}
        >
          Judge the past again
        </button>
      }
    >
      <Loaded query={query} skeleton={<Skeleton lines={2} />}>
        {(rescoring) => (
          <div className="stack">
            <Progress {...rescoring} />
            <Facts>
              <FactLine name="State">
                {STATE_WORDS[rescoring.state] ?? words(rescoring.state)}
                {rescoring.detail && <div className="warn">{rescoring.detail}</div>}
              </FactLine>
              {rescoring.state !== "idle" && (
                <>
                  <FactLine name="Judged again">
                    {count(rescoring.done)} of {count(rescoring.total)}
                  </FactLine>
                  <FactLine name="Would be stricter now">{count(rescoring.stricter)}</FactLine>
                  <FactLine name="Would be milder now">{count(rescoring.milder)}</FactLine>
                </>
              )}
              {rescoring.started_at && (
                <FactLine name="Started">
                  <Time time={rescoring.started_at} isExact />
                </FactLine>
              )}
              {rescoring.finished_at && (
                <FactLine name="Finished">
                  <Time time={rescoring.finished_at} isExact />
                </FactLine>
              )}
            </Facts>
          </div>
        )}
      </Loaded>
    </Section>
  );
}
