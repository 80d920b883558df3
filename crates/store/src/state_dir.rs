//! Snapshots of the engine's state: `state/<journal size>.state`, the newest three.
//!
//! ```text
//! "RFSTATE1"  u32 length + mark (JSON)  u32 CRC of the mark
//! chunks: u32 length, u32 CRC-32C, bytes …  a chunk of length 0 ends the file
//! ```
//!
//! A snapshot belongs to one place in one journal: its mark names the size and the hash of the last
//! entry before it. One that is damaged or of another journal is passed over for the one before.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::{JournalDir, StoreError};

const MAGIC: &[u8; 8] = b"RFSTATE1";
/// Bytes of a chunk.
const CHUNK_LEN: usize = 1 << 20;
/// Longest mark.
const MARK_LEN_MAX: u32 = 1 << 20;
/// Snapshots that are kept.
const KEPT: usize = 3;

/// Where in the record a snapshot stands, and what it needs to be loaded.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct StateMark {
    /// Entries of the journal that it has seen.
    pub journal_size: u64,
    /// Hash of the last of them, in hexadecimal digits; empty for none.
    pub last_leaf: String,
    /// Index and text of the basis entry in force.
    pub basis: Option<(u64, String)>,
    /// Events of the event log that it has seen.
    pub events: u64,
    /// Journal size after the last of their decisions: people must have been told of them.
    #[serde(default)]
    pub decided_until: u64,
    /// For each network, time and number of the last block it has seen.
    pub chains: BTreeMap<String, (u64, u64)>,
    /// Checkpoint of the cold states; empty without any.
    pub cold: String,
}

/// Marks with the files of their states, and what is wrong with others.
type Candidates = (Vec<(StateMark, PathBuf)>, Vec<String>);

/// A folder of state snapshots.
pub struct StateDir {
    root: PathBuf,
}

/// A snapshot that is written but not yet durable.
pub struct PendingState {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    root: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
}

struct ChunkWriter<W: Write> {
    inner: W,
    chunk: Vec<u8>,
    written: u64,
}

impl<W: Write> ChunkWriter<W> {
    fn end_chunk(&mut self) -> std::io::Result<()> {
        self.inner.write_all(&(self.chunk.len() as u32).to_le_bytes())?;
        self.inner.write_all(&crc32fast::hash(&self.chunk).to_le_bytes())?;
        self.inner.write_all(&self.chunk)?;
        self.written += 8 + self.chunk.len() as u64;
        self.chunk.clear();
        Ok(())
    }
}

impl<W: Write> Write for ChunkWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(CHUNK_LEN - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..count]);
        if self.chunk.len() == CHUNK_LEN {
            self.end_chunk()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

struct ChunkReader<R: Read> {
    inner: R,
    chunk: Vec<u8>,
    place: usize,
    is_done: bool,
}

impl<R: Read> ChunkReader<R> {
    fn next_chunk(&mut self) -> std::io::Result<()> {
        let mut head = [0; 8];
        self.inner.read_exact(&mut head)?;
        let word = |place: usize| {
            u32::from_le_bytes([head[place], head[place + 1], head[place + 2], head[place + 3]])
        };
        let (len, crc) = (word(0) as usize, word(4));
        let damaged = || std::io::Error::new(std::io::ErrorKind::InvalidData, "a chunk is damaged");
        if len > CHUNK_LEN {
            return Err(damaged());
        }
        self.chunk.resize(len, 0);
        self.inner.read_exact(&mut self.chunk)?;
        if crc32fast::hash(&self.chunk) != crc {
            return Err(damaged());
        }
        self.place = 0;
        self.is_done = len == 0;
        Ok(())
    }
}

impl<R: Read> Read for ChunkReader<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.place == self.chunk.len() && !self.is_done {
            self.next_chunk()?;
        }
        let count = out.len().min(self.chunk.len() - self.place);
        out[..count].copy_from_slice(&self.chunk[self.place..self.place + count]);
        self.place += count;
        Ok(count)
    }
}

impl StateMark {
    /// A mark at the end of a journal.
    ///
    /// # Errors
    /// [`StoreError`] when the last entry cannot be read.
    pub fn at_end_of(journal: &mut JournalDir) -> Result<Self, StoreError> {
        let journal_size = journal.head().0;
        let last_leaf = leaf_before(journal, journal_size)?;
        Ok(Self { journal_size, last_leaf, ..Self::default() })
    }
}

