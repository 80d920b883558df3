//! EIP-1186: an account and slots of its storage, proved against a header.

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes, U256};
use alloy_rlp::Encodable;
use alloy_trie::proof::verify_proof;
use alloy_trie::{EMPTY_ROOT_HASH, KECCAK_EMPTY, Nibbles, TrieAccount};
use chain::ethereum::keccak256;
use model::Amount;
use serde::Deserialize;

use super::{EvidenceError, StateHeader};
use crate::encoding::object::Object;
use crate::encoding::{hex, unhex, unhex_array};

/// Largest JSON of one proof.
const JSON_BYTES_MAX: usize = 1 << 20;
/// Nodes on a path: one for each nibble of a hash, and the leaf.
const NODES_MAX: usize = 65;
/// Bytes of a node: a branch with 16 hashes has 532, a leaf less.
const NODE_BYTES_MAX: usize = 1024;
/// Slots of one proof.
const SLOTS_MAX: usize = 256;

/// A proof of an account, parsed but not yet verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountProof {
    /// The account.
    pub address: [u8; 20],
    nonce: u64,
    balance: Amount,
    code_hash: [u8; 32],
    storage_root: [u8; 32],
    nodes: Vec<Bytes>,
    slots: Vec<StorageProof>,
}

/// A proof of one slot, parsed but not yet verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StorageProof {
    slot: [u8; 32],
    value: Amount,
    nodes: Vec<Bytes>,
}

/// What a proof shows of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountState {
    /// The account.
    pub address: [u8; 20],
    /// The chain's coin, in wei.
    pub balance: Amount,
    /// Keccak of its code.
    pub code_hash: [u8; 32],
    slots: BTreeMap<[u8; 32], Amount>,
}

impl AccountState {
    /// Takes in the slots of another proof of the same account in the same state.
    pub(crate) fn merge(&mut self, other: &AccountState) {
        self.slots.extend(other.slots.iter().map(|(slot, value)| (*slot, *value)));
    }

    /// The value of a slot, if the proof had it; zero for one that is not in the storage.
    pub fn slot(&self, slot: [u8; 32]) -> Option<Amount> {
        self.slots.get(&slot).copied()
    }

    /// The balance that a token keeps for `holder`, if this is the token's account and the proof
    /// had the holder's slot.
    pub fn token_balance(&self, layout: &TokenLayout, holder: [u8; 20]) -> Option<Amount> {
        if self.address != layout.contract || self.code_hash != layout.code_hash {
            return None;
        }
        self.slot(layout.slot_of(holder))
    }
}

/// Where a token keeps balances. The caller vouches for it: contract, code and slot come from its
/// registry of assets, never from the list that is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenLayout {
    /// The token's contract.
    pub contract: [u8; 20],
    /// Keccak of the code that the layout was read from.
    pub code_hash: [u8; 32],
    /// Slot of the mapping of balances.
    pub balances: [u8; 32],
    /// Vyper hashes the slot before the key, Solidity the key before the slot.
    pub is_vyper: bool,
}

impl TokenLayout {
    /// The slot of a holder's balance.
    pub fn slot_of(&self, holder: [u8; 20]) -> [u8; 32] {
        if self.is_vyper {
            return keccak256(&[self.balances, padded(holder)].concat());
        }
        mapping_slot(holder, self.balances)
    }
}

/// The slot of an address's entry in a mapping of Solidity.
pub fn mapping_slot(holder: [u8; 20], mapping: [u8; 32]) -> [u8; 32] {
    keccak256(&[padded(holder), mapping].concat())
}

fn padded(address: [u8; 20]) -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(&address);
    word
}

