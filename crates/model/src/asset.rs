//! Assets, named by CAIP-19.

use ruint::aliases::U256;
use serde::{Deserialize, Serialize};

use crate::{Amount, Network};

/// What was moved, on the network of the transfer that names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Asset {
    /// The coin of the network: ether, bitcoin.
    Native,
    /// A fungible token by its contract.
    Erc20([u8; 20]),
    /// One item of a collection.
    Erc721 {
        /// The collection's contract.
        contract: [u8; 20],
        /// The item.
        token_id: Amount,
    },
    /// One id of a multi-token contract; the transfer's amount says how many.
    Erc1155 {
        /// The contract.
        contract: [u8; 20],
        /// The id.
        token_id: Amount,
    },
}

impl Asset {
    /// The contract that keeps the balances; `None` for the native coin.
    pub fn contract(&self) -> Option<[u8; 20]> {
        match self {
            Asset::Native => None,
            Asset::Erc20(contract)
            | Asset::Erc721 { contract, .. }
            | Asset::Erc1155 { contract, .. } => Some(*contract),
        }
    }

    /// CAIP-19 id, for example `eip155:1/slip44:60` or `eip155:1/erc20:0xdac1…`.
    pub fn caip19(&self, network: Network) -> String {
        fn hex(bytes: &[u8]) -> String {
            bytes.iter().fold(String::from("0x"), |mut text, byte| {
                text.push_str(&format!("{byte:02x}"));
                text
            })
        }
        match self {
            Asset::Native => format!("{network}/slip44:{}", network.slip44()),
            Asset::Erc20(contract) => format!("{network}/erc20:{}", hex(contract)),
            Asset::Erc721 { contract, token_id } => {
                format!("{network}/erc721:{}/{token_id}", hex(contract))
            }
            Asset::Erc1155 { contract, token_id } => {
                format!("{network}/erc1155:{}/{token_id}", hex(contract))
            }
        }
    }

    /// Parses what [`Asset::caip19`] writes; the network is returned beside the asset.
    pub fn parse_caip19(text: &str) -> Option<(Network, Asset)> {
        let (network, rest) = text.split_once('/')?;
        let network: Network = network.parse().ok()?;
        let (namespace, reference) = rest.split_once(':')?;
        let contract = |hex: &str| -> Option<[u8; 20]> {
            let digits = hex.strip_prefix("0x").filter(|d| d.len() == 40)?;
            let value = U256::from_str_radix(digits, 16).ok()?;
            value.to_be_bytes::<32>()[12..].try_into().ok()
        };
        let item = |reference: &str| -> Option<([u8; 20], Amount)> {
            let (address, id) = reference.split_once('/')?;
            Some((contract(address)?, id.parse().ok()?))
        };
        let asset =
            match namespace {
                "slip44" if reference.parse() == Ok(network.slip44()) => Asset::Native,
                "erc20" => Asset::Erc20(contract(reference)?),
                "erc721" => item(reference)
                    .map(|(contract, token_id)| Asset::Erc721 { contract, token_id })?,
                "erc1155" => item(reference)
                    .map(|(contract, token_id)| Asset::Erc1155 { contract, token_id })?,
                _ => return None,
            };
        Some((network, asset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_round_trip_through_caip19() {
        let contract = [0xda; 20];
        let token_id = Amount::MAX;
        for asset in [
            Asset::Native,
            Asset::Erc20(contract),
            Asset::Erc721 { contract, token_id },
            Asset::Erc1155 { contract, token_id },
        ] {
            let text = asset.caip19(Network::ETHEREUM);
            assert_eq!(Asset::parse_caip19(&text), Some((Network::ETHEREUM, asset)), "{text}");
        }
        assert_eq!(Asset::Native.caip19(Network::ETHEREUM), "eip155:1/slip44:60");
        assert_eq!(Asset::parse_caip19("eip155:1/slip44:0"), None);
        assert_eq!(Asset::parse_caip19("eip155:1/erc20:0x+1"), None);
    }
}
