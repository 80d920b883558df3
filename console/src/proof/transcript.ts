/**
 * The transcript of a proof (Fiat and Shamir): all that the prover said so far, from whose hash the
 * verifier's challenges come. As Plonky3's `SerializingChallenger32` over Keccak-256 has it: bytes
 * gather; when a challenge is wanted they are hashed, the hash takes their place, and challenges
 * are taken from its end. What is said then makes the rest of that hash void.
 */
import type { Ext } from "./extension";
import { ORDER, toWire } from "./field";
import { type Hash, keccak256 } from "./keccak";

export class Transcript {
  private said: number[];
  private left: number[] = [];

  constructor(begin: Uint8Array) {
    this.said = Array.from(begin);
  }

  private word(word: number): void {
    this.left = [];
    for (let shift = 0; shift < 32; shift += 8) this.said.push((word >>> shift) & 0xff);
  }

  /** Takes an element of the base field. */
  observe(value: number): void {
    this.word(toWire(value));
  }

  observeExt(value: Ext): void {
    for (const coefficient of value) this.observe(coefficient);
  }

  /** Takes the root of a commitment. */
  observeRoot(root: Hash): void {
    for (const word of root) this.word(word);
  }

  /** Takes bytes as elements: how many there are, then three to an element, lowest first. */
  observeBytes(bytes: Uint8Array): void {
    this.observe(bytes.length);
    for (let at = 0; at < bytes.length; at += 3) {
      const [low = 0, middle = 0, high = 0] = bytes.subarray(at, at + 3);
      this.observe(low | (middle << 8) | (high << 16));
    }
  }

  private byte(): number {
    if (this.left.length === 0) {
      const hashed = Array.from(keccak256(Uint8Array.from(this.said)));
      this.said = [...hashed];
      this.left = hashed;
    }
    return this.left.pop() as number;
  }

  /** 31 bits. */
  private draw(): number {
    let word = 0;
    for (let shift = 0; shift < 32; shift += 8) word |= this.byte() << shift;
    return word & 0x7fffffff;
  }

  /** Draws an element of the base field: 31 bits, again when they are not below the order. */
  sample(): number {
    for (;;) {
      const drawn = this.draw();
      if (drawn < ORDER) return drawn;
    }
  }

  sampleExt(): Ext {
    return [this.sample(), this.sample(), this.sample(), this.sample(), this.sample()];
  }

  /** Draws a whole number of so many bits, up to 31. */
  sampleBits(bits: number): number {
    return this.draw() & (2 ** bits - 1);
  }

  /**
   * Whether a witness shows 2^`bits` attempts. A byte is drawn first, so that the witness is joined
   * to a hash of all that was said, and not to a long message.
   */
  isWorked(bits: number, witness: number): boolean {
    this.byte();
    this.observe(witness);
    return this.sampleBits(bits) === 0;
  }
}
