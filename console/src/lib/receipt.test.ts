import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Receipt } from "../api/model";
import {
  leafHash,
  parseCheckpoint,
  parseVerifyingKey,
  rootFromProof,
  toHex,
  verifyCheckpoint,
  verifyReceipt,
} from "./receipt";

const ORIGIN = "ringfence.example/decisions";
const sha = (...parts: Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const byte = (value: number) => new Uint8Array([value]);

/** Tree and path straight from the definitions of RFC 9162, 2.1, apart from what is tested. */
function treeHash(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return sha(byte(1), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}
function path(index: number, leaves: Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return index < split
    ? [...path(index, leaves.slice(0, split)), treeHash(leaves.slice(split))]
    : [...path(index - split, leaves.slice(split)), treeHash(leaves.slice(0, split))];
}

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const rawKey = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
const keyHash = sha(new TextEncoder().encode(`${ORIGIN}\n`), byte(1), rawKey).slice(0, 4);
const base64 = (...parts: Uint8Array[]) => Buffer.concat(parts).toString("base64");
const verifyingKey = `${ORIGIN}+${toHex(keyHash)}+${base64(byte(1), rawKey)}`;

function signed(size: number, root: Uint8Array): string {
  const text = `${ORIGIN}\n${size}\n${base64(root)}\n`;
  const signature = new Uint8Array(sign(null, Buffer.from(text), privateKey));
  return `${text}\n\u2014 ${ORIGIN} ${base64(keyHash, signature)}\n`;
}

const TX = "ab".repeat(32);
function receiptOf(index: number, size: number): Receipt {
  const entries = Array.from({ length: size }, (_, at) =>
    Buffer.concat([Buffer.from(`entry ${at} `), Buffer.from(TX, "hex")]),
  );
  const leaves = entries.map((entry) => sha(byte(0), entry));
  const root = treeHash(leaves);
  return {
    index,
    entry: base64(entries[index] as Buffer),
    leaf_hash: toHex(leaves[index] as Uint8Array),
    proof: path(index, leaves).map(toHex),
    size,
    root: toHex(root),
    checkpoint: signed(size, root),
    verifying_key: verifyingKey,
  };
}
const states = (steps: { id: string; state: string }[]) =>
  Object.fromEntries(steps.map((step) => [step.id, step.state]));

describe("a receipt", () => {
  it("hashes an empty leaf as RFC 6962 says", async () => {
    expect(toHex(await leafHash(new Uint8Array()))).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
  });

  it("holds for every entry of trees of every small size", async () => {
    for (let size = 1; size <= 17; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const steps = await verifyReceipt(receiptOf(index, size), `0x${TX}`);
        expect(steps.every((step) => step.state === "held")).toBe(true);
      }
    }
  });

  it("fails at the entry when one bit of it differs", async () => {
    const receipt = receiptOf(3, 9);
    const entry = Buffer.from(receipt.entry, "base64");
    entry[0] = (entry[0] ?? 0) ^ 1;
    const steps = await verifyReceipt({ ...receipt, entry: base64(entry) }, TX);
    expect(states(steps)).toMatchObject({ leaf: "failed", inclusion: "failed", signature: "held" });
  });

  it("fails when it names another transaction", async () => {
    const steps = await verifyReceipt(receiptOf(3, 9), "cd".repeat(32));
    expect(states(steps)).toMatchObject({ transaction: "failed", inclusion: "held" });
  });

  it("knows a transaction hash that is printed the other way round", async () => {
    const receipt = receiptOf(0, 2);
    const tx = "01".repeat(16) + "02".repeat(16);
    const entry = Buffer.from("02".repeat(16) + "01".repeat(16), "hex");
    const steps = await verifyReceipt({ ...receipt, entry: base64(entry) }, tx);
    expect(states(steps).transaction).toBe("held");
  });

  it("fails when a proof's hash is missing, doubled or for another place", async () => {
    const receipt = receiptOf(5, 9);
    const short = { ...receipt, proof: receipt.proof.slice(1) };
    const long = { ...receipt, proof: [...receipt.proof, receipt.proof[0] as string] };
    const moved = { ...receipt, index: 4 };
    const outside = { ...receipt, index: 9 };
    for (const bad of [short, long, moved, outside]) {
      expect(states(await verifyReceipt(bad, TX)).inclusion).toBe("failed");
    }
  });

  it("fails when the size or root beside the checkpoint is another", async () => {
    const receipt = receiptOf(1, 4);
    expect(states(await verifyReceipt({ ...receipt, size: 5 }, TX)).checkpoint).toBe("failed");
    const root = "00".repeat(32);
    expect(states(await verifyReceipt({ ...receipt, root }, TX)).checkpoint).toBe("failed");
  });

  it("fails when the checkpoint was changed after signing", async () => {
    const receipt = receiptOf(1, 4);
    const checkpoint = receipt.checkpoint.replace("\n4\n", "\n5\n");
    expect(states(await verifyCheckpoint(checkpoint, verifyingKey)).signature).toBe("failed");
  });

  it("fails when the key's hash does not belong to its name", async () => {
    const other = verifyingKey.replace(ORIGIN, "other.example/log");
    expect((await parseVerifyingKey(other)).isConsistent).toBe(false);
    const steps = await verifyCheckpoint(receiptOf(1, 4).checkpoint, other);
    expect(states(steps)).toEqual({ key: "failed", signature: "failed" });
  });

  it("reads origin, size and root of a signed note and keeps the final line feed", () => {
    const checkpoint = parseCheckpoint(receiptOf(0, 3).checkpoint);
    expect(checkpoint).toMatchObject({ origin: ORIGIN, size: 3 });
    expect(checkpoint.text.endsWith("\n")).toBe(true);
    expect(checkpoint.text.endsWith("\n\n")).toBe(false);
    expect(checkpoint.signatures).toHaveLength(1);
  });

  it("refuses notes that are no checkpoints", () => {
    expect(() => parseCheckpoint("origin\n3\nroot\n")).toThrow("no signatures");
    expect(() => parseCheckpoint("origin\n03\nAAAA\n\n\u2014 a b\n")).toThrow("origin, size");
  });

  it("gives no root for an index outside of the tree", async () => {
    expect(await rootFromProof(0, 0, new Uint8Array(32), [])).toBeNull();
    expect(await rootFromProof(-1, 2, new Uint8Array(32), [])).toBeNull();
    expect(await rootFromProof(0.5, 2, new Uint8Array(32), [])).toBeNull();
  });
});
