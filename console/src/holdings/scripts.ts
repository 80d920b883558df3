/** Scripts, as far as they are judged: pushes, one key, and m of n keys. */
import { type Bytes, distinct, isSame, toHex } from "./encoding";
import { refuse } from "./error";
import { type PublicKey, compressed, publicKeyOf } from "./secp";

const OP_PUSHDATA1 = 0x4c;
const OP_1 = 0x51;
const OP_16 = 0x60;
export const OP_RETURN = 0x6a;
export const OP_CHECKSIG = 0xac;
const OP_CHECKMULTISIG = 0xae;

type Instruction = { push: Bytes } | { op: number };

/** The instructions of a script; null where a push breaks off or could be shorter (BIP-62). */
function instructionsOf(script: Bytes): Instruction[] | null {
  const found: Instruction[] = [];
  let at = 0;
  while (at < script.length) {
    const op = script[at] as number;
    at += 1;
    if (op > OP_PUSHDATA1 + 2) {
      found.push({ op });
      continue;
    }
    const lengthBytes = op < OP_PUSHDATA1 ? 0 : 2 ** (op - OP_PUSHDATA1);
    if (at + lengthBytes > script.length) return null;
    const lengthText = script.subarray(at, at + lengthBytes);
    const length = lengthBytes === 0 ? op : lengthText.reduceRight((sum, byte) => sum * 256 + byte, 0);
    at += lengthBytes;
    const push = script.subarray(at, at + length);
    if (push.length !== length || !isShortest(lengthBytes, push)) return null;
    found.push({ push });
    at += length;
  }
  return found;
}

/** Least lengths of pushes whose length is in the opcode, or in 1, 2 or 4 bytes after it. */
const LEAST: Readonly<Record<number, number>> = { 0: 0, 1: 76, 2: 0x100, 4: 0x10000 };

function isShortest(lengthBytes: number, push: Bytes): boolean {
  const [first = 0] = push;
  // Numbers from 1 to 16, and -1, have opcodes of their own.
  const hasOpcode = lengthBytes === 0 && push.length === 1 && (first === 0x81 || (first > 0 && first <= 16));
  return push.length >= (LEAST[lengthBytes] as number) && !hasOpcode;
}

/** What a script pushes, if it does nothing else. */
export function pushesOf(script: Bytes): Bytes[] | null {
  const instructions = instructionsOf(script);
  if (!instructions) return null;
  const pushes = instructions.flatMap((one) => ("push" in one ? [one.push] : []));
  return pushes.length === instructions.length ? pushes : null;
}

/** The key of a script `key OP_CHECKSIG`. */
export function singleKeyOf(script: Bytes): PublicKey | null {
  if (script.length !== 35 || script[0] !== 33 || script[34] !== OP_CHECKSIG) return null;
  return publicKeyOf(script.subarray(1, 34));
}

const smallNumber = (one: Instruction | undefined): number | null =>
  one && "op" in one && one.op >= OP_1 && one.op <= OP_16 ? one.op - OP_1 + 1 : null;

const malformed = (problem: string): never =>
  refuse("ownership.script.malformed", `script: ${problem}`);

/** A script `m key… n OP_CHECKMULTISIG` and nothing else. */
export class Multisig {
  private constructor(
    readonly threshold: number,
    readonly keys: readonly PublicKey[],
  ) {}

  static parse(script: Bytes): Multisig {
    const instructions = instructionsOf(script) ?? malformed("it ends within a push");
    const keys = instructions.slice(1, -2);
    const threshold = smallNumber(instructions[0]);
    const count = smallNumber(instructions.at(-2));
    const last = instructions.at(-1);
    const isMultisig =
      instructions.length >= 3 &&
      last !== undefined &&
      "op" in last &&
      last.op === OP_CHECKMULTISIG &&
      count === keys.length;
    if (threshold === null || count === null || !isMultisig) {
      return refuse("ownership.script.unsupported", "script: it is not a bare multisig");
    }
    if (threshold > count) malformed("it demands more keys than it has");
    const points = keys.map((one) => ("push" in one ? publicKeyOf(one.push) : null));
    const known = points.filter((point) => point !== null);
    if (known.length !== points.length) malformed("one of its keys is not a public key");
    return new Multisig(threshold, known);
  }

  /** Accepts the keys that signed: each is in the script, and enough of them are distinct. */
  accept(signed: readonly PublicKey[]): Bytes[] {
    const own = this.keys.map(compressed);
    const signers = distinct(signed.map(compressed));
    const stranger = signed.map(compressed).find((key) => !own.some((one) => isSame(one, key)));
    if (stranger) otherKey(toHex(stranger));
    if (signers.length < this.threshold) tooFew(this.threshold, signers.length);
    return signers;
  }
}

export const otherKey = (found: string): never =>
  refuse(
    "ownership.signature.other_key",
    `signature: it is by key ${found}, which is not a key of the address`,
  );

/** Fewer distinct keys than are demanded do not control anything. */
export const tooFew = (needed: number | bigint, got: number): never =>
  refuse(
    "ownership.multisig.threshold",
    `multisig: ${got} distinct keys signed where ${needed} are demanded`,
  );
