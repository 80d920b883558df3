//! What an exchange holds: files of a bundle under `reserves/`, and what nodes say of them.
//!
//! | name | what it is |
//! |---|---|
//! | `list.csv` | addresses, amounts, signatures |
//! | `evidence.jsonl` | state proofs, readings, records of control |
//! | `tokens.csv` | where tokens keep balances, as the exchange says |
//! | `summary.json` | what follows from these: sums by asset and level |

use anyhow::{Context, Result, bail, ensure};
use attest::evidence::{AccountProof, Level, TokenLayout, header_rlp, state_header};
use attest::key::AddressKey;
use attest::list::List;
use attest::ownership::{Challenge, output_script};
use attest::report::{Known, KnownError, Report, Round, RoundAsset, RoundChain, judge};
use live::rpc::Rpc;
use proof::ProofError;
use proof::bundle::{HEADER, InFile, RESERVES};
use proof::header::{Chain, Header};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::bundle::Bundle;
use super::{ReservesError, files};

pub(crate) const LIST: &str = "list.csv";
pub(crate) const EVIDENCE: &str = "evidence.jsonl";
pub(crate) const TOKENS: &str = "tokens.csv";
pub(crate) const SUMMARY: &str = "summary.json";
/// Largest of these files.
const LEN_MAX: u64 = 1 << 30;
/// Refused rows that are told at once.
const TOLD_MAX: usize = 10;
/// The balance of a token: `balanceOf(address)`.
const BALANCE_OF: &str = "0x70a08231";

/// Files of holdings, as they stand in a folder or a bundle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) list: Vec<u8>,
    pub(crate) evidence: Option<Vec<u8>>,
    pub(crate) tokens: Option<Vec<u8>>,
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut bytes = [0; N];
    if digits.len() != 2 * N || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Tokens from a table `asset,contract,code_hash,slot,form` of plain fields, where the form is
/// solidity or vyper.
fn tokens(bytes: &[u8]) -> Result<BTreeMap<String, TokenLayout>, ReservesError> {
    const COLUMNS: &str = "asset,contract,code_hash,slot,form";
    let malformed = |line: usize, problem: String| ReservesError::Tokens { line, problem };
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(1, error.to_string()))?;
    let mut lines = text.lines();
    if lines.next() != Some(COLUMNS) {
        return Err(malformed(1, format!("the columns must be {COLUMNS}")));
    }
    let mut tokens = BTreeMap::new();
    for (number, row) in lines.enumerate() {
        let wrong = |problem: String| malformed(number + 2, problem);
        let fields: Vec<&str> = row.split(',').collect();
        let [symbol, contract, code_hash, slot, form] = fields[..] else {
            return Err(wrong("five fields are wanted".to_owned()));
        };
        if row.contains('"') {
            return Err(wrong("fields are written without quotes".to_owned()));
        }
        let is_digits = !slot.is_empty() && slot.bytes().all(|digit| digit.is_ascii_digit());
        let number: Option<u64> = slot.parse().ok().filter(|_| is_digits);
        let number = number.ok_or_else(|| wrong(format!("'{slot}' is no slot")))?;
        let mut balances = [0; 32];
        balances[24..].copy_from_slice(&number.to_be_bytes());
        let bytes_wanted = |text: &str| wrong(format!("'{text}' is not of the wanted bytes"));
        let layout = TokenLayout {
            contract: unhex(contract).ok_or_else(|| bytes_wanted(contract))?,
            code_hash: unhex(code_hash).ok_or_else(|| bytes_wanted(code_hash))?,
            balances,
            is_vyper: match form {
                "solidity" => false,
                "vyper" => true,
                other => {
                    return Err(wrong(format!("form '{other}' is neither solidity nor vyper")));
                }
            },
        };
        if tokens.insert(symbol.to_owned(), layout).is_some() {
            return Err(wrong(format!("{symbol} stands twice")));
        }
    }
    Ok(tokens)
}

