//! One data directory: journal, events, trails and state snapshots, kept in step.
//!
//! A batch goes through [`DataDir::decide_event`]: the event is written first and synced while the
//! engine judges, then the journal is appended and synced, then the caller acts. After a crash
//! [`DataDir::recover`] loads the newest state snapshot and takes in the events after it: those on
//! the record are learned, those that people were not yet told of are judged again and compared
//! with the record, and those that no decision was recorded for are decided.

use engine::record::{Basis, retraction};
use engine::{Decision, Engine, EngineError, RecordError, Recorder};
use model::TxHash;
use onchain::skynet::SkyNet;
use onchain::table::StateTable;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::event_log::{Batch, Event, EventKey, EventRef, Frame};
use crate::{
    ColdStates, EventLog, JournalDir, PendingState, StateDir, StateMark, StoreError, Trail,
};

/// Longest part that a snapshot carries beside the engine's state.
const PART_LEN_MAX: u64 = 16 << 30;

/// A data directory that is open for writing.
pub struct DataDir {
    root: PathBuf,
    journal: JournalDir,
    trail: Trail,
    states: StateDir,
    events: EventLog,
    chains: BTreeMap<String, (u64, u64)>,
    kept: Kept,
    decided_until: u64,
    /// Something was begun and not finished: nothing is appended until [`DataDir::recover`] has put
    /// events and journal in step again.
    is_torn: bool,
}

/// What a snapshot carries beside the engine's state and the trails.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Kept {
    /// Journal entries whose blocks were undone.
    pub retracted: Vec<Range<u64>>,
    /// Indexes of unspent outputs by network, for files of raw blocks.
    pub utxo: BTreeMap<String, Vec<u8>>,
    /// Keys of late events with the journal entries of their decisions: first and number.
    pub known: Vec<(EventKey, u64, u32)>,
    /// Late blocks of followed chains: source, number, hash, sequence number of the event.
    pub blocks: Vec<(String, u64, TxHash, u64)>,
}

/// A state that was loaded.
pub struct Resumed {
    /// What is remembered of the chains; no lists are in force in it yet.
    pub net: SkyNet,
    /// Where it stands.
    pub mark: StateMark,
}

/// How a recovery went.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Recovery {
    /// Journal entries that the snapshot had seen; 0 without one.
    pub from: u64,
    /// Transfers taken in again whose decisions were on the record.
    pub learned: u64,
    /// Transfers judged again because people were not yet told.
    pub met: u64,
    /// Of these, decisions that would be others now (another program, other rules).
    pub differing: u64,
    /// Transfers decided only now.
    pub decided: u64,
    /// What was wrong with snapshots and lists, for people.
    pub problems: Vec<String>,
}

/// What recovery asks of its caller.
pub trait Recoverer {
    /// An engine over a net, with the lists of `basis` if they are still there.
    ///
    /// # Errors
    /// [`StoreError`] when the lists, rules or model cannot be read.
    fn engine(&mut self, net: SkyNet, basis: Option<(u64, &Basis)>) -> Result<Engine, StoreError>;

    /// Puts the lists and rules of `basis` in force.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read any more.
    fn change(&mut self, engine: &mut Engine, basis: &Basis) -> Result<(), StoreError>;

    /// Acts upon decisions that people were not told of. `until` is the journal's size after them.
    fn act(&mut self, engine: &mut Engine, batch: &Batch, decisions: &[Decision], until: u64);

    /// Learns what the snapshot carried; empty without one.
    fn loaded(&mut self, kept: &Kept);

    /// Learns of an event after it, decided or not: keys, positions of chains.
    fn pass(&mut self, frame: &Frame);
}

/// Transfers of a batch: as many decisions are on the record for it.
fn count_of(batch: &Batch) -> u64 {
    batch.transactions.iter().map(|tx| tx.transfers.len() as u64).sum()
}

/// Compares entries with those on the record and appends what is new.
struct Meet<'a> {
    journal: &'a mut JournalDir,
    next: u64,
    differing: u64,
}

