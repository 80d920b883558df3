//! A journal on disk.
//!
//! ```text
//! journal/
//!   log.key  log.vkey       private and public key
//!   checkpoint              signed size and root, replaced after every append, or now and then by a server;
//!                           below them what witnesses co-signed of that size
//!   tile/…  tile/entries/…  C2SP tlog-tiles; full tiles when a segment is closed, partial ones at the end
//!   wal/<first index>.wal   entries since the last full bundle of the last closed segment
//!   lock
//! ```
//!
//! An append writes its entries to the write-ahead file, syncs it, grows the tree, signs and
//! replaces the checkpoint when that is due, and only then returns. Recovery reads the tree from full tiles and the
//! rest from the write-ahead file, and refuses to go on if the last checkpoint is not of this tree.

use journal::tile::{
    WIDTH, bundle_path, decode_bundle, decode_tile, encode_tile, push_entry, tile_path,
};
use journal::tree::{prove_consistency, prove_inclusion, root_from_tiles, tile_width};
use journal::witness::check_growth;
use journal::{
    Checkpoint, FullTile, Hash, JournalError, Note, Receipt, SignatureLine, SigningKey, TileSource,
    Tree, VerifyingKey, leaf_hash,
};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::seed::load_or_make_seed;
use crate::{StoreError, lock, wal, write_atomically};

/// Entries after which the write-ahead file is closed and its full tiles are written.
const SEGMENT_LEN: u64 = 32_768;
/// Entries of one append from which on they are hashed while the disk works.
const HASHED_ASIDE: usize = 256;

/// Tiles and entries below a folder, with what is not yet in tiles from memory.
struct Files<'a> {
    root: &'a Path,
    /// Hashes of tiles that are only in memory: `(level, index)` and all hashes so far.
    open: &'a std::collections::HashMap<(u8, u64), Vec<Hash>>,
}

impl TileSource for Files<'_> {
    fn tile(&self, level: u8, index: u64, width: u64) -> Result<Vec<Hash>, JournalError> {
        if let Some(hashes) = self.open.get(&(level, index))
            && let Some(part) = hashes.get(..width as usize)
        {
            return Ok(part.to_vec());
        }
        let read = |width| {
            let path = tile_path(level, index, width);
            let bytes = fs::read(self.root.join(&path))
                .map_err(|e| JournalError::Tile { path: path.clone(), problem: e.to_string() })?;
            decode_tile(&path, &bytes, width)
        };
        // A full tile begins with what it was while it was open.
        let part = |mut hashes: Vec<Hash>| {
            hashes.truncate(width as usize);
            hashes
        };
        read(width).or_else(|error| read(WIDTH).map(part).map_err(|_| error))
    }
}

/// A journal that is open for appending.
pub struct JournalDir {
    root: PathBuf,
    key: SigningKey,
    tree: Tree,
    /// Full tiles of the open segment that are not yet on disk.
    pending_tiles: Vec<FullTile>,
    /// Entries since `wal_start`.
    wal_entries: Vec<Vec<u8>>,
    wal_start: u64,
    wal: File,
    /// Entries that were in the journal when it was opened and have not been met again.
    replayed: u64,
    known_size: u64,
    known_bundle: Option<(u64, Vec<Vec<u8>>)>,
    is_broken: bool,
    /// Entries that may wait for a signed checkpoint.
    unsigned_max: u64,
    signed_size: u64,
    /// What witnesses co-signed, and of how many entries.
    cosigned: (u64, Vec<SignatureLine>),
    _lock: File,
}

fn wal_path(root: &Path, start: u64) -> PathBuf {
    root.join("wal").join(format!("{start:020}.wal"))
}

