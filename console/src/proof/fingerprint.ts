/**
 * A system's fingerprint: SHA-256 of its description and of the values of all that must be zero, at
 * one point that is drawn from a hash. These are polynomials of small degree, so others have other
 * values there, in whatever code they are written: two verifiers whose fingerprints agree check the
 * same. It tells versions apart; it does not bind somebody who prepares a system for this very
 * point, so a verifier always runs its own.
 */
import { ascii, bigEndian, joined } from "./bytes";
import type { Ext } from "./extension";
import { ORDER } from "./field";
import { sha256 } from "./sha256";
import type { On, System } from "./system";

const LABEL = ascii("ringfence reserves v1 point");
const KINDS: readonly On[] = ["active", "transition", "first", "marked", "last"];

/** Draws elements: hashes of a counter, cut into words of 31 bits, those below the order. */
export function drawer(): () => number {
  let counter = 0;
  let words: number[] = [];
  return () => {
    for (;;) {
      const word = words.shift();
      if (word === undefined) {
        const block = new DataView(sha256(joined(LABEL, bigEndian(counter, 4))).buffer);
        words = Array.from({ length: 8 }, (_, place) => block.getUint32(4 * place) >>> 1);
        counter += 1;
      } else if (word < ORDER) {
        return word;
      }
    }
  };
}

/** The fingerprint of a system of this size; `sample` makes it for a claim of drawn elements. */
export function fingerprint(
  size: { width: number; fractionColumns: number },
  sample: (draw: () => number) => System,
): Uint8Array<ArrayBuffer> {
  const draw = drawer();
  const element = (): Ext => [draw(), draw(), draw(), draw(), draw()];
  const elements = (count: number) => Array.from({ length: count }, element);
  const rows = {
    row: elements(size.width),
    next: elements(size.width),
    fractions: elements(size.fractionColumns + 1),
    fractionsNext: elements(size.fractionColumns + 1),
  };
  const challenges = {
    range: element(),
    asset: element(),
    limb: element(),
    node: element(),
    part: element(),
  };
  const total = element();
  const system = sample(draw);
  const zeros = system.zeros(rows, challenges, total);
  // What the verifier adds to the fractions is part of what is proved.
  zeros.push({ on: "last", value: system.total(challenges) });
  const values = zeros.flatMap(({ on, value }) => [
    Uint8Array.of(KINDS.indexOf(on)),
    ...value.map((coefficient) => bigEndian(coefficient, 4)),
  ]);
  const { description } = system;
  return sha256(joined(bigEndian(description.length, 4), description, ...values));
}
