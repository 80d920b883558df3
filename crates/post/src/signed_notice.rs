//! How a customer asks whether a notice is ours: each carries a token that only we can make, and that
//! anybody can check.
//!
//! A token says which account, which notice, of what kind, when and over which channel. It can be copied into a
//! false mail, to its owner or to others: so the answer to a good token is *what we wrote then*, for the
//! customer to compare, and a token of another account is told as such.
//!
//! ```text
//! rf1.<base64url of: kind, channel (1 byte each), time (8), length of account (1), account, id, signature (64),
//!      the first 4 bytes of SHA-256 of all before>.
//! ```
//!
//! The signature (Ed25519, RFC 8032) is over the text of [`Facts::canonical`], not over these bytes. The
//! four bytes tell a token that was damaged on its way from one that somebody made up.

use account::notice::{Channel, Notice};
use account::time::At;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::header::{ID_LEN_MAX, Id, is_unseen};

const BEGIN: &str = "rf1.";
const END: char = '.';
const SIGNATURE_LEN: usize = 64;
const CHECK_LEN: usize = 4;
const HEAD_LEN: usize = 11;
/// Longest text that is searched for a token, in bytes: customers paste whole mails.
pub const PASTED_LEN_MAX: usize = 64 * 1024;
/// Longest token without its ends: what the largest facts come to.
const TOKEN_LEN_MAX: usize =
    (HEAD_LEN + 2 * ID_LEN_MAX + SIGNATURE_LEN + CHECK_LEN).div_ceil(3) * 4;

/// What a token says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// Whose notice it is.
    pub account: Id,
    /// Which notice.
    pub id: Id,
    /// What it is about.
    pub kind: Notice,
    /// When it was written.
    pub at: At,
    /// Where it was sent.
    pub channel: Channel,
}

/// Why a token does not show that a notice is ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotOurs {
    /// There is no token, or one that we have not signed.
    #[error("this is not from us")]
    Foreign,
    /// There is a token, and it was changed or cut on its way.
    #[error("the code was damaged on its way: copy it again, all of it")]
    Damaged,
    /// We wrote it, to somebody else.
    #[error("we wrote this to another account: whoever sent it to you is not us")]
    AnotherAccount,
}

impl NotOurs {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            NotOurs::Foreign => "notice.foreign",
            NotOurs::Damaged => "notice.damaged",
            NotOurs::AnotherAccount => "notice.another_account",
        }
    }
}

/// The key that signs notices. It has no `Debug`, and is wiped when dropped.
pub struct NoticeKey(ed25519_dalek::SigningKey);

/// Its public half.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticePublic(ed25519_dalek::VerifyingKey);

impl NoticeKey {
    /// From 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The public half.
    pub fn public(&self) -> NoticePublic {
        NoticePublic(self.0.verifying_key())
    }
}

impl NoticePublic {
    /// From its 32 bytes; none that are no point of the curve.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        ed25519_dalek::VerifyingKey::from_bytes(bytes).ok().map(Self)
    }

    /// Its 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }
}

const KINDS: [(Notice, &str); 9] = [
    (Notice::NewDevice, "new_device"),
    (Notice::NewAddress, "new_address"),
    (Notice::Withdrawal, "withdrawal"),
    (Notice::Loosened, "loosened"),
    (Notice::Credential, "credential"),
    (Notice::Contact, "contact"),
    (Notice::RecoveryBegun, "recovery_begun"),
    (Notice::Recovered, "recovered"),
    (Notice::Freeze, "freeze"),
];
const CHANNELS: [(Channel, &str); 3] =
    [(Channel::Email, "email"), (Channel::Phone, "phone"), (Channel::Devices, "devices")];

/// Places and names in tokens stay as they are for ever.
fn place_of<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> (u8, &'static str) {
    let found = table.iter().enumerate().find(|(_, (known, _))| known == value);
    found.map_or((u8::MAX, ""), |(place, (_, name))| (place as u8, name))
}

