//! One key for each address, whatever its text form, so that nothing counts twice.

mod account;
mod utxo;

use std::fmt;

use crate::chains::{Account, Chain, Form};
use crate::encoding::{hex, shown, unhex_array};

/// Longest text that is an address on any chain here (a Cardano base address has 103 characters).
const TEXT_LEN_MAX: usize = 160;

/// What stands behind an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AddressType {
    /// Hash of one public key (P2PKH).
    PubkeyHash,
    /// Hash of a script (P2SH), among them nested segwit.
    ScriptHash,
    /// Segwit version 0 key hash (P2WPKH).
    WitnessKeyHash,
    /// Segwit version 0 script hash (P2WSH).
    WitnessScriptHash,
    /// Taproot output key (P2TR).
    Taproot,
    /// An account whose bytes come from one public key, or from a contract.
    Account,
    /// Filecoin's `f1`: hash of one public key.
    KeyAccount,
    /// A public key itself.
    PublicKey,
    /// A name or number that the chain's state gives keys to.
    Name,
    /// The public key of an Ethereum validator.
    Validator,
}

/// A chain and the bytes that its consensus compares. Two texts with one key are one address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AddressKey {
    chain: Chain,
    address_type: AddressType,
    bytes: Vec<u8>,
}

/// Why a text is no address of its chain.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// Wrong alphabet, length, version or checksum.
    #[error(
        "address: '{text}' is not an address of {chain}: {problem}; copy it again from its source"
    )]
    Undecodable {
        /// The text, cut to a readable length.
        text: String,
        /// For which chain it was read.
        chain: Chain,
        /// What is wrong.
        problem: String,
    },
    /// A form whose owner cannot be known from it.
    #[error("address: '{text}' of {chain} has a form that is not supported: {form}")]
    UnknownType {
        /// The text, cut to a readable length.
        text: String,
        /// The chain.
        chain: Chain,
        /// Which form.
        form: &'static str,
    },
}

impl KeyError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            KeyError::Undecodable { .. } => "ownership.address.undecodable",
            KeyError::UnknownType { .. } => "ownership.address.unknown_type",
        }
    }
}

/// Why a reader of one form refused a text; the chain and the text are added by the caller.
pub(crate) enum Refused {
    Undecodable(String),
    UnknownType(&'static str),
}

impl From<&str> for Refused {
    fn from(problem: &str) -> Self {
        Refused::Undecodable(problem.to_owned())
    }
}

impl AddressKey {
    /// Reads an address of `chain` in any of its text forms. Blanks around it are ignored.
    ///
    /// # Errors
    /// [`KeyError`] names the check that failed; nothing undecodable gets a key.
    pub fn parse(chain: Chain, text: &str) -> Result<AddressKey, KeyError> {
        let text = text.trim();
        let read = if text.is_empty() {
            Err("it is empty".into())
        } else if text.len() > TEXT_LEN_MAX {
            Err("it is longer than any address".into())
        } else {
            read(chain, text)
        };
        match read {
            Ok((address_type, bytes)) => Ok(AddressKey { chain, address_type, bytes }),
            Err(Refused::Undecodable(problem)) => {
                Err(KeyError::Undecodable { text: shown(text), chain, problem })
            }
            Err(Refused::UnknownType(form)) => {
                Err(KeyError::UnknownType { text: shown(text), chain, form })
            }
        }
    }

    /// The chain.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// What stands behind the address.
    pub fn address_type(&self) -> AddressType {
        self.address_type
    }

    /// The bytes that the chain compares: a hash, a key, an account, or a name.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The 20 bytes of an account that a secp256k1 key or a contract stands behind.
    pub(crate) fn account20(&self) -> Option<[u8; 20]> {
        let is_account = self.address_type == AddressType::Account;
        self.bytes.as_slice().try_into().ok().filter(|_| is_account)
    }
}

/// `eip155:1/account/0c0d…`: for findings and logs, not for wallets.
impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.address_type {
            AddressType::PubkeyHash => "p2pkh",
            AddressType::ScriptHash => "p2sh",
            AddressType::WitnessKeyHash => "p2wpkh",
            AddressType::WitnessScriptHash => "p2wsh",
            AddressType::Taproot => "p2tr",
            AddressType::Account => "account",
            AddressType::KeyAccount => "key_account",
            AddressType::PublicKey => "public_key",
            AddressType::Name => "name",
            AddressType::Validator => "validator",
        };
        write!(f, "{}/{kind}/{}", self.chain, hex(&self.bytes))
    }
}

fn read(chain: Chain, text: &str) -> Result<(AddressType, Vec<u8>), Refused> {
    match chain.form() {
        Form::Utxo(coin) => utxo::read(coin, text),
        Form::Evm => evm(chain, text),
        Form::Tron => account::of_network(model::Network::Tron, text),
        Form::Secp256k1(Account::Filecoin) => account::filecoin(text),
        Form::Secp256k1(account) | Form::Ed25519(account) => account::read(account, text),
        Form::Antelope => account::antelope(text),
        Form::Starknet => account::starknet(text),
    }
}

/// Twenty bytes as `0x…`, or in the older bech32 of three chains; 48 bytes for a validator.
fn evm(chain: Chain, text: &str) -> Result<(AddressType, Vec<u8>), Refused> {
    if let Some(key) = unhex_array::<48>(text).filter(|_| text.starts_with("0x")) {
        if chain != Chain::ETHEREUM {
            return Err("only Ethereum has validators with keys of 48 bytes".into());
        }
        return Ok((AddressType::Validator, key.to_vec()));
    }
    let hrp = match chain.evm_id() {
        Some(66) => "ex",
        Some(210_425) => "lat",
        Some(1_666_600_000) => "one",
        _ => "",
    };
    if !hrp.is_empty() && !text.starts_with("0x") {
        return account::bech32_20(hrp, text);
    }
    account::of_network(model::Network::ETHEREUM, text)
}

#[cfg(test)]
mod tests;
