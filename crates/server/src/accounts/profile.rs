//! What is known of a customer beside what protects the account.

use account::time::At;
use serde::{Deserialize, Serialize};

/// Longest name.
pub(super) const NAME_LEN_MAX: usize = 80;
/// How long the address before the last one is told what happens too.
pub(super) const FORMER_S: u64 = 72 * 3_600;

/// Name, addresses and choices of a customer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    /// As the customer wrote it.
    pub(crate) email: String,
    /// The address before, and until when it is told too.
    #[serde(default)]
    pub(crate) former_email: Option<(String, At)>,
    #[serde(default)]
    pub(crate) phone: Option<String>,
    #[serde(default)]
    pub(crate) anti_phishing_code: Option<String>,
    /// Salt of recovery codes, in hexadecimal digits.
    pub(crate) salt: String,
    /// The exchange is calling: since when, and what for.
    #[serde(default)]
    pub(crate) call: Option<(At, String)>,
    /// Names of addresses of the book, by network and address.
    #[serde(default)]
    pub(crate) labels: Vec<Label>,
}

/// What a customer calls an address, and when it was added.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) network: String,
    pub(crate) address: String,
    pub(crate) label: String,
    pub(crate) added_at: At,
}

impl Profile {
    /// Addresses that are told: the one of now, and for a while the one before.
    pub(super) fn mailboxes(&self, now: At) -> Vec<&str> {
        let former = self.former_email.iter().filter(|(_, until)| *until > now);
        std::iter::once(self.email.as_str())
            .chain(former.map(|(email, _)| email.as_str()))
            .collect()
    }

    /// What an address is called.
    pub(super) fn label(&self, network: &str, address: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.network == network && label.address == address)
    }
}

/// An e-mail address with most of it hidden: enough to recognise one that is known.
pub(super) fn masked_email(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    let (host, ending) = domain.rsplit_once('.').unwrap_or((domain, ""));
    let host: String = host.chars().take(1).collect();
    format!("{first}…@{host}….{ending}")
}

/// A name with all but its first letters hidden.
pub(super) fn masked_name(name: &str) -> String {
    let initials = name.split_whitespace().filter_map(|word| word.chars().next());
    initials.map(|initial| format!("{initial}…")).collect::<Vec<_>>().join(" ")
}

/// A phone number with all but its last two digits hidden.
pub(super) fn masked_phone(phone: &str) -> String {
    let count = phone.chars().count();
    let last: String = phone.chars().skip(count.saturating_sub(2)).collect();
    format!("…{last}")
}

/// What an e-mail address is looked up by.
pub(super) fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_support_sees_does_not_give_an_address_away() {
        assert_eq!(masked_email("maria.weber@example.org"), "m…@e….org");
        assert_eq!(masked_email("no-at"), "n…@….");
        assert_eq!(masked_name("Maria  Weber"), "M… W…");
        assert_eq!(masked_phone("+41791234567"), "…67");
        assert_eq!(masked_phone("ü"), "…ü");
    }

    #[test]
    fn the_address_before_is_told_for_a_while() {
        let profile = Profile {
            name: "M".to_owned(),
            email: "new@example.org".to_owned(),
            former_email: Some(("old@example.org".to_owned(), At(10))),
            phone: None,
            anti_phishing_code: None,
            salt: String::new(),
            call: None,
            labels: Vec::new(),
        };
        assert_eq!(profile.mailboxes(At(9)), ["new@example.org", "old@example.org"]);
        assert_eq!(profile.mailboxes(At(10)), ["new@example.org"]);
    }
}
