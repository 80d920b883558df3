// Reads what was mailed, from a folder of .eml files: one a mail, named in order.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LOOKS = 50;
const LOOK_MS = 100;

/** The newest mail to an address that has what is looked for and was not read before. */
const read = new Set();
async function newest(folder, to, pattern) {
  for (let look = 0; look < LOOKS; look += 1) {
    const names = readdirSync(folder).filter((name) => name.endsWith(".eml"));
    for (const name of names.toSorted().reverse()) {
      if (read.has(name)) break;
      const text = readFileSync(join(folder, name), "utf8")
        .replaceAll("=\n", "")
        .replaceAll("=3D", "=");
      const found = pattern.exec(text);
      if (found && new RegExp(`^To:.*${to}`, "im").test(text)) {
        read.add(name);
        return found[1];
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`no mail to ${to} with ${pattern}`);
}

export const codeFrom = (folder, to) => newest(folder, to, /(?:^|\D)(\d{8})(?:\D|$)/m);
export const linkFrom = (folder, to) => newest(folder, to, /enrol\?token=([\w-]+)/);
