import type { Exposure } from "../api/model";
import { percent } from "../lib/amount";
import { categoryWord, isAgainst, plural } from "../lib/words";

interface ExposureTableProps {
  title: string;
  exposures: Exposure[];
  none: string;
  onPath?: (category: string) => void;
}

/** Shares by category, the direct part solid and the indirect part hatched. */
export function ExposureTable({ title, exposures, none, onPath }: ExposureTableProps) {
  return (
    <div className="exposure">
      <h3>{title}</h3>
      {exposures.length === 0 ? (
        <p className="muted">{none}</p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <th>Category</th>
              <th className="right">Direct</th>
              <th className="right">Indirect</th>
              <th className="exposure-bar-cell">Share</th>
              <th className="right">Nearest</th>
            </tr>
          </thead>
          <tbody>
            {exposures.map((exposure) => {
              const { category, direct, indirect, hops } = exposure;
              return (
                <tr key={category}>
                  <td className={isAgainst(category) ? "strong" : ""}>{categoryWord(category)}</td>
                  <td className="right nowrap">{percent(direct)}</td>
                  <td className="right nowrap">{percent(indirect)}</td>
                  <td className="exposure-bar-cell">
                    <span
                      className={`exposure-bar${isAgainst(category) ? " is-against" : ""}`}
                      role="img"
                      aria-label={`${percent(direct + indirect)} in all`}
                    >
                      <i style={{ width: `${direct * 100}%` }} />
                      <i className="is-indirect" style={{ width: `${indirect * 100}%` }} />
                    </span>
                  </td>
                  <td className="right nowrap">
                    {onPath && isAgainst(category) ? (
                      <button
                        type="button"
                        className="link show-path"
                        title={`Show the path for ${categoryWord(category)} in the graph`}
                        onClick={() => onPath(category)}
                      >
                        {hops} {plural(hops, "hop")}
                      </button>
                    ) : (
                      <>
                        {hops} {plural(hops, "hop")}
                      </>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
}
