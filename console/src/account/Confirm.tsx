/** The dialog of the one flow of confirmations, for every command of every page. */
import { createContext, use, useCallback, useState, type ReactNode } from "react";
import { Dialog } from "../parts/Dialog";
import { showToast } from "../parts/Toast";
import { api } from "./api";
import { confirmed } from "./confirm";
import { describe, type Described } from "./describe";
import type { Account, Asked, Command, Confirmation, Done } from "./model";
import { WholeAddress } from "./parts/Address";
import { ConfirmForm } from "./parts/ConfirmForm";
import { put } from "./resource";
import { ACCOUNT } from "./session";

/** Runs a command to its end; null when the person left the confirmation. */
export type Run = (command: Command) => Promise<Done | null>;
const RunContext = createContext<Run | null>(null);

export function useRun(): Run {
  const run = use(RunContext);
  if (!run) throw new Error("useRun outside of an account");
  return run;
}

interface Open {
  described: Described;
  asked: Asked;
  refused: unknown;
  turn: number;
  end: (confirmation: Confirmation | null) => void;
}

export function ConfirmProvider({ account, children }: { account: Account; children: ReactNode }) {
  const [open, setOpen] = useState<Open | null>(null);
  const run = useCallback<Run>(
    async (command) => {
      const described = describe(command, account);
      let turn = 0;
      try {
        const done = await confirmed(
          (confirmation) => api.command(command, confirmation),
          (asked, refused) =>
            new Promise((end) => setOpen({ described, asked, refused, turn: turn++, end })),
        );
        if (done) {
          put(ACCOUNT, done.account);
          if (done.done) showToast({ text: done.done });
        }
        return done;
      } finally {
        setOpen(null);
      }
    },
    [account],
  );
  return (
    <RunContext value={run}>
      {children}
      {open && <Confirmation key={open.turn} open={open} />}
    </RunContext>
  );
}

/** Names and values of what is confirmed. */
export function Facts({ facts }: { facts: Described["facts"] }) {
  return (
    <dl className="plain-facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Confirmation({ open }: { open: Open }) {
  const { described, asked, refused, end } = open;
  const leave = () => end(null);
  return (
    <Dialog title={described.title} onClose={leave} className="is-confirm" hasOwnForm>
      <p>{described.meaning}</p>
      {described.address && <WholeAddress address={described.address} />}
      {described.facts.length > 0 && <Facts facts={described.facts} />}
      <ConfirmForm
        asked={asked}
        refused={refused}
        onGive={(confirmation) => {
          end(confirmation);
          // The form stays busy until the answer closes it or asks again.
          return new Promise(() => {});
        }}
        beside={
          <button type="button" className="button large" onClick={leave}>
            Leave it as it is
          </button>
        }
      />
    </Dialog>
  );
}
