//! What goes on by itself: events go into the journal, withdrawals whose time is over go on, and the time is
//! kept over restarts. What is sent is beside it, in [`super::sending`].

use account::time::{At, Clock, Span};
use engine::record::AccountEntry;
use sha2::{Digest, Sha256};
use std::time::Duration;
use store::sql::{AccountEventRow, Sql};
use tokio::sync::watch;

use super::Accounts;
use super::session::{ABSOLUTE_S, IDLE_S};
use crate::Service;
use crate::problem::Problem;

/// Events that go into the journal together.
const EVENTS_AT_ONCE: u32 = 512;
/// Withdrawals that go on together.
const WAKES_AT_ONCE: u32 = 64;
/// How often is looked, when nobody wakes.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);
/// How long what was sent is remembered, in seconds.
const SENT_S: i64 = 7 * 86_400;
/// Name under which the time is kept.
const CLOCK: &str = "clock";

/// What a clock that nobody can set has counted since the machine started, sleep included.
pub(crate) fn counted() -> Span {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Span(u64::try_from(time.tv_sec).unwrap_or(0))
}

/// Which start of the machine it is; its counting clock begins anew with each.
fn boot() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// The clock as it was kept. Within one start of the machine the counting clock says how much time has
/// passed, whatever the system's clock says now; after another start there is nothing but the system's
/// clock, which counts only forward.
pub(crate) async fn clock(sql: &Sql) -> Result<Clock, store::sql::SqlError> {
    let system = At(crate::now_s());
    let kept = sql.binding(CLOCK).await?;
    let kept = kept.as_deref().and_then(parse_clock);
    Ok(match kept {
        Some((told, at, known_boot)) if known_boot == boot() => Clock::new(told, at),
        Some((told, ..)) => Clock::new(told.max(system), counted()),
        None => Clock::new(system, counted()),
    })
}

fn parse_clock(text: &str) -> Option<(At, Span, String)> {
    let mut words = text.split(' ');
    let (told, counted) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    Some((At(told), Span(counted), words.next()?.to_owned()))
}

impl Accounts {
    async fn keep_clock(&self, sql: &Sql) -> Result<(), store::sql::SqlError> {
        let now = self.now();
        sql.set_binding(CLOCK, &format!("{} {} {}", now.0, counted().0, boot())).await
    }
}

/// Begins all of it.
pub(crate) fn start(service: &Service) {
    tokio::spawn(journal(service.clone()));
    super::sending::start(service);
    tokio::spawn(go_on(service.clone()));
}

pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|is_stopping| *is_stopping).await);
}

/// Waits to be woken, or a while. False when the server stops.
pub(crate) async fn wait(notify: &tokio::sync::Notify, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = stopped(stop) => false,
        () = notify.notified() => true,
        () = tokio::time::sleep(PAUSE) => true,
    }
}

/// The journal's entry of an event.
fn entry(row: &AccountEventRow) -> AccountEntry {
    let digest: [u8; 32] = Sha256::digest(&row.detail).into();
    AccountEntry {
        seq: row.seq.cast_unsigned(),
        customer: row.customer_id.clone(),
        at: row.at.cast_unsigned(),
        kind: row.kind.clone(),
        actor: row.actor.clone(),
        detail_sha256: crate::view::hex(&digest),
    }
}

/// Finds events that were appended before a crash and are not known to be in the journal: each stands there
/// once.
async fn find_appended(service: &Service) -> Result<(), Problem> {
    let known = service.sql.journaled_until().await?;
    let mut from = known.map_or(0, |index| index.cast_unsigned() + 1);
    // Before the first event of an account there is nothing to find.
    if known.is_none() && service.sql.customer_count().await? == 0 {
        return Ok(());
    }
    loop {
        let places = service
            .desk
            .ask(move |core| {
                let end = core.data.journal().head().0.min(from + 4_096);
                let mut places = Vec::new();
                for index in from..end {
                    let bytes = core.data.journal().entry(index)?;
                    if let Some(entry) = AccountEntry::decode(&bytes) {
                        places.push((entry.seq.cast_signed(), index));
                    }
                }
                Ok::<_, store::StoreError>((end, places))
            })
            .await??;
        let (end, places) = places;
        service.sql.set_journaled(&places).await?;
        if end == from {
            return Ok(());
        }
        from = end;
    }
}

