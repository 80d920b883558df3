//! Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint).
//!
//! A signature type is one byte in the key; [`SignatureType`] is where another one is added.
//! Ed25519 (0x01) is the first.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

use crate::{Hash, JournalError};

/// Longest note that is read.
const NOTE_LEN_MAX: usize = 64 << 10;
/// Most signatures of one note that are looked at.
const SIGNATURES_MAX: usize = 100;

/// The algorithms that can sign a checkpoint, by their C2SP number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SignatureType {
    /// Ed25519 over the note text (C2SP signed-note).
    Ed25519 = 0x01,
}

impl SignatureType {
    fn from_byte(byte: u8) -> Option<Self> {
        (byte == SignatureType::Ed25519 as u8).then_some(SignatureType::Ed25519)
    }
}

/// What a log says of itself: its name, how many entries it has, and their root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Name of the log, a URL without scheme.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// Reads the text of a checkpoint; extension lines are allowed and ignored.
    ///
    /// # Errors
    /// [`JournalError::Note`] naming the line that is wrong.
    pub fn parse_body(body: &str) -> Result<Self, JournalError> {
        let bad = |problem: &str| JournalError::Note(problem.to_owned());
        let mut lines = body.split('\n');
        let origin =
            lines.next().filter(|line| !line.is_empty()).ok_or_else(|| bad("no origin"))?;
        let size = lines.next().ok_or_else(|| bad("no size"))?;
        let is_canonical = size == "0" || !size.starts_with(['0', '+']);
        let size = size
            .parse()
            .ok()
            .filter(|_| is_canonical)
            .ok_or_else(|| bad("its size is not a decimal number"))?;
        let root = lines
            .next()
            .and_then(|line| BASE64.decode(line).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| bad("its root is not 32 bytes in base64"))?;
        if !body.ends_with('\n') {
            return Err(bad("its text does not end with a line feed"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// The checkpoint as a note signed by `key`.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let mut signed = key.verifying.id.to_vec();
        signed.extend_from_slice(&key.key.sign(body.as_bytes()).to_bytes());
        format!("{body}\n\u{2014} {} {}\n", key.verifying.name, BASE64.encode(signed))
    }

    /// Opens a note: its text, if `key` signed it.
    ///
    /// # Errors
    /// [`JournalError::Note`] when it is not a note or not a checkpoint of the key's log,
    /// [`JournalError::Signature`] when the key did not sign it.
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Self, JournalError> {
        let bad = |problem: &str| JournalError::Note(problem.to_owned());
        if note.len() > NOTE_LEN_MAX {
            return Err(bad("it has more than 65536 bytes"));
        }
        let end = note.rfind("\n\n").ok_or_else(|| bad("it has no signatures"))? + 1;
        let (body, signatures) = (&note[..end], &note[end + 1..]);
        if !signatures.ends_with('\n') {
            return Err(bad("its last signature line is cut off"));
        }
        let is_signed = signatures.lines().take(SIGNATURES_MAX).any(|line| {
            let parts = line.strip_prefix("\u{2014} ").and_then(|line| line.split_once(' '));
            parts.is_some_and(|(name, signature)| {
                name == key.name
                    && BASE64.decode(signature).is_ok_and(|bytes| key.verifies(body, &bytes))
            })
        });
        if !is_signed {
            return Err(JournalError::Signature(key.name.clone()));
        }
        let checkpoint = Self::parse_body(body)?;
        if checkpoint.origin != key.name {
            return Err(bad("its origin is not the name of the key"));
        }
        Ok(checkpoint)
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

/// A public key with its name, written `name+id+base64`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyingKey {
    name: String,
    id: [u8; 4],
    key: ed25519_dalek::VerifyingKey,
}

impl VerifyingKey {
    /// Reads a C2SP verifier key.
    ///
    /// # Errors
    /// [`JournalError::Note`] when the text, its id or its algorithm is wrong.
    pub fn parse(text: &str) -> Result<Self, JournalError> {
        let bad = |problem: &str| JournalError::Note(format!("verifier key: {problem}"));
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("it is not name+id+key"));
        };
        check_name(name)?;
        let bytes = BASE64.decode(key).map_err(|_| bad("its key is not base64"))?;
        let (signature_type, public) = bytes.split_first().ok_or_else(|| bad("it has no key"))?;
        let signature_type = SignatureType::from_byte(*signature_type)
            .ok_or_else(|| bad("its signature type is not known to this build"))?;
        let computed = key_id(name, signature_type, public);
        if u32::from_str_radix(id, 16) != Ok(u32::from_be_bytes(computed)) || id.len() != 8 {
            return Err(bad("its id does not belong to its name and key"));
        }
        let public = public.try_into().map_err(|_| bad("its key has not 32 bytes"))?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&public)
            .map_err(|_| bad("its key is no point of the curve"))?;
        Ok(Self { name: name.to_owned(), id: computed, key })
    }

    /// Name of the key, which is the origin of its log.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn verifies(&self, body: &str, id_and_signature: &[u8]) -> bool {
        let Some((id, signature)) = id_and_signature.split_first_chunk::<4>() else {
            return false;
        };
        *id == self.id
            && ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| self.key.verify_strict(body.as_bytes(), &signature).is_ok())
    }
}

