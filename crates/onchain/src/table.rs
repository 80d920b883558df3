//! States of addresses: the hot ones in memory, the cold ones in a store and back on demand.
//!
//! Eviction is by second chance (clock) and loses nothing: a state that went cold comes back bit
//! for bit, so how much memory there is changes no decision.

use bytemuck::Zeroable;

use crate::book::AddressId;
use crate::state::AddressState;

/// Keeps the states that do not fit memory. Implemented by the `store` crate.
pub trait ColdStore: Send + Sync {
    /// Keeps a state.
    ///
    /// # Errors
    /// A message for people when the store cannot take it; the caller must stop.
    fn save(&mut self, id: AddressId, state: &[u8]) -> Result<(), String>;

    /// The state kept last.
    ///
    /// # Errors
    /// A message for people when the store cannot be read; the caller must stop.
    fn load(&mut self, id: AddressId) -> Result<Option<Vec<u8>>, String>;

    /// Makes what was saved so far come back after a restart, and names it.
    ///
    /// # Errors
    /// A message for people when that cannot be done; nothing is lost for the running process.
    fn checkpoint(&mut self) -> Result<String, String>;
}

/// A cold store that is never asked, for tables without a bound.
pub struct NeverCold;

impl ColdStore for NeverCold {
    fn save(&mut self, _: AddressId, _: &[u8]) -> Result<(), String> {
        Err("no cold store is configured".to_owned())
    }
    fn load(&mut self, _: AddressId) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }
    fn checkpoint(&mut self) -> Result<String, String> {
        Ok(String::new())
    }
}

const NOT_HOT: u32 = u32::MAX;

/// The states of all addresses.
pub struct StateTable {
    states: Vec<AddressState>,
    owners: Vec<u32>,
    is_recent: Vec<bool>,
    slot_of: Vec<u32>,
    hand: usize,
    capacity: usize,
    cold: Box<dyn ColdStore>,
    spilled: u64,
    returned: u64,
}

/// The cold store failed; decisions must stop until it is mended.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "address states: {0}; free disk space or mend the data directory, then start again: recovery replays what is missing"
)]
pub struct ColdStoreError(pub String);

impl StateTable {
    /// A table of at most `capacity` hot states (512 bytes each, at least 2) over a cold store.
    pub fn new(capacity: usize, cold: Box<dyn ColdStore>) -> Self {
        Self {
            states: Vec::new(),
            owners: Vec::new(),
            is_recent: Vec::new(),
            slot_of: Vec::new(),
            hand: 0,
            capacity: capacity.max(2),
            cold,
            spilled: 0,
            returned: 0,
        }
    }

    /// A table without a bound.
    pub fn unbounded() -> Self {
        Self::new(usize::MAX, Box::new(NeverCold))
    }

    /// Number of hot states, and how often states went cold and came back.
    pub fn usage(&self) -> (usize, u64, u64) {
        (self.states.len(), self.spilled, self.returned)
    }

    /// Every hot state with its owner.
    pub(crate) fn hot(&self) -> impl ExactSizeIterator<Item = (AddressId, &AddressState)> {
        self.owners.iter().zip(&self.states).map(|(owner, state)| (AddressId(*owner), state))
    }

    /// Number of states that are, or may be, in the cold store.
    pub(crate) fn spilled(&self) -> u64 {
        self.spilled
    }

    /// Makes the cold states come back after a restart and names them.
    ///
    /// # Errors
    /// [`ColdStoreError`] when the cold store fails.
    pub fn checkpoint(&mut self) -> Result<String, ColdStoreError> {
        self.cold.checkpoint().map_err(ColdStoreError)
    }

    /// Takes a hot state back from a snapshot into an empty table. Beyond the capacity the first
    /// ones go cold.
    pub(crate) fn put_back(
        &mut self,
        id: AddressId,
        state: AddressState,
    ) -> Result<(), ColdStoreError> {
        *self.get_mut(id)? = state;
        Ok(())
    }

