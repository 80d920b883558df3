//! Who holds the key of an address: one function, [`verify`], for every chain.
//!
//! The address decides which rule applies, never the other way round; what has no rule is refused
//! by name. A signature counts in full only when it signs the [`Challenge`] of this round, because
//! a sentence without exchange and date can be lent to another venue and replayed for ever.

mod accounts;
mod antelope;
mod bip322;
mod challenge;
mod coins;
mod control;
mod digest;
mod ed25519;
mod error;
mod scripts;
mod secp;
mod starknet;
mod ton;
mod validator;

pub use challenge::{Challenge, Standing};
pub use control::{
    ControlEvidence, OwnersLayout, OwnersProof, Record, RecordedCall, RecordedKeys,
    WithdrawalCredentials,
};
pub use error::OwnershipError;

use crate::chains::{Chain, Form};
use crate::evidence::Level;
use crate::key::{AddressKey, AddressType};

/// Longest message that is looked at: four challenges.
pub const MESSAGE_BYTES_MAX: usize = 1024;
/// Most signatures of one claim: a script counts its keys with an opcode up to 16.
pub const SIGNATURES_MAX: usize = 16;

/// What a list says about an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The chain.
    pub chain: Chain,
    /// The address in any text form of the chain.
    pub address: String,
    /// The text that was signed.
    pub message: String,
    /// Signatures in the chain's own text form.
    pub signatures: Vec<String>,
    /// The redeem or witness script of a multisig, or the public keys of the signers.
    pub script_or_keys: Vec<String>,
    /// The accounts that own a contract or a validator.
    pub owners: Vec<String>,
    /// What the chain says of who controls the address, where the address itself does not.
    pub evidence: Option<ControlEvidence>,
}

/// How the message was turned into what was signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageForm {
    /// Double SHA-256 of the coin's header and the text, each with its length.
    CoinSigned,
    /// BIP-322 with a witness only.
    Bip322Simple,
    /// BIP-322 with a whole transaction.
    Bip322Full,
    /// EIP-191 `personal_sign` of the text.
    Eip191,
    /// The anchor's form: `personal_sign` of the text's Keccak hash.
    Eip191OfHash,
    /// Tron's header over the text's Keccak hash.
    TronOfHash,
    /// Tron's header (TIP-191), the length in decimals, the text.
    Tron,
    /// The anchor's header and the text, each with its length; hashed as the chain hashes.
    Anchor,
    /// The text itself.
    Plain,
    /// Typed data of Starknet (SNIP-12, revision 0).
    StarknetTyped,
    /// A validator's BLS key over the anchor's form.
    ValidatorBls,
    /// A contract's own answer (EIP-1271).
    Eip1271,
}

/// Why the signers are the holders of the address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Control {
    /// The address is made of the key.
    Key,
    /// The address is made of a script, and enough of its keys signed.
    Script {
        /// Signatures that the script demands.
        threshold: usize,
        /// Keys in it.
        keys: usize,
    },
    /// The chain's state at a height names the signers.
    State {
        /// The height at which it was read.
        height: u64,
    },
    /// The key attests blocks for a validator. The stake belongs to the withdrawal account.
    ValidatorKey,
}

/// What a claim proves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proved {
    /// The address, as the chain compares it.
    pub key: AddressKey,
    /// What was signed.
    pub form: MessageForm,
    /// Public keys (or, for a contract, its owners) that signed, each once.
    pub signers: Vec<Vec<u8>>,
    /// Why they are the holders.
    pub control: Control,
    /// How surely the control is known: mathematics is a proof, a recorded state has sources.
    pub level: Level,
    /// Whether the message is of this round.
    pub standing: Standing,
}

impl Proved {
    /// True when the signature belongs to this round, the signers can spend, and that does not
    /// rest on one source's word.
    pub fn is_full(&self) -> bool {
        self.standing == Standing::ThisRound
            && self.control != Control::ValidatorKey
            && self.level != Level::Claim
    }
}

/// What the rule of a chain found, before the message is classified.
struct Found {
    form: MessageForm,
    signers: Vec<Vec<u8>>,
    control: Control,
    level: Level,
}

impl Found {
    fn by_key(form: MessageForm, signer: &[u8]) -> Found {
        let signers = vec![signer.to_vec()];
        Found { form, signers, control: Control::Key, level: Level::Proof }
    }
}

/// Checks who signed and that they hold the address. `challenge` is the one of the round that is
/// checked; without it the anchor's generic sentences can be checked as what they are.
///
/// # Errors
/// [`OwnershipError`] names the first check that failed. Whatever is unknown, undecodable or left
/// out is refused.
pub fn verify(claim: &Claim, challenge: Option<&Challenge>) -> Result<Proved, OwnershipError> {
    if claim.message.is_empty() || claim.message.len() > MESSAGE_BYTES_MAX {
        return Err(OwnershipError::MessageLength(claim.message.len()));
    }
    if claim.signatures.len() > SIGNATURES_MAX {
        return Err(OwnershipError::malformed("there are more of them than any script has keys"));
    }
    let key = AddressKey::parse(claim.chain, &claim.address)?;
    let standing = challenge::standing(challenge, &claim.message, &key)?;
    if claim.signatures.is_empty() && claim.evidence.is_none() {
        return Err(OwnershipError::SignatureMissing);
    }
    let found = match claim.chain.form() {
        Form::Utxo(coin) => coins::verify(coin, &key, claim),
        Form::Evm if key.address_type() == AddressType::Validator => validator::verify(&key, claim),
        Form::Evm | Form::Tron | Form::Secp256k1(_) => accounts::verify(&key, claim),
        Form::Ed25519(account) => ed25519::verify(account, &key, claim),
        Form::Antelope => antelope::verify(&key, claim),
        Form::Starknet => starknet::verify(&key, claim),
    }?;
    let Found { form, signers, control, level } = found;
    Ok(Proved { key, form, signers, control, level, standing })
}

/// The script that an output to an address has, the same on every network of its coin; `None` for an
/// address of a chain without scripts.
pub fn output_script(key: &AddressKey) -> Option<Vec<u8>> {
    bip322::output_script(key).map(bitcoin::ScriptBuf::into_bytes)
}

/// The compressed public keys that a recoverable signature may be of, one for each way in which
/// the chain's messages are signed. For tools that show who signed; [`verify`] is the check.
///
/// # Errors
/// [`OwnershipError`] for a signature that is not a recoverable one.
pub fn recover_keys(
    chain: Chain,
    message: &str,
    signature: &str,
) -> Result<Vec<(MessageForm, [u8; 33])>, OwnershipError> {
    let keys = match chain.form() {
        Form::Utxo(coin) => vec![coins::recover(coin, message, signature)?],
        form => accounts::recover(form, message, signature)?,
    };
    Ok(keys.into_iter().map(|(form, key)| (form, key.serialize())).collect())
}

#[cfg(test)]
pub(crate) mod tests;
