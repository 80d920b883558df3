//! What is known of a round's chains: a file with a JSON object on each line, in any order but that a
//! chain's header comes before its accounts.

use std::collections::BTreeMap;
use std::io::BufRead;

use model::Amount;
use serde::Deserialize;

use super::{Round, RoundAsset};
use crate::chains::Chain;
use crate::encoding::object::Object;
use crate::encoding::{unhex, unhex_array};
use crate::evidence::{
    AccountProof, AccountState, EvidenceError, Reading, StateHeader, state_header,
};
use crate::key::AddressKey;
use crate::ownership::{
    ControlEvidence, Record, RecordedCall, RecordedKeys, WithdrawalCredentials,
};

/// Longest line: a state proof with many slots.
const LINE_LEN_MAX: u64 = 2 << 20;
/// Most lines: two for each row of the longest list.
const LINES_MAX: u64 = 4_000_000;

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// The header of the block that the round names.
    Header { chain: String, rlp: String },
    /// A node's answer to `eth_getProof` at that block.
    Account { chain: String, proof: serde_json::Value },
    /// A balance as a source says it is.
    Reading {
        chain: String,
        address: String,
        asset: String,
        source: String,
        height: u64,
        amount: String,
    },
    /// A contract's answer about a signature (EIP-1271).
    Call {
        chain: String,
        address: String,
        height: u64,
        sources: Vec<String>,
        input: String,
        output: String,
    },
    /// Keys that control an account.
    Keys {
        chain: String,
        address: String,
        height: u64,
        sources: Vec<String>,
        keys: Vec<String>,
        threshold: usize,
    },
    /// A validator's withdrawal credentials.
    Withdrawal {
        chain: String,
        address: String,
        height: u64,
        sources: Vec<String>,
        credentials: String,
    },
}

/// Why a file of evidence is refused.
#[derive(Debug, thiserror::Error)]
#[error("evidence, line {line}: {problem}")]
pub struct KnownError {
    /// Line, from 1.
    pub line: u64,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub problem: String,
}

/// What is known.
#[derive(Debug, Default)]
pub struct Known {
    headers: BTreeMap<Chain, StateHeader>,
    accounts: BTreeMap<(Chain, [u8; 20]), AccountState>,
    readings: BTreeMap<(AddressKey, String), Vec<Reading>>,
    control: BTreeMap<AddressKey, ControlEvidence>,
}