fn load_or_make_key(root: &Path, origin: &str) -> Result<SigningKey, StoreError> {
    let seed = load_or_make_seed(&root.join("log.key"))?;
    // A log keeps the name that it was made with, whatever the configuration says today.
    let vkey = root.join("log.vkey");
    let key = match fs::read_to_string(&vkey) {
        Ok(text) => {
            let known = VerifyingKey::parse(&text)?;
            let key = SigningKey::from_seed(known.name(), &seed)?;
            if *key.verifying_key() != known {
                return Err(StoreError::corrupt(&vkey, "it does not belong to log.key"));
            }
            return Ok(key);
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => SigningKey::from_seed(origin, &seed)?,
        Err(source) => return Err(StoreError::Io { path: vkey, source }),
    };
    write_atomically(&vkey, format!("{}\n", key.verifying_key()).as_bytes(), true)?;
    Ok(key)
}

/// Reads the log's public key.
fn read_verifying_key(root: &Path) -> Result<VerifyingKey, StoreError> {
    let path = root.join("log.vkey");
    let text = fs::read_to_string(&path).map_err(StoreError::io(&path))?;
    Ok(VerifyingKey::parse(&text)?)
}

fn read_checkpoint(
    root: &Path,
    key: &VerifyingKey,
) -> Result<Option<(Checkpoint, Note)>, StoreError> {
    let path = root.join("checkpoint");
    match fs::read_to_string(&path) {
        Ok(text) => {
            let note = Note::parse(&text)?;
            Ok(Some((Checkpoint::of(&note, key)?, note)))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Io { path, source }),
    }
}

/// The segment to recover from: the newest. Older ones are left over from a crash between closing
/// one and deleting it.
fn newest_segment(root: &Path) -> Result<Option<u64>, StoreError> {
    let folder = root.join("wal");
    let mut newest = None;
    for item in fs::read_dir(&folder).map_err(StoreError::io(&folder))? {
        let name = item.map_err(StoreError::io(&folder))?.file_name();
        let start = name.to_str().and_then(|name| name.strip_suffix(".wal")?.parse::<u64>().ok());
        newest = newest.max(start);
    }
    Ok(newest)
}

impl JournalDir {
    /// Opens the journal in `root`, made if it is not there. `origin` names a new log.
    ///
    /// # Errors
    /// [`StoreError`] when another process has it, when a file is missing or torn beyond what a
    /// crash can do, or when acknowledged entries are gone.
    pub fn open(root: &Path, origin: &str) -> Result<Self, StoreError> {
        fs::create_dir_all(root.join("wal")).map_err(StoreError::io(root))?;
        Self::open_locked(root, origin, lock(root)?, false)
    }

    /// Reads the journal from the disk again, after an append failed. The lock is kept.
    ///
    /// # Errors
    /// [`StoreError`] as for [`JournalDir::open`].
    pub fn reopen(&mut self) -> Result<(), StoreError> {
        let held = self._lock.try_clone().map_err(StoreError::io(&self.root))?;
        let origin = self.key.verifying_key().name().to_owned();
        let unsigned_max = self.unsigned_max;
        *self = Self::open_locked(&self.root.clone(), &origin, held, true)?;
        self.unsigned_max = unsigned_max;
        Ok(())
    }

    /// With `is_doubted` the write-ahead file is written anew: after a failed sync what is read
    /// back may be on no disk.
    fn open_locked(
        root: &Path,
        origin: &str,
        held: File,
        is_doubted: bool,
    ) -> Result<Self, StoreError> {
        let key = load_or_make_key(root, origin)?;
        let start = newest_segment(root)?;
        let no_open = std::collections::HashMap::new();
        let mut torn_at: Option<(PathBuf, u64)> = None;
        let (tree, entries, wal_start, file) = match start {
            None => (Tree::new(), Vec::new(), 0, wal::create(&wal_path(root, 0), &[])?),
            Some(start) => {
                let path = wal_path(root, start);
                let (entries, len) = wal::read(&path)?;
                let file = if is_doubted {
                    wal::create(&path, &entries)?
                } else {
                    torn_at = Some((path.clone(), len));
                    wal::open_for_append(&path)?
                };
                let tree = Tree::restore(start, &Files { root, open: &no_open })?;
                (tree, entries, start, file)
            }
        };
        let mut journal = Self {
            root: root.to_owned(),
            key,
            tree,
            pending_tiles: Vec::new(),
            wal_entries: Vec::new(),
            wal_start,
            wal: file,
            replayed: 0,
            known_size: 0,
            known_bundle: None,
            is_broken: false,
            unsigned_max: 0,
            signed_size: 0,
            cosigned: (0, Vec::new()),
            _lock: held,
        };
        let mut signed = None;
        if let Some((checkpoint, note)) = read_checkpoint(root, journal.key.verifying_key())? {
            let others = note.signatures.into_iter().filter(|line| line.name != checkpoint.origin);
            journal.cosigned = (checkpoint.size, others.collect());
            signed = Some(checkpoint);
        }
        let mut root_at_checkpoint = None;
        let check = |tree: &Tree, found: &mut Option<Hash>| {
            if signed.as_ref().is_some_and(|signed| signed.size == tree.size()) {
                *found = Some(tree.root());
            }
        };
        check(&journal.tree, &mut root_at_checkpoint);
        for entry in entries {
            let leaf = leaf_hash(&entry);
            journal.grow(entry, leaf);
            check(&journal.tree, &mut root_at_checkpoint);
        }
        if let Some(signed) = signed
            && signed.size >= wal_start
            && root_at_checkpoint != Some(signed.root)
        {
            let problem = format!(
                "the checkpoint is of {} entries, {} are here and do not lead to its root",
                signed.size,
                journal.tree.size()
            );
            return Err(StoreError::corrupt(&root.join("checkpoint"), problem));
        }
        // Only now that nothing acknowledged is missing: cut off what a crash left half written, so
        // that the next append follows what counts.
        if let Some((path, len)) = torn_at {
            let cut = journal.wal.set_len(len).and_then(|()| journal.wal.sync_all());
            cut.map_err(StoreError::io(&path))?;
        }
        journal.known_size = journal.tree.size();
        journal.signed_size = journal.tree.size();
        Ok(journal)
    }

    fn grow(&mut self, entry: Vec<u8>, leaf: Hash) {
        self.tree.append(leaf, &mut self.pending_tiles);
        self.wal_entries.push(entry);
    }

    /// Number of entries and root.
    pub fn head(&self) -> (u64, Hash) {
        (self.tree.size(), self.tree.root())
    }

    /// Entries that the journal held when it was opened and that appends have not yet met again.
    pub fn unmet(&self) -> u64 {
        self.known_size - self.replayed
    }

    /// Counts entries before `index` as met: a writer that goes on from there need not repeat them.
    pub fn meet_from(&mut self, index: u64) {
        self.replayed = self.replayed.max(index.min(self.known_size));
    }

    /// The public key, in its text form.
    pub fn verifying_key(&self) -> String {
        self.key.verifying_key().to_string()
    }

    /// The checkpoint, with what witnesses co-signed of as many entries.
    fn sign(&self) -> String {
        let (size, root) = self.head();
        let origin = self.key.verifying_key().name().to_owned();
        let mut note = Checkpoint { origin, size, root }.sign(&self.key);
        let (cosigned_size, lines) = &self.cosigned;
        if *cosigned_size == size {
            lines.iter().for_each(|line| note.push_str(&format!("{line}\n")));
        }
        note
    }

    /// The entry at `index`.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there or its bundle cannot be read.
    pub fn entry(&mut self, index: u64) -> Result<Vec<u8>, StoreError> {
        if index >= self.wal_start {
            let place = usize::try_from(index - self.wal_start).unwrap_or(usize::MAX);
            let range = || JournalError::Range {
                field: "index",
                problem: format!("{index} is not below size {}", self.tree.size()),
            };
            return Ok(self.wal_entries.get(place).ok_or_else(range)?.clone());
        }
        let bundle = index / WIDTH;
        if self.known_bundle.as_ref().is_none_or(|(known, _)| *known != bundle) {
            let path = bundle_path(bundle, WIDTH);
            let full = self.root.join(&path);
            let bytes = fs::read(&full).map_err(StoreError::io(&full))?;
            let entries = decode_bundle(&path, &bytes, WIDTH)?;
            self.known_bundle = Some((bundle, entries.into_iter().map(<[u8]>::to_vec).collect()));
        }
        let (_, entries) = self.known_bundle.as_ref().expect("it was read just now");
        Ok(entries[(index % WIDTH) as usize].clone())
    }

    /// Appends entries durably and returns the index of the first. While the journal still holds
    /// entries from before that have not been met again, equal ones are met instead of appended:
    /// so a replay after a crash doubles nothing.
    fn append_entries(&mut self, entries: &[Vec<u8>]) -> Result<u64, engine::RecordError> {
        let unavailable = |e: StoreError| engine::RecordError::Unavailable(e.to_string());
        if self.is_broken {
            let problem = "an earlier append failed; start again".to_owned();
            return Err(engine::RecordError::Unavailable(problem));
        }
        let first = if self.unmet() > 0 { self.replayed } else { self.tree.size() };
        let mut new = entries;
        while self.unmet() > 0
            && let Some((entry, rest)) = new.split_first()
        {
            if self.entry(self.replayed).map_err(unavailable)? != *entry {
                return Err(engine::RecordError::Diverged { index: self.replayed });
            }
            self.replayed += 1;
            new = rest;
        }
        if new.is_empty() {
            return Ok(first);
        }
        if let Some(entry) =
            new.iter().find(|entry| entry.is_empty() || entry.len() > usize::from(u16::MAX))
        {
            let error = JournalError::EntryTooLarge(entry.len());
            return Err(engine::RecordError::Unavailable(error.to_string()));
        }
        let mut bytes = Vec::new();
        new.iter().for_each(|entry| wal::encode(entry, &mut bytes));
        let wal = &mut self.wal;
        let mut write = move || wal::append(wal, &bytes);
        let leaves = || new.iter().map(|entry| leaf_hash(entry)).collect::<Vec<_>>();
        // Many entries are hashed while the disk works; for few a thread costs more than it saves.
        let (written, leaves) = if new.len() < HASHED_ASIDE {
            (write(), leaves())
        } else {
            std::thread::scope(|scope| {
                let writing = scope.spawn(write);
                let leaves = leaves();
                (writing.join().expect("writing does not panic"), leaves)
            })
        };
        if let Err(e) = written {
            // What of it reached the disk is not known; recovery will tell.
            self.is_broken = true;
            let path = wal_path(&self.root, self.wal_start);
            return Err(unavailable(StoreError::Io { path, source: e }));
        }
        for (entry, leaf) in new.iter().zip(leaves) {
            self.grow(entry.clone(), leaf);
        }
        self.known_size = self.tree.size();
        self.replayed = self.known_size;
        let is_due = self.tree.size() - self.signed_size > self.unsigned_max;
        let signed = if is_due { self.sign_now() } else { Ok(()) };
        let published = signed.and_then(|()| {
            let is_full = self.tree.size() - self.wal_start >= SEGMENT_LEN;
            if is_full { self.close_segment() } else { Ok(()) }
        });
        published.map_err(|e| {
            self.is_broken = true;
            unavailable(e)
        })?;
        Ok(first)
    }

    /// Lets so many entries wait for a signed checkpoint; [`JournalDir::sign_now`] signs the rest.
    /// Entries are durable without one: it tells others, and the next start, how many there are.
    pub fn sign_every(&mut self, entries: u64) {
        self.unsigned_max = entries;
    }

    /// Replaces the checkpoint, if entries came since the last.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn sign_now(&mut self) -> Result<(), StoreError> {
        if self.signed_size < self.tree.size() {
            self.publish_checkpoint(false)?;
            self.signed_size = self.tree.size();
        }
        Ok(())
    }

    /// Replaces the checkpoint. What is durable is the write-ahead file; the checkpoint is synced
    /// before it takes the old one's place so that it is whole, whichever of the two is found.
    fn publish_checkpoint(&self, is_durable: bool) -> Result<(), StoreError> {
        write_atomically(&self.root.join("checkpoint"), self.sign().as_bytes(), is_durable)
    }

    fn write_tile(&self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let full = self.root.join(path);
        let folder = full.parent().expect("a tile lies in a folder");
        fs::create_dir_all(folder).map_err(StoreError::io(folder))?;
        fs::write(&full, bytes).map_err(StoreError::io(&full))
    }

    /// Writes the full tiles and bundles of the segment, syncs them, and begins a new segment with
    /// the entries of the last, unfinished bundle.
    fn close_segment(&mut self) -> Result<(), StoreError> {
        let full_end = self.tree.size() / WIDTH * WIDTH;
        for tile in &self.pending_tiles {
            self.write_tile(&tile_path(tile.level, tile.index, WIDTH), &encode_tile(&tile.hashes))?;
        }
        let count = (full_end - self.wal_start) as usize;
        for (place, bundle) in self.wal_entries[..count].chunks(WIDTH as usize).enumerate() {
            let mut bytes = Vec::new();
            for entry in bundle {
                push_entry(&mut bytes, entry)?;
            }
            self.write_tile(&bundle_path(self.wal_start / WIDTH + place as u64, WIDTH), &bytes)?;
        }
        let root = File::open(&self.root).map_err(StoreError::io(&self.root))?;
        rustix::fs::syncfs(&root).map_err(|e| StoreError::io(&self.root)(e.into()))?;
        self.pending_tiles.clear();
        if full_end == self.wal_start {
            return Ok(());
        }
        let rest = self.wal_entries.split_off(count);
        let old = wal_path(&self.root, self.wal_start);
        self.wal = wal::create(&wal_path(&self.root, full_end), &rest)?;
        self.wal_entries = rest;
        self.wal_start = full_end;
        fs::remove_file(&old).map_err(StoreError::io(&old))
    }

    /// Publishes everything as tiles, partial ones included, and syncs. The journal stays open.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be written; nothing that was acknowledged is lost by that.
    pub fn publish(&mut self) -> Result<(), StoreError> {
        self.close_segment()?;
        for (level, index, hashes) in self.tree.partial_tiles() {
            let path = tile_path(level, index, hashes.len() as u64);
            self.write_tile(&path, &encode_tile(hashes))?;
        }
        if !self.wal_entries.is_empty() {
            let mut bytes = Vec::new();
            for entry in &self.wal_entries {
                push_entry(&mut bytes, entry)?;
            }
            let width = self.wal_entries.len() as u64;
            self.write_tile(&bundle_path(self.wal_start / WIDTH, width), &bytes)?;
        }
        self.publish_checkpoint(true)
    }

    /// A receipt for an entry, with the entry. It can be checked offline with the public key.
    ///
    /// # Errors
    /// [`StoreError`] when there is no such entry or a tile is missing.
    pub fn prove(&mut self, index: u64) -> Result<(Receipt, Vec<u8>), StoreError> {
        self.publish()?;
        let entry = self.entry(index)?;
        let open = std::collections::HashMap::new();
        let files = Files { root: &self.root, open: &open };
        let proof = prove_inclusion(index, self.tree.size(), &files)?;
        Ok((Receipt { index, proof, checkpoint: self.sign() }, entry))
    }
}

