//! The desk: one thread that decides. Requests wait in a bounded queue; whatever waits when the
//! desk is free is decided together, so that many share one wait for the disk.
//!
//! When the journal, the events or a state cannot be written, nothing of the batch is answered as
//! decided. The desk then rebuilds its engine from the data directory and goes on.

use engine::{Decision, Engine};
use model::{Transaction, Transfer};
use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use store::{Batch, DataDir, EventKey, Recovery, StoreError};
use tokio::sync::oneshot;

use crate::act::{Acted, Actor};
use crate::meter::Meter;

/// Transfers that are decided together.
pub const BATCH_TRANSFERS: usize = 4_096;
/// Requests that wait for the desk. Beyond it senders are told to come back later.
const QUEUE_LEN: usize = 8_192;
/// Events whose ids are remembered, about 100 bytes each; the oldest give way.
const KNOWN_EVENTS: usize = 2_000_000;
/// Late blocks that are remembered for each followed chain: deeper reorganisations do not happen
/// on chains worth following.
const BLOCKS_KEPT: usize = 512;
/// Transfers after which the state is saved, and the least time between two saves.
const SNAPSHOT_TRANSFERS: u64 = 2_000_000;
const SNAPSHOT_PAUSE: Duration = Duration::from_secs(120);
/// How long the desk waits before it tries to rebuild its engine again.
const REBUILD_PAUSE: Duration = Duration::from_secs(2);
/// Entries that may wait for a signed checkpoint, and for how long about.
const UNSIGNED_MAX: u64 = 16_384;
const SIGN_PAUSE: Duration = Duration::from_millis(100);
/// How long a question waits for a rebuild: so many steps of this length.
const REBUILD_TRIES: u32 = 100;
const REBUILD_STEP: Duration = Duration::from_millis(50);
/// How long the desk waits for the database before it does without a snapshot this time.
const SETTLE_PATIENCE: Duration = Duration::from_millis(500);
/// How long a stopping desk waits for the database before it goes without a last snapshot.
const STOP_PAUSE: Duration = Duration::from_secs(10);

/// What the desk decides about, behind one lock: questions take it for moments between batches.
pub struct Core {
    /// The engine.
    pub engine: Engine,
    /// Its data directory.
    pub data: DataDir,
    /// What rules saw of late decisions, for backtests.
    pub samples: VecDeque<Arc<Sample>>,
    /// How often each rule held since the start, by id.
    pub hits: HashMap<String, u64>,
    /// False while the engine is being rebuilt: nothing may be asked of it.
    pub is_whole: bool,
}

/// Late decisions that are kept for backtests, about 4 kB each.
const SAMPLES: usize = 10_000;

/// What rules saw of a decision.
pub struct Sample {
    /// Its journal entry.
    pub index: u64,
    /// Its transaction.
    pub tx: model::TxHash,
    /// What was decided.
    pub level: model::Level,
    /// When, by the chain, seconds since 1970-01-01 UTC.
    pub time_s: u64,
    /// What rules saw.
    pub facts: policy::Facts,
}

/// Why the desk did not decide.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeskError {
    /// The queue is full.
    #[error("more requests wait than can be decided in time; send again after a second")]
    Busy,
    /// The record cannot be written.
    #[error(
        "the decision could not be recorded, so none was made: {0}; send the same event again later"
    )]
    Unavailable(String),
    /// The server is stopping.
    #[error("the server is stopping; send the same event again to the next one")]
    Stopping,
}

/// A transaction with the identity that its sender gave it.
pub struct Item {
    /// Its key.
    pub key: EventKey,
    /// The transaction.
    pub transaction: Transaction,
}

/// What became of an item.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Decided now; one decision for each transfer.
    Decided(Vec<Decision>),
    /// Decided before: the journal entries.
    Known(std::ops::Range<u64>),
    /// Another event has the same id.
    Conflict,
}

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<Result<T, DeskError>>;