/// What a list is judged for.
pub(crate) fn round_of(header: &Header, table: Option<&[u8]>) -> Result<Round> {
    let known = table.map_or(Ok(BTreeMap::new()), tokens)?;
    let mut assets = Vec::with_capacity(header.assets.len());
    for asset in &header.assets {
        let token = known.get(&asset.symbol).copied();
        if let Some(token) = &token {
            // Another contract than the header's is another token.
            let contract = asset.id.rsplit_once("/erc20:").and_then(|(_, text)| unhex::<20>(text));
            if contract != Some(token.contract) {
                let (asset, id) = (asset.symbol.clone(), asset.id.clone());
                bail!(ReservesError::Contract { asset, id });
            }
        }
        let (symbol, id) = (asset.symbol.clone(), asset.id.clone());
        assets.push(RoundAsset { symbol, id, decimals: asset.decimals, token });
    }
    let chain = |chain: &Chain| RoundChain {
        id: chain.id.clone(),
        height: chain.height,
        hash: chain.hash.clone(),
    };
    Ok(Round {
        challenge: challenge(header)?,
        assets,
        chains: header.chains.iter().map(chain).collect(),
    })
}

/// What owners sign in a round.
pub(crate) fn challenge(header: &Header) -> Result<Challenge> {
    Challenge::new(&header.exchange, &header.round, header.digest()).ok_or_else(|| {
        let (exchange, round) = (header.exchange.clone(), header.round.clone());
        ReservesError::Names { exchange, round }.into()
    })
}

/// Judges holdings.
///
/// # Errors
/// The first rows that do not hold, each with its line and code.
pub(crate) fn judged(header: &Header, files: &Files) -> Result<Report> {
    let round = round_of(header, files.tokens.as_deref())?;
    let evidence = files.evidence.as_deref().unwrap_or_default();
    let known = Known::read(&round, evidence)?;
    let report = judge(&round, &known, files.list.as_slice());
    if report.refused > 0 {
        let told = report.refusals.iter().take(TOLD_MAX);
        let told = told.map(|refusal| format!("[{}] {refusal}", refusal.code));
        let told = told.collect::<Vec<_>>().join("\n  ");
        bail!(ReservesError::Holdings {
            code: report.refusals.first().map_or("reserves.row", |refusal| refusal.code),
            refused: report.refused,
            told,
        });
    }
    Ok(report)
}

#[derive(Serialize)]
struct Sum<'a> {
    asset: &'a str,
    proof: String,
    two_sources: String,
    claim: String,
}

#[derive(Serialize)]
struct Summary<'a> {
    version: u16,
    assets: Vec<Sum<'a>>,
}

/// What follows from a list, in its one form.
pub(crate) fn summary(header: &Header, report: &Report) -> Vec<u8> {
    let assets = header.assets.iter().map(|asset| {
        let sum = report.summary.asset(&asset.symbol);
        let at = |level: Level| sum.at(level).to_string();
        Sum {
            asset: &asset.symbol,
            proof: at(Level::Proof),
            two_sources: at(Level::TwoSources),
            claim: at(Level::Claim),
        }
    });
    let summary = Summary { version: 1, assets: assets.collect() };
    serde_json::to_vec(&summary).expect("texts are plain data")
}

