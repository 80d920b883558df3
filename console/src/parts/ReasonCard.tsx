import { useState } from "react";
import type { Evidence, Reason } from "../api/model";
import { addressParts } from "../lib/address";
import { words } from "../lib/words";
import { Icon, type IconName } from "./Icon";

const KIND_WORDS: Record<string, string> = {
  hop: "Hop",
  list: "List",
  feature: "Model",
  model: "Model",
  rule: "Rule",
  transfer: "Transfer",
  exposure: "Exposure",
  contradiction: "Contradiction",
  pattern: "Pattern",
};
const KIND_ICONS: Record<string, IconName> = {
  hop: "arrow",
  list: "lists",
  rule: "rules",
  transfer: "live",
  contradiction: "warning",
};

/** A long name: its ends, and the middle one click away. */
function LongName({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const { prefix, head, middle, tail } = addressParts(text);
  return (
    <code className={isWhole ? "breaks" : "nowrap"} title={text}>
      {prefix}
      {head}
      <button
        type="button"
        className="middle"
        aria-expanded={isWhole}
        aria-label={isWhole ? "Hide the middle" : "Show all of it"}
        onClick={() => setWhole(!isWhole)}
      >
        {isWhole ? middle : "…"}
      </button>
      {tail}
    </code>
  );
}

const LONG_NAME =
  /(0x[0-9a-fA-F]{40,64}|\b[0-9a-f]{64}\b|\b(?:bc1|[13])[a-zA-Z0-9]{25,}\b|\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)/;

/** In a sentence of evidence long names are shortened, and dates are not broken. */
function Detail({ text }: { text: string }) {
  return (
    <>
      {text.split(LONG_NAME).map((part, at) => {
        if (at % 2 === 0) return part;
        return part.length > 20 ? (
          <LongName key={at} text={part} />
        ) : (
          <span key={at} className="nowrap">
            {part}
          </span>
        );
      })}
    </>
  );
}

export function EvidenceList({ evidence }: { evidence: Evidence[] }) {
  return (
    <ul className="evidence">
      {evidence.map((piece, at) => (
        <li key={at} className={`evidence-${piece.kind}`}>
          <span className="evidence-kind muted small">
            <Icon name={KIND_ICONS[piece.kind] ?? "dash"} size={12} />
            {KIND_WORDS[piece.kind] ?? words(piece.kind)}
          </span>
          <span>
            <Detail text={piece.detail} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** One reason: the sentence, what it rests on, and how it is resolved. */
export function ReasonCard({ reason, isOpen = true }: { reason: Reason; isOpen?: boolean }) {
  return (
    <article className="reason">
      <p className="reason-sentence">{reason.sentence}</p>
      <code className="muted">{reason.code}</code>
      {reason.evidence.length > 0 && (
        <details open={isOpen}>
          <summary>
            <Icon name="right" size={12} /> Evidence{" "}
            <span className="muted">{reason.evidence.length}</span>
          </summary>
          <EvidenceList evidence={reason.evidence} />
        </details>
      )}
      {reason.remedy && (
        <p className="remedy">
          <span className="muted">How to resolve</span> {reason.remedy}
        </p>
      )}
    </article>
  );
}
