import type { Basis } from "../../api/model";
import { count } from "../../lib/amount";
import { CopyButton } from "../../parts/Copy";
import { FactLine, Facts, Section } from "../../parts/Section";

function Hash({ hash, what }: { hash: string; what: string }) {
  return hash ? (
    <span className="row gap4">
      <code title={hash}>{hash.slice(0, 16)}…</code>
      <CopyButton text={hash} what={what} />
    </span>
  ) : (
    <span className="muted">none</span>
  );
}

/** What the decision rests on: exactly these lists, rules and model. */
export function BasisFacts({ basis }: { basis: Basis }) {
  return (
    <Section title="Basis" note={`journal entry ${count(basis.index)}`}>
      <Facts>
        <FactLine name="Rules">{basis.pack}</FactLine>
        <FactLine name="SHA-256 of the rules">
          <Hash hash={basis.pack_sha256} what="SHA-256 of the rules" />
        </FactLine>
        <FactLine name="SHA-256 of the model">
          <Hash hash={basis.model_sha256} what="SHA-256 of the model" />
        </FactLine>
        <FactLine name="All lists together">
          <Hash hash={basis.lists} what="Identity of the lists" />
        </FactLine>
        <FactLine name="Exposure">{basis.exposure}</FactLine>
        <FactLine name="Program">{basis.program}</FactLine>
      </Facts>
      {basis.snapshots.length > 0 && (
        <details className="raw">
          <summary>
            Lists <span className="muted">{basis.snapshots.length}</span>
          </summary>
          <ul className="stack gap4">
            {basis.snapshots.map((list) => (
              <li key={list.source} className="row small">
                <span className="grow">{list.source}</span>
                <span className="muted">{list.dated || "undated"}</span>
                <code title={list.id}>{list.id.slice(0, 10)}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}
