//! Small secrets at rest, such as the seed of an authenticator app: XChaCha20-Poly1305 under a key that
//! the operator keeps apart from the database. What is sealed is bound to its account and its kind, so
//! that a row copied to another account does not open.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// Bytes of a nonce. Drawn at random for each sealing: 192 bits do not repeat by chance.
pub const NONCE_BYTES: usize = 24;
/// Bytes that sealing adds: format, nonce, tag.
pub const OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;
/// Longest secret that is sealed; seeds have 20 bytes, keys 32.
pub const PLAIN_BYTES_MAX: usize = 16_384;

const TAG_BYTES: usize = 16;
/// The first byte says how the rest was sealed.
const FORMAT: u8 = 1;

/// Why it was not sealed or opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// The secret is too long.
    #[error("a secret of more than {PLAIN_BYTES_MAX} bytes is not sealed")]
    TooLong,
    /// It is too short, or of a format that is not known.
    #[error("what was stored is not a sealed secret")]
    Malformed,
    /// It was changed, belongs to another account or kind, or was sealed with another key.
    #[error("what was stored does not open: another key, another owner, or damaged")]
    DoesNotOpen,
}

impl SealError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            SealError::TooLong => "sealed.too_long",
            SealError::Malformed => "sealed.malformed",
            SealError::DoesNotOpen => "sealed.does_not_open",
        }
    }
}

/// Seals and opens.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    /// With a key of 32 random bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(key.into()) }
    }

    /// Seals a secret of an account. `kind` says what it is, for example `totp_seed`; `nonce` must never
    /// have been used with this key.
    pub fn seal(
        &self,
        account: &[u8],
        kind: &str,
        nonce: [u8; NONCE_BYTES],
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        if plain.len() > PLAIN_BYTES_MAX {
            return Err(SealError::TooLong);
        }
        let bound = bound_to(account, kind);
        let payload = Payload { msg: plain, aad: &bound };
        let cipher = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let cipher = cipher.map_err(|_| SealError::TooLong)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + cipher.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&cipher);
        Ok(sealed)
    }

    /// Opens what was sealed for this account and kind.
    pub fn open(
        &self,
        account: &[u8],
        kind: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (format, rest) = sealed.split_first().ok_or(SealError::Malformed)?;
        let (nonce, cipher) = rest.split_at_checked(NONCE_BYTES).ok_or(SealError::Malformed)?;
        let is_length_possible = (TAG_BYTES..=PLAIN_BYTES_MAX + TAG_BYTES).contains(&cipher.len());
        if *format != FORMAT || !is_length_possible {
            return Err(SealError::Malformed);
        }
        let bound = bound_to(account, kind);
        let payload = Payload { msg: cipher, aad: &bound };
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Malformed)?;
        let plain = self.cipher.decrypt(&nonce, payload);
        plain.map(Zeroizing::new).map_err(|_| SealError::DoesNotOpen)
    }
}

/// Account and kind, told apart by the length of the first.
fn bound_to(account: &[u8], kind: &str) -> Vec<u8> {
    let mut bound = Vec::with_capacity(8 + account.len() + kind.len());
    bound.extend_from_slice(&(account.len() as u64).to_be_bytes());
    bound.extend_from_slice(account);
    bound.extend_from_slice(kind.as_bytes());
    bound
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_sealed_opens(
            key: [u8; 32], nonce: [u8; 24], account: Vec<u8>, kind in "[a-z_]{0,20}", plain: Vec<u8>,
        ) {
            let sealer = Sealer::new(&key);
            let sealed = sealer.seal(&account, &kind, nonce, &plain).unwrap();
            prop_assert_eq!(sealed.len(), plain.len() + OVERHEAD_BYTES);
            let opened = sealer.open(&account, &kind, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
        }

        #[test]
        fn what_was_changed_does_not_open(place in 0usize..61, bit in 0u8..8) {
            let sealer = Sealer::new(&[7; 32]);
            let mut sealed = sealer.seal(b"a", "totp_seed", [1; 24], &[9; 20]).unwrap();
            sealed[place] ^= 1 << bit;
            prop_assert!(sealer.open(b"a", "totp_seed", &sealed).is_err());
        }

        #[test]
        fn any_bytes_are_answered_without_a_panic(bytes: Vec<u8>) {
            prop_assert!(Sealer::new(&[7; 32]).open(b"a", "totp_seed", &bytes).is_err());
        }
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1: the start of the cipher text, and the tag.
    #[test]
    fn the_vector_of_xchacha20_poly1305_holds() {
        let key: [u8; 32] = std::array::from_fn(|place| 0x80 + place as u8);
        let nonce: [u8; 24] = std::array::from_fn(|place| 0x40 + place as u8);
        let plain =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
                      future, sunscreen would be it.";
        let aad = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let payload = Payload { msg: plain, aad: &aad };
        let cipher = Sealer::new(&key).cipher.encrypt(&XNonce::from(nonce), payload).unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(&cipher[..16]), "bd6d179d3e83d43b9576579493c0e939");
        assert_eq!(hex(&cipher[plain.len()..]), "c0875924c1c7987947deafd8780acf49");
    }

    #[test]
    fn a_row_that_was_copied_to_another_account_or_kind_does_not_open() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal(b"alice", "totp_seed", [1; 24], b"seed").unwrap();
        let refused = Err(SealError::DoesNotOpen);
        assert_eq!(sealer.open(b"mallory", "totp_seed", &sealed).map(|_| ()), refused);
        assert_eq!(sealer.open(b"alice", "webhook", &sealed).map(|_| ()), refused);
        // The border between account and kind cannot be moved.
        assert_eq!(sealer.open(b"alicet", "otp_seed", &sealed).map(|_| ()), refused);
        assert_eq!(Sealer::new(&[8; 32]).open(b"alice", "totp_seed", &sealed).map(|_| ()), refused);
    }
}
