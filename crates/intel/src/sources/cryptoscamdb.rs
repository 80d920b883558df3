//! CryptoScamDB: sites with the addresses they showed, `COIN:address` joined by semicolons.

use model::Category;

use super::{each_csv_row, network_of, take};
use crate::snapshot::Rows;

/// Reported by the public, reviewed by maintainers, no longer kept up.
const CONFIDENCE: u8 = 70;

pub(super) fn read(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let columns = ["name", "category", "subcategory", "addresses"];
    each_csv_row(contents[0], columns, rows, |rows, [name, category, subcategory, addresses]| {
        let category = match category {
            "Phishing" => Category::Phishing,
            "Malware" => Category::Malware,
            "Hacked" => Category::Hack,
            _ => Category::Scam,
        };
        for listed in addresses.split(';').filter(|listed| !listed.is_empty()) {
            let (coin, address) = listed.split_once(':').unwrap_or(("", listed));
            match network_of(coin, address) {
                Some(network) => {
                    let label = format!("{name} {subcategory}");
                    take(rows, network, address, category, CONFIDENCE, &label);
                }
                None => rows.refuse("network.unknown", format!("coin '{coin}' is not known")),
            }
        }
    })
}
