//! An index of unspent outputs, so that inputs get values and addresses when the source has none.

use bitcoin::{Amount as BtcAmount, OutPoint, ScriptBuf, TxOut};
use std::collections::{HashMap, VecDeque};

use super::SpentOutput;

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
    use bitcoin::hashes::Hash;

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
    }
}
