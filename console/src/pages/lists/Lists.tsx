import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import type { IntelList } from "../../api/model";
import { count } from "../../lib/amount";
import { plural, words } from "../../lib/words";
import { FactLine, Facts, PageHead, Section } from "../../parts/Section";
import { Empty, Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { showToast } from "../../parts/Toast";
import { useMay } from "../../shell/session";
import { RescoringPanel } from "./RescoringPanel";
import "./lists.css";

const SYNC_WORDS: Record<string, string> = {
  never: "not fetched yet",
  fresh: "new version in force",
  unchanged: "unchanged",
  refused: "new version refused",
  failed: "could not be fetched",
};

function Sync({ list }: { list: IntelList }) {
  const { sync } = list;
  if (!sync) return <span className="muted">imported by hand</span>;
  const isBad = sync.status === "refused" || sync.status === "failed";
  return (
    <div className="stack gap4">
      <span className={isBad ? "warn" : ""}>
        {SYNC_WORDS[sync.status] ?? words(sync.status)}
        {sync.checked_at && (
          <span className="muted">
            {" "}
            <Time time={sync.checked_at} />
          </span>
        )}
      </span>
      {sync.detail && <span className="small muted">{sync.detail}</span>}
    </div>
  );
}

function ListRow({ list }: { list: IntelList }) {
  return (
    <tr>
      <td>
        <div className="strong">{list.title}</div>
        <code className="muted">{list.source}</code>
      </td>
      <td data-label="Rows" className="right">
        {count(list.rows)}
      </td>
      <td data-label="Refused rows" className="right">
        {list.refused === 0 ? (
          <span className="muted">0</span>
        ) : (
          <details className="refusals">
            <summary>{count(list.refused)}</summary>
            <ul className="small">
              {list.refusals.map((refusal) => (
                <li key={refusal.reason}>
                  {count(refusal.count)}: {refusal.reason}
                </li>
              ))}
            </ul>
          </details>
        )}
      </td>
      <td data-label="Dated" className="nowrap">
        {list.dated || "undated"}
        {list.is_stale && (
          <div className="warn small" title="Older than this list usually gets">
            stale
          </div>
        )}
      </td>
      <td data-label="Fetched">
        <Sync list={list} />
      </td>
      <td data-label="Licence">{list.licence}</td>
      <td data-label="Snapshot">
        <code className="muted" title={list.id}>
          {list.id.slice(0, 10)}
        </code>
      </td>
    </tr>
  );
}

/** What is known of addresses: lists, their versions, and what was refused of them. */
export default function Lists() {
  const mayChange = useMay("rules");
  const query = useQuery({
    queryKey: ["lists"],
    queryFn: api.lists,
    refetchInterval: 30_000,
  });
  const client = useQueryClient();
  const sync = useMutation({
    mutationFn: api.syncLists,
    onSuccess: () => {
      showToast({ text: "Fetching lists. New versions appear below as they pass their gates." });
      void client.invalidateQueries({ queryKey: ["lists"] });
    },
    onError: (error) =>
      showToast({ text: `Lists were not fetched: ${error.message}`, isProblem: true }),
  });
  return (
    <div className="page">
      <PageHead
        title="Lists"
        note="Claims of all lists are kept side by side; where they contradict each other, it is said."
        actions={
          <button
            type="button"
            className="button"
            disabled={!mayChange || sync.isPending}
            onClick={() => sync.mutate()}
          >
            Fetch now
          </button>
        }
      />
      <Loaded query={query} skeleton={<Skeleton lines={12} height={16} />}>
        {({ items, claims, addresses, contradictions }) => (
          <>
            <Section title="In force">
              <Facts>
                <FactLine name="Claims">{count(claims)}</FactLine>
                <FactLine name="Addresses named">{count(addresses)}</FactLine>
                <FactLine name="Contradicting claims">{count(contradictions)}</FactLine>
                <FactLine name="Lists">
                  {items.length} {plural(items.length, "list")}
                </FactLine>
              </Facts>
              {items.length === 0 ? (
                <Empty title="No list is loaded">
                  Without lists, decisions rest on behaviour alone and say so. Import a folder of
                  lists with <code>ringfence intel import</code>, or name sources in the
                  configuration and fetch them here.
                </Empty>
              ) : (
                <div
                  className="scroll-x list-table"
                  tabIndex={0}
                  role="region"
                  aria-label="Lists in force"
                >
                  <table className="plain stacks">
                    <thead>
                      <tr>
                        <th>List</th>
                        <th className="right">Rows</th>
                        <th className="right">Refused rows</th>
                        <th>Dated</th>
                        <th>Fetched</th>
                        <th>Licence</th>
                        <th>Snapshot</th>
                      </tr>
                    </thead>
                    <tbody>
                      {items.map((list) => (
                        <ListRow key={list.source} list={list} />
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </Section>
            <RescoringPanel />
          </>
        )}
      </Loaded>
    </div>
  );
}
