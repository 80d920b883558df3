//! What came in, in order: everything that changes the engine's state, so that a restart, a
//! reorganisation and a re-scoring can judge it again.
//!
//! ```text
//! events/<first sequence number>.log       frames: u32 length, u32 CRC-32C, u64 journal size, event (postcard)
//! events/<first sequence number>.log.zst   a closed segment, compressed
//! ```
//!
//! A frame says how long the journal was before it. Frames past the journal's end were not decided;
//! a restart decides them.

use model::{Transaction, TxHash};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use crate::{StoreError, write_atomically};

/// Bytes after which a segment is closed.
const SEGMENT_BYTES: u64 = 64 << 20;
/// Longest frame.
const FRAME_LEN_MAX: u32 = 64 << 20;
/// Bytes of a frame before its event.
const HEAD_LEN: usize = 16;

/// Identity of an event as its sender gave it, and a digest of what it said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct EventKey {
    /// First half of the SHA-256 of sender and id.
    pub id: u128,
    /// First eight bytes of the SHA-256 of the content.
    pub content: u64,
}

/// Transactions that came in together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Who sent them: `api`, or the name of a followed chain.
    pub source: String,
    /// Followed chains: number and hash of the block.
    pub block: Option<(u64, TxHash)>,
    /// The transactions.
    pub transactions: Vec<Transaction>,
    /// For events over the API, the key of each transaction.
    pub keys: Vec<EventKey>,
}

/// Something that changes the engine's state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Transactions came in.
    Batch(Batch),
    /// Other lists, rules or another model are in force: the text of the basis entry.
    Basis(String),
    /// A chain undid blocks: sequence numbers of their frames, and when we learned of it, in
    /// seconds since 1970-01-01 UTC.
    Retract(Vec<u64>, u64),
}

/// An event that is written without being copied; the same bytes as [`Event`].
#[derive(Serialize)]
pub(crate) enum EventRef<'a> {
    Batch(&'a Batch),
    Basis(&'a str),
    Retract(&'a [u64], u64),
}

impl Event {
    fn by_reference(&self) -> EventRef<'_> {
        match self {
            Event::Batch(batch) => EventRef::Batch(batch),
            Event::Basis(text) => EventRef::Basis(text),
            Event::Retract(sequences, time_s) => EventRef::Retract(sequences, *time_s),
        }
    }
}

/// An event with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Its sequence number, from 0.
    pub sequence: u64,
    /// Entries of the journal before it.
    pub journal_first: u64,
    /// The event.
    pub event: Event,
}

/// The log of events, open for appending.
pub struct EventLog {
    root: PathBuf,
    file: File,
    path: PathBuf,
    bytes: u64,
    next: u64,
    /// The last frame, and where in its segment it begins.
    last: Option<(u64, Frame)>,
    is_broken: bool,
}

fn segment_path(root: &Path, first: u64) -> PathBuf {
    root.join(format!("{first:020}.log"))
}

/// Refuses a segment in which something stands after the place where reading ended: a crash leaves
/// one half-written frame at the end, and anything more is damage.
fn refuse_if_more_follows(path: &Path, bytes: u64) -> Result<(), StoreError> {
    use std::os::unix::fs::FileExt;
    let file = File::open(path).map_err(StoreError::io(path))?;
    let len = file.metadata().map_err(StoreError::io(path))?.len();
    let mut word = [0; 4];
    if len < bytes + HEAD_LEN as u64 || file.read_exact_at(&mut word, bytes).is_err() {
        return Ok(());
    }
    let claimed = bytes + HEAD_LEN as u64 + u64::from(u32::from_le_bytes(word));
    if claimed < len {
        let problem = format!("the event at byte {bytes} is damaged and others follow it");
        return Err(StoreError::corrupt(path, problem));
    }
    Ok(())
}

