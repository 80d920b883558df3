/**
 * JSON, read strictly: a key that stands twice is told, numbers keep every digit, and nothing is nested
 * deeper than any of our texts.
 */
import { byteLength } from "./encoding";

export type Json = string | boolean | null | JsonNumber | readonly Json[] | JsonObject;

/** A number as it is written. */
export class JsonNumber {
  constructor(readonly text: string) {}

  /** A whole number of 64 bits without a sign; null for another. */
  whole(): bigint | null {
    if (!/^(?:0|[1-9][0-9]*)$/.test(this.text)) return null;
    const number = BigInt(this.text);
    return number < 1n << 64n ? number : null;
  }
}

export class JsonObject {
  constructor(
    /** The last of those that have one key. */
    readonly fields: ReadonlyMap<string, Json>,
    readonly hasTwice: boolean,
  ) {}

  /** True when it has exactly these keys. */
  has(...keys: readonly string[]): boolean {
    return this.fields.size === keys.length && keys.every((key) => this.fields.has(key));
  }

  get(key: string): Json | undefined {
    return this.fields.get(key);
  }
}

/** Deepest nesting of lists and objects. */
const DEPTH_MAX = 127;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const BLANKS = /[ \t\n\r]*/y;

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): Json {
    const value = this.value(0);
    this.match(BLANKS);
    if (this.at !== this.text.length) throw new SyntaxError("text follows");
    return value;
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  private isNext(sign: string): boolean {
    this.match(BLANKS);
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  private expect(sign: string): void {
    if (!this.isNext(sign)) throw new SyntaxError(`'${sign}' is wanted`);
  }

  private value(depth: number): Json {
    if (depth > DEPTH_MAX) throw new SyntaxError("it is nested too deep");
    if (this.isNext("{")) return this.object(depth);
    if (this.isNext("[")) return this.list(depth);
    if (this.isNext("true")) return true;
    if (this.isNext("false")) return false;
    if (this.isNext("null")) return null;
    if (this.text[this.at] === '"') return this.string();
    const number = this.match(NUMBER);
    if (number === null || !Number.isFinite(Number(number))) throw new SyntaxError("no value");
    return new JsonNumber(number);
  }

  private string(): string {
    this.match(BLANKS);
    const found = this.match(STRING);
    if (found === null) throw new SyntaxError("a text is wanted");
    const text = JSON.parse(found) as string;
    // Half of a surrogate pair can be escaped, and is no character.
    if (/\p{Cs}/u.test(text)) throw new SyntaxError("half a character");
    return text;
  }

  private list(depth: number): Json[] {
    const values: Json[] = [];
    if (this.isNext("]")) return values;
    do values.push(this.value(depth + 1));
    while (this.isNext(","));
    this.expect("]");
    return values;
  }

  private object(depth: number): JsonObject {
    const fields = new Map<string, Json>();
    let hasTwice = false;
    if (this.isNext("}")) return new JsonObject(fields, hasTwice);
    do {
      const key = this.string();
      this.expect(":");
      hasTwice ||= fields.has(key);
      fields.set(key, this.value(depth + 1));
    } while (this.isNext(","));
    this.expect("}");
    return new JsonObject(fields, hasTwice);
  }
}

/** Bytes of a value as it is written without blanks. */
export function lengthOf(value: Json): number {
  const list = (lengths: readonly number[]) =>
    2 + Math.max(0, lengths.length - 1) + lengths.reduce((sum, length) => sum + length, 0);
  if (value instanceof JsonNumber) return value.text.length;
  if (value instanceof JsonObject) {
    return list([...value.fields].map(([key, one]) => lengthOf(key) + 1 + lengthOf(one)));
  }
  if (Array.isArray(value)) return list(value.map(lengthOf));
  return byteLength(JSON.stringify(value));
}

/** The value of a text; nothing for what is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return new Parser(text).whole();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