/// What is asked of the desk.
pub enum Job {
    /// Decide events.
    Decide(Vec<Item>, oneshot::Sender<Result<Vec<Answer>, DeskError>>),
    /// Decide a block of a followed chain.
    Block(Batch, oneshot::Sender<Result<(u64, usize), DeskError>>),
    /// A chain undid the blocks of these events.
    Retract(Vec<u64>, oneshot::Sender<Result<u64, DeskError>>),
    /// Put other lists or rules in force, on the record.
    Change(Change, oneshot::Sender<Result<bool, DeskError>>),
    /// The late blocks of a followed chain: number, hash, sequence number of the event.
    Blocks(String, oneshot::Sender<Vec<(u64, model::TxHash, u64)>>),
    /// Judge transfers that have not happened.
    Screen(Vec<Transfer>, oneshot::Sender<Result<Vec<Decision>, DeskError>>),
    /// Save the state and end.
    Stop,
}

/// A block of a followed chain: source, number, hash, sequence number of its event.
pub type BlockMark = (String, u64, model::TxHash, u64);

/// What puts other lists or rules in force; true when they are others than before.
pub type Change = Box<dyn FnOnce(&mut Engine) -> bool + Send>;

/// Makes engines for the desk, at the start and after a failure.
pub trait Maker: store::Recoverer + Send {
    /// Called with the engine of a recovery before the desk goes on.
    /// Says what is wrong, for people.
    fn recovered(&mut self, engine: &mut Engine) -> Vec<String>;
    /// The keys of events and the late blocks that a recovery passed.
    fn take_passed(&mut self) -> (Vec<(EventKey, std::ops::Range<u64>)>, Vec<BlockMark>);
}

/// Ids of events and the entries of their decisions.
#[derive(Default)]
pub struct KnownEvents {
    by_id: HashMap<u128, (u64, u64, u32), foldhash::quality::RandomState>,
    order: VecDeque<u128>,
}

impl KnownEvents {
    /// Learns an event.
    pub fn insert(&mut self, key: EventKey, entries: &std::ops::Range<u64>) {
        let count = u32::try_from(entries.end - entries.start).unwrap_or(u32::MAX);
        if self.by_id.insert(key.id, (key.content, entries.start, count)).is_none() {
            self.order.push_back(key.id);
        }
        if self.order.len() > KNOWN_EVENTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
    }

    fn export(&self) -> Vec<(EventKey, u64, u32)> {
        let known = self.order.iter().filter_map(|id| Some((*id, *self.by_id.get(id)?)));
        known
            .map(|(id, (content, first, count))| (EventKey { id, content }, first, count))
            .collect()
    }

    fn find(&self, key: EventKey) -> Option<Answer> {
        let (content, first, count) = *self.by_id.get(&key.id)?;
        Some(if content == key.content {
            Answer::Known(first..first + u64::from(count))
        } else {
            Answer::Conflict
        })
    }
}

/// The way to the desk.
#[derive(Clone)]
pub struct DeskHandle {
    queue: SyncSender<Job>,
    core: Arc<Mutex<Core>>,
}

