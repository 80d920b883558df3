//! Events as they come in over the API, and what they parse to.

use chain::parse_address;
use model::{
    Address, Amount, Approval, Asset, Network, Position, Transaction, Transfer, TransferKind,
    TxHash,
};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::{self, Display};
use std::ops::Deref;
use store::EventKey;
use utoipa::ToSchema;

use crate::problem::Problem;

/// Longest id of an event.
const ID_LEN_MAX: usize = 128;
/// Most transfers, approvals and inputs of one event each.
const PARTS_MAX: usize = 4_096;
/// How far ahead of our clock an event may be dated.
const FUTURE_S: u64 = 7_200;

/// A text of an event, borrowed from its line: an event has ten of them, and nearly all are parsed
/// to something else at once.
#[derive(Debug)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Text<'_> {
    pub(super) fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            // With escapes in it.
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// A transaction with what it moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub(super) struct EventIn<'a> {
    /// Your id. Sending the same event again gives the same answer and changes nothing.
    #[schema(value_type = String)]
    pub(super) id: Text<'a>,
    /// CAIP-2 id such as `eip155:1`, or a name such as `ethereum`.
    #[schema(value_type = String)]
    network: Text<'a>,
    /// Hash of the transaction, 32 bytes in hexadecimal digits.
    #[schema(value_type = String)]
    tx: Text<'a>,
    /// Block number.
    #[serde(default)]
    block: u64,
    /// Index of the transaction in its block.
    #[serde(default)]
    index: u32,
    /// Block time, RFC 3339.
    #[schema(value_type = String)]
    time: Text<'a>,
    /// What it moved, in order.
    transfers: Vec<TransferIn<'a>>,
    /// What it permitted, in order.
    #[serde(default)]
    approvals: Vec<ApprovalIn<'a>>,
    /// UTXO chains: the spent outputs.
    #[serde(default)]
    inputs: Vec<InputIn<'a>>,
    /// UTXO chains: inputs whose spent output is not known.
    #[serde(default)]
    unknown_inputs: u32,
}

/// One movement of one asset.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct TransferIn<'a> {
    /// Who paid; null for issuance and mints.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    from: Option<Text<'a>>,
    /// Who received; null for burns.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    to: Option<Text<'a>>,
    /// Who signed the transaction, if it is not the payer.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    initiator: Option<Text<'a>>,
    /// `native`, or a CAIP-19 id such as `eip155:1/erc20:0xdac1…`.
    #[serde(default = "native")]
    #[schema(value_type = String)]
    asset: Text<'a>,
    /// How much, in base units, as decimal digits.
    #[schema(value_type = String)]
    amount: Text<'a>,
    /// False when the transaction failed.
    #[serde(default = "yes")]
    success: bool,
    /// `value`, `token`, `token_call`, `issuance` or `withdrawal`; by default `value` for coins and
    /// `token` for tokens.
    #[serde(default)]
    kind: Option<TransferKindIn>,
    /// True when the transaction carried call data.
    #[serde(default)]
    has_call_data: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TransferKind)]
enum TransferKindIn {
    Value,
    Token,
    TokenCall,
    Issuance,
    Withdrawal,
}

/// A permission given to somebody else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct ApprovalIn<'a> {
    /// Whose assets.
    #[schema(value_type = String)]
    owner: Text<'a>,
    /// Who may move them.
    #[schema(value_type = String)]
    spender: Text<'a>,
    /// Of which contract.
    #[schema(value_type = String)]
    contract: Text<'a>,
    /// How much in base units, or `unlimited`; 0 revokes.
    #[schema(value_type = String)]
    amount: Text<'a>,
    /// Given by a signed message.
    #[serde(default)]
    by_permit: bool,
}

/// A spent output.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
struct InputIn<'a> {
    /// Whose it was.
    #[schema(value_type = String)]
    address: Text<'a>,
    /// How much, in base units.
    #[schema(value_type = String)]
    amount: Text<'a>,
}

/// A field of a part of an event, such as `transfers[3].to`: put into words only when it is at fault.
#[derive(Clone, Copy)]
struct Part {
    list: &'static str,
    place: usize,
    name: &'static str,
}

impl Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}[{}].{}", self.list, self.place, self.name)
    }
}

fn native() -> Text<'static> {
    Text(Cow::Borrowed("native"))
}

fn yes() -> bool {
    true
}

