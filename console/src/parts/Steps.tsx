import type { Step } from "../lib/receipt";
import { Icon, type IconName } from "./Icon";

const ICONS: Record<Step["state"], IconName> = {
  held: "check",
  failed: "close",
  unavailable: "dash",
};
const WORDS: Record<Step["state"], string> = {
  held: "Held",
  failed: "Failed",
  unavailable: "Not checked",
};

/** Each step of a verification with its outcome in a word. */
export function Steps({ steps }: { steps: Step[] }) {
  return (
    <ol className="steps">
      {steps.map((step) => (
        <li key={step.id} data-step={step.id} data-state={step.state}>
          <span className={`step-mark is-${step.state}`}>
            <Icon name={ICONS[step.state]} size={12} />
            <span className="hidden-visually">{WORDS[step.state]}</span>
          </span>
          <div>
            <div>{step.title}</div>
            <div className={`small breaks ${step.state === "failed" ? "bad" : "muted"}`}>
              {step.detail}
            </div>
          </div>
        </li>
      ))}
    </ol>
  );
}
