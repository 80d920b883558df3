//! Bundles: put together from a job, and verified whole.

use anyhow::{Context, Result, bail, ensure};
use proof::ProofError;
use proof::argument::PROOF_LEN_MAX;
use proof::bundle::{
    HEADER, InFile, JOURNAL, LIABILITIES, MANIFEST, Manifest, Opened, RESERVES, Refused, Round,
    TOTALS, shard_name,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::files;
use super::job::Job;

/// Largest file of a bundle.
const FILE_LEN_MAX: u64 = 1 << 30;
/// Most files of a bundle.
const FILES_MAX: usize = 40_000;

/// A folder of files under the names of a bundle.
pub(crate) struct Bundle {
    dir: PathBuf,
    names: Vec<String>,
}

impl Bundle {
    /// Lists a bundle's files.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        ensure!(dir.is_dir(), "{}: there is no such folder", dir.display());
        let mut names = Vec::new();
        list(dir, "", &mut names, 0)?;
        names.sort_unstable();
        Ok(Self { dir: dir.to_owned(), names })
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, Refused> {
        if self.names.binary_search_by(|known| (**known).cmp(name)).is_err() {
            return Err(ProofError::Missing).in_file(name);
        }
        let len_max = if name.ends_with(".proof") { PROOF_LEN_MAX as u64 } else { FILE_LEN_MAX };
        let bytes = files::read(&self.dir.join(name), len_max);
        bytes.map_err(|error| ProofError::Unreadable(format!("{error:#}"))).in_file(name)
    }

    /// Names of all files.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Names of files of the reserves.
    pub(crate) fn reserves(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str).filter(|name| name.starts_with(RESERVES))
    }

    /// The round's claims.
    pub(crate) fn round(&self) -> Result<Round, Refused> {
        Round::read(&self.read(HEADER)?, &self.read(LIABILITIES)?)
    }
}

fn list(dir: &Path, prefix: &str, names: &mut Vec<String>, depth: u8) -> Result<()> {
    let shown = || dir.display().to_string();
    for entry in fs::read_dir(dir).with_context(shown)? {
        let entry = entry.with_context(shown)?;
        let kind = entry.file_type().with_context(shown)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        ensure!(names.len() < FILES_MAX, "{}: it has more than {FILES_MAX} files", dir.display());
        if kind.is_dir() && depth < 4 {
            list(&entry.path(), &format!("{name}/"), names, depth + 1)?;
        } else if kind.is_file() {
            names.push(name);
        } else {
            bail!(Refused { file: name, error: ProofError::Extra });
        }
    }
    Ok(())
}

/// Verifies everything of a bundle that concerns what is owed.
///
/// # Errors
/// [`Refused`] that names the file and what is wrong with it.
pub(crate) fn verify(bundle: &Bundle, workers: usize) -> Result<Opened> {
    let read = |name: &str| bundle.read(name);
    let opened = Opened::read(&bundle.names, &read)?;
    opened.check_totals(&read)?;
    for name in bundle.reserves() {
        opened.manifest.check_file(name, &bundle.read(name)?)?;
    }
    let next = AtomicU32::new(0);
    // The first shard that is refused is told, whichever worker is first.
    let refused: Mutex<BTreeMap<u32, Refused>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(|| {
                loop {
                    let shard = next.fetch_add(1, Ordering::Relaxed);
                    if shard >= opened.round.header.shards {
                        break;
                    }
                    if let Err(fault) = opened.check_shard(shard, &read) {
                        refused.lock().expect("no worker panics with it").insert(shard, fault);
                    }
                }
            });
        }
    });
    let refused = refused.into_inner().expect("no worker panics with it");
    match refused.into_iter().next() {
        Some((_, refused)) => Err(refused.into()),
        None => Ok(opened),
    }
}

/// Bytes of all files of a bundle.
pub(crate) fn bytes_of(opened: &Opened) -> u64 {
    let files: u64 = opened.manifest.files.iter().map(|file| file.bytes).sum();
    files + opened.manifest.encode().len() as u64
}

/// Puts a bundle together and verifies it; a folder that is not whole is not left behind.
///
/// # Errors
/// When the folder is there already, the job is not complete, or the bundle is refused.
pub(crate) fn publish(
    job: &Job,
    out: &Path,
    reserves: &[(String, Vec<u8>)],
    log: Option<&Path>,
    workers: usize,
) -> Result<Opened> {
    ensure!(
        !out.exists(),
        "{}: the folder is there already; a published bundle is not overwritten",
        out.display()
    );
    let part = out.with_extension(format!("part-{}", std::process::id()));
    let made = put_together(job, &part, reserves).and_then(|()| {
        let verified = verify(&Bundle::open(&part)?, workers)?;
        if let Some(log) = log {
            let proof = super::log::record(log, &verified)?;
            files::write(&part.join(JOURNAL), proof.as_bytes())?;
        }
        fs::rename(&part, out).with_context(|| out.display().to_string())?;
        Ok(verified)
    });
    if made.is_err() {
        let _ = fs::remove_dir_all(&part);
    }
    made
}

fn put_together(job: &Job, part: &Path, reserves: &[(String, Vec<u8>)]) -> Result<()> {
    let mut listed = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| -> Result<()> {
        let path = part.join(name);
        let folder = path.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        files::write(&path, bytes)?;
        if name != MANIFEST && name != JOURNAL {
            listed.push(Manifest::list(name, bytes));
        }
        Ok(())
    };
    let proof_len = PROOF_LEN_MAX as u64;
    put(HEADER, &job.header.encode())?;
    put(LIABILITIES, &files::read(&job.done_file(LIABILITIES), FILE_LEN_MAX)?)?;
    put(TOTALS, &files::read(&job.done_file(TOTALS), proof_len)?)?;
    for shard in 0..job.header.shards {
        put(&shard_name(shard), &files::read(&job.done(shard, "proof"), proof_len)?)?;
    }
    for (name, bytes) in reserves {
        put(&format!("{RESERVES}{name}"), bytes)?;
    }
    let manifest = Manifest::new(listed).encode();
    files::write(&part.join(MANIFEST), &manifest)
}
