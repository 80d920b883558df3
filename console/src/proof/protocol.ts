/**
 * Names of the protocols within a proof. Before it is played, each is described to the transcript:
 * which steps it has, how many values each step takes, and over which algebra. Plonky3 renders the
 * description as text and hashes it (its `fs` module); the same text is built here.
 */
import { ascii, bigEndian, joined, toHex } from "./bytes";
import { ORDER } from "./field";
import { keccak256 } from "./keccak";
import type { Transcript } from "./transcript";

const PROTOCOL_ID_BYTES = 64;
const VERSION = 1;
const DOMAIN_TAG = 0x80;

const algebra = (degree: number, basis: string) =>
  `Algebra(${ORDER}^${degree};${toHex(keccak256(ascii(basis)))})`;
const BASE = algebra(1, "p3-scalar-basis-v1");
const EXTENSION = algebra(5, "p3-power-basis-v1:X^5+X^2-1");

const step = (kind: string, label: string, length: string, type: string) =>
  `${kind} ${label.length} ${label} ${length} ${type}`;

/** Steps of a protocol, in words of the description. */
export const STEP = {
  commitment: (label: string) => step("Atomic Message", label, "Scalar", "Opaque"),
  values: (label: string, count: number) =>
    step("Atomic Message", label, `Fixed(${count})`, EXTENSION),
  work: (label: string, bits: number) => step("Atomic Pow", label, `Fixed(${bits})`, BASE),
  challenge: (label: string) => step("Atomic Challenge", label, "Scalar", EXTENSION),
  places: (label: string, bits: number, count: number) =>
    step("Atomic Challenge", label, `Fixed(${count})`, `Bits(${bits})`),
  begin: (label: string) => step("Begin Protocol", label, "None", "Marker"),
  end: (label: string) => step("End Protocol", label, "None", "Marker"),
} as const;

/** Tells the transcript which protocol begins, and the numbers that tell this run of it apart. */
export function describe(
  transcript: Transcript,
  name: string,
  steps: readonly string[],
  numbers: readonly number[],
): void {
  const id = new Uint8Array(PROTOCOL_ID_BYTES);
  id[0] = VERSION;
  id.set(ascii(name), 1);
  id[PROTOCOL_ID_BYTES - 1] = name.length;
  const digits = String(steps.length - 1).length;
  const lines = steps.map((text, place) => `${String(place).padStart(digits, "0")} ${text}\n`);
  const text = `Plonky3 Fiat-Shamir Transcript (${steps.length} interactions)\n${lines.join("")}`;
  const instance = joined(
    ...numbers.flatMap((number) => [bigEndian(8, 4), bigEndian(number, 8)]),
  );
  transcript.observeBytes(
    joined(
      id,
      keccak256(ascii(text)),
      bigEndian(instance.length, 4),
      instance,
      Uint8Array.of(DOMAIN_TAG),
    ),
  );
}
