//! The house rules that no compiler knows: who may call whom, what domain crates may not call,
//! files that nothing uses, links that lead nowhere, examples that went stale.

use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of our crates each may use. A crate that is not here may not exist.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("chain", &["model"]),
    ("account", &["model"]),
    ("credential", &["model", "account"]),
    ("attest", &["model", "chain"]),
    ("intel", &["model", "chain"]),
    ("policy", &["model"]),
    ("post", &["model", "account"]),
    ("behavior", &["model", "policy"]),
    ("journal", &[]),
    ("onchain", &["model", "intel"]),
    ("simulate", &["model", "behavior"]),
    ("learn", &["model", "chain", "onchain"]),
    ("engine", &["model", "account", "chain", "intel", "onchain", "policy", "journal"]),
    ("store", &["model", "engine", "intel", "journal", "onchain"]),
    ("live", &["model", "chain"]),
    ("proof", &["model"]),
    ("reserves", &["proof", "model"]),
    (
        "server",
        &[
            "live",
            "model",
            "chain",
            "intel",
            "onchain",
            "policy",
            "journal",
            "engine",
            "store",
            "account",
            "credential",
            "post",
            "behavior",
        ],
    ),
    (
        "ringfence",
        &[
            "model",
            "chain",
            "intel",
            "onchain",
            "policy",
            "journal",
            "simulate",
            "engine",
            "learn",
            "store",
            "server",
            "proof",
            "reserves",
            "attest",
            "live",
            "account",
            "credential",
            "post",
            "behavior",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that compute and nothing else.
const PURE: &[&str] = &[
    "model", "chain", "intel", "policy", "journal", "onchain", "simulate", "learn", "engine",
    "proof", "reserves", "attest", "account", "behavior",
];

/// What a pure crate may not say outside its tests, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("SystemTime::now", "time is a parameter"),
    ("Instant::now", "time is a parameter"),
    ("OsRng", "randomness is a parameter"),
    ("getrandom", "randomness is a parameter"),
    ("std::fs", "files belong to store and ringfence"),
    ("std::net", "the network belongs to server"),
    ("std::env", "the environment belongs to ringfence"),
    ("println!", "terminals belong to ringfence"),
];

/// Crates that only these of ours may use.
const OWNERS: &[(&str, &[&str])] = &[
    ("alloy-primitives", &["attest"]),
    ("alloy-rlp", &["chain", "attest"]),
    ("alloy-trie", &["attest"]),
    ("bitcoin", &["chain", "attest"]),
    ("blst", &["attest"]),
    ("ed25519-dalek", &["journal", "attest", "post", "credential"]),
    ("starknet-crypto", &["attest"]),
    ("forust-ml", &["learn"]),
    ("maxminddb", &["behavior"]),
    ("redb", &["store"]),
    ("argon2", &["credential"]),
    ("chacha20poly1305", &["credential"]),
    ("webauthn-rs", &["credential"]),
    ("clap", &["ringfence"]),
    ("sqlx", &["store"]),
    ("parquet", &["ringfence"]),
    ("p3-field", &["proof"]),
    ("p3-fri", &["proof"]),
    ("p3-matrix", &["proof"]),
    ("lettre", &["post"]),
    ("ureq", &["live", "post"]),
    ("tungstenite", &["live"]),
    ("axum", &["server"]),
    ("hyper", &["server"]),
    ("utoipa", &["server"]),
    ("rust-embed", &["server"]),
];

pub(crate) fn tidy(root: &Path) -> Result<()> {
    let mut faults = Vec::new();
    arrows(root, &mut faults)?;
    let files = tracked(root)?;
    banned_calls(root, &files, &mut faults)?;
    unused_modules(root, &files, &mut faults)?;
    links(root, &files, &mut faults)?;
    generated(root, &mut faults)?;
    if faults.is_empty() {
        println!("tidy: {} files in order", files.len());
        return Ok(());
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    bail!("{} breaches of the house rules", faults.len())
}

fn tracked(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git ls-files")?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(PathBuf::from).filter(|path| root.join(path).is_file()).collect())
}

fn arrows(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata has packages")?;
    let ours: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    for package in packages {
        let name = package["name"].as_str().unwrap_or("");
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            faults.push(format!(
                "crates/{name}: it has no line in the plan of the house (xtask/src/tidy.rs)"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let target = dependency["name"].as_str().unwrap_or("");
            let is_dev = dependency["kind"].as_str() == Some("dev");
            if ours.contains(target) && !allowed.contains(&target) && !is_dev {
                faults
                    .push(format!("{name} → {target}: this arrow is not in the plan of the house"));
            }
            if let Some((_, owners)) = OWNERS.iter().find(|(known, _)| *known == target)
                && !owners.contains(&name)
                && !is_dev
            {
                let owners = owners.join(" and ");
                faults.push(format!("{name} → {target}: only {owners} may use it"));
            }
        }
    }
    Ok(())
}

/// The part of a source file before its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn banned_calls(root: &Path, files: &[PathBuf], faults: &mut Vec<String>) -> Result<()> {
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "rs")) {
        let shown = file.display().to_string();
        let is_test =
            shown.contains("/tests/") || shown.ends_with("tests.rs") || shown.contains("/benches/");
        let crate_name = shown.strip_prefix("crates/").and_then(|rest| rest.split('/').next());
        let text = std::fs::read_to_string(root.join(file))?;
        for (number, line) in text.lines().enumerate() {
            for word in ["TODO", "FIXME", "XXX"] {
                if line.contains(word) && !shown.starts_with("xtask/") {
                    faults.push(format!("{shown}:{}: {word}: finish it or file it", number + 1));
                }
            }
        }
        if is_test || !crate_name.is_some_and(|name| PURE.contains(&name)) {
            continue;
        }
        for (number, line) in without_tests(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or(line);
            for (banned, reason) in BANNED {
                if code.contains(banned) {
                    faults.push(format!("{shown}:{}: {banned}: {reason}", number + 1));
                }
            }
        }
    }
    Ok(())
}

