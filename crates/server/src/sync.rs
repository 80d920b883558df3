//! Keeping lists fresh: fetched on a schedule, admitted through the gates, put in force at the desk,
//! and then the past is scored again.

use intel::sources::Source;
use live::fetch::{Fetch, Fetcher, Seen};
use std::time::Duration;
use store::SnapshotDir;
use store::sql::ListSyncRow;

use crate::Service;

/// A list to fetch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListFeed {
    /// Its source, such as `ofac`.
    pub source: &'static str,
    /// Where its files are, in the order in which the source names them.
    pub urls: Vec<String>,
    /// How often it is asked for.
    pub every: Duration,
}

/// Keeps between the validators of several files of one list.
const SEPARATOR: &str = "\u{1f}";

enum Outcome {
    Unchanged,
    Fresh,
    Refused(String),
    Failed(String),
}

/// Fetches lists until the server stops.
pub async fn run(service: Service, feeds: Vec<ListFeed>) {
    if feeds.is_empty() {
        return;
    }
    for feed in &feeds {
        let known = service.sql.list_syncs().await.unwrap_or_default();
        if !known.iter().any(|row| row.source == feed.source && row.url == feed.urls.join(" ")) {
            let row = ListSyncRow {
                source: feed.source.to_owned(),
                url: feed.urls.join(" "),
                status: "never".to_owned(),
                ..ListSyncRow::default()
            };
            if let Err(error) = service.sql.put_list_sync(&row).await {
                tracing::warn!(%error, "a list's state was not kept");
            }
        }
    }
    let mut stop = service.stop.clone();
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    let mut is_asked = false;
    // What is fetched and not yet in force, or in force and not yet scored with, is tried again.
    let (mut is_waiting, mut is_unscored) = (false, false);
    loop {
        is_waiting |= fetch_due(&service, &feeds, is_asked).await;
        if is_waiting {
            match service.reload_lists().await {
                Ok(is_other) => {
                    is_waiting = false;
                    is_unscored |= is_other;
                }
                Err(problem) => tracing::error!(detail = problem.detail, "lists not in force"),
            }
        }
        if is_unscored && service.begin_rescoring() {
            is_unscored = false;
            crate::rescore::start(service.clone());
        }
        is_asked = tokio::select! {
            _ = minute.tick() => false,
            () = service.sync_lists.notified() => true,
            () = async { drop(stop.wait_for(|is_stopping| *is_stopping).await) } => return,
        };
    }
}

/// Fetches the lists that are due, or all. True when one changed.
async fn fetch_due(service: &Service, feeds: &[ListFeed], is_asked: bool) -> bool {
    let Ok(known) = service.sql.list_syncs().await else { return false };
    let mut is_changed = false;
    for feed in feeds {
        let Some(row) = known.iter().find(|row| row.source == feed.source).cloned() else {
            continue;
        };
        let now_s = crate::now_s().cast_signed();
        let every_s = feed.every.as_secs().cast_signed();
        if !is_asked && row.checked_at.is_some_and(|at| now_s - at < every_s) {
            continue;
        }
        let (root, feed) = (service.lists_root.clone(), feed.clone());
        let before = row.clone();
        let fetched = tokio::task::spawn_blocking(move || fetch(&root, &feed, &before)).await;
        let Ok((outcome, seen)) = fetched else { continue };
        let mut row = ListSyncRow { checked_at: Some(now_s), detail: None, ..row };
        match outcome {
            Outcome::Unchanged => "unchanged".clone_into(&mut row.status),
            Outcome::Fresh => {
                is_changed = true;
                row.changed_at = Some(now_s);
                "fresh".clone_into(&mut row.status);
                (row.etag, row.last_modified) = (seen.etag, seen.last_modified);
            }
            Outcome::Refused(detail) => {
                tracing::error!(source = row.source, detail, "a list was refused");
                "refused".clone_into(&mut row.status);
                row.detail = Some(detail);
            }
            Outcome::Failed(detail) => {
                tracing::warn!(source = row.source, detail, "a list was not fetched");
                "failed".clone_into(&mut row.status);
                row.detail = Some(detail);
            }
        }
        if let Err(error) = service.sql.put_list_sync(&row).await {
            tracing::warn!(%error, "a list's state was not kept");
        }
    }
    is_changed
}

fn fetch(root: &std::path::Path, feed: &ListFeed, row: &ListSyncRow) -> (Outcome, Seen) {
    let fetcher = Fetcher::default();
    let part = |all: &Option<String>, place: usize| {
        let parts = all.as_deref().unwrap_or("").split(SEPARATOR).nth(place);
        parts.filter(|part| !part.is_empty()).map(str::to_owned)
    };
    let (mut contents, mut etags, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for (place, url) in feed.urls.iter().enumerate() {
        // Only all files together make a list, so a list of several is asked for whole.
        let seen = if feed.urls.len() == 1 {
            Seen { etag: part(&row.etag, place), last_modified: part(&row.last_modified, place) }
        } else {
            Seen::default()
        };
        match fetcher.get(url, &seen) {
            Ok(Fetch::Unchanged) => return (Outcome::Unchanged, Seen::default()),
            Ok(Fetch::Changed(bytes, seen)) => {
                contents.push(bytes);
                etags.push(seen.etag.unwrap_or_default());
                times.push(seen.last_modified.unwrap_or_default());
            }
            Err(error) => return (Outcome::Failed(error.to_string()), Seen::default()),
        }
    }
    let seen =
        Seen { etag: Some(etags.join(SEPARATOR)), last_modified: Some(times.join(SEPARATOR)) };
    (admit(root, feed, &contents), seen)
}

/// Reads, checks and keeps a list.
fn admit(root: &std::path::Path, feed: &ListFeed, contents: &[Vec<u8>]) -> Outcome {
    let Some(source) = Source::find(feed.source) else {
        return Outcome::Failed(format!("there is no reader for '{}'", feed.source));
    };
    let parts: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let new = match source.read(&parts, None) {
        Ok(new) => new,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let kept = || -> Result<Outcome, store::StoreError> {
        let lists = SnapshotDir::open(root)?;
        let last = lists.current(feed.source)?;
        if last.as_ref().is_some_and(|last| last.meta.id == new.meta.id) {
            return Ok(Outcome::Unchanged);
        }
        match intel::gate::admit(new, last.as_ref().map(|last| &last.meta), false) {
            Ok(new) => {
                lists.put(&new)?;
                Ok(Outcome::Fresh)
            }
            Err(error) => Ok(Outcome::Refused(error.to_string())),
        }
    };
    kept().unwrap_or_else(|error| Outcome::Failed(error.to_string()))
}
