//! The flow, and nothing else: **ingest → enrich → detect → judge → record → act**.
//!
//! A batch of transactions goes in. SkyNet books each transfer and says what is known and seen of
//! it (enrich, detect); the account model and the rule pack judge it (on as many threads as there
//! are, since judging is a pure function); every decision is appended to the journal; only then is
//! it returned. If the journal does not take it, nothing is returned as allowed.
//!
//! Reading order: this file, [`facts`] (what rules see), [`record`] (what the journal keeps),
//! [`explain`] (reasons for people), [`alerts`] (what people are called for), [`withdrawal`] (what all
//! guards together say of a withdrawal).

pub mod alerts;
pub mod explain;
pub mod facts;
pub mod record;
pub mod withdrawal;

use intel::Directory;
use model::{Level, Transaction, Transfer, Verdict};
use onchain::account_model::{AccountModel, Contribution};
use onchain::book::AddressId;
use onchain::exposure::Exposure;
use onchain::patterns::PatternSet;
use onchain::skynet::{Observation, SkyNet};
use onchain::table::{ColdStoreError, StateTable};
use policy::{Facts, Fired, Pack};
use serde::Serialize;
use std::sync::mpsc;

use explain::Screened;
use facts::FactIds;
use record::Basis;

/// Takes entries for the journal. Implemented by the `store` crate.
pub trait Recorder {
    /// Appends entries and returns the index of the first, after they are durable.
    ///
    /// # Errors
    /// [`RecordError`] when they are not; the caller must not act on them.
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<u64, RecordError>;
}

/// Why decisions were not recorded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RecordError {
    /// The journal could not be written.
    #[error(
        "journal: {0}; nothing of this batch was decided: free disk space or mend the data directory, then run again"
    )]
    Unavailable(String),
    /// The journal holds another decision at this place.
    #[error(
        "journal: entry {index} was recorded with other inputs, lists, rules or model; give the inputs from the beginning as before, use a new --data-dir, or use 'ringfence rescore' for new lists"
    )]
    Diverged {
        /// Index of the entry.
        index: u64,
    },
}

/// Why a batch was not decided. Nothing of it was recorded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal did not take it.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// An address's state could not be read or kept.
    #[error(transparent)]
    State(#[from] ColdStoreError),
}

impl EngineError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            EngineError::Record(RecordError::Unavailable(_)) => "journal.unavailable",
            EngineError::Record(RecordError::Diverged { .. }) => "journal.diverged",
            EngineError::State(_) => "state.unavailable",
        }
    }
}

/// A decision about one transfer, on the record.
#[derive(Clone, Debug)]
pub struct Decision {
    /// How far the transfer may go.
    pub level: Level,
    /// Why, if it is more than a plain allow.
    pub verdict: Option<Verdict>,
    /// Rules that hold, live and shadow.
    pub fired: Fired,
    /// Code of the rule that asks for this level, the first of the pack; `None` for an allow.
    pub lead: Option<String>,
    /// Patterns that the transfer completes.
    pub patterns: PatternSet,
    /// Calibrated scores of payer and receiver by the account model.
    pub scores: [Option<f64>; 2],
    /// Index of its journal entry.
    pub index: u64,
    /// Numbers of payer and receiver in the engine's book.
    pub parties: [Option<AddressId>; 2],
    /// What it rests on, for decisions above allow, if the engine was told to give details.
    pub detail: Option<Box<Detail>>,
    /// What rules saw, if the engine was told to give details.
    pub facts: Option<Facts>,
}

/// What a decision above allow rests on, for the people who look into it.
#[derive(Clone, Debug)]
pub struct Detail {
    /// Rules that lack one part, with that part.
    pub nearly: Vec<(usize, String)>,
    /// What moved the account model's scores of payer and receiver, heaviest first.
    pub contributions: [Vec<Contribution>; 2],
    /// Exposure of payer and receiver in the asset of the transfer.
    pub received: [Vec<Exposure>; 2],
    /// The facts that differ from blank ones.
    pub facts: Vec<(&'static str, String)>,
}

/// How many decisions of each kind were made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Tally {
    /// Allowed.
    pub allow: u64,
    /// To be confirmed by the person concerned.
    pub challenge: u64,
    /// Held for a person of the team.
    pub hold: u64,
    /// Denied.
    pub deny: u64,
}

