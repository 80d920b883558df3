//! What programs are sent, and how they check that it is from us.
//!
//! The body is JSON. Its headers are those of Standard Webhooks with our prefix:
//!
//! ```text
//! ringfence-id: what the delivery is known by; the same when it is tried again
//! ringfence-timestamp: seconds since 1970 of this attempt
//! ringfence-signature: v1=<hex of HMAC-SHA256 over "id.timestamp.body">, one for each secret, with spaces between
//! ```
//!
//! While a secret is replaced, both sign. A receiver takes a delivery if one of its secrets signed it, its time is
//! near, and it has not seen the id.

use account::time::{At, Span};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::error::Invalid;
use crate::header::Id;

/// Name of the header with the id.
pub const ID_HEADER: &str = "ringfence-id";
/// Name of the header with the time.
pub const TIME_HEADER: &str = "ringfence-timestamp";
/// Name of the header with the signatures.
pub const SIGNATURE_HEADER: &str = "ringfence-signature";
/// Largest body, in bytes: what small receivers take.
pub const BODY_LEN_MAX: usize = 256 * 1024;
/// How far a receiver lets the time be from its own, if it has no better reason.
pub const TOLERANCE: Span = Span(300);
/// Longest URL, in bytes.
const URL_LEN_MAX: usize = 2_000;
/// Most signatures of one delivery that are looked at.
const SIGNATURES_MAX: usize = 8;
const SECRET_LEN: usize = 32;
/// Bytes of a block of SHA-256.
const BLOCK_LEN: usize = 64;
const SECRET_PREFIX: &str = "whsec_";

/// A secret that we share with a receiver. It has no `Debug`, and is wiped when dropped.
pub struct HookSecret(Zeroizing<[u8; SECRET_LEN]>);

impl HookSecret {
    /// From 32 random bytes.
    pub fn from_bytes(bytes: &[u8; SECRET_LEN]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// [`Invalid::Secret`] for another text; the text is not told.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let encoded = text.strip_prefix(SECRET_PREFIX).ok_or(Invalid::Secret)?;
        let mut bytes = STANDARD.decode(encoded).map_err(|_| Invalid::Secret)?;
        let secret = bytes.as_slice().try_into().map(Self::from_bytes);
        bytes.zeroize();
        secret.map_err(|_| Invalid::Secret)
    }

    /// As it is given to the receiver, once.
    pub fn text(&self) -> Zeroizing<String> {
        let encoded = Zeroizing::new(STANDARD.encode(*self.0));
        Zeroizing::new(format!("{SECRET_PREFIX}{}", *encoded))
    }

    fn mac(&self, id: &str, time: &str, body: &[u8]) -> [u8; 32] {
        // HMAC fills a key up with zeros to a block (RFC 2104, section 2).
        let mut key = Zeroizing::new([0; BLOCK_LEN]);
        key[..SECRET_LEN].copy_from_slice(self.0.as_slice());
        let mut mac = Hmac::<Sha256>::new((&*key).into());
        for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Where webhooks of a receiver go: `http` or `https`, a host, no user name.
#[derive(Clone, PartialEq, Eq)]
pub struct HookUrl(ureq::http::Uri);

impl HookUrl {
    /// Reads a URL. Whether it may be reached is seen when its name is looked up.
    ///
    /// # Errors
    /// [`Invalid::Link`] with what is wrong.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bad = |problem| Err(Invalid::Link(problem));
        if text.len() > URL_LEN_MAX || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return bad(
                "it has more than 2,000 bytes, or a character that must be percent-encoded",
            );
        }
        // The same reader as the one that connects: two readers can see two hosts in one text.
        let Ok(uri) = text.parse::<ureq::http::Uri>() else {
            return bad("it is no URL");
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        match uri.scheme_str() {
            _ if authority.contains('@') => bad("it has a user name"),
            _ if uri.host().unwrap_or("").is_empty() => bad("it has no host"),
            Some("http" | "https") => Ok(Self(uri)),
            _ => bad("it needs http or https"),
        }
    }

    pub(crate) fn uri(&self) -> &ureq::http::Uri {
        &self.0
    }
}

/// Paths of webhooks often hold a secret of the receiver.
impl std::fmt::Debug for HookUrl {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}://{}/…", self.0.scheme_str().unwrap_or(""), self.0.host().unwrap_or(""))
    }
}

