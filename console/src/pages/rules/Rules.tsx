import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { api } from "../../api/endpoints";
import type { RuleVersion } from "../../api/model";
import { count } from "../../lib/amount";
import { Icon } from "../../parts/Icon";
import { PageHead } from "../../parts/Section";
import { Empty, Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { rulePath } from "../../shell/paths";
import { Link, useParam } from "../../shell/router";
import { useMay } from "../../shell/session";
import { StateMark } from "./StateMark";
import { Version } from "./Version";
import "./rules.css";

const Editor = lazy(() => import("./Editor"));

function Versions({ versions, open }: { versions: RuleVersion[]; open: number }) {
  return (
    <ul className="versions">
      {versions.map((version) => (
        <li key={version.version}>
          <Link
            to={rulePath(version.version)}
            className="version"
            aria-current={version.version === open ? "page" : undefined}
          >
            <span className="row">
              <span className="strong">Version {version.version}</span>
              <StateMark state={version.state} />
              <span className="muted small version-time">
                <Time time={version.published_at ?? version.created_at} />
              </span>
            </span>
            <span className="clip">{version.note || <span className="muted">no note</span>}</span>
            <span className="muted small clip">
              {count(version.rules)} rules, by {version.created_by?.name ?? "the program"}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** All versions of the rule pack, one of them open; or the editor of a new one. */
export default function Rules() {
  const open = useParam("version");
  const mayChange = useMay("rules");
  const query = useQuery({ queryKey: ["rules"], queryFn: api.rules });
  if (open === "new") {
    return (
      <Suspense fallback={<Skeleton lines={14} />}>
        <Editor />
      </Suspense>
    );
  }
  return (
    <div className="page">
      <PageHead
        title="Rules"
        note="Of all rules that hold, the strictest decides and all give their reasons."
        actions={
          mayChange && (
            <Link className="button" to="/rules/new">
              <Icon name="plus" size={12} /> New version
            </Link>
          )
        }
      />
      <Loaded query={query} skeleton={<Skeleton lines={12} height={16} />}>
        {({ items }) => {
          const live = items.find((version) => version.state === "live");
          const chosen = open === "" ? (live ?? items[0])?.version : Number(open);
          if (chosen === undefined) {
            return (
              <Empty title="No rule pack yet">
                Write the first version: a TOML file of conditions, what they ask for, and tests of
                their own.
              </Empty>
            );
          }
          return (
            <div className="rules">
              <Versions versions={items} open={chosen} />
              <Version key={chosen} version={chosen} live={live?.version ?? null} />
            </div>
          );
        }}
      </Loaded>
    </div>
  );
}
