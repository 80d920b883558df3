import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/endpoints";
import type { StaffPasskey } from "../../api/customers";
import { deviceName, hasPasskeys, makePasskey } from "../../lib/passkey";
import { Dialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Section } from "../../parts/Section";
import { Empty, Fault, Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { showToast } from "../../parts/Toast";

const KEY = ["my-passkeys"];

/** Passkeys of the person who is signed in: the next sign-in needs no link. */
export function Passkeys() {
  const query = useQuery({ queryKey: KEY, queryFn: api.passkeys });
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<StaffPasskey | null>(null);
  return (
    <Section
      title="Your passkeys"
      actions={
        <button
          type="button"
          className="button"
          disabled={!hasPasskeys()}
          onClick={() => setAdding(true)}
        >
          <Icon name="plus" size={12} /> Add a passkey
        </button>
      }
    >
      <Loaded query={query} skeleton={<Skeleton lines={2} height={16} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="You have no passkey yet">
              With one you sign in by fingerprint, face or the code of your device, and need no
              link.
            </Empty>
          ) : (
            <div className="scroll-x" tabIndex={0} role="region" aria-label="Your passkeys">
              <table className="plain middle-rows stacks">
                <thead>
                  <tr>
                    <th>Name</th>
                    <th>Added</th>
                    <th>Last used</th>
                    <th aria-label="Actions" />
                  </tr>
                </thead>
                <tbody>
                  {items.map((passkey) => (
                    <tr key={passkey.id}>
                      <td className="strong">{passkey.name}</td>
                      <td data-label="Added">
                        <Time time={passkey.created_at} />
                      </td>
                      <td data-label="Last used">
                        {passkey.last_used_at ? (
                          <Time time={passkey.last_used_at} />
                        ) : (
                          <span className="muted">never</span>
                        )}
                      </td>
                      <td className="right">
                        <button
                          type="button"
                          className="button danger"
                          onClick={() => setRemoving(passkey)}
                        >
                          Remove…
                        </button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      {isAdding && <Add onLeave={() => setAdding(false)} />}
      {removing && <Remove passkey={removing} onLeave={() => setRemoving(null)} />}
    </Section>
  );
}

function Add({ onLeave }: { onLeave: () => void }) {
  const [name, setName] = useState(() => deviceName(navigator.userAgent));
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: async () => {
      const { ceremony, options } = await api.beginPasskey();
      return api.addPasskey(name.trim(), ceremony, await makePasskey(options));
    },
    onSuccess: (passkey) => {
      showToast({ text: `The passkey “${passkey.name}” is added` });
      void client.invalidateQueries({ queryKey: KEY });
      onLeave();
    },
  });
  return (
    <Dialog
      title="Add a passkey"
      onClose={onLeave}
      onSubmit={() => {
        if (name.trim() && !add.isPending) add.mutate();
      }}
      actions={
        <>
          <button type="button" className="button" onClick={onLeave}>
            Leave
          </button>
          <button type="submit" className="button primary" disabled={!name.trim() || add.isPending}>
            {add.isPending ? "Waiting…" : "Create it"}
          </button>
        </>
      }
    >
      <label className="label">
        Name
        <input
          className="field"
          maxLength={40}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      {add.error && <Fault error={add.error} />}
    </Dialog>
  );
}

function Remove({ passkey, onLeave }: { passkey: StaffPasskey; onLeave: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.removePasskey(passkey.id),
    onSuccess: () => {
      showToast({ text: `The passkey “${passkey.name}” is removed` });
      void client.invalidateQueries({ queryKey: KEY });
      onLeave();
    },
  });
  return (
    <Dialog
      title={`Remove “${passkey.name}”`}
      onClose={onLeave}
      onSubmit={() => remove.mutate()}
      actions={
        <>
          <button type="button" className="button" onClick={onLeave}>
            Keep it
          </button>
          <button type="submit" className="button danger" disabled={remove.isPending}>
            Remove
          </button>
        </>
      }
    >
      <p>It cannot sign you in any more. Sessions that it began go on until they end.</p>
      {remove.error && <Fault error={remove.error} />}
    </Dialog>
  );
}