impl Tally {
    /// Counts one.
    pub fn count(&mut self, level: Level) {
        match level {
            Level::Allow => self.allow += 1,
            Level::Challenge => self.challenge += 1,
            Level::Hold => self.hold += 1,
            Level::Deny => self.deny += 1,
        }
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.allow + self.challenge + self.hold + self.deny
    }
}

/// What judges: rules and model, shared by all threads.
struct Judge {
    pack: Pack,
    model: Option<AccountModel>,
    ids: FactIds,
    blank: Facts,
    keeps_details: bool,
}

/// What the judge found, before it is on the record.
struct Judged {
    fired: Fired,
    verdict: Option<Verdict>,
    raw: [Option<f64>; 2],
    entry: Vec<u8>,
    detail: Option<Box<Detail>>,
    facts: Option<Facts>,
}

/// What was observed of a transfer.
type Seen<'a> = (&'a Transfer, Observation);

/// Transfers after which the recorder goes to work while the next ones are judged.
const PIECE_LEN: usize = 1_024;

/// One in so many decisions by which no rule held keeps what rules saw.
const FACTS_SHARE: u8 = 16;
/// Inputs of the model that a decision's detail shows.
const CONTRIBUTIONS_SHOWN: usize = 12;

impl Judge {
    fn judge(
        &self,
        transfer: &Transfer,
        observation: &Observation,
        net: &SkyNet,
        basis: u64,
    ) -> Judged {
        let raw = [0, 1].map(|party| {
            let row = observation.rows[party].as_ref()?;
            self.model.as_ref().map(|model| model.raw(row))
        });
        let mut facts = self.blank.clone();
        self.ids.fill(&mut facts, transfer, observation, self.model.as_ref(), raw);
        let fired = self.pack.evaluate(&facts);
        let verdict = (fired.level() > Level::Allow).then(|| {
            let verdict = self.pack.verdict(&facts, &fired);
            explain::add_evidence(verdict, transfer, observation, net, self.model.as_ref(), raw)
        });
        let is_asked = self.keeps_details && verdict.is_some();
        let detail = is_asked.then(|| Box::new(self.detail(&facts, observation)));
        let entry = record::decision(basis, transfer, observation, &self.pack, &fired, raw);
        // Backtests want all that was held back, and of the rest enough to see what new rules do.
        let is_kept = self.keeps_details
            && (!fired.is_empty() || transfer.tx.0[31].is_multiple_of(FACTS_SHARE));
        Judged { fired, verdict, raw, entry, detail, facts: is_kept.then_some(facts) }
    }

    fn detail(&self, facts: &Facts, observation: &Observation) -> Detail {
        let contributions = |party: usize| match (&self.model, &observation.rows[party]) {
            (Some(model), Some(row)) => model.reasons(row, CONTRIBUTIONS_SHOWN),
            _ => Vec::new(),
        };
        let received = |party: &Option<onchain::skynet::Party>| {
            party.as_ref().map_or_else(Vec::new, |party| party.received.clone())
        };
        let nearly = self.pack.nearly(facts);
        Detail {
            nearly: nearly.map(|(place, missing)| (place, missing.to_owned())).collect(),
            contributions: [contributions(0), contributions(1)],
            received: [received(&observation.from), received(&observation.to)],
            facts: self.pack.show_facts(facts),
        }
    }
}

/// Everything that decides.
pub struct Engine {
    net: SkyNet,
    judge: Judge,
    basis: Basis,
    basis_index: Option<u64>,
    threads: usize,
}