/// First sequence numbers of the segments, in order.
fn segments(root: &Path) -> Result<Vec<u64>, StoreError> {
    let mut found = Vec::new();
    for item in fs::read_dir(root).map_err(StoreError::io(root))? {
        let name = item.map_err(StoreError::io(root))?.file_name();
        let name = name.to_string_lossy();
        let stem = name.strip_suffix(".zst").unwrap_or(&name);
        found.extend(stem.strip_suffix(".log").and_then(|first| first.parse::<u64>().ok()));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The next frame; `None` at the end or at one that is torn.
fn read_frame(
    input: &mut dyn Read,
    sequence: u64,
    bytes: &mut u64,
) -> std::io::Result<Option<Frame>> {
    let mut head = [0; HEAD_LEN];
    let is_end = |e: &std::io::Error| e.kind() == std::io::ErrorKind::UnexpectedEof;
    match input.read_exact(&mut head) {
        Ok(()) => {}
        Err(e) if is_end(&e) => return Ok(None),
        Err(e) => return Err(e),
    }
    let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("four bytes"));
    let (len, crc) = (word(0), word(4));
    if len == 0 || len > FRAME_LEN_MAX {
        return Ok(None);
    }
    let mut body = Vec::new();
    input.take(u64::from(len)).read_to_end(&mut body)?;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&head[8..]);
    hasher.update(&body);
    if body.len() as u64 != u64::from(len) || hasher.finalize() != crc {
        return Ok(None);
    }
    let Ok(event) = postcard::from_bytes(&body) else {
        return Ok(None);
    };
    *bytes += HEAD_LEN as u64 + u64::from(len);
    let journal_first = u64::from_le_bytes(head[8..16].try_into().expect("eight bytes"));
    Ok(Some(Frame { sequence, journal_first, event }))
}

