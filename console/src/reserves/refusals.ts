/**
 * Each refusal in the customer's words: what was found, what that can mean, and what they can do.
 * Codes are those of the verifiers and stable; a test holds that none is without words.
 */
import { saidOf } from "../holdings/words";
import type { ProofCode } from "../proof/error";

export interface Refusal {
  /** The file of the round, or `receipt`. */
  file: string;
  code: string;
  /** The verifier's own words. */
  error: string;
}

export interface Explained {
  title: string;
  meaning: string;
  /** What can be done, the likeliest to help first. */
  steps: readonly string[];
}

export const RECEIPT = "receipt";

const KEEP = "Keep the receipt as it is, and show it to nobody but the exchange.";
/** Only where both verifiers run. */
export const SECOND = "Check again with the second verifier: it shares no code with the first.";
const AGAIN = "Try again in a few minutes: a round may still be on its way to this site.";
const AUDIT = "Check it with the program on a machine of your own: it tells every row that does not hold.";
const contact = (exchange: string) =>
  `Write to ${exchange} and quote the lines below. They say nothing about your balances.`;

type Words = (exchange: string, file: string) => Explained;

const RECEIPT_WORDS: Partial<Record<ProofCode, Words>> = {
  "proof.canonical": (exchange) => ({
    title: "This is not a receipt in the form in which it was given out.",
    meaning:
      "Either another file was opened, or the text was changed on the way: by a program that rearranges text, or because a part was not copied.",
    steps: [
      "Open the saved file itself instead of pasting its text.",
      `Get the receipt from ${exchange} again.`,
      KEEP,
    ],
  }),
  "proof.field": (exchange) => ({
    title: "A line of this receipt cannot be right.",
    meaning:
      "It has the form of a receipt, but one of its values fits no receipt of this round: the details name it.",
    steps: [`Get the receipt from ${exchange} again.`, contact(exchange), KEEP],
  }),
  "proof.path": (exchange) => ({
    title: "The balances in this receipt are not among those that were counted.",
    meaning: `Either an amount, the account or another line of the receipt was changed after it was made, or ${exchange} counted something else than it told you.`,
    steps: [
      `Get the receipt from ${exchange} again and check that one.`,
      `If it is refused as well: ${lower(contact(exchange))}`,
      KEEP,
      SECOND,
    ],
  }),
  "proof.round": (exchange) => ({
    title: "This receipt belongs to another round.",
    meaning: `Each receipt goes with one round, and this one does not go with the files that are published here for it. The receipt may be of a round that is not here, or ${exchange} may have published this round twice with different contents.`,
    steps: [
      `Get the receipt of this round from ${exchange}.`,
      `If it is refused as well: ${lower(contact(exchange))}`,
      KEEP,
    ],
  }),
};

/** What the exchange has to put right. */
const published = (title: string, meaning: string): Words => {
  return (exchange) => ({
    title,
    meaning: `${meaning} Your receipt is not the reason.`,
    steps: [contact(exchange), SECOND, KEEP],
  });
};

/** What others can compare. */
const recorded = (title: string, meaning: string): Words => {
  return (exchange) => ({
    title,
    meaning: `${meaning} Your receipt is not the reason.`,
    steps: [
      "Save the file journal.proof, and note the fingerprint of this round: compare them with what others were shown.",
      contact(exchange),
    ],
  });
};

