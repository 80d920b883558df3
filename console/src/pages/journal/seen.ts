/** What this browser saw of the journal before: it must never have been larger, or another. */
import type { JournalHead } from "../../api/model";
import { count } from "../../lib/amount";

const KEY = "ringfence.journal-head";

export interface Seen {
  isConsistent: boolean;
  words: string;
}

/** Compares the head with the one kept, and keeps the larger. */
export function seenBefore(head: JournalHead): Seen | null {
  let kept: { origin: string; size: number; root: string } | null = null;
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (!kept || kept.origin !== head.origin || head.size > kept.size) {
      const { origin, size, root } = head;
      localStorage.setItem(KEY, JSON.stringify({ origin, size, root }));
    }
  } catch {
    return null;
  }
  if (!kept || kept.origin !== head.origin) return null;
  if (head.size < kept.size) {
    return {
      isConsistent: false,
      words: `This browser has seen ${count(kept.size)} entries: the journal has shrunk, or the server looks at an older copy.`,
    };
  }
  if (head.size === kept.size && head.root !== kept.root) {
    return {
      isConsistent: false,
      words: "This browser has seen another root for the same number of entries.",
    };
  }
  return {
    isConsistent: true,
    words: `It has not shrunk since this browser last looked (${count(kept.size)} entries). That older entries are unchanged is for a witness to check, with “ringfence journal watch”.`,
  };
}
