//! An index of unspent outputs, so that inputs get values and addresses when the source has none.

use bitcoin::hashes::Hash;
use bitcoin::{Amount as BtcAmount, OutPoint, ScriptBuf, TxOut, Txid};
use std::collections::{HashMap, VecDeque};

use super::SpentOutput;
use crate::ChainError;

/// Knows outputs that have been created and not yet spent.
pub trait UtxoIndex {
    /// Learns an output.
    fn add(&mut self, outpoint: OutPoint, output: &TxOut);
    /// Takes an output out; `None` when it was never seen or has been forgotten.
    fn spend(&mut self, outpoint: &OutPoint) -> Option<SpentOutput>;
}

/// An index in memory that forgets the oldest outputs beyond its capacity. Inputs that spend a
/// forgotten output count as unknown, which every decision about them says.
pub struct UtxoSet {
    outputs: HashMap<OutPoint, (BtcAmount, ScriptBuf)>,
    by_age: VecDeque<OutPoint>,
    capacity: usize,
}

impl UtxoSet {
    /// An index of at most `capacity` outputs, about 120 bytes each.
    pub fn new(capacity: usize) -> Self {
        Self { outputs: HashMap::default(), by_age: VecDeque::new(), capacity }
    }

    /// Number of outputs held.
    pub fn len(&self) -> usize {
        self.outputs.len()
    }

    /// True when an output of the transaction with this id, in printed form, is known.
    pub fn knows(&self, txid: &str) -> bool {
        // Outputs of one transaction are few; asking for the first ones is enough to not ask a node.
        let Ok(txid) = txid.parse::<Txid>() else { return false };
        (0..4).any(|vout| self.outputs.contains_key(&OutPoint { txid, vout }))
    }

    /// Learns the outputs of a raw transaction in hexadecimal digits.
    ///
    /// # Errors
    /// [`ChainError`] when it is none.
    pub fn learn_transaction(&mut self, digits: &str) -> Result<(), ChainError> {
        let bad = |problem: &str| ChainError::malformed("raw transaction", "hex", problem);
        let bytes = crate::address::unhex(digits).ok_or_else(|| bad("it is not hexadecimal"))?;
        let transaction: bitcoin::Transaction =
            bitcoin::consensus::deserialize(&bytes).map_err(|e| bad(&e.to_string()))?;
        let txid = transaction.compute_txid();
        for (vout, output) in transaction.output.iter().enumerate() {
            self.add(OutPoint { txid, vout: vout as u32 }, output);
        }
        Ok(())
    }

    /// All outputs in the order in which they were learned: transaction id, index, value in
    /// satoshi, length and bytes of the script; numbers little-endian.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for outpoint in &self.by_age {
            let Some((value, script)) = self.outputs.get(outpoint) else { continue };
            out.extend_from_slice(outpoint.txid.as_byte_array());
            out.extend_from_slice(&outpoint.vout.to_le_bytes());
            out.extend_from_slice(&value.to_sat().to_le_bytes());
            out.extend_from_slice(&(script.len() as u32).to_le_bytes());
            out.extend_from_slice(script.as_bytes());
        }
        out
    }

    /// Learns the outputs that [`UtxoSet::encode`] wrote.
    ///
    /// # Errors
    /// [`ChainError`] when the bytes are cut off.
    pub fn extend_from(&mut self, bytes: &[u8]) -> Result<(), ChainError> {
        let cut_off = || ChainError::malformed("unspent outputs", "script", "they are cut off");
        let mut rest = bytes;
        let mut take = |count: usize| {
            let (head, tail) = rest.split_at_checked(count)?;
            rest = tail;
            Some(head)
        };
        while let Some(head) = take(48) {
            let word = |at: usize| {
                u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
            };
            let txid = <[u8; 32]>::try_from(&head[..32]).expect("32 bytes");
            let outpoint = OutPoint { txid: Txid::from_byte_array(txid), vout: word(32) };
            let sat = u64::from(word(36)) | u64::from(word(40)) << 32;
            let script = take(word(44) as usize).ok_or_else(cut_off)?;
            let script_pubkey = ScriptBuf::from_bytes(script.to_vec());
            self.add(outpoint, &TxOut { value: BtcAmount::from_sat(sat), script_pubkey });
        }
        if rest.is_empty() { Ok(()) } else { Err(cut_off()) }
    }

    /// True when it holds none.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }
}

impl UtxoIndex for UtxoSet {
    fn add(&mut self, outpoint: OutPoint, output: &TxOut) {
        let value = (output.value, output.script_pubkey.clone());
        if self.outputs.insert(outpoint, value).is_none() {
            self.by_age.push_back(outpoint);
        }
        while self.outputs.len() > self.capacity {
            let Some(oldest) = self.by_age.pop_front() else {
                break;
            };
            self.outputs.remove(&oldest);
        }
        // Spent outputs leave their place in the queue behind; sweep when most places are stale.
        if self.by_age.len() > 2 * self.outputs.len() + 1024 {
            self.by_age.retain(|outpoint| self.outputs.contains_key(outpoint));
        }
    }

    fn spend(&mut self, outpoint: &OutPoint) -> Option<SpentOutput> {
        let (value, script) = self.outputs.remove(outpoint)?;
        Some(SpentOutput { value_sat: value.to_sat(), script })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outpoint(n: u8) -> OutPoint {
        OutPoint { txid: bitcoin::Txid::from_byte_array([n; 32]), vout: 0 }
    }

    #[test]
    fn an_output_is_spent_once_and_the_oldest_is_forgotten_first() {
        let mut set = UtxoSet::new(2);
        let output =
            |sat| TxOut { value: BtcAmount::from_sat(sat), script_pubkey: ScriptBuf::new() };
        for n in 1..=3 {
            set.add(outpoint(n), &output(u64::from(n)));
        }
        assert_eq!(set.spend(&outpoint(1)), None);
        assert_eq!(set.spend(&outpoint(3)).unwrap().value_sat, 3);
        assert_eq!(set.spend(&outpoint(3)), None);
        assert_eq!(set.len(), 1);
        let bytes = set.encode();
        let mut again = UtxoSet::new(2);
        again.extend_from(&bytes).unwrap();
        assert_eq!(again.spend(&outpoint(2)).unwrap().value_sat, 2);
        assert!((1..bytes.len()).all(|len| UtxoSet::new(2).extend_from(&bytes[..len]).is_err()));
    }
}
