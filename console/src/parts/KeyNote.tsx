import { useState } from "react";
import { Icon } from "./Icon";

const KEY = "ringfence.journal-key";

/** What this browser saw first; a key that changes later is worth a question. */
function pin(text: string): "first" | "same" | "other" {
  try {
    const known = localStorage.getItem(KEY);
    if (known === text) return "same";
    if (known !== null) return "other";
    localStorage.setItem(KEY, text);
  } catch {
    // Without storage each visit is the first.
  }
  return "first";
}

/**
 * Where verifying in the page ends: the key came from the same server as the receipt. Comparing it
 * with what the browser saw before, and with what the auditor has, is what closes the gap.
 */
export function KeyNote({ text }: { text: string }) {
  const [seen] = useState(() => pin(text));
  if (seen === "other") {
    return (
      <p className="small bad">
        <Icon name="warning" size={12} /> The journal's key is another one than this browser saw
        before. Ask who changed it, and compare it with the auditor's copy.
      </p>
    );
  }
  return (
    <p className="small muted">
      {seen === "same"
        ? "The key is the one that this browser has seen since its first visit."
        : "This browser sees the key for the first time."}{" "}
      It came from this server: compare it once with a copy from elsewhere.
    </p>
  );
}
