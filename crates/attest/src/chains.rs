//! The chains whose addresses and signatures this crate can check, by CAIP-2 id.

mod anchor;
mod table;

use std::fmt;
use std::str::FromStr;

pub(crate) use table::{Account, Coin, Form};

use table::{EVM_PLACE, ROWS};

/// A chain that this crate knows. Written and parsed as a CAIP-2 id such as `eip155:1`,
/// `bip122:000000000019d6689c085ae165831e93` or `solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Chain {
    place: u8,
    evm_id: u64,
}

/// The text names no chain whose ownership rules are known.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "chain: '{0}' is not one whose addresses can be checked; use a CAIP-2 id such as eip155:1 (docs/reserves-side.md lists them)"
)]
pub struct UnknownChain(pub String);

impl Chain {
    /// Ethereum mainnet.
    pub const ETHEREUM: Chain = Chain::evm(1);

    /// An EVM chain by its EIP-155 id. The EVM of Filecoin (314) and of Injective (1776) is another
    /// door to the same accounts, so these ids mean the chains themselves.
    pub const fn evm(id: u64) -> Chain {
        match id {
            314 => Chain { place: table::FILECOIN_PLACE, evm_id: 0 },
            1776 => Chain { place: table::INJECTIVE_PLACE, evm_id: 0 },
            _ => Chain { place: EVM_PLACE, evm_id: id },
        }
    }

    /// True where one account has a number and a key as names, so that two addresses may be one.
    pub(crate) fn has_two_names(self) -> bool {
        matches!(self.form(), Form::Ed25519(Account::Hedera))
    }

    /// The chain that the anchor's lists mean by a coin or network name such as `BCHN`,
    /// `USDT-TRC20` or `ETH-ARBITRUM`; `None` for one whose rules are not known.
    pub fn of_anchor(name: &str) -> Option<Chain> {
        anchor::chain(name)
    }

    /// The EIP-155 id of an EVM chain.
    pub fn evm_id(self) -> Option<u64> {
        (self.place == EVM_PLACE).then_some(self.evm_id)
    }

    /// How addresses are written and messages signed.
    pub(crate) fn form(self) -> Form {
        ROWS[usize::from(self.place)].1
    }

    fn listed(place: usize) -> Chain {
        Chain { place: place as u8, evm_id: 0 }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.evm_id() {
            Some(id) => write!(f, "eip155:{id}"),
            None => f.write_str(ROWS[usize::from(self.place)].0),
        }
    }
}

impl FromStr for Chain {
    type Err = UnknownChain;

    fn from_str(text: &str) -> Result<Self, UnknownChain> {
        let unknown = || UnknownChain(crate::encoding::shown(text));
        if let Some(id) = text.strip_prefix("eip155:") {
            let is_canonical = !id.starts_with('0') && id.bytes().all(|b| b.is_ascii_digit());
            let id = id.parse().ok().filter(|_| is_canonical).ok_or_else(unknown)?;
            return Ok(Chain::evm(id));
        }
        let place = ROWS.iter().skip(1).position(|(caip2, _)| *caip2 == text);
        place.map(|place| Chain::listed(place + 1)).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_chain_parses_from_what_it_prints_and_no_two_print_the_same() {
        let chains: Vec<Chain> = (1..ROWS.len()).map(Chain::listed).collect();
        for chain in &chains {
            let text = chain.to_string();
            assert_eq!(text.parse(), Ok(*chain), "{text}");
            let (namespace, reference) = text.split_once(':').unwrap();
            assert!((3..=8).contains(&namespace.len()), "{text}: CAIP-2");
            assert!((1..=32).contains(&reference.len()), "{text}: CAIP-2");
        }
        let texts: BTreeSet<String> = chains.iter().map(Chain::to_string).collect();
        assert_eq!(texts.len(), chains.len());
        assert_eq!("eip155:1".parse(), Ok(Chain::ETHEREUM));
        for wrong in ["eip155:01", "eip155:", "eip155:+1", "eip155", "", "bip122:1"] {
            assert!(wrong.parse::<Chain>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_chain_and_its_evm_are_one_chain() {
        assert_eq!("eip155:314".parse::<Chain>(), "fil:f".parse());
        assert_eq!("eip155:1776".parse::<Chain>(), "cosmos:injective-1".parse());
        assert_eq!(Chain::evm(314).evm_id(), None);
    }

    #[test]
    fn utxo_chains_have_the_ids_of_the_model() {
        for (caip2, form) in ROWS {
            if let Form::Utxo(coin) = form
                && let Some(network) = coin.network
            {
                assert_eq!(network.to_string(), *caip2);
            }
        }
    }
}
