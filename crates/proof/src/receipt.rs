//! What a customer holds: who they are in a round, what they are owed, and the way from their leaf to
//! the root of its shard. It is theirs alone: whoever has it sees their balances.

use serde::{Deserialize, Serialize};

use crate::ProofError;
use crate::header::{Header, unknown};
use crate::id::UserId;
use crate::leaf::{Entry, Leaf};
use crate::liabilities::{Liabilities, base_units, same_spelling, sha256_of_hex};
use crate::margin::Held;
use crate::poseidon::{Digest, Poseidon};
use crate::systems::hex;
use crate::tree::Path;

/// The version of this form.
const VERSION: u16 = 1;
/// Longest receipt: a thousand assets.
pub const LEN_MAX: usize = 1 << 18;
/// Longest name of an account.
pub const ACCOUNT_LEN_MAX: usize = 128;

/// What a customer has pledged and owes in an asset, in base units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MarginEntry {
    /// Symbol of the asset.
    pub asset: String,
    /// Pledged, beside the free balance.
    pub pledged: u128,
    /// Owed to the exchange.
    pub debt: u128,
}

/// What a customer holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// SHA-256 of the header.
    pub header: [u8; 32],
    /// The round.
    pub round: String,
    /// The account, as the customer knows it.
    pub account: String,
    /// The secret that the id is derived from.
    pub secret: [u8; 32],
    /// The shard.
    pub shard: u32,
    /// What is owed and not pledged, by the symbol of the asset.
    pub entries: Vec<(String, u128)>,
    /// What is pledged and borrowed, in the order of the header's `margin`.
    pub margin: Vec<MarginEntry>,
    /// The way to the root of the shard.
    pub path: Path,
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither the secret nor the balances.
        write!(out, "Receipt of {} in {}", self.account, self.round)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryText {
    asset: String,
    amount: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarginText {
    asset: String,
    pledged: String,
    debt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    version: u16,
    header: String,
    round: String,
    account: String,
    secret: String,
    shard: u32,
    index: u64,
    entries: Vec<EntryText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    margin: Vec<MarginText>,
    path: Vec<String>,
}

/// Checks that an account has a name which is written one way only.
///
/// # Errors
/// [`ProofError::Field`] when it is empty, too long, or has other characters than printable ASCII
/// without quotes and backslashes.
pub fn check_account(account: &str) -> Result<(), ProofError> {
    let is_plain = |byte: u8| (b'!'..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if account.is_empty() || account.len() > ACCOUNT_LEN_MAX || !account.bytes().all(is_plain) {
        let problem = format!(
            "1 to {ACCOUNT_LEN_MAX} printable ASCII characters without spaces, quotes and backslashes are wanted"
        );
        return Err(ProofError::field("account", problem));
    }
    Ok(())
}

impl Receipt {
    /// Reads a receipt.
    ///
    /// # Errors
    /// [`ProofError`] that names what is wrong, also when it is only spelled otherwise.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let what = "the receipt";
        let canonical = |problem: String| ProofError::Canonical { what, problem };
        if bytes.len() > LEN_MAX {
            return Err(canonical(format!("it has more than {LEN_MAX} bytes")));
        }
        // A file that was saved by hand may end with a line break.
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let text: Text =
            serde_json::from_slice(bytes).map_err(|error| canonical(error.to_string()))?;
        if text.version != VERSION {
            let problem = format!("{} is not {VERSION}: another program wrote it", text.version);
            return Err(ProofError::field("version", problem));
        }
        check_account(&text.account)?;
        let entries = text.entries.into_iter().enumerate().map(|(place, entry)| {
            let amount = base_units(&format!("entries[{place}].amount"), &entry.amount)?;
            Ok((entry.asset, amount))
        });
        let margin = text.margin.into_iter().enumerate().map(|(place, text)| {
            let pledged = base_units(&format!("margin[{place}].pledged"), &text.pledged)?;
            let debt = base_units(&format!("margin[{place}].debt"), &text.debt)?;
            Ok(MarginEntry { asset: text.asset, pledged, debt })
        });
        let siblings = text.path.iter().map(|digest| digest.parse::<Digest>());
        let receipt = Self {
            header: sha256_of_hex("header", &text.header)?,
            round: text.round,
            account: text.account,
            secret: sha256_of_hex("secret", &text.secret)?,
            shard: text.shard,
            entries: entries.collect::<Result<_, ProofError>>()?,
            margin: margin.collect::<Result<_, ProofError>>()?,
            path: Path { index: text.index, siblings: siblings.collect::<Result<_, _>>()? },
        };
        same_spelling(what, &receipt.encode(), bytes)?;
        Ok(receipt)
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let entries = self
            .entries
            .iter()
            .map(|(asset, amount)| EntryText { asset: asset.clone(), amount: amount.to_string() });
        let margin = self.margin.iter().map(|entry| MarginText {
            asset: entry.asset.clone(),
            pledged: entry.pledged.to_string(),
            debt: entry.debt.to_string(),
        });
        let text = Text {
            version: VERSION,
            header: hex(&self.header),
            round: self.round.clone(),
            account: self.account.clone(),
            secret: hex(&self.secret),
            shard: self.shard,
            index: self.path.index,
            entries: entries.collect(),
            margin: margin.collect(),
            path: self.path.siblings.iter().map(Digest::to_string).collect(),
        };
        serde_json::to_vec(&text).expect("texts are plain data")
    }

    /// The customer's leaf.
    ///
    /// # Errors
    /// [`ProofError::Field`] that names the entry which the round does not have.
    pub fn leaf(&self, header: &Header) -> Result<Leaf, ProofError> {
        let mut entries = Vec::with_capacity(self.entries.len());
        for (place, (symbol, amount)) in self.entries.iter().enumerate() {
            let asset = header.asset_number(symbol);
            let asset = asset.ok_or_else(|| unknown(&format!("entries[{place}].asset")))?;
            entries.push(Entry { asset, amount: *amount });
        }
        let mut held = Vec::with_capacity(self.margin.len());
        for (place, entry) in self.margin.iter().enumerate() {
            let of_margin = header.margin.iter().position(|known| known.asset == entry.asset);
            let of_margin = of_margin.and_then(|place| u16::try_from(place).ok());
            let of_margin = of_margin.ok_or_else(|| unknown(&format!("margin[{place}].asset")))?;
            let MarginEntry { pledged, debt, .. } = *entry;
            if pledged == 0 && debt == 0 {
                let problem = "what is zero is left away";
                return Err(ProofError::field(format!("margin[{place}].pledged"), problem));
            }
            held.push(Held { place: of_margin, pledged, debt });
        }
        let id = UserId::derive(&self.round, &self.account, &self.secret);
        let rules = header.rules()?;
        let positions = rules.positions(&held)?;
        Leaf::new(header.shape()?, id, entries)?.with_positions(&rules, positions)
    }

    /// Checks that the customer's leaf is one of those that the shard's proof counts.
    ///
    /// # Errors
    /// [`ProofError`] that says what does not hold.
    pub fn check(
        &self,
        poseidon: &Poseidon,
        header: &Header,
        liabilities: &Liabilities,
    ) -> Result<(), ProofError> {
        if self.header != header.digest() || self.round != header.round {
            return Err(ProofError::OtherRound { what: "the receipt" });
        }
        let shard = liabilities.shards.get(self.shard as usize).ok_or_else(|| {
            let problem = format!("{} of {} shards", self.shard, liabilities.shards.len());
            ProofError::field("shard", problem)
        })?;
        let leaf = self.leaf(header)?;
        // Paths of places that no leaf is at lead nowhere; said here in words.
        if self.path.index >= u64::from(header.slots) {
            let problem = format!("{} of {} leaves", self.path.index, header.slots);
            return Err(ProofError::field("index", problem));
        }
        let digest = leaf.digest(poseidon);
        self.path.check(poseidon, 0, header.shard_steps(), &digest, &shard.root)
    }
}
