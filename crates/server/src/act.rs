//! What follows a decision: details and alerts are kept, and whoever watches is told. The desk goes
//! on meanwhile; if the database does not answer, what waits is bounded, and then the desk waits.

use engine::{Decision, Engine};
use model::{Level, Transfer};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use store::sql::{AlertUpdate, DecisionRow, Sql};
use tokio::sync::{broadcast, mpsc};

use crate::meter::Meter;
use crate::view::{self, ContributionsView, ExposuresView, ReasonView, Severity, StoredDetail};

/// Batches that may wait for the database.
const WAITING_MAX: usize = 64;
/// News that a slow watcher may lag behind before it misses some.
const NEWS_MAX: usize = 4_096;
/// Allows that are shown live in a second; all others are counted.
const ALLOWS_SHOWN_PER_S: u64 = 20;
/// How long the database may not know how far people were told when there was nothing to tell: so
/// much is judged again after a crash.
const PROGRESS_PAUSE: Duration = Duration::from_millis(500);
/// How long the database is given before it is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Something that watchers are told.
#[derive(Clone, Debug)]
pub enum News {
    /// A decision.
    Decision(Arc<view::DecisionView>),
    /// An alert was opened or changed.
    Alert(i64),
}

/// A batch of decisions to act upon.
pub struct Acted {
    rows: Vec<DecisionRow>,
    alerts: Vec<AlertUpdate>,
    shown: Vec<view::DecisionView>,
    allowed: Vec<view::DecisionView>,
    allowed_count: u64,
    until: u64,
}

fn alert_of(
    engine: &mut Engine,
    transfer: &Transfer,
    decision: &Decision,
    detail: &StoredDetail,
) -> Option<AlertUpdate> {
    let code = decision.lead.clone().filter(|_| decision.level >= engine::alerts::ALERT_FROM)?;
    // Rules about the receiver say so in their code; all others are about the payer.
    let party = if code.contains(".receiver") {
        transfer.to.or(transfer.from)
    } else {
        transfer.from.or(transfer.to)
    };
    let party = party.map(|address| view::party(engine, transfer.network, &address));
    let time_s = transfer.time_s.cast_signed();
    Some(AlertUpdate {
        code,
        network: transfer.network.to_string(),
        categories: party.as_ref().map_or_else(String::new, |party| party.categories.join(" ")),
        address: party.map_or_else(|| "unknown".to_owned(), |party| party.address),
        level: decision.level as u8,
        severity: Severity::of(decision.level, true) as u8,
        sentence: detail.decision.sentence.clone().unwrap_or_default(),
        transfers: 1,
        first_seen: time_s,
        last_seen: time_s,
        decision_index: decision.index,
        known_since: None,
        reasons: serde_json::to_string(&detail.reasons).unwrap_or_else(|_| "[]".to_owned()),
    })
}

/// What is kept of a decision above allow.
fn detail_of(engine: &mut Engine, transfer: &Transfer, decision: &Decision) -> StoredDetail {
    let reasons = decision.verdict.iter().flat_map(|verdict| verdict.reasons());
    let (mut contributions, mut exposures) =
        (ContributionsView::default(), ExposuresView::default());
    if let Some(detail) = &decision.detail {
        let list = |side: usize| detail.contributions[side].iter().map(Into::into).collect();
        contributions = ContributionsView { from: list(0), to: list(1) };
        let list = |side: usize| detail.received[side].iter().map(Into::into).collect();
        exposures = ExposuresView { from: list(0), to: list(1) };
    }
    StoredDetail {
        reasons: reasons.map(ReasonView::from).collect(),
        rules: view::rules(engine, decision),
        contributions,
        exposures,
        decision: view::decision(engine, transfer, decision),
    }
}