/// Judges the holdings of a bundle, if it has any; its summary must be what follows from them.
///
/// # Errors
/// When a row does not hold, or the summary says something else.
pub(crate) fn of_bundle(bundle: &Bundle, header: &Header) -> Result<Option<Report>> {
    let known = [LIST, EVIDENCE, TOKENS, SUMMARY].map(|name| format!("{RESERVES}{name}"));
    let present: Vec<&str> = bundle.reserves().collect();
    if present.is_empty() {
        return Ok(None);
    }
    if let Some(other) = present.iter().find(|name| !known.iter().any(|known| known == **name)) {
        return Err(ProofError::Extra).in_file(*other).map_err(anyhow::Error::from);
    }
    let find =
        |name: &String| present.contains(&name.as_str()).then(|| bundle.read(name)).transpose();
    let files = Files {
        list: bundle.read(&known[0])?,
        evidence: find(&known[1])?,
        tokens: find(&known[2])?,
    };
    let report = judged(header, &files).map_err(|error| {
        let file = match error.downcast_ref() {
            Some(ReservesError::Tokens { .. } | ReservesError::Contract { .. }) => &known[2],
            Some(ReservesError::Names { .. }) => HEADER,
            _ if error.is::<KnownError>() => &known[1],
            _ => &known[0],
        };
        let file = file.to_owned();
        error.context(file)
    })?;
    if bundle.read(&known[3])? != summary(header, &report) {
        let refused = Err(ProofError::field("assets", "they are not what follows from the list"));
        refused.in_file(known[3].clone())?;
    }
    Ok(Some(report))
}

/// Reads a folder of holdings.
pub(crate) fn read(dir: &Path) -> Result<Files> {
    let find = |name: &str| {
        let path = dir.join(name);
        path.exists().then(|| files::read(&path, LEN_MAX)).transpose()
    };
    Ok(Files {
        list: files::read(&dir.join(LIST), LEN_MAX)?,
        evidence: find(EVIDENCE)?,
        tokens: find(TOKENS)?,
    })
}

/// Files of holdings for a bundle, with the summary that follows from them.
pub(crate) fn for_bundle(header: &Header, files: Files) -> Result<Vec<(String, Vec<u8>)>> {
    let report = judged(header, &files)?;
    let mut named =
        vec![(SUMMARY.to_owned(), summary(header, &report)), (LIST.to_owned(), files.list)];
    named.extend(files.evidence.map(|bytes| (EVIDENCE.to_owned(), bytes)));
    named.extend(files.tokens.map(|bytes| (TOKENS.to_owned(), bytes)));
    Ok(named)
}

/// A node of a chain.
pub(crate) struct Node {
    pub(crate) chain: String,
    rpc: Rpc,
}

impl Node {
    /// A node from `eip155:1=http://127.0.0.1:8545`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wanted =
            || format!("'{text}': CHAIN=URL is wanted, such as eip155:1=http://127.0.0.1:8545");
        let (chain, url) = text.split_once('=').with_context(wanted)?;
        ensure!(chain.contains(':') && url.contains("://"), wanted());
        Ok(Self { chain: chain.to_owned(), rpc: Rpc::new(url) })
    }

    fn ask(&self, method: &'static str, params: &Value) -> Result<String> {
        let answer =
            self.rpc.ask(method, params).with_context(|| format!("{}: {method}", self.chain))?;
        answer.with_context(|| {
            format!("{}: {} has no answer to {method}", self.chain, self.rpc.url())
        })
    }

    fn is_evm(&self) -> bool {
        self.chain.starts_with("eip155:")
    }

    /// The block that the chain holds final, or its newest where it has no such thing.
    pub(crate) fn block(&self) -> Result<Chain> {
        let text = |value: &Value, name: &str| {
            let text = value[name].as_str().map(str::to_owned);
            text.with_context(|| format!("{}: the block has no '{name}'", self.chain))
        };
        if self.is_evm() {
            let finalized = self.ask("eth_getBlockByNumber", &json!(["finalized", false]));
            let block = match finalized {
                Ok(block) => block,
                Err(_) => self.ask("eth_getBlockByNumber", &json!(["latest", false]))?,
            };
            let block: Value = serde_json::from_str(&block)?;
            let height = text(&block, "number")?;
            let height = u64::from_str_radix(height.trim_start_matches("0x"), 16)?;
            return Ok(Chain { id: self.chain.clone(), height, hash: text(&block, "hash")? });
        }
        let info: Value = serde_json::from_str(&self.ask("getblockchaininfo", &json!([]))?)?;
        let height = info["blocks"].as_u64().context("getblockchaininfo: no 'blocks'")?;
        Ok(Chain { id: self.chain.clone(), height, hash: text(&info, "bestblockhash")? })
    }
}

