//! Bitcoin and its relatives: raw blocks, spent outputs, `getblock` JSON, and an own UTXO index.
//!
//! Each output becomes one transfer. Its payer is the input address that put in most (on equal
//! amounts the smallest address); all input addresses are kept in `Transaction::inputs`, so that
//! the flow can be mixed by value and common ownership can be seen.

mod json;
mod raw;
mod utxo;

pub use json::CoreJsonReader;
pub use raw::{RawBlock, SpentOutput, decode_undo};
pub use utxo::{UtxoIndex, UtxoSet};

use bitcoin::ScriptBuf;
use bitcoin::hashes::Hash;
use model::{
    Address, AddressKind, Amount, Asset, Network, Position, Transaction, Transfer, TransferKind,
    TxHash,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use crate::address::witness_address;

/// What an output pays to: standard scripts give their address; any other script that can be spent
/// gives its hash; `OP_RETURN` gives none.
pub fn script_address(script: &bitcoin::Script) -> Option<Address> {
    let bytes = script.as_bytes();
    let hash20 = |kind, range: std::ops::Range<usize>| {
        Address::from_20(kind, bytes[range].try_into().expect("the template fixes the length"))
    };
    if script.is_p2pkh() {
        Some(hash20(AddressKind::PubkeyHash, 3..23))
    } else if script.is_p2sh() {
        Some(hash20(AddressKind::ScriptHash, 2..22))
    } else if let Some(version) = script.witness_version() {
        Some(witness_address(version.to_num(), &bytes[2..]))
    } else if let Some(key) = script.p2pk_public_key() {
        // A bare key and the hash of it are the same holder, and wallets show the hash's address.
        Some(Address::from_20(AddressKind::PubkeyHash, key.pubkey_hash().to_byte_array()))
    } else if script.is_op_return() || bytes.is_empty() {
        None
    } else {
        Some(Address::from_32(AddressKind::Script, Sha256::digest(bytes).into()))
    }
}

/// The text form that explorers show for an output script, if it has one: bare keys, multisig and
/// data outputs have none.
pub fn has_text_address(script: &bitcoin::Script) -> bool {
    script.is_p2pkh() || script.is_p2sh() || script.is_witness_program()
}

/// A transaction with its inputs resolved as far as they are known.
pub(crate) struct UtxoTransaction {
    pub(crate) txid: TxHash,
    pub(crate) index: u32,
    pub(crate) is_coinbase: bool,
    pub(crate) spent: Vec<Option<SpentOutput>>,
    pub(crate) outputs: Vec<(u64, ScriptBuf)>,
}

/// What is common to all transactions of a block.
#[derive(Clone, Copy)]
pub(crate) struct BlockPlace {
    pub(crate) network: Network,
    pub(crate) number: u64,
    pub(crate) time_s: u64,
}

impl UtxoTransaction {
    /// Turns the transaction into one transfer per output.
    pub(crate) fn decode(&self, place: BlockPlace) -> Transaction {
        let mut inputs: BTreeMap<Address, Amount> = BTreeMap::new();
        let mut unknown_inputs = 0;
        for spent in &self.spent {
            match spent {
                Some(output) => {
                    if let Some(address) = script_address(&output.script) {
                        let sum = inputs.entry(address).or_default();
                        *sum = sum.saturating_add(Amount::from(output.value_sat));
                    }
                }
                None => unknown_inputs += 1,
            }
        }
        let from = inputs
            .iter()
            .max_by(|(a, x), (b, y)| x.cmp(y).then(b.cmp(a)))
            .map(|(address, _)| *address);
        let kind = if self.is_coinbase { TransferKind::Issuance } else { TransferKind::Value };
        let transfers = self.outputs.iter().enumerate().map(|(i, (value_sat, script))| Transfer {
            network: place.network,
            position: Position { block: place.number, tx_index: self.index, sub_index: i as u32 },
            time_s: place.time_s,
            tx: self.txid,
            from,
            to: script_address(script),
            initiator: None,
            asset: Asset::Native,
            amount: Amount::from(*value_sat),
            success: true,
            kind,
            has_call_data: false,
        });
        Transaction {
            hash: self.txid,
            index: self.index,
            transfers: transfers.collect(),
            approvals: Vec::new(),
            inputs: inputs.into_iter().collect(),
            unknown_inputs,
        }
    }
}

/// A transaction id in the order in which explorers print it.
pub(crate) fn printed_txid(txid: &bitcoin::Txid) -> TxHash {
    let mut bytes = txid.to_byte_array();
    bytes.reverse();
    TxHash(bytes)
}
