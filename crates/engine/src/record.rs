//! What the journal keeps: one basis entry for each set of lists, rules and model, and one entry
//! for each decision. Integers are big-endian; texts have their length in two bytes before them.
//!
//! A decision's entry holds everything that it rests on, so that an auditor who replays the same
//! events gets the same bytes, and it holds no clock of ours, so that replay is possible at all.

use model::{Address, Asset, Category, Level, Transfer, TransferKind};
use onchain::account_model::AccountModel;
use onchain::exposure::{Exposure, METHOD};
use onchain::patterns::PatternSet;
use onchain::skynet::Observation;
use policy::{Fired, Pack};
use serde::{Deserialize, Serialize};

/// First byte of entries that say what decisions rest on; JSON follows.
pub const KIND_BASIS: u8 = 1;
/// Entries of this kind are decisions.
const KIND_DECISION: u8 = 2;
/// Entries of this kind say that a past decision would be another with newer lists.
const KIND_RESCORE: u8 = 3;
/// Entries of this kind say that a decision's block was undone by its chain.
const KIND_RETRACTION: u8 = 4;
/// Entries of this kind are answers about transfers that have not happened. They are shaped like
/// decisions.
const KIND_SCREENING: u8 = 5;
/// Entries of this kind say that something happened to a customer's account; JSON follows.
const KIND_ACCOUNT: u8 = 6;

/// That something happened to a customer's account. What happened in detail is kept beside the journal,
/// where it can be deleted; the journal holds its digest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountEntry {
    /// Its number among all of its kind: it stands in the journal once.
    pub seq: u64,
    /// The customer's id.
    pub customer: String,
    /// When, in seconds since 1970-01-01 UTC.
    pub at: u64,
    /// What, a stable code.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// SHA-256 of the details' text, in hexadecimal digits.
    pub detail_sha256: String,
}

impl AccountEntry {
    /// The journal entry.
    pub fn encode(&self) -> Vec<u8> {
        let mut entry = vec![KIND_ACCOUNT];
        serde_json::to_writer(&mut entry, self).expect("an entry is plain data");
        entry
    }

    /// The entry that bytes hold; `None` for other kinds and for bytes that do not parse.
    pub fn decode(entry: &[u8]) -> Option<Self> {
        match entry {
            [KIND_ACCOUNT, text @ ..] => serde_json::from_slice(text).ok(),
            _ => None,
        }
    }
}

