//! What a stranger pays when an account was tried too often: a proof of work, checked with one hash,
//! before a password is hashed for 0.1 s.
//!
//! A challenge is text that the server can recognise: nothing is stored when it is asked for. One that was
//! answered is remembered until it expires, so that it is answered once.

use account::time::{At, Span};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::throttle::AccountKey;

/// How long a challenge can be answered: the hardest takes some seconds, on an old phone a minute.
pub const CHALLENGE_SPAN: Span = Span(180);
/// Answered challenges that are remembered. Each cost its work; beyond that the one that expires first is
/// forgotten, and could be used again until then.
pub const USED_MAX: usize = 100_000;
/// Longest answer, in characters.
const ANSWER_CHARS_MAX: usize = 20;

/// Account, nonce, end, bits, authentication.
const CHALLENGE_BYTES: usize = BODY_BYTES + TAG_BYTES;
const BODY_BYTES: usize = NONCE_BYTES + 8 + 1;
const NONCE_BYTES: usize = 16;
const TAG_BYTES: usize = 32;

/// Why a proof is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WorkError {
    /// The challenge was not made here for this account, or was changed.
    #[error("the challenge is not one of this account")]
    Unknown,
    /// It is too old.
    #[error("the challenge was answered after more than {} seconds", CHALLENGE_SPAN.0)]
    Expired,
    /// The answer does not have the bits.
    #[error("the answer to the challenge is wrong")]
    Wrong,
    /// It was answered before.
    #[error("the challenge was answered before")]
    Used,
}

impl WorkError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            WorkError::Unknown => "work.unknown",
            WorkError::Expired => "work.expired",
            WorkError::Wrong => "work.wrong",
            WorkError::Used => "work.used",
        }
    }
}

/// Asks for work and checks it.
pub struct WorkDesk {
    key: Zeroizing<[u8; 32]>,
    used: HashSet<[u8; TAG_BYTES]>,
    ends: BTreeSet<(At, [u8; TAG_BYTES])>,
    capacity: usize,
}

impl WorkDesk {
    /// With a random key that may change with each start.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            key: Zeroizing::new(key),
            used: HashSet::new(),
            ends: BTreeSet::new(),
            capacity: USED_MAX,
        }
    }

    /// A challenge for an account: text to be sent. Its answer is a number, in decimal, such that the
    /// SHA-256 of `<challenge>:<answer>` begins with `bits` zero bits. `nonce` is random.
    pub fn pose(
        &self,
        account: &AccountKey,
        bits: u8,
        nonce: [u8; NONCE_BYTES],
        now: At,
    ) -> String {
        let mut challenge = [0; CHALLENGE_BYTES];
        challenge[..NONCE_BYTES].copy_from_slice(&nonce);
        let until = now + CHALLENGE_SPAN;
        challenge[NONCE_BYTES..BODY_BYTES - 1].copy_from_slice(&until.0.to_be_bytes());
        challenge[BODY_BYTES - 1] = bits;
        let tag = self.tag(account, &challenge[..BODY_BYTES]);
        challenge[BODY_BYTES..].copy_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(challenge)
    }

    /// Checks an answer, once. Gives the bits of the challenge, for [`crate::throttle::Attempt::work_bits`].
    pub fn check(
        &mut self,
        account: &AccountKey,
        challenge: &str,
        answer: &str,
        now: At,
    ) -> Result<u8, WorkError> {
        let mut bytes = [0; CHALLENGE_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(challenge, &mut bytes);
        if length != Ok(CHALLENGE_BYTES) {
            return Err(WorkError::Unknown);
        }
        let (body, tag) = bytes.split_at(BODY_BYTES);
        let expected = self.tag(account, body);
        if !bool::from(expected.ct_eq(tag)) {
            return Err(WorkError::Unknown);
        }
        let mut until = [0; 8];
        until.copy_from_slice(&body[NONCE_BYTES..BODY_BYTES - 1]);
        let (until, bits) = (At(u64::from_be_bytes(until)), body[BODY_BYTES - 1]);
        if until <= now {
            return Err(WorkError::Expired);
        }
        let is_number = (1..=ANSWER_CHARS_MAX).contains(&answer.len())
            && answer.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || zero_bits(challenge, answer) < u32::from(bits) {
            return Err(WorkError::Wrong);
        }
        if !self.used.insert(expected) {
            return Err(WorkError::Used);
        }
        self.ends.insert((until, expected));
        while let Some((until, tag)) = self.ends.first().copied()
            && (until <= now || self.ends.len() > self.capacity)
        {
            self.ends.pop_first();
            self.used.remove(&tag);
        }
        Ok(bits)
    }

    fn tag(&self, account: &AccountKey, body: &[u8]) -> [u8; TAG_BYTES] {
        // An HMAC takes keys of any length; without a tag, nothing is recognised.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.as_slice()) else {
            return [0; TAG_BYTES];
        };
        mac.update(account);
        mac.update(body);
        mac.finalize().into_bytes().into()
    }
}