/// Source files that no `mod` names.
fn unused_modules(root: &Path, files: &[PathBuf], faults: &mut Vec<String>) -> Result<()> {
    let mut named: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let sources: Vec<&PathBuf> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "rs") && !file.starts_with("fuzz"))
        .collect();
    for file in &sources {
        let text = std::fs::read_to_string(root.join(file))?;
        for line in text.lines().map(str::trim) {
            let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
            if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                named
                    .entry(file.parent().unwrap_or(Path::new("")).to_owned())
                    .or_default()
                    .insert(name.to_owned());
                let stem = file.with_extension("");
                named.entry(stem).or_default().insert(name.to_owned());
            }
        }
    }
    for file in sources {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
        let folder = file.parent().unwrap_or(Path::new(""));
        let is_root = matches!(stem, "lib" | "main")
            || folder.ends_with("benches")
            || folder.ends_with("examples");
        let (folder, stem) = if stem == "mod" {
            (
                folder.parent().unwrap_or(Path::new("")),
                folder.file_name().and_then(|n| n.to_str()).unwrap_or(""),
            )
        } else {
            (folder, stem)
        };
        let is_named = named.get(folder).is_some_and(|names| names.contains(stem));
        if !is_root && !is_named {
            faults.push(format!("{}: no module names it", file.display()));
        }
    }
    Ok(())
}

/// Relative links in documents.
fn links(root: &Path, files: &[PathBuf], faults: &mut Vec<String>) -> Result<()> {
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(root.join(file))?;
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or("");
            if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            let folder = file.parent().unwrap_or(Path::new(""));
            if !root.join(folder).join(path).exists() {
                faults.push(format!("{}: the link to {target} leads nowhere", file.display()));
            }
        }
    }
    Ok(())
}

/// Files that the program prints: they must be what it prints today.
fn generated(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    for (file, arguments) in [
        ("docs/ringfence.example.toml", &["config", "example"][..]),
        ("docs/facts.txt", &["policy", "facts"][..]),
        ("docs/openapi.json", &["openapi"][..]),
    ] {
        let output = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "-p", "ringfence", "--"])
            .args(arguments)
            .current_dir(root)
            .output()
            .context("running ringfence")?;
        let printed = String::from_utf8(output.stdout)?;
        let kept = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        if printed != kept {
            faults.push(format!(
                "{file}: it is not what 'ringfence {}' prints; write it anew",
                arguments.join(" ")
            ));
        }
    }
    Ok(())
}
