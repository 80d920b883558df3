/**
 * Which key a TON wallet was made for. An account's address is the hash of its code and first data, so
 * the standard wallets of a key can be computed; other contracts cannot.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat, fromNumber, isSame, unhex } from "./encoding";

/** A cell without references. */
interface Cell {
  bytes: Bytes;
  /** Its bits are no whole bytes: the last ones are followed by the bit that ends them. */
  endsWithinByte: boolean;
}

/** Hash and depth of a wallet's code, and the first data that a key gives it. */
interface Wallet {
  code: string;
  depth: number;
  data: (key: Bytes) => Cell;
}

/** Subwallet of ordinary wallets in workchain 0. */
const SUBWALLET = 698_983_191n;
/** Subwallet and lifetime of messages that the anchor's highload wallets use. */
const HIGHLOAD_SUBWALLET = 4269n;
const HIGHLOAD_TIMEOUT_S = 43_200n;

/** Sequence number, subwallet, key. */
const v3 = (key: Bytes): Cell => ({
  bytes: concat(fromNumber(0n, 4), fromNumber(SUBWALLET, 4), key),
  endsWithinByte: false,
});

/** The same and an empty dictionary of plugins: one bit 0, then the bit that ends the cell. */
const v4 = (key: Bytes): Cell => ({
  bytes: concat(v3(key).bytes, [0b0100_0000]),
  endsWithinByte: true,
});

/** Key, subwallet, two empty dictionaries, time of the last cleaning, and the timeout in 22 bits. */
const highload = (key: Bytes): Cell => ({
  // 1 + 1 + 64 + 22 bits are 11 bytes, of which only the timeout is not zero.
  bytes: concat(key, fromNumber(HIGHLOAD_SUBWALLET, 4), fromNumber(HIGHLOAD_TIMEOUT_S, 11)),
  endsWithinByte: false,
});

/** Code hashes: ton-blockchain/ton, toncenter/tonweb and highload-wallet-contract-v3. */
const WALLETS: readonly Wallet[] = [
  {
    code: "b61041a58a7980b946e8fb9e198e3c904d24799ffa36574ea4251c41a566f581",
    ...{ depth: 0, data: v3 },
  },
  {
    code: "84dafa449f98a6987789ba232358072bc0f76dc4524002a5d0918b9a75d2d599",
    ...{ depth: 0, data: v3 },
  },
  {
    code: "feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0",
    ...{ depth: 7, data: v4 },
  },
  {
    code: "11acad7955844090f283bf238bc1449871f783e7cc0979408d3f4859483e8525",
    ...{ depth: 6, data: highload },
  },
];

/** Descriptors, then the data. */
function hashOf({ bytes, endsWithinByte }: Cell): Bytes {
  return sha256(concat([0, 2 * bytes.length - (endsWithinByte ? 1 : 0)], bytes));
}

/** True when the account `workchain ‖ hash` is a standard wallet of the key. */
export function isWalletOf(account: Bytes, key: Bytes): boolean {
  return WALLETS.some(({ code, depth, data }) => {
    // A state with code and data: two references, five bits 00110 and the bit that ends them.
    const head = [2, 1, 0b0011_0100, 0, depth, 0, 0];
    const hash = sha256(concat(head, unhex(code) as Bytes, hashOf(data(key))));
    return isSame(account.subarray(1), hash);
  });
}
