//! Texts that may stand where a line break or a strange letter would do harm: each is parsed once, and
//! what is not of its form cannot be made.

use serde::{Deserialize, Serialize};

use crate::error::Invalid;

/// Longest local part of an address, in bytes (RFC 5321, section 4.5.3.1.1).
pub const LOCAL_LEN_MAX: usize = 64;
/// Longest domain, in bytes (RFC 1035, section 2.3.4, without the root's dot).
pub const DOMAIN_LEN_MAX: usize = 253;
/// Longest address, in bytes: a path of 256 less its two brackets (RFC 5321, section 4.5.3.1.3).
pub const ADDRESS_LEN_MAX: usize = 254;
/// Longest text of a header, in characters: a subject that is longer is cut by those who show it.
pub const HEADER_LEN_MAX: usize = 200;
/// Longest link, in bytes; browsers and mail clients agree on no more.
pub const LINK_LEN_MAX: usize = 2_000;
/// Longest id, in bytes.
pub const ID_LEN_MAX: usize = 64;

/// A text with a form: read by `parse`, stored as the text.
macro_rules! parsed {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }
    };
}

parsed! {
    /// A mail address: a plain local part, whose case is kept, and an ASCII domain in lower case. Quoted
    /// local parts, comments and addresses of hosts are not written to.
    EmailAddress
}
parsed! {
    /// One line of text for a header: no control character, nothing that turns the direction of writing.
    HeaderText
}
parsed! {
    /// The name of a header that is ours to set.
    HeaderName
}
parsed! {
    /// A link to a page of ours: `https`, or `http` to this machine.
    Link
}
parsed! {
    /// What a notice, an account or a delivery is known by: letters, digits, `-` and `_`.
    Id
}

impl EmailAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`Invalid::Address`] with what is wrong.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bad = |problem| Err(Invalid::Address(problem));
        let Some((local, domain)) = text.rsplit_once('@') else {
            return bad("it has no '@'");
        };
        if text.len() > ADDRESS_LEN_MAX || local.len() > LOCAL_LEN_MAX {
            return bad("it is too long");
        }
        let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        if !local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom)) {
            return bad("what is before '@' has a character that is not written to");
        }
        let domain = domain.to_ascii_lowercase();
        if !is_domain(&domain) {
            return bad("what is after '@' is no domain; write names of other scripts as xn--");
        }
        Ok(Self(format!("{local}@{domain}")))
    }

    /// What is before `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What is after it.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Whether a text in lower case is a domain of two labels or more (RFC 1123, section 2.1).
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let Some((_, last)) = text.rsplit_once('.') else {
        return false;
    };
    text.len() <= DOMAIN_LEN_MAX
        && text.split('.').all(is_label)
        // An address of a host is no domain.
        && !last.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a character breaks a line, is not seen, or turns the direction of writing.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
                | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164
                | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE0000..=0xE0FFF
        )
}

impl HeaderText {
    /// Reads a line.
    ///
    /// # Errors
    /// [`Invalid::Header`] when it is empty, too long, or has a character that is not seen.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.trim().is_empty() {
            return Err(Invalid::Header("it is empty"));
        }
        if text.chars().count() > HEADER_LEN_MAX {
            return Err(Invalid::Header("it has more than 200 characters"));
        }
        if text.chars().any(is_unseen) {
            return Err(Invalid::Header("it has a line break or a character that is not seen"));
        }
        Ok(Self(text.to_owned()))
    }

    /// A name and what is said of it; the end is cut where both are too long.
    pub fn subject(name: &HeaderText, said: &'static str) -> Self {
        let text = format!("{}: {said}", name.0);
        Self(text.chars().take(HEADER_LEN_MAX).collect())
    }
}

/// Headers that say who writes to whom, and how the body is written: the mailer's alone.
const RESERVED: [&str; 13] = [
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "return-path",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "received",
    "resent-to",
];

impl HeaderName {
    /// Reads a name of letters, digits and `-`.
    ///
    /// # Errors
    /// [`Invalid::Header`] for another, and for those that the mailer sets.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let is_name = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let lower = text.to_ascii_lowercase();
        if !is_name {
            return Err(Invalid::Header("a name has letters, digits and '-'"));
        }
        if RESERVED.contains(&lower.as_str()) || lower.starts_with("content-") {
            return Err(Invalid::Header("this name is set by the mailer"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Link {
    /// Reads a link.
    ///
    /// # Errors
    /// [`Invalid::Link`] for a scheme, a host or a character that a customer should not be sent.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bad = |problem| Err(Invalid::Link(problem));
        if text.len() > LINK_LEN_MAX {
            return bad("it has more than 2,000 bytes");
        }
        if !text.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\`{}|^".contains(&b)) {
            return bad("it has a character that must be percent-encoded");
        }
        let Ok(url) = url::Url::parse(text) else {
            return bad("it is no URL");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return bad("it has a user name");
        }
        let host = url.host_str().unwrap_or("");
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        match url.scheme() {
            "https" if !host.is_empty() => Ok(Self(text.to_owned())),
            "http" if is_here => Ok(Self(text.to_owned())),
            _ => bad("it needs https"),
        }
    }
}

impl Id {
    /// Reads an id.
    ///
    /// # Errors
    /// [`Invalid::Id`] when it is empty, too long or has another character.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let is_id = (1..=ID_LEN_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if is_id { Ok(Self(text.to_owned())) } else { Err(Invalid::Id) }
    }
}

/// An address is a person's: logs see its first letter and its domain.
impl std::fmt::Debug for EmailAddress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}…@{}", self.local().get(..1).unwrap_or(""), self.domain())
    }
}

/// A link can carry what lets its reader act.
impl std::fmt::Debug for Link {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Link")
    }
}

macro_rules! shown_in_debug {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, out)
            }
        }
    )*};
}
shown_in_debug!(HeaderText, HeaderName, Id);

#[cfg(test)]
mod tests;