type Problem = (&'static str, String);

fn wrong(problem: impl Into<String>) -> Problem {
    ("evidence.line", problem.into())
}

fn evidence(error: &EvidenceError) -> Problem {
    (error.code(), error.to_string())
}

fn chain_of(text: &str) -> Result<Chain, Problem> {
    text.parse::<Chain>().map_err(|error| wrong(error.to_string()))
}

fn key_of(chain: &str, address: &str) -> Result<AddressKey, Problem> {
    AddressKey::parse(chain_of(chain)?, address).map_err(|error| (error.code(), error.to_string()))
}

fn bytes_of(field: &str, text: &str) -> Result<Vec<u8>, Problem> {
    unhex(text).ok_or_else(|| wrong(format!("field '{field}': it is not hexadecimal")))
}

impl Known {
    /// Reads what is known, and verifies what proves itself.
    ///
    /// # Errors
    /// [`KnownError`] for the first line that is not right.
    pub fn read(round: &Round, mut input: impl BufRead) -> Result<Self, KnownError> {
        let mut known = Self::default();
        let mut text = Vec::new();
        for line in 1.. {
            let at = |(code, problem): Problem| KnownError { line, code, problem };
            text.clear();
            let mut limited = std::io::Read::take(&mut input, LINE_LEN_MAX + 1);
            let count = limited
                .read_until(b'\n', &mut text)
                .map_err(|error| at(wrong(error.to_string())))?;
            if count == 0 {
                break;
            }
            if count as u64 > LINE_LEN_MAX || line > LINES_MAX {
                let problem = "it is longer than any evidence, or there are too many lines";
                return Err(at(wrong(problem)));
            }
            if text.trim_ascii().is_empty() {
                continue;
            }
            let Object(read): Object<Line> =
                serde_json::from_slice(&text).map_err(|error| at(wrong(error.to_string())))?;
            known.add(round, read).map_err(at)?;
        }
        Ok(known)
    }

    fn add(&mut self, round: &Round, line: Line) -> Result<(), Problem> {
        match line {
            Line::Header { chain, rlp } => {
                let chain = chain_of(&chain)?;
                let named = round
                    .chain(chain)
                    .ok_or_else(|| wrong(format!("the round does not name a block of {chain}")))?;
                let hash = unhex_array::<32>(&named.hash)
                    .ok_or_else(|| wrong("the round's hash of the chain has not 32 bytes"))?;
                let header = state_header(&bytes_of("rlp", &rlp)?, hash)
                    .map_err(|error| evidence(&error))?;
                if header.number != named.height {
                    return Err(wrong("the block has another height than the round names"));
                }
                self.headers.insert(chain, header);
            }
            Line::Account { chain, proof } => {
                let chain = chain_of(&chain)?;
                let header = self.headers.get(&chain).ok_or_else(|| {
                    wrong(format!("the header of {chain} must come before its accounts"))
                })?;
                let state = AccountProof::parse(proof.to_string().as_bytes())
                    .and_then(|proof| proof.verify(header))
                    .map_err(|error| evidence(&error))?;
                self.accounts
                    .entry((chain, state.address))
                    .and_modify(|known| known.merge(&state))
                    .or_insert(state);
            }
            Line::Reading { chain, address, asset, source, height, amount } => {
                let key = key_of(&chain, &address)?;
                let amount = Amount::from_decimal(&amount)
                    .map_err(|error| wrong(format!("field 'amount': {error}")))?;
                let readings = self.readings.entry((key, asset)).or_default();
                readings.push(Reading { source, height, amount });
            }
            Line::Call { chain, address, height, sources, input, output } => {
                let of = key_of(&chain, &address)?;
                let record = Record { of: of.clone(), height, sources };
                let (input, output) = (bytes_of("input", &input)?, bytes_of("output", &output)?);
                let call = RecordedCall { record, input, output };
                self.control.insert(of, ControlEvidence::Call(call));
            }
            Line::Keys { chain, address, height, sources, keys, threshold } => {
                let of = key_of(&chain, &address)?;
                let record = Record { of: of.clone(), height, sources };
                let keys = keys.iter().map(|key| bytes_of("keys", key));
                let keys = keys.collect::<Result<_, _>>()?;
                let keys = RecordedKeys { record, keys, threshold };
                self.control.insert(of, ControlEvidence::Keys(keys));
            }
            Line::Withdrawal { chain, address, height, sources, credentials } => {
                let of = key_of(&chain, &address)?;
                let record = Record { of: of.clone(), height, sources };
                let credentials = unhex_array(&credentials)
                    .ok_or_else(|| wrong("field 'credentials': 32 bytes are wanted"))?;
                let credentials = WithdrawalCredentials { record, credentials };
                self.control.insert(of, ControlEvidence::Withdrawal(credentials));
            }
        }
        Ok(())
    }

    pub(super) fn control(&self, key: &AddressKey) -> Option<ControlEvidence> {
        self.control.get(key).cloned()
    }

    pub(super) fn readings(&self, key: &AddressKey, asset: &str) -> Option<&[Reading]> {
        self.readings.get(&(key.clone(), asset.to_owned())).map(Vec::as_slice)
    }

    /// The balance that a state proof shows, of the chain's coin or of a token whose layout is known.
    pub(super) fn proved_balance(
        &self,
        chain: Chain,
        key: &AddressKey,
        asset: &RoundAsset,
    ) -> Option<Amount> {
        chain.evm_id()?;
        let holder: [u8; 20] = key.bytes().try_into().ok()?;
        let (_, kind) = asset.id.split_once('/')?;
        match &asset.token {
            Some(token) => {
                let state = self.accounts.get(&(chain, token.contract))?;
                state.token_balance(token, holder)
            }
            None if kind.starts_with("slip44:") => {
                self.accounts.get(&(chain, holder)).map(|state| state.balance)
            }
            None => None,
        }
    }
}
