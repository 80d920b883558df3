import { describe, expect, test } from "vitest";
import { type Chain, chainOf } from "./chains";
import { toHex } from "./encoding";
import { HoldingsError } from "./error";
import { keyOf } from "./key";

const key = (chain: string, text: string) => keyOf(chainOf(chain) as Chain, text);
const refusal = (chain: string, text: string): string => {
  try {
    return `a key: ${key(chain, text).id}`;
  } catch (error) {
    if (error instanceof HoldingsError) return error.code;
    throw error;
  }
};

const BITCOIN = "bip122:000000000019d6689c085ae165831e93";
const BITCOIN_CASH = "bip122:000000000000000000651ef99cb9fcbe";
const UNDECODABLE = "ownership.address.undecodable";

describe("every text form of one address has one key", () => {
  const forms: Record<string, readonly string[]> = {
    [BITCOIN]: [
      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
      "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    ],
    [BITCOIN_CASH]: [
      "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
      "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
      "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
      "BITCOINCASH:QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A",
    ],
    "eip155:1": [
      "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
      "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
      " 0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED ",
    ],
    "fil:f": [
      "f410fa7sh5u6fvd7vt625dx2akhbu3jt7yvkhgdp55ki",
      "0x07e47ed3c5a8ff59fb5d1df4051c34da67fc5547",
    ],
    "eip155:66": [
      "ex1a0ugda5r0hc3vrzu9wyfkx22vz3g2y2paegqvc",
      "0xebf886f6837df1160c5c2b889b194a60a2851141",
    ],
    "eip155:1776": [
      "inj1a0ugda5r0hc3vrzu9wyfkx22vz3g2y2plefphh",
      "0xebf886f6837df1160c5c2b889b194a60a2851141",
    ],
    "aptos:1": [
      "0x4062a7375a1ab2bb8bc33d2c1cb2f6b0afa1cef98ea7a5afec7afc96675fe1d",
      "0x04062a7375a1ab2bb8bc33d2c1cb2f6b0afa1cef98ea7a5afec7afc96675fe1d",
    ],
    "tvm:-239": [
      "EQA5rifVSCc8qQfpCXvq4zJGJPsA0EPCDoWdtg234INftsWj",
      "0:39ae27d548273ca907e9097beae3324624fb00d043c20e859db60db7e0835fb6",
    ],
    "starknet:SN_MAIN": ["0x0668a58a", "0x668a58a"],
    "stacks:1": [
      "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7",
      "SP2j6zy48gvlez5v2v5rb9mp66sw86pykknrv9ej7",
    ],
  };
  for (const [chain, texts] of Object.entries(forms)) {
    test(chain, () => {
      const ids = new Set(texts.map((text) => key(chain, text).id));
      expect([...ids]).toHaveLength(1);
    });
  }
  test("and the hash that SIP-005 names for its example", () => {
    const { bytes } = key("stacks:1", "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ7");
    expect(toHex(bytes)).toBe("a46ff88886c2ef9762d970b4d2c63678835bd39d");
  });
});

test("the same bytes on another chain are another address", () => {
  const text = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
  expect(key("eip155:1", text).id).not.toBe(key("eip155:137", text).id);
});

test("types come from version bytes and never from a length", () => {
  const types: readonly (readonly [string, string, string])[] = [
    [BITCOIN, "1GhLyRg4zzFixW3ZY5ViFzT4W5zTT9h7Pc", "p2pkh"],
    [BITCOIN, "3CHeHsCpH9QmX2hmbzkZinqjtUtqseNWrV", "p2sh"],
    [BITCOIN, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "p2wpkh"],
    [BITCOIN, "bc1quhruqrghgcca950rvhtrg7cpd7u8k6svpzgzmrjy8xyukacl5lkq0r8l2d", "p2wsh"],
    [BITCOIN, "bc1pss0zhytly75awhm6x2hhvd5lnzv3vssgrf9axfheq8ldyzn88ges79fler", "p2tr"],
    ["ecash:mainnet", "ecash:qq8d5lh8c78sraajk2ndeqvgqjhdu58zny7etakvlm", "p2pkh"],
    ["ecash:mainnet", "ecash:pzgm4hmxk35vkuphlz8v8lprsmppruf2a5l75ru30k", "p2sh"],
    ["near:mainnet", "reserve.near", "name"],
    ["hedera:mainnet", "0.0.98", "name"],
    [
      "eip155:1",
      "0x82f5af1eb567301d0f71fe56e4bf8aa6e4ffa00c9ac92a8f67aae056b7f19e18be645f6d46c7862de8f1342fc4786853",
      "validator",
    ],
  ];
  for (const [chain, text, type] of types) expect(key(chain, text).type, text).toBe(type);
});

test("what cannot be decoded gets no key", () => {
  const texts: readonly (readonly [string, string])[] = [
    [BITCOIN, ""],
    [BITCOIN, "bc1"],
    [BITCOIN, `bc1${"q".repeat(71)}`],
    [BITCOIN, "ltc1qzvcgmntglcuv4smv3lzj6k8szcvsrmvk0phrr9wfq8w493r096ssm2fgsw"],
    [BITCOIN, "1GhLyRg4zzFixW3ZY5ViFzT4W5zTT9h7Pd"],
    [BITCOIN_CASH, "bitcoincash:qq8d5lh8c78sraajk2ndeqvgqjhdu58zny7etakvlm"],
    ["eip155:1", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"],
    ["eip155:1", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae"],
    ["eip155:137", `0x${"ab".repeat(48)}`],
    ["fil:f", "f410fa7sh5u6fvd7vt625dx2akhbu3jt7yvkhgdp55kj"],
    ["tvm:-239", "EQA5rifVSCc8qQfpCXvq4zJGJPsA0EPCDoWdtg234INftsWk"],
    ["tvm:-239", "1:39ae27d548273ca907e9097beae3324624fb00d043c20e859db60db7e0835fb6"],
    ["stellar:pubnet", "GDMA3OUZHWTQ4RZBYEXR4VEZ7YGQNXOAMRSYRHDM5GSXH3UZQF5VGPXM"],
    ["starknet:SN_MAIN", "0x800000000000011000000000000000000000000000000000000000000000001"],
    ["aptos:1", "327dd297dfacf7c2d8207aaa23c0f0e8bcaf4c1612febbf63b9f7376810b8ec8"],
    ["stacks:1", "SP2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKNRV9EJ8"],
    ["hedera:mainnet", "0.0.098"],
    ["near:mainnet", "Reserve.near"],
    ["antelope:aca376f206b8fc25a6ed44dbdc66547c", "Okbwallet"],
  ];
  for (const [chain, text] of texts) expect(refusal(chain, text), text).toBe(UNDECODABLE);
});

test("forms whose owner is unknown are named as such", () => {
  const texts: readonly (readonly [string, string])[] = [
    [BITCOIN, "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"],
    ["fil:f", "f01234"],
    ["fil:f", "0xff00000000000000000000000000000000000064"],
    ["icon:0x1", "cx0000000000000000000000000000000000000000"],
    ["stacks:1", "SM2J6ZY48GV1EZ5V2V5RB9MP66SW86PYKKQVX8X0G"],
  ];
  for (const [chain, text] of texts) {
    expect(refusal(chain, text), text).toBe("ownership.address.unknown_type");
  }
});

test("no text makes a reader throw anything but a refusal", () => {
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const chains = [BITCOIN, BITCOIN_CASH, "eip155:1", "eip155:66", "ecash:mainnet", "fil:f"].concat(
    ["tron:0x2b6653dc", "xrpl:0", "conflux:1029", "aelf:AELF", "icon:0x1", "stacks:1"],
    ["cosmos:cosmoshub-4", "tvm:-239", "stellar:pubnet", "cip34:1-764824073", "hedera:mainnet"],
    ["polkadot:91b171bb158e2d3848fa23a9f1c25182", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"],
  );
  const letters = "0x1:bc1qf4SPGXEQ-_=+./é\u{1f600} addr";
  for (let turn = 0; turn < 4_000; turn += 1) {
    const chain = chains[turn % chains.length] as string;
    const text = Array.from({ length: next(60) }, () => letters[next(letters.length)]).join("");
    expect(refusal(chain, text)).toMatch(/^(?:ownership\.address\.|a key: )/);
  }
});
