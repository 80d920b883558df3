/** Transactions of Bitcoin, as far as BIP-322 needs them: read, written, and hashed to be signed. */
import { schnorr } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { varInt, withLength } from "./digests";
import { type Bytes, concat, sha256d } from "./encoding";

export interface Input {
  /** The transaction and the place of the output that is spent: 36 bytes. */
  previous: Bytes;
  script: Bytes;
  sequence: number;
  witness: readonly Bytes[];
}

export interface Output {
  /** Eight bytes. */
  value: Bytes;
  script: Bytes;
}

export interface Transaction {
  version: number;
  inputs: readonly Input[];
  outputs: readonly Output[];
  lockTime: number;
}

const NONE = new Uint8Array();

function u32(number: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

/** Bytes one after the other; throws where they end. */
class Reader {
  private at = 0;

  constructor(private readonly bytes: Bytes) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  take(length: number): Bytes {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError("the bytes end");
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  whole(length: number): number {
    return this.take(length).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  count(): number {
    const first = this.whole(1);
    if (first < 0xfd) return first;
    const length = 2 ** (first - 0xfc);
    const number = this.whole(length);
    const least = [0xfd, 0x10000, 0x100000000][first - 0xfd] as number;
    if (number < least) throw new RangeError("a number could be shorter");
    return number;
  }

  list<T>(read: () => T): T[] {
    const count = this.count();
    // Each has a byte at least.
    if (count > this.bytes.length) throw new RangeError("the bytes end");
    return Array.from({ length: count }, read);
  }

  field(): Bytes {
    return this.take(this.count());
  }
}

/** All of the bytes as what is read of them. */
function whole<T>(bytes: Bytes, read: (reader: Reader) => T): T {
  const reader = new Reader(bytes);
  const value = read(reader);
  if (!reader.isAtEnd) throw new RangeError("bytes follow");
  return value;
}

export const readWitness = (bytes: Bytes): Bytes[] =>
  whole(bytes, (reader) => reader.list(() => reader.field()));

export function readTransaction(bytes: Bytes): Transaction {
  return whole(bytes, (reader) => {
    const version = reader.whole(4);
    const input = (): Input => ({
      previous: reader.take(36),
      script: reader.field(),
      sequence: reader.whole(4),
      witness: [],
    });
    let inputs = reader.list(input);
    const hasWitness = inputs.length === 0;
    if (hasWitness) {
      if (reader.whole(1) !== 1) throw new RangeError("no such kind of transaction");
      inputs = reader.list(input);
    }
    const outputs = reader.list(() => ({ value: reader.take(8), script: reader.field() }));
    if (hasWitness) {
      inputs = inputs.map((one) => ({ ...one, witness: reader.list(() => reader.field()) }));
      if (inputs.length > 0 && inputs.every(({ witness }) => witness.length === 0)) {
        throw new RangeError("it says that it has a witness");
      }
    }
    return { version, inputs, outputs, lockTime: reader.whole(4) };
  });
}

const outputBytes = ({ value, script }: Output): Bytes => concat(value, withLength(script));

/** Without witnesses: what an id is of. `scripts` stand in place of those of the inputs. */
function stripped(tx: Transaction, scripts = tx.inputs.map(({ script }) => script)): Bytes {
  const inputs = tx.inputs.map(({ previous, sequence }, place) =>
    concat(previous, withLength(scripts[place] ?? NONE), u32(sequence)),
  );
  return concat(
    u32(tx.version),
    ...[varInt(inputs.length), ...inputs],
    ...[varInt(tx.outputs.length), ...tx.outputs.map(outputBytes)],
    u32(tx.lockTime),
  );
}

export const idOf = (tx: Transaction): Bytes => sha256d(stripped(tx));

/** SIGHASH_ALL. */
export const ALL = 1;

/** What is signed for the one input of a transaction before segwit. */
export const legacyDigest = (tx: Transaction, script: Bytes): Bytes =>
  sha256d(concat(stripped(tx, [script]), u32(ALL)));

const all = (parts: readonly Bytes[]): Bytes => concat(...parts);

/** BIP-143, of the one input. */
export function segwitDigest(tx: Transaction, script: Bytes, value: Bytes): Bytes {
  const [input] = tx.inputs as readonly [Input];
  return sha256d(
    concat(
      u32(tx.version),
      sha256d(input.previous),
      sha256d(u32(input.sequence)),
      input.previous,
      withLength(script),
      value,
      u32(input.sequence),
      sha256d(all(tx.outputs.map(outputBytes))),
      ...[u32(tx.lockTime), u32(ALL)],
    ),
  );
}

/** BIP-341, of the one input, by its key. */
export function taprootDigest(tx: Transaction, spent: Output, type: number): Bytes {
  const [input] = tx.inputs as readonly [Input];
  const message = concat(
    [0, type],
    u32(tx.version),
    u32(tx.lockTime),
    sha256(input.previous),
    sha256(spent.value),
    sha256(withLength(spent.script)),
    sha256(u32(input.sequence)),
    sha256(all(tx.outputs.map(outputBytes))),
    [0],
    u32(0),
  );
  return schnorr.utils.taggedHash("TapSighash", message);
}
