//! Receipts: a proof that an entry is in the log, in one text that can be checked offline
//! (C2SP tlog-proof).

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::merkle::verify_inclusion;
use crate::{Checkpoint, Hash, JournalError, VerifyingKey, leaf_hash};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^64 entries has paths of 64 hashes.
const PROOF_LEN_MAX: usize = 64;

/// A proof of inclusion with the signed checkpoint that it leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// Index of the entry.
    pub index: u64,
    /// Hashes from the leaf to the root.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl Receipt {
    /// The text form.
    pub fn encode(&self) -> String {
        let mut text = format!("{HEADER}\nindex {}\n", self.index);
        for hash in &self.proof {
            text.push_str(&BASE64.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads the text form; an `extra` line is allowed and ignored.
    ///
    /// # Errors
    /// [`JournalError::Note`] naming what is wrong.
    pub fn parse(text: &str) -> Result<Self, JournalError> {
        let bad = |problem: &str| JournalError::Note(format!("receipt: {problem}"));
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| bad("it has no checkpoint"))?;
        let mut lines = head.lines();
        if lines.next() != Some(HEADER) {
            return Err(bad("it does not begin with c2sp.org/tlog-proof@v1"));
        }
        let mut line = lines.next();
        if line.is_some_and(|line| line.starts_with("extra ")) {
            line = lines.next();
        }
        let index = line
            .and_then(|line| line.strip_prefix("index "))
            .and_then(|index| index.parse().ok())
            .ok_or_else(|| bad("it has no index"))?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == PROOF_LEN_MAX {
                return Err(bad("its proof has more than 64 hashes"));
            }
            let hash = BASE64.decode(line).ok().and_then(|bytes| bytes.try_into().ok());
            proof.push(hash.ok_or_else(|| bad("a hash is not 32 bytes in base64"))?);
        }
        Ok(Self { index, proof, checkpoint: checkpoint.to_owned() })
    }

    /// Checks that `entry` is in the log whose key this is. Needs nothing else.
    ///
    /// # Errors
    /// [`JournalError`] when the key did not sign the checkpoint or the proof does not lead there.
    pub fn verify(&self, entry: &[u8], key: &VerifyingKey) -> Result<Checkpoint, JournalError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = leaf_hash(entry);
        verify_inclusion(self.index, checkpoint.size, &leaf, &self.proof, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;
    use crate::tree::{prove_inclusion, tests::grow};

    #[test]
    fn a_receipt_verifies_offline_and_for_its_entry_only() {
        let (tree, memory, _) = grow(700);
        let key = SigningKey::from_seed("example.com/log", &[7; 32]).unwrap();
        let checkpoint =
            Checkpoint { origin: "example.com/log".into(), size: 700, root: tree.root() };
        let receipt = Receipt {
            index: 300,
            proof: prove_inclusion(300, 700, &memory).unwrap(),
            checkpoint: checkpoint.sign(&key),
        };
        let read = Receipt::parse(&receipt.encode()).unwrap();
        assert_eq!(read, receipt);
        assert!(read.verify(&300u64.to_le_bytes(), key.verifying_key()).is_ok());
        assert!(read.verify(&301u64.to_le_bytes(), key.verifying_key()).is_err());
    }
}
