//! Why a claim of ownership is refused.

use super::MESSAGE_BYTES_MAX;
use crate::key::KeyError;

/// Why a claim is refused. Codes are stable; the message says what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OwnershipError {
    /// The address has no key.
    #[error(transparent)]
    Address(#[from] KeyError),
    /// Nothing, or more than a message has.
    #[error("message: {0} bytes; give the text that was signed, 1 to {MESSAGE_BYTES_MAX} bytes")]
    MessageLength(usize),
    /// A challenge that is not the one of this round, this exchange and this address.
    #[error("message: {0}; sign the challenge of this round")]
    OtherRound(String),
    /// No signature.
    #[error("signature: there is none; sign the message with the key of the address")]
    SignatureMissing,
    /// Not the text form of a signature.
    #[error("signature: {0}; export it again from the wallet")]
    SignatureMalformed(String),
    /// The signature is not of this message by the key that is given.
    #[error("signature: it is not one of this message by the key that is given; sign again")]
    SignatureInvalid,
    /// A good signature by somebody else.
    #[error(
        "signature: it is by key {found}, which is not a key of the address; sign this message with the address's own key"
    )]
    OtherKey {
        /// The key that signed.
        found: String,
    },
    /// No public key where the chain's signatures do not carry it.
    #[error("public key: there is none; this chain's signatures do not carry it, give it beside")]
    KeyMissing,
    /// Not a public key.
    #[error("public key: {0}; export it again from the wallet")]
    KeyMalformed(&'static str),
    /// A script address without its script.
    #[error("script: there is none; give the redeem or witness script of the address")]
    ScriptMissing,
    /// Not a script that can be read.
    #[error("script: {0}; export the redeem or witness script again from the wallet")]
    ScriptMalformed(&'static str),
    /// The script is not the address's.
    #[error("script: its hash is not the address; give the script of this address")]
    ScriptOther,
    /// A script that this program does not judge.
    #[error("script: {0}; only single keys and m-of-n multisig are judged")]
    ScriptUnsupported(&'static str),
    /// Fewer keys than the script demands.
    #[error(
        "multisig: {got} distinct keys signed where the script demands {needed}; add the signatures of other keys"
    )]
    Threshold {
        /// The script's threshold.
        needed: usize,
        /// Distinct keys that signed.
        got: usize,
    },
    /// The address does not follow from the key and no record of the chain is given.
    #[error("evidence: {0}")]
    EvidenceMissing(&'static str),
    /// The record says something else than the claim.
    #[error("evidence: {0}; read the chain again at the height of the round")]
    EvidenceContradicts(String),
}

impl OwnershipError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            OwnershipError::Address(error) => error.code(),
            OwnershipError::MessageLength(_) => "ownership.message.length",
            OwnershipError::OtherRound(_) => "ownership.challenge.other_round",
            OwnershipError::SignatureMissing => "ownership.signature.missing",
            OwnershipError::SignatureMalformed(_) => "ownership.signature.malformed",
            OwnershipError::SignatureInvalid => "ownership.signature.invalid",
            OwnershipError::OtherKey { .. } => "ownership.signature.other_key",
            OwnershipError::KeyMissing => "ownership.key.missing",
            OwnershipError::KeyMalformed(_) => "ownership.key.malformed",
            OwnershipError::ScriptMissing => "ownership.script.missing",
            OwnershipError::ScriptMalformed(_) => "ownership.script.malformed",
            OwnershipError::ScriptOther => "ownership.script.other_address",
            OwnershipError::ScriptUnsupported(_) => "ownership.script.unsupported",
            OwnershipError::Threshold { .. } => "ownership.multisig.threshold",
            OwnershipError::EvidenceMissing(_) => "ownership.evidence.missing",
            OwnershipError::EvidenceContradicts(_) => "ownership.evidence.contradicts",
        }
    }

    pub(crate) fn malformed(problem: impl Into<String>) -> Self {
        OwnershipError::SignatureMalformed(problem.into())
    }

    pub(crate) fn contradicts(problem: impl Into<String>) -> Self {
        OwnershipError::EvidenceContradicts(problem.into())
    }
}
