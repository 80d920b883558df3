//! Addresses as bytes. Text forms, with their checksums, are in `chain`.

use serde::{Deserialize, Serialize};

use crate::Network;

/// Networks that share an address space: the same bytes are the same holder of keys. A list entry
/// for one member of a family concerns every member.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Family {
    Evm,
    Bitcoin,
    BitcoinTest,
    Litecoin,
    BitcoinCash,
    BitcoinSv,
    BitcoinGold,
    Dogecoin,
    Dash,
    Zcash,
    Verge,
    Monero,
    Tron,
    Xrpl,
    Substrate,
    BnbBeacon,
}

impl Family {
    /// Every family, in the order of their numbers.
    pub const ALL: [Family; 16] = [
        Family::Evm,
        Family::Bitcoin,
        Family::BitcoinTest,
        Family::Litecoin,
        Family::BitcoinCash,
        Family::BitcoinSv,
        Family::BitcoinGold,
        Family::Dogecoin,
        Family::Dash,
        Family::Zcash,
        Family::Verge,
        Family::Monero,
        Family::Tron,
        Family::Xrpl,
        Family::Substrate,
        Family::BnbBeacon,
    ];
}

/// What the bytes of an [`Address`] are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum AddressKind {
    /// 20 bytes: an EVM or Tron account, or an XRP account id.
    Account20,
    /// 32 bytes: a Substrate public key.
    Account32,
    /// 20 bytes: hash160 of a public key.
    PubkeyHash,
    /// 20 bytes: hash160 of a script.
    ScriptHash,
    /// 20 bytes: witness version 0 key hash.
    WitnessKeyHash,
    /// 32 bytes: witness version 0 script hash.
    WitnessScriptHash,
    /// 32 bytes: taproot output key.
    Taproot,
    /// 32 bytes: SHA-256 of an output script that has no address form (bare public key, bare
    /// multisig, other). Lets such coins be followed all the same.
    Script,
    /// 32 bytes: hash of a text form that is compared as text (Monero, BEP-2).
    Text,
    /// 32 bytes: SHA-256 of a witness program of a version without meaning yet.
    WitnessUnknown,
}

impl AddressKind {
    /// Number of leading bytes that carry meaning; the rest are zero.
    pub fn len(self) -> usize {
        match self {
            AddressKind::Account20
            | AddressKind::PubkeyHash
            | AddressKind::ScriptHash
            | AddressKind::WitnessKeyHash => 20,
            _ => 32,
        }
    }

    /// Kinds have at least 20 bytes.
    pub fn is_empty(self) -> bool {
        false
    }
}

/// An address within a family of networks: 33 bytes, compared byte by byte.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Address {
    kind: AddressKind,
    bytes: [u8; 32],
}

impl Address {
    /// An EVM, Tron or XRP account.
    pub fn account20(bytes: [u8; 20]) -> Self {
        Self::from_20(AddressKind::Account20, bytes)
    }

    /// A kind of 20 bytes. A kind of 32 bytes gets twelve zero bytes at its end.
    pub fn from_20(kind: AddressKind, bytes: [u8; 20]) -> Self {
        let mut padded = [0; 32];
        padded[..20].copy_from_slice(&bytes);
        Self { kind, bytes: padded }
    }

    /// A kind of 32 bytes. For a kind of 20 bytes the last twelve are dropped.
    pub fn from_32(kind: AddressKind, mut bytes: [u8; 32]) -> Self {
        bytes[kind.len()..].fill(0);
        Self { kind, bytes }
    }

    /// What the bytes are.
    pub fn kind(&self) -> AddressKind {
        self.kind
    }

    /// The meaningful bytes: 20 or 32.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.kind.len()]
    }

    /// The bytes padded with zeros to 32.
    pub fn padded(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The 20 bytes of an account; `None` for other kinds.
    pub fn as_account20(&self) -> Option<[u8; 20]> {
        (self.kind == AddressKind::Account20)
            .then(|| self.bytes[..20].try_into().expect("20 of 32 bytes"))
    }
}

/// An address on a network: what a person or a list entry means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Account {
    /// The chain.
    pub network: Network,
    /// The address on it.
    pub address: Address,
}
