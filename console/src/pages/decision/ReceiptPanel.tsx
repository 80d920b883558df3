import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import type { Receipt } from "../../api/model";
import { bytesText } from "../../lib/amount";
import { verifyReceipt, type Step } from "../../lib/receipt";
import { CopyButton } from "../../parts/Copy";
import { KeyNote } from "../../parts/KeyNote";
import { Section } from "../../parts/Section";
import { Loaded, Skeleton } from "../../parts/States";
import { Steps } from "../../parts/Steps";

async function fetchAndVerify(
  index: number,
  tx: string,
): Promise<{ receipt: Receipt; steps: Step[] }> {
  const receipt = await api.receipt(index);
  return { receipt, steps: await verifyReceipt(receipt, tx) };
}

/** What the steps say together, in one sentence that claims no more than they do. */
function Summary({ steps }: { steps: Step[] }) {
  const failed = steps.filter((step) => step.state === "failed").length;
  const open = steps.filter((step) => step.state === "unavailable").length;
  if (failed > 0) {
    return (
      <p className="bad strong" data-receipt="failed">
        The receipt does not hold. Tell the auditor, and keep it.
      </p>
    );
  }
  return open > 0 ? (
    <p className="warn" data-receipt="partial">
      Not everything could be checked here: see the line that is not ticked.
    </p>
  ) : (
    <p className="good strong" data-receipt="held">
      Verified in this page: the entry is in the signed journal.
    </p>
  );
}

/** The decision's receipt, verified here and now by this browser. */
export function ReceiptPanel({ index, tx }: { index: number; tx: string }) {
  const query = useQuery({
    queryKey: ["receipt", index, tx],
    queryFn: () => fetchAndVerify(index, tx),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Section title="Receipt">
      <Loaded query={query} skeleton={<Skeleton lines={5} height={16} />}>
        {({ receipt, steps }) => (
          <div className="stack">
            <Summary steps={steps} />
            <Steps steps={steps} />
            <KeyNote text={receipt.verifying_key} />
            <details className="raw">
              <summary>
                Checkpoint and entry{" "}
                <span className="muted">
                  {bytesText(Math.floor((receipt.entry.length * 3) / 4))} entry
                </span>
              </summary>
              <div className="row gap4">
                <span className="small muted">Checkpoint</span>
                <CopyButton text={receipt.checkpoint} what="Checkpoint" />
              </div>
              <pre className="mono">{receipt.checkpoint}</pre>
              <div className="row gap4">
                <span className="small muted">Entry, base64</span>
                <CopyButton text={receipt.entry} what="Entry" />
              </div>
              <pre className="mono">{receipt.entry}</pre>
              <div className="row gap4">
                <span className="small muted">Key</span>
                <CopyButton text={receipt.verifying_key} what="Verifying key" />
              </div>
              <pre className="mono">{receipt.verifying_key}</pre>
            </details>
          </div>
        )}
      </Loaded>
    </Section>
  );
}
