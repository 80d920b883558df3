// The verifier that browsers load, called from here: it imports nothing, reads a header, refuses what
// is wrong, and leaves no memory behind.
//
// node e2e/wasm.mjs [FOLDER…]: every file of a folder is handed over as a part of one input, and the
// answer must be yes; then with bits flipped, and it must be no.
// node e2e/wasm.mjs --bundle FOLDER: the totals and each shard of a bundle, one by one.
// node e2e/wasm.mjs --cases FOLDER: bundles and receipts that lie (tests of the crate reserves leave them
// there), each as a customer would check it, and the totals and shards by themselves: refused, and for
// the reason that is known.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const file = readFileSync(new URL("../public/proof.wasm", import.meta.url));

function number(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function joined(parts) {
  const written = Object.entries(parts).flatMap(([name, bytes]) => [
    number(name.length),
    Buffer.from(name),
    number(bytes.length),
    Buffer.from(bytes),
  ]);
  return Buffer.concat([number(Object.keys(parts).length), ...written]);
}

class Verifier {
  constructor(module) {
    this.wasm = new WebAssembly.Instance(module, {}).exports;
  }

  // Memory moves when it grows: views are made anew after each call.
  answer(input) {
    const { memory, alloc, call, free } = this.wasm;
    const at = alloc(input.length);
    assert.notEqual(at, 0, "the input is larger than what is read");
    new Uint8Array(memory.buffer, at, input.length).set(input);
    const result = call(at, input.length);
    free(at, input.length);
    const length = new DataView(memory.buffer).getUint32(result, true);
    const text = Buffer.from(memory.buffer, result + 4, length).toString();
    free(result, 4 + length);
    return JSON.parse(text);
  }
}

function timed(work, times) {
  const spent = Array.from({ length: times }, () => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  });
  const sorted = spent.slice(1).sort((a, b) => a - b);
  const ms = (value) => `${value.toFixed(2)} ms`;
  return `${ms(spent[0])}, then ${ms(sorted[Math.floor(sorted.length / 2)])}`;
}

let begin = performance.now();
const module = new WebAssembly.Module(file);
assert.deepEqual(WebAssembly.Module.imports(module), [], "the module imports something");
const functions = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
assert.deepEqual(functions.map(({ name }) => name).sort(), ["alloc", "call", "free"]);
const verifier = new Verifier(module);
console.log(
  `proof.wasm: ${file.length} bytes, ${gzipSync(file, { level: 9 }).length} with gzip, no imports; ` +
    `loaded in ${(performance.now() - begin).toFixed(1)} ms`,
);

const header = JSON.stringify({
  version: 1,
  constraints: "ab".repeat(32),
  exchange: "example",
  round: "2026-11",
  snapshot_at: 1793491200,
  chains: [{ id: "eip155:1", height: 24000000, hash: `0x${"11".repeat(32)}` }],
  currency: "USD",
  assets: [{ symbol: "BTC", id: "bip122:1/slip44:0", decimals: 8, price: "65000.25" }],
  layout: "sparse",
  width: "96",
  shards: 3,
  slots: 25000,
  log_rows: 16,
  previous: null,
});
const good = joined({ "header.json": header });
assert.equal(verifier.answer(good).ok, true);
console.log(`header: ${timed(() => verifier.answer(good), 50)}`);

const spelled = joined({ "header.json": header.replace(",", ", ") });
assert.equal(verifier.answer(spelled).code, "proof.canonical");
const wrong = joined({ "header.json": header.replace('"version":1', '"version":2') });
assert.equal(verifier.answer(wrong).code, "proof.field");
for (const input of [Buffer.alloc(0), good.subarray(1), Buffer.concat([good, number(0)])]) {
  assert.equal(verifier.answer(input).code, "proof.canonical");
}
const { memory, alloc } = verifier.wasm;
const before = memory.buffer.byteLength;
for (let round = 0; round < 2000; round += 1) verifier.answer(good);
assert.equal(memory.buffer.byteLength, before, "memory is left behind");
assert.equal(alloc(2 ** 31), 0);

// The stack grows down to address 0, below everything else: what is still zero was never used.
function stackLeft() {
  return new Uint8Array(memory.buffer).findIndex((byte) => byte !== 0);
}

const claimsOf = (folder) => ({
  "header.json": readFileSync(join(folder, "header.json")),
  "liabilities.json": readFileSync(join(folder, "liabilities.json")),
});
const ofTotals = (folder) =>
  verifier.answer(
    joined({ ...claimsOf(folder), "totals.proof": readFileSync(join(folder, "totals.proof")) }),
  );
/** The proof of a shard, as that of another one where that is said. */
const ofShard = (folder, shard, as = shard) => {
  const name = `shards/${String(shard).padStart(5, "0")}.proof`;
  const proof = readFileSync(join(folder, name));
  return verifier.answer(
    joined({ ...claimsOf(folder), shard: number(as), "shard.proof": proof }),
  );
};

