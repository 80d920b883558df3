//! A table by what it says: the same users with the same balances in the same order have the same
//! digest, whatever the format, the form and the order of the columns.

use sha2::{Digest, Sha256};

use super::Balances;

/// Hashes users as they come.
pub(super) struct Canonical {
    hash: Sha256,
    symbols: Vec<String>,
    /// For each asset, its place in the order of symbols.
    ranks: Vec<u16>,
    /// A user's bytes.
    bytes: Vec<u8>,
}

impl Canonical {
    pub(super) fn new(assets: &[String]) -> Self {
        let mut order: Vec<u16> = (0..assets.len() as u16).collect();
        order.sort_unstable_by_key(|place| &assets[usize::from(*place)]);
        let mut ranks = vec![0; assets.len()];
        for (rank, place) in order.iter().enumerate() {
            ranks[usize::from(*place)] = rank as u16;
        }
        let hash = Sha256::new_with_prefix(b"ringfence balances 1\n");
        Self { hash, symbols: assets.to_vec(), ranks, bytes: Vec::new() }
    }

    /// A user: each text behind its length, so that no two users look alike.
    pub(super) fn add(&mut self, balances: &Balances) {
        let Self { hash, symbols, ranks, bytes } = self;
        let text = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend_from_slice(&(text.len() as u32).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        };
        bytes.clear();
        text(bytes, &balances.account);
        bytes.extend_from_slice(&(balances.entries.len() as u32).to_be_bytes());
        let mut entries = balances.entries.clone();
        entries.sort_unstable_by_key(|entry| ranks[usize::from(entry.asset)]);
        for entry in &entries {
            text(bytes, &symbols[usize::from(entry.asset)]);
            bytes.extend_from_slice(&entry.amount.to_be_bytes());
        }
        hash.update(&bytes[..]);
    }

    pub(super) fn digest(self) -> [u8; 32] {
        self.hash.finalize().into()
    }
}
