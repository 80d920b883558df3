//! What the commands say, to programs and to people.

use attest::evidence::Level;
use attest::report::Report;
use proof::bundle::Opened;
use proof::header::{Asset, Header};
use proof::liabilities::MarginTotal;
use proof::systems::hex;
use serde_json::{Value, json};

use crate::reserves::bundle;
use crate::reserves::job::Job;

pub(super) fn job_json(job: &Job) -> Value {
    json!({
        "job": job.dir,
        "exchange": job.header.exchange,
        "round": job.header.round,
        "header": hex(&job.header_digest),
        "users": job.plan.customers,
        "balances": job.plan.balances,
        "assets": job.header.assets.len(),
        "layout": job.header.layout,
        "shards": job.header.shards,
        "slots": job.header.slots,
        "log_rows": job.header.log_rows,
        "proven_bits": proven_bits(&job.systems),
    })
}

pub(super) fn proven_bits(systems: &proof::systems::Systems) -> f64 {
    let of_shard = proof::argument::proven_bits(&systems.shard);
    let of_totals = proof::argument::proven_bits(&systems.totals);
    (of_shard.min(of_totals) * 10.0).floor() / 10.0
}

/// An amount of base units in whole assets.
pub(super) fn shown(amount: u128, decimals: u8) -> String {
    let digits = format!("{amount:0width$}", width = usize::from(decimals) + 1);
    let (whole, part) = digits.split_at(digits.len() - usize::from(decimals));
    let grouped: Vec<&str> = whole
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits are ASCII"))
        .collect();
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    format!("{}{point}{part}", grouped.join(","))
}

pub(super) fn totals_json(verified: &Opened) -> Vec<Value> {
    let assets = verified.round.header.assets.iter().zip(&verified.round.liabilities.totals);
    let total = |(asset, total): (&Asset, &u128)| {
        let mut said = json!({
            "asset": asset.symbol,
            "id": asset.id,
            "owed": total.to_string(),
            "owed_shown": shown(*total, asset.decimals),
        });
        if let Some(MarginTotal { pledged, debt }) = margin_of(verified, &asset.symbol) {
            said["pledged"] = json!(pledged.to_string());
            said["debt"] = json!(debt.to_string());
        }
        said
    };
    assets.map(total).collect()
}

/// What is pledged and owed in an asset of the margin.
pub(super) fn margin_of(verified: &Opened, symbol: &str) -> Option<MarginTotal> {
    let mut margin = verified.round.header.margin.iter().zip(&verified.round.liabilities.margin);
    margin.find(|(margin, _)| margin.asset == symbol).map(|(_, total)| *total)
}

pub(super) fn verified_json(verified: &Opened) -> Value {
    let header = &verified.round.header;
    json!({
        "verified": true,
        "exchange": header.exchange,
        "round": header.round,
        "snapshot_at": header.snapshot_at,
        "header": hex(&verified.round.digest),
        "root": verified.round.liabilities.root.to_string(),
        "manifest": hex(&verified.digest),
        "constraints": header.constraints,
        "proven_bits": proven_bits(&verified.round.systems),
        "shards": header.shards,
        "files": verified.manifest.files.len() + 1,
        "bytes": bundle::bytes_of(verified),
        "totals": totals_json(verified),
    })
}

pub(super) fn print_totals(verified: &Opened) {
    let header = &verified.round.header;
    println!("\nowed to customers of {} in round {}:", header.exchange, header.round);
    for (asset, total) in header.assets.iter().zip(&verified.round.liabilities.totals) {
        let of_margin = margin_of(verified, &asset.symbol).map(|MarginTotal { pledged, debt }| {
            let [pledged, debt] = [pledged, debt].map(|units| shown(units, asset.decimals));
            format!("   {pledged} of it pledged; customers owe {debt}")
        });
        let of_margin = of_margin.unwrap_or_default();
        println!("  {:<12} {:>32}{of_margin}", asset.symbol, shown(*total, asset.decimals));
    }
}

pub(super) fn holdings_json(header: &Header, report: &Report) -> Value {
    let asset = |asset: &proof::header::Asset| {
        let sum = report.summary.asset(&asset.symbol);
        let at = |level: Level| sum.at(level).to_string();
        json!({
            "asset": asset.symbol, "rows": sum.rows, "held": sum.total().to_string(),
            "proof": at(Level::Proof), "two_sources": at(Level::TwoSources), "claim": at(Level::Claim),
        })
    };
    let mapped = report
        .mapped
        .iter()
        .map(|((asset, chain), rows)| json!({ "asset": asset, "chain": chain, "rows": rows }));
    json!({
        "rows": report.rows,
        "replayable": report.replayable,
        "mapped": mapped.collect::<Vec<_>>(),
        "assets": header.assets.iter().map(asset).collect::<Vec<_>>(),
    })
}

/// What is owed, and what of it must be held.
#[derive(Clone, Copy)]
pub(super) struct Owed<'a> {
    pub(super) totals: &'a [u128],
    pub(super) to_hold: &'a [u128],
}

pub(super) fn print_holdings(header: &Header, owed: Option<Owed<'_>>, report: &Report) {
    println!("\nheld, and how surely that is known:");
    for (place, asset) in header.assets.iter().enumerate() {
        let sum = report.summary.asset(&asset.symbol);
        let amount = |amount: model::Amount| {
            amount
                .to_u128()
                .map_or_else(|| amount.to_string(), |units| shown(units, asset.decimals))
        };
        let levels = Level::ALL.into_iter().filter(|level| !sum.at(*level).is_zero());
        let levels = levels.map(|level| match (level, amount(sum.at(level))) {
            (Level::Proof, amount) => format!("{amount} proved"),
            (Level::TwoSources, amount) => format!("{amount} by two sources"),
            (Level::Claim, amount) => format!("{amount} claimed"),
        });
        let held = sum.total();
        let held_units = held.to_u128().unwrap_or(u128::MAX);
        let ratio =
            owed.map_or(String::new(), |owed| match (owed.to_hold[place], owed.totals[place]) {
                (to_hold, total) if to_hold == total => ratio(held_units, total),
                (to_hold, total) => format!(
                    "{} of what must be held, {} of all owed",
                    ratio(held_units, to_hold),
                    ratio(held_units, total)
                ),
            });
        let levels = levels.collect::<Vec<_>>().join(", ");
        println!("  {:<8} {:>28} {ratio:>12}   {levels}", asset.symbol, amount(held));
    }
    if report.replayable > 0 {
        let rows = report.replayable;
        println!("  {rows} rows are signed with a sentence that can be replayed: claims only");
    }
    for ((asset, chain), rows) in &report.mapped {
        println!("  {rows} rows of {asset} are on {chain}, which is not the asset's own chain");
    }
}

/// What is held for what is owed, in percent, never rounded up.
pub(super) fn ratio(held: u128, owed: u128) -> String {
    let wide = |number: u128| number as f64;
    match (owed, held.checked_mul(10_000)) {
        (0, _) => "nothing is owed".to_owned(),
        (owed, Some(held)) => {
            let hundredths = held / owed;
            format!("{}.{:02} %", hundredths / 100, hundredths % 100)
        }
        (owed, None) => {
            format!("{:.2} %", (wide(held) / wide(owed) * 100.0 * 100.0).floor() / 100.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_whole() {
        assert_eq!(shown(123_456_789_012, 8), "1,234.56789012");
        assert_eq!(shown(5, 8), "0.00000005");
        assert_eq!(shown(0, 8), "0");
        assert_eq!(shown(1_000, 0), "1,000");
    }
}