impl Engine {
    /// An engine that has seen nothing. `threads` judge side by side; their number changes no
    /// decision. `seed` keys the hash table of addresses and changes none either.
    pub fn new(
        seed: u64,
        table: StateTable,
        directory: Directory,
        pack: Pack,
        model: Option<AccountModel>,
        threads: usize,
    ) -> Self {
        Self::resume(SkyNet::new(seed, table, directory), pack, model, threads, None)
    }

    /// An engine that goes on with what `net` remembers. `known_basis` is the last basis on the
    /// record with its index; if that is no longer the one in force, the next decision begins
    /// with a new one.
    pub fn resume(
        net: SkyNet,
        pack: Pack,
        model: Option<AccountModel>,
        threads: usize,
        known_basis: Option<(u64, &[u8])>,
    ) -> Self {
        let (schema, ids) = facts::schema();
        let basis = Basis::new(net.directory(), &pack, model.as_ref());
        let judge = Judge { pack, model, ids, blank: schema.facts(), keeps_details: false };
        let is_same = |(index, entry): (u64, &[u8])| (entry == basis.encode()).then_some(index);
        let basis_index = known_basis.and_then(is_same);
        Self { net, judge, basis, basis_index, threads: threads.max(1) }
    }

    /// Index of the basis of the next decision; `None` when it is not yet on the record.
    pub fn basis_index(&self) -> Option<u64> {
        self.basis_index
    }

    /// What is remembered of the chain.
    pub fn net(&mut self) -> &mut SkyNet {
        &mut self.net
    }

    /// The rules in force.
    pub fn pack(&self) -> &Pack {
        &self.judge.pack
    }

    /// The model in force.
    pub fn model(&self) -> Option<&AccountModel> {
        self.judge.model.as_ref()
    }

    /// The journal entry that says what this engine's decisions rest on.
    pub fn basis_entry(&self) -> Vec<u8> {
        self.basis.encode()
    }

    /// Gives from now on with decisions above allow what they rest on, for people who look into
    /// them; and what rules saw, for backtests of other rules: with every decision by which a rule
    /// held, and with a share of the others.
    pub fn keep_details(&mut self) {
        self.judge.keeps_details = true;
    }

    /// Puts other lists in force; the next decision begins with a new basis.
    pub fn set_directory(&mut self, directory: Directory) {
        self.net.set_directory(directory);
        self.renew_basis();
    }

    /// Puts other rules in force; the next decision begins with a new basis.
    pub fn set_pack(&mut self, pack: Pack) {
        self.judge.pack = pack;
        self.renew_basis();
    }

    fn renew_basis(&mut self) {
        let judge = &self.judge;
        self.basis = Basis::new(self.net.directory(), &judge.pack, judge.model.as_ref());
        self.basis_index = None;
    }

    /// Takes in transactions whose decisions are on the record already, without judging them
    /// again. Gives the parties of each transfer, in order.
    ///
    /// # Errors
    /// [`EngineError`] when a state cannot be kept; the engine must then be thrown away.
    pub fn learn(
        &mut self,
        batch: &[Transaction],
    ) -> Result<Vec<[Option<AddressId>; 2]>, EngineError> {
        let mut parties = Vec::new();
        for transaction in batch {
            let seen = self.net.observe(transaction)?;
            parties.extend(seen.iter().map(|seen| {
                [&seen.from, &seen.to].map(|party| party.as_ref().map(|party| party.id))
            }));
        }
        Ok(parties)
    }

    /// Says that decisions rest on the basis at `index` of the record, whatever is in force: for
    /// decisions that are judged again to complete a record.
    pub fn rest_on(&mut self, index: u64) {
        self.basis_index = Some(index);
    }

    /// Forgets everything that is remembered of the chain, so that another engine can take over
    /// what it keeps on the disk. It must not be asked any more.
    pub fn retire(&mut self) {
        self.net = SkyNet::new(0, StateTable::unbounded(), Directory::empty());
    }