impl Recorder for Meet<'_> {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<u64, RecordError> {
        let first = self.next;
        let known = self.journal.head().0.saturating_sub(first).min(entries.len() as u64) as usize;
        for (index, entry) in (first..).zip(&entries[..known]) {
            let recorded =
                self.journal.entry(index).map_err(|e| RecordError::Unavailable(e.to_string()))?;
            if recorded == *entry {
                continue;
            }
            // Another program may judge otherwise; it must be about the same thing all the same.
            let subject = |entry: &[u8]| {
                let found = engine::record::decode(entry)?;
                Some((found.is_screening, found.transfer))
            };
            if recorded.first() != entry.first() || subject(&recorded) != subject(entry) {
                let problem = format!("entry {index} is about something else than its event");
                return Err(RecordError::Unavailable(problem));
            }
            self.differing += 1;
        }
        if known < entries.len() {
            self.journal.append(&entries[known..])?;
        }
        self.next += entries.len() as u64;
        Ok(first)
    }
}

/// Appends once the event is on the disk.
struct AfterEvent<'a, 'scope> {
    journal: &'a mut JournalDir,
    synced: Option<std::thread::ScopedJoinHandle<'scope, std::io::Result<()>>>,
}

impl Recorder for AfterEvent<'_, '_> {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<u64, RecordError> {
        if let Some(synced) = self.synced.take() {
            synced
                .join()
                .expect("syncing does not panic")
                .map_err(|e| RecordError::Unavailable(format!("events: {e}")))?;
        }
        self.journal.append(entries)
    }
}

impl DataDir {
    /// Opens the data directory `root`, made if it is not there. `log_name` names a new journal.
    ///
    /// # Errors
    /// [`StoreError`] when another process has it or a file is damaged.
    pub fn open(root: &Path, log_name: &str) -> Result<Self, StoreError> {
        std::fs::create_dir_all(root).map_err(StoreError::io(root))?;
        let journal = JournalDir::open(&root.join("journal"), log_name)?;
        let trail = Trail::open(&root.join("trail"))?;
        let states = StateDir::open(&root.join("state"))?;
        let events = EventLog::open(&root.join("events"))?;
        if let Some(mark) = states.marks()?.iter().find(|mark| mark.events > events.len()) {
            let problem =
                format!("{} events are here, a state has seen {}", events.len(), mark.events);
            return Err(StoreError::corrupt(&root.join("events"), problem));
        }
        let mut data = Self {
            root: root.to_owned(),
            journal,
            trail,
            states,
            events,
            chains: BTreeMap::new(),
            kept: Kept::default(),
            decided_until: 0,
            is_torn: false,
        };
        data.drop_undecided()?;
        Ok(data)
    }

    /// Takes the last event off if nothing of it is on the record: nobody was told that it counts,
    /// and whoever sent it sends it again.
    fn drop_undecided(&mut self) -> Result<(), StoreError> {
        let size = self.journal.head().0;
        let is_undecided = self.events.last().is_some_and(|frame| {
            let asks = match &frame.event {
                Event::Batch(batch) => count_of(batch) > 0,
                Event::Basis(_) | Event::Retract(..) => true,
            };
            asks && frame.journal_first >= size
        });
        if is_undecided { self.events.drop_last() } else { Ok(()) }
    }

    fn whole(&self) -> Result<(), EngineError> {
        if self.is_torn {
            let problem = "events and journal are out of step; the engine is being rebuilt";
            return Err(EngineError::Record(RecordError::Unavailable(problem.to_owned())));
        }
        Ok(())
    }

    /// Appends entries that no event asks for: re-scorings.
    ///
    /// # Errors
    /// [`EngineError`] when they are not on the record.
    pub fn append(&mut self, entries: &[Vec<u8>]) -> Result<u64, EngineError> {
        self.whole()?;
        Ok(self.journal.append(entries)?)
    }

    /// Judges transfers that have not happened, on the record.
    ///
    /// # Errors
    /// [`EngineError`]; then nothing may be taken as allowed.
    pub fn screen(
        &mut self,
        engine: &mut Engine,
        transfers: &[model::Transfer],
    ) -> Result<Vec<Decision>, EngineError> {
        self.record_basis(engine)?;
        engine.screen(transfers, &mut self.journal)
    }

    /// The journal.
    pub fn journal(&mut self) -> &mut JournalDir {
        &mut self.journal
    }

    /// Reads everything from the disk again, after something could not be written.
    ///
    /// # Errors
    /// [`StoreError`] as for [`DataDir::open`].
    pub fn reopen(&mut self) -> Result<(), StoreError> {
        self.journal.reopen()?;
        self.events.reopen()?;
        self.trail = Trail::open(&self.root.join("trail"))?;
        self.drop_undecided()
    }

