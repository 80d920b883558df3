/** Each refusal of what is held in the reader's words; a test holds that no code is without them. */

export interface Said {
  title: string;
  meaning: string;
}

const UNREADABLE: Said = {
  title: "A published list of what is held cannot be read.",
  meaning: "What cannot be read is not counted: a list with such rows shows nothing.",
};
const TWICE: Said = {
  title: "Something that is held is counted twice.",
  meaning:
    "Two rows of the list are one address in two spellings, or a stake and the receipt for it. Only one of them is there.",
};
const NOT_SHOWN: Said = {
  title: "An address is listed that the exchange does not show to be its own.",
  meaning:
    "Whoever holds an address can sign with its key. This signature is missing, of another key, or of another text.",
};
const BORROWED: Said = {
  title: "An address is listed with a signature for something else.",
  meaning:
    "The signature names another round, another exchange or another address: it may be old, or lent.",
};
const NOT_ENOUGH: Said = {
  title: "An address is listed that needs more signatures than are shown.",
  meaning: "Several keys hold this address together, and fewer of them signed than it takes.",
};
const NO_RECORD: Said = {
  title: "Nothing shows who holds an address of the list.",
  meaning:
    "The address is a name or a contract. Who holds it only the chain tells, and what is published of that is missing or says something else.",
};
const OTHER_AMOUNT: Said = {
  title: "An amount of the list is not what its evidence says.",
  meaning: "The list says one amount, and what is published of the chain another.",
};
const NO_PROOF: Said = {
  title: "Evidence of an amount does not hold.",
  meaning:
    "What is published of the chain does not follow from the block that the round names, or is broken off.",
};
const OTHER_TIME: Said = {
  title: "An amount of the list is of another time.",
  meaning: "It was not read at the block that the round names. Money can be in two places at two times.",
};
const OTHER_TOKEN: Said = {
  title: "A token of the list is not the asset that the round names.",
  meaning: "Its contract is another one, or the table of contracts cannot be read.",
};
const OTHER_SUM: Said = {
  title: "The sums of the list are not those of its rows.",
  meaning: "A published total differs from what its rows come to.",
};

/** By the beginning of a code: the longest that fits is the one. */
const WORDS: Readonly<Record<string, Said>> = {
  "reserves.list": UNREADABLE,
  "reserves.line": UNREADABLE,
  "reserves.row": UNREADABLE,
  "reserves.row.duplicate": TWICE,
  "reserves.row.mixed_names": TWICE,
  "reserves.staking": TWICE,
  "reserves.row.amount_differs": OTHER_AMOUNT,
  "reserves.row.height": OTHER_TIME,
  "reserves.total": OTHER_SUM,
  "reserves.sum": OTHER_SUM,
  "reserves.tokens": OTHER_TOKEN,
  "reserves.challenge": UNREADABLE,
  "ownership.address": UNREADABLE,
  "ownership.message": NOT_SHOWN,
  "ownership.challenge": BORROWED,
  "ownership.signature": NOT_SHOWN,
  "ownership.key": NOT_SHOWN,
  "ownership.script": NOT_SHOWN,
  "ownership.multisig": NOT_ENOUGH,
  "ownership.evidence": NO_RECORD,
  "evidence.line": NO_PROOF,
  "evidence.proof": NO_PROOF,
  "evidence.header": OTHER_TIME,
  "evidence.sources": OTHER_AMOUNT,
  "evidence.sum": OTHER_SUM,
};

const OTHER_SUMMARY: Said = {
  title: "What is said to be held does not follow from the list.",
  meaning:
    "The published sums are others than the list, the signatures and the evidence come to. Until that is put right, the figures above are the word of the exchange alone.",
};

/** What a refusal means; null for one that is not about what is held. */
export function saidOf(file: string, code: string): Said | null {
  if (file === "reserves/summary.json" && code === "proof.field") return OTHER_SUMMARY;
  const beginnings = Object.keys(WORDS).filter((one) => code === one || code.startsWith(`${one}.`));
  const [longest] = beginnings.sort((a, b) => b.length - a.length);
  return (longest !== undefined && WORDS[longest]) || null;
}
