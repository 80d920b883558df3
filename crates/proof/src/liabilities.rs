//! What a round says is owed: the root, the totals, and what each shard's proof is of. One canonical
//! form, as for the header.

use serde::{Deserialize, Serialize};

use crate::ProofError;
use crate::circuit::{shard, totals};
use crate::header::Header;
use crate::key::Key;
use crate::poseidon::{Digest, Poseidon};
use crate::systems::hex;
use crate::tree::Tree;

/// The version of this form.
const VERSION: u16 = 1;
/// Longest text: 20,000 shards and 1,000 totals.
pub const LEN_MAX: usize = 8 << 20;

/// A shard's public values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shard {
    /// Root of its tree.
    pub root: Digest,
    /// What its sums hash to.
    pub sums: Digest,
    /// The key that all of its leaves come after.
    pub after: Key,
    /// The key of its last leaf.
    pub until: Key,
}

impl Shard {
    /// As the circuit has them.
    pub fn public(&self) -> shard::Public {
        shard::Public {
            root: self.root,
            sums: self.sums,
            after: self.after.limbs(),
            until: self.until.limbs(),
        }
    }
}

/// What all customers have pledged and owe in an asset, in base units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MarginTotal {
    /// Pledged; part of what is owed to customers.
    pub pledged: u128,
    /// Owed by customers to the exchange.
    pub debt: u128,
}

