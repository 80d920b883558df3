//! Address states that do not fit memory, in redb (embedded, pure Rust, crash-safe).
//!
//! The file is a spill of the running process. What was spilled since the last checkpoint need not
//! outlive it: a restart goes back to the checkpoint and replays. A checkpoint is a savepoint of
//! the database, kept as long as the state snapshot that names it.

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

/// Savepoints that are kept: one for each state snapshot, and some for those that were not published.
const SAVEPOINTS_KEPT: usize = 12;

/// A spill file for address states.
pub struct ColdStates {
    name: String,
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
        Ok(Self { name: file_name(path), database: Mutex::new(database), waiting: HashMap::new() })
    }

    /// Opens the spill file in `folder` as it was at a checkpoint.
    ///
    /// # Errors
    /// [`StoreError`] when the file or the savepoint is gone or damaged.
    pub fn resume(folder: &Path, checkpoint: &str) -> Result<Self, StoreError> {
        let unknown = || StoreError::corrupt(folder, format!("no cold states at '{checkpoint}'"));
        let (name, savepoint) = checkpoint.rsplit_once('@').ok_or_else(unknown)?;
        let savepoint: u64 = savepoint.parse().map_err(|_| unknown())?;
        let path = folder.join(name);
        if name.contains(['/', '\\']) || !path.is_file() {
            return Err(unknown());
        }
        let open = || -> Result<Database, redb::Error> {
            let database = Database::builder().set_cache_size(CACHE_BYTES).open(&path)?;
            let mut transaction = database.begin_write()?;
            let savepoint = transaction.get_persistent_savepoint(savepoint)?;
            transaction.restore_savepoint(&savepoint)?;
            transaction.commit()?;
            Ok(database)
        };
        let database = open().map_err(|e| StoreError::corrupt(&path, e.to_string()))?;
        Ok(Self { name: name.to_owned(), database: Mutex::new(database), waiting: HashMap::new() })
    }

    fn savepoint(&mut self) -> Result<u64, redb::Error> {
        self.flush()?;
        let database = self.database.lock().expect("no holder of this lock panics");
        // First what was spilled without waiting, then a savepoint of it.
        database.begin_write()?.commit()?;
        let transaction = database.begin_write()?;
        let mut known: Vec<u64> = transaction.list_persistent_savepoints()?.collect();
        known.sort_unstable();
        let outdated = known.len().saturating_sub(SAVEPOINTS_KEPT - 1);
        for savepoint in known.into_iter().take(outdated) {
            transaction.delete_persistent_savepoint(savepoint)?;
        }
        let savepoint = transaction.persistent_savepoint()?;
        transaction.commit()?;
        Ok(savepoint)
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

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
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

    fn checkpoint(&mut self) -> Result<String, String> {
        let savepoint = self.savepoint().map_err(|e| e.to_string())?;
        Ok(format!("{}@{savepoint}", self.name))
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

    #[test]
    fn a_restart_finds_the_states_of_the_checkpoint_and_none_from_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut cold = ColdStates::create(&folder.path().join("cold.redb")).unwrap();
        cold.save(AddressId(1), b"then").unwrap();
        let checkpoint = cold.checkpoint().unwrap();
        cold.save(AddressId(1), b"later").unwrap();
        cold.save(AddressId(2), b"later").unwrap();
        let later = cold.checkpoint().unwrap();
        drop(cold);
        let mut cold = ColdStates::resume(folder.path(), &later).unwrap();
        assert_eq!(cold.load(AddressId(2)).unwrap().unwrap(), b"later");
        drop(cold);
        let mut cold = ColdStates::resume(folder.path(), &checkpoint).unwrap();
        assert_eq!(cold.load(AddressId(1)).unwrap().unwrap(), b"then");
        assert_eq!(cold.load(AddressId(2)).unwrap(), None);
        drop(cold);
        for unknown in ["cold.redb@99", "other.redb@1", "cold.redb", "../cold.redb@1"] {
            assert!(ColdStates::resume(folder.path(), unknown).is_err(), "{unknown}");
        }
    }
}