impl JournalDir {
    /// A receipt for an entry as the journal is now, with the entry. Nothing is written for it.
    ///
    /// # Errors
    /// [`StoreError`] when there is no such entry or a tile is missing.
    pub fn prove_now(&mut self, index: u64) -> Result<(Receipt, Vec<u8>), StoreError> {
        let entry = self.entry(index)?;
        let proof = self.prove_at(index, self.tree.size())?;
        Ok((Receipt { index, proof, checkpoint: self.sign() }, entry))
    }

    /// Hashes that prove an entry to be among the first `size`. Nothing is written for it.
    ///
    /// # Errors
    /// [`StoreError`] when there are not as many entries or a tile is missing.
    pub fn prove_at(&self, index: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        let entries = self.tree.size();
        if size > entries {
            let problem = format!("{size} is more than the {entries} entries of the log");
            return Err(JournalError::Range { field: "size", problem }.into());
        }
        let full = self.pending_tiles.iter();
        let full = full.map(|tile| ((tile.level, tile.index), tile.hashes.clone()));
        let partial = self.tree.partial_tiles();
        let partial = partial.map(|(level, index, hashes)| ((level, index), hashes.to_vec()));
        let open = full.chain(partial).collect();
        Ok(prove_inclusion(index, size, &Files { root: &self.root, open: &open })?)
    }

