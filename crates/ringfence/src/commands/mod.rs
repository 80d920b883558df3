//! One file for each command.

pub(crate) mod account;
pub(crate) mod behavior;
pub(crate) mod bench;
pub(crate) mod bench_accounts;
pub(crate) mod demo;
pub(crate) mod intel;
pub(crate) mod journal;
pub(crate) mod load;
pub(crate) mod model;
pub(crate) mod peers;
pub(crate) mod policy;
pub(crate) mod replay;
pub(crate) mod reserves;
pub(crate) mod screen;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod simulate;

use ::model::{Level, Verdict};

/// A verdict as people read it.
pub(crate) fn print_verdict(verdict: &Verdict) {
    println!("verdict: {}", verdict.level());
    for reason in verdict.reasons() {
        println!("\n  [{}] {}", reason.code, reason.sentence);
        let mut shown = std::collections::BTreeSet::new();
        for evidence in &reason.evidence {
            if shown.insert((&evidence.kind, &evidence.detail)) {
                println!("      {:<13} {}", evidence.kind, evidence.detail);
            }
        }
        println!("      {:<13} {}", "way out", reason.remedy);
    }
    if verdict.level() == Level::Allow {
        println!(
            "  Nothing speaks against it: lists, exposure, patterns and the account model were \
             checked. What no list names and no history shows cannot be seen."
        );
    }
}
