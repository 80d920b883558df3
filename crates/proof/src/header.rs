//! What a round claims to be about, in one canonical form: compact JSON, keys in this order, texts
//! of printable ASCII without quotes and backslashes. Any other spelling is refused, so the digest
//! of the bytes is the digest of the claim.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

use crate::ProofError;
use crate::leaf::{ASSETS_MAX, Layout, Shape, Width};
use crate::liabilities::sha256_of_hex;
use crate::margin::{Margin, Rules};
use crate::systems::Systems;

/// The version of this form.
pub const VERSION: u16 = 1;
/// Longest header.
pub const HEADER_LEN_MAX: usize = 1 << 20;
/// Longest text of a field.
const TEXT_LEN_MAX: usize = 160;
/// Most chains of a round.
const CHAINS_MAX: usize = 256;
/// Most digits after the point that an asset may have.
const DECIMALS_MAX: u8 = 36;
/// Greatest whole number that JSON readers keep exactly (RFC 8259, section 6).
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// A chain at the time of the snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// CAIP-2 id.
    pub id: String,
    /// Number of the block.
    pub height: u64,
    /// Its hash, as the chain's users write it.
    pub hash: String,
}

/// An asset of the round. Its place in the table is its number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// What people call it.
    pub symbol: String,
    /// CAIP-19 id.
    pub id: String,
    /// Digits after the point when amounts are shown.
    pub decimals: u8,
    /// Price of one: decimal digits with a point, in the header's currency. For display, and for the value
    /// of what is pledged and borrowed.
    pub price: String,
}

/// What a round claims to be about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`VERSION`].
    pub version: u16,
    /// SHA-256 of the constraint system that the proofs are of.
    pub constraints: String,
    /// The exchange.
    pub exchange: String,
    /// The round, such as `2026-11`.
    pub round: String,
    /// When balances were taken, seconds since 1970-01-01 UTC.
    pub snapshot_at: u64,
    /// Where chains stood then.
    pub chains: Vec<Chain>,
    /// Currency of the display prices.
    pub currency: String,
    /// Assets, by number.
    pub assets: Vec<Asset>,
    /// Those that can be pledged and borrowed, in the order of assets; none without margin products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub margin: Vec<Margin>,
    /// How leaves are laid out.
    pub layout: Layout,
    /// How large amounts may be.
    pub width: Width,
    /// Shards.
    pub shards: u32,
    /// Leaves of each shard, those of nobody among them.
    pub slots: u32,
    /// Rows of the proof of a shard, as a power of two.
    pub log_rows: u8,
    /// SHA-256 of the header of the round before; null for the first.
    pub previous: Option<String>,
}

fn text(field: &str, text: &str) -> Result<(), ProofError> {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if text.is_empty() || text.len() > TEXT_LEN_MAX || !text.bytes().all(is_plain) {
        let problem = format!(
            "1 to {TEXT_LEN_MAX} printable ASCII characters without quotes and backslashes are wanted"
        );
        return Err(ProofError::field(field, problem));
    }
    Ok(())
}