/// What a round says is owed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Liabilities {
    /// SHA-256 of the header.
    pub header: [u8; 32],
    /// Root of all leaves.
    pub root: Digest,
    /// What is owed to customers in each asset, in base units: all of it, whatever they owe.
    pub totals: Vec<u128>,
    /// For each asset of the header's `margin`, what is pledged and what customers owe.
    pub margin: Vec<MarginTotal>,
    /// Shards, in the order of their keys.
    pub shards: Vec<Shard>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShardText {
    root: String,
    sums: String,
    after: String,
    until: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarginText {
    pledged: String,
    debt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    version: u16,
    header: String,
    root: String,
    totals: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    margin: Vec<MarginText>,
    shards: Vec<ShardText>,
}

/// A number of base units in its one form.
///
/// # Errors
/// [`ProofError::Field`] that names the field.
pub(crate) fn base_units(field: &str, text: &str) -> Result<u128, ProofError> {
    let is_canonical = text == "0"
        || (!text.is_empty()
            && !text.starts_with('0')
            && text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = text.parse::<u128>().ok().filter(|_| is_canonical);
    number.ok_or_else(|| {
        ProofError::field(field, "a whole number of base units such as 150000000 is wanted")
    })
}

/// A digest of SHA-256 in its one form.
///
/// # Errors
/// [`ProofError::Field`] that names the field.
pub(crate) fn sha256_of_hex(field: &str, text: &str) -> Result<[u8; 32], ProofError> {
    let wrong = || ProofError::field(field, "64 lower-case hexadecimal digits are wanted");
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 64 || !text.bytes().all(is_hex) {
        return Err(wrong());
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| wrong())?;
    }
    Ok(bytes)
}

/// Refuses a text that is not spelled as it would be written.
pub(crate) fn same_spelling(
    what: &'static str,
    again: &[u8],
    bytes: &[u8],
) -> Result<(), ProofError> {
    if again == bytes {
        return Ok(());
    }
    let place = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let problem = format!("it is spelled otherwise from byte {place} on");
    Err(ProofError::Canonical { what, problem })
}

impl Liabilities {
    /// Reads them.
    ///
    /// # Errors
    /// [`ProofError`] that names what is wrong, also when it is only spelled otherwise.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let what = "the list of liabilities";
        let canonical = |problem: String| ProofError::Canonical { what, problem };
        if bytes.len() > LEN_MAX {
            return Err(canonical(format!("it has more than {LEN_MAX} bytes")));
        }
        let text: Text =
            serde_json::from_slice(bytes).map_err(|error| canonical(error.to_string()))?;
        if text.version != VERSION {
            let problem = format!("{} is not {VERSION}: another program wrote it", text.version);
            return Err(ProofError::field("version", problem));
        }
        let totals = text.totals.iter().enumerate();
        let totals = totals.map(|(asset, total)| base_units(&format!("totals[{asset}]"), total));
        let margin = text.margin.iter().enumerate().map(|(place, text)| {
            let pledged = base_units(&format!("margin[{place}].pledged"), &text.pledged)?;
            let debt = base_units(&format!("margin[{place}].debt"), &text.debt)?;
            Ok(MarginTotal { pledged, debt })
        });
        let shards = text.shards.iter().map(|shard| {
            Ok(Shard {
                root: shard.root.parse()?,
                sums: shard.sums.parse()?,
                after: shard.after.parse()?,
                until: shard.until.parse()?,
            })
        });
        let liabilities = Self {
            header: sha256_of_hex("header", &text.header)?,
            root: text.root.parse()?,
            totals: totals.collect::<Result<_, _>>()?,
            margin: margin.collect::<Result<_, ProofError>>()?,
            shards: shards.collect::<Result<_, ProofError>>()?,
        };
        same_spelling(what, &liabilities.encode(), bytes)?;
        Ok(liabilities)
    }

    /// Their bytes.
    pub fn encode(&self) -> Vec<u8> {
        let shards = self.shards.iter().map(|shard| ShardText {
            root: shard.root.to_string(),
            sums: shard.sums.to_string(),
            after: shard.after.to_string(),
            until: shard.until.to_string(),
        });
        let text = Text {
            version: VERSION,
            header: hex(&self.header),
            root: self.root.to_string(),
            totals: self.totals.iter().map(u128::to_string).collect(),
            margin: self
                .margin
                .iter()
                .map(|of_asset| MarginText {
                    pledged: of_asset.pledged.to_string(),
                    debt: of_asset.debt.to_string(),
                })
                .collect(),
            shards: shards.collect(),
        };
        serde_json::to_vec(&text).expect("texts are plain data")
    }

    /// The root of all leaves over the roots of shards.
    ///
    /// # Errors
    /// [`ProofError::Field`] when there are not as many as the header says.
    pub fn root_of(
        poseidon: &Poseidon,
        header: &Header,
        shards: &[Shard],
    ) -> Result<Digest, ProofError> {
        let roots = shards.iter().map(|shard| shard.root).collect();
        Ok(*Tree::over(poseidon, header.shard_steps(), header.top_steps(), roots)?.root())
    }

    /// Checks everything that needs no proof: the round, the numbers of shards and totals, that the
    /// keys of shards join without a gap, and that their roots lead to the root.
    ///
    /// # Errors
    /// [`ProofError`] that says what does not hold.
    pub fn check(&self, poseidon: &Poseidon, header: &Header) -> Result<(), ProofError> {
        if self.header != header.digest() {
            return Err(ProofError::OtherRound { what: "the list of liabilities" });
        }
        let counts = [
            ("totals", self.totals.len(), header.assets.len()),
            ("margin", self.margin.len(), header.margin.len()),
            ("shards", self.shards.len(), header.shards as usize),
        ];
        for (what, found, wanted) in counts {
            if found != wanted {
                return Err(ProofError::Count { what, found, wanted });
            }
        }
        let mut after = Key::FIRST;
        for (shard, public) in self.shards.iter().enumerate() {
            if public.after != after || public.until <= public.after {
                return Err(ProofError::Keys { shard });
            }
            after = public.until;
        }
        self.sums(header)?;
        let root = Self::root_of(poseidon, header, &self.shards)?;
        if root == self.root { Ok(()) } else { Err(ProofError::Root) }
    }

    /// What must be held of each asset: what is owed to customers, less what customers owe in the same
    /// asset. Never less than nothing, and never made up for by another asset.
    ///
    /// # Errors
    /// [`ProofError::Field`] when the header has no such assets.
    pub fn to_hold(&self, header: &Header) -> Result<Vec<u128>, ProofError> {
        let mut to_hold = self.totals.clone();
        for (number, total) in header.margin_assets()?.into_iter().zip(&self.margin) {
            let of_asset = &mut to_hold[usize::from(number)];
            *of_asset = of_asset.saturating_sub(total.debt);
        }
        Ok(to_hold)
    }

    /// What each sum of the round comes to: free balances, and what is pledged and owed.
    fn sums(&self, header: &Header) -> Result<Vec<u128>, ProofError> {
        let shape = header.shape()?;
        let mut sums = self.totals.clone();
        sums.resize(shape.sums(), 0);
        let numbers = header.margin_assets()?.into_iter().map(usize::from);
        for (place, (number, total)) in numbers.zip(&self.margin).enumerate() {
            sums[number] = sums[number].checked_sub(total.pledged).ok_or_else(|| {
                let problem = format!("it is more than the {} that are owed", self.totals[number]);
                ProofError::field(format!("margin[{place}].pledged"), problem)
            })?;
            sums[shape.position_sum(place, false) as usize] = total.pledged;
            sums[shape.position_sum(place, true) as usize] = total.debt;
        }
        Ok(sums)
    }

    /// What is owed in each asset, and what is pledged and owed in those of the margin, from the sums of
    /// a round.
    ///
    /// # Errors
    /// [`ProofError::Field`] when the header has no such assets.
    pub fn of_sums(
        header: &Header,
        sums: &[u128],
    ) -> Result<(Vec<u128>, Vec<MarginTotal>), ProofError> {
        let shape = header.shape()?;
        let mut totals = sums[..header.assets.len()].to_vec();
        let mut margin = Vec::with_capacity(header.margin.len());
        for (place, number) in header.margin_assets()?.into_iter().enumerate() {
            let [pledged, debt] =
                [false, true].map(|is_debt| sums[shape.position_sum(place, is_debt) as usize]);
            totals[usize::from(number)] += pledged;
            margin.push(MarginTotal { pledged, debt });
        }
        Ok((totals, margin))
    }

    /// What the proof of the totals says.
    ///
    /// # Errors
    /// [`ProofError::Field`] when more is pledged in an asset than is owed.
    pub fn totals_public(&self, header: &Header) -> Result<totals::Public, ProofError> {
        let sums = self.shards.iter().map(|shard| shard.sums).collect();
        Ok(totals::Public { sums, totals: self.sums(header)? })
    }
}