    /// Says how many states a cold store that came back holds, beside those spilled since.
    pub(crate) fn expect_cold(&mut self, spilled: u64) {
        self.spilled += spilled;
    }

    /// The state of an address; empty for one that has none yet.
    ///
    /// # Errors
    /// [`ColdStoreError`] when the cold store fails.
    pub fn get_mut(&mut self, id: AddressId) -> Result<&mut AddressState, ColdStoreError> {
        let place = id.place();
        if place >= self.slot_of.len() {
            self.slot_of.resize(place + 1, NOT_HOT);
        }
        if self.slot_of[place] == NOT_HOT {
            self.warm(id)?;
        }
        let slot = self.slot_of[place] as usize;
        self.is_recent[slot] = true;
        Ok(&mut self.states[slot])
    }

    fn warm(&mut self, id: AddressId) -> Result<(), ColdStoreError> {
        let mut state = AddressState::zeroed();
        if self.spilled > 0
            && let Some(bytes) = self.cold.load(id).map_err(ColdStoreError)?
        {
            let target = bytemuck::bytes_of_mut(&mut state);
            if bytes.len() != target.len() {
                let problem = format!("the state of an address has {} bytes", bytes.len());
                return Err(ColdStoreError(problem));
            }
            target.copy_from_slice(&bytes);
            self.returned += 1;
        }
        if self.states.len() < self.capacity {
            self.slot_of[id.place()] = self.states.len() as u32;
            self.states.push(state);
            self.owners.push(id.0);
            self.is_recent.push(true);
            return Ok(());
        }
        while std::mem::take(&mut self.is_recent[self.hand]) {
            self.hand = (self.hand + 1) % self.states.len();
        }
        let slot = self.hand;
        let owner = AddressId(self.owners[slot]);
        let bytes = bytemuck::bytes_of(&self.states[slot]);
        self.cold.save(owner, bytes).map_err(ColdStoreError)?;
        self.spilled += 1;
        self.slot_of[owner.place()] = NOT_HOT;
        self.states[slot] = state;
        self.owners[slot] = id.0;
        self.slot_of[id.place()] = slot as u32;
        self.hand = (slot + 1) % self.states.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[derive(Default)]
    struct Memory(HashMap<u32, Vec<u8>>);

    impl ColdStore for Memory {
        fn save(&mut self, id: AddressId, state: &[u8]) -> Result<(), String> {
            self.0.insert(id.0, state.to_vec());
            Ok(())
        }
        fn load(&mut self, id: AddressId) -> Result<Option<Vec<u8>>, String> {
            Ok(self.0.get(&id.0).cloned())
        }
        fn checkpoint(&mut self) -> Result<String, String> {
            Ok(String::new())
        }
    }

    proptest! {
        #[test]
        fn states_come_back_from_the_cold_bit_for_bit(
            visits in prop::collection::vec((0u32..40, 1u8..20), 0..300), capacity in 2usize..10,
        ) {
            let mut small = StateTable::new(capacity, Box::new(Memory::default()));
            let mut large = StateTable::unbounded();
            for (id, depth) in visits {
                for table in [&mut small, &mut large] {
                    let state = table.get_mut(AddressId(id)).unwrap();
                    state.set_peel_depth(state.peel_depth().wrapping_mul(3).wrapping_add(depth));
                }
                let a = *small.get_mut(AddressId(id)).unwrap();
                prop_assert_eq!(a, *large.get_mut(AddressId(id)).unwrap());
                prop_assert!(small.usage().0 <= capacity);
            }
        }
    }

    #[test]
    fn a_failing_cold_store_is_an_error_and_not_an_empty_state() {
        let mut table = StateTable::new(2, Box::new(NeverCold));
        table.get_mut(AddressId(0)).unwrap();
        table.get_mut(AddressId(1)).unwrap();
        assert!(table.get_mut(AddressId(2)).is_err());
    }
}
