//! The pages and the bundles of rounds in one folder, for `ringfence serve` or any other host.

use anyhow::{Context, Result, bail, ensure};
use proof::bundle::Opened;
use serde_json::json;
use std::fs;
use std::path::Path;

use super::bundle::Bundle;
use super::files;

/// What the pages read first.
const ROUNDS: &str = "rounds.json";

/// A round's folder: its name, where it can be one.
fn folder_of(round: &str) -> Result<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_folder = round.bytes().all(is_plain) && !round.starts_with('.') && round != "assets";
    ensure!(is_folder, "round '{round}': letters, digits, '.', '_' and '-' make a folder's name");
    Ok(round.to_owned())
}

/// Makes the folder; gives the rounds, the newest first. One that is there already is replaced as a
/// whole if it was made by this, and left alone otherwise.
pub(crate) fn make(
    bundles: &[(Bundle, Opened)],
    log: Option<&Path>,
    out: &Path,
) -> Result<Vec<String>> {
    if out.exists() && !out.join(ROUNDS).exists() {
        bail!("{}: there is something else: take another folder", out.display());
    }
    let part = out.with_extension(format!("part-{}", std::process::id()));
    let made = put_together(bundles, log, &part).and_then(|rounds| {
        let old = out.with_extension(format!("old-{}", std::process::id()));
        let shown = || out.display().to_string();
        if out.exists() {
            fs::rename(out, &old).with_context(shown)?;
        }
        fs::rename(&part, out).with_context(shown)?;
        if old.exists() {
            fs::remove_dir_all(&old).with_context(shown)?;
        }
        Ok(rounds)
    });
    if made.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    made
}

fn put(part: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = part.join(name);
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    files::write(&path, bytes)
}

/// The public files of the log: everything but its key.
fn put_log(part: &Path, log: &Path) -> Result<()> {
    for name in ["checkpoint", "log.vkey"] {
        put(part, &format!("log/{name}"), &files::read(&log.join(name), 1 << 16)?)?;
    }
    let mut folders = vec!["tile".to_owned()];
    while let Some(folder) = folders.pop() {
        let path = log.join(&folder);
        for entry in fs::read_dir(&path).with_context(|| path.display().to_string())? {
            let entry = entry?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else {
                put(part, &format!("log/{name}"), &files::read(&entry.path(), 1 << 24)?)?;
            }
        }
    }
    Ok(())
}

fn put_together(
    bundles: &[(Bundle, Opened)],
    log: Option<&Path>,
    part: &Path,
) -> Result<Vec<String>> {
    let pages = server::assets::reserves_pages();
    ensure!(pages.iter().any(|(name, _)| name == "index.html"), "this build has no pages");
    for (name, bytes) in pages {
        put(part, &name, &bytes)?;
    }
    if let Some(log) = log {
        put_log(part, log)?;
    }
    let mut order: Vec<&(Bundle, Opened)> = bundles.iter().collect();
    order.sort_by_key(|(_, opened)| std::cmp::Reverse(opened.round.header.snapshot_at));
    let mut rounds = Vec::new();
    for (bundle, opened) in order {
        let folder = folder_of(&opened.round.header.round)?;
        ensure!(!rounds.contains(&folder), "round '{folder}': two bundles are of it");
        for name in bundle.names() {
            put(part, &format!("{folder}/{name}"), &bundle.read(name)?)?;
        }
        rounds.push(folder);
    }
    let list = rounds.iter().map(|round| json!({ "round": round, "path": format!("{round}/") }));
    let list = json!({ "rounds": list.collect::<Vec<_>>() }).to_string();
    put(part, ROUNDS, list.as_bytes())?;
    Ok(rounds)
}
