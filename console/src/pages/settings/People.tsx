import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, type SignInLink } from "../../api/endpoints";
import type { Role, User } from "../../api/model";
import { ROLE_WORDS } from "../../lib/words";
import { Dialog } from "../../parts/Dialog";
import { Icon } from "../../parts/Icon";
import { Section } from "../../parts/Section";
import { Fault, Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { showToast } from "../../parts/Toast";
import { useSession } from "../../shell/session";
import { OnceDialog } from "./OnceDialog";

const ROLES: { role: Role; may: string }[] = [
  { role: "analyst", may: "decides alerts" },
  { role: "compliance", may: "decides alerts, writes and publishes rules, fetches lists" },
  { role: "support", may: "helps customers with an open alert, holds and freezes" },
  { role: "treasury", may: "sees withdrawals" },
  { role: "auditor", may: "reads everything, changes nothing" },
  { role: "administrator", may: "all of that, and people and API keys" },
];

interface Link {
  name: string;
  link: SignInLink;
}

function Invite({ onLeave, onDone }: { onLeave: () => void; onDone: (link: Link) => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("analyst");
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () => api.addUser(name.trim(), role),
    onSuccess: ({ user, ...link }) => {
      void client.invalidateQueries({ queryKey: ["users"] });
      onDone({ name: user.name, link });
    },
  });
  return (
    <Dialog
      title="Invite a person"
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
            Create a sign-in link
          </button>
        </>
      }
    >
      <label className="label">
        Name
        <input
          className="field"
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <fieldset className="choices">
        <legend>Role</legend>
        {ROLES.map((one) => (
          <label key={one.role}>
            <input
              type="radio"
              name="role"
              checked={role === one.role}
              onChange={() => setRole(one.role)}
            />
            <span>
              <span className="strong">{ROLE_WORDS[one.role]}</span>{" "}
              <span className="muted">{one.may}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {add.error && <Fault error={add.error} />}
    </Dialog>
  );
}

function PersonRow({ person, onLink }: { person: User; onLink: (link: Link) => void }) {
  const { user } = useSession();
  const client = useQueryClient();
  const isSelf = person.id === user.id;
  const onError = (error: Error) =>
    showToast({ text: `Nothing was changed: ${error.message}`, isProblem: true });
  const change = useMutation({
    mutationFn: (what: { role?: Role; is_disabled?: boolean }) => api.changeUser(person.id, what),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["users"] }),
    onError,
  });
  const link = useMutation({
    mutationFn: () => api.linkUser(person.id),
    onSuccess: (made) => onLink({ name: person.name, link: made }),
    onError,
  });
  return (
    <tr>
      <td className={person.is_disabled ? "muted" : "strong"}>
        {person.name}
        {isSelf && <span className="muted"> (you)</span>}
        {person.is_disabled && <span className="muted"> disabled</span>}
      </td>
      <td data-label="Role">
        <select
          className="select"
          aria-label={`Role of ${person.name}`}
          value={person.role}
          disabled={isSelf || change.isPending}
          onChange={(event) => change.mutate({ role: event.target.value as Role })}
        >
          {ROLES.map(({ role }) => (
            <option key={role} value={role}>
              {ROLE_WORDS[role]}
            </option>
          ))}
        </select>
      </td>
      <td data-label="Last seen">
        {person.last_seen_at ? (
          <Time time={person.last_seen_at} />
        ) : (
          <span className="muted">never</span>
        )}
      </td>
      <td className="right">
        <span className="row person-buttons">
          <button
            type="button"
            className="button"
            disabled={person.is_disabled || link.isPending}
            onClick={() => link.mutate()}
          >
            New sign-in link
          </button>
          {!isSelf && (
            <button
              type="button"
              className={`button${person.is_disabled ? "" : " danger"}`}
              disabled={change.isPending}
              onClick={() => change.mutate({ is_disabled: !person.is_disabled })}
            >
              {person.is_disabled ? "Enable" : "Disable"}
            </button>
          )}
        </span>
      </td>
    </tr>
  );
}

export function People() {
  const query = useQuery({ queryKey: ["users"], queryFn: api.users });
  const [isInviting, setInviting] = useState(false);
  const [link, setLink] = useState<Link | null>(null);
  return (
    <Section
      title="People"
      actions={
        <button type="button" className="button" onClick={() => setInviting(true)}>
          <Icon name="plus" size={12} /> Invite
        </button>
      }
    >
      <Loaded query={query} skeleton={<Skeleton lines={4} height={16} />}>
        {({ items }) => (
          <div className="scroll-x" tabIndex={0} role="region" aria-label="People">
            <table className="plain middle-rows stacks">
              <thead>
                <tr>
                  <th>Name</th>
                  <th>Role</th>
                  <th>Last seen</th>
                  <th aria-label="Actions" />
                </tr>
              </thead>
              <tbody>
                {items.map((person) => (
                  <PersonRow key={person.id} person={person} onLink={setLink} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
      {isInviting && (
        <Invite
          onLeave={() => setInviting(false)}
          onDone={(made) => {
            setInviting(false);
            setLink(made);
          }}
        />
      )}
      {link && (
        <OnceDialog
          title={`Sign-in link for ${link.name}`}
          what="Sign-in link"
          secret={window.location.origin + link.link.sign_in_path}
          onClose={() => setLink(null)}
        >
          <p>
            Give it to {link.name} over a channel that you trust. It works once, until{" "}
            <Time time={link.link.expires_at} isExact />. Whoever opens it first is signed in as{" "}
            {link.name}.
          </p>
        </OnceDialog>
      )}
    </Section>
  );
}
