//! The trail of each address through the journal: from its latest decision back to its first.
//!
//! One file holds, for each journal entry, the entry before it that has the same payer and the one
//! before it that has the same receiver, in either role; 16 bytes each. Only the latest entry of each address
//! is in memory. Appending costs the same however long the history, and nothing is indexed that the
//! journal does not already hold.

use onchain::book::AddressId;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::StoreError;

const RECORD_LEN: u64 = 16;
/// Stands for "none before".
const NONE: u64 = u64::MAX;

/// The trails of all addresses.
pub struct Trail {
    path: PathBuf,
    file: File,
    /// Latest entry of each address, by number.
    heads: Vec<u64>,
    /// Records from `start` on that are not yet in the file.
    waiting: Vec<[u64; 2]>,
    start: u64,
}

impl Trail {
    /// Opens the file at `path`, made if it is not there. No address has a trail yet.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .map_err(StoreError::io(path))?;
        Ok(Self { path: path.to_owned(), file, heads: Vec::new(), waiting: Vec::new(), start: 0 })
    }

    /// Adds a decision. Indexes only grow; entries between them that are no decisions are left out.
    pub fn add(&mut self, index: u64, parties: [Option<AddressId>; 2]) {
        if self.waiting.is_empty() {
            self.start = index;
        }
        while self.start + (self.waiting.len() as u64) < index {
            self.waiting.push([NONE; 2]);
        }
        let mut record = [NONE; 2];
        let is_self = parties[0].is_some() && parties[0] == parties[1];
        for (side, party) in parties.into_iter().enumerate() {
            let Some(id) = party.filter(|_| side == 0 || !is_self) else { continue };
            if id.place() >= self.heads.len() {
                self.heads.resize(id.place() + 1, NONE);
            }
            record[side] = std::mem::replace(&mut self.heads[id.place()], index);
        }
        self.waiting.push(record);
    }

    /// Writes what was added to the file.
    ///
    /// # Errors
    /// [`StoreError`] when that fails; what was added stays readable and is written next time.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        let bytes: Vec<u8> =
            self.waiting.iter().flatten().flat_map(|index| index.to_le_bytes()).collect();
        self.file
            .write_all_at(&bytes, self.start * RECORD_LEN)
            .map_err(StoreError::io(&self.path))?;
        self.waiting.clear();
        Ok(())
    }

    /// Waits until all of it is on the disk.
    ///
    /// # Errors
    /// [`StoreError`] when that fails.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        self.flush()?;
        self.file.sync_data().map_err(StoreError::io(&self.path))
    }

    /// The latest decision of an address.
    pub fn head(&self, id: AddressId) -> Option<u64> {
        self.heads.get(id.place()).copied().filter(|index| *index != NONE)
    }

    /// The decisions before the one at `index`: of its payer, of its receiver.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn before(&self, index: u64) -> Result<[Option<u64>; 2], StoreError> {
        let known = |index: u64| (index != NONE).then_some(index);
        let waiting = index.checked_sub(self.start).and_then(|place| {
            self.waiting.get(usize::try_from(place).ok()?).filter(|_| !self.waiting.is_empty())
        });
        if let Some(record) = waiting {
            return Ok(record.map(known));
        }
        let mut bytes = [0; RECORD_LEN as usize];
        self.file
            .read_exact_at(&mut bytes, index * RECORD_LEN)
            .map_err(StoreError::io(&self.path))?;
        let word =
            |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        Ok([word(0), word(8)].map(known))
    }

    /// Writes the latest entry of each address.
    ///
    /// # Errors
    /// The error of `out`.
    pub fn save_heads(&self, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&(self.heads.len() as u64).to_le_bytes())?;
        self.heads.iter().try_for_each(|head| out.write_all(&head.to_le_bytes()))
    }

    /// Reads what [`Trail::save_heads`] wrote.
    ///
    /// # Errors
    /// The error of `input`.
    pub fn load_heads(&mut self, input: &mut dyn Read) -> std::io::Result<()> {
        let mut word = [0; 8];
        input.read_exact(&mut word)?;
        let count = u64::from_le_bytes(word);
        let mut heads = Vec::new();
        for _ in 0..count {
            input.read_exact(&mut word)?;
            heads.push(u64::from_le_bytes(word));
        }
        self.heads = heads;
        self.waiting.clear();
        Ok(())
    }

    /// Forgets every trail, to begin from the start of the journal again.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn walking_back_finds_every_decision_of_an_address_and_no_other(
            parties in prop::collection::vec((prop::option::of(0u32..6), prop::option::of(0u32..6), 1u64..3), 1..60),
            flush_at in 1usize..8, restart_at in 0usize..60,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("trail");
            let mut trail = Trail::open(&path).unwrap();
            let mut expected = vec![Vec::new(); 6];
            let mut entries = std::collections::BTreeMap::new();
            let mut index = 0;
            for (place, (from, to, step)) in parties.iter().enumerate() {
                index += step;
                trail.add(index, [from.map(AddressId), to.map(AddressId)]);
                entries.insert(index, [*from, *to]);
                for id in 0..6u32 {
                    if [*from, *to].contains(&Some(id)) {
                        expected[id as usize].push(index);
                    }
                }
                if place % flush_at == 0 {
                    trail.flush().unwrap();
                }
                if place == restart_at {
                    trail.sync().unwrap();
                    let mut heads = Vec::new();
                    trail.save_heads(&mut heads).unwrap();
                    trail = Trail::open(&path).unwrap();
                    trail.load_heads(&mut heads.as_slice()).unwrap();
                }
            }
            for id in 0..6u32 {
                let mut found = Vec::new();
                let mut at = trail.head(AddressId(id));
                while let Some(index) = at {
                    found.push(index);
                    let before = trail.before(index).unwrap();
                    at = if entries[&index][0] == Some(id) { before[0] } else { before[1] };
                }
                found.reverse();
                prop_assert_eq!(&found, &expected[id as usize]);
            }
        }
    }
}
