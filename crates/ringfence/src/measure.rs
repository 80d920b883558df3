//! What benchmarks share: CPU time of a piece of work, and a folder on the disk that counts.

use anyhow::{Context, Result};

use crate::config::Config;
use crate::setup;

/// CPU seconds that `work` takes.
pub(crate) fn cpu_of<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = setup::cpu_s();
    let result = work();
    (result, (setup::cpu_s() - before).max(1e-9))
}

/// A temporary folder beside the data directory, so that the journal is timed on the disk it will
/// live on.
pub(crate) struct Scratch(pub(crate) std::path::PathBuf);

impl Scratch {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let path = config.data_dir.with_extension(format!("bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
