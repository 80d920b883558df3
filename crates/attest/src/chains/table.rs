//! One row for each chain: its CAIP-2 id, the form of its addresses, the header of its messages.

use model::Network;

/// How a chain writes addresses and signs messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// Bitcoin and its relatives: the coin's own signed message, multisig scripts, BIP-322.
    Utxo(&'static Coin),
    /// Twenty bytes of Keccak: EIP-191 and the anchor's forms.
    Evm,
    /// Twenty bytes of Keccak in base58check: Tron's two forms.
    Tron,
    /// Another account made of a secp256k1 key: Keccak of the anchor's form.
    Secp256k1(Account),
    /// An account made of an Ed25519 key: the anchor's form or the plain text.
    Ed25519(Account),
    /// Names whose keys are on the chain (EOS, WAX).
    Antelope,
    /// Contracts whose key is on the Stark curve.
    Starknet,
}

/// Address forms that need rules of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Account {
    Filecoin,
    Conflux,
    Aelf,
    /// Bech32 over hash160 of the compressed key.
    CosmosSha(&'static str),
    /// The last 20 bytes of Keccak of the key, in bech32 or as `0x`.
    Injective,
    AvalancheX,
    Icon,
    Stacks,
    Xrpl,
    Solana,
    Aptos,
    Sui,
    Ton,
    Substrate,
    Stellar,
    Cardano,
    Near,
    Hedera,
}

/// A coin with scripts.
#[derive(Debug)]
pub(crate) struct Coin {
    /// Header of its signed messages.
    pub(crate) header: &'static str,
    /// The network whose address reader serves; `None` for one of the prefixes below.
    pub(crate) network: Option<Network>,
    /// Version bytes of key hashes, where `network` is `None`.
    pub(crate) pubkey_hash: &'static [u8],
    /// Version bytes of script hashes.
    pub(crate) script_hash: &'static [u8],
    /// Human-readable part of segwit addresses; empty for none.
    pub(crate) segwit_hrp: &'static str,
    /// Prefix of CashAddr addresses; empty for none.
    pub(crate) cashaddr: &'static str,
}

const BITCOIN_HEADER: &str = "Bitcoin Signed Message:\n";

const fn coin(network: Network, header: &'static str) -> Coin {
    Coin {
        header,
        network: Some(network),
        pubkey_hash: &[],
        script_hash: &[],
        segwit_hrp: "",
        cashaddr: "",
    }
}

const fn prefixes(
    header: &'static str,
    pubkey_hash: &'static [u8],
    script_hash: &'static [u8],
    segwit_hrp: &'static str,
    cashaddr: &'static str,
) -> Coin {
    Coin { header, network: None, pubkey_hash, script_hash, segwit_hrp, cashaddr }
}

// Version bytes: chainparams.cpp of each project. Headers: strMessageMagic of each project.
static BITCOIN: Coin = coin(Network::Bitcoin, BITCOIN_HEADER);
static LITECOIN: Coin = coin(Network::Litecoin, "Litecoin Signed Message:\n");
static BITCOIN_CASH: Coin = coin(Network::BitcoinCash, BITCOIN_HEADER);
static BITCOIN_SV: Coin = coin(Network::BitcoinSv, BITCOIN_HEADER);
static BITCOIN_GOLD: Coin = coin(Network::BitcoinGold, "Bitcoin Gold Signed Message:\n");
static DOGECOIN: Coin = coin(Network::Dogecoin, "Dogecoin Signed Message:\n");
static DASH: Coin = coin(Network::Dash, "DarkCoin Signed Message:\n");
static ZCASH: Coin = coin(Network::Zcash, "Zcash Signed Message:\n");
static DIGIBYTE: Coin = prefixes("DigiByte Signed Message:\n", &[0x1e], &[0x3f], "dgb", "");
static QTUM: Coin = prefixes("Qtum Signed Message:\n", &[0x3a], &[0x32], "qc", "");
static RAVENCOIN: Coin = prefixes("Raven Signed Message:\n", &[0x3c], &[0x7a], "", "");
static ECASH: Coin = prefixes(BITCOIN_HEADER, &[0x00], &[0x05], "", "ecash");
static HORIZEN: Coin = prefixes(BITCOIN_HEADER, &[0x20, 0x89], &[0x20, 0x96], "", "");
static BITCOIN_DIAMOND: Coin =
    prefixes("Bitcoindiamond Signed Message:\n", &[0x00], &[0x05], "bcd", "");

