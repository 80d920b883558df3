//! Nodes of the Bitcoin Core kind: `getblockhash` and `getblock`.
//!
//! At verbosity 3 a node tells the spent outputs itself. Older ones and forks of them do not; then
//! outputs come from the blocks that were followed, and from `getrawtransaction` where the node
//! keeps an index. Inputs that stay unknown are counted as such, and every decision says so.

use chain::bitcoin::{CoreJsonReader, UtxoSet};
use model::{Network, TxHash};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashSet;

use crate::rpc::Rpc;
use crate::{Fetched, Node, NodeError};

/// Outputs that are remembered for nodes that do not tell the spent ones.
const OUTPUTS_MAX: usize = 5_000_000;
/// Transactions that are asked for one by one in a block, at most.
const LOOKED_UP_MAX: usize = 20_000;

/// A node of the Bitcoin Core kind.
pub struct BitcoinNode {
    rpc: Rpc,
    network: Network,
    verbosity: u8,
    has_index: bool,
    outputs: UtxoSet,
}

#[derive(Deserialize)]
struct Head<'a> {
    hash: &'a str,
    height: u64,
    #[serde(rename = "previousblockhash")]
    parent: Option<&'a str>,
}

#[derive(Deserialize)]
struct Inputs {
    tx: Vec<InputsOfTx>,
}

#[derive(Deserialize)]
struct InputsOfTx {
    txid: String,
    vin: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    txid: Option<String>,
    #[serde(default)]
    prevout: Option<serde::de::IgnoredAny>,
}

fn hash(text: &str) -> Option<TxHash> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(TxHash(bytes))
}

fn nonsense(what: &str) -> NodeError {
    NodeError::Nonsense(what.to_owned())
}

impl BitcoinNode {
    /// The node at `url`, with user and password in it.
    pub fn new(url: &str, network: Network) -> Self {
        let outputs = UtxoSet::new(OUTPUTS_MAX);
        Self { rpc: Rpc::new(url), network, verbosity: 3, has_index: true, outputs }
    }

    fn hash_text(&mut self, at: u64) -> Result<Option<String>, NodeError> {
        match self.rpc.ask("getblockhash", &json!([at])) {
            Ok(text) => Ok(text.map(|text| text.trim_matches('"').to_owned())),
            // "Block height out of range" is how these nodes say that there is none yet.
            Err(NodeError::Refused { problem, .. }) if problem.contains("(-8)") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Learns the outputs that the block spends and no followed block has made.
    fn look_up(&mut self, text: &str) -> Result<(), NodeError> {
        let json_error = |e: serde_json::Error| NodeError::Nonsense(e.to_string());
        let block: Inputs = serde_json::from_str(text).map_err(json_error)?;
        let own: HashSet<&str> = block.tx.iter().map(|tx| tx.txid.as_str()).collect();
        let inputs = block.tx.iter().flat_map(|tx| &tx.vin);
        let wanted: HashSet<&str> = inputs
            .filter(|input| input.prevout.is_none())
            .filter_map(|input| input.txid.as_deref())
            .filter(|txid| !own.contains(txid) && !self.outputs.knows(txid))
            .take(LOOKED_UP_MAX)
            .collect();
        for txid in wanted {
            match self.rpc.ask("getrawtransaction", &json!([txid, false])) {
                Ok(Some(raw)) => self.outputs.learn_transaction(raw.trim_matches('"'))?,
                Ok(None) => {}
                Err(NodeError::Refused { .. }) => {
                    // Without its index the node knows none of them.
                    self.has_index = false;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Node for BitcoinNode {
    fn tip(&mut self) -> Result<u64, NodeError> {
        let tip = self.rpc.ask("getblockcount", &json!([]))?;
        tip.and_then(|text| text.parse().ok()).ok_or_else(|| nonsense("its height is no number"))
    }

    fn hash_at(&mut self, at: u64) -> Result<Option<TxHash>, NodeError> {
        let Some(text) = self.hash_text(at)? else { return Ok(None) };
        hash(&text).map(Some).ok_or_else(|| nonsense("a block has no hash"))
    }

    fn block(&mut self, at: u64) -> Result<Option<Fetched>, NodeError> {
        let Some(wanted) = self.hash_text(at)? else { return Ok(None) };
        let text = self.rpc.ask("getblock", &json!([wanted, self.verbosity]))?;
        let text = text.ok_or_else(|| nonsense("it names a block and does not have it"))?;
        let head: Head<'_> =
            serde_json::from_str(&text).map_err(|e| NodeError::Nonsense(e.to_string()))?;
        if head.height != at || head.hash != wanted {
            return Err(nonsense("it gave another block than was asked for"));
        }
        let parent = match head.parent {
            Some(parent) => hash(parent).ok_or_else(|| nonsense("a block has no parent"))?,
            None => TxHash::default(),
        };
        if self.has_index {
            self.look_up(&text)?;
        }
        let line = format!("{}\n", text.replace('\n', " "));
        let mut reader = CoreJsonReader::new(line.as_bytes(), self.network);
        let block = reader.next_block(&mut self.outputs)?;
        let block = block.ok_or_else(|| nonsense("its block is empty"))?;
        Ok(Some(Fetched { block, parent }))
    }
}
