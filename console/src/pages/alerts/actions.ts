/** What people do with alerts, each with a way back for a minute. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type AlertAction } from "../../api/endpoints";
import type { AlertsChanged, Outcome } from "../../api/model";
import { OUTCOME_WORDS, plural } from "../../lib/words";
import { showToast } from "../../parts/Toast";
import { useMay, useSession } from "../../shell/session";

const UNDO_MS = 60_000;

export type AlertActions = ReturnType<typeof useAlertActions>;

const alertsWord = (count: number) => `${count} ${plural(count, "alert")}`;

export function useAlertActions() {
  const client = useQueryClient();
  const { user } = useSession();
  const mayChange = useMay("alerts");
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["alerts"] });
    void client.invalidateQueries({ queryKey: ["alert"] });
  };
  const undo = async (token: string) => {
    try {
      const { changed } = await api.undoAlerts(token);
      showToast({ text: `Undone for ${alertsWord(changed.length)}` });
    } catch (error) {
      showToast({ text: `Could not undo: ${(error as Error).message}`, isProblem: true });
    }
    refresh();
  };
  const report = ({ changed, undo: token, refused }: AlertsChanged, done: string) => {
    if (changed.length > 0) {
      showToast({
        text: `${alertsWord(changed.length)} ${done}`,
        ...(token ? { undo: { run: () => void undo(token), until: Date.now() + UNDO_MS } } : {}),
      });
    }
    const first = refused[0];
    if (first) {
      const others = refused.length > 1 ? ` ${refused.length - 1} more were refused.` : "";
      showToast({ text: `Alert ${first.id}: ${first.detail}${others}`, isProblem: true });
    }
  };
  const { mutate, mutateAsync, isPending } = useMutation({
    mutationFn: ({ action }: { action: AlertAction; done: string }) => api.actOnAlerts(action),
    onSuccess: (result, { done }) => report(result, done),
    onError: (error) =>
      showToast({ text: `Nothing was changed: ${error.message}`, isProblem: true }),
    onSettled: refresh,
  });
  /** For what a person wrote: it may only be cleared away when the server has it. */
  const isDone = (act: { action: AlertAction; done: string }) =>
    mutateAsync(act).then(
      (result) => result.changed.length > 0,
      () => false,
    );
  return {
    me: user.id,
    mayChange,
    isPending,
    assign: (ids: number[], assignee: number, name = "you") =>
      mutate({ action: { ids, action: "assign", assignee }, done: `assigned to ${name}` }),
    release: (ids: number[]) => mutate({ action: { ids, action: "release" }, done: "released" }),
    close: (ids: number[], outcome: Outcome, note: string) =>
      isDone({
        action: { ids, action: "close", outcome, note },
        done: `closed: ${OUTCOME_WORDS[outcome].toLowerCase()}`,
      }),
    reopen: (ids: number[], note: string) =>
      mutate({
        action: note ? { ids, action: "reopen", note } : { ids, action: "reopen" },
        done: "reopened",
      }),
    note: (ids: number[], note: string) =>
      isDone({ action: { ids, action: "note", note }, done: "noted" }),
  };
}
