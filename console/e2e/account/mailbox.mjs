// Reads what was mailed: from a folder of .eml files, one a mail, named in order; or from the address at
// which a demonstration shows its mails.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LOOKS = 50;
const LOOK_MS = 100;
const read = new Set();

/** Mails of a folder, the newest first: name, receiver, text. */
function ofFolder(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".eml"));
  return names
    .toSorted()
    .reverse()
    .map((name) => {
      const text = readFileSync(join(folder, name), "utf8")
        .replaceAll("=\n", "")
        .replaceAll("=3D", "=");
      return { name, to: /^To:(.*)$/im.exec(text)?.[1] ?? "", text };
    });
}

/** Mails of a demonstration, the newest first. */
async function ofDemo(address) {
  const mails = await (await fetch(address)).json();
  return mails.map(({ to, at, text }) => ({ name: `${at} ${to} ${text}`, to, text }));
}

/** The newest mail to an address that has what is looked for and was not read before. */
async function newest(mails, to, pattern) {
  for (let look = 0; look < LOOKS; look += 1) {
    const all = /^https?:/.test(mails) ? await ofDemo(mails) : ofFolder(mails);
    for (const mail of all) {
      if (read.has(mail.name)) break;
      const found = pattern.exec(mail.text);
      if (found && mail.to.includes(to)) {
        read.add(mail.name);
        return found[1];
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`no mail to ${to} with ${pattern}`);
}

export const codeFrom = (folder, to) => newest(folder, to, /Your code\b[^\n]*?\b(\d{8})\b/);
export const linkFrom = (folder, to) => newest(folder, to, /enrol\?token=([\w-]+)/);