/// Asks nodes for all that shows the amounts of a list at the round's blocks: state proofs where a
/// chain has them, readings of each node otherwise.
///
/// # Errors
/// When a node does not answer, stands at another block, or says something that is no proof.
pub(crate) fn gather(
    header: &Header,
    list: &[u8],
    table: Option<&[u8]>,
    nodes: &[Node],
) -> Result<String> {
    let round = round_of(header, table)?;
    let mut lines = String::new();
    let mut add = |line: Value| writeln!(lines, "{line}").expect("a string grows");
    for chain in &header.chains {
        if !chain.id.starts_with("eip155:") {
            continue;
        }
        let Some(node) = nodes.iter().find(|node| node.chain == chain.id) else { continue };
        let height = format!("0x{:x}", chain.height);
        let block = node.ask("eth_getBlockByNumber", &json!([height, false]))?;
        let rlp = header_rlp(&block)?;
        let hash = unhex::<32>(&chain.hash).with_context(|| format!("{}: its hash", chain.id))?;
        state_header(&rlp, hash).with_context(|| {
            format!("{}: the node's block {} is another than the round's", chain.id, chain.height)
        })?;
        let rlp = format!("0x{}", proof::systems::hex(&rlp));
        add(json!({ "kind": "header", "chain": chain.id, "rlp": rlp }));
    }
    for row in List::open(list)? {
        let row = row?;
        let chain = row.chain.to_string();
        let asset = round.assets.iter().find(|asset| asset.symbol.eq_ignore_ascii_case(&row.asset));
        let Some(asset) = asset else { continue };
        let Some(at) = header.chains.iter().find(|known| known.id == chain) else { continue };
        for node in nodes.iter().filter(|node| node.chain == chain) {
            let amount = if node.is_evm() {
                match evm_balance(node, asset, &row.address, at.height)? {
                    Balance::Proof(proof) => {
                        add(json!({ "kind": "account", "chain": chain, "proof": proof }));
                        break;
                    }
                    Balance::Reading(amount) => amount,
                    Balance::Unknown => continue,
                }
            } else {
                utxo_balance(node, &row.key()?, at)?
            };
            add(json!({
                "kind": "reading", "chain": chain, "address": row.address, "asset": asset.symbol,
                "source": node.rpc.url(), "height": at.height, "amount": amount,
            }));
        }
    }
    Ok(lines)
}

enum Balance {
    Proof(Value),
    Reading(String),
    Unknown,
}

fn evm_balance(node: &Node, asset: &RoundAsset, address: &str, height: u64) -> Result<Balance> {
    let height = format!("0x{height:x}");
    let holder = unhex::<20>(address).with_context(|| format!("'{address}' has not 20 bytes"))?;
    let (account, slots) = match &asset.token {
        Some(token) => {
            let slot = proof::systems::hex(&token.slot_of(holder));
            (format!("0x{}", proof::systems::hex(&token.contract)), vec![format!("0x{slot}")])
        }
        None if asset.id.contains("/slip44:") => (address.to_owned(), Vec::new()),
        None => {
            let Some((_, contract)) = asset.id.rsplit_once("/erc20:") else {
                return Ok(Balance::Unknown);
            };
            let data = format!("{BALANCE_OF}{:0>64}", proof::systems::hex(&holder));
            let call = json!([{ "to": contract, "data": data }, height]);
            let answer: String = serde_json::from_str(&node.ask("eth_call", &call)?)?;
            // An account without code answers with nothing.
            if answer == "0x" {
                return Ok(Balance::Unknown);
            }
            let amount = model::Amount::from_hex_quantity(&minimal(&answer))?;
            return Ok(Balance::Reading(amount.to_string()));
        }
    };
    let proof = node.ask("eth_getProof", &json!([account, slots, height]))?;
    AccountProof::parse(proof.as_bytes())
        .with_context(|| format!("{}: its answer to eth_getProof", node.rpc.url()))?;
    Ok(Balance::Proof(serde_json::from_str(&proof)?))
}

