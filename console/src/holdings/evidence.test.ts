import { readFileSync } from "node:fs";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, test } from "vitest";
import { type Decimal, baseUnits, decimal, decimalText, quantity, sumOf, toBaseUnits } from "./amount";
import { fieldsOf } from "./csv";
import { utf8, unhex } from "./encoding";
import { HoldingsError } from "./error";
import { type Json, JsonNumber, JsonObject, lengthOf, parseJson } from "./jsonLine";
import { itemOf, itemsOf, listRlp, numberRlp, stringRlp } from "./rlp";
import { agreed } from "./sources";
import { AccountProof, stateHeader } from "./state";
import { EMPTY_ROOT } from "./trie";

const code = (check: () => unknown): string => {
  try {
    check();
    return "held";
  } catch (error) {
    if (error instanceof HoldingsError) return error.code;
    throw error;
  }
};

const bytes = (text: string) => (text === "" ? new Uint8Array() : (unhex(text) as Uint8Array));

describe("Ethereum's first state", () => {
  const fields = [
    new Uint8Array(32),
    bytes("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"),
    new Uint8Array(20),
    bytes("d7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544"),
    EMPTY_ROOT,
    EMPTY_ROOT,
    new Uint8Array(256),
    bytes("0400000000"),
    ...["", "1388", "", ""].map(bytes),
    bytes("11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa"),
    new Uint8Array(32),
    bytes("0000000000000042"),
  ];
  const rlp = listRlp(...fields.map(stringRlp));
  const hash = bytes("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
  const path = new URL("../../../crates/attest/tests/data/genesis_proof.json", import.meta.url);
  const text = readFileSync(path, "utf8");
  const verify = (json: string) =>
    AccountProof.parse(parseJson(json) as Json).verify(stateHeader(rlp, hash));

  test("holds what its genesis gave", () => {
    expect(stateHeader(rlp, hash).number).toBe(0n);
    expect(verify(text).balance).toBe(200_000_000_000_000_000_000n);
  });
  test("and nothing else", () => {
    const invalid = "evidence.proof.invalid";
    expect(code(() => verify(text.replace("0xad78ebc5ac6200000", "0xad78ebc5ac6200001")))).toBe(invalid);
    expect(code(() => verify(text.replace('"nonce": "0x0"', '"nonce": "0x1"')))).toBe(invalid);
    for (const digits of ["f90211a090", "f90211a0da"]) {
      const changed = text.replace(digits, digits.replace("a0", "a1"));
      expect(changed).not.toBe(text);
      expect(code(() => verify(changed)), digits).toBe(invalid);
    }
  });
  test("has one header", () => {
    expect(code(() => stateHeader(rlp, new Uint8Array(32)))).toBe("evidence.header.other");
    const wrong = [
      bytes("c0"),
      bytes("80"),
      rlp.subarray(0, -1),
      new Uint8Array([...rlp, 0]),
      new Uint8Array(5000).fill(0xc1),
      new Uint8Array([0xd0, ...new Uint8Array(16).fill(0xc0)]),
      listRlp(...fields.map((field, place) => stringRlp(place === 8 ? bytes("00") : field))),
    ];
    for (const other of wrong) {
      expect(code(() => stateHeader(other, keccak_256(other)))).toBe("evidence.header.malformed");
    }
  });
});

test("RLP has one encoding of each value", () => {
  expect(itemOf(bytes("8100"))).toBeNull();
  expect(itemOf(bytes("b80101"))).toBeNull();
  expect(itemOf(bytes("b900380102"))).toBeNull();
  expect(itemOf(bytes("83abcd"))).toBeNull();
  expect(itemOf(bytes("0101"))).toBeNull();
  const list = itemOf(listRlp(numberRlp(0n), numberRlp(127n), numberRlp(128n), listRlp()));
  const items = list && itemsOf(list, 4);
  expect(items?.map(({ isList, payload }) => [isList, ...payload])).toEqual([
    ...[[false], [false, 127], [false, 128], [true]],
  ]);
  expect(list && itemsOf(list, 3)).toBeNull();
  const long = stringRlp(new Uint8Array(300));
  expect(itemOf(long)?.payload).toHaveLength(300);
});

test("JSON is read strictly", () => {
  const value = parseJson(' {"a": [1, -2.5e3, true, null, "\\u00e9\\ud83d\\ude00"], "b": {}} ');
  expect(value).toBeInstanceOf(JsonObject);
  const list = (value as JsonObject).get("a") as readonly Json[];
  expect((list[0] as JsonNumber).whole()).toBe(1n);
  expect((list[1] as JsonNumber).whole()).toBeNull();
  expect(list[4]).toBe("é😀");
  expect(lengthOf(parseJson('{ "a" : [ 1 , "x\\n" ] , "b" : null }') as Json)).toBe(
    '{"a":[1,"x\\n"],"b":null}'.length,
  );
  expect((parseJson('{"a":1,"a":2}') as JsonObject).hasTwice).toBe(true);
  expect((parseJson("18446744073709551615") as JsonNumber).whole()).toBe((1n << 64n) - 1n);
  expect((parseJson("18446744073709551616") as JsonNumber).whole()).toBeNull();
  const wrong = ["", "{", "[1,]", "{'a':1}", "01", "1.", "+1", "NaN", "1e999", '"\\x"', '"\n"'];
  wrong.push('"\\ud800"', "1 2", "[".repeat(200) + "]".repeat(200), '{"a":1,}', "\ufeff1");
  for (const text of wrong) expect(parseJson(text), text).toBeUndefined();
});

test("amounts are exact, and what is none is refused", () => {
  expect(baseUnits("0042")).toBe(42n);
  expect(baseUnits(String((1n << 256n) - 1n))).toBe((1n << 256n) - 1n);
  for (const text of ["", "-1", "+1", "1.0", "1e3", "0x1", " 1", String(1n << 256n), "١"]) {
    expect(baseUnits(text), text).toBeNull();
  }
  expect(quantity("0x00ff")).toBe(255n);
  for (const text of ["0x", "ff", "0xg", `0x1${"0".repeat(64)}`]) expect(quantity(text)).toBeNull();
  const read = (text: string) => decimal(text) as Decimal;
  expect(decimalText(read("1.500"))).toBe("1.5");
  expect(toBaseUnits(read("1.50"), 6)).toBe(1_500_000n);
  expect(toBaseUnits(read("0.0000001"), 6)).toBeNull();
  expect(sumOf(read(String((1n << 128n) - 1n)), read("1"))).toBeNull();
  expect(decimalText(sumOf(read("0.1"), read("0.02")) as Decimal)).toBe("0.12");
  for (const text of ["", ".5", "5.", "1.2.3", "-1", `0.${"1".repeat(31)}`, String(1n << 128n)]) {
    expect(typeof decimal(text), text).toBe("string");
  }
});

test("fields of a line are cut as RFC 4180 says", () => {
  expect(fieldsOf('a, "b,""c""" ,,d ', 1)).toEqual(["a", 'b,"c"', "", "d"]);
  for (const wrong of ['"a', 'a"b', '"a"b', '"a""', "a,".repeat(16)]) {
    expect(code(() => fieldsOf(wrong, 1)), wrong).toBe("reserves.row.columns");
  }
});

test("sources agree or are refused", () => {
  const of = (source: string, height = 5n, amount = 7n) => ({ source, height, amount });
  expect(agreed([of("node")]).level).toBe("claim");
  expect(agreed([of("node"), of(" node\u0085")]).level).toBe("claim");
  expect(agreed([of("node"), of("explorer")])).toEqual({ amount: 7n, level: "two_sources" });
  const disagree = "evidence.sources.disagree";
  expect(code(() => agreed([of("node"), of("explorer", 6n)]))).toBe(disagree);
  expect(code(() => agreed([of("node"), of("explorer", 5n, 8n)]))).toBe(disagree);
  for (const none of [[], [of(" ")]]) {
    expect(code(() => agreed(none))).toBe("evidence.sources.missing");
  }
});

test("UTF-8 is counted in bytes", () => {
  expect(utf8("é😀")).toHaveLength(6);
});
