//! Keys with names (C2SP signed-note): that of a log, and those of its witnesses.
//!
//! One byte of a key says what it signs, and is part of its id: a log's key never counts as a
//! witness's, nor a witness's as a log's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

use crate::JournalError;

/// What a key signs, by its C2SP number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SignatureType {
    /// A log's checkpoints: Ed25519 over the note's text (C2SP signed-note).
    Ed25519 = 0x01,
    /// A witness's co-signatures: Ed25519 over a time and the note's text (C2SP tlog-cosignature).
    CosignatureV1 = 0x04,
}

impl SignatureType {
    /// Whose keys of this type are.
    fn owner(self) -> &'static str {
        match self {
            SignatureType::Ed25519 => "a log",
            SignatureType::CosignatureV1 => "a witness",
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        let known = [SignatureType::Ed25519, SignatureType::CosignatureV1];
        known.into_iter().find(|known| *known as u8 == byte)
    }
}

fn key_id(name: &str, signature_type: SignatureType, public: &[u8]) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', signature_type as u8])
        .chain_update(public)
        .finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

pub(crate) fn check_name(name: &str) -> Result<(), JournalError> {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
    if name.is_empty() || name.len() > 200 || !name.chars().all(is_plain) {
        let problem = "a key's name needs 1 to 200 characters without spaces and '+'";
        return Err(JournalError::Note(problem.to_owned()));
    }
    Ok(())
}

/// A public key, its name and what it signs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Public {
    pub(crate) name: String,
    pub(crate) id: [u8; 4],
    signature_type: SignatureType,
    key: ed25519_dalek::VerifyingKey,
}

impl Public {
    /// Reads `name+id+base64`, the key being of this type.
    fn parse(text: &str, wanted: SignatureType) -> Result<Self, JournalError> {
        let bad = |problem: &str| JournalError::Note(format!("verifier key: {problem}"));
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it is not name+id+key"));
        };
        check_name(name)?;
        let bytes = BASE64.decode(key).map_err(|_| bad("its key is not base64"))?;
        let (byte, public) = bytes.split_first().ok_or_else(|| bad("it has no key"))?;
        let signature_type = SignatureType::from_byte(*byte)
            .ok_or_else(|| bad("its signature type is not known to this build"))?;
        if signature_type != wanted {
            let (owner, wanted) = (signature_type.owner(), wanted.owner());
            return Err(bad(&format!("it is the key of {owner}, that of {wanted} is wanted")));
        }
        let computed = key_id(name, signature_type, public);
        if u32::from_str_radix(id, 16) != Ok(u32::from_be_bytes(computed)) || id.len() != 8 {
            return Err(bad("its id does not belong to its name and key"));
        }
        let public = public.try_into().map_err(|_| bad("its key has not 32 bytes"))?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&public)
            .map_err(|_| bad("its key is no point of the curve"))?;
        Ok(Self { name: name.to_owned(), id: computed, signature_type, key })
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }

    fn text(&self) -> String {
        let mut bytes = vec![self.signature_type as u8];
        bytes.extend_from_slice(self.key.as_bytes());
        let id = u32::from_be_bytes(self.id);
        format!("{}+{id:08x}+{}", self.name, BASE64.encode(bytes))
    }
}

/// A private key with its name. It has no `Debug` and is wiped when dropped.
struct Private {
    public: Public,
    key: ed25519_dalek::SigningKey,
}

impl Private {
    fn from_seed(
        name: &str,
        seed: &[u8; 32],
        signature_type: SignatureType,
    ) -> Result<Self, JournalError> {
        check_name(name)?;
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = key.verifying_key();
        let id = key_id(name, signature_type, public.as_bytes());
        Ok(Self { public: Public { name: name.to_owned(), id, signature_type, key: public }, key })
    }
}

/// A log's public key with its name, written `name+id+base64`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyingKey(pub(crate) Public);

/// A log's private key with its name.
pub struct SigningKey {
    private: Private,
    verifying: VerifyingKey,
}

/// A witness's public key with its name, written as a log's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessKey(pub(crate) Public);

/// A witness's private key with its name.
pub struct WitnessSigningKey {
    private: Private,
    verifying: WitnessKey,
}

impl VerifyingKey {
    /// Reads a C2SP verifier key of a log.
    ///
    /// # Errors
    /// [`JournalError::Note`] when the text, its id or its type is wrong.
    pub fn parse(text: &str) -> Result<Self, JournalError> {
        Public::parse(text, SignatureType::Ed25519).map(Self)
    }

    /// Name of the key, which is the origin of its log.
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

impl std::fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.text())
    }
}

impl SigningKey {
    /// The key that a seed of 32 random bytes gives.
    ///
    /// # Errors
    /// [`JournalError::Note`] when the name cannot be that of a log.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, JournalError> {
        let private = Private::from_seed(name, seed, SignatureType::Ed25519)?;
        Ok(Self { verifying: VerifyingKey(private.public.clone()), private })
    }

    /// The public half.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.private.key.sign(message).to_bytes()
    }
}

impl WitnessKey {
    /// Reads a C2SP verifier key of a witness.
    ///
    /// # Errors
    /// [`JournalError::Note`] when the text, its id or its type is wrong.
    pub fn parse(text: &str) -> Result<Self, JournalError> {
        Public::parse(text, SignatureType::CosignatureV1).map(Self)
    }

    /// Name of the witness.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// True for two names of one key. What a witness signs does not hold its name, so that one
    /// signature could stand under both.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl std::fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.text())
    }
}

impl WitnessSigningKey {
    /// The key that a seed of 32 random bytes gives.
    ///
    /// # Errors
    /// [`JournalError::Note`] when the name cannot be that of a witness.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, JournalError> {
        let private = Private::from_seed(name, seed, SignatureType::CosignatureV1)?;
        Ok(Self { verifying: WitnessKey(private.public.clone()), private })
    }

    /// The public half.
    pub fn witness_key(&self) -> &WitnessKey {
        &self.verifying
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.private.key.sign(message).to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written_and_for_its_use_only() {
        let log = SigningKey::from_seed("example.com/log", &[7; 32]).unwrap();
        let witness = WitnessSigningKey::from_seed("example.com/log", &[7; 32]).unwrap();
        let (log, witness) = (log.verifying_key().to_string(), witness.witness_key().to_string());
        assert_eq!(VerifyingKey::parse(&log).unwrap().to_string(), log);
        assert_eq!(WitnessKey::parse(&witness).unwrap().to_string(), witness);
        let error = VerifyingKey::parse(&witness).unwrap_err().to_string();
        assert!(error.contains("it is the key of a witness"), "{error}");
        let error = WitnessKey::parse(&log).unwrap_err().to_string();
        assert!(error.contains("that of a witness is wanted"), "{error}");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in
            ["", "a", "a+b", "a+00000000+AQ==", "a b+00000000+AQ==", "a+0+!", "+00000000+AQ=="]
        {
            assert!(VerifyingKey::parse(text).is_err(), "{text:?}");
            assert!(WitnessKey::parse(text).is_err(), "{text:?}");
        }
        let key = SigningKey::from_seed("a", &[1; 32]).unwrap().verifying_key().to_string();
        assert!(VerifyingKey::parse(&key.replacen('a', "b", 1)).is_err(), "another name");
        assert!(SigningKey::from_seed("a b", &[0; 32]).is_err());
        assert!(WitnessSigningKey::from_seed("a+b", &[0; 32]).is_err());
    }
}