/// A quantity without leading zeros.
fn minimal(word: &str) -> String {
    let digits = word.trim_start_matches("0x").trim_start_matches('0');
    format!("0x{}", if digits.is_empty() { "0" } else { digits })
}

/// What a node finds of a script.
#[derive(Deserialize)]
struct Scan<'a> {
    height: u64,
    bestblock: String,
    /// As it is written: a floating-point number has not all digits of a large balance.
    #[serde(borrow)]
    total_amount: &'a RawValue,
}

/// The unspent outputs of an address on a Bitcoin-like chain, which a node knows at its newest block
/// only. Asked for by script: it is the same however the node writes addresses.
fn utxo_balance(node: &Node, key: &AddressKey, at: &Chain) -> Result<String> {
    let script = output_script(key).with_context(|| format!("{key}: it has no script"))?;
    let scan = json!(["start", [format!("raw({})", proof::systems::hex(&script))]]);
    let answer = node.ask("scantxoutset", &scan)?;
    let found: Scan<'_> = serde_json::from_str(&answer)?;
    ensure!(
        found.height == at.height && found.bestblock == at.hash,
        "{}: the node stands at block {}, the round names {}: stop it there (invalidateblock, or a snapshot of its disk)",
        at.id,
        found.height,
        at.height
    );
    let coins = found.total_amount.get();
    coin_units(coins).with_context(|| format!("{}: '{coins}' is no amount", at.id))
}

/// Base units of an amount of coins with eight decimals, as a node of Bitcoin's kind writes it.
fn coin_units(text: &str) -> Option<String> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let shift = exponent + 8 - i32::try_from(part.len()).ok()?;
    let number: u128 = format!("{whole}{part}").parse().ok()?;
    let power = 10u128.checked_pow(shift.unsigned_abs())?;
    let units = if shift >= 0 { number.checked_mul(power)? } else { number / power };
    (shift >= 0 || number.is_multiple_of(power)).then(|| units.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_are_base_units_without_rounding() {
        for (text, wanted) in [
            ("0", Some("0")),
            ("0.0", Some("0")),
            ("1.5", Some("150000000")),
            ("20999999.97690000", Some("2099999997690000")),
            // More digits than a floating-point number has.
            ("150000000000.12345678", Some("15000000000012345678")),
            ("1e-08", Some("1")),
            ("1.5e2", Some("15000000000")),
            ("0.000000001", None),
            ("-1", None),
            ("NaN", None),
        ] {
            assert_eq!(coin_units(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn every_digit_of_a_nodes_answer_is_read() {
        let answer = r#"{"success":true,"txouts":1,"height":7,"bestblock":"ab","unspents":[],"total_amount":150000000000.12345678}"#;
        let scan: Scan<'_> = serde_json::from_str(answer).unwrap();
        assert_eq!(coin_units(scan.total_amount.get()).as_deref(), Some("15000000000012345678"));
    }

    #[test]
    fn a_table_of_tokens_is_read_by_its_columns() {
        let (contract, code) = ("0x".to_owned() + &"11".repeat(20), "22".repeat(32));
        let text =
            format!("asset,contract,code_hash,slot,form\nUSDT,{contract},{code},2,solidity\n");
        let read = tokens(text.as_bytes()).unwrap();
        assert_eq!((read["USDT"].balances[31], read["USDT"].is_vyper), (2, false));
        for (from, to) in [
            ("slot", "place"),
            (",2,", ",-2,"),
            (",2,", ",+2,"),
            ("solidity", "rust"),
            ("USDT", "\"USDT\""),
            ("0x11", "0x+1"),
            (&code, "22"),
        ] {
            let refused = tokens(text.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(refused.code(), "reserves.tokens.malformed", "{to}");
        }
        let twice = format!("{text}{}", text.lines().nth(1).unwrap());
        assert!(tokens(twice.as_bytes()).is_err());
    }
}
