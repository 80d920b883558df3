//! Requests that a customer's program signs: Ed25519 (RFC 8032) over method, path, time and the hash of the
//! body. The server keeps the public half only, so nothing that leaks from it signs anything.

use account::time::At;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

/// How far the clock of a program may be off, in seconds. Within it a request can be sent twice; what must
/// not be done twice has a name of its own.
pub const CLOCK_OFF_MAX_S: u64 = 30;

/// Why a request is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RequestError {
    /// The key is no point, or one of small order.
    #[error("it is no Ed25519 public key that can be used")]
    Key,
    /// The time is no number of seconds.
    #[error("ringfence-timestamp is not a number of seconds since 1970-01-01 UTC")]
    Timestamp,
    /// The time is too far from ours.
    #[error("ringfence-timestamp is more than {CLOCK_OFF_MAX_S} seconds from our clock")]
    Late,
    /// The signature is not 64 bytes in base64.
    #[error("ringfence-signature is not 64 bytes in base64")]
    Form,
    /// The signature is wrong.
    #[error("the signature does not belong to this request and key")]
    Wrong,
}

impl RequestError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            RequestError::Key => "key.public_key",
            RequestError::Timestamp => "key.timestamp",
            RequestError::Late => "key.late",
            RequestError::Form => "key.signature",
            RequestError::Wrong => "key.refused",
        }
    }
}

/// A public key that can be used.
#[derive(Clone, Debug)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads 32 bytes.
    ///
    /// # Errors
    /// [`RequestError::Key`] for bytes that are no point, or a point for which anything is signed.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| RequestError::Key)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| RequestError::Key)?;
        if key.is_weak() { Err(RequestError::Key) } else { Ok(Self(key)) }
    }
}

/// What is signed of a request.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `GET`, `POST`.
    pub method: &'a str,
    /// Path with its query.
    pub path: &'a str,
    /// Seconds since 1970-01-01 UTC, in decimal.
    pub timestamp: &'a str,
    /// The body, empty where there is none.
    pub body: &'a [u8],
}

impl Signed<'_> {
    /// The text that is signed: five lines.
    pub fn text(&self) -> String {
        let hash: String = Sha256::digest(self.body).iter().map(|b| format!("{b:02x}")).collect();
        format!(
            "ringfence-request-v1\n{}\n{}\n{}\n{hash}\n",
            self.method, self.path, self.timestamp
        )
    }

    /// Checks a signature in base64 by a public key in base64.
    ///
    /// # Errors
    /// [`RequestError`] with what is wrong.
    pub fn verify(&self, key: &str, signature: &str, now: At) -> Result<(), RequestError> {
        let key = STANDARD.decode(key).map_err(|_| RequestError::Key)?;
        let key = PublicKey::parse(&key)?;
        let at: u64 = self.timestamp.parse().map_err(|_| RequestError::Timestamp)?;
        if at.abs_diff(now.0) > CLOCK_OFF_MAX_S {
            return Err(RequestError::Late);
        }
        let bytes = STANDARD.decode(signature).map_err(|_| RequestError::Form)?;
        let signature = Signature::from_slice(&bytes).map_err(|_| RequestError::Form)?;
        key.0.verify_strict(self.text().as_bytes(), &signature).map_err(|_| RequestError::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    fn signed<'a>(path: &'a str, body: &'a [u8]) -> Signed<'a> {
        Signed { method: "POST", path, timestamp: "1000", body }
    }

    #[test]
    fn a_signature_is_for_one_request_at_one_time() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = STANDARD.encode(key.verifying_key().to_bytes());
        let request = signed("/v1/withdrawals", b"{}");
        let signature = STANDARD.encode(key.sign(request.text().as_bytes()).to_bytes());
        assert_eq!(request.verify(&public, &signature, At(1_030)), Ok(()));
        assert_eq!(request.verify(&public, &signature, At(1_031)), Err(RequestError::Late));
        assert_eq!(request.verify(&public, &signature, At(969)), Err(RequestError::Late));
        for other in [
            signed("/v1/withdrawals", b"{} "),
            signed("/v1/withdrawals?a", b"{}"),
            Signed { method: "PUT", ..request },
            Signed { timestamp: "1001", ..request },
        ] {
            assert_eq!(other.verify(&public, &signature, At(1_000)), Err(RequestError::Wrong));
        }
        let other = STANDARD.encode(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
        assert_eq!(request.verify(&other, &signature, At(1_000)), Err(RequestError::Wrong));
    }

    #[test]
    fn a_key_for_which_anything_is_signed_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::parse(&identity).unwrap_err(), RequestError::Key);
        assert_eq!(PublicKey::parse(&[0; 31]).unwrap_err(), RequestError::Key);
        assert_eq!(signed("/", b"").verify("?", "", At(0)), Err(RequestError::Key));
    }
}
