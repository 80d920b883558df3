/** Who is signed in, and their account. The session itself is a cookie that scripts cannot read. */
import { createContext, use, useSyncExternalStore } from "react";
import { ApiError, setCsrfToken, setOnSignedOut } from "../api/client";
import { api } from "./api";
import type { Account, Session } from "./model";

export type Known =
  | { kind: "loading" }
  | { kind: "out" }
  | { kind: "in"; session: Session }
  | { kind: "failed"; error: unknown };

let known: Known = { kind: "loading" };
const watchers = new Set<() => void>();

function set(next: Known): void {
  known = next;
  for (const watch of watchers) watch();
}

export function signedIn(session: Session): void {
  setCsrfToken(session.csrf_token);
  set({ kind: "in", session });
}

export async function loadSession(): Promise<void> {
  try {
    signedIn(await api.session());
  } catch (error) {
    set(
      error instanceof ApiError && error.status === 401
        ? { kind: "out" }
        : { kind: "failed", error },
    );
  }
}

/** A new document: nothing that this person saw stays for the next one. */
export async function signOut(): Promise<void> {
  await api.signOut();
  window.location.replace("#/");
  window.location.reload();
}

setOnSignedOut((problem) => {
  // A wrong password is refused with the same status, and ends nothing.
  if (["auth.required", "account.signed_out"].includes(problem.code)) set({ kind: "out" });
});

export const useKnown = (): Known =>
  useSyncExternalStore(
    (watch) => {
      watchers.add(watch);
      return () => watchers.delete(watch);
    },
    () => known,
  );

export const ACCOUNT = "account";
export const AccountContext = createContext<Account | null>(null);

/** The account; only for components inside the signed-in part. */
export function useAccount(): Account {
  const account = use(AccountContext);
  if (!account) throw new Error("useAccount outside of an account");
  return account;
}
