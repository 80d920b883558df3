//! polkadot-js/phishing: site or actor, and its Substrate addresses.

use model::{Category, Network};
use std::collections::BTreeMap;

use super::{category_of_words, take};
use crate::snapshot::Rows;

/// Reported and reviewed in public.
const CONFIDENCE: u8 = 85;

pub(super) fn read(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let list: BTreeMap<String, Vec<String>> =
        serde_json::from_slice(contents[0]).map_err(|e| e.to_string())?;
    for (site, addresses) in &list {
        // Keys are domains or names of attackers; a domain is a phishing site.
        let category =
            category_of_words(site).filter(|_| site.contains(' ')).unwrap_or(Category::Phishing);
        for address in addresses {
            rows.next_row();
            take(rows, Network::Polkadot, address, category, CONFIDENCE, site);
        }
    }
    Ok(())
}