    /// The folder of the events.
    pub fn events_root(&self) -> PathBuf {
        self.root.join("events")
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The trails of addresses.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// The events.
    pub fn events(&self) -> &EventLog {
        &self.events
    }

    /// Time and number of the last block of each network, as far as the state has seen.
    pub fn chains(&mut self) -> &mut BTreeMap<String, (u64, u64)> {
        &mut self.chains
    }

    /// What snapshots carry beside the state.
    pub fn kept(&mut self) -> &mut Kept {
        &mut self.kept
    }

    /// True when the block of the decision at `index` was undone.
    pub fn is_retracted(&self, index: u64) -> bool {
        self.kept.retracted.iter().any(|range| range.contains(&index))
    }

    /// An empty state table of `hot` states over a new spill file; 0 for no bound.
    ///
    /// # Errors
    /// [`StoreError`] when the spill file cannot be made.
    pub fn new_table(&self, hot: usize) -> Result<StateTable, StoreError> {
        if hot == 0 {
            return Ok(StateTable::unbounded());
        }
        // Snapshots name their spill file, so a new one never takes its place.
        let path = (0..)
            .map(|n| self.root.join(format!("cold-{n}.redb")))
            .find(|path| !path.exists())
            .expect("a folder has finitely many files");
        Ok(StateTable::new(hot, Box::new(ColdStates::create(&path)?)))
    }

    fn table_at(&self, mark: &StateMark, hot: usize) -> Result<StateTable, StoreError> {
        if mark.cold.is_empty() {
            return self.new_table(hot);
        }
        let cold = ColdStates::resume(&self.root, &mark.cold)?;
        // A table without a bound would never ask for what is cold.
        Ok(StateTable::new(if hot == 0 { usize::MAX } else { hot }, Box::new(cold)))
    }

    /// Loads the newest state snapshot that `accept` takes; also says what was wrong with others.
    ///
    /// # Errors
    /// [`StoreError`] when the folder or the journal cannot be read.
    pub fn load_state(
        &mut self,
        hot: usize,
        seed: u64,
        accept: &dyn Fn(&StateMark) -> bool,
    ) -> Result<(Option<Resumed>, Vec<String>), StoreError> {
        let (found, mut problems) = self.states.candidates(&mut self.journal)?;
        for (mark, path) in found.into_iter().filter(|(mark, _)| accept(mark)) {
            match self.load_one(&mark, &path, hot, seed) {
                Ok(net) => {
                    self.chains.clone_from(&mark.chains);
                    return Ok((Some(Resumed { net, mark }), problems));
                }
                Err(error) => problems.push(format!("{}: {error}", path.display())),
            }
        }
        self.trail.clear();
        self.kept = Kept::default();
        self.chains.clear();
        Ok((None, problems))
    }

    fn load_one(
        &mut self,
        mark: &StateMark,
        path: &Path,
        hot: usize,
        seed: u64,
    ) -> Result<SkyNet, StoreError> {
        let mut input = self.states.read(path)?;
        let table = self.table_at(mark, hot)?;
        let net = SkyNet::load(&mut input, seed, table, intel::Directory::empty())?;
        let mut rest = || -> std::io::Result<Kept> {
            self.trail.load_heads(&mut input)?;
            let mut len = [0; 8];
            input.read_exact(&mut len)?;
            let len = u64::from_le_bytes(len).min(PART_LEN_MAX);
            let mut bytes = Vec::new();
            (&mut input).take(len).read_to_end(&mut bytes)?;
            let mut end = [0; 1];
            let is_end = input.read(&mut end)? == 0;
            let kept = postcard::from_bytes(&bytes).ok().filter(|_| is_end);
            kept.ok_or_else(|| std::io::Error::other("what follows the state is damaged"))
        };
        self.kept = rest().map_err(|e| StoreError::corrupt(path, e.to_string()))?;
        Ok(net)
    }

    /// Goes on after `mark`, without meeting the decisions before it again.
    pub fn go_on_after(&mut self, mark: &StateMark) {
        self.journal.meet_from(mark.journal_size);
    }

    /// Decides transactions of files: they are their own record, so no event is kept.
    ///
    /// # Errors
    /// [`EngineError`]; then the engine must be thrown away.
    pub fn decide_replayed(
        &mut self,
        engine: &mut Engine,
        batch: &[model::Transaction],
    ) -> Result<Vec<Decision>, EngineError> {
        let decisions = engine.decide(batch, &mut self.journal)?;
        self.follow(&decisions)?;
        Ok(decisions)
    }

    fn follow(&mut self, decisions: &[Decision]) -> Result<(), EngineError> {
        for decision in decisions {
            self.trail.add(decision.index, decision.parties);
        }
        // A trail that cannot be written is made again from the events; the decisions stand.
        let flushed = self.trail.flush();
        flushed.map_err(|e| EngineError::Record(RecordError::Unavailable(e.to_string())))
    }

    /// Decides transactions on the record, with their event kept. Gives its sequence number too.
    ///
    /// # Errors
    /// [`EngineError`]; then the engine must be thrown away and [`DataDir::recover`] called.
    pub fn decide_event(
        &mut self,
        engine: &mut Engine,
        batch: &Batch,
    ) -> Result<(u64, Vec<Decision>), EngineError> {
        self.record_basis(engine)?;
        let unavailable =
            |e: StoreError| EngineError::Record(RecordError::Unavailable(e.to_string()));
        let journal_first = self.journal.head().0;
        self.is_torn = true;
        let event = EventRef::Batch(batch);
        let sequence = self.events.append_ref(journal_first, &event).map_err(unavailable)?;
        let file = self.events.sync_with().map_err(unavailable)?;
        let journal = &mut self.journal;
        let decisions = std::thread::scope(|scope| {
            let synced = Some(scope.spawn(move || file.sync_data()));
            let mut recorder = AfterEvent { journal, synced };
            let decisions = engine.decide(&batch.transactions, &mut recorder)?;
            // A batch without transfers appends nothing, but its event is acknowledged all the same.
            recorder.append(&[])?;
            Ok::<_, EngineError>(decisions)
        })?;
        self.is_torn = false;
        self.decided_until = self.journal.head().0;
        self.follow(&decisions)?;
        Ok((sequence, decisions))
    }

    /// Records that other lists, rules or another model are in force from here on.
    ///
    /// # Errors
    /// [`EngineError`] when it cannot be recorded.
    pub fn record_basis(&mut self, engine: &mut Engine) -> Result<(), EngineError> {
        self.whole()?;
        if engine.basis_index().is_some() {
            return Ok(());
        }
        self.is_torn = true;
        let unavailable = |e: String| EngineError::Record(RecordError::Unavailable(e));
        let entry = engine.basis_entry();
        let text = String::from_utf8_lossy(&entry[1..]).into_owned();
        let journal_first = self.journal.head().0;
        self.events
            .append_ref(journal_first, &EventRef::Basis(&text))
            .and_then(|_| self.events.sync_with())
            .map_err(|e| unavailable(e.to_string()))?
            .sync_data()
            .map_err(|e| unavailable(e.to_string()))?;
        let index = self.journal.append(std::slice::from_ref(&entry))?;
        engine.known_basis(index, &entry);
        self.is_torn = false;
        Ok(())
    }

    /// Records that a chain undid the blocks of these events. The engine must then be rebuilt by
    /// [`DataDir::recover`], which leaves them out. Gives the entries of the decisions undone.
    ///
    /// # Errors
    /// [`EngineError`] when it cannot be recorded.
    pub fn retract(
        &mut self,
        sequences: &[u64],
        time_s: u64,
    ) -> Result<Vec<Range<u64>>, EngineError> {
        let unavailable =
            |e: StoreError| EngineError::Record(RecordError::Unavailable(e.to_string()));
        self.whole()?;
        let mut sequences = sequences.to_vec();
        sequences.sort_unstable();
        sequences.dedup();
        let sequences = sequences.as_slice();
        let Some(first) = sequences.first() else {
            return Ok(Vec::new());
        };
        let mut ranges = Vec::new();
        for frame in self.events.frames(*first).map_err(unavailable)? {
            let frame = frame.map_err(unavailable)?;
            if let Event::Batch(batch) = &frame.event
                && sequences.contains(&frame.sequence)
            {
                ranges.push(frame.journal_first..frame.journal_first + count_of(batch));
            }
        }
        let journal_first = self.journal.head().0;
        self.is_torn = true;
        self.events
            .append_ref(journal_first, &EventRef::Retract(sequences, time_s))
            .and_then(|_| self.events.sync_with())
            .map_err(unavailable)?
            .sync_data()
            .map_err(|e| EngineError::Record(RecordError::Unavailable(format!("events: {e}"))))?;
        let entries: Vec<Vec<u8>> =
            ranges.iter().cloned().flatten().map(|index| retraction(index, time_s)).collect();
        if !entries.is_empty() {
            self.journal.append(&entries)?;
        }
        self.is_torn = false;
        Ok(ranges)
    }

    /// Rebuilds the engine: the newest snapshot that remembers nothing undone, then the events after it.
    /// `acted_until` is the journal size up to which people were told.
    ///
    /// # Errors
    /// [`StoreError`] when the data directory is damaged or cannot be written.
    pub fn recover(
        &mut self,
        recoverer: &mut dyn Recoverer,
        hot: usize,
        seed: u64,
        acted_until: u64,
    ) -> Result<(Engine, Recovery), StoreError> {
        let undone = self.undone(self.states.oldest_events()?)?;
        let events = self.events.len();
        // A snapshot taken before blocks were undone still remembers them.
        let is_clean = |mark: &StateMark| {
            let forgot =
                |(at, sequence): &(u64, u64)| mark.events > *at || mark.events <= *sequence;
            undone.iter().all(forgot)
        };
        // The database may have been put back to an earlier day: then what it lacks is told again.
        let accept = |mark: &StateMark| {
            mark.events <= events && mark.decided_until <= acted_until && is_clean(mark)
        };
        let (resumed, problems) = self.load_state(hot, seed, &accept)?;
        let mut report = Recovery { problems, ..Recovery::default() };
        // The basis on the record at each point, with its entry.
        let mut on_record: Option<(u64, Vec<u8>)> = None;
        let (mut engine, start) = match resumed {
            Some(Resumed { net, mark }) => {
                report.from = mark.journal_size;
                self.decided_until = mark.decided_until;
                on_record = mark.basis.as_ref().map(|(index, text)| {
                    (*index, [&[engine::record::KIND_BASIS], text.as_bytes()].concat())
                });
                let basis = mark.basis.as_ref().and_then(|(index, text)| {
                    Some((*index, serde_json::from_str::<Basis>(text).ok()?))
                });
                let known = basis.as_ref().map(|(index, basis)| (*index, basis));
                (recoverer.engine(net, known)?, mark.events)
            }
            None => {
                let first = self.events.frames(0)?.next().transpose()?;
                let is_all_there = match &first {
                    Some(frame) => frame.journal_first == 0,
                    None => self.journal.head().0 == 0,
                };
                if !is_all_there {
                    let problem = "decisions are on the record from before its first event, and no state that has seen them can be loaded";
                    return Err(StoreError::corrupt(&self.root, problem));
                }
                self.decided_until = 0;
                let net = SkyNet::new(seed, self.new_table(hot)?, intel::Directory::empty());
                (recoverer.engine(net, None)?, 0)
            }
        };
        recoverer.loaded(&self.kept);
        let undone = if start == 0 { self.undone(0)? } else { undone };
        let retracted: HashSet<u64> = undone.into_iter().map(|(_, sequence)| sequence).collect();
        let mut ranges: BTreeMap<u64, Range<u64>> = BTreeMap::new();
        let size = self.journal.head().0;
        self.journal.meet_from(size);
        let root = self.root.clone();
        let state = |e: EngineError| StoreError::corrupt(&root, e.to_string());
        for frame in self.events.frames(start)? {
            let frame = frame?;
            recoverer.pass(&frame);
            match &frame.event {
                Event::Basis(text) => {
                    let basis: Basis = serde_json::from_str(text)
                        .map_err(|e| StoreError::corrupt(&self.root, e.to_string()))?;
                    if let Err(error) = recoverer.change(&mut engine, &basis) {
                        report.problems.push(format!("lists of basis {}: {error}", basis.lists));
                    }
                    let entry = basis.encode();
                    self.meet(frame.journal_first, std::slice::from_ref(&entry))?;
                    on_record = Some((frame.journal_first, entry));
                }
                Event::Retract(sequences, time_s) => {
                    let mut sequences = sequences.clone();
                    sequences.sort_unstable();
                    sequences.dedup();
                    let ranges = sequences.iter().filter_map(|sequence| ranges.get(sequence));
                    let entries: Vec<Vec<u8>> = ranges
                        .flat_map(Range::clone)
                        .map(|index| retraction(index, *time_s))
                        .collect();
                    self.meet(frame.journal_first, &entries)?;
                }
                Event::Batch(batch) => {
                    let count = count_of(batch);
                    let end = frame.journal_first + count;
                    if retracted.contains(&frame.sequence) {
                        ranges.insert(frame.sequence, frame.journal_first..end);
                        self.kept.retracted.push(frame.journal_first..end);
                        continue;
                    }
                    if end <= size.min(acted_until) {
                        let parties = engine.learn(&batch.transactions).map_err(state)?;
                        for (index, parties) in (frame.journal_first..).zip(parties) {
                            self.trail.add(index, parties);
                        }
                        report.learned += count;
                    } else {
                        let next = frame.journal_first;
                        // Whatever is in force today, these rest on the basis of their time.
                        engine.rest_on(on_record.as_ref().map_or(0, |(index, _)| *index));
                        let mut meet = Meet { journal: &mut self.journal, next, differing: 0 };
                        let decisions = engine
                            .decide(&batch.transactions, &mut meet)
                            .map_err(|e| StoreError::corrupt(&self.root, e.to_string()))?;
                        report.differing += meet.differing;
                        if end <= size {
                            report.met += count;
                        } else {
                            report.decided += count;
                        }
                        for decision in &decisions {
                            self.trail.add(decision.index, decision.parties);
                        }
                        recoverer.act(&mut engine, batch, &decisions, end);
                    }
                    self.decided_until = end;
                    self.trail.flush()?;
                }
            }
        }
        if report.differing > 0 {
            let problem = format!(
                "{} decisions would be others with the program, rules or model of today; the record stays",
                report.differing
            );
            report.problems.push(problem);
        }
        let known = on_record.as_ref().map(|(index, entry)| (*index, entry.as_slice()));
        engine.rest_on_current(known);
        self.is_torn = false;
        Ok((engine, report))
    }

    /// Appends what a crash kept from the journal.
    fn meet(&mut self, next: u64, entries: &[Vec<u8>]) -> Result<(), StoreError> {
        let mut meet = Meet { journal: &mut self.journal, next, differing: 0 };
        let met = meet.append(entries);
        met.map(|_| ()).map_err(|e| StoreError::corrupt(&self.root, e.to_string()))
    }

    /// For each event from `first` on that was undone, the sequence number of the retraction and
    /// its own.
    fn undone(&self, first: u64) -> Result<Vec<(u64, u64)>, StoreError> {
        let mut undone = Vec::new();
        for frame in self.events.frames(first.min(self.events.len()))? {
            let frame = frame?;
            if let Event::Retract(sequences, _) = frame.event {
                undone.extend(sequences.into_iter().map(|sequence| (frame.sequence, sequence)));
            }
        }
        Ok(undone)
    }

    /// Writes a snapshot of the engine's state as it is now. It is in force once published, which
    /// another thread can do.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written; earlier snapshots stay.
    pub fn snapshot(&mut self, engine: &mut Engine) -> Result<PendingState, StoreError> {
        self.trail.sync()?;
        let mut mark = StateMark::at_end_of(&mut self.journal)?;
        let text = |entry: Vec<u8>| String::from_utf8_lossy(&entry[1..]).into_owned();
        mark.basis = engine.basis_index().map(|index| (index, text(engine.basis_entry())));
        mark.events = self.events.len();
        mark.decided_until = self.decided_until;
        mark.chains.clone_from(&self.chains);
        let cold = engine.net().table().checkpoint();
        mark.cold = cold.map_err(onchain::snapshot::SnapshotError::Cold)?;
        let kept = postcard::to_stdvec(&self.kept)
            .map_err(|e| StoreError::corrupt(&self.root, e.to_string()))?;
        let (trail, net) = (&self.trail, engine.net());
        self.states.write(&mark, |out: &mut dyn Write| {
            net.save(out)?;
            trail.save_heads(out)?;
            out.write_all(&(kept.len() as u64).to_le_bytes())?;
            out.write_all(&kept)?;
            Ok(())
        })
    }

    /// Removes spill files that no snapshot needs. A running engine's file is named by the snapshot
    /// taken last.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be read.
    pub fn sweep(&mut self) -> Result<(), StoreError> {
        let (found, _) = self.states.candidates(&mut self.journal)?;
        let needed: Vec<&str> = found
            .iter()
            .filter_map(|(mark, _)| mark.cold.rsplit_once('@'))
            .map(|(name, _)| name)
            .collect();
        for item in std::fs::read_dir(&self.root).map_err(StoreError::io(&self.root))? {
            let path = item.map_err(StoreError::io(&self.root))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if name.starts_with("cold-") && name.ends_with(".redb") && !needed.contains(&name) {
                std::fs::remove_file(&path).map_err(StoreError::io(&path))?;
            }
        }
        Ok(())
    }
}