/// What decisions rest on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Basis {
    /// Identity of all lists together.
    pub lists: String,
    /// Each list with its snapshot and date.
    pub snapshots: Vec<(String, String, String)>,
    /// Name and version of the rule pack.
    pub pack: String,
    /// SHA-256 of its file.
    pub pack_sha256: String,
    /// SHA-256 of the model's file; empty without a model.
    pub model_sha256: String,
    /// Method of exposure.
    pub exposure: String,
    /// Version of this program.
    pub program: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Basis {
    pub(crate) fn new(
        directory: &intel::Directory,
        pack: &Pack,
        model: Option<&AccountModel>,
    ) -> Self {
        let snapshots = directory.snapshots().iter();
        Self {
            lists: hex(&directory.id().0),
            snapshots: snapshots
                .map(|meta| (meta.source.clone(), meta.id.to_string(), meta.dated.clone()))
                .collect(),
            pack: format!("{} v{}", pack.name, pack.version),
            pack_sha256: hex(&pack.digest),
            model_sha256: model.map_or(String::new(), |model| hex(&model.digest())),
            exposure: METHOD.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The journal entry.
    pub fn encode(&self) -> Vec<u8> {
        let mut entry = vec![KIND_BASIS];
        serde_json::to_writer(&mut entry, self).expect("a basis is plain data");
        entry
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let len = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(&text.as_bytes()[..usize::from(len)]);
}

fn put_address(out: &mut Vec<u8>, address: Option<&Address>) {
    match address {
        None => out.push(0),
        Some(address) => {
            out.push(1 + address.kind() as u8);
            out.extend_from_slice(address.bytes());
        }
    }
}

/// Big-endian bytes without leading zeros, after their number.
fn put_number(out: &mut Vec<u8>, bytes: [u8; 32]) {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(32);
    out.push((32 - first) as u8);
    out.extend_from_slice(&bytes[first..]);
}

fn put_transfer(out: &mut Vec<u8>, transfer: &Transfer) {
    match transfer.network {
        // The common case in nine bytes instead of a text.
        model::Network::Evm(chain_id) => {
            out.push(1);
            out.extend_from_slice(&chain_id.to_be_bytes());
        }
        network => {
            out.push(0);
            put_text(out, &network.to_string());
        }
    }
    out.extend_from_slice(&transfer.position.block.to_be_bytes());
    out.extend_from_slice(&transfer.position.tx_index.to_be_bytes());
    out.extend_from_slice(&transfer.position.sub_index.to_be_bytes());
    out.extend_from_slice(&transfer.time_s.to_be_bytes());
    out.extend_from_slice(&transfer.tx.0);
    put_address(out, transfer.from.as_ref());
    put_address(out, transfer.to.as_ref());
    let (kind, token_id) = match transfer.asset {
        Asset::Native => (0, None),
        Asset::Erc20(_) => (1, None),
        Asset::Erc721 { token_id, .. } => (2, Some(token_id)),
        Asset::Erc1155 { token_id, .. } => (3, Some(token_id)),
    };
    out.push(kind);
    if let Some(contract) = transfer.asset.contract() {
        out.extend_from_slice(&contract);
    }
    if let Some(token_id) = token_id {
        put_number(out, token_id.to_be_bytes());
    }
    put_number(out, transfer.amount.to_be_bytes());
    let kind = match transfer.kind {
        TransferKind::Value => 0u8,
        TransferKind::Token => 1,
        TransferKind::TokenCall => 2,
        TransferKind::Issuance => 3,
        TransferKind::Withdrawal => 4,
    };
    out.push(kind | u8::from(transfer.success) << 4 | u8::from(transfer.has_call_data) << 5);
}

pub(crate) fn decision(
    basis: u64,
    transfer: &Transfer,
    observation: &Observation,
    pack: &Pack,
    fired: &Fired,
    raw: [Option<f64>; 2],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.push(KIND_DECISION);
    out.push(fired.level() as u8);
    out.extend_from_slice(&basis.to_be_bytes());
    put_transfer(&mut out, transfer);
    out.extend_from_slice(&observation.patterns.0.to_be_bytes());
    for score in raw {
        out.push(u8::from(score.is_some()));
        out.extend_from_slice(&score.unwrap_or(0.0).to_be_bytes());
    }
    for party in [&observation.from, &observation.to] {
        let exposures = party.as_ref().map_or(&[][..], |party| &party.received);
        out.push(exposures.len() as u8);
        for exposure in exposures {
            out.push(exposure.category as u8);
            out.push(exposure.hops);
            out.extend_from_slice(&exposure.direct.to_be_bytes());
            out.extend_from_slice(&exposure.indirect.to_be_bytes());
        }
    }
    let rules = pack.rules();
    out.push(fired.places().count().min(255) as u8);
    for place in fired.places().take(255) {
        put_text(&mut out, &rules[place].id);
    }
    out
}

/// The entry of an answer about a transfer that has not happened.
pub(crate) fn as_screening(mut entry: Vec<u8>) -> Vec<u8> {
    entry[0] = KIND_SCREENING;
    entry
}

/// The entry that says that decision `index` would now be `level`.
pub fn rescore(basis: u64, index: u64, level: Level, since: &str, codes: &[&str]) -> Vec<u8> {
    let mut out = vec![KIND_RESCORE, level as u8];
    out.extend_from_slice(&basis.to_be_bytes());
    out.extend_from_slice(&index.to_be_bytes());
    put_text(&mut out, since);
    for code in codes {
        put_text(&mut out, code);
    }
    out
}

/// The entry that says that a decision's block was undone by its chain.
pub fn retraction(index: u64, time_s: u64) -> Vec<u8> {
    let mut out = vec![KIND_RETRACTION];
    out.extend_from_slice(&index.to_be_bytes());
    out.extend_from_slice(&time_s.to_be_bytes());
    out
}

/// The decision that an entry retracts; `None` for entries of other kinds.
pub fn retracted_by(entry: &[u8]) -> Option<u64> {
    match entry {
        [KIND_RETRACTION, index @ ..] => Some(u64::from_be_bytes(*index.first_chunk()?)),
        _ => None,
    }
}

/// The basis that a basis entry holds; `None` for entries of other kinds.
pub fn basis_of(entry: &[u8]) -> Option<Basis> {
    match entry {
        [KIND_BASIS, text @ ..] => serde_json::from_slice(text).ok(),
        _ => None,
    }
}

/// The decision that a re-scoring is about and its new level; `None` for entries of other kinds.
pub fn rescored_by(entry: &[u8]) -> Option<(u64, Level)> {
    match entry {
        [KIND_RESCORE, level, rest @ ..] => {
            let level = *Level::ALL.get(usize::from(*level))?;
            Some((u64::from_be_bytes(rest.get(8..16)?.try_into().ok()?), level))
        }
        _ => None,
    }
}

/// The level of a decision's entry; `None` for entries of other kinds.
pub fn level_of(entry: &[u8]) -> Option<Level> {
    match entry {
        [KIND_DECISION, level, ..] => Level::ALL.get(usize::from(*level)).copied(),
        _ => None,
    }
}

/// Reads fields from the front of an entry.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn text(&mut self) -> Option<&'a str> {
        let len = u16::from_be_bytes(self.array()?);
        std::str::from_utf8(self.take(usize::from(len))?).ok()
    }

    fn number(&mut self) -> Option<model::Amount> {
        let len = self.byte()?;
        model::Amount::from_be_slice(self.take(usize::from(len))?).ok()
    }

    fn address(&mut self) -> Option<Option<Address>> {
        use model::AddressKind as Kind;
        let kinds = [
            Kind::Account20,
            Kind::Account32,
            Kind::PubkeyHash,
            Kind::ScriptHash,
            Kind::WitnessKeyHash,
            Kind::WitnessScriptHash,
            Kind::Taproot,
            Kind::Script,
            Kind::Text,
            Kind::WitnessUnknown,
        ];
        let kind = match self.byte()? {
            0 => return Some(None),
            number => *kinds.get(usize::from(number) - 1)?,
        };
        let mut bytes = [0; 32];
        bytes[..kind.len()].copy_from_slice(self.take(kind.len())?);
        Some(Some(Address::from_32(kind, bytes)))
    }
}

/// A decision as the journal keeps it.
#[derive(Clone, PartialEq, Debug)]
pub struct Recorded {
    /// True for an answer about a transfer that has not happened.
    pub is_screening: bool,
    /// How far the transfer may go.
    pub level: Level,
    /// Index of the basis entry.
    pub basis: u64,
    /// The transfer; its initiator is not kept.
    pub transfer: Transfer,
    /// Patterns that it completed.
    pub patterns: PatternSet,
    /// Raw scores of payer and receiver by the account model.
    pub raw: [Option<f64>; 2],
    /// Exposure of payer and receiver in the asset of the transfer.
    pub received: [Vec<Exposure>; 2],
    /// Ids of the rules that held, live and shadow.
    pub rules: Vec<String>,
}

/// The transfer that a decision's entry is about; `None` for other entries and for bytes that do
/// not follow the format.
pub fn transfer_of(entry: &[u8]) -> Option<Transfer> {
    read_transfer(&mut Reader(entry.strip_prefix(&[KIND_DECISION])?.get(9..)?))
}

/// The decision or screening that an entry holds; `None` for other entries and for bytes that do
/// not follow the format.
pub fn decode(entry: &[u8]) -> Option<Recorded> {
    let (is_screening, level) = match entry {
        [kind @ (KIND_DECISION | KIND_SCREENING), level, ..] => {
            (*kind == KIND_SCREENING, *Level::ALL.get(usize::from(*level))?)
        }
        _ => return None,
    };
    let mut reader = Reader(entry.get(2..)?);
    let basis = u64::from_be_bytes(reader.array()?);
    let transfer = read_transfer(&mut reader)?;
    let patterns = PatternSet(u16::from_be_bytes(reader.array()?));
    let mut raw = [None; 2];
    for score in &mut raw {
        let is_known = reader.byte()? == 1;
        let value = f64::from_be_bytes(reader.array()?);
        *score = is_known.then_some(value);
    }
    let mut received = [Vec::new(), Vec::new()];
    for exposures in &mut received {
        for _ in 0..reader.byte()? {
            exposures.push(Exposure {
                category: *Category::ALL.get(usize::from(reader.byte()?))?,
                hops: reader.byte()?,
                direct: f32::from_be_bytes(reader.array()?),
                indirect: f32::from_be_bytes(reader.array()?),
            });
        }
    }
    let mut rules = Vec::new();
    for _ in 0..reader.byte()? {
        rules.push(reader.text()?.to_owned());
    }
    Some(Recorded { is_screening, level, basis, transfer, patterns, raw, received, rules })
}

fn read_transfer(reader: &mut Reader<'_>) -> Option<Transfer> {
    let network = match reader.byte()? {
        1 => model::Network::Evm(u64::from_be_bytes(reader.array()?)),
        _ => reader.text()?.parse().ok()?,
    };
    let position = model::Position {
        block: u64::from_be_bytes(reader.array()?),
        tx_index: u32::from_be_bytes(reader.array()?),
        sub_index: u32::from_be_bytes(reader.array()?),
    };
    let time_s = u64::from_be_bytes(reader.array()?);
    let tx = model::TxHash(reader.array()?);
    let (from, to) = (reader.address()?, reader.address()?);
    let asset = match reader.byte()? {
        0 => Asset::Native,
        1 => Asset::Erc20(reader.array()?),
        kind @ (2 | 3) => {
            let (contract, token_id) = (reader.array()?, reader.number()?);
            if kind == 2 {
                Asset::Erc721 { contract, token_id }
            } else {
                Asset::Erc1155 { contract, token_id }
            }
        }
        _ => return None,
    };
    let amount = reader.number()?;
    let flags = reader.byte()?;
    let kind = match flags & 15 {
        0 => TransferKind::Value,
        1 => TransferKind::Token,
        2 => TransferKind::TokenCall,
        3 => TransferKind::Issuance,
        4 => TransferKind::Withdrawal,
        _ => return None,
    };
    Some(Transfer {
        network,
        position,
        time_s,
        tx,
        from,
        to,
        initiator: None,
        asset,
        amount,
        success: flags >> 4 & 1 == 1,
        kind,
        has_call_data: flags >> 5 & 1 == 1,
    })
}