const FILE_WORDS: Record<ProofCode, Words> = {
  "proof.field": published(
    "A value in a published file cannot be right.",
    "The file has the right form, but one of its values is outside what is allowed: the details name it.",
  ),
  "proof.canonical": published(
    "A published file is not in its one proper form.",
    "Each file can be written in one way only, so that nothing can hide in it. This one is written otherwise, or broken off.",
  ),
  "proof.opening": published(
    "A proof does not hold.",
    "The proof does not fit the totals and fingerprints that are published beside it. Either of them was changed, or they are of different rounds.",
  ),
  "proof.circuit": published(
    "A proof does not hold.",
    "What was added up does not follow the rules: for instance a balance below zero, one that is counted twice, or a wrong sum.",
  ),
  "proof.path": published(
    "A fingerprint in a published file leads nowhere.",
    "Files of the round do not belong together.",
  ),
  "proof.constraints": (exchange) => ({
    title: "This page is too old or too new for this round.",
    meaning:
      "The round was proved under other rules than those this page knows. Without them it cannot tell whether the proof holds.",
    steps: [
      "Reload the page.",
      "Verify with the program of the round's version.",
      contact(exchange),
    ],
  }),
  "proof.round": published(
    "Published files belong to different rounds.",
    "One of the files names another round than the rest.",
  ),
  "proof.count": published(
    "A part of the round is missing or one too many.",
    "There are not as many totals or parts as the round says that it has.",
  ),
  "proof.keys": published(
    "The list of customers has a gap or an overlap.",
    "Parts of the list must join without one, so that nobody is counted twice. These do not.",
  ),
  "proof.root": published(
    "The published fingerprint is not that of the list.",
    "The parts of the list lead to another fingerprint than the one that everybody is shown.",
  ),
  "proof.file.missing": (exchange, file) => ({
    title: `The file ${file} is missing.`,
    meaning: "Without it nothing can be said about this round, for or against.",
    steps: [AGAIN, contact(exchange)],
  }),
  "proof.file.extra": (exchange, file) => ({
    title: `The file ${file} is none that the round lists.`,
    meaning: "What the round does not list, nobody checks. So it is not read.",
    steps: [AGAIN, contact(exchange)],
  }),
  "proof.file.unreadable": (exchange, file) => ({
    title: `The file ${file} could not be read.`,
    meaning:
      "The connection broke off or the site did not answer. Nothing can be said about this round yet, for or against.",
    steps: ["Look whether you are online, and try again.", AGAIN, contact(exchange)],
  }),
  "proof.manifest": (exchange, file) => ({
    title: `The file ${file} is not the one that the round lists.`,
    meaning:
      "The file was changed after the round was put together, or your browser kept an old copy of it.",
    steps: ["Reload the page, so that the browser fetches all files again.", AGAIN, contact(exchange)],
  }),
  "proof.log": recorded(
    "The log of rounds does not have this round.",
    "Rounds are written down in a log that everybody sees. This one is not there as it is published here.",
  ),
  "proof.log.signature": recorded(
    "The log of rounds is not signed by the key that belongs to it.",
    "Either this is another log than the one that everybody sees, or it was changed, or the key is not its key.",
  ),
  "proof.log.witnesses": recorded(
    "The log of rounds is not co-signed by witnesses as it should be.",
    "A line in the name of a witness does not hold, or too few of them have co-signed this log.",
  ),
};

const UNKNOWN: Words = (exchange) => ({
  title: "The check could not be finished.",
  meaning: "The page met something that it has no words for.",
  steps: ["Reload the page and try again.", SECOND, contact(exchange)],
});

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

const isKnown = (code: string): code is ProofCode => Object.hasOwn(FILE_WORDS, code);

/** Explains a refusal. `exchange` is its name, or what stands for it before that is known. */
export function explain({ file, code }: Refusal, exchange: string): Explained {
  const held = saidOf(file, code);
  if (held) {
    const meaning = `${held.meaning} The lines below name the row, for ${exchange} to put right.`;
    return { title: held.title, meaning, steps: [contact(exchange), AUDIT] };
  }
  if (!isKnown(code)) return UNKNOWN(exchange, file);
  const words = (file === RECEIPT ? RECEIPT_WORDS[code] : undefined) ?? FILE_WORDS[code];
  return words(exchange, file);
}

/** Nothing was found wrong: it could not be looked at. */
export const isUnfinished = ({ code }: Refusal): boolean =>
  code.startsWith("proof.file.") || !/^(?:proof|ownership|evidence|reserves)\./.test(code);

export const CODES = Object.keys(FILE_WORDS) as readonly ProofCode[];

/** Lines to quote: nothing in them is private. A verifier's words on a receipt may name an amount. */
export function quotable({ file, code, error }: Refusal, round: string | null): string {
  const lines = [`code ${code}`, `file ${file}`];
  if (round) lines.push(`round ${round}`);
  if (file !== RECEIPT) lines.push(error);
  return lines.join("\n");
}
