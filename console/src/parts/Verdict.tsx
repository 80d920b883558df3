import type { Level, Severity } from "../api/model";
import { LEVEL_MEANING, LEVEL_WORDS, SEVERITY_WORDS } from "../lib/words";
import { Icon } from "./Icon";

interface VerdictProps {
  level: Level;
  /** Would be the verdict, but changes nothing. */
  isShadow?: boolean;
  /** What a rule asks for, as opposed to what befell a transfer: no fill. */
  isQuiet?: boolean;
}

/** A verdict: icon, word and colour together. An allow is quiet so that the others are seen. */
export function Verdict({ level, isShadow = false, isQuiet = false }: VerdictProps) {
  return (
    <span
      className={`verdict verdict-${level}${isShadow ? " is-shadow" : ""}${isQuiet ? " is-quiet" : ""}`}
      title={LEVEL_MEANING[level]}
    >
      <Icon name={level} size={12} />
      {LEVEL_WORDS[level]}
    </span>
  );
}

const RANK: Record<Severity, number> = { none: 0, low: 1, medium: 2, high: 3, severe: 4 };

/** Severity as four bars and a word; the colour is the verdict's business. */
export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span className="severity">
      <span className="severity-bars" aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <i key={step} className={step <= RANK[severity] ? "is-on" : ""} />
        ))}
      </span>
      {SEVERITY_WORDS[severity]}
    </span>
  );
}
