/**
 * JSON in its one canonical form: compact, keys in a fixed order, each once. A text that is spelled
 * otherwise is refused, so that the digest of the bytes is the digest of what they say.
 */
import { canonicalError } from "./error";

/** Where in a text a value stands, to say what is wrong with it. */
export class Value {
  constructor(
    readonly value: unknown,
    private readonly what: string,
    private readonly parent: Value | null = null,
    private readonly key: string | number = "",
  ) {}

  /** Such as `assets[3].id`. */
  private get place(): string {
    const { parent, key } = this;
    if (!parent) return "";
    if (typeof key === "number") return `${parent.place}[${key}]`;
    return parent.place ? `${parent.place}.${key}` : key;
  }

  private refuse(wanted: string): never {
    throw canonicalError(this.what, `${this.place || "it"} is not ${wanted}`);
  }

  /** The values of an object that has exactly these keys. */
  fields<Key extends string>(...keys: readonly Key[]): Record<Key, Value> {
    const value = this.object();
    const found = Object.keys(value);
    if (found.length !== keys.length || keys.some((key, place) => found[place] !== key)) {
      this.refuse(`an object of ${keys.join(", ")}, in this order`);
    }
    const entries = keys.map((key) => [
      key,
      new Value(value[key], this.what, this, key),
    ]);
    return Object.fromEntries(entries) as Record<Key, Value>;
  }

  /** The same, where a list that would be empty is left away. */
  fieldsWith<List extends string, Key extends string>(
    list: List,
    ...keys: readonly (Key | List)[]
  ): Record<Exclude<Key, List>, Value> & Partial<Record<List, Value>> {
    const isThere = Object.hasOwn(this.object(), list);
    const fields = this.fields(...keys.filter((key) => isThere || key !== list));
    const found: unknown = isThere ? fields[list as Key | List].value : undefined;
    if (Array.isArray(found) && found.length === 0) this.refuse(`without '${list}' where that is empty`);
    return fields as ReturnType<typeof this.fieldsWith<List, Key>>;
  }

  private object(): Record<string, unknown> {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.refuse("an object");
    }
    return value as Record<string, unknown>;
  }

  /** What is read of each value of a list. */
  list<T>(read: (one: Value) => T): T[] {
    const { value } = this;
    if (!Array.isArray(value)) this.refuse("a list");
    return value.map((one, at) => read(new Value(one, this.what, this, at)));
  }

  text(): string {
    const { value } = this;
    // Half of a surrogate pair can be escaped in JSON, and is no character.
    if (typeof value !== "string" || /\p{Cs}/u.test(value)) this.refuse("a text");
    return value;
  }

  /** A whole number below 2^`bits`. Above 2^53 it is not exact, but still above. */
  whole(bits: number): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value >= 2 ** bits) {
      this.refuse(`a whole number of ${bits} bits`);
    }
    return value;
  }

  get isNull(): boolean {
    return this.value === null;
  }
}

/** Reads a text of at most `max` bytes. */
export function readCanonical(bytes: Uint8Array, max: number, what: string): Value {
  if (bytes.length > max) throw canonicalError(what, `it has more than ${max} bytes`);
  let text: string;
  let value: unknown;
  let again: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
    again = JSON.stringify(value);
  } catch {
    // Not UTF-8, not JSON, or nested deeper than any of our texts.
    throw canonicalError(what, "it is no JSON");
  }
  if (again !== text) {
    let place = 0;
    while (place < again.length && again[place] === text[place]) place += 1;
    throw canonicalError(what, `it is spelled otherwise from letter ${place} on`);
  }
  return new Value(value, what);
}
