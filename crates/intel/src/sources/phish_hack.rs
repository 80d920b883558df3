//! Etherscan's phish-hack label: address, name tag, free text.

use model::{Category, Network};

use super::{category_of_words, each_csv_row, take};
use crate::snapshot::Rows;

/// An explorer's public label, collected in 2023.
const CONFIDENCE: u8 = 80;

pub(super) fn read(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    each_csv_row(contents[0], ["address", "name_tag"], rows, |rows, [address, tag]| {
        let category = category_of_words(tag).unwrap_or(Category::Phishing);
        take(rows, Network::ETHEREUM, address, category, CONFIDENCE, tag);
    })
}
