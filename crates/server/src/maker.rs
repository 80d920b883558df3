//! Makes engines: which lists, rules and model are in force, now and at each point of the past that
//! a recovery goes through.

use engine::record::Basis;
use engine::{Decision, Engine};
use intel::Directory;
use onchain::account_model::AccountModel;
use onchain::skynet::SkyNet;
use policy::Pack;
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use store::{Batch, Event, EventKey, Frame, Kept, Recoverer, SnapshotDir, StoreError};

use crate::act::Acted;
use crate::desk::{BlockMark, Maker};

/// The rules in force and the texts of all versions, shared with whoever publishes them.
#[derive(Default)]
pub struct Rulebook {
    /// Text of the rules in force.
    pub live: String,
    /// Text by digest in hexadecimal digits.
    pub texts: HashMap<String, String>,
}

fn open(book: &Mutex<Rulebook>) -> std::sync::MutexGuard<'_, Rulebook> {
    book.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What engines are made of.
pub struct EngineMaker {
    /// Folder of imported lists.
    pub lists_root: PathBuf,
    /// The rules.
    pub rules: Arc<Mutex<Rulebook>>,
    /// Bytes of the model.
    pub model: Vec<u8>,
    /// Threads that judge.
    pub threads: usize,
    /// Where what was not told goes.
    pub act: Box<dyn FnMut(Acted) + Send>,
    keys: Vec<(EventKey, Range<u64>)>,
    blocks: Vec<BlockMark>,
    undone: std::collections::HashSet<u64>,
}

fn unusable(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { path: what.into(), problem: error.to_string() }
}

/// Compiles a rule pack.
///
/// # Errors
/// [`policy::PackError`] naming the rule and field.
pub fn compile(text: &str) -> Result<Pack, policy::PackError> {
    let (schema, _) = engine::facts::schema();
    Pack::parse(text, &schema)
}

impl EngineMaker {
    /// A maker of engines with these rules and this model.
    pub fn new(
        lists_root: PathBuf,
        rules: Arc<Mutex<Rulebook>>,
        model: Vec<u8>,
        threads: usize,
        act: Box<dyn FnMut(Acted) + Send>,
    ) -> Self {
        let (keys, blocks, undone) = (Vec::new(), Vec::new(), std::collections::HashSet::new());
        Self { lists_root, rules, model, threads, act, keys, blocks, undone }
    }

    /// The lists in force now.
    ///
    /// # Errors
    /// [`StoreError`] when one cannot be read: a list that is missing must not read as "clear".
    pub fn directory(&self) -> Result<Directory, StoreError> {
        Ok(Directory::new(SnapshotDir::open(&self.lists_root)?.all_current()?))
    }

    fn directory_of(&self, basis: &Basis) -> Result<Directory, StoreError> {
        let lists = SnapshotDir::open(&self.lists_root)?;
        let mut snapshots = Vec::new();
        for (source, id, _) in &basis.snapshots {
            let found = lists.find(source, id)?;
            snapshots.push(found.ok_or_else(|| unusable(source, format!("list {id} is gone")))?);
        }
        Ok(Directory::new(snapshots))
    }

    fn current_pack(&self) -> Result<Pack, StoreError> {
        compile(&open(&self.rules).live).map_err(|e| unusable("rules", e))
    }

    fn pack_of(&self, basis: &Basis) -> Result<Pack, StoreError> {
        let text = open(&self.rules).texts.get(&basis.pack_sha256).cloned();
        match text {
            Some(text) => compile(&text).map_err(|e| unusable("rules", e)),
            // Levels on the record stay; only what is told anew is told by today's rules.
            None => self.current_pack(),
        }
    }
}

impl Recoverer for EngineMaker {
    fn engine(
        &mut self,
        mut net: SkyNet,
        basis: Option<(u64, &Basis)>,
    ) -> Result<Engine, StoreError> {
        let model = AccountModel::parse(&self.model).map_err(|e| unusable("model", e))?;
        let (directory, pack) = match basis {
            Some((_, basis)) => match self.directory_of(basis) {
                Ok(directory) => (directory, self.pack_of(basis)?),
                Err(error) => {
                    tracing::warn!(%error, "lists of the past are gone; today's are used");
                    (self.directory()?, self.current_pack()?)
                }
            },
            None => (self.directory()?, self.current_pack()?),
        };
        net.set_directory(directory);
        let known = basis.map(|(index, basis)| (index, basis.encode()));
        let known = known.as_ref().map(|(index, entry)| (*index, entry.as_slice()));
        let mut engine = Engine::resume(net, pack, Some(model), self.threads, known);
        engine.keep_details();
        Ok(engine)
    }

    fn change(&mut self, engine: &mut Engine, basis: &Basis) -> Result<(), StoreError> {
        engine.set_directory(self.directory_of(basis)?);
        engine.set_pack(self.pack_of(basis)?);
        Ok(())
    }

    fn act(&mut self, engine: &mut Engine, batch: &Batch, decisions: &[Decision], until: u64) {
        let transfers = batch.transactions.iter().flat_map(|tx| &tx.transfers);
        (self.act)(Acted::of(engine, transfers.zip(decisions), until));
    }

    fn loaded(&mut self, kept: &Kept) {
        let known = kept.known.iter();
        self.keys =
            known.map(|(key, first, count)| (*key, *first..first + u64::from(*count))).collect();
        self.blocks.clone_from(&kept.blocks);
        self.undone.clear();
    }

    fn pass(&mut self, frame: &Frame) {
        match &frame.event {
            Event::Batch(batch) => {
                let mut next = frame.journal_first;
                for (transaction, key) in batch.transactions.iter().zip(&batch.keys) {
                    let end = next + transaction.transfers.len() as u64;
                    self.keys.push((*key, next..end));
                    next = end;
                }
                if let Some((number, hash)) = batch.block {
                    self.blocks.push((batch.source.clone(), number, hash, frame.sequence));
                }
            }
            Event::Retract(sequences, _) => {
                self.undone.extend(sequences);
                let undone = &self.undone;
                self.blocks.retain(|(.., sequence)| !undone.contains(sequence));
            }
            Event::Basis(_) => {}
        }
    }
}

impl Maker for EngineMaker {
    fn recovered(&mut self, engine: &mut Engine) -> Vec<String> {
        let current = self.directory().and_then(|lists| Ok((lists, self.current_pack()?)));
        match current {
            Ok((directory, pack)) => {
                if directory.id() != engine.net().directory().id() {
                    engine.set_directory(directory);
                }
                if pack.digest != engine.pack().digest {
                    engine.set_pack(pack);
                }
                Vec::new()
            }
            Err(error) => vec![format!("today's lists or rules cannot be read: {error}")],
        }
    }

    fn take_passed(&mut self) -> (Vec<(EventKey, Range<u64>)>, Vec<BlockMark>) {
        (std::mem::take(&mut self.keys), std::mem::take(&mut self.blocks))
    }
}
