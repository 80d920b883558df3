//! The state of a chain, its header, and what a node answers to `eth_getProof`.

use alloy_primitives::{B256, Bytes, U256};
use alloy_trie::proof::ProofRetainer;
use alloy_trie::{HashBuilder, Nibbles, TrieAccount};
use chain::ethereum::keccak256;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::keys::hex;

/// An account: balance, Keccak of its code, storage.
#[derive(Clone)]
struct Account {
    balance: u128,
    code_hash: [u8; 32],
    storage: BTreeMap<[u8; 32], u128>,
}

#[derive(Clone)]
pub(crate) struct State {
    height: u64,
    accounts: BTreeMap<[u8; 20], Account>,
}

fn trie(leaves: &[([u8; 32], Vec<u8>)], target: [u8; 32]) -> (B256, Vec<Bytes>) {
    let mut sorted: Vec<(Nibbles, &[u8])> =
        leaves.iter().map(|(key, value)| (Nibbles::unpack(key), value.as_slice())).collect();
    sorted.sort();
    let target = Nibbles::unpack(target);
    let mut builder = HashBuilder::default().with_proof_retainer(ProofRetainer::new(vec![target]));
    for (key, value) in sorted {
        builder.add_leaf(key, value);
    }
    let root = builder.root();
    let nodes = builder.take_proof_nodes().matching_nodes_sorted(&target);
    (root, nodes.into_iter().map(|(_, node)| node).collect())
}

fn texts(nodes: &[Bytes]) -> Vec<String> {
    nodes.iter().map(|node| format!("0x{}", hex(node))).collect()
}

/// The slot of a holder in a mapping of Solidity.
pub(crate) fn slot_of(holder: [u8; 20], mapping: u64) -> [u8; 32] {
    let mut bytes = [0; 64];
    bytes[12..32].copy_from_slice(&holder);
    bytes[56..].copy_from_slice(&mapping.to_be_bytes());
    keccak256(&bytes)
}

impl State {
    /// A state at a height with accounts that matter to nobody.
    pub(crate) fn at(height: u64) -> State {
        let mut state = State { height, accounts: BTreeMap::new() };
        for other in 1..=20 {
            state.put([other; 20], u128::from(other), keccak256(b""), &[]);
        }
        state
    }

    pub(crate) fn put(
        &mut self,
        address: [u8; 20],
        balance: u128,
        code_hash: [u8; 32],
        storage: &[([u8; 32], u128)],
    ) {
        let storage = storage.iter().copied().collect();
        self.accounts.insert(address, Account { balance, code_hash, storage });
    }

    fn storage(account: &Account, slot: [u8; 32]) -> (B256, Vec<Bytes>) {
        let leaves = account.storage.iter();
        let leaves: Vec<_> = leaves
            .map(|(slot, value)| (keccak256(slot), alloy_rlp::encode(U256::from(*value))))
            .collect();
        trie(&leaves, keccak256(&slot))
    }

    fn root(&self, address: [u8; 20]) -> (B256, Vec<Bytes>) {
        let leaves: Vec<_> = self
            .accounts
            .iter()
            .map(|(address, account)| {
                let (storage, _) = State::storage(account, [0; 32]);
                let code = B256::from(account.code_hash);
                let account = TrieAccount::new(1, U256::from(account.balance), storage, code);
                (keccak256(address), alloy_rlp::encode(account))
            })
            .collect();
        trie(&leaves, keccak256(&address))
    }

    /// The header in RLP.
    pub(crate) fn header(&self) -> Vec<u8> {
        let root = self.root([0; 20]).0;
        let number = self.height.to_be_bytes();
        let field = |place: u8| match place {
            3 => root.to_vec(),
            8 => number.into_iter().skip_while(|byte| *byte == 0).collect(),
            11 => vec![0x65, 0, 0, 0],
            _ => vec![place],
        };
        let fields = (0..18).map(field);
        let payload: Vec<u8> =
            fields.flat_map(|field| alloy_rlp::encode(field.as_slice())).collect();
        let mut rlp = Vec::new();
        alloy_rlp::Header { list: true, payload_length: payload.len() }.encode(&mut rlp);
        [rlp, payload].concat()
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        keccak256(&self.header())
    }

    /// A node's answer to `eth_getProof`.
    pub(crate) fn proof(&self, address: [u8; 20], slots: &[[u8; 32]]) -> Value {
        let account = &self.accounts[&address];
        let slot = |slot: &[u8; 32]| {
            let value = account.storage.get(slot).copied().unwrap_or(0);
            let nodes = texts(&State::storage(account, *slot).1);
            json!({ "key": format!("0x{}", hex(slot)), "value": format!("{value:#x}"), "proof": nodes })
        };
        json!({
            "address": format!("0x{}", hex(&address)),
            "accountProof": texts(&self.root(address).1),
            "balance": format!("{:#x}", account.balance),
            "codeHash": format!("0x{}", hex(&account.code_hash)),
            "nonce": "0x1",
            "storageHash": format!("0x{}", hex(State::storage(account, [0; 32]).0.as_slice())),
            "storageProof": slots.iter().map(slot).collect::<Vec<_>>(),
        })
    }
}
