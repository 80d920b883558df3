/** One row for each chain: its CAIP-2 id, the form of its addresses, the header of its messages. */

/** A coin with scripts: version bytes are those of each project's chainparams.cpp. */
export interface Coin {
  /** Header of its signed messages. */
  header: string;
  /** Version bytes of key hashes, and of script hashes. */
  keyHash: readonly number[];
  scriptHashes: readonly (readonly number[])[];
  /** Human-readable part of segwit addresses; empty for none. */
  hrp: string;
  /** Prefix of CashAddr addresses; empty for none. */
  cashaddr: string;
}

/** Address forms that need rules of their own. */
export type Account =
  | "filecoin"
  | "conflux"
  | "aelf"
  | "cosmos"
  | "injective"
  | "avalanche"
  | "icon"
  | "stacks"
  | "xrpl"
  | "solana"
  | "aptos"
  | "sui"
  | "ton"
  | "substrate"
  | "stellar"
  | "cardano"
  | "near"
  | "hedera";

/** How a chain writes addresses and signs messages. */
export type Form =
  | { kind: "utxo"; coin: Coin }
  | { kind: "evm" }
  | { kind: "tron" }
  /** `hrp` is set for accounts of the Cosmos family. */
  | { kind: "secp256k1"; account: Account; hrp: string }
  | { kind: "ed25519"; account: Account }
  | { kind: "antelope" }
  | { kind: "starknet" };

const BITCOIN = "Bitcoin Signed Message:\n";

function utxo(
  header: string,
  keyHash: readonly number[],
  scriptHashes: readonly (readonly number[])[],
  hrp = "",
  cashaddr = "",
): Form {
  return { kind: "utxo", coin: { header, keyHash, scriptHashes, hrp, cashaddr } };
}
const secp = (account: Account, hrp = ""): Form => ({ kind: "secp256k1", account, hrp });
const ed = (account: Account): Form => ({ kind: "ed25519", account });

/** Chains other than those of the EVM, which carry their id in their name. */
export const CHAINS: Readonly<Record<string, Form>> = {
  "fil:f": secp("filecoin"),
  "cosmos:injective-1": secp("injective"),
  "bip122:000000000019d6689c085ae165831e93": utxo(BITCOIN, [0x00], [[0x05]], "bc"),
  // Script hashes are printed as M…, and the older 3… is accepted.
  "bip122:12a765e31ffd4059bada1e25190f6e98": utxo(
    "Litecoin Signed Message:\n",
    [0x30],
    [[0x32], [0x05]],
    "ltc",
  ),
  "bip122:000000000000000000651ef99cb9fcbe": utxo(BITCOIN, [0x00], [[0x05]], "", "bitcoincash"),
  "bip122:000000000000000001d956714215d96f": utxo(BITCOIN, [0x00], [[0x05]]),
  "bip122:0000000000000000e5438564434edaf4": utxo(
    "Bitcoin Gold Signed Message:\n",
    [0x26],
    [[0x17]],
    "btg",
  ),
  "bip122:1a91e3dace36e2be3bf030a65679fe82": utxo("Dogecoin Signed Message:\n", [0x1e], [[0x16]]),
  "bip122:00000ffd590b1485b3caadc19b22e637": utxo("DarkCoin Signed Message:\n", [0x4c], [[0x10]]),
  "bip122:00040fe8ec8471911baa1db1266ea15d": utxo(
    "Zcash Signed Message:\n",
    [0x1c, 0xb8],
    [[0x1c, 0xbd]],
  ),
  "bip122:7497ea1b465eb39f1c8f507bc877078f": utxo(
    "DigiByte Signed Message:\n",
    [0x1e],
    [[0x3f]],
    "dgb",
  ),
  "bip122:000075aef83cf2853580f8ae8ce6f8c3": utxo(
    "Qtum Signed Message:\n",
    [0x3a],
    [[0x32]],
    "qc",
  ),
  "bip122:0000006b444bc2f2ffe627be9d9e7e7a": utxo("Raven Signed Message:\n", [0x3c], [[0x7a]]),
  "ecash:mainnet": utxo(BITCOIN, [0x00], [[0x05]], "", "ecash"),
  "horizen:mainnet": utxo(BITCOIN, [0x20, 0x89], [[0x20, 0x96]]),
  "bcd:mainnet": utxo("Bitcoindiamond Signed Message:\n", [0x00], [[0x05]], "bcd"),
  "tron:0x2b6653dc": { kind: "tron" },
  "xrpl:0": secp("xrpl"),
  "conflux:1029": secp("conflux"),
  "aelf:AELF": secp("aelf"),
  "icon:0x1": secp("icon"),
  "stacks:1": secp("stacks"),
  "avax:imji8papUf2EhV3le337w1vgFauqkJg-": secp("avalanche"),
  "cosmos:cosmoshub-4": secp("cosmos", "cosmos"),
  "cosmos:celestia": secp("cosmos", "celestia"),
  "cosmos:crypto-org-chain-mainnet-1": secp("cosmos", "cro"),
  "cosmos:phoenix-1": secp("cosmos", "terra"),
  "cosmos:columbus-5": secp("cosmos", "terra"),
  "cosmos:dydx-mainnet-1": secp("cosmos", "dydx"),
  "cosmos:vota-ash": secp("cosmos", "dora"),
  "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp": ed("solana"),
  "aptos:1": ed("aptos"),
  "sui:mainnet": ed("sui"),
  "tvm:-239": ed("ton"),
  "polkadot:91b171bb158e2d3848fa23a9f1c25182": ed("substrate"),
  "polkadot:68d56f15f85d3136970ec16946040bc1": ed("substrate"),
  "polkadot:b0a8d493285c2df73290dfb7e61f870f": ed("substrate"),
  "stellar:pubnet": ed("stellar"),
  "stellar:pi": ed("stellar"),
  "cip34:1-764824073": ed("cardano"),
  "near:mainnet": ed("near"),
  "hedera:mainnet": ed("hedera"),
  "antelope:aca376f206b8fc25a6ed44dbdc66547c": { kind: "antelope" },
  "antelope:1064487b3cd1a897ce03ae5b6a865651": { kind: "antelope" },
  "starknet:SN_MAIN": { kind: "starknet" },
};