function bundle(folder) {
  const totals = ofTotals(folder);
  assert.equal(totals.ok, true, JSON.stringify(totals));
  assert.ok(totals.shards > 0 && !("shard" in totals), JSON.stringify(totals));
  for (let shard = 0; shard < totals.shards; shard += 1) {
    const answer = ofShard(folder, shard);
    assert.deepEqual([answer.ok, answer.shard], [true, shard], JSON.stringify(answer));
    const other = ofShard(folder, shard, (shard + 1) % Math.max(totals.shards, 2));
    assert.equal(other.ok, false, "the proof of one shard was taken for another");
  }
  const none = ofShard(folder, 0, totals.shards);
  assert.equal(none.code, "proof.file.extra");
  const short = joined({ ...claimsOf(folder), shard: Buffer.alloc(3), "shard.proof": Buffer.alloc(1) });
  assert.equal(verifier.answer(short).code, "proof.field");
  console.log(`${folder}: the totals, and ${totals.shards} shards by themselves`);
  console.log(`totals alone: ${timed(() => ofTotals(folder), 12)}`);
  console.log(`a shard alone: ${timed(() => ofShard(folder, 0), 12)}`);
}

function cases(folder) {
  // Of the first shard and the second: of a round without margin products, and of one with them.
  const customers = [0, 1, 2, 3].map((number) => readFileSync(join(folder, `customer-${number}.json`)));
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "expected")));
  assert.ok(names.length > 40, `${folder}: cases are missing: run the tests of the crate reserves`);
  let asked = 0;
  for (const name of names.sort()) {
    const at = (part) => join(folder, name, part);
    const [code, file] = readFileSync(at("expected"), "utf8").trim().split(" ");
    // A receipt that lies, or one of a customer of whom the round that lies has a leaf.
    const read = (part) => (existsSync(at(part)) ? readFileSync(at(part)) : undefined);
    const lie = read("receipt.json");
    const own = lie ?? read("customer.json");
    const shard = own ? JSON.parse(own.toString().trim()).shard : Number(file?.startsWith("shards/00001"));
    const isMargin = name.startsWith("12-");
    const proof = at(`bundle/shards/0000${Math.min(shard, 1)}.proof`);
    // What customers do not load is no matter of theirs.
    const isTheirs = own || /^(header|liabilities|totals|shards.0000[01])[.]/.test(file);
    if (!isTheirs || !existsSync(proof) || code === "proof.manifest") continue;
    const answer = verifier.answer(
      joined({
        "header.json": readFileSync(at("bundle/header.json")),
        "liabilities.json": readFileSync(at("bundle/liabilities.json")),
        "totals.proof": readFileSync(at("bundle/totals.proof")),
        "receipt.json": own ?? customers[isMargin ? 2 + shard : shard],
        "shard.proof": readFileSync(proof),
      }),
    );
    asked += 1;
    assert.equal(answer.ok, code === "ok", `${name}: ${JSON.stringify(answer)}`);
    // Without a receipt, what is wrong with a file is wrong all the same.
    const bundle = at("bundle");
    const alone = file?.startsWith("shards/") ? ofShard(bundle, shard) : ofTotals(bundle);
    const isRefused = code !== "ok" && !lie;
    assert.equal(alone.ok, !isRefused, `${name}: ${JSON.stringify(alone)}`);
    if (isRefused) assert.equal(`${alone.code} ${alone.file}`, `${code} ${file}`, name);
    // A receipt may be refused before what the case is about.
    if (code !== "ok" && (own || answer.file !== "receipt")) assert.equal(answer.code, code, name);
  }
  assert.ok(asked > 30, `${asked} of ${names.length} cases asked`);
  console.log(`${asked} cases: the honest one holds, every lie is refused`);
}

const folders = process.argv.slice(2);
if (folders[0] === "--cases") cases(folders.splice(0, 2)[1]);
if (folders[0] === "--bundle") bundle(folders.splice(0, 2)[1]);
for (const folder of folders) {
  const names = readdirSync(folder).sort();
  const parts = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
  const input = joined(parts);
  begin = performance.now();
  const cold = new Verifier(new WebAssembly.Module(file)).answer(input);
  const first = performance.now() - begin;
  console.log(`${folder}: ${JSON.stringify(cold)}, loaded and answered in ${first.toFixed(1)} ms`);
  assert.equal(cold.ok, true);
  console.log(`${folder}: ${timed(() => assert.equal(verifier.answer(input).ok, true), 12)}`);
  // A prime step, so that flips lie all over the input.
  for (let flip = 0; flip < 200; flip += 1) {
    const changed = Buffer.from(input);
    const place = (flip * 1_000_003) % changed.length;
    changed[place] ^= 1 << flip % 8;
    assert.equal(verifier.answer(changed).ok, false, `byte ${place} changed and nobody noticed`);
  }
  console.log(`${folder}: 200 flipped bits refused; ${stackLeft()} bytes of stack were never used`);
}
