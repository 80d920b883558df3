//! Blockchains, named by CAIP-2.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::Family;

/// A blockchain. Written and parsed as a CAIP-2 id such as `eip155:1` or
/// `bip122:000000000019d6689c085ae165831e93`; common names (`ethereum`, `bitcoin`) parse too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Network {
    /// An EVM chain with its EIP-155 chain id.
    Evm(u64),
    /// Bitcoin mainnet.
    Bitcoin,
    /// Bitcoin testnet3.
    BitcoinTestnet3,
    /// Bitcoin regtest.
    BitcoinRegtest,
    /// Litecoin mainnet.
    Litecoin,
    /// Bitcoin Cash.
    BitcoinCash,
    /// Bitcoin SV.
    BitcoinSv,
    /// Bitcoin Gold.
    BitcoinGold,
    /// Dogecoin.
    Dogecoin,
    /// Dash.
    Dash,
    /// Zcash (transparent addresses).
    Zcash,
    /// Verge.
    Verge,
    /// Monero.
    Monero,
    /// Tron.
    Tron,
    /// XRP Ledger.
    Xrpl,
    /// Polkadot and other Substrate chains; addresses are compared by public key.
    Polkadot,
    /// BNB Beacon Chain (BEP-2).
    BnbBeacon,
}

/// The text does not name a network that this build knows.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "network: '{0}' is not known; use a CAIP-2 id such as eip155:1 or bip122:000000000019d6689c085ae165831e93, or a name such as ethereum, bitcoin, litecoin, tron"
)]
pub struct UnknownNetwork(pub String);

/// CAIP-2 id, ticker as used by OFAC and GraphSense, and name of each network that is not EVM.
const TABLE: &[(Network, &str, &str, &str)] = &[
    (Network::Bitcoin, "bip122:000000000019d6689c085ae165831e93", "BTC", "bitcoin"),
    (
        Network::BitcoinTestnet3,
        "bip122:000000000933ea01ad0ee984209779ba",
        "TBTC",
        "bitcoin-testnet3",
    ),
    (Network::BitcoinRegtest, "bip122:0f9188f13cb7b2c71f2a335e3a4fc328", "RBTC", "bitcoin-regtest"),
    (Network::Litecoin, "bip122:12a765e31ffd4059bada1e25190f6e98", "LTC", "litecoin"),
    (Network::BitcoinCash, "bip122:000000000000000000651ef99cb9fcbe", "BCH", "bitcoin-cash"),
    (Network::BitcoinSv, "bip122:000000000000000001d956714215d96f", "BSV", "bitcoin-sv"),
    (Network::BitcoinGold, "bip122:0000000000000000e5438564434edaf4", "BTG", "bitcoin-gold"),
    (Network::Dogecoin, "bip122:1a91e3dace36e2be3bf030a65679fe82", "DOGE", "dogecoin"),
    (Network::Dash, "bip122:00000ffd590b1485b3caadc19b22e637", "DASH", "dash"),
    (Network::Zcash, "bip122:00040fe8ec8471911baa1db1266ea15d", "ZEC", "zcash"),
    (Network::Verge, "bip122:00000fc63692467faeb20cdb3b53200d", "XVG", "verge"),
    (Network::Monero, "monero:mainnet", "XMR", "monero"),
    (Network::Tron, "tron:0x2b6653dc", "TRX", "tron"),
    (Network::Xrpl, "xrpl:0", "XRP", "xrpl"),
    (Network::Polkadot, "polkadot:91b171bb158e2d3848fa23a9f1c25182", "DOT", "polkadot"),
    (Network::BnbBeacon, "cosmos:Binance-Chain-Tigris", "BEP2", "bnb-beacon"),
];

/// Names of EVM chains that lists use.
const EVM_NAMES: &[(u64, &[&str])] = &[
    (1, &["ethereum", "ETH", "mainnet"]),
    (10, &["optimism"]),
    (56, &["bsc", "BSC"]),
    (61, &["ethereum-classic", "ETC"]),
    (137, &["polygon"]),
    (250, &["fantom"]),
    (42161, &["arbitrum", "ARB"]),
    (43114, &["avalanche"]),
    (11155111, &["sepolia"]),
];

/// A CAIP-2 id in formats that people read; in others a place in the table of networks, or zero
/// and the chain id.
impl Serialize for Network {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        let place = match self {
            Network::Evm(id) => return (0u8, id).serialize(serializer),
            other => TABLE.iter().position(|(known, ..)| known == other).map_or(0, |p| p + 1),
        };
        (place as u8, 0u64).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?.parse().map_err(D::Error::custom);
        }
        match <(u8, u64)>::deserialize(deserializer)? {
            (0, id) => Ok(Network::Evm(id)),
            (place, _) => TABLE
                .get(usize::from(place) - 1)
                .map(|(network, ..)| *network)
                .ok_or_else(|| D::Error::custom("a network that this program does not know")),
        }
    }
}

impl Network {
    /// Ethereum mainnet.
    pub const ETHEREUM: Network = Network::Evm(1);

