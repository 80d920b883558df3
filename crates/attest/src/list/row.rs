//! One row of a list, whatever its layout.

use crate::chains::Chain;
use crate::key::{AddressKey, KeyError};
use crate::ownership::{Claim, ControlEvidence};

use super::Quantity;

/// What an exchange says of one address and one asset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Line in the list, from 1.
    pub line: u64,
    /// The asset or coin as the list writes it.
    pub asset: String,
    /// The chain.
    pub chain: Chain,
    /// The height of the snapshot, where the layout has one.
    pub height: Option<u64>,
    /// The address as the list writes it.
    pub address: String,
    /// The amount.
    pub amount: Quantity,
    /// Where the amount comes from, in our layout.
    pub source: String,
    /// The anchor's type of a staking row, such as `Native ETH Staking`.
    pub staking: Option<String>,
    /// The text that was signed.
    pub message: String,
    /// Signatures.
    pub signatures: Vec<String>,
    /// Script or public keys.
    pub script_or_keys: Vec<String>,
    /// Owners of a contract or validator.
    pub owners: Vec<String>,
}

impl Row {
    /// The key that tells whether two rows have one address.
    ///
    /// # Errors
    /// [`KeyError`] for an address that cannot be decoded.
    pub fn key(&self) -> Result<AddressKey, KeyError> {
        AddressKey::parse(self.chain, &self.address)
    }

    /// The claim of ownership that the row makes, with what is known of the chain's state.
    pub fn claim(&self, evidence: Option<ControlEvidence>) -> Claim {
        Claim {
            chain: self.chain,
            address: self.address.clone(),
            message: self.message.clone(),
            signatures: self.signatures.clone(),
            script_or_keys: self.script_or_keys.clone(),
            owners: self.owners.clone(),
            evidence,
        }
    }
}