/// Place of the EVM chains, which carry their id beside it.
pub(crate) const EVM_PLACE: u8 = 0;
/// Place of Filecoin.
pub(crate) const FILECOIN_PLACE: u8 = 1;
/// Place of Injective.
pub(crate) const INJECTIVE_PLACE: u8 = 2;

use Form::{Antelope, Ed25519, Secp256k1, Starknet, Tron, Utxo};

/// CAIP-2 id and form. Ids follow the CASA namespaces where one is registered; the others name the
/// chain by its own network id.
pub(crate) static ROWS: &[(&str, Form)] = &[
    ("eip155", Form::Evm),
    ("fil:f", Secp256k1(Account::Filecoin)),
    ("cosmos:injective-1", Secp256k1(Account::Injective)),
    ("bip122:000000000019d6689c085ae165831e93", Utxo(&BITCOIN)),
    ("bip122:12a765e31ffd4059bada1e25190f6e98", Utxo(&LITECOIN)),
    ("bip122:000000000000000000651ef99cb9fcbe", Utxo(&BITCOIN_CASH)),
    ("bip122:000000000000000001d956714215d96f", Utxo(&BITCOIN_SV)),
    ("bip122:0000000000000000e5438564434edaf4", Utxo(&BITCOIN_GOLD)),
    ("bip122:1a91e3dace36e2be3bf030a65679fe82", Utxo(&DOGECOIN)),
    ("bip122:00000ffd590b1485b3caadc19b22e637", Utxo(&DASH)),
    ("bip122:00040fe8ec8471911baa1db1266ea15d", Utxo(&ZCASH)),
    ("bip122:7497ea1b465eb39f1c8f507bc877078f", Utxo(&DIGIBYTE)),
    ("bip122:000075aef83cf2853580f8ae8ce6f8c3", Utxo(&QTUM)),
    ("bip122:0000006b444bc2f2ffe627be9d9e7e7a", Utxo(&RAVENCOIN)),
    ("ecash:mainnet", Utxo(&ECASH)),
    ("horizen:mainnet", Utxo(&HORIZEN)),
    ("bcd:mainnet", Utxo(&BITCOIN_DIAMOND)),
    ("tron:0x2b6653dc", Tron),
    ("xrpl:0", Secp256k1(Account::Xrpl)),
    ("conflux:1029", Secp256k1(Account::Conflux)),
    ("aelf:AELF", Secp256k1(Account::Aelf)),
    ("icon:0x1", Secp256k1(Account::Icon)),
    ("stacks:1", Secp256k1(Account::Stacks)),
    ("avax:imji8papUf2EhV3le337w1vgFauqkJg-", Secp256k1(Account::AvalancheX)),
    ("cosmos:cosmoshub-4", Secp256k1(Account::CosmosSha("cosmos"))),
    ("cosmos:celestia", Secp256k1(Account::CosmosSha("celestia"))),
    ("cosmos:crypto-org-chain-mainnet-1", Secp256k1(Account::CosmosSha("cro"))),
    ("cosmos:phoenix-1", Secp256k1(Account::CosmosSha("terra"))),
    ("cosmos:columbus-5", Secp256k1(Account::CosmosSha("terra"))),
    ("cosmos:dydx-mainnet-1", Secp256k1(Account::CosmosSha("dydx"))),
    ("cosmos:vota-ash", Secp256k1(Account::CosmosSha("dora"))),
    ("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", Ed25519(Account::Solana)),
    ("aptos:1", Ed25519(Account::Aptos)),
    ("sui:mainnet", Ed25519(Account::Sui)),
    ("tvm:-239", Ed25519(Account::Ton)),
    ("polkadot:91b171bb158e2d3848fa23a9f1c25182", Ed25519(Account::Substrate)),
    ("polkadot:68d56f15f85d3136970ec16946040bc1", Ed25519(Account::Substrate)),
    ("polkadot:b0a8d493285c2df73290dfb7e61f870f", Ed25519(Account::Substrate)),
    ("stellar:pubnet", Ed25519(Account::Stellar)),
    ("stellar:pi", Ed25519(Account::Stellar)),
    ("cip34:1-764824073", Ed25519(Account::Cardano)),
    ("near:mainnet", Ed25519(Account::Near)),
    ("hedera:mainnet", Ed25519(Account::Hedera)),
    ("antelope:aca376f206b8fc25a6ed44dbdc66547c", Antelope),
    ("antelope:1064487b3cd1a897ce03ae5b6a865651", Antelope),
    ("starknet:SN_MAIN", Starknet),
];