fn price(field: &str, text: &str) -> Result<(), ProofError> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| {
        (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let has_zero_before = whole.len() > 1 && whole.starts_with('0');
    if !is_number(whole) || !is_number(part) || has_zero_before {
        return Err(ProofError::field(field, "decimal digits such as 65000.25 are wanted"));
    }
    Ok(())
}

fn count(field: &str, found: usize, min: usize, max: usize) -> Result<(), ProofError> {
    if !(min..=max).contains(&found) {
        return Err(ProofError::field(field, format!("{found} are not between {min} and {max}")));
    }
    Ok(())
}

/// An asset that the round does not have.
pub(crate) fn unknown(field: &str) -> ProofError {
    ProofError::field(field, "the round has no such asset")
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// [`ProofError`] that names what is wrong, also when it is only spelled otherwise.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let canonical = |problem: String| ProofError::Canonical { what: "the header", problem };
        if bytes.len() > HEADER_LEN_MAX {
            return Err(canonical(format!("it has more than {HEADER_LEN_MAX} bytes")));
        }
        let header: Self =
            serde_json::from_slice(bytes).map_err(|error| canonical(error.to_string()))?;
        header.check()?;
        let again = header.encode();
        if again != bytes {
            let place = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
            return Err(canonical(format!("it is spelled otherwise from byte {place} on")));
        }
        Ok(header)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`ProofError::Field`] that names the first that is wrong.
    pub fn check(&self) -> Result<(), ProofError> {
        if self.version != VERSION {
            let problem = format!("{} is not {VERSION}: another program wrote it", self.version);
            return Err(ProofError::field("version", problem));
        }
        sha256_of_hex("constraints", &self.constraints)?;
        text("exchange", &self.exchange)?;
        text("round", &self.round)?;
        text("currency", &self.currency)?;
        count("chains", self.chains.len(), 0, CHAINS_MAX)?;
        count("assets", self.assets.len(), 1, ASSETS_MAX)?;
        let number = |field: String, value: u64| {
            let problem = format!("{value} is not below 2^53");
            if value > NUMBER_MAX { Err(ProofError::field(field, problem)) } else { Ok(()) }
        };
        number("snapshot_at".to_owned(), self.snapshot_at)?;
        let mut known = BTreeSet::new();
        for (place, chain) in self.chains.iter().enumerate() {
            let field = |name: &str| format!("chains[{place}].{name}");
            text(&field("id"), &chain.id)?;
            text(&field("hash"), &chain.hash)?;
            number(field("height"), chain.height)?;
            if !known.insert(&chain.id) {
                return Err(ProofError::field(field("id"), "it stands twice"));
            }
        }
        let (mut ids, mut symbols) = (BTreeSet::new(), BTreeSet::new());
        for (place, asset) in self.assets.iter().enumerate() {
            let field = |name: &str| format!("assets[{place}].{name}");
            text(&field("symbol"), &asset.symbol)?;
            text(&field("id"), &asset.id)?;
            price(&field("price"), &asset.price)?;
            if asset.decimals > DECIMALS_MAX {
                let problem = format!("{} is more than {DECIMALS_MAX}", asset.decimals);
                return Err(ProofError::field(field("decimals"), problem));
            }
            if !symbols.insert(&asset.symbol) {
                return Err(ProofError::field(field("symbol"), "it stands twice"));
            }
            if !ids.insert(asset.id.to_lowercase()) {
                return Err(ProofError::field(field("id"), "it stands twice"));
            }
        }
        Systems::of(self)?;
        self.previous.iter().try_for_each(|digest| sha256_of_hex("previous", digest).map(|_| ()))
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a header is plain data")
    }

    /// SHA-256 of its bytes: what proofs, receipts and the journal name a round by.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.encode()).into()
    }

    /// The shape of its leaves.
    ///
    /// # Errors
    /// [`ProofError::Field`] when it has no assets or too many.
    pub fn shape(&self) -> Result<Shape, ProofError> {
        match self.layout {
            Layout::Margin => Shape::margin(self.width, self.assets.len(), self.margin.len()),
            layout => Shape::new(layout, self.width, self.assets.len()),
        }
    }

    /// Number of the asset with this symbol.
    pub fn asset_number(&self, symbol: &str) -> Option<u16> {
        let place = self.assets.iter().position(|asset| asset.symbol == symbol);
        place.and_then(|place| u16::try_from(place).ok())
    }

    /// Numbers of the assets of the margin.
    ///
    /// # Errors
    /// [`ProofError::Field`] when the round has no such asset.
    pub fn margin_assets(&self) -> Result<Vec<u16>, ProofError> {
        let numbers = self.margin.iter().enumerate().map(|(place, margin)| {
            self.asset_number(&margin.asset)
                .ok_or_else(|| unknown(&format!("margin[{place}].asset")))
        });
        numbers.collect()
    }

    /// What pledged balances and debts are bound to.
    ///
    /// # Errors
    /// [`ProofError::Field`] that names what is wrong of the assets or of their tiers.
    pub fn rules(&self) -> Result<Rules, ProofError> {
        Rules::new(self.shape()?, &self.assets, &self.margin)
    }

    /// Steps from a leaf to the root of its shard.
    pub fn shard_steps(&self) -> u8 {
        (32 - self.slots.saturating_sub(1).leading_zeros()) as u8
    }

    /// Steps from the root of a shard to the root of all.
    pub fn top_steps(&self) -> u8 {
        (32 - self.shards.saturating_sub(1).leading_zeros()) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Header);

    fn header() -> Header {
        let asset = |symbol: &str, id: &str, decimals: u8| Asset {
            symbol: symbol.to_owned(),
            id: id.to_owned(),
            decimals,
            price: "65000.25".to_owned(),
        };
        Header {
            version: VERSION,
            constraints: "ab".repeat(32),
            exchange: "example".to_owned(),
            round: "2026-11".to_owned(),
            snapshot_at: 1_793_491_200,
            chains: vec![Chain {
                id: "eip155:1".to_owned(),
                height: 24_000_000,
                hash: format!("0x{}", "11".repeat(32)),
            }],
            currency: "USD".to_owned(),
            assets: vec![
                asset("BTC", "bip122:000000000019d6689c085ae165831e93/slip44:0", 8),
                asset("ETH", "eip155:1/slip44:60", 18),
            ],
            margin: Vec::new(),
            layout: Layout::Sparse,
            width: Width::Bits96,
            shards: 3,
            slots: 25_000,
            log_rows: 16,
            previous: None,
        }
    }

    #[test]
    fn a_header_is_read_in_its_one_form() {
        let bytes = header().encode();
        assert_eq!(Header::parse(&bytes).unwrap(), header());
        assert_eq!(header().top_steps(), 2);
        assert_eq!(Header { shards: 1, ..header() }.top_steps(), 0);
        let text = String::from_utf8(bytes).unwrap();
        for other in [
            text.replace(',', ", "),
            text.replace("\"version\":1", "\"version\":1.0"),
            text.replace("2026-11", "2026\\u002d11"),
            text.replace("\"previous\":null", "\"previous\":null,\"previous\":null"),
            text.replace("\"previous\":null", "\"more\":1"),
            text.replace(",\"previous\":null", ""),
            format!("{text}\n"),
            text.replace("\"shards\":3,\"slots\":25000", "\"slots\":25000,\"shards\":3"),
        ] {
            assert_ne!(other, text);
            let error = Header::parse(other.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "proof.canonical", "{other}");
        }
        let long = vec![b' '; HEADER_LEN_MAX + 1];
        assert_eq!(Header::parse(&long).unwrap_err().code(), "proof.canonical");
    }

    #[test]
    fn every_field_is_part_of_the_digest() {
        let changes: [Change; 14] = [
            |h| h.constraints = "cd".repeat(32),
            |h| h.exchange.push('2'),
            |h| h.round.push('2'),
            |h| h.snapshot_at += 1,
            |h| h.chains[0].height += 1,
            |h| h.currency.push('2'),
            |h| h.assets[0].decimals += 1,
            |h| h.assets.swap(0, 1),
            |h| h.layout = Layout::Dense,
            |h| h.width = Width::Bits64,
            |h| h.shards += 1,
            |h| h.slots += 1,
            |h| h.log_rows += 1,
            |h| h.previous = Some("ef".repeat(32)),
        ];
        let mut digests: Vec<[u8; 32]> = changes
            .iter()
            .map(|change| {
                let mut header = header();
                change(&mut header);
                header.digest()
            })
            .collect();
        digests.push(header().digest());
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), changes.len() + 1);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let changes: [(&str, Change); 16] = [
            ("version", |h| h.version = 2),
            ("constraints", |h| h.constraints = "AB".repeat(32)),
            ("exchange", |h| h.exchange = "a\"b".to_owned()),
            ("round", |h| h.round = String::new()),
            ("snapshot_at", |h| h.snapshot_at = 1 << 53),
            ("chains", |h| h.chains = vec![h.chains[0].clone(); CHAINS_MAX + 1]),
            ("chains[1].id", |h| h.chains.push(h.chains[0].clone())),
            ("assets", |h| h.assets.clear()),
            ("assets[1].symbol", |h| h.assets[1].symbol = "BTC".to_owned()),
            ("assets[1].id", |h| h.assets[1].id = h.assets[0].id.to_uppercase()),
            ("assets[0].decimals", |h| h.assets[0].decimals = 37),
            ("assets[0].price", |h| h.assets[0].price = "1e3".to_owned()),
            ("shards", |h| h.shards = 0),
            ("slots", |h| h.slots = 40_000),
            ("log_rows", |h| h.log_rows = 15),
            ("previous", |h| h.previous = Some(String::new())),
        ];
        for (wanted, change) in changes {
            let mut header = header();
            change(&mut header);
            let error = Header::parse(&header.encode()).unwrap_err();
            let ProofError::Field { field, .. } = error else { panic!("{wanted}: {error}") };
            assert_eq!(field, wanted);
        }
        for bad in ["", ".5", "5.", "-1", "1_0", "01", "NaN", "1,5", &"9".repeat(21)] {
            assert!(price("p", bad).is_err(), "{bad}");
        }
    }
}
