//! Ethereum nodes: `eth_getBlockByNumber` with full transactions and `eth_getBlockReceipts`.

use chain::ethereum::json::JsonReader;
use model::{Network, TxHash};
use serde::Deserialize;
use serde_json::json;

use crate::rpc::Rpc;
use crate::{Fetched, Node, NodeError};

/// An Ethereum node.
pub struct EthereumNode {
    rpc: Rpc,
    network: Network,
    has_checked_network: bool,
    has_block_receipts: bool,
}

#[derive(Deserialize)]
struct Head<'a> {
    hash: &'a str,
    #[serde(rename = "parentHash")]
    parent: &'a str,
    number: &'a str,
}

fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

fn hash(text: &str) -> Option<TxHash> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 64)?;
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(TxHash(bytes))
}

fn nonsense(what: &str) -> NodeError {
    NodeError::Nonsense(what.to_owned())
}

impl EthereumNode {
    /// The node at `url`.
    pub fn new(url: &str, network: Network) -> Self {
        let rpc = Rpc::new(url);
        Self { rpc, network, has_checked_network: false, has_block_receipts: true }
    }

    /// A node of another chain would fill the state with strangers.
    fn check_network(&mut self) -> Result<(), NodeError> {
        if self.has_checked_network {
            return Ok(());
        }
        let id = self.rpc.ask("eth_chainId", &json!([]))?;
        let id = id.as_deref().map(|text| text.trim_matches('"')).and_then(number);
        let id = id.ok_or_else(|| nonsense("it has no chain id"))?;
        if Network::Evm(id) != self.network {
            return Err(NodeError::Nonsense(format!(
                "it is a node of eip155:{id}, and {} was configured",
                self.network
            )));
        }
        self.has_checked_network = true;
        Ok(())
    }

    fn head(&mut self, at: u64, is_full: bool) -> Result<Option<String>, NodeError> {
        self.check_network()?;
        self.rpc.ask("eth_getBlockByNumber", &json!([format!("0x{at:x}"), is_full]))
    }

    fn receipts(&mut self, at: u64, hashes: &[String]) -> Result<String, NodeError> {
        if self.has_block_receipts {
            match self.rpc.ask("eth_getBlockReceipts", &json!([format!("0x{at:x}")])) {
                Ok(Some(text)) => return Ok(text),
                Ok(None) => return Err(nonsense("it has the block and not its receipts")),
                // Older nodes have receipts one by one.
                Err(NodeError::Refused { .. }) => self.has_block_receipts = false,
                Err(error) => return Err(error),
            }
        }
        let mut receipts = Vec::with_capacity(hashes.len());
        for hash in hashes {
            let receipt = self.rpc.ask("eth_getTransactionReceipt", &json!([hash]))?;
            receipts.push(receipt.ok_or_else(|| nonsense("a transaction has no receipt"))?);
        }
        Ok(format!("[{}]", receipts.join(",")))
    }
}

#[derive(Deserialize)]
struct Hashes {
    transactions: Vec<OnlyHash>,
}

#[derive(Deserialize)]
struct OnlyHash {
    hash: String,
}

impl Node for EthereumNode {
    fn tip(&mut self) -> Result<u64, NodeError> {
        self.check_network()?;
        let tip = self.rpc.ask("eth_blockNumber", &json!([]))?;
        tip.as_deref()
            .map(|text| text.trim_matches('"'))
            .and_then(number)
            .ok_or_else(|| nonsense("its block number is none"))
    }

    fn hash_at(&mut self, at: u64) -> Result<Option<TxHash>, NodeError> {
        let Some(text) = self.head(at, false)? else { return Ok(None) };
        let head: Head<'_> =
            serde_json::from_str(&text).map_err(|e| NodeError::Nonsense(e.to_string()))?;
        hash(head.hash).map(Some).ok_or_else(|| nonsense("a block has no hash"))
    }

    fn block(&mut self, at: u64) -> Result<Option<Fetched>, NodeError> {
        let Some(text) = self.head(at, true)? else { return Ok(None) };
        let json_error = |e: serde_json::Error| NodeError::Nonsense(e.to_string());
        let head: Head<'_> = serde_json::from_str(&text).map_err(json_error)?;
        if number(head.number) != Some(at) {
            return Err(nonsense("it gave another block than was asked for"));
        }
        let parent = hash(head.parent).ok_or_else(|| nonsense("a block has no parent"))?;
        let hashes: Hashes = serde_json::from_str(&text).map_err(json_error)?;
        let hashes: Vec<String> = hashes.transactions.into_iter().map(|tx| tx.hash).collect();
        let receipts =
            if hashes.is_empty() { "[]".to_owned() } else { self.receipts(at, &hashes)? };
        // The node may have turned between the two answers: receipts name their transactions, so
        // those of another block are refused by the reader.
        let lines = format!("{}\n{receipts}\n", text.replace('\n', " "));
        let mut reader = JsonReader::new(lines.as_bytes(), self.network);
        let block = reader.next_block()?.ok_or_else(|| nonsense("its block is empty"))?;
        Ok(Some(Fetched { block, parent }))
    }
}
