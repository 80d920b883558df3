//! Domains of mailboxes that are thrown away after use.

use std::collections::BTreeSet;

use crate::BehaviorError;

/// Lines that are read of a list: the public one has about a hundredth of it.
const LINES_MAX: usize = 500_000;
/// Longest name of a domain (RFC 1035, section 2.3.4).
const DOMAIN_LEN_MAX: usize = 253;

/// Domains whose mailboxes are thrown away.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Emails {
    /// Date or version of the list, as its publisher tells it.
    pub version: String,
    domains: BTreeSet<Box<str>>,
}

impl Emails {
    /// Reads domains, one a line; empty lines and lines that begin with `#` are passed over.
    ///
    /// # Errors
    /// [`BehaviorError::ListLine`] for a line that is no domain, [`BehaviorError::TooLarge`].
    pub fn parse(version: &str, bytes: &[u8]) -> Result<Self, BehaviorError> {
        let mut domains = BTreeSet::new();
        for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if number >= LINES_MAX {
                return Err(BehaviorError::TooLarge {
                    what: "a list of domains",
                    limit: LINES_MAX,
                    unit: "lines",
                });
            }
            let text = std::str::from_utf8(line).unwrap_or("\u{0}").trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let is_domain = text.len() <= DOMAIN_LEN_MAX
                && text.contains('.')
                && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
            if !is_domain {
                return Err(BehaviorError::ListLine {
                    list: "disposable e-mail domains".to_owned(),
                    line: number + 1,
                    problem: "it is no domain",
                });
            }
            domains.insert(text.to_lowercase().into_boxed_str());
        }
        Ok(Self { version: version.to_owned(), domains })
    }

    /// Number of domains.
    pub fn len(&self) -> usize {
        self.domains.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.domains.is_empty()
    }

    /// Whether an e-mail address is of such a domain or of one below it; `None` for text that is no
    /// e-mail address.
    pub fn is_disposable(&self, address: &str) -> Option<bool> {
        let (user, domain) = address.trim().rsplit_once('@')?;
        let domain = domain.trim_end_matches('.').to_lowercase();
        if user.is_empty() || domain.is_empty() || domain.len() > DOMAIN_LEN_MAX {
            return None;
        }
        let mut rest = domain.as_str();
        loop {
            if self.domains.contains(rest) {
                return Some(true);
            }
            match rest.split_once('.') {
                Some((_, above)) => rest = above,
                None => return Some(false),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_those_below_them_are_disposable_and_look_alikes_are_not() {
        let emails = Emails::parse("1", b"0-mail.com\n# x\n\nmail.example.org\n").unwrap();
        assert_eq!(emails.len(), 2);
        for (address, expected) in [
            ("a@0-mail.com", Some(true)),
            ("a@0-MAIL.com.", Some(true)),
            ("a@b.0-mail.com", Some(true)),
            ("a@not0-mail.com", Some(false)),
            ("a@example.org", Some(false)),
            ("example.org", None),
            ("@example.org", None),
        ] {
            assert_eq!(emails.is_disposable(address), expected, "{address}");
        }
        assert!(Emails::parse("1", b"fine.example\nnot a domain\n").is_err());
    }
}
