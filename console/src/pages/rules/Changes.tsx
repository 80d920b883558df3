import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import type { RuleVersionDetail } from "../../api/model";
import { diffLines, excerpt } from "../../lib/diff";
import { plural } from "../../lib/words";
import { Loaded } from "../../parts/States";

const SIGNS = { same: " ", added: "+", removed: "−" };

/** What a version changes, beside the live one, or beside the one before where it is live itself. */
export function Changes({ detail, live }: { detail: RuleVersionDetail; live: number | null }) {
  const other = live !== null && live !== detail.version ? live : detail.version - 1;
  const query = useQuery({
    queryKey: ["rules", other],
    queryFn: () => api.rule(other),
    enabled: other > 0,
  });
  if (other <= 0)
    return <p className="muted">It is the first version: there is none to compare.</p>;
  return (
    <Loaded query={query}>
      {(before) => {
        const lines = diffLines(before.text, detail.text);
        const changed = lines.filter((line) => line.kind !== "same");
        if (changed.length === 0) {
          return <p className="muted">No line differs from version {other}.</p>;
        }
        const added = changed.filter((line) => line.kind === "added").length;
        return (
          <>
            <p className="muted small view">
              Beside version {other}: {added} {plural(added, "line")} added,{" "}
              {changed.length - added} removed.
            </p>
            <div className="code diff" tabIndex={0} role="region" aria-label="Changed lines">
              <table>
                <tbody>
                  {excerpt(lines).map((line, at) =>
                    line === null ? (
                      <tr key={at} className="diff-gap">
                        <td colSpan={4}>⋯</td>
                      </tr>
                    ) : (
                      <tr key={at} className={`diff-${line.kind}`}>
                        <td className="diff-number">{line.before}</td>
                        <td className="diff-number">{line.after}</td>
                        <td>{SIGNS[line.kind]}</td>
                        <td className="diff-text">{line.text}</td>
                      </tr>
                    ),
                  )}
                </tbody>
              </table>
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