impl Acted {
    /// Nothing to tell up to a journal size.
    fn nothing(until: u64) -> Self {
        let (rows, alerts, shown, allowed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { rows, alerts, shown, allowed, allowed_count: 0, until }
    }

    /// Takes in what came after.
    fn merge(&mut self, later: Acted) {
        self.rows.extend(later.rows);
        self.alerts.extend(later.alerts);
        self.shown.extend(later.shown);
        self.allowed.extend(later.allowed);
        self.allowed_count += later.allowed_count;
        self.until = later.until;
    }

    /// What follows of these decisions. `until` is the size of the journal after them.
    pub fn of<'a>(
        engine: &mut Engine,
        decisions: impl Iterator<Item = (&'a Transfer, &'a Decision)>,
        until: u64,
    ) -> Self {
        let (mut rows, mut shown, mut allowed) = (Vec::new(), Vec::new(), Vec::new());
        let mut alerts: BTreeMap<(String, String, String), AlertUpdate> = BTreeMap::new();
        let mut allowed_count = 0;
        for (transfer, decision) in decisions {
            if decision.level == Level::Allow {
                allowed_count += 1;
                if allowed.len() < ALLOWS_SHOWN_PER_S as usize {
                    allowed.push(view::decision(engine, transfer, decision));
                }
                continue;
            }
            let detail = detail_of(engine, transfer, decision);
            if let Some(update) = alert_of(engine, transfer, decision, &detail) {
                let (code, network) = (update.code.clone(), update.network.clone());
                match alerts.entry((code, network, update.address.clone())) {
                    std::collections::btree_map::Entry::Vacant(entry) => {
                        entry.insert(update);
                    }
                    std::collections::btree_map::Entry::Occupied(mut entry) => {
                        let known = entry.get_mut();
                        let (transfers, first) = (known.transfers, known.first_seen);
                        let last = known.last_seen.max(update.last_seen);
                        if update.level > known.level {
                            *known = update;
                        }
                        (known.transfers, known.first_seen, known.last_seen) =
                            (transfers + 1, first, last);
                    }
                }
            }
            rows.push(DecisionRow {
                journal_index: decision.index,
                level: decision.level as u8,
                network: transfer.network.to_string(),
                tx: detail.decision.tx.clone(),
                lead: decision.lead.clone().unwrap_or_default(),
                detail: serde_json::to_string(&detail).unwrap_or_default(),
            });
            shown.push(detail.decision);
        }
        let alerts = alerts.into_values().collect();
        Self { rows, alerts, shown, allowed, allowed_count, until }
    }
}

/// Tells watchers. Nobody watching is no error.
fn show(
    news: &broadcast::Sender<News>,
    meter: &Meter,
    shown: &AllowsShown,
    acted: Acted,
    ids: Vec<i64>,
) {
    for decision in acted.shown {
        let _ = news.send(News::Decision(Arc::new(decision)));
    }
    let room = shown.take(crate::now_s(), acted.allowed.len() as u64) as usize;
    meter.sampled_out(acted.allowed_count.saturating_sub(room as u64));
    for decision in acted.allowed.into_iter().take(room) {
        let _ = news.send(News::Decision(Arc::new(decision)));
    }
    for id in ids {
        let _ = news.send(News::Alert(id));
    }
}

struct Progress {
    waiting: usize,
    /// Journal size up to which the database knows that people were told.
    until: u64,
    /// Journal size up to which everything that people are told is kept.
    shown: u64,
    /// Somebody waits for `until` to catch up with `shown`.
    is_asked: bool,
}

/// The way to whoever acts.
#[derive(Clone)]
pub struct Actor {
    queue: mpsc::Sender<Acted>,
    progress: Arc<(Mutex<Progress>, Condvar)>,
    news: broadcast::Sender<News>,
    is_abandoned: Arc<AtomicBool>,
    asked: Arc<tokio::sync::Notify>,
}

