import { useEffect, useRef, useState, type FormEvent } from "react";
import { api } from "../api";
import type { Pending, Session, Work } from "../model";
import { canOffer, usePasskeyFor } from "../../lib/passkey";
import { Field } from "../parts/Field";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { extension } from "../refusal";
import { href } from "../route";
import { solve } from "../solve";
import { secondsLeft, spanWords } from "../../lib/span";
import { useNow } from "../../parts/Time";
import { Card } from "./Card";

/** Puzzles for one attempt: each is used once, and a server that wants more is not asked again. */
const WORKS_MAX = 3;

interface PasswordFormProps {
  onDone: (result: Session | Pending) => void;
  onBack: () => void;
}

/** Offers passkeys in the e-mail field, for as long as the form is there. */
function useOffer(onDone: (result: Session | Pending) => void): () => void {
  const stop = useRef(() => {});
  const done = useRef(onDone);
  done.current = onDone;
  useEffect(() => {
    const control = new AbortController();
    stop.current = () => control.abort();
    const offer = async () => {
      if (!(await canOffer()) || control.signal.aborted) return;
      const { ceremony, options } = await api.signInBegin();
      const { signal } = control;
      const response = await usePasskeyFor(options, { mediation: "conditional", signal });
      done.current(await api.signIn({ kind: "passkey", ceremony, response }));
    };
    // What is offered beside the form says nothing when it is not taken.
    offer().catch(() => {});
    return () => control.abort();
  }, []);
  return () => stop.current();
}

export function PasswordForm({ onDone, onBack }: PasswordFormProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [working, setWorking] = useState<number | null>(null);
  const [freeAt, setFreeAt] = useState<string | null>(null);
  const control = useRef<AbortController | null>(null);
  const { isBusy, error, run } = useAct();
  const stopOffer = useOffer(onDone);
  useEffect(() => () => control.current?.abort(), []);

  const attempt = async () => {
    const sent = { kind: "password", email: email.trim(), password } as const;
    let work: { challenge: string; answer: string } | undefined;
    for (let works = 0; ; works += 1) {
      try {
        return await api.signIn(work ? { ...sent, work } : sent);
      } catch (refused) {
        const wait_s = extension(refused, "retry_after_s");
        if (typeof wait_s === "number") {
          setFreeAt(new Date(Date.now() + wait_s * 1000).toISOString());
        }
        const puzzle = extension(refused, "work") as Work | undefined;
        if (!puzzle || works >= WORKS_MAX) throw refused;
        control.current = new AbortController();
        setWorking(0);
        const answer = await solve(puzzle, control.current.signal, setWorking).finally(() =>
          setWorking(null),
        );
        work = { challenge: puzzle.challenge, answer };
      }
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    stopOffer();
    setFreeAt(null);
    void run(async () => {
      try {
        onDone(await attempt());
      } catch (fault) {
        if (fault instanceof DOMException && fault.name === "AbortError") return;
        throw fault;
      }
    });
  };

  return (
    <Card title="Sign in with a password" back={{ label: "Other ways", onBack }}>
      <form className="stack gap16" onSubmit={submit}>
        <Field
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username webauthn"
          required
          value={email}
          onText={setEmail}
        />
        <Field
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onText={setPassword}
        />
        {working === null ? (
          <>
            <Refused error={error} />
            {freeAt && <FreeAgain at={freeAt} />}
            <button type="submit" className="button primary large wide" disabled={isBusy}>
              {isBusy ? "Signing in…" : "Sign in"}
            </button>
          </>
        ) : (
          <Working share={working} onCancel={() => control.current?.abort()} />
        )}
      </form>
      <p>
        <a className="link" href={href("recover")}>
          I do not know my password any more
        </a>
      </p>
    </Card>
  );
}

function FreeAgain({ at }: { at: string }) {
  const left = secondsLeft(at, useNow());
  return (
    <p className="muted" role="status">
      {left > 0 ? `You can try again in ${spanWords(left)}.` : "You can try again now."}
    </p>
  );
}

/** Says that the browser works and why; it can be stopped. */
function Working({ share, onCancel }: { share: number; onCancel: () => void }) {
  return (
    <div className="working" role="status" aria-live="polite">
      <strong>Your browser is solving a small puzzle</strong>
      <p className="muted">
        Somebody tries many passwords just now. The puzzle costs you seconds, and a machine that
        guesses a fortune. Then we check your password.
      </p>
      <progress max={1} value={share} aria-label="Puzzle" />
      <div>
        <button type="button" className="button" onClick={onCancel}>
          Stop
        </button>
      </div>
    </div>
  );
}
