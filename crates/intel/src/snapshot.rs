//! One immutable version of one list.

use model::{Account, Category};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Refused rows that are kept in full; the rest are counted by reason.
const REFUSALS_KEPT: usize = 50;

/// One claim of one list about one address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Who it is about.
    pub account: Account,
    /// What the list says it is.
    pub category: Category,
    /// How sure the list is, 0 to 100.
    pub confidence: u8,
    /// The list's own words: a name, a case, a domain.
    pub label: String,
}

/// A row that was not taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// Number of the row, from 1.
    pub row: u64,
    /// Why.
    pub reason: String,
}

/// Identity of a snapshot: SHA-256 over the source, the parser's version and the content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct SnapshotId(pub [u8; 32]);

impl std::fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where a list comes from and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SnapshotMeta {
    /// Identity.
    pub id: SnapshotId,
    /// Stable name of the source, such as `ofac`.
    pub source: String,
    /// Who publishes it and where.
    pub origin: String,
    /// Licence of the list.
    pub licence: String,
    /// Date of the list as its publisher states it, `YYYY-MM-DD`, or empty.
    pub dated: String,
    /// Version of our parser.
    pub parser_version: u32,
    /// SHA-256 of the bytes that were read, in hexadecimal digits.
    pub content_sha256: String,
    /// Rows that became entries.
    pub rows_taken: u64,
    /// Rows that did not.
    pub rows_refused: u64,
    /// Refused rows by reason.
    pub refused_by_reason: BTreeMap<String, u64>,
    /// The first of them.
    pub refusals: Vec<Refusal>,
}

/// A list as it was on one day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// Where it comes from.
    pub meta: SnapshotMeta,
    /// Its claims, sorted, without repeats.
    pub entries: Vec<Entry>,
}

/// What a reader has read so far.
#[derive(Default)]
pub(crate) struct Rows {
    entries: Vec<Entry>,
    taken: u64,
    refused: u64,
    refused_by_reason: BTreeMap<String, u64>,
    refusals: Vec<Refusal>,
    row: u64,
}

impl Rows {
    /// Begins the next row.
    pub(crate) fn next_row(&mut self) {
        self.row += 1;
    }

    /// Number of rows begun so far.
    pub(crate) fn rows_seen(&self) -> u64 {
        self.row
    }

    pub(crate) fn take(&mut self, entry: Entry) {
        self.taken += 1;
        self.entries.push(entry);
    }

    /// Refuses the current row. `kind` is counted, `detail` is kept for the first refusals.
    pub(crate) fn refuse(&mut self, kind: &str, detail: impl std::fmt::Display) {
        self.refused += 1;
        *self.refused_by_reason.entry(kind.to_owned()).or_default() += 1;
        if self.refusals.len() < REFUSALS_KEPT {
            self.refusals.push(Refusal { row: self.row, reason: detail.to_string() });
        }
    }

    pub(crate) fn into_snapshot(mut self, meta: SnapshotMeta) -> Snapshot {
        self.entries.sort();
        self.entries.dedup();
        let meta = SnapshotMeta {
            rows_taken: self.taken,
            rows_refused: self.refused,
            refused_by_reason: self.refused_by_reason,
            refusals: self.refusals,
            ..meta
        };
        Snapshot { meta, entries: self.entries }
    }
}

impl SnapshotMeta {
    /// The description of a list with this content, before its rows are read.
    pub(crate) fn describe(
        source: &str,
        origin: &str,
        licence: &str,
        dated: &str,
        parser_version: u32,
        contents: &[&[u8]],
    ) -> Self {
        let mut content = Sha256::new();
        contents.iter().for_each(|bytes| content.update(bytes));
        let content: [u8; 32] = content.finalize().into();
        let id = Sha256::new()
            .chain_update(source)
            .chain_update([0])
            .chain_update(parser_version.to_be_bytes())
            .chain_update(content)
            .finalize();
        Self {
            id: SnapshotId(id.into()),
            source: source.to_owned(),
            origin: origin.to_owned(),
            licence: licence.to_owned(),
            dated: dated.to_owned(),
            parser_version,
            content_sha256: content.iter().map(|byte| format!("{byte:02x}")).collect(),
            rows_taken: 0,
            rows_refused: 0,
            refused_by_reason: BTreeMap::new(),
            refusals: Vec::new(),
        }
    }
}
