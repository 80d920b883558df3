//! The text that an exchange signs for a round, and what any other text is worth.

use std::fmt::Write;

use super::OwnershipError;
use crate::chains::Chain;
use crate::encoding::{hex, shown};
use crate::key::AddressKey;

/// What every challenge begins with, of whatever version.
const FAMILY: &str = "Ringfence reserves ";
const VERSION: &str = "v1";
/// Longest id of an exchange or a round.
const ID_LEN_MAX: usize = 64;

/// A round of one exchange. [`Challenge::text`] is what the key of each address signs: it binds
/// exchange, round, header, chain and address, so that no other round or venue can use it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge {
    exchange: String,
    round: String,
    header: [u8; 32],
}

/// Whether a message is worth something for a round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The challenge of this round for this address.
    ThisRound,
    /// A sentence that could have been signed at any time, for anybody.
    Replayable,
}

impl Challenge {
    /// The round `round` of `exchange`, whose published header has this SHA-256. Ids are 1 to 64
    /// letters, digits, dots, hyphens and underscores; `None` for others.
    pub fn new(exchange: &str, round: &str, header: [u8; 32]) -> Option<Challenge> {
        let is_id = |id: &str| {
            (1..=ID_LEN_MAX).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        (is_id(exchange) && is_id(round)).then(|| Challenge {
            exchange: exchange.to_owned(),
            round: round.to_owned(),
            header,
        })
    }

    /// The text to sign with the key of `address`.
    ///
    /// ```
    /// let challenge = attest::ownership::Challenge::new("example", "2026-11", [0; 32]).unwrap();
    /// let text = challenge.text(attest::Chain::ETHEREUM, "0x52b311c52436789f3754bd199bf3886b8ccbab4c");
    /// assert!(text.starts_with("Ringfence reserves v1 | exchange=example | round=2026-11 | header=00"));
    /// ```
    pub fn text(&self, chain: Chain, address: &str) -> String {
        let mut text = self.prefix();
        write!(text, " | chain={chain} | address={}", address.trim()).expect("a string grows");
        text
    }

    fn prefix(&self) -> String {
        let Challenge { exchange, round, header } = self;
        let header = hex(header);
        format!("{FAMILY}{VERSION} | exchange={exchange} | round={round} | header={header}")
    }
}

/// What `message` is worth. The address in it may be written in another text form of the same
/// address; everything else must be the challenge's own text.
pub(super) fn standing(
    challenge: Option<&Challenge>,
    message: &str,
    key: &AddressKey,
) -> Result<Standing, OwnershipError> {
    if !message.starts_with(FAMILY) {
        return Ok(Standing::Replayable);
    }
    let other = |problem: &str| OwnershipError::OtherRound(problem.to_owned());
    let challenge =
        challenge.ok_or_else(|| other("it is a challenge, but the round to check is not named"))?;
    let rest = message
        .strip_prefix(&challenge.prefix())
        .and_then(|rest| rest.strip_prefix(" | chain="))
        .ok_or_else(|| other("it is the challenge of another exchange, round or header"))?;
    let (chain, address) =
        rest.split_once(" | address=").ok_or_else(|| other("it names no address"))?;
    let signed = chain.parse().ok().and_then(|chain| AddressKey::parse(chain, address).ok());
    match signed {
        Some(signed) if signed == *key => Ok(Standing::ThisRound),
        _ => Err(OwnershipError::OtherRound(format!("it names the address '{}'", shown(address)))),
    }
}