fn leaf_before(journal: &mut JournalDir, size: u64) -> Result<String, StoreError> {
    let Some(last) = size.checked_sub(1) else {
        return Ok(String::new());
    };
    let hash = journal::leaf_hash(&journal.entry(last)?);
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl StateDir {
    /// The folder `root`, made if it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be made.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(StoreError::io(root))?;
        for item in fs::read_dir(root).map_err(StoreError::io(root))? {
            // Left over from a run that ended while it wrote one.
            let path = item.map_err(StoreError::io(root))?.path();
            if path.extension().is_some_and(|extension| extension == "tmp") {
                fs::remove_file(&path).map_err(StoreError::io(&path))?;
            }
        }
        Ok(Self { root: root.to_owned() })
    }

    /// Writes a snapshot; [`PendingState::publish`] makes it durable and puts it in force.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written; earlier snapshots stay.
    pub fn write(
        &self,
        mark: &StateMark,
        save: impl FnOnce(&mut dyn Write) -> Result<(), onchain::snapshot::SnapshotError>,
    ) -> Result<PendingState, StoreError> {
        let path = self.root.join(format!("{:020}.state", mark.journal_size));
        let temporary = path.with_extension("tmp");
        let begin = || -> std::io::Result<_> {
            let mut out = BufWriter::new(File::create(&temporary)?);
            let text = serde_json::to_vec(mark)?;
            out.write_all(MAGIC)?;
            out.write_all(&(text.len() as u32).to_le_bytes())?;
            out.write_all(&text)?;
            out.write_all(&crc32fast::hash(&text).to_le_bytes())?;
            Ok((out, 16 + text.len() as u64))
        };
        let (inner, written) = begin().map_err(StoreError::io(&temporary))?;
        let mut out = ChunkWriter { inner, chunk: Vec::with_capacity(CHUNK_LEN), written };
        save(&mut out)?;
        let mut finish = || -> std::io::Result<()> {
            if !out.chunk.is_empty() {
                out.end_chunk()?;
            }
            out.end_chunk()?;
            out.inner.flush()
        };
        finish().map_err(StoreError::io(&temporary))?;
        let bytes = out.written;
        let file =
            out.inner.into_inner().map_err(|e| StoreError::io(&temporary)(e.into_error()))?;
        Ok(PendingState { file, temporary, path, root: self.root.clone(), bytes })
    }

    fn paths(&self) -> Result<Vec<(u64, PathBuf)>, StoreError> {
        let mut paths = Vec::new();
        for item in fs::read_dir(&self.root).map_err(StoreError::io(&self.root))? {
            let path = item.map_err(StoreError::io(&self.root))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if let Some(size) = name.strip_suffix(".state").and_then(|size| size.parse().ok()) {
                paths.push((size, path));
            }
        }
        paths.sort_unstable_by(|a, b| b.cmp(a));
        Ok(paths)
    }

    /// Events that the oldest snapshot has seen; 0 without any.
    pub(crate) fn oldest_events(&self) -> Result<u64, StoreError> {
        Ok(self.marks()?.iter().map(|mark| mark.events).min().unwrap_or(0))
    }

    /// The marks of all snapshots that can be read.
    pub(crate) fn marks(&self) -> Result<Vec<StateMark>, StoreError> {
        let marks = self.paths()?.into_iter().filter_map(|(_, path)| read_mark(&path).ok());
        Ok(marks.map(|(mark, _)| mark).collect())
    }

    /// The marks of snapshots that belong to this journal, the newest first, with the reader of
    /// each state; and what is wrong with the others.
    ///
    /// # Errors
    /// [`StoreError`] when the folder or the journal cannot be read.
    pub(crate) fn candidates(&self, journal: &mut JournalDir) -> Result<Candidates, StoreError> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for (size, path) in self.paths()? {
            let mark = match read_mark(&path) {
                Ok((mark, _)) => mark,
                Err(error) => {
                    problems.push(error.to_string());
                    continue;
                }
            };
            let is_ours = mark.journal_size == size
                && size <= journal.head().0
                && leaf_before(journal, size)? == mark.last_leaf;
            if is_ours {
                found.push((mark, path));
            } else {
                problems.push(format!("{}: it is of another journal", path.display()));
            }
        }
        Ok((found, problems))
    }

    /// The bytes of a snapshot's state. Damage shows as an error while they are read.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened.
    pub fn read(&self, path: &Path) -> Result<impl Read + use<>, StoreError> {
        let (_, inner) = read_mark(path)?;
        Ok(ChunkReader { inner, chunk: Vec::new(), place: 0, is_done: false })
    }
}

