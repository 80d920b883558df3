/**
 * Reads [postcard](https://postcard.jamesmunns.com/wire-format), in its canonical form only: each
 * length in the fewest bytes, each element below the order, nothing after the end. A length is held
 * against the bytes that are left before anything is made of it.
 */
import type { Ext } from "./extension";
import { ORDER, fromWire } from "./field";
import { DIGEST_WORDS, type Hash } from "./keccak";
import { canonicalError } from "./error";

const VARINT_BYTES_MAX = 10;
const EMPTY: readonly never[] = [];

export class Reader {
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    /** What is read, for errors. */
    private readonly what: string,
  ) {}

  refuse(problem: string): never {
    throw canonicalError(this.what, `${problem}, at byte ${this.at}`);
  }

  private byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) this.refuse("it is cut");
    this.at += 1;
    return byte;
  }

  /** A number of 64 bits as its lower and upper half. */
  private varint(): readonly [low: number, high: number] {
    let low = 0;
    let high = 0;
    for (let place = 0; place < VARINT_BYTES_MAX; place += 1) {
      const byte = this.byte();
      const bits = byte & 0x7f;
      const shift = 7 * place;
      if (shift < 32) low = (low | (bits << shift)) >>> 0;
      if (shift + 7 > 32) {
        high = (high | (shift < 32 ? bits >>> (32 - shift) : bits << (shift - 32))) >>> 0;
      }
      if (byte < 0x80) {
        if (place > 0 && byte === 0) this.refuse("a number has more bytes than it needs");
        if (place === VARINT_BYTES_MAX - 1 && byte > 1) this.refuse("a number has over 64 bits");
        return [low, high];
      }
    }
    return this.refuse("a number has over 64 bits");
  }

  /** So many values, each of at least `size` bytes. */
  list<T>(size: number, read: () => T): readonly T[] {
    const [count, high] = this.varint();
    if (high !== 0 || count * size > this.bytes.length - this.at) this.refuse("a list is cut");
    // Lists of nothing cost one byte each, so they share one.
    if (count === 0) return EMPTY;
    const values: T[] = [];
    for (let place = 0; place < count; place += 1) values.push(read());
    return values;
  }

  /** An element of the base field. */
  element(): number {
    const word =
      (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
    if (word >= ORDER) this.refuse("an element is not below the order");
    return fromWire(word);
  }

  elements(): readonly number[] {
    return this.list(4, () => this.element());
  }

  ext(): Ext {
    return [this.element(), this.element(), this.element(), this.element(), this.element()];
  }

  exts(): readonly Ext[] {
    return this.list(20, () => this.ext());
  }

  hash(): Hash {
    const words: number[] = [];
    while (words.length < DIGEST_WORDS) words.push(...this.varint());
    return words;
  }

  hashes(): readonly Hash[] {
    return this.list(4, () => this.hash());
  }

  end(): void {
    if (this.at !== this.bytes.length) this.refuse("something follows its end");
  }
}
