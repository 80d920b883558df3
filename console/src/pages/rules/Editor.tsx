import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api } from "../../api/endpoints";
import type { RuleCheck } from "../../api/model";
import { PageHead } from "../../parts/Section";
import { Empty, Fault, Skeleton } from "../../parts/States";
import { showToast } from "../../parts/Toast";
import { rulePath } from "../../shell/paths";
import { Link, navigate, useLocation } from "../../shell/router";
import { BacktestView } from "./BacktestView";
import { CheckPanel } from "./CheckPanel";
import { CodeField, type CodeFieldHandle } from "./CodeField";
import { FactsPanel } from "./FactsPanel";
import { SaveDialog } from "./SaveDialog";

const CHECK_AFTER_MS = 350;
/** What is typed survives leaving the page, in this tab. */
const KEPT = "ringfence.rules-text";

function useChecked(text: string | null) {
  const [checked, setChecked] = useState<{ text: string; check: RuleCheck } | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    if (text === null) return;
    let isCurrent = true;
    const timer = window.setTimeout(() => {
      api
        .checkRules(text)
        .then((check) => {
          if (!isCurrent) return;
          setChecked({ text, check });
          setError(null);
        })
        .catch((problem: Error) => {
          if (isCurrent) setError(problem);
        });
    }, CHECK_AFTER_MS);
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [text]);
  return { check: checked?.check ?? null, isCurrent: checked?.text === text, error };
}

/** Where the text comes from: what was typed before, the version asked for, or the live one. */
function useStart(from: string | null) {
  const versions = useQuery({ queryKey: ["rules"], queryFn: api.rules, enabled: from === null });
  const live = versions.data?.items.find((version) => version.state === "live");
  const base = from === null ? live?.version : Number(from);
  const detail = useQuery({
    queryKey: ["rules", base],
    queryFn: () => api.rule(base as number),
    enabled: base !== undefined,
  });
  return {
    base,
    // The text of a retired version may be put forward again as it is: that is the way back.
    isRetired: detail.data?.state === "retired",
    text: detail.data?.text ?? (versions.data && !live ? "" : null),
    error: versions.error ?? detail.error,
  };
}

function readKept(base: number | undefined): string | null {
  const kept = sessionStorage.getItem(KEPT);
  const [of, ...text] = kept?.split("\n") ?? [];
  return of === String(base) ? text.join("\n") : null;
}

/** Writes a new version: checked as one types, tested, and tried against past decisions. */
export default function Editor() {
  const from = new URLSearchParams(useLocation().search).get("from");
  const start = useStart(from);
  const [typed, setTyped] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const field = useRef<CodeFieldHandle>(null);
  const client = useQueryClient();
  const text = typed ?? (start.text === null ? null : (readKept(start.base) ?? start.text));
  const { check, isCurrent, error } = useChecked(text);
  const isNew = text !== null && (text !== start.text || start.isRetired);
  const compiles = check !== null && check.errors.length === 0;
  const change = (next: string) => {
    setTyped(next);
    sessionStorage.setItem(KEPT, `${start.base}\n${next}`);
  };
  const save = useMutation({
    mutationFn: (note: string) => api.draftRules(text ?? "", note),
    onSuccess: (draft) => {
      sessionStorage.removeItem(KEPT);
      void client.invalidateQueries({ queryKey: ["rules"] });
      showToast({ text: `Saved as draft ${draft.version}. Another person can publish it.` });
      navigate(rulePath(draft.version), { replace: true });
    },
  });
  if (text === null) {
    return (
      <div className="page">
        <PageHead title="New rule version" />
        {start.error ? <Fault error={start.error} /> : <Skeleton lines={14} height={16} />}
      </div>
    );
  }
  return (
    <div className="page editor-page">
      <PageHead
        title="New rule version"
        note={
          start.base === undefined ? undefined : `begins with the text of version ${start.base}`
        }
        actions={
          <>
            <Link className="button" to="/rules">
              Leave
            </Link>
            <button
              type="button"
              className="button primary"
              disabled={!isNew || !compiles || !isCurrent}
              title={compiles ? undefined : "The text has to be free of errors first"}
              onClick={() => setSaving(true)}
            >
              Save as a draft…
            </button>
          </>
        }
      />
      <div className="editor">
        <CodeField ref={field} text={text} errors={check?.errors ?? []} onChange={change} />
        <aside className="editor-side">
          <CheckPanel
            check={check}
            isCurrent={isCurrent}
            error={error}
            onGo={(line, column) => field.current?.go(line, column)}
          />
          <FactsPanel onInsert={(name) => field.current?.insert(name)} />
        </aside>
      </div>
      <section className="section" aria-label="Backtest">
        <h2>Backtest</h2>
        {check && !compiles ? (
          <Empty title="The text has errors">Correct them to try it on past decisions.</Empty>
        ) : (
          <BacktestView text={text} />
        )}
      </section>
      {isSaving && (
        <SaveDialog
          error={save.error}
          isPending={save.isPending}
          failedTests={check?.tests.failed.length ?? 0}
          onSave={(note) => save.mutate(note)}
          onLeave={() => setSaving(false)}
        />
      )}
    </div>
  );
}
