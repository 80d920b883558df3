/**
 * BIP-322: a signature of a transaction that spends nothing. `to_spend` commits to the message and the
 * script of the address, `to_sign` spends it. Judged are the scripts that wallets make: P2PKH, P2WPKH,
 * P2TR by its key, and multisig in P2SH and P2WSH, each segwit form also nested. Others are refused.
 */
import { schnorr } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type Found, byKey } from "./claim";
import { type Bytes, attempt, concat, isSame, toHex, toNumber, utf8 } from "./encoding";
import { refuse } from "./error";
import type { AddressKey } from "./key";
import { Multisig, OP_RETURN, otherKey, pushesOf, singleKeyOf, tooFew } from "./scripts";
import {
  type PublicKey,
  compressed,
  hash160,
  isSignedBy,
  nestedProgram,
  publicKeyOf,
} from "./secp";
import {
  ALL,
  type Output,
  type Transaction,
  idOf,
  legacyDigest,
  readTransaction,
  readWitness,
  segwitDigest,
  taprootDigest,
} from "./transaction";

const NONE = new Uint8Array();
const NO_VALUE = new Uint8Array(8);

const invalid = (): never =>
  refuse("ownership.signature.invalid", "signature: it is not one of this message by this key");

export const messageHash = (message: string): Bytes =>
  schnorr.utils.taggedHash("BIP0322-signed-message", utf8(message));

/** The script that an output to the address has. */
export function outputScript({ type, bytes }: AddressKey): Bytes {
  switch (type) {
    case "p2pkh":
      return concat([0x76, 0xa9, 20], bytes, [0x88, 0xac]);
    case "p2sh":
      return concat([0xa9, 20], bytes, [0x87]);
    case "p2wpkh":
    case "p2wsh":
      return concat([0, bytes.length], bytes);
    case "p2tr":
      return concat([0x51, 32], bytes);
    default:
      return refuse("ownership.script.unsupported", "script: the address is of no type with a rule");
  }
}

/** The virtual transaction that pays nothing to the address. */
export function toSpend(script: Bytes, message: string): Transaction {
  const input = {
    previous: concat(new Uint8Array(32), [0xff, 0xff, 0xff, 0xff]),
    script: concat([0, 32], messageHash(message)),
    ...{ sequence: 0, witness: [] },
  };
  return { version: 0, inputs: [input], outputs: [{ value: NO_VALUE, script }], lockTime: 0 };
}

/** The virtual transaction that spends it, for a signature of a witness only. */
export function toSign(spent: Transaction, witness: readonly Bytes[]): Transaction {
  const input = { previous: outpoint(spent), script: NONE, sequence: 0, witness };
  const output = { value: NO_VALUE, script: new Uint8Array([OP_RETURN]) };
  return { version: 0, inputs: [input], outputs: [output], lockTime: 0 };
}

const outpoint = (spent: Transaction): Bytes => concat(idOf(spent), [0, 0, 0, 0]);

export function verifyBip322(
  key: AddressKey,
  message: string,
  signature: string,
  bytesOf: (text: string) => Bytes,
): Found {
  const spent = toSpend(outputScript(key), message);
  return new Spend(key, spent.outputs[0] as Output, decode(spent, signature, bytesOf)).check();
}

interface Decoded {
  form: "bip322_simple" | "bip322_full";
  tx: Transaction;
}

/** The signature as a transaction. A prefix names the variant; without one a witness is tried first. */
function decode(spent: Transaction, text: string, bytesOf: (text: string) => Bytes): Decoded {
  const [, prefix = "", body = ""] = /^(smp|ful|pof)?(.*)$/s.exec(text) ?? [];
  if (prefix === "pof") {
    refuse("ownership.signature.malformed", "signature: a proof of funds is not judged");
  }
  const bytes = bytesOf(body);
  const witness = prefix === "ful" ? null : attempt(() => readWitness(bytes));
  if (witness) return { form: "bip322_simple", tx: toSign(spent, witness) };
  const tx = prefix === "smp" ? null : attempt(() => readTransaction(bytes));
  if (!tx) {
    return refuse(
      "ownership.signature.malformed",
      "signature: it is neither a witness nor a transaction",
    );
  }
  const [input, output] = [tx.inputs[0], tx.outputs[0]];
  const isToSign =
    (tx.version === 0 || tx.version === 2) &&
    input !== undefined &&
    tx.inputs.length === 1 &&
    isSame(input.previous, outpoint(spent)) &&
    output !== undefined &&
    tx.outputs.length === 1 &&
    isSame(output.value, NO_VALUE) &&
    isSame(output.script, new Uint8Array([OP_RETURN]));
  return isToSign ? { form: "bip322_full", tx } : invalid();
}

/** One virtual spend, to be judged by the type of the address. */
class Spend {
  private readonly form: Decoded["form"];
  private readonly tx: Transaction;
  private readonly script: Bytes;
  private readonly witness: readonly Bytes[];

  constructor(
    private readonly key: AddressKey,
    private readonly spent: Output,
    { form, tx }: Decoded,
  ) {
    this.form = form;
    this.tx = tx;
    this.script = tx.inputs[0]?.script ?? NONE;
    this.witness = tx.inputs[0]?.witness ?? [];
  }

