import { useState, type FormEvent } from "react";
import { CopyButton } from "../../parts/Copy";
import { Icon } from "../../parts/Icon";
import { Empty } from "../../parts/States";
import { api } from "../api";
import { useRun } from "../Confirm";
import { SCOPES } from "../describe";
import type { Key, Scope } from "../model";
import { Field } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Ready, Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Ago, Moment } from "../parts/When";
import { useResource } from "../resource";
import { go, href, parseRoute, useHash } from "../route";

/** Keys of programs. A key signs what it asks; no secret of it is here or with us. */
export default function Keys() {
  const [part] = parseRoute(useHash()).rest;
  return part === "add" ? <AddKey /> : <KeyList />;
}

function KeyList() {
  const keys = useResource("keys", api.keys);
  return (
    <Page
      title="API keys"
      lead="For programs of yours. Each signs its requests with a key that never leaves it, and pays addresses of your book only."
    >
      <div className="acts is-left">
        <a className="button" href={href("keys", "add")}>
          <Icon name="plus" size={12} /> Add a key
        </a>
      </div>
      <Ready of={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No program acts for you" />
          ) : (
            <ul className="rows">
              {items.map((key) => (
                <KeyLine key={key.id} apiKey={key} again={keys.again} />
              ))}
            </ul>
          )
        }
      </Ready>
    </Page>
  );
}

function KeyLine({ apiKey, again }: { apiKey: Key; again: () => void }) {
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  return (
    <li className="row-item" data-key={apiKey.name}>
      <span className="grow">
        <span className="row-title">
          {apiKey.name} {apiKey.is_revoked && <span className="tag">removed</span>}
        </span>
        <span className="muted small">
          {apiKey.scopes.map((scope) => SCOPES[scope]).join("; ")}
          {apiKey.ips.length > 0 && `; from ${apiKey.ips.join(", ")}`}. Added{" "}
          <Moment time={apiKey.created_at} />,{" "}
          {apiKey.last_used_at ? (
            <>
              used <Ago time={apiKey.last_used_at} />
            </>
          ) : (
            "not used yet"
          )}
          .
          {apiKey.withdraw_until && (
            <>
              {" "}
              Unused, it loses withdrawals on <Moment time={apiKey.withdraw_until} />.
            </>
          )}
        </span>
        <span className="row gap4 small">
          <code className="clip">{apiKey.public_key}</code>
          <CopyButton text={apiKey.public_key} what="Public key" />
        </span>
        <Refused error={error} />
      </span>
      {!apiKey.is_revoked && (
        <span className="row-acts">
          <button
            type="button"
            className="button danger"
            aria-label={`Remove ${apiKey.name}`}
            disabled={isBusy}
            onClick={() =>
              void attempt(async () => {
                await run({ do: "remove_key", id: apiKey.id });
                again();
              })
            }
          >
            Remove
          </button>
        </span>
      )}
    </li>
  );
}

const COMMANDS = `openssl genpkey -algorithm ed25519 -out key.pem
openssl pkey -in key.pem -pubout -outform DER | tail -c 32 | base64`;

function AddKey() {
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [name, setName] = useState("");
  const [publicKey, setPublicKey] = useState("");
  const [mayWithdraw, setWithdraw] = useState(false);
  const [ips, setIps] = useState("");
  const list = ips.split(/[\s,]+/).filter(Boolean);
  const lacksIps = mayWithdraw && list.length === 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const scopes: Scope[] = mayWithdraw ? ["read", "withdraw"] : ["read"];
    void attempt(async () => {
      const command = {
        do: "add_key",
        name: name.trim(),
        public_key: publicKey.trim(),
        scopes,
        ips: list,
      } as const;
      if (await run(command)) go("keys");
    });
  };
  return (
    <Page title="Add an API key" back={backTo("keys", "API keys")}>
      <form className="narrow stack gap16" onSubmit={submit}>
        <Field label="Name of the program" maxLength={40} required value={name} onText={setName} />
        <Field
          label="Its public key"
          hint="Ed25519, 32 bytes in base64. Make it where the program runs:"
          className="mono"
          autoComplete="off"
          required
          value={publicKey}
          onText={setPublicKey}
        />
        <pre className="commands" tabIndex={0} role="region" aria-label="Commands">
          {COMMANDS}
        </pre>
        <label className="tick-row">
          <input
            type="checkbox"
            checked={mayWithdraw}
            onChange={(event) => setWithdraw(event.target.checked)}
          />
          <span>
            It may ask for withdrawals
            <span className="muted small">
              To addresses of your book, from the machines below, within your limits.
            </span>
          </span>
        </label>
        <Field
          label="Machines that it runs on"
          hint={
            mayWithdraw
              ? "IP addresses or ranges, with commas. At least one is needed."
              : "IP addresses or ranges, with commas. Empty: anywhere."
          }
          className="mono"
          value={ips}
          onText={setIps}
        />
        <Refused error={error} />
        <span>
          <button
            type="submit"
            className="button primary large"
            disabled={isBusy || name.trim() === "" || publicKey.trim() === "" || lacksIps}
          >
            Add it
          </button>
        </span>
      </form>
    </Page>
  );
}