async fn journal(service: Service) {
    let mut stop = service.stop.clone();
    let mut is_repaired = false;
    loop {
        if !is_repaired {
            match find_appended(&service).await {
                Ok(()) => is_repaired = true,
                Err(problem) => tracing::warn!(detail = problem.detail, "the journal waits"),
            }
        }
        let is_more = is_repaired
            && match append(&service).await {
                Ok(count) => count == EVENTS_AT_ONCE as usize,
                Err(problem) => {
                    tracing::warn!(detail = problem.detail, "events wait for the journal");
                    // What was appended may not be noted: it is looked for before more is appended.
                    is_repaired = false;
                    false
                }
            };
        if !is_more && !wait(&service.accounts.events, &mut stop).await {
            return;
        }
    }
}

async fn append(service: &Service) -> Result<usize, Problem> {
    let rows = service.sql.unjournaled(EVENTS_AT_ONCE).await?;
    let Some(last) = rows.last().map(|row| row.seq) else {
        return Ok(0);
    };
    let entries: Vec<Vec<u8>> = rows.iter().map(|row| entry(row).encode()).collect();
    let first = service.desk.ask(move |core| core.data.append(&entries)).await??;
    let places: Vec<(i64, u64)> = rows.iter().map(|row| row.seq).zip(first..).collect();
    service.sql.set_journaled(&places).await?;
    service.accounts.journaled.send_replace(last);
    Ok(rows.len())
}

/// How often what customers usually do is kept (it is a memory, and a crash may cost some of it), and what
/// is over is swept.
const POPULATION_PAUSE: Duration = Duration::from_secs(300);

async fn go_on(service: Service) {
    let mut stop = service.stop.clone();
    let mut population = tokio::time::interval(POPULATION_PAUSE);
    loop {
        let now_s = service.accounts.now().0.cast_signed();
        match service.sql.waking(now_s, WAKES_AT_ONCE).await {
            Ok(rows) => {
                for row in rows {
                    if let Err(problem) = service.time_passed(&row.id).await {
                        tracing::warn!(detail = problem.detail, "a withdrawal waits on");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "withdrawals wait on"),
        }
        if let Err(error) = service.accounts.keep_clock(&service.sql).await {
            tracing::warn!(%error, "the time was not kept");
        }
        if let Err(error) = service.sql.sweep_outbox(now_s - SENT_S).await {
            tracing::warn!(%error, "what was sent was not forgotten");
        }
        // Woken or not: a second is soon enough for what waits a day.
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(PAUSE) => {}
            _ = population.tick() => {
                if let Err(error) = service.accounts.habits.keep(&service.sql).await {
                    tracing::warn!(%error, "what customers usually do was not kept");
                }
                let (begun, seen) = (now_s - ABSOLUTE_S, now_s - IDLE_S);
                if let Err(error) = service.sql.sweep_customers(begun, seen, now_s).await {
                    tracing::warn!(%error, "sessions and links that are over were not swept");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_clock_is_read_again() {
        assert_eq!(parse_clock("12 3 abc"), Some((At(12), Span(3), "abc".to_owned())));
        assert_eq!(parse_clock("12"), None);
        assert_eq!(parse_clock("a b c"), None);
    }

    #[tokio::test]
    async fn within_one_start_of_the_machine_a_clock_set_forward_ends_no_hold() {
        let sql = Sql::open_memory(1).await.unwrap();
        // Kept a while ago, as the counting clock says; the system's clock says years.
        let long_ago = crate::now_s() - 400 * 86_400;
        let text = format!("{long_ago} {} {}", counted().0.saturating_sub(60), boot());
        sql.set_binding(CLOCK, &text).await.unwrap();
        let mut clock = clock(&sql).await.unwrap();
        let (now, is_believed) = clock.now(At(crate::now_s()), counted());
        assert!(!is_believed);
        assert!(now.0 >= long_ago + 59 && now.0 <= long_ago + 62);
        // After another start there is the system's clock, and it does not go back.
        let future = crate::now_s() + 1_000;
        sql.set_binding(CLOCK, &format!("{future} 5 another")).await.unwrap();
        let mut clock = super::clock(&sql).await.unwrap();
        assert_eq!(clock.now(At(crate::now_s()), counted()).0, At(future));
    }
}
