//! Address states that do not fit memory, in redb (embedded, pure Rust, crash-safe).
//!
//! The file is a spill of the running process and is begun anew at each start: after a crash the
//! states come from replay, so nothing here has to be durable, only to come back bit for bit.

use onchain::book::AddressId;
use onchain::table::ColdStore;
use redb::{Database, Durability, ReadableDatabase, TableDefinition};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

use crate::StoreError;

const STATES: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("states");
/// States that wait in memory for the next transaction: 8 MiB.
const BATCH: usize = 16_384;

/// Memory that the database may take for its own pages.
const CACHE_BYTES: usize = 64 << 20;

/// A spill file for address states.
pub struct ColdStates {
    database: Mutex<Database>,
    waiting: HashMap<u32, Vec<u8>>,
}

impl ColdStates {
    /// Begins a spill file at `path`; one that is there is removed.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be made.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        match std::fs::remove_file(path) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => {
                return Err(StoreError::Io { path: path.to_owned(), source });
            }
        }
        let database = Database::builder()
            .set_cache_size(CACHE_BYTES)
            .create(path)
            .map_err(|e| StoreError::corrupt(path, e.to_string()))?;
        Ok(Self { database: Mutex::new(database), waiting: HashMap::new() })
    }

    fn flush(&mut self) -> Result<(), redb::Error> {
        let database = self.database.lock().expect("no holder of this lock panics");
        let mut transaction = database.begin_write()?;
        transaction.set_durability(Durability::None)?;
        {
            let mut states = transaction.open_table(STATES)?;
            for (id, state) in self.waiting.drain() {
                states.insert(id, state.as_slice())?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn find(&self, id: u32) -> Result<Option<Vec<u8>>, redb::Error> {
        let database = self.database.lock().expect("no holder of this lock panics");
        let transaction = database.begin_read()?;
        match transaction.open_table(STATES) {
            Ok(states) => Ok(states.get(id)?.map(|state| state.value().to_vec())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }
}

impl ColdStore for ColdStates {
    fn save(&mut self, id: AddressId, state: &[u8]) -> Result<(), String> {
        self.waiting.insert(id.0, state.to_vec());
        if self.waiting.len() >= BATCH {
            self.flush().map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    fn load(&mut self, id: AddressId) -> Result<Option<Vec<u8>>, String> {
        if let Some(state) = self.waiting.get(&id.0) {
            return Ok(Some(state.clone()));
        }
        self.find(id.0).map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_come_back_after_many_batches() {
        let folder = tempfile::tempdir().unwrap();
        let mut cold = ColdStates::create(&folder.path().join("cold.redb")).unwrap();
        for id in 0..40_000u32 {
            cold.save(AddressId(id), &id.to_le_bytes()).unwrap();
        }
        for id in [0, 1, 16_384, 39_999] {
            assert_eq!(cold.load(AddressId(id)).unwrap().unwrap(), id.to_le_bytes());
        }
        cold.save(AddressId(5), b"new").unwrap();
        assert_eq!(cold.load(AddressId(5)).unwrap().unwrap(), b"new");
        assert_eq!(cold.load(AddressId(50_000)).unwrap(), None);
    }
}
