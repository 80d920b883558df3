/** The anchor's published vectors and lists (MIT), judged as the verifier in Rust judges them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { candidatesOf } from "./accounts";
import { messageHash, outputScript, toSign, toSpend, verifyBip322 } from "./bip322";
import { type Chain, chainOf, chainOfAnchor } from "./chains";
import type { Claim } from "./claim";
import { recoverCoin } from "./coins";
import { toHex, unbase58, unbase64, utf8 } from "./encoding";
import { HoldingsError } from "./error";
import { keyOf } from "./key";
import { List, type Row } from "./list";
import { isFull, verifyOwnership } from "./ownership";
import { compressed } from "./secp";
import { shared } from "./sharedData";
import { idOf } from "./transaction";

type Vector = Readonly<Record<string, string | undefined>>;

const VECTORS = shared("okx_address_ownership_vectors.json");
const vectors = VECTORS === null ? [] : (JSON.parse(VECTORS) as Vector[]);

const code = (check: () => unknown): string => {
  try {
    check();
    return "proved";
  } catch (error) {
    if (error instanceof HoldingsError) return error.code;
    throw error;
  }
};

const some = (...texts: readonly (string | undefined)[]): string[] =>
  texts.filter((text) => text !== undefined && text !== "") as string[];

function chain(vector: Vector): Chain {
  const coins: Vector = { TestBETHVerifySignature: "BETH", TestTRXVerifySignature: "TRX" };
  const coin = coins[vector.test ?? ""] ?? vector.coin ?? "";
  const found = chainOfAnchor(coin);
  if (!found) throw new Error(`no chain for ${coin}`);
  return found;
}

const claim = (vector: Vector): Claim => ({
  chain: chain(vector),
  address: vector.addr ?? "",
  message: vector.msg ?? "",
  signatures: some(vector.sign ?? vector.sign1, vector.sign2),
  keys: some(vector.script ?? vector.pub ?? vector.pubKey),
  ...{ owners: [], evidence: null },
});

/** Vectors whose signature proves an address. */
const claims = vectors.filter(
  ({ test: name, addr }) =>
    name !== "TestGuessUtxoCoinAddressType" && name !== "TestUtxoCoinSigToPubKey" && addr,
);

describe.skipIf(VECTORS === null)("the 72 vectors of okx/proof-of-reserves", () => {
  test("every published signature proves its address, and no round", () => {
    expect(vectors).toHaveLength(72);
    const failures: string[] = [];
    for (const vector of claims) {
      try {
        const proved = verifyOwnership(claim(vector), null);
        expect(proved.standing).toBe("replayable");
        expect(isFull(proved)).toBe(false);
        const isValidator = vector.test === "TestBETHVerifySignature";
        expect(proved.control.by === "validator_key").toBe(isValidator);
      } catch (error) {
        failures.push(`${String(error)} ${JSON.stringify(vector)}`);
      }
    }
    expect(failures).toEqual([]);
    expect(claims).toHaveLength(58);
  });

  test("a published signature proves nothing else", () => {
    for (const vector of claims) {
      const good = claim(vector);
      const changed = (change: Partial<Claim>) =>
        code(() => verifyOwnership({ ...good, ...change }, null));
      const name = JSON.stringify(vector);
      expect(changed({ message: `${good.message}.` }), name).not.toBe("proved");
      expect(changed({ signatures: [] }), name).toBe("ownership.signature.missing");
      const [signature = "", ...more] = good.signatures;
      const place = signature.length >> 1;
      const digit = signature[place] === "1" ? "2" : "1";
      const other = signature.slice(0, place) + digit + signature.slice(place + 1);
      expect(changed({ signatures: [other, ...more] }), name).not.toBe("proved");
      expect(changed({ address: good.address.slice(0, -1) }), name).not.toBe("proved");
    }
  });

  test("recovered keys are the published ones", () => {
    let checked = 0;
    for (const vector of vectors.filter(({ test: name }) => name === "TestUtxoCoinSigToPubKey")) {
      const { form } = chain(vector);
      if (form.kind !== "utxo") throw new Error("a coin is wanted");
      const { key } = recoverCoin(form.coin, vector.msg ?? "", vector.sign ?? "");
      expect(toHex(compressed(key))).toBe(vector.want);
      checked += 1;
    }
    // One vector names a key and no address.
    for (const vector of vectors.filter(({ addr, pubKey }) => addr === undefined && pubKey)) {
      const { form } = chainOf("xrpl:0") as Chain;
      const [first] = candidatesOf(form, vector.msg ?? "", vector.sign ?? "");
      expect(first && toHex(compressed(first.key))).toBe(vector.pubKey);
      checked += 1;
    }
    expect(checked).toBe(7);
  });

  test("types of addresses are told by version and checksum, never by a look", () => {
    const types: Vector = { P2WSH: "p2wsh", P2SH: "p2sh", P2PKH: "p2pkh" };
    const found = { told: 0, refused: 0 };
    for (const vector of vectors.filter(({ test: t }) => t === "TestGuessUtxoCoinAddressType")) {
      const address = vector.address ?? "";
      const coin = address.startsWith("ecash:") ? "XEC" : address.includes(":") ? "BCH" : "BTC";
      const known = chainOfAnchor(coin) as Chain;
      // Two carry the checksum of another prefix.
      if (coin === "BCH") {
        expect(code(() => keyOf(known, address))).toBe("ownership.address.undecodable");
        found.refused += 1;
      } else {
        expect(keyOf(known, address).type, address).toBe(types[vector.wants ?? ""]);
        found.told += 1;
      }
    }
    expect(found).toEqual({ told: 5, refused: 2 });
  });
});

