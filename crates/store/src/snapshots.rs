//! Imported lists: one immutable file a snapshot, and the current one of each source.
//!
//! ```text
//! intel/<source>/<snapshot id>.json   the snapshot
//! intel/<source>/current              the id of the one in force
//! ```

use intel::{Snapshot, SnapshotMeta};
use std::fs;
use std::path::{Path, PathBuf};

use crate::{StoreError, write_atomically};

/// Largest snapshot file that is read.
const FILE_LEN_MAX: u64 = 1 << 30;

/// A folder of imported lists.
pub struct SnapshotDir {
    root: PathBuf,
}

impl SnapshotDir {
    /// The folder `root`, made if it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be made.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(StoreError::io(root))?;
        Ok(Self { root: root.to_owned() })
    }

    /// Keeps a snapshot and puts it in force.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be written; then the last one stays in force.
    pub fn put(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let folder = self.root.join(&snapshot.meta.source);
        fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
        let path = folder.join(format!("{}.json", snapshot.meta.id));
        let bytes =
            serde_json::to_vec(snapshot).map_err(|e| StoreError::corrupt(&path, e.to_string()))?;
        write_atomically(&path, &bytes, true)?;
        let id = format!("{}\n", snapshot.meta.id);
        write_atomically(&folder.join("current"), id.as_bytes(), true)
    }

    fn read(&self, path: &Path) -> Result<Snapshot, StoreError> {
        let len = fs::metadata(path).map_err(StoreError::io(path))?.len();
        if len > FILE_LEN_MAX {
            return Err(StoreError::corrupt(path, "it is larger than any snapshot"));
        }
        let bytes = fs::read(path).map_err(StoreError::io(path))?;
        serde_json::from_slice(&bytes).map_err(|e| StoreError::corrupt(path, e.to_string()))
    }

    /// The snapshot of a source that is in force.
    ///
    /// # Errors
    /// [`StoreError`] when it is named but cannot be read.
    pub fn current(&self, source: &str) -> Result<Option<Snapshot>, StoreError> {
        let folder = self.root.join(source);
        let path = folder.join("current");
        let id = match fs::read_to_string(&path) {
            Ok(id) => id,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { path, source }),
        };
        let id = id.trim();
        if id.len() != 16 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(StoreError::corrupt(&path, "it is not the id of a snapshot"));
        }
        self.read(&folder.join(format!("{id}.json"))).map(Some)
    }

    /// A snapshot of a source by its id or the beginning of it.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be read.
    pub fn find(&self, source: &str, id: &str) -> Result<Option<Snapshot>, StoreError> {
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = self.root.join(source);
        if !is_id || !folder.is_dir() {
            return Ok(None);
        }
        for item in fs::read_dir(&folder).map_err(StoreError::io(&folder))? {
            let path = item.map_err(StoreError::io(&folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if name.starts_with(id) && name.ends_with(".json") {
                return self.read(&path).map(Some);
            }
        }
        Ok(None)
    }

    /// What is known of every snapshot, in force or not: `(description, is in force)`.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be read.
    pub fn list(&self) -> Result<Vec<(SnapshotMeta, bool)>, StoreError> {
        let mut found = Vec::new();
        for source in intel::sources::SOURCES {
            let folder = self.root.join(source.id);
            if !folder.is_dir() {
                continue;
            }
            let current = self.current(source.id)?.map(|snapshot| snapshot.meta.id);
            for item in fs::read_dir(&folder).map_err(StoreError::io(&folder))? {
                let path = item.map_err(StoreError::io(&folder))?.path();
                if path.extension().is_some_and(|extension| extension == "json") {
                    let meta = self.read(&path)?.meta;
                    let is_current = current == Some(meta.id);
                    found.push((meta, is_current));
                }
            }
        }
        found.sort_by(|(a, _), (b, _)| {
            (&a.source, &a.dated, a.id).cmp(&(&b.source, &b.dated, b.id))
        });
        Ok(found)
    }

    /// Every snapshot in force.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be read: a list that is missing must not read as "clear".
    pub fn all_current(&self) -> Result<Vec<Snapshot>, StoreError> {
        let sources = intel::sources::SOURCES.iter();
        sources.filter_map(|source| self.current(source.id).transpose()).collect()
    }
}
