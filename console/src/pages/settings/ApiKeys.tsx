import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/endpoints";
import type { ApiKey } from "../../api/model";
import { Dialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Section } from "../../parts/Section";
import { Empty, Fault, Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { showToast } from "../../parts/Toast";
import { OnceDialog } from "./OnceDialog";

type Scope = ApiKey["scopes"][number];

const SCOPES: { scope: Scope; may: string }[] = [
  { scope: "screen", may: "ask for a verdict on a transfer or an address" },
  { scope: "events:write", may: "send transfers that have happened" },
  { scope: "read", may: "read decisions, receipts and alerts" },
  { scope: "withdrawals", may: "send approved withdrawals, and tell prices" },
  { scope: "customers", may: "invite customers, and tell what accounts do" },
];

interface Made {
  key: ApiKey;
  secret: string;
}

function Create({ onLeave, onDone }: { onLeave: () => void; onDone: (made: Made) => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["screen"]);
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => api.addApiKey(name.trim(), scopes),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["api-keys"] });
      onDone(made);
    },
  });
  const isReady = name.trim() !== "" && scopes.length > 0 && !add.isPending;
  return (
    <Dialog
      title="Create an API key"
      onClose={onLeave}
      onSubmit={() => {
        if (isReady) add.mutate();
      }}
      actions={
        <>
          <button type="button" className="button" onClick={onLeave}>
            Leave
          </button>
          <button type="submit" className="button primary" disabled={!isReady}>
            Create the key
          </button>
        </>
      }
    >
      <label className="label">
        Which system uses it
        <input
          className="field"
          maxLength={80}
          placeholder="wallet-service"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <fieldset className="choices">
        <legend>It may</legend>
        {SCOPES.map((one) => (
          <label key={one.scope}>
            <input
              type="checkbox"
              checked={scopes.includes(one.scope)}
              onChange={(event) =>
                setScopes(
                  event.target.checked
                    ? [...scopes, one.scope]
                    : scopes.filter((scope) => scope !== one.scope),
                )
              }
            />
            <span>
              {one.may} <code className="muted">{one.scope}</code>
            </span>
          </label>
        ))}
      </fieldset>
      {add.error && <Fault error={add.error} />}
    </Dialog>
  );
}

function Revoke({ apiKey, onLeave }: { apiKey: ApiKey; onLeave: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => api.revokeApiKey(apiKey.id),
    onSuccess: () => {
      showToast({ text: `The key of ${apiKey.name} is revoked` });
      void client.invalidateQueries({ queryKey: ["api-keys"] });
      onLeave();
    },
  });
  return (
    <Dialog
      title={`Revoke the key of ${apiKey.name}`}
      onClose={onLeave}
      onSubmit={() => revoke.mutate()}
      actions={
        <>
          <button type="button" className="button" onClick={onLeave}>
            Keep it
          </button>
          <button type="submit" className="button danger" disabled={revoke.isPending}>
            Revoke
          </button>
        </>
      }
    >
      <p>
        Requests with <code>{apiKey.prefix}…</code> are refused from now on: {apiKey.name} gets no
        verdicts until it has another key. This cannot be undone.
      </p>
      {revoke.error && <Fault error={revoke.error} />}
    </Dialog>
  );
}

function KeyTable({ keys, onRevoke }: { keys: ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="API keys">
      <table className="plain middle-rows stacks">
        <thead>
          <tr>
            <th>System</th>
            <th>Key</th>
            <th>May</th>
            <th>Created</th>
            <th>Last used</th>
            <th aria-label="Actions" />
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id}>
              <td className={key.is_revoked ? "muted" : "strong"}>{key.name}</td>
              <td data-label="Key">
                <code>{key.prefix}…</code>
              </td>
              <td data-label="May">
                <code className="muted">{key.scopes.join(", ")}</code>
              </td>
              <td data-label="Created" className="nowrap">
                <Time time={key.created_at} />{" "}
                <span className="muted">by {key.created_by.name}</span>
              </td>
              <td data-label="Last used">
                {key.last_used_at ? (
                  <Time time={key.last_used_at} />
                ) : (
                  <span className="muted">never</span>
                )}
              </td>
              <td className="right">
                {key.is_revoked ? (
                  <span className="muted">revoked</span>
                ) : (
                  <button type="button" className="button danger" onClick={() => onRevoke(key)}>
                    Revoke…
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function ApiKeys() {
  const query = useQuery({ queryKey: ["api-keys"], queryFn: api.apiKeys });
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  return (
    <Section
      title="API keys"
      actions={
        <button type="button" className="button" onClick={() => setCreating(true)}>
          <Icon name="plus" size={12} /> Create
        </button>
      }
    >
      <Loaded query={query} skeleton={<Skeleton lines={3} height={16} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No system has a key yet">
              Create one for the service that sends transfers or asks for verdicts.
            </Empty>
          ) : (
            <KeyTable keys={items} onRevoke={setRevoking} />
          )
        }
      </Loaded>
      {isCreating && (
        <Create
          onLeave={() => setCreating(false)}
          onDone={(done) => {
            setCreating(false);
            setMade(done);
          }}
        />
      )}
      {made && (
        <OnceDialog
          title={`API key for ${made.key.name}`}
          what="API key"
          secret={made.secret}
          onClose={() => setMade(null)}
        >
          <p>
            Put it into the configuration of {made.key.name}, in the header{" "}
            <code>Authorization: Bearer</code>.
          </p>
        </OnceDialog>
      )}
      {revoking && <Revoke apiKey={revoking} onLeave={() => setRevoking(null)} />}
    </Section>
  );
}
