//! What an auditor found, as a page to print: one file without scripts, to be kept with the bundle.

use attest::evidence::Level;
use attest::report::Report;
use proof::bundle::Opened;
use proof::systems::hex;
use std::fmt::Write as _;

use super::log::Recorded;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}\
th,td{border-bottom:1px solid #ccc;padding:.3rem .5rem;text-align:right;font-variant-numeric:tabular-nums}\
th:first-child,td:first-child{text-align:left}code{font-size:.85em;word-break:break-all}.short{font-weight:700}\
@media print{body{margin:0}}";

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
    out
}

/// What is printed of a bundle that holds.
pub(crate) struct Findings<'a> {
    pub(crate) opened: &'a Opened,
    pub(crate) bits: f64,
    pub(crate) bytes: u64,
    pub(crate) recorded: Option<&'a Recorded>,
    pub(crate) held: Option<&'a Report>,
    /// What must be held of each asset.
    pub(crate) to_hold: &'a [u128],
    /// Seconds since 1970.
    pub(crate) checked_at: u64,
    /// An amount of base units in whole assets.
    pub(crate) shown: fn(u128, u8) -> String,
    /// What is held for what is owed.
    pub(crate) ratio: fn(u128, u128) -> String,
}

/// A time in UTC, such as 2026-11-22 18:46:01.
pub(crate) fn utc(at_s: u64) -> String {
    // Days to a date after Howard Hinnant's `civil_from_days`; years begin in March.
    let days = at_s / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let turn = (5 * of_year + 2) / 153;
    let day = of_year - (153 * turn + 2) / 5 + 1;
    let month = if turn < 10 { turn + 3 } else { turn - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let of_day = at_s % 86_400;
    let (hours, minutes, seconds) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}")
}

/// Who co-signed the log's checkpoint, in words.
pub(crate) fn witnesses(recorded: &Recorded) -> String {
    let Recorded { witnesses_known: known, witnesses, cosignatures, .. } = recorded;
    match (known, cosignatures) {
        (0, 0) => "nobody co-signed the log".to_owned(),
        (0, 1) => "1 co-signature, not checked: --witness".to_owned(),
        (0, claimed) => format!("{claimed} co-signatures, not checked: --witness"),
        (known, _) => {
            let who =
                witnesses.iter().map(|one| format!("{} at {} UTC", one.name, utc(one.time_s)));
            let who = who.collect::<Vec<_>>().join(", ");
            let colon = if who.is_empty() { "" } else { ": " };
            format!("{} of {known} known witnesses co-signed the log{colon}{who}", witnesses.len())
        }
    }
}

