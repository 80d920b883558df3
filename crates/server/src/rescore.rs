//! Scoring the past again with today's lists and rules, in the background.
//!
//! A second engine goes through the event log from its beginning, off the record and on one thread,
//! and its levels are compared with those on the record. What is stricter now becomes an alert that
//! says since when it could have been known; every difference becomes a journal entry. The live
//! engine goes on meanwhile and is not changed.

use engine::{Engine, EngineError, RecordError, Recorder};
use intel::Directory;
use model::{Level, Transfer};
use onchain::account_model::AccountModel;
use onchain::table::StateTable;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::sql::AlertUpdate;
use store::{Event, SnapshotDir};

use crate::view::{self, ReasonView, Severity};
use crate::{Rescoring, Service};

/// Alerts and entries that are kept together.
const TOGETHER: usize = 500;
/// Entries that are read under one hold of the lock.
const SLICE: u64 = 256;

/// Why a re-scoring ended early.
#[derive(Debug, thiserror::Error)]
enum RescoreError {
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Sql(#[from] store::sql::SqlError),
    #[error("{0}")]
    Other(String),
    #[error("the server is stopping")]
    Stopping,
}

/// Keeps nothing.
struct OffTheRecord(u64);

impl Recorder for OffTheRecord {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<u64, RecordError> {
        self.0 += entries.len() as u64;
        Ok(self.0 - entries.len() as u64)
    }
}

/// Starts a re-scoring that [`Service::begin_rescoring`] has admitted.
pub fn start(service: Service) {
    let runtime = tokio::runtime::Handle::current();
    let work = move || {
        let outcome = run(&service, &runtime);
        update(&service, |state| {
            state.finished_at = Some(view::show_time(crate::now_s()));
            match &outcome {
                Ok(()) => {
                    state.done = state.total;
                    "done".clone_into(&mut state.state);
                }
                Err(error) => {
                    "failed".clone_into(&mut state.state);
                    state.detail = Some(error.to_string());
                }
            }
        });
        if let Err(error) = outcome {
            tracing::warn!(%error, "the past was not scored again to its end");
        }
    };
    let thread = std::thread::Builder::new().name("rescore".to_owned());
    if let Err(error) = thread.spawn(work) {
        tracing::error!(%error, "no thread to score the past again");
    }
}

fn update(service: &Service, change: impl FnOnce(&mut Rescoring)) {
    change(&mut service.rescoring.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
}

fn engine(service: &Service, runtime: &tokio::runtime::Handle) -> Result<Engine, RescoreError> {
    let directory = Directory::new(SnapshotDir::open(&service.lists_root)?.all_current()?);
    let live = runtime.block_on(service.sql.live_rules())?;
    let text = live.ok_or_else(|| RescoreError::Other("no rules are in force".to_owned()))?.text;
    let other = |error: String| RescoreError::Other(error);
    let pack = crate::maker::compile(&text).map_err(|e| other(e.to_string()))?;
    let model = AccountModel::parse(&service.model).map_err(|e| other(e.to_string()))?;
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|e| other(e.to_string()))?;
    let seed = u64::from_le_bytes(seed);
    Ok(Engine::new(seed, StateTable::unbounded(), directory, pack, Some(model), 1))
}

fn run(service: &Service, runtime: &tokio::runtime::Handle) -> Result<(), RescoreError> {
    let mut engine = engine(service, runtime)?;
    let mut recorder = OffTheRecord(0);
    let (total, frames) = {
        let mut core = service.desk.lock();
        (core.data.journal().head().0, core.data.events().frames(0)?)
    };
    update(service, |state| state.total = total);
    let mut undone: HashSet<u64> = HashSet::new();
    let passed = service.desk.lock().data.events().frames(0)?;
    for frame in passed {
        if let Event::Retract(sequences, _) = frame?.event {
            undone.extend(sequences);
        }
    }
    let known = levels_known(service, total)?;
    let basis = service.desk.lock().data.append(&[engine.basis_entry()])?;
    let mut alerts: BTreeMap<(String, String, String), AlertUpdate> = BTreeMap::new();
    let mut entries: Vec<Vec<u8>> = Vec::new();
    let (mut stricter, mut milder) = (0, 0);
    for frame in frames {
        let frame = frame?;
        if *service.stop.borrow() {
            return Err(RescoreError::Stopping);
        }
        let Event::Batch(batch) = &frame.event else { continue };
        if frame.journal_first >= total {
            break;
        }
        if undone.contains(&frame.sequence) {
            continue;
        }
        let decisions = engine.decide(&batch.transactions, &mut recorder)?;
        let transfers: Vec<&Transfer> =
            batch.transactions.iter().flat_map(|tx| &tx.transfers).collect();
        let levels: Vec<Option<Level>> = {
            let mut core = service.desk.lock();
            let journal = core.data.journal();
            (frame.journal_first..)
                .take(transfers.len())
                .map(|index| Ok(engine::record::level_of(&journal.entry(index)?)))
                .collect::<Result<_, store::StoreError>>()?
        };
        for (place, (transfer, decision)) in transfers.into_iter().zip(&decisions).enumerate() {
            let index = frame.journal_first + place as u64;
            // What an earlier re-scoring found is not told again.
            let Some(old) = known.get(&index).copied().or(levels[place]) else { continue };
            if decision.level == old {
                continue;
            }
            let since = known_since(&mut engine, transfer);
            let reasons = decision.verdict.iter().flat_map(|verdict| verdict.reasons());
            let reasons: Vec<ReasonView> = reasons.map(ReasonView::from).collect();
            let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
            let entry = engine::record::rescore(basis, index, decision.level, &since, &codes);
            entries.push(entry);
            if decision.level < old {
                milder += 1;
                continue;
            }
            stricter += 1;
            let Some(code) = decision.lead.clone().filter(|_| decision.level >= Level::Hold) else {
                continue;
            };
            let sentence = reasons.iter().find(|reason| reason.code == code);
            let sentence = sentence.map_or(String::new(), |reason| reason.sentence.clone());
            let party = if code.contains(".receiver") {
                transfer.to.or(transfer.from)
            } else {
                transfer.from.or(transfer.to)
            };
            let party = party.map(|address| view::party(&mut engine, transfer.network, &address));
            let address = party.as_ref().map_or("unknown".to_owned(), |p| p.address.clone());
            let time_s = transfer.time_s.cast_signed();
            let network = transfer.network.to_string();
            let key = (code.clone(), network.clone(), address.clone());
            let alert = alerts.entry(key).or_insert(AlertUpdate {
                code,
                network,
                address,
                categories: party.map_or_else(String::new, |party| party.categories.join(" ")),
                level: decision.level as u8,
                severity: Severity::of(decision.level, true) as u8,
                sentence,
                transfers: 0,
                first_seen: time_s,
                last_seen: time_s,
                decision_index: index,
                known_since: Some(since),
                reasons: serde_json::to_string(&reasons).unwrap_or_else(|_| "[]".to_owned()),
            });
            alert.transfers += 1;
            alert.last_seen = alert.last_seen.max(time_s);
        }
        update(service, |state| {
            (state.done, state.stricter, state.milder) = (frame.journal_first, stricter, milder);
        });
        if entries.len() >= TOGETHER {
            keep(service, runtime, &mut entries, &mut alerts)?;
        }
    }
    keep(service, runtime, &mut entries, &mut alerts)
}

/// Records what was found and opens its alerts.
fn keep(
    service: &Service,
    runtime: &tokio::runtime::Handle,
    entries: &mut Vec<Vec<u8>>,
    alerts: &mut BTreeMap<(String, String, String), AlertUpdate>,
) -> Result<(), RescoreError> {
    // Alerts first: what the journal says was found, people were told.
    let raised: Vec<AlertUpdate> = std::mem::take(alerts).into_values().collect();
    let now_s = crate::now_s().cast_signed();
    for id in runtime.block_on(service.sql.raise_alerts(&raised, now_s))? {
        service.actor.tell_alert(id);
    }
    if !entries.is_empty() {
        service.desk.lock().data.append(entries)?;
    }
    entries.clear();
    Ok(())
}

/// The levels that earlier re-scorings gave, by journal entry of the decision.
fn levels_known(service: &Service, size: u64) -> Result<HashMap<u64, Level>, RescoreError> {
    let mut known = HashMap::new();
    for first in (0..size).step_by(SLICE as usize) {
        let mut core = service.desk.lock();
        for index in first..size.min(first + SLICE) {
            if let Some((of, level)) =
                engine::record::rescored_by(&core.data.journal().entry(index)?)
            {
                known.insert(of, level);
            }
        }
    }
    Ok(known)
}

/// The latest date of a list that names a party of the transfer, or the latest of all lists.
fn known_since(engine: &mut Engine, transfer: &Transfer) -> String {
    let directory = engine.net().directory();
    let family = transfer.network.family();
    let parties = [transfer.from, transfer.to].into_iter().flatten();
    let mut named = Vec::new();
    for address in parties {
        named.extend(directory.claims(family, &address).map(|claim| claim.snapshot.dated.clone()));
    }
    let latest = || directory.snapshots().iter().map(|meta| meta.dated.clone()).max();
    named.into_iter().max().or_else(latest).unwrap_or_default()
}
