//! `kill -9` at any moment: nothing acknowledged is lost, nothing doubled, and the record ends as
//! if nothing had happened.

use std::process::Stdio;
use std::time::Duration;

use crate::{ok, ringfence};

const KILLS: u32 = 100;

/// The size that the checkpoint claims: what has been acknowledged.
fn acknowledged(folder: &std::path::Path) -> u64 {
    let note = std::fs::read_to_string(folder.join("d/journal/checkpoint")).unwrap_or_default();
    note.lines().nth(1).and_then(|line| line.parse().ok()).unwrap_or(0)
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the moment of a kill is a time")]
fn a_hundred_kills_lose_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        |dir: &'static str| ["demo", "--transactions", "36000", "--data-dir", dir, "--json"];
    let expected = ok(folder.path(), &arguments("whole"));
    let mut random = 0x2545_f491_4f6c_dd1du64;
    let mut kept = 0;
    let mut cut_short = 0;
    for kill in 0..KILLS {
        let mut child = ringfence(folder.path())
            .args(arguments("d"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let span_ms = 60 + u64::from(kill) * 12;
        std::thread::sleep(Duration::from_millis(30 + (random >> 33) % span_ms));
        cut_short += u32::from(child.try_wait().unwrap().is_none());
        let before = acknowledged(folder.path());
        child.kill().unwrap();
        child.wait().unwrap();
        if before > 0 {
            let report = store::verify(&folder.path().join("d/journal")).unwrap();
            assert!(report.size >= before.max(kept), "kill {kill}: {} < {before}", report.size);
            kept = report.size;
        }
    }
    assert!(cut_short >= KILLS / 4, "only {cut_short} runs were cut short");
    let result = ok(folder.path(), &arguments("d"));
    assert_eq!(result["journal"], expected["journal"]);
    assert_eq!(result["verdicts"], expected["verdicts"]);
    println!(
        "{KILLS} kills, {cut_short} of them in mid-run; the root is that of an undisturbed run"
    );
}
