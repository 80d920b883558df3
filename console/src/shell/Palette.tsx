/** The command palette: every page, address, alert, decision and action from one field. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { api } from "../api/endpoints";
import { network, shortAddress } from "../lib/address";
import { Dialog } from "../parts/Dialog";
import { Icon, type IconName } from "../parts/Icon";
import { boundKeys, type KeyBinding } from "./keys";
import { addressPath, alertPath, decisionPath } from "./paths";
import { navigate } from "./router";
import { NAV } from "./routes";
import { setTheme } from "./theme";

interface Command {
  id: string;
  icon: IconName;
  label: ReactNode;
  /** What typed words are looked for in. */
  text: string;
  note?: string;
  run: () => void;
}

const WAIT_MS = 150;

function useDelayed(text: string): string {
  const [delayed, setDelayed] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setDelayed(text), WAIT_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return delayed;
}

/** What the page behind the palette can do, by the keys that it has bound. */
function pageCommands(bindings: KeyBinding[]): Command[] {
  return bindings
    .filter(({ group }) => !["Everywhere", "Go to", "Table"].includes(group))
    .map(({ keys, label, group, run }) => ({
      id: `key ${keys}`,
      icon: "right",
      label,
      text: `${group} ${label}`,
      note: keys,
      run,
    }));
}

function ownCommands(onKeys: () => void): Command[] {
  const go = (to: string) => () => navigate(to);
  const action = (id: string, icon: IconName, label: string, run: () => void): Command => ({
    id,
    icon,
    label,
    text: label,
    run,
  });
  return [
    ...NAV.map(({ to, label, icon, about, key }) => ({
      id: to,
      icon,
      label,
      text: `${label} ${about}`,
      note: `g ${key}`,
      run: go(to),
    })),
    action("mine", "person", "Alerts assigned to me", go("/alerts?assignee=me")),
    action("nobody", "alerts", "Alerts that nobody has taken", go("/alerts?assignee=none")),
    action("held", "hold", "Held and denied decisions, live", go("/live?level=hold&level=deny")),
    action("new-rules", "plus", "Write a new rule version", go("/rules/new")),
    action("verify", "check", "Verify the journal's checkpoint", go("/journal")),
    action("sync", "lists", "Fetch the lists again", go("/lists")),
    action("people", "person", "Invite a person", go("/settings")),
    action("keys", "key", "Create an API key", go("/settings")),
    action("light", "sun", "Light theme", () => setTheme("light")),
    action("dark", "moon", "Dark theme", () => setTheme("dark")),
    action("system", "auto", "The system's theme", () => setTheme("system")),
    action("help", "settings", "Show keys", onKeys),
  ];
}

function useFound(text: string): { found: Command[]; isSearching: boolean } {
  const q = useDelayed(text.trim());
  const { data, isFetching } = useQuery({
    queryKey: ["search", q],
    queryFn: () => api.search(q),
    enabled: q.length >= 1,
    staleTime: 5_000,
  });
  if (!data || q === "") return { found: [], isSearching: isFetching };
  const found: Command[] = [
    ...data.addresses.map((hit) => ({
      id: `address ${hit.network} ${hit.address}`,
      icon: "address" as const,
      label: (
        <>
          <span className="network">{network(hit.network).mark}</span>{" "}
          <span className="mono">{shortAddress(hit.address)}</span>
        </>
      ),
      text: hit.address,
      note: hit.is_known ? "address" : "address not seen yet",
      run: () => navigate(addressPath(hit.network, hit.address)),
    })),
    ...data.decisions.map((index) => ({
      id: `decision ${index}`,
      icon: "live" as const,
      label: `Decision ${index}`,
      text: String(index),
      note: "decision",
      run: () => navigate(decisionPath(index)),
    })),
    ...data.alerts.map((alert) => ({
      id: `alert ${alert}`,
      icon: "alerts" as const,
      label: `Alert ${alert}`,
      text: String(alert),
      note: "alert",
      run: () => navigate(alertPath(alert)),
    })),
  ];
  return { found, isSearching: isFetching };
}

export function Palette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const { found, isSearching } = useFound(text);
  const list = useRef<HTMLUListElement>(null);
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const [bindings] = useState(boundKeys);
  const own = [...pageCommands(bindings), ...ownCommands(onKeys)].filter(({ text: words }) =>
    wanted.every((word) => words.toLowerCase().includes(word)),
  );
  const commands = [...found, ...own];
  const at = Math.min(chosen, Math.max(commands.length - 1, 0));
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setChosen((at + step + commands.length) % Math.max(commands.length, 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(commands[at]);
    }
  };
  return (
    <Dialog title="Go to or do" onClose={onClose} className="palette">
      <input
        className="palette-field"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={commands[at] ? `palette-${at}` : undefined}
        aria-label="Search pages, addresses, transactions, alerts and actions"
        placeholder="A page, an address, a transaction, an alert, an action"
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul className="palette-list" id="palette-list" role="listbox" ref={list} aria-label="Results">
        {commands.map((command, place) => (
          <li
            key={command.id}
            id={`palette-${place}`}
            role="option"
            aria-selected={place === at}
            className="palette-item"
            onPointerMove={() => setChosen(place)}
            onClick={() => run(command)}
          >
            <Icon name={command.icon} size={14} />
            <span className="grow clip">{command.label}</span>
            {command.note && <span className="muted small">{command.note}</span>}
          </li>
        ))}
      </ul>
      {commands.length === 0 && (
        <p className="palette-none muted">
          {isSearching
            ? "Searching…"
            : "Nothing is called that. Paste a whole address or transaction hash, or a decision's number."}
        </p>
      )}
    </Dialog>
  );
}
