//! Forta's labelled datasets: phishing addresses, exploiters, malicious contracts and their
//! creators.

use model::{Category, Network};

use super::{category_of_words, each_csv_row, take};
use crate::snapshot::Rows;

/// Taken over from explorers' public labels.
const CONFIDENCE: u8 = 80;

pub(super) fn read_etherscan(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let columns = ["banned_address", "wallet_tag", "data_source"];
    each_csv_row(contents[0], columns, rows, |rows, [address, tag, source]| {
        let category = match source {
            "etherscan-exploit-list" | "etherscan-heist-list" => Category::Hack,
            _ => Category::Phishing,
        };
        take(rows, Network::ETHEREUM, address, category, CONFIDENCE, tag);
    })
}

pub(super) fn read_phishing(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let columns = ["address", "etherscan_tag"];
    each_csv_row(contents[0], columns, rows, |rows, [address, tag]| {
        take(rows, Network::ETHEREUM, address, Category::Phishing, CONFIDENCE, tag);
    })
}

fn read_contract_rows(
    content: &[u8],
    rows: &mut Rows,
    network: Network,
    columns: [&str; 5],
) -> Result<(), String> {
    each_csv_row(content, columns, rows, |rows, [contract, tag, creator, creator_tag, notes]| {
        let words = format!("{tag} {creator_tag} {notes}");
        let category = category_of_words(&words).unwrap_or(Category::Hack);
        if !contract.is_empty() {
            let label = format!("malicious contract {tag}");
            take(rows, network, contract, category, CONFIDENCE, &label);
        }
        if !creator.is_empty() {
            let label = format!("creator of a malicious contract {creator_tag}");
            take(rows, network, creator, category, CONFIDENCE, &label);
        }
    })
}

pub(super) fn read_contracts(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let columns = [
        "contract_address",
        "contract_tag",
        "contract_creator",
        "contract_creator_tag",
        "contract_creator_etherscan_label",
    ];
    read_contract_rows(contents[0], rows, Network::ETHEREUM, columns)
}

pub(super) fn read_contracts_chain10(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let columns =
        ["contract_address", "contract_tag", "contract_creator", "contract_creator_tag", "notes"];
    read_contract_rows(contents[0], rows, Network::Evm(10), columns)
}