    /// Puts co-signatures onto the checkpoint: all lines of `note` that are not the log's own. The
    /// caller has checked them. False when the note is not of the checkpoint as the journal is now.
    ///
    /// # Errors
    /// [`StoreError`] when the note is not signed by this log, or the checkpoint cannot be written.
    pub fn cosign(&mut self, note: &Note) -> Result<bool, StoreError> {
        let checkpoint = Checkpoint::of(note, self.key.verifying_key())?;
        let mut whole = Note::parse(&self.sign())?;
        if note.body != whole.body {
            return Ok(false);
        }
        let own = |line: &&SignatureLine| line.name == checkpoint.origin;
        note.signatures.iter().filter(|line| !own(line)).for_each(|line| whole.add(line.clone()));
        let others = whole.signatures.iter().filter(|line| !own(line)).cloned().collect();
        self.cosigned = (checkpoint.size, others);
        self.publish_checkpoint(true)?;
        Ok(true)
    }

    /// The signed checkpoint as the journal is now.
    pub fn checkpoint(&self) -> String {
        self.sign()
    }

    /// The name of the log.
    pub fn origin(&self) -> &str {
        self.key.verifying_key().name()
    }
}

impl engine::Recorder for JournalDir {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<u64, engine::RecordError> {
        self.append_entries(entries)
    }
}

