/** Tables that two programs must agree on, held against the other's source. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NAMES } from "./anchorNames";
import { CHAINS } from "./chainTable";
import { chainOf, chainOfAnchor } from "./chains";
import { CODES } from "./error";

const source = (path: string) =>
  readFileSync(new URL(`../../../crates/${path}`, import.meta.url), "utf8");
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, one]) => one);

describe("the verifier in Rust", () => {
  test("knows the same chains", () => {
    const rows = source("attest/src/chains/table.rs").split("ROWS: &")[1] ?? "";
    const theirs = all(rows, /\("([^"]+)", (?!Form::Evm)/g);
    expect(theirs.length).toBeGreaterThan(40);
    expect(Object.keys(CHAINS).sort()).toEqual(theirs.sort());
  });

  test("reads the anchor's names as the same chains", () => {
    const names = source("attest/src/chains/anchor.rs").split("pub(super) fn chain")[0] ?? "";
    const words = all(names.split("const NAMES")[1] ?? "", /"([^"]+)"/g) as string[];
    let chain = "";
    const theirs: Record<string, string[]> = {};
    for (const word of words) {
      if (word.includes(":")) theirs[(chain = word)] = [];
      else theirs[chain]?.push(word);
    }
    expect(theirs).toEqual(NAMES);
    for (const name of Object.values(NAMES).flat()) expect(chainOfAnchor(name), name).not.toBeNull();
  });

  test("has a code for each refusal here, and none that is not here", () => {
    const files = ["ownership/error.rs", "evidence.rs", "key.rs", "list.rs", "list/audit.rs"];
    const texts = [...files, "report.rs", "report/known.rs"].map((file) =>
      source(`attest/src/${file}`),
    );
    texts.push(source("ringfence/src/reserves/mod.rs"));
    const codes = texts.flatMap((text) => all(text, /"((?:ownership|evidence|reserves)\.[a-z_.]+)"/g));
    // Of inputs and jobs, which a bundle has none of.
    const theirs = new Set(codes.filter((code) => !/^reserves\.(?:input|job)/.test(code ?? "")));
    expect([...CODES].sort()).toEqual([...theirs].sort());
  });
});

test("a chain is what its id says, and has one id", () => {
  for (const id of Object.keys(CHAINS)) expect(chainOf(id)?.id).toBe(id);
  expect(chainOf("eip155:1")?.evm).toBe(1n);
  expect(chainOf("eip155:314")?.id).toBe("fil:f");
  expect(chainOf("eip155:1776")?.id).toBe("cosmos:injective-1");
  for (const wrong of ["eip155:01", "eip155:0", "eip155:", "eip155:+1", "eip155", "", "bip122:1"]) {
    expect(chainOf(wrong), wrong).toBeNull();
  }
  expect(chainOf(`eip155:${1n << 64n}`)).toBeNull();
  expect(chainOf("toString")).toBeNull();
});