impl EventLog {
    /// Opens the log in `root`, made if it is not there. A last frame that a crash left half
    /// written is cut off.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be read or written.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(StoreError::io(root))?;
        let known = segments(root)?;
        let (mut next, mut bytes) = (known.last().copied().unwrap_or(0), 0);
        let mut path = segment_path(root, next);
        let mut last = None;
        if path.is_file() {
            let mut input = BufReader::new(File::open(&path).map_err(StoreError::io(&path))?);
            loop {
                let begin = bytes;
                let frame = read_frame(&mut input, next, &mut bytes);
                let Some(frame) = frame.map_err(StoreError::io(&path))? else { break };
                last = Some((begin, frame));
                next += 1;
            }
            refuse_if_more_follows(&path, bytes)?;
        } else if !known.is_empty() {
            // The last segment was closed and the next not yet begun.
            next = Frames::open(root, next)?
                .try_fold(next, |_, frame| frame.map(|frame| frame.sequence + 1))?;
            path = segment_path(root, next);
        }
        let open = || -> std::io::Result<File> {
            let file = File::options().create(true).append(true).open(&path)?;
            file.set_len(bytes)?;
            file.sync_all()?;
            Ok(file)
        };
        let file = open().map_err(StoreError::io(&path))?;
        let root = root.to_owned();
        Ok(Self { root, file, path, bytes, next, last, is_broken: false })
    }

    /// As [`EventLog::open`], with the last segment written anew: after a failed sync what is read
    /// back may be on no disk.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be read or written.
    pub fn reopen(&mut self) -> Result<(), StoreError> {
        let bytes = fs::read(&self.path).map_err(StoreError::io(&self.path))?;
        write_atomically(&self.path, &bytes, true)?;
        *self = Self::open(&self.root.clone())?;
        Ok(())
    }

    /// The last event, unless it stands in an earlier segment.
    pub fn last(&self) -> Option<&Frame> {
        self.last.as_ref().map(|(_, frame)| frame)
    }

    /// Takes the last event off: nothing was done about it.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be cut.
    pub fn drop_last(&mut self) -> Result<(), StoreError> {
        let Some((begin, _)) = self.last.take() else { return Ok(()) };
        self.file
            .set_len(begin)
            .and_then(|()| self.file.sync_all())
            .map_err(StoreError::io(&self.path))?;
        self.bytes = begin;
        self.next -= 1;
        Ok(())
    }

    /// Number of events.
    pub fn len(&self) -> u64 {
        self.next
    }

    /// True without an event.
    pub fn is_empty(&self) -> bool {
        self.next == 0
    }

    /// Appends an event and gives its sequence number. It is durable after [`EventLog::sync_with`].
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written; then the log must be opened anew.
    pub fn append(&mut self, journal_first: u64, event: &Event) -> Result<u64, StoreError> {
        self.append_ref(journal_first, &event.by_reference())
    }

    pub(crate) fn append_ref(
        &mut self,
        journal_first: u64,
        event: &EventRef<'_>,
    ) -> Result<u64, StoreError> {
        if self.is_broken {
            let problem = "an event was not written whole; it must be opened anew";
            return Err(StoreError::corrupt(&self.path, problem));
        }
        if self.bytes >= SEGMENT_BYTES {
            self.file.sync_data().map_err(StoreError::io(&self.path))?;
            self.path = segment_path(&self.root, self.next);
            write_atomically(&self.path, &[], true)?;
            self.file = File::options()
                .append(true)
                .open(&self.path)
                .map_err(StoreError::io(&self.path))?;
            self.bytes = 0;
        }
        let body = postcard::to_stdvec(event)
            .map_err(|e| StoreError::corrupt(&self.path, e.to_string()))?;
        if body.len() > FRAME_LEN_MAX as usize {
            return Err(StoreError::corrupt(&self.path, "an event has more than 64 MiB"));
        }
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&journal_first.to_le_bytes());
        hasher.update(&body);
        let mut bytes = Vec::with_capacity(HEAD_LEN + body.len());
        bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&hasher.finalize().to_le_bytes());
        bytes.extend_from_slice(&journal_first.to_le_bytes());
        bytes.extend_from_slice(&body);
        // Half an event in the file would hide every later one from the next start.
        self.is_broken = true;
        self.file.write_all(&bytes).map_err(StoreError::io(&self.path))?;
        self.is_broken = false;
        self.last = None;
        self.bytes += bytes.len() as u64;
        self.next += 1;
        Ok(self.next - 1)
    }

    /// The file to sync, so that another thread can wait for the disk.
    ///
    /// # Errors
    /// [`StoreError`] when the handle cannot be doubled.
    pub fn sync_with(&self) -> Result<File, StoreError> {
        self.file.try_clone().map_err(StoreError::io(&self.path))
    }

    /// Frames from `sequence` on, as they are now.
    ///
    /// # Errors
    /// [`StoreError`] when no segment holds it.
    pub fn frames(&self, sequence: u64) -> Result<Frames, StoreError> {
        Frames::open(&self.root, sequence)
    }

    /// Compresses closed segments. Can run beside appends.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be read or written; the segment then stays as it is.
    pub fn compress_closed(root: &Path) -> Result<(), StoreError> {
        let known = segments(root)?;
        let closed = known.len().saturating_sub(1);
        for first in &known[..closed] {
            let path = segment_path(root, *first);
            let packed = path.with_extension("log.zst");
            if packed.is_file() || !path.is_file() {
                continue;
            }
            let file = File::open(&path).map_err(StoreError::io(&path))?;
            let bytes = zstd::encode_all(file, 1).map_err(StoreError::io(&path))?;
            write_atomically(&packed, &bytes, true)?;
            fs::remove_file(&path).map_err(StoreError::io(&path))?;
        }
        Ok(())
    }
}

/// Reads frames one after another, through all segments.
pub struct Frames {
    root: PathBuf,
    segments: std::collections::VecDeque<u64>,
    input: Option<(PathBuf, Box<dyn BufRead + Send>)>,
    next: u64,
    from: u64,
}

impl Frames {
    fn open(root: &Path, from: u64) -> Result<Self, StoreError> {
        let mut known = segments(root)?;
        let holds = known.iter().rposition(|first| *first <= from);
        if holds.is_none() && !known.is_empty() {
            let problem = format!("events before {} are gone, {from} is needed", known[0]);
            return Err(StoreError::corrupt(root, problem));
        }
        known.drain(..holds.unwrap_or(0));
        Ok(Self { root: root.to_owned(), segments: known.into(), input: None, next: 0, from })
    }

