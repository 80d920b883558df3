//! Readers of the lists that the field publishes. Each knows where its list lies in a folder laid
//! out like the public data set, who publishes it, and what its words mean.

mod cryptoscamdb;
mod etherscan;
mod forta;
mod graphsense;
mod mew;
mod ofac;
mod phish_hack;
mod polkadot;
mod scamsniffer;

use model::{Account, Category, Network};
use std::borrow::Cow;

use crate::snapshot::Rows;
use crate::{Entry, IntelError, Snapshot, SnapshotMeta};

/// Longest label that is kept.
const LABEL_LEN_MAX: usize = 200;

/// One list and how to read it.
pub struct Source {
    /// Stable name.
    pub id: &'static str,
    /// Files of the list below the folder of lists, without a compression suffix.
    pub files: &'static [&'static str],
    /// Who publishes it and where; a README beside the list may say it more exactly.
    pub origin: &'static str,
    /// Licence as its publisher states it.
    pub licence: &'static str,
    /// Version of the reader: goes up when the same bytes give other entries.
    pub parser_version: u32,
    read: fn(&[&[u8]], &mut Rows) -> Result<(), String>,
}

/// Every list that can be imported.
pub const SOURCES: &[Source] = &[
    Source {
        id: "ofac",
        files: &["ofac-crypto-addresses/sanctioned_addresses.csv"],
        origin: "US Treasury OFAC SDN list, digital currency addresses",
        licence: "public domain (US government work); extraction MIT",
        parser_version: 1,
        read: ofac::read,
    },
    Source {
        id: "scamsniffer",
        files: &["scamsniffer/address.json", "scamsniffer/combined.json"],
        origin: "ScamSniffer scam-database",
        licence: "GPL-3.0",
        parser_version: 1,
        read: scamsniffer::read,
    },
    Source {
        id: "mew-darklist",
        files: &["mew-lists/addresses-darklist.json"],
        origin: "MyEtherWallet ethereum-lists",
        licence: "MIT",
        parser_version: 1,
        read: mew::read_dark,
    },
    Source {
        id: "mew-lightlist",
        files: &["mew-lists/addresses-lightlist.json"],
        origin: "MyEtherWallet ethereum-lists",
        licence: "MIT",
        parser_version: 1,
        read: mew::read_light,
    },
    Source {
        id: "cryptoscamdb",
        files: &["cryptoscamdb/urls.csv"],
        origin: "CryptoScamDB blacklist",
        licence: "none stated",
        parser_version: 1,
        read: cryptoscamdb::read,
    },
    Source {
        id: "etherscan-labels",
        files: &["etherscan-labels/labels.csv"],
        origin: "Etherscan and sister explorers, public labels",
        licence: "MIT (repository); explorer terms apply",
        parser_version: 1,
        read: etherscan::read_labels,
    },
    Source {
        id: "etherscan-tokens",
        files: &["etherscan-labels/eth-labels_tokens.csv"],
        origin: "Etherscan and sister explorers, token labels",
        licence: "MIT (repository); explorer terms apply",
        parser_version: 1,
        read: etherscan::read_tokens,
    },
    Source {
        id: "graphsense",
        files: &["graphsense-tagpacks/tags.csv"],
        origin: "GraphSense public TagPacks",
        licence: "MIT",
        parser_version: 2,
        read: graphsense::read,
    },
    Source {
        id: "forta-etherscan",
        files: &["forta-labels/etherscan_malicious_labels.csv"],
        origin: "Forta labelled-datasets",
        licence: "MIT",
        parser_version: 1,
        read: forta::read_etherscan,
    },
    Source {
        id: "forta-phishing",
        files: &["forta-labels/phishing_scams.csv"],
        origin: "Forta labelled-datasets",
        licence: "MIT",
        parser_version: 1,
        read: forta::read_phishing,
    },
    Source {
        id: "forta-contracts",
        files: &["forta-labels/malicious_smart_contracts.csv"],
        origin: "Forta labelled-datasets",
        licence: "MIT",
        parser_version: 1,
        read: forta::read_contracts,
    },
    Source {
        id: "forta-contracts-chain10",
        files: &["forta-labels/polygon_malicious_smart_contracts_chain10.csv"],
        origin: "Forta labelled-datasets",
        licence: "MIT",
        parser_version: 1,
        read: forta::read_contracts_chain10,
    },
    Source {
        id: "polkadot-phishing",
        files: &["polkadot-phishing/address.json"],
        origin: "polkadot-js/phishing",
        licence: "Apache-2.0",
        parser_version: 1,
        read: polkadot::read,
    },
    Source {
        id: "phish-hack",
        files: &["eth-phish-graph/phishing_address.csv"],
        origin: "Etherscan phish-hack label, XBlock collection",
        licence: "none stated",
        parser_version: 1,
        read: phish_hack::read,
    },
];