impl Facts {
    /// The text that is signed: one fact a line. No fact has a line break.
    pub fn canonical(&self) -> String {
        let (kind, channel) =
            (place_of(&KINDS, &self.kind).1, place_of(&CHANNELS, &self.channel).1);
        let (account, id, at) = (self.account.as_str(), self.id.as_str(), self.at.0);
        format!("ringfence notice v1\n{account}\n{id}\n{kind}\n{at}\n{channel}\n")
    }

    fn to_bytes(&self) -> Vec<u8> {
        let account = self.account.as_str().as_bytes();
        let mut bytes = vec![place_of(&KINDS, &self.kind).0, place_of(&CHANNELS, &self.channel).0];
        bytes.extend(self.at.0.to_be_bytes());
        bytes.push(account.len() as u8);
        bytes.extend(account);
        bytes.extend(self.id.as_str().as_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_LEN)?;
        let (account, id) = rest.split_at_checked(usize::from(head[10]))?;
        let id_of = |bytes: &[u8]| Id::parse(std::str::from_utf8(bytes).ok()?).ok();
        Some(Self {
            account: id_of(account)?,
            id: id_of(id)?,
            kind: KINDS.get(usize::from(head[0]))?.0,
            at: At(u64::from_be_bytes(head[2..10].try_into().ok()?)),
            channel: CHANNELS.get(usize::from(head[1]))?.0,
        })
    }
}

fn check_bytes(bytes: &[u8]) -> [u8; CHECK_LEN] {
    let digest = Sha256::digest(bytes);
    [digest[0], digest[1], digest[2], digest[3]]
}

/// The token of these facts, without a space in it.
pub fn issue(key: &NoticeKey, facts: &Facts) -> String {
    let mut bytes = facts.to_bytes();
    bytes.extend(key.0.sign(facts.canonical().as_bytes()).to_bytes());
    bytes.extend(check_bytes(&bytes));
    format!("{BEGIN}{}{END}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What a token says, if it is ours. The text may be a whole mail with quotes and line breaks; its first
/// token counts. `keys` are the one in use and those before it.
///
/// # Errors
/// [`NotOurs`] says what is wrong with it.
pub fn check(keys: &[NoticePublic], text: &str) -> Result<Facts, NotOurs> {
    if text.len() > PASTED_LEN_MAX {
        return Err(NotOurs::Foreign);
    }
    let is_kept = |c: &char| !c.is_whitespace() && !is_unseen(*c) && !">|".contains(*c);
    let text: String = text.chars().filter(is_kept).collect();
    let (_, token) = text.split_once(BEGIN).ok_or(NotOurs::Foreign)?;
    let (token, _) = token.split_once(END).ok_or(NotOurs::Damaged)?;
    if token.len() > TOKEN_LEN_MAX {
        return Err(NotOurs::Damaged);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| NotOurs::Damaged)?;
    let (signed, sum) = bytes.split_last_chunk::<CHECK_LEN>().ok_or(NotOurs::Damaged)?;
    if check_bytes(signed) != *sum {
        return Err(NotOurs::Damaged);
    }
    let (facts, signature) = signed.split_last_chunk::<SIGNATURE_LEN>().ok_or(NotOurs::Foreign)?;
    let facts = Facts::from_bytes(facts).ok_or(NotOurs::Foreign)?;
    let signature = Signature::from_bytes(signature);
    let canonical = facts.canonical();
    let is_ours =
        |key: &NoticePublic| key.0.verify_strict(canonical.as_bytes(), &signature).is_ok();
    if keys.iter().any(is_ours) { Ok(facts) } else { Err(NotOurs::Foreign) }
}

/// As [`check`], for the customer who is signed in.
///
/// # Errors
/// [`NotOurs::AnotherAccount`] in addition, for a notice to somebody else; nothing of it is told.
pub fn check_for(keys: &[NoticePublic], text: &str, account: &Id) -> Result<Facts, NotOurs> {
    let facts = check(keys, text)?;
    if facts.account == *account { Ok(facts) } else { Err(NotOurs::AnotherAccount) }
}

#[cfg(test)]
mod tests;