/// What a check of a journal found.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Report {
    /// Entries.
    pub size: u64,
    /// Root in hexadecimal digits.
    pub root: String,
    /// Public key of the log.
    pub key: String,
    /// Entries whose hashes were computed again.
    pub entries_checked: u64,
    /// Tiles that were compared.
    pub tiles_checked: u64,
    /// Entries past the last checkpoint: durable, not yet signed.
    pub unsigned_entries: u64,
}

/// Checks a whole journal without opening it for writing: every entry is hashed again, every tile
/// compared, the checkpoint's signature and root verified.
///
/// # Errors
/// [`StoreError`] naming the first tile, entry or checkpoint that is wrong.
pub fn verify(root: &Path) -> Result<Report, StoreError> {
    let key = read_verifying_key(root)?;
    let (signed, _) = read_checkpoint(root, &key)?
        .ok_or_else(|| StoreError::corrupt(&root.join("checkpoint"), "it is missing"))?;
    let start = newest_segment(root)?.unwrap_or(0);
    let mut tree = Tree::new();
    let mut tiles_checked = 0;
    let mut full = Vec::new();
    let mut signed_root = (signed.size == 0).then(|| tree.root());
    let mut add = |entry: &[u8], tree: &mut Tree, full: &mut Vec<FullTile>| {
        tree.append(leaf_hash(entry), full);
        if tree.size() == signed.size {
            signed_root = Some(tree.root());
        }
    };
    for bundle in 0..start / WIDTH {
        let path = bundle_path(bundle, WIDTH);
        let file = root.join(&path);
        let bytes = fs::read(&file).map_err(StoreError::io(&file))?;
        for entry in decode_bundle(&path, &bytes, WIDTH)? {
            add(entry, &mut tree, &mut full);
        }
        for tile in full.drain(..) {
            let path = tile_path(tile.level, tile.index, WIDTH);
            let file = root.join(&path);
            let bytes = fs::read(&file).map_err(StoreError::io(&file))?;
            if bytes != encode_tile(&tile.hashes) {
                let problem = "its hashes are not those of the entries below".to_owned();
                return Err(JournalError::Tile { path, problem }.into());
            }
            tiles_checked += 1;
        }
    }
    let path = wal_path(root, start);
    if path.exists() {
        for entry in wal::read(&path)?.0 {
            add(&entry, &mut tree, &mut full);
        }
    }
    if signed_root != Some(signed.root) {
        let problem = format!(
            "its root is not that of the first {} of the {} entries: entries were changed or lost",
            signed.size,
            tree.size()
        );
        return Err(StoreError::corrupt(&root.join("checkpoint"), problem));
    }
    let size = tree.size();
    let hex = |hash: Hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Ok(Report {
        size,
        root: hex(tree.root()),
        key: key.to_string(),
        entries_checked: size,
        tiles_checked,
        unsigned_entries: size - signed.size,
    })
}