    /// Notes again which basis the next decisions rest on: the one in force, if it is `entry` at
    /// `index`; otherwise none, and it must be recorded.
    pub fn rest_on_current(&mut self, known: Option<(u64, &[u8])>) {
        let current = self.basis.encode();
        self.basis_index = known.and_then(|(index, entry)| (entry == current).then_some(index));
    }

    /// Says which basis on the record the next decisions rest on, if it is the one in force.
    pub fn known_basis(&mut self, index: u64, entry: &[u8]) {
        if entry == self.basis.encode() {
            self.basis_index = Some(index);
        }
    }

    /// Decides a batch of transactions: one decision for each transfer, in order. While a piece of
    /// a large batch is recorded, the next is judged.
    ///
    /// # Errors
    /// [`EngineError`]; then no decision of the batch may be acted upon, and the engine must be
    /// thrown away and rebuilt by replay, because its state and the journal have parted.
    pub fn decide(
        &mut self,
        batch: &[Transaction],
        recorder: &mut (dyn Recorder + Send),
    ) -> Result<Vec<Decision>, EngineError> {
        let basis = self.recorded_basis(recorder)?;
        let mut rest = batch;
        let mut piece = self.observe_piece(&mut rest)?; // enrich, detect
        if rest.is_empty() {
            return self.settle(&piece, basis, recorder, |entry| entry); // judge, record, act
        }
        let (to_record, pieces) = mpsc::sync_channel::<Vec<Vec<u8>>>(1);
        std::thread::scope(|scope| {
            let recording = scope.spawn(move || {
                pieces
                    .iter()
                    .map(|entries| recorder.append(&entries))
                    .collect::<Result<Vec<_>, _>>()
            });
            let mut decided = Vec::new();
            let judged = loop {
                let (entries, decisions) = self.judge_piece(&piece, basis);
                decided.push(decisions);
                // Nobody takes it when recording has failed; the thread says why.
                if to_record.send(entries).is_err() || rest.is_empty() {
                    break Ok(());
                }
                match self.observe_piece(&mut rest) {
                    Ok(next) => piece = next,
                    Err(error) => break Err(error),
                }
            };
            drop(to_record);
            let firsts = recording.join().expect("recording does not panic")?;
            judged?;
            let placed = decided.into_iter().zip(firsts);
            Ok(placed.flat_map(|(decisions, first)| place(decisions, first)).collect())
        })
    }

