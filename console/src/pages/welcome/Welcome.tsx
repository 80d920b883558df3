import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "../../api/endpoints";
import { Mark } from "../../parts/Icon";
import { Fault } from "../../parts/States";
import "./welcome.css";

/**
 * The one-time token of `/#/welcome?token=…`, which is taken out of the address bar and the
 * history at once. It stands behind the # so that no server log ever has it.
 */
export function takeToken(): string | null {
  const match = /^#\/welcome\?(.*)$/.exec(window.location.hash);
  if (!match) return null;
  const token = new URLSearchParams(match[1]).get("token") ?? "";
  window.history.replaceState(null, "", "/");
  return token;
}

/**
 * Signs in with the link's token. A button stands before it, because mail scanners and previews
 * open links too, and must not use up one that works once.
 */
export function Welcome({ token }: { token: string }) {
  const [name, setName] = useState("");
  const client = useQueryClient();
  const signIn = useMutation({
    mutationFn: () => api.signIn(token, name.trim() || undefined),
    onSuccess: () => {
      client.clear();
      window.location.replace("/live");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <main className="welcome">
      <form className="welcome-card" onSubmit={submit}>
        <Mark size={28} />
        <h1>Welcome to Ringfence</h1>
        <p className="muted">
          This link signs you in on this browser, once. Your name stands beside what you decide.
        </p>
        <label className="stack gap4">
          <span>Your name</span>
          <input
            className="field"
            name="name"
            autoComplete="name"
            autoFocus
            maxLength={80}
            placeholder="Leave empty to keep the name you were invited with"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        {signIn.error && <Fault error={signIn.error} />}
        <button
          type="submit"
          className="button primary"
          disabled={signIn.isPending || signIn.isSuccess}
        >
          {signIn.isPending || signIn.isSuccess ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