/// Leaf hashes of the first entries of a journal, from its entries.
fn leaves_of(root: &Path, size: u64) -> Result<Vec<Hash>, StoreError> {
    let mut leaves = Vec::new();
    let start = newest_segment(root)?.unwrap_or(0);
    for bundle in 0..start / WIDTH {
        let path = bundle_path(bundle, WIDTH);
        let file = root.join(&path);
        let bytes = fs::read(&file).map_err(StoreError::io(&file))?;
        leaves.extend(decode_bundle(&path, &bytes, WIDTH)?.into_iter().map(leaf_hash));
    }
    let path = wal_path(root, start);
    if path.exists() {
        leaves.extend(wal::read(&path)?.0.iter().map(|entry| leaf_hash(entry)));
    }
    if (leaves.len() as u64) < size {
        let problem = format!("it is of {size} entries, {} are here", leaves.len());
        return Err(StoreError::corrupt(&root.join("checkpoint"), problem));
    }
    leaves.truncate(size as usize);
    Ok(leaves)
}

/// Tiles of a log of which all leaf hashes are at hand.
struct Leaves<'a>(&'a [Hash]);

impl TileSource for Leaves<'_> {
    fn tile(&self, level: u8, index: u64, width: u64) -> Result<Vec<Hash>, JournalError> {
        let under = 1 << (8 * u32::from(level));
        let from = (index * WIDTH * under) as usize;
        let leaves = &self.0[from..from + (width * under) as usize];
        Ok(leaves.chunks_exact(under as usize).map(journal::merkle::root_of).collect())
    }
}