/// Seconds since 1970-01-01 UTC of an RFC 3339 time.
pub(crate) fn parse_time(field: &str, text: &str) -> Result<u64, Problem> {
    let bad = || {
        let shown: String = text.chars().take(40).collect();
        let detail = format!("'{shown}' is not a time such as 2026-11-22T11:05:03Z");
        Problem::field(field, "time.invalid", detail)
    };
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<u64> {
        let digits = bytes.get(range)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let sign = |place: usize, wanted: &[u8]| bytes.get(place).is_some_and(|b| wanted.contains(b));
    let parsed = || -> Option<i64> {
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let is_shaped = sign(4, b"-") && sign(7, b"-") && sign(10, b"Tt ") && sign(13, b":");
        if !is_shaped || !sign(16, b":") || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let length = *lengths.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
        if day == 0 || day > length {
            return None;
        }
        let mut place = 19;
        if sign(place, b".") {
            place += 1;
            let digits = bytes[place..].iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            place += digits;
        }
        let offset_s = if sign(place, b"Zz") && bytes.len() == place + 1 {
            0
        } else if sign(place, b"+-") && bytes.len() == place + 6 && sign(place + 3, b":") {
            let (hours, minutes) = (number(place + 1..place + 3)?, number(place + 4..place + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = (hours * 3_600 + minutes * 60).cast_signed();
            if bytes[place] == b'-' { -offset } else { offset }
        } else {
            return None;
        };
        // Days from the civil calendar (Hinnant 2013).
        let year = year.cast_signed() - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted = (month.cast_signed() + 9) % 12;
        let day_of_year = (153 * shifted + 2) / 5 + day.cast_signed() - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        Some(days * 86_400 + (hour * 3_600 + minute * 60 + second).cast_signed() - offset_s)
    };
    parsed().and_then(|time_s| u64::try_from(time_s).ok()).ok_or_else(bad)
}

/// An address of a network; the field is named as the caller knows it.
pub(crate) fn address(
    field: impl Display,
    network: Network,
    text: &str,
) -> Result<Address, Problem> {
    parse_address(network, text).map_err(|error| {
        let mut problem = Problem::from(error);
        problem.field = Some(field.to_string());
        problem
    })
}

fn optional(
    field: impl Display,
    network: Network,
    text: Option<&Text<'_>>,
) -> Result<Option<Address>, Problem> {
    text.map(|text| address(field, network, text)).transpose()
}

/// An amount in base units.
pub(crate) fn amount(field: impl Display, text: &str) -> Result<Amount, Problem> {
    let is_digits =
        !text.is_empty() && text.len() <= 78 && text.bytes().all(|b| b.is_ascii_digit());
    let parsed = is_digits.then(|| text.parse::<Amount>().ok()).flatten();
    parsed.ok_or_else(|| {
        let detail = format!(
            "'{}' is not a whole number of base units below 2^256",
            text.chars().take(90).collect::<String>()
        );
        Problem::field(&field.to_string(), "amount.invalid", detail)
    })
}

/// An asset of a network.
pub(crate) fn asset(field: impl Display, network: Network, text: &str) -> Result<Asset, Problem> {
    if text == "native" {
        return Ok(Asset::Native);
    }
    match Asset::parse_caip19(text) {
        Some((of, asset)) if of == network => Ok(asset),
        Some((of, _)) => {
            let detail = format!("the asset is of {of}, the event of {network}");
            Err(Problem::field(&field.to_string(), "asset.network", detail))
        }
        None => {
            let detail = "it is neither 'native' nor a CAIP-19 id such as eip155:1/erc20:0x…";
            Err(Problem::field(&field.to_string(), "asset.invalid", detail))
        }
    }
}

fn hash(field: &str, text: &str) -> Result<TxHash, Problem> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let parse = || -> Option<TxHash> {
        let digits: &[u8; 64] = digits.try_into().ok()?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(TxHash(bytes))
    };
    let detail = "it is not 32 bytes in hexadecimal digits";
    parse().ok_or_else(|| Problem::field(field, "tx.invalid", detail))
}

impl EventIn<'_> {
    /// The key of the event of a sender, and its transaction.
    pub(super) fn parse(
        &self,
        sender: &str,
        now_s: u64,
    ) -> Result<(EventKey, Transaction), Problem> {
        if self.id.is_empty() || self.id.len() > ID_LEN_MAX {
            let detail = format!("an id has 1 to {ID_LEN_MAX} bytes");
            return Err(Problem::field("id", "event.id", detail));
        }
        let network: Network = self.network.parse()?;
        let time_s = parse_time("time", &self.time)?;
        if time_s > now_s + FUTURE_S {
            let detail = format!(
                "{} lies more than two hours ahead of this server's clock ({}); check both clocks",
                &*self.time,
                crate::view::show_time(now_s)
            );
            return Err(Problem::field("time", "time.future", detail));
        }
        let parts = [
            ("transfers", self.transfers.len()),
            ("approvals", self.approvals.len()),
            ("inputs", self.inputs.len()),
        ];
        for (field, count) in parts {
            if count > PARTS_MAX {
                let detail = format!("{count} are more than {PARTS_MAX}");
                return Err(Problem::field(field, "event.too_large", detail));
            }
        }
        if !self.inputs.is_empty() && !network.is_utxo() {
            let detail = format!("{network} has accounts, not spent outputs; leave it away");
            return Err(Problem::field("inputs", "event.inputs", detail));
        }
        let tx = hash("tx", &self.tx)?;
        let position = |sub_index: usize| Position {
            block: self.block,
            tx_index: self.index,
            sub_index: u32::try_from(sub_index).unwrap_or(u32::MAX),
        };
        let mut transfers = Vec::with_capacity(self.transfers.len());
        for (place, part) in self.transfers.iter().enumerate() {
            transfers.push(part.parse(network, tx, time_s, position(place), place)?);
        }
        let mut approvals = Vec::with_capacity(self.approvals.len());
        for (place, part) in self.approvals.iter().enumerate() {
            let field = |name: &'static str| Part { list: "approvals", place, name };
            let contract = address(field("contract"), network, &part.contract)?;
            approvals.push(Approval {
                network,
                position: position(transfers.len() + place),
                time_s,
                tx,
                owner: address(field("owner"), network, &part.owner)?,
                spender: address(field("spender"), network, &part.spender)?,
                contract: contract.as_account20().ok_or_else(|| {
                    let detail = "approvals are of EVM contracts";
                    Problem::field(&field("contract").to_string(), "approval.contract", detail)
                })?,
                amount: match &*part.amount {
                    "unlimited" => Amount::MAX,
                    text => amount(field("amount"), text)?,
                },
                by_permit: part.by_permit,
                success: true,
            });
        }
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for (place, part) in self.inputs.iter().enumerate() {
            let field = |name: &'static str| Part { list: "inputs", place, name };
            inputs.push((
                address(field("address"), network, &part.address)?,
                amount(field("amount"), &part.amount)?,
            ));
        }
        let transaction = Transaction {
            hash: tx,
            index: self.index,
            transfers,
            approvals,
            inputs,
            unknown_inputs: self.unknown_inputs,
        };
        Ok((self.key(sender, &transaction), transaction))
    }

    fn key(&self, sender: &str, transaction: &Transaction) -> EventKey {
        let mut id = Sha256::new();
        id.update(sender);
        id.update([0]);
        id.update(&*self.id);
        let id: [u8; 32] = id.finalize().into();
        // The parsed form: the same event with other spaces or spellings is the same event.
        let content = postcard::to_stdvec(transaction).unwrap_or_default();
        let content: [u8; 32] = Sha256::digest(content).into();
        EventKey {
            id: u128::from_be_bytes(id[..16].try_into().expect("sixteen bytes")),
            content: u64::from_be_bytes(content[..8].try_into().expect("eight bytes")),
        }
    }
}

impl TransferIn<'_> {
    fn parse(
        &self,
        network: Network,
        tx: TxHash,
        time_s: u64,
        position: Position,
        place: usize,
    ) -> Result<Transfer, Problem> {
        let field = |name: &'static str| Part { list: "transfers", place, name };
        let from = optional(field("from"), network, self.from.as_ref())?;
        let to = optional(field("to"), network, self.to.as_ref())?;
        let initiator = optional(field("initiator"), network, self.initiator.as_ref())?;
        if from.is_none() && to.is_none() {
            let detail = "neither a payer nor a receiver is named: there is nothing to judge";
            return Err(Problem::field(&field("from").to_string(), "transfer.parties", detail));
        }
        let asset = asset(field("asset"), network, &self.asset)?;
        let kind = match self.kind {
            None if asset == Asset::Native => TransferKind::Value,
            None | Some(TransferKindIn::Token) => TransferKind::Token,
            Some(TransferKindIn::Value) => TransferKind::Value,
            Some(TransferKindIn::TokenCall) => TransferKind::TokenCall,
            Some(TransferKindIn::Issuance) => TransferKind::Issuance,
            Some(TransferKindIn::Withdrawal) => TransferKind::Withdrawal,
        };
        Ok(Transfer {
            network,
            position,
            time_s,
            tx,
            from,
            to,
            initiator: initiator.filter(|initiator| Some(*initiator) != from),
            asset,
            amount: amount(field("amount"), &self.amount)?,
            success: self.success,
            kind,
            has_call_data: self.has_call_data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"id":"e1","network":"ethereum","tx":"0x00000000000000000000000000000000000000000000000000000000000000aa",
        "time":"2023-11-14T22:13:20Z","transfers":[{"from":"0x1111111111111111111111111111111111111111",
        "to":"0x2222222222222222222222222222222222222222","amount":"1000"}]}"#;

    fn event(
        change: impl FnOnce(&mut serde_json::Value),
    ) -> Result<(EventKey, Transaction), Problem> {
        let mut value: serde_json::Value = serde_json::from_str(EVENT).unwrap();
        change(&mut value);
        let text = value.to_string();
        let event: EventIn<'_> = serde_json::from_str(&text).unwrap();
        event.parse("key 1", 1_700_000_000)
    }

    #[test]
    fn times_are_read_as_rfc_3339_writes_them() {
        let time = |text: &str| parse_time("time", text).ok();
        assert_eq!(time("2023-11-14T22:13:20Z"), Some(1_700_000_000));
        assert_eq!(time("2023-11-15T00:13:20.25+02:00"), Some(1_700_000_000));
        assert_eq!(time("2024-02-29T00:00:00Z"), Some(1_709_164_800));
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
        for bad in [
            "",
            "2023-02-29T00:00:00Z",
            "2023-11-14 22:13",
            "2023-11-14T22:13:20",
            "1969-12-31T23:59:59Z",
            "2023-11-14T24:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-11-14T22:13:20.Z",
            "２０23-11-14T22:13:20Z",
            "2023-11-14T22:13:20+99:00",
        ] {
            assert_eq!(time(bad), None, "{bad}");
        }
        for time_s in [0, 951_782_400, 1_700_000_000, 4_102_444_800] {
            assert_eq!(time(&crate::view::show_time(time_s)), Some(time_s));
        }
    }

    #[test]
    fn the_same_event_has_the_same_key_and_another_content_another() {
        let (key, transaction) = event(|_| {}).unwrap();
        assert_eq!(transaction.transfers[0].amount, Amount::from(1000));
        let (same, _) = event(|v| v["network"] = "eip155:1".into()).unwrap();
        assert_eq!(key, same);
        let (other, _) = event(|v| v["transfers"][0]["amount"] = "1001".into()).unwrap();
        assert_eq!(key.id, other.id);
        assert_ne!(key.content, other.content);
        let (renamed, _) = event(|v| v["id"] = "e2".into()).unwrap();
        assert_ne!(key.id, renamed.id);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let field = |change: fn(&mut serde_json::Value)| {
            let problem = event(change).unwrap_err();
            (problem.field.unwrap_or_default(), problem.code)
        };
        let is = |found: (String, String), field: &str, code: &str| {
            assert_eq!((found.0.as_str(), found.1.as_str()), (field, code));
        };
        is(field(|v| v["network"] = "eip155:x".into()), "network", "network.unknown");
        is(field(|v| v["id"] = "".into()), "id", "event.id");
        is(field(|v| v["tx"] = "0x12".into()), "tx", "tx.invalid");
        is(field(|v| v["time"] = "2030-01-01T00:00:00Z".into()), "time", "time.future");
        is(
            field(|v| v["transfers"][0]["amount"] = "-1".into()),
            "transfers[0].amount",
            "amount.invalid",
        );
        let too_large =
            |v: &mut serde_json::Value| v["transfers"][0]["amount"] = "9".repeat(78).into();
        is(field(too_large), "transfers[0].amount", "amount.invalid");
        is(
            field(|v| v["transfers"][0]["asset"] = "gold".into()),
            "transfers[0].asset",
            "asset.invalid",
        );
        let foreign =
            |v: &mut serde_json::Value| v["transfers"][0]["asset"] = "eip155:10/slip44:60".into();
        is(field(foreign), "transfers[0].asset", "asset.network");
        let found = field(|v| v["transfers"][0]["to"] = "0x22".into());
        assert_eq!(found.0, "transfers[0].to");
    }
}