  check(): Found {
    const { type, bytes } = this.key;
    if (type === "p2pkh") return this.keyHash();
    if (type === "p2sh") return this.witness.length === 0 ? this.scriptHash() : this.nested();
    if (this.script.length > 0) return invalid();
    if (type === "p2wpkh") return this.witnessKey(bytes);
    if (type === "p2wsh") return this.witnessScript(bytes);
    return type === "p2tr" ? this.taproot() : invalid();
  }

  /** A signature in DER with the mark that it covers everything. */
  private isSigned(signature: Bytes, signer: PublicKey, digest: Bytes): boolean {
    return signature.at(-1) === ALL && isSignedBy(signer, digest, signature.subarray(0, -1));
  }

  private keyHash(): Found {
    const pushes = pushesOf(this.script);
    const [signature, signer] = pushes ?? [];
    if (pushes?.length !== 2 || !signature || !signer || this.witness.length > 0) return invalid();
    const key = publicKey(signer);
    if (!isSame(hash160(signer), this.key.bytes)) otherKey(toHex(compressed(key)));
    if (!this.isSigned(signature, key, legacyDigest(this.tx, this.spent.script))) invalid();
    return byKey(this.form, compressed(key));
  }

  /** P2SH whose script is a witness program, which a simple signature leaves out. */
  private nested(): Found {
    const last = this.witness.at(-1) as Bytes;
    const programs = [hash160(last), sha256(last)];
    const program = programs.find((one) => isSame(nestedProgram(one), this.key.bytes));
    if (!program) {
      return refuse("ownership.script.other_address", "script: its hash is not the address");
    }
    const expected = concat([program.length + 2, 0, program.length], program);
    if (this.form === "bip322_full" && !isSame(this.script, expected)) invalid();
    return program.length === 20 ? this.witnessKey(program) : this.witnessScript(program);
  }

  private witnessKey(program: Bytes): Found {
    const [signature, signer] = this.witness;
    if (this.witness.length !== 2 || !signature || !signer) return invalid();
    const key = publicKey(signer);
    if (signer.length !== 33 || !isSame(hash160(signer), program)) otherKey(toHex(compressed(key)));
    const script = concat([0x76, 0xa9, 20], program, [0x88, 0xac]);
    const digest = segwitDigest(this.tx, script, this.spent.value);
    if (!this.isSigned(signature, key, digest)) invalid();
    return byKey(this.form, compressed(key));
  }

  private witnessScript(program: Bytes): Found {
    const script = this.witness.at(-1);
    const stack = this.witness.slice(0, -1);
    if (!script) return invalid();
    if (!isSame(sha256(script), program)) {
      return refuse("ownership.script.other_address", "script: its hash is not the address");
    }
    const digest = segwitDigest(this.tx, script, this.spent.value);
    const single = singleKeyOf(script);
    const [signature] = stack;
    if (single && signature && stack.length === 1) {
      if (!this.isSigned(signature, single, digest)) invalid();
      return byKey(this.form, compressed(single));
    }
    return this.multisig(script, stack, digest);
  }

  /** Before segwit the signatures and the script are pushes of the input's script. */
  private scriptHash(): Found {
    const pushes = pushesOf(this.script);
    const script = pushes?.at(-1);
    if (!pushes || !script) return invalid();
    if (!isSame(hash160(script), this.key.bytes)) {
      return refuse("ownership.script.other_address", "script: its hash is not the address");
    }
    return this.multisig(script, pushes.slice(0, -1), legacyDigest(this.tx, script));
  }

  private multisig(script: Bytes, stack: readonly Bytes[], digest: Bytes): Found {
    const multisig = Multisig.parse(script);
    // OP_CHECKMULTISIG takes one element more than it needs, which must be empty (BIP-147).
    const [surplus, ...signatures] = stack;
    if (surplus?.length !== 0) return invalid();
    const { threshold, keys } = multisig;
    if (signatures.length !== threshold) tooFew(threshold, signatures.length);
    // Signatures come in the order of the keys.
    let next = 0;
    const signed = signatures.map((signature) => {
      const from = next;
      const place = keys.findIndex((key, at) => at >= from && this.isSigned(signature, key, digest));
      if (place < 0) return invalid();
      next = place + 1;
      return keys[place] as PublicKey;
    });
    const signers = multisig.accept(signed);
    const control = { by: "script", threshold, keys: keys.length } as const;
    return { form: this.form, signers, control, level: "proof" };
  }

  private taproot(): Found {
    const [signature] = this.witness;
    if (this.witness.length !== 1 || !signature) {
      return refuse("ownership.script.unsupported", "script: it is a taproot script path");
    }
    // 64 bytes, or 65 with a mark, which is then not that of the shorter form (BIP-341).
    const type = signature.length === 64 ? 0 : signature.at(-1);
    if (signature.length > 65 || signature.length < 64 || (type !== 0 && type !== ALL)) return invalid();
    if (signature.length === 65 && type === 0) return invalid();
    if (!attempt(() => schnorr.utils.lift_x(toNumber(this.key.bytes)))) {
      refuse("ownership.key.malformed", "public key: the address is no point of the curve");
    }
    const digest = taprootDigest(this.tx, this.spent, type);
    const compact = signature.subarray(0, 64);
    const isGood = attempt(() => schnorr.verify(compact, digest, this.key.bytes)) ?? false;
    return isGood ? byKey(this.form, this.key.bytes) : invalid();
  }
}

const publicKey = (bytes: Bytes): PublicKey =>
  publicKeyOf(bytes) ??
  refuse("ownership.key.malformed", "public key: the signature's key is no public key");