    /// Takes the next piece off a batch: whole transactions.
    fn observe_piece<'a>(
        &mut self,
        rest: &mut &'a [Transaction],
    ) -> Result<Vec<Seen<'a>>, EngineError> {
        let mut piece = Vec::new();
        while let Some((transaction, others)) = rest.split_first()
            && piece.len() < PIECE_LEN
        {
            let observations = self.net.observe(transaction)?;
            piece.extend(transaction.transfers.iter().zip(observations));
            *rest = others;
        }
        Ok(piece)
    }

    /// Index of the basis entry of what is in force, which is appended first if need be.
    fn recorded_basis(&mut self, recorder: &mut dyn Recorder) -> Result<u64, RecordError> {
        Ok(match self.basis_index {
            Some(index) => index,
            None => *self.basis_index.insert(recorder.append(&[self.basis.encode()])?),
        })
    }

    /// Judges what was observed, records it, and only then returns it.
    fn settle(
        &self,
        work: &[Seen<'_>],
        basis: u64,
        recorder: &mut dyn Recorder,
        shape: fn(Vec<u8>) -> Vec<u8>,
    ) -> Result<Vec<Decision>, EngineError> {
        let (entries, decisions) = self.judge_piece(work, basis);
        if entries.is_empty() {
            return Ok(decisions);
        }
        let entries: Vec<Vec<u8>> = entries.into_iter().map(shape).collect();
        let first = recorder.append(&entries)?;
        Ok(place(decisions, first).collect())
    }

    /// The entries of what was observed, and decisions whose indices are yet to be known.
    fn judge_piece(&self, work: &[Seen<'_>], basis: u64) -> (Vec<Vec<u8>>, Vec<Decision>) {
        let judged = self.judge_all(work, basis);
        let mut entries = Vec::with_capacity(judged.len());
        let mut decisions = Vec::with_capacity(judged.len());
        for (Judged { fired, verdict, raw, entry, detail, facts }, (_, seen)) in
            judged.into_iter().zip(work)
        {
            entries.push(entry);
            let parties = [&seen.from, &seen.to].map(|party| party.as_ref().map(|p| p.id));
            let probability = |raw: f64| self.judge.model.as_ref().map(|m| m.probability(raw));
            let scores = raw.map(|raw| raw.and_then(probability));
            let level = fired.level();
            let patterns = seen.patterns;
            let lead = (level > Level::Allow).then(|| self.lead(&fired)).flatten();
            decisions.push(Decision {
                level,
                verdict,
                fired,
                lead,
                patterns,
                scores,
                index: 0,
                parties,
                detail,
                facts,
            });
        }
        (entries, decisions)
    }

    fn lead(&self, fired: &Fired) -> Option<String> {
        let rules = self.judge.pack.rules();
        let asking = fired.places().map(|place| &rules[place]);
        asking
            .filter(|rule| rule.mode == policy::Mode::Live)
            .find(|rule| rule.then == fired.level())
            .map(|rule| rule.id.clone())
    }

    fn judge_all(&self, work: &[Seen<'_>], basis: u64) -> Vec<Judged> {
        let (net, judge) = (&self.net, &self.judge);
        let judge_part = |part: &[Seen<'_>]| -> Vec<Judged> {
            part.iter().map(|(transfer, seen)| judge.judge(transfer, seen, net, basis)).collect()
        };
        // Below this a thread costs more than it saves.
        if self.threads == 1 || work.len() < 64 {
            return judge_part(work);
        }
        let part_len = work.len().div_ceil(self.threads);
        std::thread::scope(|scope| {
            let mut parts = work.chunks(part_len);
            let own = parts.next().unwrap_or(&[]);
            let others: Vec<_> = parts.map(|part| scope.spawn(move || judge_part(part))).collect();
            let mut judged = judge_part(own);
            for other in others {
                judged.extend(other.join().expect("judging does not panic"));
            }
            judged
        })
    }

    /// What an address would meet, without learning from it or recording it.
    ///
    /// # Errors
    /// [`EngineError`] when its state cannot be read.
    pub fn explain_address(
        &mut self,
        network: model::Network,
        address: &model::Address,
    ) -> Result<Screened, EngineError> {
        explain::of_address(
            &mut self.net,
            &self.judge.pack,
            self.judge.model.as_ref(),
            &self.judge.ids,
            &self.judge.blank,
            network,
            address,
        )
        .map_err(EngineError::State)
    }

    /// Judges transfers that have not happened, before a withdrawal for example. Nothing is learned
    /// from them; the answers are on the record like decisions.
    ///
    /// # Errors
    /// [`EngineError`]; then nothing may be taken as allowed.
    pub fn screen(
        &mut self,
        transfers: &[Transfer],
        recorder: &mut dyn Recorder,
    ) -> Result<Vec<Decision>, EngineError> {
        let basis = self.recorded_basis(recorder)?;
        let mut work = Vec::with_capacity(transfers.len());
        for transfer in transfers {
            work.push((transfer, self.net.foresee(transfer)?));
        }
        self.settle(&work, basis, recorder, record::as_screening)
    }
}

/// Decisions with their journal entries, which follow one another from `first` on.
fn place(decisions: Vec<Decision>, first: u64) -> impl Iterator<Item = Decision> {
    (first..).zip(decisions).map(|(index, decision)| Decision { index, ..decision })
}

#[cfg(test)]
mod tests;
