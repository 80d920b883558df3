import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import type { RuleCheck } from "../../api/model";
import { plural } from "../../lib/words";
import { Icon } from "../../parts/Icon";
import { Loaded } from "../../parts/States";

/** The pack's own cases: how many pass, and why the others do not. */
export function TestResults({ tests }: { tests: RuleCheck["tests"] }) {
  const { passed, failed } = tests;
  return (
    <div className="stack">
      <p>
        {failed.length === 0 ? (
          <span className="good">
            <Icon name="check" size={12} /> {passed} {plural(passed, "test passes", "tests pass")}
          </span>
        ) : (
          <span className="bad">
            <Icon name="close" size={12} /> {failed.length} of {passed + failed.length} tests fail
          </span>
        )}
      </p>
      {failed.length > 0 && (
        <ul className="stack">
          {failed.map((test) => (
            <li key={test.name}>
              <div className="strong">{test.name}</div>
              <div className="muted">{test.detail}</div>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function TestsView({ text }: { text: string }) {
  const query = useQuery({
    queryKey: ["rules-check", text],
    queryFn: () => api.checkRules(text),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded query={query}>
      {(check) => (
        <div className="view">
          <TestResults tests={check.tests} />
          {check.tests.passed + check.tests.failed.length === 0 && (
            <p className="muted">
              The pack has no tests. Add a <code>[[test]]</code> with facts and what they should
              give; they run here and before each publication.
            </p>
          )}
        </div>
      )}
    </Loaded>
  );
}