/// The page.
pub(crate) fn html(findings: &Findings<'_>) -> String {
    let round = &findings.opened.round;
    let header = &round.header;
    let title = format!("Proof of reserves: {}, round {}", header.exchange, header.round);
    let title = escaped(&title);
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>"
    );
    let mut fact = |name: &str, value: &str| {
        let _ = write!(page, "<tr><td>{name}</td><td><code>{}</code></td></tr>", escaped(value));
    };
    fact("balances taken", &format!("{} UTC", utc(header.snapshot_at)));
    fact("header (SHA-256)", &hex(&round.digest));
    fact("root of all leaves", &round.liabilities.root.to_string());
    fact("manifest (SHA-256)", &hex(&findings.opened.digest));
    fact("constraints (SHA-256)", &header.constraints);
    fact("round before", header.previous.as_deref().unwrap_or("none"));
    fact(
        "shards, files, bytes",
        &format!(
            "{}, {}, {}",
            header.shards,
            findings.opened.manifest.files.len() + 1,
            findings.bytes
        ),
    );
    fact("proven bits of security", &findings.bits.to_string());
    let recorded = match findings.recorded {
        Some(Recorded { log, index, size, is_signature_checked: true, .. }) => {
            format!("entry {index} of {size} in {log}, its signature checked")
        }
        Some(Recorded { log, index, size, .. }) => {
            format!("entry {index} of {size} in {log}; its signature was not checked")
        }
        None => "no log's proof is in the bundle".to_owned(),
    };
    fact("on record", &recorded);
    if let Some(recorded) = findings.recorded {
        fact("witnesses", &witnesses(recorded));
    }
    fact(
        "checked",
        &format!("{} UTC, ringfence {}", utc(findings.checked_at), env!("CARGO_PKG_VERSION")),
    );
    // The facts are a table of their own.
    let facts = page.split_off(page.find("<tr>").unwrap_or(page.len()));
    let _ = write!(page, "<table>{facts}</table><h2>Every proof of this bundle holds</h2>");
    page.push_str("<p>Under the root above, every leaf is counted exactly once, every balance is in range, and balances come to the totals below, asset by asset, gross. Nothing else is proved of what is owed: debts outside of these accounts are not in it.</p>");
    let has_margin = !header.margin.is_empty();
    if has_margin {
        page.push_str("<p>No customer owes more than what they pledged counts, by the tiers of the header, and nobody pledges more than they have. What customers owe is taken off from what must be held of the same asset, and of no other. Who owes is not shown: it could be the exchange itself, against collateral that is worth less than the header says.</p>");
    }
    page.push_str("<table><tr><th>asset</th><th>owed</th>");
    if has_margin {
        page.push_str("<th>of it pledged</th><th>customers owe</th><th>to be held</th>");
    }
    if findings.held.is_some() {
        page.push_str(
            "<th>proved</th><th>by two sources</th><th>claimed</th><th>held of what must be</th>",
        );
        if has_margin {
            page.push_str("<th>held of all owed</th>");
        }
    }
    page.push_str("</tr>");
    let totals = round.liabilities.totals.iter().zip(findings.to_hold);
    for (asset, (owed, to_hold)) in header.assets.iter().zip(totals) {
        let shown = |units: u128| (findings.shown)(units, asset.decimals);
        let _ = write!(page, "<tr><td>{}</td><td>{}</td>", escaped(&asset.symbol), shown(*owed));
        if has_margin {
            let place = header.margin.iter().position(|margin| margin.asset == asset.symbol);
            let total = place.map(|place| round.liabilities.margin[place]);
            let [pledged, debt] = match total {
                Some(total) => [total.pledged, total.debt].map(shown),
                None => Default::default(),
            };
            let _ = write!(page, "<td>{pledged}</td><td>{debt}</td><td>{}</td>", shown(*to_hold));
        }
        if let Some(held) = findings.held {
            let sum = held.summary.asset(&asset.symbol);
            for level in Level::ALL {
                let _ = write!(
                    page,
                    "<td>{}</td>",
                    sum.at(level).to_u128().map_or_else(String::new, shown)
                );
            }
            let total = sum.total().to_u128().unwrap_or(u128::MAX);
            let class = if total < *to_hold { " class=\"short\"" } else { "" };
            let _ = write!(page, "<td{class}>{}</td>", (findings.ratio)(total, *to_hold));
            if has_margin {
                let _ = write!(page, "<td>{}</td>", (findings.ratio)(total, *owed));
            }
        }
        page.push_str("</tr>");
    }
    page.push_str("</table>");
    match findings.held {
        Some(held) => {
            let _ = write!(
                page,
                "<p>{} rows of the list of holdings hold, {} of them signed with a sentence that can be replayed (claims only). What was held is not shown to be free of debt.</p>",
                held.rows, held.replayable
            );
            for ((asset, chain), rows) in &held.mapped {
                let (asset, chain) = (escaped(asset), escaped(chain));
                let _ = write!(
                    page,
                    "<p>{rows} rows of {asset} are on {chain}, which is not the asset's own chain.</p>"
                );
            }
        }
        None => page.push_str("<p>What the exchange holds is not in this bundle.</p>"),
    }
    page.push_str("</html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reserves::log::Witnessed;

    #[test]
    fn times_are_dates() {
        let known = [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (951_868_800, "2000-03-01 00:00:00"),
            (1_793_491_201, "2026-11-01 00:00:01"),
        ];
        for (at_s, wanted) in known {
            assert_eq!(utc(at_s), wanted);
        }
    }

    #[test]
    fn witnesses_are_counted_among_those_that_are_known() {
        let mut recorded = Recorded {
            log: "example/reserves".to_owned(),
            index: 0,
            size: 1,
            is_signature_checked: true,
            witnesses_known: 0,
            witnesses: Vec::new(),
            cosignatures: 0,
        };
        assert_eq!(witnesses(&recorded), "nobody co-signed the log");
        recorded.cosignatures = 2;
        assert_eq!(witnesses(&recorded), "2 co-signatures, not checked: --witness");
        recorded.witnesses_known = 3;
        assert_eq!(witnesses(&recorded), "0 of 3 known witnesses co-signed the log");
        recorded.witnesses.push(Witnessed { name: "w1".to_owned(), time_s: 1_793_491_201 });
        let wanted = "1 of 3 known witnesses co-signed the log: w1 at 2026-11-01 00:00:01 UTC";
        assert_eq!(witnesses(&recorded), wanted);
    }

    #[test]
    fn texts_of_a_bundle_are_texts_of_the_page() {
        assert_eq!(escaped("<script>\"&\""), "&lt;script&gt;&quot;&amp;&quot;");
    }
}