/// Follows a journal as a witness: compares a new checkpoint with the one seen before.
///
/// # Errors
/// [`StoreError`] when the new checkpoint is smaller, or is not a continuation of the old one.
pub fn witness(root: &Path, seen: Option<&Checkpoint>) -> Result<Checkpoint, StoreError> {
    let key = read_verifying_key(root)?;
    let (now, _) = read_checkpoint(root, &key)?
        .ok_or_else(|| StoreError::corrupt(&root.join("checkpoint"), "it is missing"))?;
    if let Some(seen) = seen {
        check_growth(seen, &now, &growth_proof(root, seen, &now)?)?;
    }
    Ok(now)
}

/// Hashes that show, from a journal's tiles, that a checkpoint continues an older one; none where
/// none are needed, or where sizes alone say that it does not.
///
/// # Errors
/// [`StoreError`] when tiles are missing and entries do not tell, or tell otherwise.
pub(crate) fn growth_proof(
    root: &Path,
    seen: &Checkpoint,
    now: &Checkpoint,
) -> Result<Vec<Hash>, StoreError> {
    if seen.size == 0 || seen.size >= now.size {
        return Ok(Vec::new());
    }
    let open = std::collections::HashMap::new();
    let from_tiles = prove_consistency(seen.size, now.size, &Files { root, open: &open });
    match from_tiles {
        // A log that is being written has its newest tiles in memory only; its entries tell.
        Err(JournalError::Tile { .. }) if root.join("wal").is_dir() => {
            let leaves = leaves_of(root, now.size)?;
            Ok(prove_consistency(seen.size, now.size, &Leaves(&leaves))?)
        }
        proof => Ok(proof?),
    }
}

/// Root of a published log, computed from its tiles alone.
///
/// # Errors
/// [`StoreError`] when a tile is missing.
pub fn published_root(root: &Path, size: u64) -> Result<Hash, StoreError> {
    let open = std::collections::HashMap::new();
    debug_assert!(tile_width(0, 0, size) <= WIDTH);
    Ok(root_from_tiles(size, &Files { root, open: &open })?)
}

#[cfg(test)]
mod tests;
