/** Lines of bounded length, and the fields of one (RFC 4180, without line feeds in quotes). */
import type { Bytes } from "./encoding";
import { trim, trimStart } from "./encoding";
import { refuse } from "./error";

/** Longest line: a row with 16 signatures and their script. */
export const LINE_BYTES_MAX = 16 * 1024;
/** Most fields of a line: the widest layout has 12. */
const FIELDS_MAX = 16;

const FEED = 0x0a;
const RETURN = 0x0d;

/** The lines of a file that are not blank, one after the other. */
export class Lines {
  /** Number of the line that was read last, from 1. */
  number = 0;
  private at = 0;

  constructor(private readonly bytes: Bytes) {}

  /** The next line without what ends it; null after the last. */
  next(): string | null {
    for (;;) {
      this.number += 1;
      if (this.at >= this.bytes.length) return null;
      const text = decoded(this.piece(), this.number);
      if (trim(text) !== "") return text;
    }
  }

  private piece(): Bytes {
    const { at } = this;
    const feed = this.bytes.indexOf(FEED, at);
    // What is longer than any line is not looked through to its end.
    const next = Math.min(feed < 0 ? this.bytes.length : feed + 1, at + LINE_BYTES_MAX + 2);
    this.at = next;
    let end = next;
    while (end > at && [FEED, RETURN].includes(this.bytes[end - 1] as number)) end -= 1;
    if (end - at > LINE_BYTES_MAX) {
      refuse(
        "reserves.line.too_long",
        `line ${this.number}: it has more than ${LINE_BYTES_MAX} bytes`,
      );
    }
    return this.bytes.subarray(at, end);
  }
}

function decoded(bytes: Bytes, line: number): string {
  try {
    // A mark of the byte order is cut from the first line, and a letter in any other.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: line > 1 }).decode(bytes);
  } catch {
    return refuse("reserves.row.columns", `line ${line}: it is not UTF-8`);
  }
}

/** The fields of a line, without blanks around them. */
export function fieldsOf(text: string, line: number): string[] {
  const refused = (problem: string) => refuse("reserves.row.columns", `line ${line}: ${problem}`);
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    if (fields.length === FIELDS_MAX) refused("it has more fields than any layout");
    const start = trimStart(rest);
    if (start.startsWith('"')) {
      const quoted = /^"((?:[^"]|"")*)"(?!")/s.exec(start);
      if (!quoted) return refused("a quote is not closed");
      fields.push((quoted[1] as string).replaceAll('""', '"'));
      rest = trimStart(start.slice(quoted[0].length));
    } else {
      const comma = rest.indexOf(",");
      const end = comma < 0 ? rest.length : comma;
      const field = rest.slice(0, end);
      if (field.includes('"')) refused("a quote stands within a field");
      fields.push(trim(field));
      rest = rest.slice(end);
    }
    if (rest === "") return fields;
    if (!rest.startsWith(",")) refused("text follows a quoted field");
    rest = rest.slice(1);
  }
}
