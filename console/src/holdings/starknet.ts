/**
 * Starknet: typed data signed by a key of the Stark curve. An account is a contract whose address
 * commits to its class and the key it was made with.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { Point, Signature, pedersen, verify } from "@scure/starknet";
import { single } from "./accounts";
import { type Claim, type Found, byKey, byState } from "./claim";
import { keysOf } from "./control";
import { type Bytes, attempt, byteLength, concat, fromNumber, toNumber, unhexExactly, unhexNumber, utf8 } from "./encoding";
import { refuse } from "./error";
import type { AddressKey } from "./key";
import { STARK_PRIME } from "./keyAccount";

/** Longest text that is one field element. */
const SHORT_STRING_MAX = 31;
/** Numbers of a signature are below it, as the chain's own program demands. */
const NUMBER_MAX = 2n ** 251n;

/** Proxy of Argent's first accounts. */
const ARGENT = 0x25ec026985a3bf9d0cc1fe17326b245dfdc3ff89b8fde106542a3ea56c5a918n;

/** Classes made with the key and a zero: OKX and Argent accounts of Cairo 1. */
const DIRECT: readonly bigint[] = [
  0x1c0bb51e2ce73dc007601a1e7725453627254016c28f118251a71bbb0507fcbn,
  0x1a736d6ed154502257f02b1ccdf4d9d1089f80811cd6acad48e6b6a9d1f2003n,
  0x29927c8af6bccf3f6fda035981e765a7bdbf18a2dc0d630494f8758aa908e2bn,
];

/**
 * Proxies that are told their class and how to start it: accounts of Cairo 0. Class hashes are those of
 * okx/go-wallet-sdk (MIT) and argentlabs/argent-contracts-starknet.
 */
const PROXIES: readonly (readonly [bigint, bigint])[] = [
  [
    0x3530cc4759d78042f1b543bf797f5f3d647cde0388c33734cf91b7f7b9314a9n,
    0x309c042d3729173c7f2f91a34f04d8c509c1b292d334679ef1aabf8da0899ccn,
  ],
  [ARGENT, 0x33434ad846cdd5f23eb73ff09fe6fddd568284a0fb7d1be20ee482f044dabe2n],
  [ARGENT, 0x1a7820094feaf82d53f53f214b81292d717e7bb9a92bb2488092cd306f3993fn],
  [ARGENT, 0x3e327de1c40540b98d05cbcb13552008e36f0ec8d61d46956d2f9752c294328n],
  [ARGENT, 0x7e28fb0161d10d1cf7fe1f13e7ca57bce062731a3bd04494dfd2d0412699727n],
];

const shortString = (text: string): bigint => toNumber(utf8(text));

/** Keccak cut to 250 bits, as Starknet names functions and types. */
const starknetKeccak = (text: string): bigint =>
  toNumber(keccak_256(utf8(text))) & ((1n << 250n) - 1n);

/** Pedersen over a list and its length. */
function hashOf(elements: readonly bigint[]): bigint {
  const chained = elements.reduce((hash, element) => BigInt(pedersen(hash, element)), 0n);
  return BigInt(pedersen(chained, BigInt(elements.length)));
}

/** The hash that is signed (SNIP-12, revision 0), under the anchor's domain. */
function messageHash(account: bigint, message: string): bigint {
  const domain = hashOf([
    starknetKeccak("StarkNetDomain(name:felt,version:felt,chainId:felt)"),
    ...[shortString("OKX POR MESSAGE"), 1n, shortString("SN_MAIN")],
  ]);
  const isShort = byteLength(message) <= SHORT_STRING_MAX;
  const contents = isShort ? shortString(message) : starknetKeccak(message);
  const typed = hashOf([starknetKeccak("Message(contents:felt)"), contents]);
  return hashOf([shortString("StarkNet Message"), domain, account, typed]);
}

export function verifyStarknet(key: AddressKey, claim: Claim): Found {
  const account = toNumber(key.bytes);
  const text = single(claim);
  const [keyText, ...more] = claim.keys;
  if (keyText === undefined || more.length > 0) {
    return refuse("ownership.key.missing", "public key: there is none; give it beside the signature");
  }
  const publicKey = unhexNumber(keyText);
  if (!publicKey || toNumber(publicKey) >= STARK_PRIME) {
    return refuse("ownership.key.malformed", "public key: it is no field element");
  }
  const bytes = unhexExactly(text, 64);
  const [r, s] = bytes ? [bytes.subarray(0, 32), bytes.subarray(32)].map(toNumber) : [];
  if (r === undefined || s === undefined || r >= STARK_PRIME || s >= STARK_PRIME) {
    return refuse(
      "ownership.signature.malformed",
      "signature: it needs r and s with 64 digits each",
    );
  }
  if (!isSigned(publicKey, messageHash(account, claim.message), r, s)) {
    refuse("ownership.signature.invalid", "signature: it is not one of this message by this key");
  }
  const number = toNumber(publicKey);
  if (addressesOf(number).includes(account)) return byKey("starknet_typed", publicKey);
  return byState("starknet_typed", [publicKey], keysOf(key, [publicKey], claim));
}

/** A public key is the x of a point, and a signature is good for either y. */
function isSigned(publicKey: Bytes, hash: bigint, r: bigint, s: bigint): boolean {
  if (r >= NUMBER_MAX || s >= NUMBER_MAX) return false;
  const digest = fromNumber(hash, 32);
  return [2, 3].some((sign) => {
    const point = concat([sign], publicKey);
    return attempt(() => {
      Point.fromBytes(point).assertValidity();
      return verify(new Signature(r, s).toBytes("compact"), digest, point, { format: "compact" });
    });
  });
}

/** Addresses of accounts that were made with the key, without a deployer, the key as salt. */
function addressesOf(publicKey: bigint): bigint[] {
  const address = (classHash: bigint, data: readonly bigint[]) =>
    hashOf([shortString("STARKNET_CONTRACT_ADDRESS"), 0n, publicKey, classHash, hashOf(data)]);
  const start = starknetKeccak("initialize");
  return [
    ...DIRECT.map((one) => address(one, [publicKey, 0n])),
    ...PROXIES.map(([proxy, one]) => address(proxy, [one, start, 2n, publicKey, 0n])),
  ];
}