/// One attempt of a delivery, signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhook {
    pub(crate) id: Id,
    pub(crate) url: HookUrl,
    pub(crate) at: At,
    pub(crate) signature: String,
    pub(crate) body: Body,
}

/// A body, which logs do not see.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Body(pub(crate) Vec<u8>);

impl std::fmt::Debug for Body {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} bytes", self.0.len())
    }
}

impl Webhook {
    /// Signs an attempt that is made now, with the secret in use and, while it is replaced, the one before.
    ///
    /// # Errors
    /// [`Invalid::Body`] when there is more of it than [`BODY_LEN_MAX`].
    pub fn sign(
        id: Id,
        url: HookUrl,
        body: Vec<u8>,
        (secret, before): (&HookSecret, Option<&HookSecret>),
        now: At,
    ) -> Result<Self, Invalid> {
        if body.len() > BODY_LEN_MAX {
            return Err(Invalid::Body { len: body.len(), max: BODY_LEN_MAX });
        }
        let secrets = [Some(secret), before].into_iter().flatten();
        let signature = signature(secrets, id.as_str(), now, &body);
        Ok(Self { id, url, at: now, signature, body: Body(body) })
    }

    /// Its three headers.
    pub fn headers(&self) -> [(&'static str, String); 3] {
        [
            (ID_HEADER, self.id.as_str().to_owned()),
            (TIME_HEADER, self.at.0.to_string()),
            (SIGNATURE_HEADER, self.signature.clone()),
        ]
    }
}

fn signature<'a>(
    secrets: impl Iterator<Item = &'a HookSecret>,
    id: &str,
    at: At,
    body: &[u8],
) -> String {
    let time = at.0.to_string();
    let one = |secret: &HookSecret| {
        let mac = secret.mac(id, &time, body);
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("v1={hex}")
    };
    secrets.map(one).collect::<Vec<_>>().join(" ")
}

/// Why a receiver does not take a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unverified {
    /// A header is missing or cannot be read.
    #[error("a header is missing or cannot be read")]
    Malformed,
    /// Its time is too far from the receiver's: an old one sent again, or a clock that is wrong.
    #[error("its time is too far from now: check the clock")]
    Time,
    /// None of the secrets has signed it.
    #[error("it is not signed with a secret that is known here")]
    Signature,
}

impl Unverified {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Unverified::Malformed => "webhook.malformed",
            Unverified::Time => "webhook.time",
            Unverified::Signature => "webhook.signature",
        }
    }
}

/// Whether a delivery is from who shares one of these secrets, and of now. For receivers: `id`, `time` and
/// `signature` are the values of the three headers, `body` the bytes as they came.
///
/// # Errors
/// [`Unverified`] says why not. Ids that were seen before are the caller's to refuse.
pub fn verify(
    secrets: &[HookSecret],
    (id, time, signature): (&str, &str, &str),
    body: &[u8],
    now: At,
    tolerance: Span,
) -> Result<(), Unverified> {
    Id::parse(id).map_err(|_| Unverified::Malformed)?;
    let is_plain = !time.is_empty() && time.bytes().all(|b| b.is_ascii_digit());
    let at: u64 = time.parse().ok().filter(|_| is_plain).ok_or(Unverified::Malformed)?;
    if at.abs_diff(now.0) > tolerance.0 {
        return Err(Unverified::Time);
    }
    let given: Vec<[u8; 32]> = signature
        .split(' ')
        .take(SIGNATURES_MAX)
        .filter_map(|one| from_hex(one.strip_prefix("v1=")?))
        .collect();
    if given.is_empty() {
        return Err(Unverified::Malformed);
    }
    let mut is_signed = subtle::Choice::from(0);
    for secret in secrets {
        let expected = secret.mac(id, time, body);
        for one in &given {
            is_signed |= expected.ct_eq(one);
        }
    }
    if is_signed.into() { Ok(()) } else { Err(Unverified::Signature) }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
