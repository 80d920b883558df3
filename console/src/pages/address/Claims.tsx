import type { AddressProfile } from "../../api/model";
import { categoryWord, isAgainst } from "../../lib/words";

/** Only links that lead to the web are made into links: lists are other people's text. */
function isWeb(url: string | null): url is string {
  return url !== null && /^https?:\/\//.test(url);
}

/** What each list says, side by side, contradictions included. */
export function Claims({ claims }: { claims: AddressProfile["claims"] }) {
  if (claims.length === 0) {
    return <p className="muted">No list in force names this address.</p>;
  }
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Claims of lists">
      <table className="plain">
        <thead>
          <tr>
            <th>List</th>
            <th>Says</th>
            <th>Label</th>
            <th className="right">Confidence</th>
            <th>Dated</th>
            <th>Snapshot</th>
          </tr>
        </thead>
        <tbody>
          {claims.map((claim) => (
            <tr key={`${claim.source} ${claim.category} ${claim.label}`}>
              <td className="nowrap">
                {isWeb(claim.url) ? (
                  <a className="link" href={claim.url} target="_blank" rel="noreferrer noopener">
                    {claim.source}
                  </a>
                ) : (
                  claim.source
                )}
              </td>
              <td className={isAgainst(claim.category) ? "strong" : ""}>
                {categoryWord(claim.category)}
              </td>
              <td>{claim.label ?? <span className="muted">none</span>}</td>
              <td className="right">{claim.confidence}</td>
              <td className="nowrap">{claim.dated || "undated"}</td>
              <td>
                <code className="muted" title={claim.snapshot}>
                  {claim.snapshot.slice(0, 10)}
                </code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
