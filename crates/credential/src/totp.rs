//! Codes of an authenticator app: RFC 6238 with SHA-1, six digits, a step of 30 seconds, which is what
//! every app can do.
//!
//! A code is taken once (RFC 6238, section 5.2; ASVS 6.5.1): [`check`] answers with the step of the code,
//! the caller stores it with a compare-and-set, and passes it the next time.

use account::time::At;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a seed: 160 bits, as RFC 4226, section 4, recommends.
pub const SEED_BYTES: usize = 20;
/// Digits of a code.
pub const DIGITS: usize = 6;
/// Length of a step in seconds.
pub const STEP_S: u64 = 30;
/// Steps before and after the present one whose code is taken: clocks of phones are off by some seconds
/// (RFC 6238, section 5.2, allows one step for the delay).
pub const WINDOW: u64 = 1;

/// The seed that an app and the server share.
pub struct Seed([u8; SEED_BYTES]);

impl Seed {
    /// From random bytes, or from what was stored.
    pub fn new(bytes: [u8; SEED_BYTES]) -> Self {
        Self(bytes)
    }

    /// From bytes that were opened; `None` if there are not [`SEED_BYTES`] of them.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes, for sealing them.
    pub fn expose(&self) -> &[u8; SEED_BYTES] {
        &self.0
    }

    /// Base32 without padding, for typing it into an app.
    pub fn base32(&self) -> Zeroizing<String> {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut text = Zeroizing::new(String::with_capacity(SEED_BYTES.div_ceil(5) * 8));
        for group in self.0.chunks(5) {
            let bits = group.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
            for place in (0..8).rev() {
                text.push(char::from(ALPHABET[(bits >> (5 * place) & 31) as usize]));
            }
        }
        text
    }

    /// The address that an app reads from a QR code (Key URI format of Google Authenticator). Issuer and
    /// account are percent-encoded, whatever is in them.
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (percent_encoded(issuer), percent_encoded(account));
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}",
            self.base32().as_str()
        ))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Seed")
    }
}

/// Checks a code. The answer is the step that it belongs to: store it, and pass it as `last_step` from then
/// on. `None` if the code is wrong, or of a step that was used or lies before one that was.
///
/// All steps of the window are computed and compared, whichever is right.
pub fn check(seed: &Seed, code: &str, at: At, last_step: Option<u64>) -> Option<u64> {
    let code: [u8; DIGITS] = code.as_bytes().try_into().ok()?;
    let present = at.0 / STEP_S;
    let mut found = 0u64;
    let mut is_found = subtle::Choice::from(0);
    for step in present.saturating_sub(WINDOW)..=present.saturating_add(WINDOW) {
        let is_equal = code_at(seed, step).ct_eq(&code);
        let is_unused = u8::from(last_step.is_none_or(|last| step > last));
        let is_good = is_equal & subtle::Choice::from(is_unused);
        // The earliest that fits, so that a later one stays usable.
        found.conditional_assign(&step, is_good & !is_found);
        is_found |= is_good;
    }
    bool::from(is_found).then_some(found)
}

/// The code that an app shows at a time.
pub(crate) fn code(seed: &Seed, at: At) -> String {
    code_at(seed, at.0 / STEP_S).iter().map(|digit| char::from(*digit)).collect()
}

/// The code of a step, as digits.
fn code_at(seed: &Seed, step: u64) -> [u8; DIGITS] {
    digits::<Hmac<Sha1>, DIGITS>(&seed.0, step)
}

/// RFC 4226, section 5.3, with the hash function as a parameter (RFC 6238, section 1.2).
fn digits<M: Mac + KeyInit, const N: usize>(seed: &[u8], counter: u64) -> [u8; N] {
    let mut code = [b'0'; N];
    // An HMAC takes keys of any length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(seed) else { return code };
    mac.update(&counter.to_be_bytes());
    let tag = mac.finalize().into_bytes();
    let offset = usize::from(tag[tag.len() - 1] & 0xf);
    let bytes = [tag[offset] & 0x7f, tag[offset + 1], tag[offset + 2], tag[offset + 3]];
    let mut number = u32::from_be_bytes(bytes);
    for digit in code.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    code
}

/// Unreserved characters stay (RFC 3986, section 2.3), all others are encoded.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
