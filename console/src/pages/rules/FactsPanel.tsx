import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/endpoints";
import { Loaded } from "../../parts/States";

const SHOWN = 60;

/** What conditions may speak about; a click writes the name at the cursor. */
export function FactsPanel({ onInsert }: { onInsert: (name: string) => void }) {
  const [text, setText] = useState("");
  const query = useQuery({ queryKey: ["facts"], queryFn: api.facts, staleTime: 600_000 });
  return (
    <section className="facts-panel" aria-label="Facts">
      <input
        className="field"
        type="search"
        aria-label="Find a fact"
        placeholder="Find a fact, such as received or hour"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Loaded query={query}>
        {({ items }) => {
          const wanted = text.toLowerCase();
          const found = items.filter((fact) =>
            `${fact.name} ${fact.doc}`.toLowerCase().includes(wanted),
          );
          return (
            <ul>
              {found.slice(0, SHOWN).map((fact) => (
                <li key={fact.name}>
                  <button type="button" className="fact" onClick={() => onInsert(fact.name)}>
                    <code>{fact.name}</code>{" "}
                    <span className="muted small">
                      {fact.type}
                      {fact.is_optional && ", may be missing: put has(…) before it"}
                    </span>
                    <span className="small">{fact.doc}</span>
                  </button>
                </li>
              ))}
              {found.length > SHOWN && (
                <li className="muted small">{found.length - SHOWN} more: type to find them.</li>
              )}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}
