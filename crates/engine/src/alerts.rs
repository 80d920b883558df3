//! What people are called for: one alert for each reason and address, however often it recurs.

use model::{Level, Transfer, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::Decision;
use crate::explain::show_time;

/// Most alerts that are kept open; the mildest and oldest give way.
const ALERTS_MAX: usize = 100_000;
/// Level from which a person is called.
pub const ALERT_FROM: Level = Level::Hold;

/// A matter for a person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Alert {
    /// Code of the heaviest reason.
    pub code: String,
    /// Whom it is about.
    pub address: String,
    /// The strictest level so far.
    pub level: Level,
    /// How many transfers it covers.
    pub transfers: u64,
    /// First one.
    pub first: String,
    /// Last one.
    pub last: String,
    /// Journal entry of the first.
    pub journal_index: u64,
    /// Date of the list entry that shows it, for alerts of a re-scoring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_since: Option<String>,
    /// The verdict of the strictest transfer, with its reasons.
    pub verdict: Verdict,
}

/// Alerts by reason and address.
#[derive(Default)]
pub struct Alerts(BTreeMap<(String, String), Alert>);

impl FromIterator<Alert> for Alerts {
    fn from_iter<I: IntoIterator<Item = Alert>>(alerts: I) -> Self {
        let keyed =
            alerts.into_iter().map(|alert| ((alert.code.clone(), alert.address.clone()), alert));
        Alerts(keyed.collect())
    }
}

impl Alerts {
    /// Adds a decision, if it calls for a person. `address` is whom the reason is about.
    pub fn add(&mut self, transfer: &Transfer, decision: &Decision, known_since: Option<String>) {
        let Some(verdict) = decision.verdict.as_ref().filter(|v| v.level() >= ALERT_FROM) else {
            return;
        };
        let Some(code) = &decision.lead else { return };
        // Rules about the receiver say so in their code; all others are about the payer.
        let is_receiver = code.contains(".receiver");
        let party =
            if is_receiver { transfer.to.or(transfer.from) } else { transfer.from.or(transfer.to) };
        let address = party.map_or_else(
            || "unknown".to_owned(),
            |address| chain::format_address(transfer.network, &address),
        );
        let time = show_time(transfer.time_s);
        let key = (code.clone(), address.clone());
        let alert = self.0.entry(key).or_insert_with(|| Alert {
            code: code.clone(),
            address,
            level: verdict.level(),
            transfers: 0,
            first: time.clone(),
            last: time.clone(),
            journal_index: decision.index,
            known_since,
            verdict: verdict.clone(),
        });
        alert.transfers += 1;
        alert.last = time;
        if verdict.level() > alert.level {
            alert.level = verdict.level();
            alert.verdict = verdict.clone();
        }
        if self.0.len() > ALERTS_MAX {
            let mildest =
                self.0.iter().min_by_key(|(_, a)| (a.level, a.transfers, a.journal_index));
            if let Some(key) = mildest.map(|(key, _)| key.clone()) {
                self.0.remove(&key);
            }
        }
    }

    /// Number of alerts.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True without an alert.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All alerts, the heaviest first.
    pub fn sorted(&self) -> Vec<&Alert> {
        let mut alerts: Vec<&Alert> = self.0.values().collect();
        alerts.sort_by(|a, b| {
            (b.level, b.transfers, &a.code, &a.address).cmp(&(
                a.level,
                a.transfers,
                &b.code,
                &b.address,
            ))
        });
        alerts
    }
}