impl DeskHandle {
    /// Puts a job into the queue.
    ///
    /// # Errors
    /// [`DeskError`] when the queue is full or the desk has stopped.
    pub fn send(&self, job: Job) -> Result<(), DeskError> {
        self.queue.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => DeskError::Busy,
            TrySendError::Disconnected(_) => DeskError::Stopping,
        })
    }

    /// Puts events into the queue, or gives them back when it is full.
    ///
    /// # Errors
    /// The events.
    pub fn offer(
        &self,
        items: Vec<Item>,
        reply: oneshot::Sender<Result<Vec<Answer>, DeskError>>,
    ) -> Result<(), Vec<Item>> {
        self.queue.try_send(Job::Decide(items, reply)).map_err(|back| match back {
            TrySendError::Full(Job::Decide(items, _))
            | TrySendError::Disconnected(Job::Decide(items, _)) => items,
            TrySendError::Full(_) | TrySendError::Disconnected(_) => Vec::new(),
        })
    }

    /// Takes the lock. Hold it for moments only.
    pub fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Decides events.
    ///
    /// # Errors
    /// [`DeskError`] when they were not recorded.
    pub async fn decide(&self, items: Vec<Item>) -> Result<Vec<Answer>, DeskError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Decide(items, reply))?;
        answer.await.map_err(|_| DeskError::Stopping)?
    }

    /// Judges transfers that have not happened.
    ///
    /// # Errors
    /// [`DeskError`] when the answer was not recorded.
    pub async fn screen(&self, transfers: Vec<Transfer>) -> Result<Vec<Decision>, DeskError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Screen(transfers, reply))?;
        answer.await.map_err(|_| DeskError::Stopping)?
    }

    /// Puts other lists or rules in force. True when they are others than before.
    ///
    /// # Errors
    /// [`DeskError`] when that is not on the record; the desk then rebuilds its engine with them.
    pub async fn change(&self, change: Change) -> Result<bool, DeskError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Change(change, reply))?;
        answer.await.map_err(|_| DeskError::Stopping)?
    }

    /// Does something with the core on a thread that may wait.
    ///
    /// # Errors
    /// [`DeskError`] while the engine is being rebuilt, or when the runtime is going down.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Core) -> T + Send + 'static,
    ) -> Result<T, DeskError> {
        let core = Arc::clone(&self.core);
        tokio::task::spawn_blocking(move || {
            // A rebuild takes moments as a rule; whoever asks waits for it.
            for _ in 0..REBUILD_TRIES {
                let mut core = lock(&core);
                if core.is_whole {
                    return Ok(question(&mut core));
                }
                drop(core);
                pause(REBUILD_STEP);
            }
            Err(rebuilding())
        })
        .await
        .map_err(|_| DeskError::Stopping)?
    }
}

/// The thread's own things.
pub struct Desk {
    core: Arc<Mutex<Core>>,
    jobs: Receiver<Job>,
    known: KnownEvents,
    blocks: Vec<BlockMark>,
    maker: Box<dyn Maker>,
    actor: Actor,
    meter: Arc<Meter>,
    settings: Settings,
    since_snapshot: u64,
    last_snapshot: Instant,
    last_signed: Instant,
    is_whole: bool,
    is_stopping: bool,
    publisher: Option<std::thread::JoinHandle<()>>,
}

/// How the desk keeps its state.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Hot address states; 0 for no bound.
    pub hot_addresses: usize,
    /// Keys the hash table of addresses.
    pub seed: u64,
}

/// The newest saved states, for the system page.
#[derive(Clone, Debug)]
pub struct SavedState {
    /// Journal entries that it has seen.
    pub journal_size: u64,
    /// When it was saved, seconds since 1970-01-01 UTC.
    pub at: u64,
    /// Its length.
    pub bytes: u64,
    /// How long decisions waited for it.
    pub pause_ms: u64,
}

impl Desk {
    /// A desk over an engine that has been recovered.
    pub fn new(
        core: Core,
        maker: Box<dyn Maker>,
        actor: Actor,
        meter: Arc<Meter>,
        settings: Settings,
    ) -> (Self, DeskHandle) {
        let (queue, jobs) = std::sync::mpsc::sync_channel(QUEUE_LEN);
        let mut core = core;
        core.data.journal().sign_every(UNSIGNED_MAX);
        let core = Arc::new(Mutex::new(core));
        let handle = DeskHandle { queue, core: Arc::clone(&core) };
        let mut desk = Self {
            core,
            jobs,
            known: KnownEvents::default(),
            blocks: Vec::new(),
            maker,
            actor,
            meter,
            settings,
            since_snapshot: 0,
            last_snapshot: now(),
            last_signed: now(),
            is_whole: true,
            is_stopping: false,
            publisher: None,
        };
        desk.take_passed();
        (desk, handle)
    }

