//! GraphSense TagPacks, one tag a row. Abuse outweighs the category; the pack's confidence counts.

use model::Category;

use super::{each_csv_row, network_of, take};
use crate::snapshot::Rows;

/// The TagPack confidence vocabulary (graphsense-tagpack-tool, `confidence.csv`) as 0 to 100.
fn confidence(word: &str) -> u8 {
    match word {
        "ownership" | "ledger_immanent" => 100,
        "override" | "manual_transaction" => 90,
        "authority_data" => 80,
        "service_api" | "service_data" | "trusted_provider" => 70,
        "forensic" => 60,
        "untrusted_transaction" => 40,
        "web_crawl" => 30,
        _ => 10,
    }
}

fn category(category: &str, abuse: &str, currency: &str) -> Category {
    match abuse {
        "sextortion" => return Category::Extortion,
        "ransomware" => return Category::Ransomware,
        "phishing" => return Category::Phishing,
        "scam" | "investment_fraud" => return Category::Scam,
        "service_hack" => return Category::Hack,
        "extremism" => return Category::Extremism,
        "terrorism" => return Category::Terrorism,
        "ponzi_scheme" | "pyramid_scheme" => return Category::Ponzi,
        "sanction" => return Category::Sanctions,
        _ => {}
    }
    match category {
        "exchange" => Category::Exchange,
        "miner" => Category::Mining,
        "coinjoin" | "mixing_service" => Category::Mixer,
        "gambling" => Category::Gambling,
        // Addresses that a token's issuer has blacklisted.
        "black_list" => Category::Scam,
        "defi" | "defi_lending" | "defi_dex" => Category::Defi,
        // The packs use one word for darknet markets (Bitcoin) and for NFT markets (Ethereum).
        "market" if currency == "BTC" => Category::Darknet,
        "market" => Category::Defi,
        "wallet_service" => Category::Custodian,
        "service" => Category::Payment,
        "organization" => Category::Organisation,
        _ => Category::Other,
    }
}

pub(super) fn read(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let columns = ["address", "currency", "label", "category", "abuse", "confidence"];
    each_csv_row(contents[0], columns, rows, |rows, fields| {
        let [address, currency, label, kind, abuse, sureness] = fields;
        match network_of(currency, address) {
            Some(network) => {
                let category = category(kind, abuse, currency);
                take(rows, network, address, category, confidence(sureness), label);
            }
            None => rows.refuse("network.unknown", format!("currency '{currency}' is not known")),
        }
    })
}
