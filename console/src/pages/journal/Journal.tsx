import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "../../api/endpoints";
import type { JournalHead } from "../../api/model";
import { count } from "../../lib/amount";
import { parseCheckpoint, verifyCheckpoint, type Step } from "../../lib/receipt";
import { CopyButton } from "../../parts/Copy";
import { KeyNote } from "../../parts/KeyNote";
import { FactLine, Facts, PageHead, Section } from "../../parts/Section";
import { Loaded, Skeleton } from "../../parts/States";
import { Steps } from "../../parts/Steps";
import { decisionPath } from "../../shell/paths";
import { navigate } from "../../shell/router";
import { seenBefore, type Seen } from "./seen";
import "./journal.css";

interface Verified {
  head: JournalHead;
  steps: Step[];
  seen: Seen | null;
}

/** The head with each check done in this page. */
async function fetchAndVerify(): Promise<Verified> {
  const head = await api.journal();
  const steps = await verifyCheckpoint(head.checkpoint, head.verifying_key);
  const stated = parseCheckpoint(head.checkpoint);
  const isStated = stated.size === head.size && stated.root === head.root.toLowerCase();
  const all: Step[] = [
    {
      id: "checkpoint",
      state: isStated ? "held" : "failed",
      title: "The checkpoint states the size and root shown",
      detail: `${count(stated.size)} entries`,
    },
    ...steps,
  ];
  return { head, steps: all, seen: seenBefore(head) };
}

function OpenEntry() {
  const [text, setText] = useState("");
  const index = Number(text);
  const isIndex = text.trim() !== "" && Number.isSafeInteger(index) && index >= 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isIndex) navigate(decisionPath(index));
  };
  return (
    <form className="row wrap open-entry" onSubmit={submit}>
      <input
        className="field"
        inputMode="numeric"
        aria-label="Number of a decision"
        placeholder="Number of a decision"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button" disabled={!isIndex}>
        Open and verify
      </button>
    </form>
  );
}

/** The signed record: its head, verified here, and how others can check it without us. */
export default function Journal() {
  const query = useQuery({
    queryKey: ["journal"],
    queryFn: fetchAndVerify,
    refetchInterval: 10_000,
  });
  return (
    <div className="page">
      <PageHead
        title="Journal"
        note="Every decision is an entry of a Merkle tree whose root is signed."
      />
      <Loaded query={query} skeleton={<Skeleton lines={12} height={16} />}>
        {({ head, steps, seen }) => (
          <div className="split">
            <div className="split-main">
              <Section title="Head">
                <Facts>
                  <FactLine name="Name">{head.origin}</FactLine>
                  <FactLine name="Entries">{count(head.size)}</FactLine>
                  <FactLine name="Root">
                    <span className="row gap4">
                      <code className="breaks">{head.root}</code>
                      <CopyButton text={head.root} what="Root" />
                    </span>
                  </FactLine>
                </Facts>
              </Section>
              <Section title="Signed checkpoint">
                <div className="stack">
                  <pre className="mono note">{head.checkpoint}</pre>
                  <div className="row gap4">
                    <span className="muted small">Key</span>
                    <code className="breaks">{head.verifying_key}</code>
                    <CopyButton text={head.verifying_key} what="Verifying key" />
                  </div>
                </div>
              </Section>
              <Section title="Check it without this page">
                <p>
                  A record that only its operator holds proves nothing against that operator. Let
                  somebody else watch it, and check receipts offline:
                </p>
                <ul className="commands">
                  <li>
                    <code>ringfence journal verify DIR</code>
                    <span className="muted">hashes every entry again</span>
                  </li>
                  <li>
                    <code>ringfence journal prove DIR INDEX</code>
                    <span className="muted">prints an entry with its receipt</span>
                  </li>
                  <li>
                    <code>ringfence journal check RECEIPT ENTRY KEY</code>
                    <span className="muted">checks a receipt offline</span>
                  </li>
                  <li>
                    <code>ringfence journal watch DIR --seen FILE</code>
                    <span className="muted">alarms when the record shrinks or forks</span>
                  </li>
                </ul>
              </Section>
            </div>
            <aside className="split-side">
              <Section title="Verified in this page">
                <div className="stack">
                  <Steps steps={steps} />
                  {seen && (
                    <p className={`small ${seen.isConsistent ? "muted" : "bad"}`}>{seen.words}</p>
                  )}
                  <KeyNote text={head.verifying_key} />
                </div>
              </Section>
              <Section title="Open a decision">
                <OpenEntry />
              </Section>
            </aside>
          </div>
        )}
      </Loaded>
    </div>
  );
}