impl Actor {
    /// Starts acting on the runtime.
    pub fn start(sql: Sql, meter: Arc<Meter>, acted_until: u64) -> Self {
        let (queue, mut waiting) = mpsc::channel::<Acted>(WAITING_MAX);
        let (news, _) = broadcast::channel(NEWS_MAX);
        let progress = Arc::new((
            Mutex::new(Progress {
                waiting: 0,
                until: acted_until,
                shown: acted_until,
                is_asked: false,
            }),
            Condvar::new(),
        ));
        let is_abandoned = Arc::default();
        let asked = Arc::new(tokio::sync::Notify::new());
        let is_asked_for = Arc::clone(&asked);
        let actor = Self {
            queue,
            progress: Arc::clone(&progress),
            news: news.clone(),
            is_abandoned,
            asked,
        };
        tokio::spawn(async move {
            let shown = AllowsShown::default();
            let mut noted = crate::desk::now();
            loop {
                // Without news it is a good moment to note how far we are.
                let (mut acted, mut batches) = tokio::select! {
                    received = waiting.recv() => match received {
                        Some(acted) => (acted, 1),
                        None => break,
                    },
                    () = tokio::time::sleep(PROGRESS_PAUSE) => {
                        (Acted::nothing(lock(&progress.0).shown), 0)
                    }
                    () = is_asked_for.notified() => (Acted::nothing(lock(&progress.0).shown), 0),
                };
                while let Ok(more) = waiting.try_recv() {
                    batches += 1;
                    acted.merge(more);
                }
                {
                    let mut progress_now = lock(&progress.0);
                    let is_nothing = acted.rows.is_empty() && acted.alerts.is_empty();
                    let may_wait = is_nothing
                        && batches > 0
                        && !progress_now.is_asked
                        && noted.elapsed() < PROGRESS_PAUSE;
                    if may_wait || progress_now.until >= acted.until {
                        progress_now.waiting -= batches;
                        progress_now.shown = progress_now.shown.max(acted.until);
                        progress_now.is_asked &= progress_now.until < progress_now.shown;
                        drop(progress_now);
                        progress.1.notify_all();
                        show(&news, &meter, &shown, acted, Vec::new());
                        continue;
                    }
                }
                noted = crate::desk::now();
                let ids = loop {
                    let now_s = crate::now_s().cast_signed();
                    let kept = sql.act(&acted.rows, &acted.alerts, acted.until, now_s).await;
                    match kept {
                        Ok(ids) => break ids,
                        Err(error) => {
                            tracing::error!(%error, "details and alerts wait for the database");
                            meter.set_waiting(true);
                            tokio::time::sleep(RETRY_PAUSE).await;
                        }
                    }
                };
                meter.set_waiting(false);
                {
                    let mut progress = lock(&progress.0);
                    progress.waiting -= batches;
                    progress.until = acted.until;
                    progress.shown = progress.shown.max(acted.until);
                    progress.is_asked = false;
                }
                progress.1.notify_all();
                show(&news, &meter, &shown, acted, ids);
            }
        });
        actor
    }

    /// Hands over a batch; waits when too many wait already.
    pub fn act(&self, acted: Acted) {
        lock(&self.progress.0).waiting += 1;
        let mut acted = acted;
        loop {
            match self.queue.try_send(acted) {
                Ok(()) => return,
                Err(mpsc::error::TrySendError::Full(back)) => acted = back,
                Err(mpsc::error::TrySendError::Closed(_)) => break,
            }
            // A stopping server does not wait for a database that is gone: the next start tells it.
            if self.is_abandoned.load(Ordering::Relaxed) {
                break;
            }
            let guard = lock(&self.progress.0);
            let _ = self.progress.1.wait_timeout(guard, Duration::from_millis(50));
        }
        lock(&self.progress.0).waiting -= 1;
    }

    /// Stops waiting for the database.
    pub fn abandon(&self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }

    /// Waits until nothing waits and says up to which journal size people were told; `None` when
    /// that takes longer than `patience`.
    pub fn settle(&self, patience: Duration) -> Option<u64> {
        let (progress, changed) = (&self.progress.0, &self.progress.1);
        let mut guard = lock(progress);
        guard.is_asked = guard.waiting > 0 || guard.until < guard.shown;
        if guard.is_asked {
            self.asked.notify_one();
        }
        let is_behind =
            |progress: &mut Progress| progress.waiting > 0 || progress.until < progress.shown;
        let (guard, _) = changed
            .wait_timeout_while(guard, patience, is_behind)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        (guard.waiting == 0 && guard.until >= guard.shown).then_some(guard.until)
    }

    /// Waits until people were told up to `until`, at most `patience`: whoever sent an event finds
    /// what came of it.
    pub fn wait_until(&self, until: u64, patience: Duration) {
        let guard = lock(&self.progress.0);
        let is_behind = |progress: &mut Progress| progress.waiting > 0 && progress.shown < until;
        let _ = self.progress.1.wait_timeout_while(guard, patience, is_behind);
    }

    /// News from now on.
    pub fn watch(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// Tells watchers of an alert that a person changed.
    pub fn tell_alert(&self, id: i64) {
        let _ = self.news.send(News::Alert(id));
    }
}

fn lock(progress: &Mutex<Progress>) -> std::sync::MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Counts the allows that were shown in the current second.
#[derive(Default)]
struct AllowsShown {
    second: AtomicU64,
    count: AtomicU64,
}

impl AllowsShown {
    /// How many of `wanted` may be shown.
    fn take(&self, now_s: u64, wanted: u64) -> u64 {
        if self.second.swap(now_s, Ordering::Relaxed) != now_s {
            self.count.store(0, Ordering::Relaxed);
        }
        let room = ALLOWS_SHOWN_PER_S.saturating_sub(self.count.load(Ordering::Relaxed));
        let taken = room.min(wanted);
        self.count.fetch_add(taken, Ordering::Relaxed);
        taken
    }
}