fn read_mark(path: &Path) -> Result<(StateMark, BufReader<File>), StoreError> {
    let mut input =
        BufReader::with_capacity(1 << 16, File::open(path).map_err(StoreError::io(path))?);
    let mut mark = || -> std::io::Result<StateMark> {
        let damaged =
            |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
        let mut head = [0; 12];
        input.read_exact(&mut head)?;
        let len = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
        if head[..8] != *MAGIC || len > MARK_LEN_MAX {
            return Err(damaged("it is no state snapshot"));
        }
        let mut text = vec![0; len as usize];
        input.read_exact(&mut text)?;
        let mut crc = [0; 4];
        input.read_exact(&mut crc)?;
        if u32::from_le_bytes(crc) != crc32fast::hash(&text) {
            return Err(damaged("its mark is damaged"));
        }
        Ok(serde_json::from_slice(&text)?)
    };
    let mark = mark().map_err(|e| StoreError::corrupt(path, e.to_string()))?;
    Ok((mark, input))
}

impl PendingState {
    /// Syncs the snapshot, puts it in force, and removes those that are no longer needed.
    ///
    /// # Errors
    /// [`StoreError`] when that fails; earlier snapshots stay.
    pub fn publish(self) -> Result<(), StoreError> {
        self.file
            .sync_all()
            .and_then(|()| fs::rename(&self.temporary, &self.path))
            .map_err(StoreError::io(&self.path))?;
        let folder = StateDir { root: self.root };
        File::open(&folder.root)
            .and_then(|folder| folder.sync_all())
            .map_err(StoreError::io(&folder.root))?;
        for (_, old) in folder.paths()?.into_iter().skip(KEPT) {
            fs::remove_file(&old).map_err(StoreError::io(&old))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Recorder;

    fn journal(folder: &Path) -> JournalDir {
        JournalDir::open(&folder.join("journal"), "test.local/log").unwrap()
    }

    fn put(states: &StateDir, journal: &mut JournalDir, bytes: &[u8]) {
        let mark = StateMark::at_end_of(journal).unwrap();
        let save = |out: &mut dyn Write| Ok(out.write_all(bytes)?);
        states.write(&mark, save).unwrap().publish().unwrap();
    }

    fn bytes_of(states: &StateDir, path: &Path) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        states.read(path).unwrap().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn the_newest_three_are_kept_and_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = journal(folder.path());
        let states = StateDir::open(&folder.path().join("state")).unwrap();
        let large = vec![7; 3 * CHUNK_LEN + 5];
        for round in 0..5u8 {
            journal.append(&[vec![1, round]]).unwrap();
            put(&states, &mut journal, &[&large[..], &[round]].concat());
        }
        let (found, problems) = states.candidates(&mut journal).unwrap();
        assert!(problems.is_empty());
        let sizes: Vec<u64> = found.iter().map(|(mark, _)| mark.journal_size).collect();
        assert_eq!(sizes, [5, 4, 3]);
        assert_eq!(bytes_of(&states, &found[0].1).unwrap(), [&large[..], &[4]].concat());
    }

    #[test]
    fn damage_and_foreign_snapshots_are_told_and_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut ours = journal(folder.path());
        let states = StateDir::open(&folder.path().join("state")).unwrap();
        ours.append(&[vec![1]]).unwrap();
        put(&states, &mut ours, b"one");
        let path = states.paths().unwrap()[0].1.clone();
        let whole = fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x40;
            fs::write(&path, &bytes).unwrap();
            let (found, problems) = states.candidates(&mut ours).unwrap();
            let is_told = match found.first() {
                None => problems.len() == 1,
                Some((_, path)) => bytes_of(&states, path).is_err(),
            };
            assert!(is_told, "a change of byte {place} was not seen");
        }
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(bytes_of(&states, &path).is_err());
        fs::write(&path, &whole).unwrap();
        let other = tempfile::tempdir().unwrap();
        let mut other = journal(other.path());
        other.append(&[vec![2]]).unwrap();
        let (found, problems) = states.candidates(&mut other).unwrap();
        assert!(found.is_empty() && problems[0].contains("another journal"));
    }
}
