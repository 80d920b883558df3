//! `getblock` results of Bitcoin-Core-like nodes, verbosity 2 or 3, one JSON value a line.
//!
//! Verbosity 3 has the spent outputs (`prevout`); with verbosity 2 they come from the UTXO index.
//! Amounts are decimal coins; they are read digit by digit, never through a float.

use std::io::BufRead;

use bitcoin::{OutPoint, ScriptBuf, TxOut, Txid};
use model::{Block, Network, TxHash};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{BlockPlace, SpentOutput, UtxoIndex, UtxoTransaction, printed_txid};
use crate::ChainError;
use crate::address::unhex;
use crate::lines::Lines;

/// Longest line that is read; a full block at verbosity 3 has about 20 MB.
const LINE_LEN_MAX: usize = 128 << 20;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct CoreBlock<'a> {
    hash: &'a str,
    height: u64,
    time: u64,
    #[serde(borrow)]
    tx: Vec<CoreTx<'a>>,
}

#[derive(Deserialize)]
struct CoreTx<'a> {
    txid: &'a str,
    #[serde(borrow)]
    vin: Vec<CoreInput<'a>>,
    #[serde(borrow)]
    vout: Vec<CoreOutput<'a>>,
}

#[derive(Deserialize)]
struct CoreInput<'a> {
    coinbase: Option<&'a str>,
    txid: Option<&'a str>,
    vout: Option<u32>,
    #[serde(borrow)]
    prevout: Option<CoreOutput<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CoreOutput<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(borrow)]
    script_pub_key: CoreScript<'a>,
}

#[derive(Deserialize)]
struct CoreScript<'a> {
    hex: &'a str,
}

/// Reads blocks from lines of JSON.
pub struct CoreJsonReader<R> {
    lines: Lines<R>,
    network: Network,
}

impl<R: BufRead> CoreJsonReader<R> {
    /// A reader of blocks of `network`.
    pub fn new(reader: R, network: Network) -> Self {
        Self { lines: Lines::new(reader, LINE_LEN_MAX), network }
    }

    /// The next block, `None` at the end.
    ///
    /// # Errors
    /// [`ChainError`] naming the transaction and the field.
    pub fn next_block(&mut self, utxo: &mut dyn UtxoIndex) -> Result<Option<Block>, ChainError> {
        let mut line = String::new();
        if self.lines.next_line(&mut line)?.is_none() {
            return Ok(None);
        }
        let place = self.lines.place();
        // An array of one element would pass for an envelope with that element in it.
        let is_object = line.trim_start().starts_with('{');
        let value = match serde_json::from_str::<Envelope<'_>>(&line) {
            Ok(envelope) if is_object => envelope.result.get(),
            _ => line.as_str(),
        };
        let block: CoreBlock<'_> =
            serde_json::from_str(value).map_err(|e| ChainError::malformed(&place, "json", e))?;
        self.read(&block, &place, utxo).map(Some)
    }

    fn read(
        &self,
        block: &CoreBlock<'_>,
        place: &str,
        utxo: &mut dyn UtxoIndex,
    ) -> Result<Block, ChainError> {
        let network = self.network;
        let hash = unhex(block.hash).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
            ChainError::malformed(place, "hash", "it needs 64 hexadecimal digits")
        })?;
        let at = BlockPlace { network, number: block.height, time_s: block.time };
        let mut transactions = Vec::with_capacity(block.tx.len());
        for (index, tx) in block.tx.iter().enumerate() {
            let place = format!("transaction {}", tx.txid.chars().take(64).collect::<String>());
            let txid: Txid =
                tx.txid.parse().map_err(|e| ChainError::malformed(&place, "txid", e))?;
            let is_coinbase = tx.vin.iter().any(|input| input.coinbase.is_some());
            let mut spent = Vec::new();
            for input in tx.vin.iter().filter(|_| !is_coinbase) {
                let indexed = utxo.spend(&previous_output(input, &place)?);
                let known = input.prevout.as_ref().map(|output| read_output(output, &place));
                spent.push(known.transpose()?.map(SpentOutput::from).or(indexed));
            }
            let mut outputs = Vec::with_capacity(tx.vout.len());
            for (vout, output) in tx.vout.iter().enumerate() {
                let output = read_output(output, &place)?;
                if !output.script_pubkey.is_op_return() {
                    utxo.add(OutPoint { txid, vout: vout as u32 }, &output);
                }
                outputs.push((output.value.to_sat(), output.script_pubkey));
            }
            let txid = printed_txid(&txid);
            let resolved =
                UtxoTransaction { txid, index: index as u32, is_coinbase, spent, outputs };
            transactions.push(resolved.decode(at));
        }
        let (number, time_s) = (block.height, block.time);
        Ok(Block { network, number, hash: TxHash(hash), time_s, transactions })
    }
}

impl From<TxOut> for SpentOutput {
    fn from(output: TxOut) -> Self {
        SpentOutput { value_sat: output.value.to_sat(), script: output.script_pubkey }
    }
}

fn previous_output(input: &CoreInput<'_>, place: &str) -> Result<OutPoint, ChainError> {
    let (Some(txid), Some(vout)) = (input.txid, input.vout) else {
        return Err(ChainError::malformed(place, "vin", "an input has neither coinbase nor txid"));
    };
    let txid = txid.parse().map_err(|e| ChainError::malformed(place, "vin.txid", e))?;
    Ok(OutPoint { txid, vout })
}

fn read_output(output: &CoreOutput<'_>, place: &str) -> Result<TxOut, ChainError> {
    let script = unhex(output.script_pub_key.hex).ok_or_else(|| {
        ChainError::malformed(place, "scriptPubKey.hex", "it is not hexadecimal digits")
    })?;
    let value = parse_coins(output.value.get().trim_matches('"')).ok_or_else(|| {
        let problem = format!("{} is not an amount with at most 8 decimals", output.value.get());
        ChainError::malformed(place, "value", problem)
    })?;
    Ok(TxOut { value: bitcoin::Amount::from_sat(value), script_pubkey: ScriptBuf::from(script) })
}

/// Satoshi of a decimal number of coins such as `0.00012345` or `1.2e-7`, exactly.
fn parse_coins(text: &str) -> Option<u64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || mantissa.len() > 40 {
        return None;
    }
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let shift = exponent.checked_add(8)?.checked_sub(fraction.len() as i32)?;
    let satoshi = if shift >= 0 {
        digits.checked_mul(10u128.checked_pow(shift as u32)?)?
    } else {
        let divisor = 10u128.checked_pow(shift.unsigned_abs())?;
        digits.is_multiple_of(divisor).then_some(digits / divisor)?
    };
    u64::try_from(satoshi).ok()
}

#[cfg(test)]
mod tests {
    use super::parse_coins;

    #[test]
    fn coins_become_satoshi_without_rounding() {
        assert_eq!(parse_coins("0.00000001"), Some(1));
        assert_eq!(parse_coins("20999999.9769"), Some(2_099_999_997_690_000));
        assert_eq!(parse_coins("1e-8"), Some(1));
        assert_eq!(parse_coins("0.000000001"), None);
        assert_eq!(parse_coins("-1"), None);
        assert_eq!(parse_coins("1e999999999"), None);
        assert_eq!(parse_coins("99999999999999999999"), None);
    }
}