impl Source {
    /// The source with this name.
    pub fn find(id: &str) -> Option<&'static Source> {
        SOURCES.iter().find(|source| source.id == id)
    }

    /// Reads the contents of the list's files, in the order of [`Source::files`], decompressed.
    /// `readme` is the text of a README beside the list, from which origin and date are taken.
    ///
    /// # Errors
    /// [`IntelError::Malformed`] when the content is not what the source publishes, among others
    /// because it is cut off.
    pub fn read(&self, contents: &[&[u8]], readme: Option<&str>) -> Result<Snapshot, IntelError> {
        let said = |prefix: &str| {
            let line = readme?.lines().find_map(|line| line.strip_prefix(prefix))?;
            Some(line.chars().take(400).collect::<String>())
        };
        let origin = said("Origin: ").map_or(Cow::Borrowed(self.origin), Cow::Owned);
        let stated = said("Origin: ").and_then(|origin| find_date(&origin));
        let dated = stated.or_else(|| find_date(readme?)).unwrap_or_default();
        let meta = SnapshotMeta::describe(
            self.id,
            &origin,
            self.licence,
            &dated,
            self.parser_version,
            contents,
        );
        let mut rows = Rows::default();
        (self.read)(contents, &mut rows)
            .map_err(|problem| IntelError::Malformed { source_id: self.id, problem })?;
        Ok(rows.into_snapshot(meta))
    }
}

/// The first `YYYY-MM-DD` in a text.
fn find_date(text: &str) -> Option<String> {
    let is_date = |word: &&[u8]| {
        word.iter().enumerate().all(|(i, byte)| match i {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    };
    text.as_bytes().windows(10).find(is_date).map(|word| String::from_utf8_lossy(word).into_owned())
}

/// Adds an entry for the address as it is written on `network`, or refuses the row.
fn take(
    rows: &mut Rows,
    network: Network,
    address: &str,
    category: Category,
    confidence: u8,
    label: &str,
) {
    match chain::parse_address(network, address) {
        Ok(address) => rows.take(Entry {
            account: Account { network, address },
            category,
            confidence,
            label: label.trim().chars().take(LABEL_LEN_MAX).collect(),
        }),
        Err(error) => rows.refuse(error.code(), error),
    }
}

/// The network that a list means by a ticker and an address. A stablecoin's ticker names no chain,
/// so the address's own form decides.
fn network_of(ticker: &str, address: &str) -> Option<Network> {
    match ticker {
        "USDT" | "USDC" | "OMNI" => [Network::ETHEREUM, Network::Tron, Network::Bitcoin]
            .into_iter()
            .find(|network| chain::parse_address(*network, address).is_ok()),
        "BEP20" | "BNB" if address.starts_with("0x") => Some(Network::Evm(56)),
        "BNB" => Some(Network::BnbBeacon),
        "MATIC" => Some(Network::Evm(137)),
        "AVAX" if address.starts_with("0x") => Some(Network::Evm(43_114)),
        "FTM" => Some(Network::Evm(250)),
        "KSM" => Some(Network::Polkadot),
        "Ripple" => Some(Network::Xrpl),
        ticker => Network::from_ticker(ticker),
    }
}

/// Calls `each` with the fields of every row, by the names in `columns`.
fn each_csv_row<const N: usize>(
    content: &[u8],
    columns: [&str; N],
    rows: &mut Rows,
    mut each: impl FnMut(&mut Rows, [&str; N]),
) -> Result<(), String> {
    let mut reader = csv::ReaderBuilder::new().from_reader(content);
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(columns) {
        *place = header
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| format!("column '{name}' is missing from the header"))?;
    }
    for record in reader.records() {
        let record = record.map_err(|e| format!("row {}: {e}", rows.rows_seen() + 1))?;
        rows.next_row();
        each(rows, places.map(|place| record.get(place).unwrap_or("")));
    }
    if content.last().is_some_and(|byte| *byte != b'\n') {
        // A download that stops in the middle of a row parses all the same.
        return Err("its last line has no line feed: the list is cut off".to_owned());
    }
    Ok(())
}

/// The category that words such as "exploiter" or "Fake_Phishing" stand for.
fn category_of_words(words: &str) -> Option<Category> {
    let words = words.to_ascii_lowercase();
    let table: &[(&str, Category)] = &[
        ("ransom", Category::Ransomware),
        ("exploit", Category::Hack),
        ("hack", Category::Hack),
        ("heist", Category::Hack),
        ("attacker", Category::Hack),
        ("stolen", Category::Hack),
        ("ponzi", Category::Ponzi),
        ("malware", Category::Malware),
        ("phish", Category::Phishing),
        ("drainer", Category::Phishing),
        ("fake", Category::Phishing),
        ("scam", Category::Scam),
        ("trust-trading", Category::Scam),
        ("trust trading", Category::Scam),
    ];
    table.iter().find(|(word, _)| words.contains(word)).map(|(_, category)| *category)
}
