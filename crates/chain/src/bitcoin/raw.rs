//! Raw blocks in wire format and the outputs that they spend.

use bitcoin::consensus::{Decodable, deserialize};
use bitcoin::hashes::Hash;
use bitcoin::{Block as WireBlock, ScriptBuf, TxOut};
use model::{Block, Network, TxHash};

use super::{BlockPlace, UtxoIndex, UtxoTransaction, printed_txid};
use crate::ChainError;

/// Largest serialised block that is read; consensus allows 4 MB.
const BLOCK_LEN_MAX: usize = 8 << 20;

/// An output that an input spends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpentOutput {
    /// In satoshi.
    pub value_sat: u64,
    /// Its script.
    pub script: ScriptBuf,
}

/// A block that has been parsed to its last byte.
pub struct RawBlock {
    block: WireBlock,
}

impl RawBlock {
    /// Parses a serialised block and checks its Merkle root.
    ///
    /// # Errors
    /// [`ChainError`] when bytes are missing, left over or do not follow the format, or when the
    /// transactions are not those of the header.
    pub fn parse(bytes: &[u8]) -> Result<Self, ChainError> {
        if bytes.len() > BLOCK_LEN_MAX {
            let place = "raw block".to_owned();
            return Err(ChainError::TooLarge { place, what: "it", limit: BLOCK_LEN_MAX });
        }
        let block: WireBlock =
            deserialize(bytes).map_err(|e| ChainError::malformed("raw block", "block", e))?;
        if !block.check_merkle_root() {
            let place = format!("block {}", block.block_hash());
            let problem = "it does not commit to these transactions; fetch the block again";
            return Err(ChainError::malformed(place, "merkle root", problem));
        }
        Ok(Self { block })
    }

    /// Header time, seconds since 1970-01-01 UTC.
    pub fn time_s(&self) -> u64 {
        u64::from(self.block.header.time)
    }

    /// Number of inputs that spend something: all but the coinbase's.
    pub fn spending_inputs(&self) -> usize {
        self.block.txdata.iter().skip(1).map(|tx| tx.input.len()).sum()
    }

    /// Height from the coinbase (BIP-34), where the network had it in force; otherwise 0.
    fn height(&self, network: Network) -> u64 {
        // Before these heights the coinbase may hold anything.
        let in_force_from = match network {
            Network::Bitcoin => 227_836,
            Network::BitcoinTestnet3 => 21_111,
            _ => 1,
        };
        match self.block.bip34_block_height() {
            Ok(height) if height >= in_force_from && height < 100_000_000 => height,
            _ => 0,
        }
    }

    /// Decodes the block. Spent outputs come from `undo` if given, else from `utxo`; in both cases
    /// `utxo` learns the block's outputs.
    ///
    /// # Errors
    /// [`ChainError`] when `undo` does not have one output for each spending input.
    pub fn decode(
        &self,
        network: Network,
        undo: Option<Vec<SpentOutput>>,
        utxo: &mut dyn UtxoIndex,
    ) -> Result<Block, ChainError> {
        let hash = self.block.block_hash();
        if let Some(undo) = &undo
            && undo.len() != self.spending_inputs()
        {
            let problem = format!("{} outputs for {} inputs", undo.len(), self.spending_inputs());
            return Err(ChainError::malformed(format!("block {hash}"), "undo data", problem));
        }
        let mut undo = undo.map(Vec::into_iter);
        let place = BlockPlace { network, number: self.height(network), time_s: self.time_s() };
        let mut transactions = Vec::with_capacity(self.block.txdata.len());
        for (index, tx) in self.block.txdata.iter().enumerate() {
            let is_coinbase = tx.is_coinbase();
            let mut spent = Vec::new();
            if !is_coinbase {
                for input in &tx.input {
                    let indexed = utxo.spend(&input.previous_output);
                    spent.push(undo.as_mut().map_or(indexed, Iterator::next));
                }
            }
            let txid = tx.compute_txid();
            for (vout, output) in tx.output.iter().enumerate() {
                let outpoint = bitcoin::OutPoint { txid, vout: vout as u32 };
                if !output.script_pubkey.is_op_return() {
                    utxo.add(outpoint, output);
                }
            }
            let outputs = tx.output.iter();
            let resolved = UtxoTransaction {
                txid: printed_txid(&txid),
                index: index as u32,
                is_coinbase,
                spent,
                outputs: outputs.map(|o| (o.value.to_sat(), o.script_pubkey.clone())).collect(),
            };
            transactions.push(resolved.decode(place));
        }
        let mut hash = hash.to_byte_array();
        hash.reverse();
        let (number, time_s) = (place.number, place.time_s);
        Ok(Block { network, number, hash: TxHash(hash), time_s, transactions })
    }

    /// The output scripts of the block, in order.
    pub fn output_scripts(&self) -> impl Iterator<Item = &bitcoin::Script> {
        let outputs = self.block.txdata.iter().flat_map(|tx| &tx.output);
        outputs.map(|output| output.script_pubkey.as_script())
    }
}

/// Parses undo data: the spent outputs in wire format, one after another, in the order of the
/// inputs that spend them, without the coinbase.
///
/// # Errors
/// [`ChainError`] when the last output is cut off.
pub fn decode_undo(bytes: &[u8]) -> Result<Vec<SpentOutput>, ChainError> {
    let mut rest = bytes;
    let mut outputs = Vec::new();
    while !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        let output = TxOut::consensus_decode(&mut rest).map_err(|e| {
            ChainError::malformed(format!("undo data offset {offset}"), "spent output", e)
        })?;
        outputs
            .push(SpentOutput { value_sat: output.value.to_sat(), script: output.script_pubkey });
    }
    Ok(outputs)
}
