import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { WasmVerifier, joinParts, numberPart } from "./wasm";

const ascii = (text: string) => new TextEncoder().encode(text);

test("parts are joined with their names and lengths", () => {
  const joined = joinParts({ a: new Uint8Array([7, 8]), bc: new Uint8Array() });
  expect([...joined]).toEqual([
    ...[2, 0, 0, 0, 1, 0, 0, 0, 97, 2, 0, 0, 0, 7, 8],
    ...[2, 0, 0, 0, 98, 99, 0, 0, 0, 0],
  ]);
});

test("numbers are 32 bits, the least byte first", () => {
  expect([...numberPart(0x01020304)]).toEqual([4, 3, 2, 1]);
});

describe("the verifier that browsers load", () => {
  const bytes = readFileSync(new URL("../../public/proof.wasm", import.meta.url));

  test("answers", async () => {
    const verifier = await WasmVerifier.compile(bytes);
    expect(verifier.verify({ "header.json": ascii("{}") })).toMatchObject({
      ok: false,
      file: "header.json",
      code: "proof.canonical",
    });
  });
  test("is asked for the totals alone, or for a shard", async () => {
    const verifier = await WasmVerifier.compile(bytes);
    const files = { "header.json": ascii("{}"), "liabilities.json": ascii("{}") };
    const calls = [
      { ...files, "totals.proof": ascii("") },
      { ...files, shard: numberPart(0), "shard.proof": ascii("") },
    ];
    // Both come as far as the first file.
    for (const parts of calls) {
      expect(verifier.verify(parts)).toMatchObject({ file: "header.json", code: "proof.canonical" });
    }
    const mixed = { ...files, shard: numberPart(0), "totals.proof": ascii("") };
    expect(verifier.verify(mixed)).toMatchObject({ file: "input", code: "proof.canonical" });
  });
  test("says which part it lacks", async () => {
    const verifier = await WasmVerifier.compile(bytes);
    expect(verifier.verify({ "shard.proof": ascii("") })).toMatchObject({ code: "proof.field" });
  });
});
