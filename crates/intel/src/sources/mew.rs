//! MyEtherWallet's dark and light lists: address, comment, date.

use model::{Category, Network};
use serde::Deserialize;

use super::{category_of_words, take};
use crate::snapshot::Rows;

/// Reported by users and reviewed by maintainers.
const CONFIDENCE: u8 = 80;

#[derive(Deserialize)]
struct Listed {
    address: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    date: String,
}

fn read(
    content: &[u8],
    rows: &mut Rows,
    category: impl Fn(&str) -> Category,
) -> Result<(), String> {
    let list: Vec<Listed> = serde_json::from_slice(content).map_err(|e| e.to_string())?;
    for listed in &list {
        rows.next_row();
        let label = format!("{} ({})", listed.comment.trim(), listed.date);
        let category = category(&listed.comment);
        take(rows, Network::ETHEREUM, &listed.address, category, CONFIDENCE, &label);
    }
    Ok(())
}

pub(super) fn read_dark(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    read(contents[0], rows, |comment| category_of_words(comment).unwrap_or(Category::Scam))
}

pub(super) fn read_light(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    read(contents[0], rows, |_| Category::Organisation)
}