function rowsOf(text: string): { list: List; rows: Row[] } {
  const list = new List(utf8(text));
  const rows: Row[] = [];
  for (let row = list.next(); row !== null; row = list.next()) {
    if (row instanceof HoldingsError) throw row;
    rows.push(row);
  }
  return { list, rows };
}

const claimed = ({ chain: of, ...row }: Row): Claim => ({ ...row, chain: of, evidence: null });
const verdicts = (rows: readonly Row[]) =>
  rows.map((row) => code(() => verifyOwnership(claimed(row), null)));
const UNKNOWN = "ownership.evidence.missing";

describe("the published lists", () => {
  test("eleven columns", () => {
    const text = shared("okx_por_example.csv");
    if (text === null) return;
    const { list, rows } = rowsOf(text);
    expect([list.layout, list.totals.length]).toEqual(["eleven", 12]);
    expect(verdicts(rows)).toEqual(["proved", "proved", UNKNOWN, "proved", UNKNOWN]);
  });
  test("twelve columns, with types of staking", () => {
    const text = shared("okx_por_staking_example.csv");
    if (text === null) return;
    const { list, rows } = rowsOf(text);
    expect(list.layout).toBe("twelve");
    expect(rows.map(({ staking }) => staking).slice(0, 2)).toEqual([null, "Native ETH Staking"]);
    expect(rows[2]?.owners).toHaveLength(2);
    expect(verdicts(rows)).toEqual(["proved", UNKNOWN, UNKNOWN]);
  });
  test("nine columns, over many chains", () => {
    const text = shared("okx_por_multichain_rows.csv");
    if (text === null) return;
    const { list, rows } = rowsOf(text);
    expect(list.layout).toBe("nine");
    expect(verdicts(rows)).toEqual([...Array<string>(8).fill("proved"), UNKNOWN]);
    // A name's keys are known to the chain alone.
    const eos = rows[8] as Row;
    const named = unbase58((eos.keys[0] as string).slice(3))?.subarray(0, 33);
    const recorded = (key: Uint8Array | undefined) => {
      const record = { of: eos.key, height: 1n, sources: ["node", "explorer"] };
      const evidence = { kind: "keys", record, keys: key ? [key] : [], threshold: 1n } as const;
      return verifyOwnership({ ...claimed(eos), evidence }, null).level;
    };
    expect(recorded(named)).toBe("two_sources");
    expect(code(() => recorded(new Uint8Array(33)))).toBe("ownership.evidence.contradicts");
  });
});

interface Bip322 {
  type?: string;
  message: string;
  address: string;
  signature?: string;
  signatures?: readonly string[];
  message_hash?: string;
  to_spend_tx_hash?: string;
  to_sign_tx_hash?: string;
}

describe("the vectors of BIP-322", () => {
  const path = new URL("../../../crates/attest/tests/data/bip322.json", import.meta.url);
  const groups = JSON.parse(readFileSync(path, "utf8")) as Record<string, readonly Bip322[]>;
  const bitcoin = chainOf("bip122:000000000019d6689c085ae165831e93") as Chain;
  const bytesOf = (text: string) => {
    const bytes = unbase64(text);
    if (bytes) return bytes;
    throw new HoldingsError("ownership.signature.malformed", "it is not base64");
  };
  const verify = ({ address, message }: Bip322, signature: string) =>
    verifyBip322(keyOf(bitcoin, address), message, signature, bytesOf);
  const reversed = (bytes: Uint8Array) => toHex(Uint8Array.from(bytes).reverse());

  test("hashes", () => {
    for (const vector of groups.hashes ?? []) {
      const { message } = vector;
      expect(toHex(messageHash(message))).toBe(vector.message_hash);
      const spent = toSpend(outputScript(keyOf(bitcoin, vector.address)), message);
      expect(reversed(idOf(spent))).toBe(vector.to_spend_tx_hash);
      expect(reversed(idOf(toSign(spent, [])))).toBe(vector.to_sign_tx_hash);
    }
    expect(groups.hashes).toHaveLength(3);
  });

  test("good signatures verify, time locks are refused by name", () => {
    const judged: string[] = [];
    for (const group of ["simple", "full"]) {
      for (const vector of groups[group] ?? []) {
        for (const signature of vector.signatures ?? []) {
          if (vector.type?.endsWith("time-lock")) {
            expect(code(() => verify(vector, signature))).toBe("ownership.script.unsupported");
            judged.push("refused");
            continue;
          }
          const { form, control, signers } = verify(vector, signature);
          expect(form).toBe(`bip322_${group}`);
          if (control.by === "script") expect(signers).toHaveLength(control.threshold);
          judged.push(group);
        }
      }
    }
    const count = (what: string) => judged.filter((group) => group === what).length;
    expect([count("simple"), count("full"), count("refused")]).toEqual([10, 8, 2]);
  });

  test("wrong signatures are refused", () => {
    for (const vector of groups.refused ?? []) {
      expect(code(() => verify(vector, vector.signature ?? "")), JSON.stringify(vector)).not.toBe(
        "proved",
      );
    }
    expect(groups.refused).toHaveLength(36);
  });

  test("a signature with any letter changed is refused", () => {
    const vector = groups.simple?.[2] as Bip322;
    const good = vector.signatures?.[0] as string;
    for (let place = 3; place < good.length; place += 1) {
      const other = good[place] === "A" ? "B" : "A";
      const changed = good.slice(0, place) + other + good.slice(place + 1);
      expect(code(() => verify(vector, changed)), String(place)).not.toBe("proved");
      expect(code(() => verify(vector, good.slice(0, place))), String(place)).not.toBe("proved");
    }
  });
});
