//! Numbers for addresses: 33 bytes become a `u32` that every table is indexed by.
//!
//! Numbers are given in the order of first sight, so the same events give the same numbers. They
//! never leave this process; public interfaces speak addresses.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use model::{Address, Family};
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;

/// Number of an address within a [`Book`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AddressId(pub u32);

impl AddressId {
    /// Its place in tables.
    pub fn place(self) -> usize {
        self.0 as usize
    }
}

/// Every address seen, once.
///
/// An adversary who floods the table with colliding addresses would need the seed, which each
/// data directory draws for itself; numbers do not depend on it.
pub struct Book {
    keys: Vec<(Family, Address)>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl Book {
    /// An empty book whose hash table is keyed by `seed`.
    pub fn new(seed: u64) -> Self {
        Self { keys: Vec::new(), index: HashTable::new(), hasher: FixedState::with_seed(seed) }
    }

    /// Number of addresses.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True when none has been seen.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of an address that has been seen.
    pub fn find(&self, family: Family, address: &Address) -> Option<AddressId> {
        let hash = self.hasher.hash_one((family as u8, address));
        let is_same = |id: &u32| self.keys[*id as usize] == (family, *address);
        self.index.find(hash, is_same).map(|id| AddressId(*id))
    }

    /// The number of an address, given now if it is new.
    ///
    /// # Panics
    /// Past 2^32 addresses: partition the stream before.
    pub fn intern(&mut self, family: Family, address: &Address) -> (AddressId, bool) {
        let hash = self.hasher.hash_one((family as u8, address));
        let key = (family, *address);
        let keys = &self.keys;
        if let Some(id) = self.index.find(hash, |id| keys[*id as usize] == key) {
            return (AddressId(*id), false);
        }
        let id = u32::try_from(self.keys.len()).expect("fewer than 2^32 addresses");
        self.keys.push(key);
        let (keys, hasher) = (&self.keys, &self.hasher);
        self.index.insert_unique(hash, id, |id| {
            let (family, address) = &keys[*id as usize];
            hasher.hash_one((*family as u8, address))
        });
        (AddressId(id), true)
    }

    /// The address with this number.
    pub fn address(&self, id: AddressId) -> (Family, Address) {
        self.keys[id.place()]
    }

    /// Every address in the order of its number.
    pub fn iter(&self) -> impl Iterator<Item = (Family, &Address)> {
        self.keys.iter().map(|(family, address)| (*family, address))
    }
}