    /// Works until it is told to stop or every handle is gone, then saves the state.
    pub fn run(mut self) {
        loop {
            let first = match self.jobs.recv_timeout(Duration::from_millis(500)) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    self.rest();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if !self.is_whole && !matches!(first, Job::Stop) && !self.rebuild() {
                // Whoever waits is told at once, not one rebuild after another.
                refuse(first, &rebuilding());
                self.jobs.try_iter().for_each(|job| refuse(job, &rebuilding()));
                continue;
            }
            // A bug in judging must not take the desk down: the engine is rebuilt.
            let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                self.work(first);
            }));
            if worked.is_err() {
                tracing::error!("the desk panicked; the engine is rebuilt");
                self.is_whole = false;
            }
            self.sign();
            if self.is_stopping {
                break;
            }
            let is_due = self.last_snapshot.elapsed() >= SNAPSHOT_PAUSE && self.since_snapshot > 0;
            if self.is_whole && (self.since_snapshot >= SNAPSHOT_TRANSFERS || is_due) {
                self.snapshot();
            }
        }
        if self.is_whole && self.actor.settle(STOP_PAUSE).is_some() {
            self.snapshot();
        }
        if let Some(publisher) = self.publisher.take() {
            let _ = publisher.join();
        }
    }

    fn take_passed(&mut self) {
        let (keys, blocks) = self.maker.take_passed();
        for (key, entries) in keys {
            self.known.insert(key, &entries);
        }
        self.blocks = blocks;
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (source, ..) in &self.blocks {
            *seen.entry(source.clone()).or_default() += 1;
        }
        self.blocks.retain(|(source, ..)| {
            let left = seen.get_mut(source).expect("counted above");
            *left -= 1;
            *left < BLOCKS_KEPT
        });
    }

    /// Signs a checkpoint now and then: the entries before it are durable already.
    fn sign(&mut self) {
        if self.is_whole && self.last_signed.elapsed() >= SIGN_PAUSE {
            self.last_signed = now();
            if let Err(error) = lock(&self.core).data.journal().sign_now() {
                tracing::error!(%error, "the checkpoint was not written");
            }
        }
    }

    fn rest(&mut self) {
        self.sign();
        if !self.is_whole {
            self.rebuild();
        }
        let is_due = self.last_snapshot.elapsed() >= SNAPSHOT_PAUSE;
        if self.is_whole && self.since_snapshot > 0 && is_due {
            self.snapshot();
        }
    }

    /// Decides the job and whatever waits behind it.
    fn work(&mut self, first: Job) {
        let mut decides = Vec::new();
        let mut screens = Vec::new();
        let mut next = Some(first);
        let mut transfers = 0;
        while let Some(job) = next {
            match job {
                Job::Decide(items, reply) => {
                    transfers +=
                        items.iter().map(|item| parts_of(&item.transaction)).sum::<usize>();
                    decides.push((items, reply));
                }
                Job::Screen(asked, reply) => {
                    transfers += asked.len();
                    screens.push((asked, reply));
                }
                other => {
                    // Keeps the order: what came before is decided before.
                    self.decide(std::mem::take(&mut decides));
                    self.screen(std::mem::take(&mut screens));
                    if self.is_whole || matches!(other, Job::Stop) {
                        self.other(other);
                    } else {
                        refuse(other, &rebuilding());
                    }
                    return;
                }
            }
            if transfers >= BATCH_TRANSFERS {
                break;
            }
            next = self.jobs.try_recv().ok();
        }
        self.decide(decides);
        self.screen(screens);
    }

    fn other(&mut self, job: Job) {
        match job {
            Job::Block(batch, reply) => {
                let outcome = self.settle(&batch);
                if let (Ok((sequence, _)), Some((number, hash))) = (&outcome, batch.block) {
                    self.blocks.push((batch.source.clone(), number, hash, *sequence));
                    let of_source = self.blocks.iter().filter(|(s, ..)| *s == batch.source).count();
                    if of_source > BLOCKS_KEPT
                        && let Some(oldest) =
                            self.blocks.iter().position(|(source, ..)| *source == batch.source)
                    {
                        self.blocks.remove(oldest);
                    }
                }
                let _ =
                    reply.send(outcome.map(|(sequence, decisions)| (sequence, decisions.len())));
            }
            Job::Retract(sequences, reply) => {
                let _ = reply.send(self.retract(&sequences));
            }
            Job::Blocks(source, reply) => {
                let of_source = self.blocks.iter().filter(|(known, ..)| *known == source);
                let _ = reply
                    .send(of_source.map(|(_, number, hash, seq)| (*number, *hash, *seq)).collect());
            }
            Job::Change(change, reply) => {
                let _ = reply.send(self.change(change));
            }
            Job::Stop => self.is_stopping = true,
            Job::Decide(..) | Job::Screen(..) => unreachable!("these are taken together"),
        }
    }

    fn decide(&mut self, jobs: Vec<(Vec<Item>, Reply<Vec<Answer>>)>) {
        if jobs.is_empty() {
            return;
        }
        let started = now();
        let (mut transactions, mut keys) = (Vec::new(), Vec::new());
        // Where each answer comes from: known, or the place of its transaction in the batch.
        let mut plans: Vec<Vec<Result<usize, Answer>>> = Vec::with_capacity(jobs.len());
        let mut replies = Vec::with_capacity(jobs.len());
        let mut in_batch: HashMap<u128, (u64, usize), foldhash::quality::RandomState> =
            HashMap::default();
        for (items, reply) in jobs {
            let mut plan = Vec::with_capacity(items.len());
            for item in items {
                let key = item.key;
                if let Some(answer) = self.known.find(key) {
                    plan.push(Err(answer));
                    continue;
                }
                if let Some((content, place)) = in_batch.get(&key.id) {
                    let is_same = *content == key.content;
                    plan.push(if is_same { Ok(*place) } else { Err(Answer::Conflict) });
                    continue;
                }
                in_batch.insert(key.id, (key.content, transactions.len()));
                keys.push(key);
                plan.push(Ok(transactions.len()));
                transactions.push(item.transaction);
            }
            plans.push(plan);
            replies.push(reply);
        }
        let mut parts: Vec<(std::ops::Range<u64>, Option<Vec<Decision>>)> =
            Vec::with_capacity(transactions.len());
        if !transactions.is_empty() {
            let counts: Vec<usize> = transactions.iter().map(|tx| tx.transfers.len()).collect();
            let batch = Batch { source: "api".to_owned(), block: None, transactions, keys };
            match self.settle(&batch) {
                Ok((_, decisions)) => {
                    let mut next = decisions.first().map_or(0, |decision| decision.index);
                    let mut decisions = decisions.into_iter();
                    for (count, key) in counts.into_iter().zip(&batch.keys) {
                        let entries = next..next + count as u64;
                        self.known.insert(*key, &entries);
                        next = entries.end;
                        parts.push((entries, Some(decisions.by_ref().take(count).collect())));
                    }
                }
                Err(error) => {
                    for reply in replies {
                        let _ = reply.send(Err(error.clone()));
                    }
                    return;
                }
            }
        }
        for (plan, reply) in plans.into_iter().zip(replies) {
            let answers = plan.into_iter().map(|part| match part {
                // Whoever sent the same event twice at once is told the second time where it is.
                Ok(place) => match parts[place].1.take() {
                    Some(decisions) => Answer::Decided(decisions),
                    None => Answer::Known(parts[place].0.clone()),
                },
                Err(answer) => answer,
            });
            let _ = reply.send(Ok(answers.collect()));
        }
        self.meter.decided(started.elapsed());
    }

    /// Decides a batch on the record and acts upon it.
    fn settle(&mut self, batch: &Batch) -> Result<(u64, Vec<Decision>), DeskError> {
        let transactions = batch.transactions.len();
        let span = tracing::debug_span!(target: crate::TRACE, "decide", transactions);
        let _entered = span.enter();
        let mut guard = lock(&self.core);
        let Core { engine, data, samples, hits, is_whole } = &mut *guard;
        let outcome = data.decide_event(engine, batch);
        let (sequence, mut decisions) = match outcome {
            Ok(decided) => decided,
            Err(error) => {
                *is_whole = false;
                drop(guard);
                self.is_whole = false;
                tracing::error!(%error, "a batch was not recorded; the engine is rebuilt");
                return Err(DeskError::Unavailable(error.to_string()));
            }
        };
        let transfers = batch.transactions.iter().flat_map(|tx| &tx.transfers);
        for (transfer, decision) in transfers.clone().zip(&mut decisions) {
            self.meter.count(decision.level);
            for place in decision.fired.places() {
                let id = &engine.pack().rules()[place].id;
                match hits.get_mut(id) {
                    Some(hits) => *hits += 1,
                    None => drop(hits.insert(id.clone(), 1)),
                }
            }
            if let Some(facts) = decision.facts.take() {
                let (index, tx, level, time_s) =
                    (decision.index, transfer.tx, decision.level, transfer.time_s);
                samples.push_back(Arc::new(Sample { index, tx, level, time_s, facts }));
            }
        }
        let excess = samples.len().saturating_sub(SAMPLES);
        samples.drain(..excess);
        let size = data.journal().head().0;
        let acted = Acted::of(engine, transfers.zip(&decisions), size);
        drop(guard);
        self.since_snapshot += decisions.len() as u64;
        self.actor.act(acted);
        Ok((sequence, decisions))
    }

    fn screen(&mut self, jobs: Vec<(Vec<Transfer>, Reply<Vec<Decision>>)>) {
        if jobs.is_empty() {
            return;
        }
        if !self.is_whole {
            for (_, reply) in jobs {
                let _ = reply.send(Err(rebuilding()));
            }
            return;
        }
        let started = now();
        let all: Vec<Transfer> = jobs.iter().flat_map(|(asked, _)| asked.iter().cloned()).collect();
        let mut guard = lock(&self.core);
        let Core { engine, data, is_whole, .. } = &mut *guard;
        let outcome = data.screen(engine, &all);
        *is_whole = outcome.is_ok();
        drop(guard);
        match outcome {
            Ok(decisions) => {
                let mut decisions = decisions.into_iter();
                for (asked, reply) in jobs {
                    let _ = reply.send(Ok(decisions.by_ref().take(asked.len()).collect()));
                }
                self.meter.decided(started.elapsed());
            }
            Err(error) => {
                // Nothing was learned, but what the journal holds now is not known.
                self.is_whole = false;
                tracing::error!(%error, "a screening was not recorded; the engine is rebuilt");
                let error = DeskError::Unavailable(error.to_string());
                for (_, reply) in jobs {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn change(&mut self, change: Change) -> Result<bool, DeskError> {
        let mut guard = lock(&self.core);
        let Core { engine, data, is_whole, .. } = &mut *guard;
        let is_other = change(engine);
        let recorded = data.record_basis(engine);
        *is_whole = recorded.is_ok();
        drop(guard);
        self.is_whole = recorded.is_ok();
        recorded.map(|()| is_other).map_err(|e| DeskError::Unavailable(e.to_string()))
    }

    fn retract(&mut self, sequences: &[u64]) -> Result<u64, DeskError> {
        let time_s = crate::now_s();
        let outcome = {
            let mut guard = lock(&self.core);
            guard.is_whole = false;
            guard.data.retract(sequences, time_s)
        };
        self.is_whole = false;
        let ranges = outcome.map_err(|e| DeskError::Unavailable(e.to_string()))?;
        if !self.rebuild() {
            return Err(DeskError::Unavailable("the state could not be rebuilt".to_owned()));
        }
        Ok(ranges.iter().map(|range| range.end - range.start).sum())
    }

    /// Rebuilds the engine from the data directory. True when it worked.
    fn rebuild(&mut self) -> bool {
        // What waits to be told is told first, so that it is not told twice.
        let Some(acted_until) = self.actor.settle(REBUILD_PAUSE) else {
            self.meter
                .set_degraded(&["the engine waits for the database to be rebuilt".to_owned()]);
            return false;
        };
        if let Some(publisher) = self.publisher.take() {
            let _ = publisher.join();
        }
        let mut guard = lock(&self.core);
        guard.is_whole = false;
        // Its files are taken over, and two engines would not fit the memory of one.
        guard.engine.retire();
        if let Err(error) = guard.data.reopen() {
            drop(guard);
            self.meter.set_degraded(&[error.to_string()]);
            pause(REBUILD_PAUSE);
            return false;
        }
        match recover(&mut guard.data, self.maker.as_mut(), self.settings, acted_until) {
            Ok((mut engine, mut report)) => {
                report.problems.extend(self.maker.recovered(&mut engine));
                let recorded = guard.data.record_basis(&mut engine);
                guard.engine = engine;
                guard.is_whole = recorded.is_ok();
                drop(guard);
                self.take_passed();
                if let Err(error) = recorded {
                    self.meter.set_degraded(&[error.to_string()]);
                    pause(REBUILD_PAUSE);
                    return false;
                }
                tracing::info!(?report, "the engine was rebuilt");
                self.is_whole = true;
                self.meter.set_degraded(&report.problems);
            }
            Err(error) => {
                drop(guard);
                tracing::error!(%error, "the engine could not be rebuilt");
                self.meter.set_degraded(&[error.to_string()]);
                pause(REBUILD_PAUSE);
            }
        }
        self.is_whole
    }

    fn snapshot(&mut self) {
        // A snapshot must not stand after decisions that people were not told of.
        if self.actor.settle(SETTLE_PATIENCE).is_none() {
            return;
        }
        if let Some(publisher) = self.publisher.take() {
            let _ = publisher.join();
        }
        let started = now();
        let mut guard = lock(&self.core);
        let Core { engine, data, .. } = &mut *guard;
        (data.kept().known, data.kept().blocks) = (self.known.export(), self.blocks.clone());
        let pending = data.snapshot(engine);
        let journal_size = data.journal().head().0;
        drop(guard);
        (self.since_snapshot, self.last_snapshot) = (0, now());
        let pause_ms = started.elapsed().as_millis() as u64;
        match pending {
            Ok(pending) => {
                let (meter, core) = (Arc::clone(&self.meter), Arc::clone(&self.core));
                let bytes = pending.bytes;
                let publish = move || {
                    let published = pending.publish().and_then(|()| {
                        let mut guard = lock(&core);
                        guard.data.sweep()?;
                        let events = guard.data.events_root();
                        drop(guard);
                        store::EventLog::compress_closed(&events)
                    });
                    match published {
                        Ok(()) => meter.saved(SavedState {
                            journal_size,
                            at: crate::now_s(),
                            bytes,
                            pause_ms,
                        }),
                        Err(error) => tracing::error!(%error, "a state snapshot was not kept"),
                    }
                };
                let publisher = std::thread::Builder::new().name("snapshot".to_owned());
                match publisher.spawn(publish) {
                    Ok(thread) => self.publisher = Some(thread),
                    Err(error) => tracing::error!(%error, "no thread for a state snapshot"),
                }
            }
            Err(error) => tracing::error!(%error, "a state snapshot was not written"),
        }
    }
}

fn lock(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    core.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Transfers, approvals and inputs: what a transaction weighs.
fn parts_of(transaction: &Transaction) -> usize {
    transaction.transfers.len() + transaction.approvals.len() + transaction.inputs.len()
}

fn rebuilding() -> DeskError {
    DeskError::Unavailable("the engine is being rebuilt from its record".to_owned())
}

fn refuse(job: Job, error: &DeskError) {
    match job {
        Job::Change(_, reply) => drop(reply.send(Err(error.clone()))),
        Job::Decide(_, reply) => drop(reply.send(Err(error.clone()))),
        Job::Block(_, reply) => drop(reply.send(Err(error.clone()))),
        Job::Retract(_, reply) => drop(reply.send(Err(error.clone()))),
        Job::Screen(_, reply) => drop(reply.send(Err(error.clone()))),
        Job::Stop | Job::Blocks(..) => {}
    }
}

/// Recovers an engine; the same at the start and after a failure.
///
/// # Errors
/// [`StoreError`] when the data directory is damaged.
pub fn recover(
    data: &mut DataDir,
    maker: &mut dyn Maker,
    settings: Settings,
    acted_until: u64,
) -> Result<(Engine, Recovery), StoreError> {
    data.recover(maker, settings.hot_addresses, settings.seed, acted_until)
}

#[allow(clippy::disallowed_methods, reason = "a thread waits for a disk to come back")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// The monotonic clock, for rates and pauses only.
#[allow(clippy::disallowed_methods, reason = "the server is where clocks are read")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