/// Finds an answer, as a browser does. `None` if there is none among the first `tries` numbers.
pub fn solve(challenge: &str, bits: u8, tries: u64) -> Option<u64> {
    (0..tries).find(|answer| zero_bits(challenge, &answer.to_string()) >= u32::from(bits))
}

fn zero_bits(challenge: &str, answer: &str) -> u32 {
    let mut hasher = Sha256::new();
    hasher.update(challenge.as_bytes());
    hasher.update(b":");
    hasher.update(answer.as_bytes());
    let mut bits = 0;
    for byte in hasher.finalize() {
        bits += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: AccountKey = [1; 32];

    fn posed(bits: u8) -> (WorkDesk, String, String) {
        let desk = WorkDesk::new([9; 32]);
        let challenge = desk.pose(&ACCOUNT, bits, [5; 16], At(100));
        let answer = solve(&challenge, bits, 1 << 20).unwrap().to_string();
        (desk, challenge, answer)
    }

    #[test]
    fn an_answer_is_taken_once() {
        let (mut desk, challenge, answer) = posed(8);
        assert_eq!(desk.check(&ACCOUNT, &challenge, &answer, At(101)), Ok(8));
        assert_eq!(desk.check(&ACCOUNT, &challenge, &answer, At(101)), Err(WorkError::Used));
        // Another number that fits as well is the same challenge.
        let other = (answer.parse::<u64>().unwrap() + 1..).map(|number| number.to_string());
        let other = other.take(1 << 20).find(|answer| zero_bits(&challenge, answer) >= 8).unwrap();
        assert_eq!(desk.check(&ACCOUNT, &challenge, &other, At(101)), Err(WorkError::Used));
    }

    #[test]
    fn an_answer_for_another_account_too_late_or_with_fewer_bits_is_refused() {
        let (mut desk, challenge, answer) = posed(8);
        let wrong = (0..).map(|number: u64| number.to_string());
        let wrong = wrong.take(1 << 20).find(|answer| zero_bits(&challenge, answer) < 8).unwrap();
        assert_eq!(desk.check(&[2; 32], &challenge, &answer, At(101)), Err(WorkError::Unknown));
        assert_eq!(desk.check(&ACCOUNT, &challenge, &answer, At(280)), Err(WorkError::Expired));
        assert_eq!(desk.check(&ACCOUNT, &challenge, &wrong, At(101)), Err(WorkError::Wrong));
        for text in ["", "-1", " 1", "x", "123456789012345678901"] {
            assert_eq!(desk.check(&ACCOUNT, &challenge, text, At(101)), Err(WorkError::Wrong));
        }
        assert_eq!(desk.check(&ACCOUNT, &challenge, &answer, At(279)), Ok(8));
    }

    #[test]
    fn a_challenge_that_was_made_easier_is_refused() {
        let (mut desk, challenge, _) = posed(8);
        let mut bytes = URL_SAFE_NO_PAD.decode(&challenge).unwrap();
        bytes[BODY_BYTES - 1] = 0;
        let easier = URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(desk.check(&ACCOUNT, &easier, "0", At(101)), Err(WorkError::Unknown));
        for text in ["", "AAAA", "not base64!", &"A".repeat(10_000)] {
            assert_eq!(desk.check(&ACCOUNT, text, "0", At(101)), Err(WorkError::Unknown));
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_when_it_has_expired() {
        let mut desk = WorkDesk::new([9; 32]);
        desk.capacity = 10;
        for number in 0..100u8 {
            let challenge = desk.pose(&ACCOUNT, 0, [number; 16], At(100 + u64::from(number)));
            assert_eq!(desk.check(&ACCOUNT, &challenge, "0", At(200)), Ok(0));
            assert!(desk.used.len() <= 10 && desk.ends.len() == desk.used.len());
        }
        let challenge = desk.pose(&ACCOUNT, 0, [0; 16], At(1_000));
        assert_eq!(desk.check(&ACCOUNT, &challenge, "0", At(1_001)), Ok(0));
        assert_eq!(desk.used.len(), 1);
    }
}