/// The answer of `eth_getProof`; with or without its JSON-RPC envelope.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    #[serde(rename = "jsonrpc")]
    _version: String,
    #[serde(rename = "id")]
    _id: serde_json::Number,
    result: Object<ProofJson>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ProofJson {
    address: String,
    account_proof: Vec<String>,
    balance: String,
    code_hash: String,
    nonce: String,
    storage_hash: String,
    storage_proof: Vec<Object<SlotJson>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotJson {
    key: String,
    value: String,
    proof: Vec<String>,
}

fn malformed(field: impl Into<String>, problem: impl Into<String>) -> EvidenceError {
    EvidenceError::Malformed { field: field.into(), problem: problem.into() }
}

fn limited(what: &'static str, got: usize, limit: usize) -> Result<(), EvidenceError> {
    if got > limit { Err(EvidenceError::TooLarge { what, got, limit }) } else { Ok(()) }
}

fn nodes(field: &str, texts: &[String]) -> Result<Vec<Bytes>, EvidenceError> {
    limited("a path of nodes", texts.len(), NODES_MAX)?;
    let node = |text: &String| {
        limited("a node", text.len() / 2, NODE_BYTES_MAX)?;
        let bytes = unhex(text).filter(|_| text.starts_with("0x"));
        bytes.map(Bytes::from).ok_or_else(|| malformed(field, "a node is not 0x and bytes"))
    };
    texts.iter().map(node).collect()
}

fn quantity(field: &str, text: &str) -> Result<Amount, EvidenceError> {
    Amount::from_hex_quantity(text).map_err(|error| malformed(field, error.to_string()))
}

fn hash(field: &str, text: &str) -> Result<[u8; 32], EvidenceError> {
    unhex_array(text)
        .filter(|_| text.starts_with("0x"))
        .ok_or_else(|| malformed(field, "it is not 0x and 64 digits"))
}

impl AccountProof {
    /// Reads a node's answer to `eth_getProof`. Unknown fields, missing ones and sizes beyond any
    /// proof are refused; nothing is believed before [`AccountProof::verify`].
    ///
    /// # Errors
    /// [`EvidenceError::TooLarge`] or [`EvidenceError::Malformed`].
    pub fn parse(json: &[u8]) -> Result<AccountProof, EvidenceError> {
        limited("the JSON", json.len(), JSON_BYTES_MAX)?;
        let whole = |error: serde_json::Error| malformed("proof", error.to_string());
        let has_envelope = json.windows(9).any(|window| window == b"\"jsonrpc\"");
        let proof = if has_envelope {
            serde_json::from_slice::<Object<Envelope>>(json).map_err(whole)?.0.result.0
        } else {
            serde_json::from_slice::<Object<ProofJson>>(json).map_err(whole)?.0
        };
        limited("the list of slots", proof.storage_proof.len(), SLOTS_MAX)?;
        let address = unhex_array(&proof.address)
            .ok_or_else(|| malformed("address", "it is not 0x and 40 digits"))?;
        let nonce = quantity("nonce", &proof.nonce)?
            .to_u128()
            .and_then(|nonce| u64::try_from(nonce).ok())
            .ok_or_else(|| malformed("nonce", "it does not fit 64 bits"))?;
        let slot = |Object(slot): &Object<SlotJson>| {
            Ok(StorageProof {
                slot: quantity("storageProof.key", &slot.key)?.to_be_bytes(),
                value: quantity("storageProof.value", &slot.value)?,
                nodes: nodes("storageProof.proof", &slot.proof)?,
            })
        };
        Ok(AccountProof {
            address,
            nonce,
            balance: quantity("balance", &proof.balance)?,
            code_hash: hash("codeHash", &proof.code_hash)?,
            storage_root: hash("storageHash", &proof.storage_hash)?,
            nodes: nodes("accountProof", &proof.account_proof)?,
            slots: proof.storage_proof.iter().map(slot).collect::<Result<_, _>>()?,
        })
    }

    /// Checks every node from the header's state root to the account, and from the account's
    /// storage root to each slot. An account or slot that is proved absent is empty.
    ///
    /// # Errors
    /// [`EvidenceError::ProofInvalid`] names the account or slot that does not follow.
    pub fn verify(&self, header: &StateHeader) -> Result<AccountState, EvidenceError> {
        let invalid = |what: String| EvidenceError::ProofInvalid { what };
        let account = TrieAccount::new(
            self.nonce,
            U256::from_be_bytes(self.balance.to_be_bytes()),
            B256::from(self.storage_root),
            B256::from(self.code_hash),
        );
        let absent = self.nonce == 0
            && self.balance.is_zero()
            && self.storage_root == EMPTY_ROOT_HASH.0
            && (self.code_hash == KECCAK_EMPTY.0 || self.code_hash == [0; 32]);
        let value = (!absent).then(|| alloy_rlp::encode(account));
        let path = Nibbles::unpack(keccak256(&self.address));
        verify_proof(B256::from(header.state_root), path, value, &self.nodes)
            .map_err(|_| invalid(format!("account 0x{}", hex(&self.address))))?;
        let mut slots = BTreeMap::new();
        for slot in &self.slots {
            let word = U256::from_be_bytes(slot.value.to_be_bytes());
            let mut encoded = Vec::with_capacity(33);
            word.encode(&mut encoded);
            let value = (!slot.value.is_zero()).then_some(encoded);
            let path = Nibbles::unpack(keccak256(&slot.slot));
            verify_proof(B256::from(self.storage_root), path, value, &slot.nodes)
                .map_err(|_| invalid(format!("slot 0x{}", hex(&slot.slot))))?;
            slots.insert(slot.slot, slot.value);
        }
        Ok(AccountState {
            address: self.address,
            balance: self.balance,
            code_hash: self.code_hash,
            slots,
        })
    }
}
