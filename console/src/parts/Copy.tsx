import { Icon } from "./Icon";
import { showToast } from "./Toast";

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showToast({ text: `${what} copied` });
  } catch {
    showToast({ text: `The browser did not let us copy. ${what}: ${text}`, isProblem: true });
  }
}

export function CopyButton({ text, what }: { text: string; what: string }) {
  return (
    <button
      type="button"
      className="icon-button copy"
      aria-label={`Copy ${what.toLowerCase()}`}
      title={`Copy ${what.toLowerCase()}`}
      onClick={(event) => {
        event.stopPropagation();
        void copyText(text, what);
      }}
    >
      <Icon name="copy" size={12} />
    </button>
  );
}
