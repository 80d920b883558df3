//! ScamSniffer: a list of drainer addresses, and the domains that led to them.

use model::{Category, Network};
use std::collections::BTreeMap;

use super::take;
use crate::snapshot::Rows;

/// The list is curated by hand; it publishes no confidence of its own.
const CONFIDENCE: u8 = 90;

pub(super) fn read(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let addresses: Vec<String> =
        serde_json::from_slice(contents[0]).map_err(|e| format!("address.json: {e}"))?;
    for address in &addresses {
        rows.next_row();
        take(rows, Network::ETHEREUM, address, Category::Phishing, CONFIDENCE, "wallet drainer");
    }
    let Some(combined) = contents.get(1) else {
        return Ok(());
    };
    let domains: BTreeMap<String, Vec<String>> =
        serde_json::from_slice(combined).map_err(|e| format!("combined.json: {e}"))?;
    for (domain, addresses) in &domains {
        for address in addresses {
            rows.next_row();
            let label = format!("wallet drainer of {domain}");
            take(rows, Network::ETHEREUM, address, Category::Phishing, CONFIDENCE, &label);
        }
    }
    Ok(())
}