    /// Its common name, such as `Ethereum`, or the CAIP-2 id of a chain without one.
    pub fn name(self) -> String {
        let common = match self {
            Network::Evm(id) => EVM_NAMES.iter().find(|(known, _)| *known == id).map(|(_, n)| n[0]),
            _ => TABLE.iter().find(|(known, ..)| *known == self).map(|(.., name)| *name),
        };
        match common {
            None => self.to_string(),
            Some("bsc") => "BNB Smart Chain".to_owned(),
            Some(name) => {
                let words = name.split('-').map(|word| {
                    let (first, rest) = word.split_at(1);
                    if matches!(word, "sv" | "xrpl" | "bnb") {
                        word.to_uppercase()
                    } else {
                        first.to_uppercase() + rest
                    }
                });
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Ticker of its coin.
    pub fn symbol(self) -> &'static str {
        match self {
            Network::Evm(56) => "BNB",
            Network::Evm(61) => "ETC",
            Network::Evm(137) => "POL",
            Network::Evm(250) => "FTM",
            Network::Evm(43114) => "AVAX",
            Network::Evm(_) => "ETH",
            _ => TABLE.iter().find(|(known, ..)| *known == self).map_or("", |(_, _, t, _)| t),
        }
    }

    /// The group of networks within which equal address bytes mean the same holder of keys.
    pub fn family(self) -> Family {
        match self {
            Network::Evm(_) => Family::Evm,
            Network::Bitcoin => Family::Bitcoin,
            Network::BitcoinTestnet3 | Network::BitcoinRegtest => Family::BitcoinTest,
            Network::Litecoin => Family::Litecoin,
            Network::BitcoinCash => Family::BitcoinCash,
            Network::BitcoinSv => Family::BitcoinSv,
            Network::BitcoinGold => Family::BitcoinGold,
            Network::Dogecoin => Family::Dogecoin,
            Network::Dash => Family::Dash,
            Network::Zcash => Family::Zcash,
            Network::Verge => Family::Verge,
            Network::Monero => Family::Monero,
            Network::Tron => Family::Tron,
            Network::Xrpl => Family::Xrpl,
            Network::Polkadot => Family::Substrate,
            Network::BnbBeacon => Family::BnbBeacon,
        }
    }

    /// True for chains whose transactions spend outputs of earlier ones.
    pub fn is_utxo(self) -> bool {
        matches!(
            self,
            Network::Bitcoin
                | Network::BitcoinTestnet3
                | Network::BitcoinRegtest
                | Network::Litecoin
                | Network::BitcoinCash
                | Network::BitcoinSv
                | Network::BitcoinGold
                | Network::Dogecoin
                | Network::Dash
                | Network::Zcash
                | Network::Verge
        )
    }

    /// Decimal places of the native coin: 18 for EVM, 8 for Bitcoin-like chains.
    pub fn native_decimals(self) -> u8 {
        match self {
            Network::Evm(_) => 18,
            Network::Monero => 12,
            Network::Polkadot => 10,
            Network::Tron | Network::Xrpl => 6,
            _ => 8,
        }
    }

    /// SLIP-44 coin type of the native coin, used in its CAIP-19 id.
    pub fn slip44(self) -> u32 {
        match self {
            Network::Evm(61) => 61,
            Network::Evm(_) => 60,
            Network::Bitcoin => 0,
            Network::BitcoinTestnet3 | Network::BitcoinRegtest => 1,
            Network::Litecoin => 2,
            Network::Dogecoin => 3,
            Network::Dash => 5,
            Network::BitcoinCash => 145,
            Network::BitcoinSv => 236,
            Network::BitcoinGold => 156,
            Network::Zcash => 133,
            Network::Verge => 77,
            Network::Monero => 128,
            Network::Tron => 195,
            Network::Xrpl => 144,
            Network::Polkadot => 354,
            Network::BnbBeacon => 714,
        }
    }

    /// The network that a list means by a ticker such as `XBT`, `ETH` or `USDT`, if one is meant.
    /// Stablecoin tickers name a token, not a chain, and give `None`.
    pub fn from_ticker(ticker: &str) -> Option<Network> {
        match ticker {
            "XBT" => Some(Network::Bitcoin),
            _ => ticker.parse().ok(),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Network::Evm(chain_id) = self {
            return write!(f, "eip155:{chain_id}");
        }
        let row = TABLE.iter().find(|(network, ..)| network == self);
        f.write_str(row.map_or("", |(_, caip2, ..)| caip2))
    }
}

impl FromStr for Network {
    type Err = UnknownNetwork;

    fn from_str(text: &str) -> Result<Self, UnknownNetwork> {
        if let Some(id) = text.strip_prefix("eip155:") {
            let is_canonical = !id.starts_with('0') && id.bytes().all(|b| b.is_ascii_digit());
            return match id.parse::<u64>() {
                Ok(chain_id) if is_canonical => Ok(Network::Evm(chain_id)),
                _ => Err(UnknownNetwork(text.to_owned())),
            };
        }
        let utxo =
            TABLE.iter().find(|(_, caip2, ticker, name)| [caip2, ticker, name].contains(&&text));
        if let Some((network, ..)) = utxo {
            return Ok(*network);
        }
        EVM_NAMES
            .iter()
            .find(|(_, names)| names.contains(&text))
            .map(|(chain_id, _)| Network::Evm(*chain_id))
            .ok_or_else(|| UnknownNetwork(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for Network {
    type Error = UnknownNetwork;
    fn try_from(text: String) -> Result<Self, UnknownNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> String {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_parses_from_what_it_prints() {
        for (network, caip2, ticker, name) in TABLE {
            assert_eq!(network.to_string(), *caip2);
            for text in [caip2, ticker, name] {
                assert_eq!(text.parse::<Network>().as_ref(), Ok(network));
            }
        }
        assert_eq!("eip155:137".parse(), Ok(Network::Evm(137)));
        assert_eq!(Network::Evm(u64::MAX).to_string().parse(), Ok(Network::Evm(u64::MAX)));
    }

    #[test]
    fn a_chain_id_in_another_spelling_is_refused() {
        for text in ["eip155:", "eip155:01", "eip155:0", "eip155:+1", "eip155:1 ", "EIP155:1", ""] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