    fn open_next(&mut self) -> Result<bool, StoreError> {
        let Some(first) = self.segments.pop_front() else {
            return Ok(false);
        };
        let plain = segment_path(&self.root, first);
        let packed = plain.with_extension("log.zst");
        let open = |path: &Path| -> std::io::Result<Box<dyn BufRead + Send>> {
            let file = BufReader::with_capacity(1 << 16, File::open(path)?);
            Ok(if path == packed {
                Box::new(BufReader::with_capacity(1 << 17, zstd::Decoder::with_buffer(file)?))
            } else {
                Box::new(file)
            })
        };
        let mut path = if packed.is_file() { packed.clone() } else { plain };
        let mut input = open(&path);
        if input.as_ref().is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound) {
            // It was compressed just now.
            path.clone_from(&packed);
            input = open(&path);
        }
        let input = input.map_err(StoreError::io(&path))?;
        self.input = Some((path, input));
        self.next = first;
        Ok(true)
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((path, input)) = &mut self.input else {
                match self.open_next() {
                    Ok(true) => continue,
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                }
            };
            match read_frame(input, self.next, &mut 0) {
                Ok(Some(frame)) => {
                    self.next += 1;
                    if frame.sequence >= self.from {
                        return Some(Ok(frame));
                    }
                }
                Ok(None) => {
                    // The end of a segment must be the beginning of the next.
                    if let Some(after) = self.segments.front()
                        && *after != self.next
                    {
                        let problem =
                            format!("events {} to {after} are missing or damaged", self.next);
                        let path = path.clone();
                        self.segments.clear();
                        self.input = None;
                        return Some(Err(StoreError::corrupt(&path, problem)));
                    }
                    self.input = None;
                }
                Err(error) => {
                    let error = StoreError::io(path)(error);
                    self.segments.clear();
                    self.input = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: u64) -> Event {
        match n % 3 {
            0 => Event::Basis(format!("basis {n}")),
            1 => Event::Retract(vec![n], n),
            _ => Event::Batch(Batch {
                source: "api".to_owned(),
                block: Some((n, TxHash([n as u8; 32]))),
                transactions: Vec::new(),
                keys: vec![EventKey { id: u128::from(n), content: n }],
            }),
        }
    }

    fn all(log: &EventLog, from: u64) -> Vec<Frame> {
        log.frames(from).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn events_come_back_in_order_from_any_place_and_after_a_torn_write() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = EventLog::open(folder.path()).unwrap();
        for n in 0..10 {
            assert_eq!(log.append(n * 2, &event(n)).unwrap(), n);
        }
        let whole = fs::read(segment_path(folder.path(), 0)).unwrap();
        drop(log);
        for cut in 1..40 {
            fs::write(segment_path(folder.path(), 0), &whole[..whole.len() - cut]).unwrap();
            let mut log = EventLog::open(folder.path()).unwrap();
            let kept = log.len();
            assert!((8..10).contains(&kept), "{kept}");
            for n in kept..12 {
                log.append(n * 2, &event(n)).unwrap();
            }
            let frames = all(&log, 5);
            assert_eq!(frames.len(), 7);
            for (frame, n) in frames.iter().zip(5..) {
                assert_eq!((frame.sequence, frame.journal_first), (n, n * 2));
                assert_eq!(frame.event, event(n));
            }
        }
    }

    #[test]
    fn closed_segments_are_compressed_and_read_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = EventLog::open(folder.path()).unwrap();
        for n in 0..6 {
            log.append(n, &event(n)).unwrap();
            log.bytes = if n % 2 == 1 { SEGMENT_BYTES } else { 1 };
        }
        EventLog::compress_closed(folder.path()).unwrap();
        assert_eq!(all(&log, 0).len(), 6);
        assert_eq!(all(&log, 3)[0].event, event(3));
        drop(log);
        assert_eq!(EventLog::open(folder.path()).unwrap().len(), 6);
        fs::remove_file(folder.path().join(format!("{:020}.log.zst", 2))).unwrap();
        let log = EventLog::open(folder.path()).unwrap();
        let broken = log.frames(0).unwrap().find_map(Result::err).unwrap();
        assert_eq!(broken.code(), "store.corrupt");
    }
}