impl std::fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = vec![SignatureType::Ed25519 as u8];
        bytes.extend_from_slice(self.key.as_bytes());
        let id = u32::from_be_bytes(self.id);
        write!(f, "{}+{id:08x}+{}", self.name, BASE64.encode(bytes))
    }
}

fn check_name(name: &str) -> Result<(), JournalError> {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
    if name.is_empty() || name.len() > 200 || !name.chars().all(is_plain) {
        let problem = "log name: it needs 1 to 200 characters without spaces and '+'";
        return Err(JournalError::Note(problem.to_owned()));
    }
    Ok(())
}

/// A private key with its name. It has no `Debug` and is wiped when dropped.
pub struct SigningKey {
    verifying: VerifyingKey,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// The key that a seed of 32 random bytes gives.
    ///
    /// # Errors
    /// [`JournalError::Note`] when the name cannot be that of a log.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, JournalError> {
        check_name(name)?;
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = key.verifying_key();
        let id = key_id(name, SignatureType::Ed25519, public.as_bytes());
        Ok(Self { verifying: VerifyingKey { name: name.to_owned(), id, key: public }, key })
    }

    /// The public half.
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed("example.com/log", &[7; 32]).unwrap()
    }

    #[test]
    fn a_signed_checkpoint_opens_with_its_key_only() {
        let checkpoint = Checkpoint { origin: "example.com/log".into(), size: 5, root: [3; 32] };
        let note = checkpoint.sign(&key());
        let public = VerifyingKey::parse(&key().verifying_key().to_string()).unwrap();
        assert_eq!(Checkpoint::open(&note, &public), Ok(checkpoint));
        let other = SigningKey::from_seed("example.com/log", &[8; 32]).unwrap();
        let opened = Checkpoint::open(&note, other.verifying_key());
        assert!(matches!(opened, Err(JournalError::Signature(_))));
        let changed = note.replace("\n5\n", "\n6\n");
        assert!(matches!(Checkpoint::open(&changed, &public), Err(JournalError::Signature(_))));
    }

    #[test]
    fn malformed_notes_are_refused() {
        let public = key().verifying_key().clone();
        for note in ["", "\n\n", "a\n1\nAA==\n", "a\n\n\u{2014} a b\n", "x\n01\n\n\u{2014} x y\n"] {
            assert!(Checkpoint::open(note, &public).is_err(), "{note:?}");
        }
        assert!(Checkpoint::parse_body("a\n01\nAAAA\n").is_err());
        assert!(VerifyingKey::parse("a+00000000+AQ==").is_err());
        assert!(SigningKey::from_seed("a b", &[0; 32]).is_err());
    }
}
