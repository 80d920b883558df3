//! What somebody has shown of themselves in one ceremony.

use serde::{Deserialize, Serialize};

/// One thing that can be shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Factor {
    /// The password.
    Password,
    /// A code of the authenticator app.
    Totp,
    /// A passkey, with its owner verified by the authenticator.
    Passkey,
    /// One of the codes that were printed for emergencies.
    RecoveryCode,
    /// A link or code that was sent to the e-mail address.
    Mailbox,
    /// A code that was sent to the phone number.
    Phone,
    /// The cookie of a device that the account has been used on before.
    KnownDevice,
    /// An identity check in which an agent of the support vouches for the customer.
    Identity,
    /// A request signed with an API key, from an address that the key is bound to.
    ApiKey,
}

impl Factor {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Factor::Password => "password",
            Factor::Totp => "totp",
            Factor::Passkey => "passkey",
            Factor::RecoveryCode => "recovery_code",
            Factor::Mailbox => "mailbox",
            Factor::Phone => "phone",
            Factor::KnownDevice => "known_device",
            Factor::Identity => "identity",
            Factor::ApiKey => "api_key",
        }
    }

    /// All of them.
    pub const ALL: [Factor; 9] = [
        Factor::Password,
        Factor::Totp,
        Factor::Passkey,
        Factor::RecoveryCode,
        Factor::Mailbox,
        Factor::Phone,
        Factor::KnownDevice,
        Factor::Identity,
        Factor::ApiKey,
    ];
}

/// Several of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Factors(u16);

impl Factors {
    /// None.
    pub const NONE: Self = Self(0);

    /// These.
    pub const fn of(factors: &[Factor]) -> Self {
        let (mut bits, mut place) = (0, 0);
        while place < factors.len() {
            bits |= 1 << factors[place] as u16;
            place += 1;
        }
        Self(bits)
    }

    /// Whether one is among them.
    pub const fn has(self, factor: Factor) -> bool {
        self.0 & 1 << factor as u16 != 0
    }

    /// Whether all of others are among them.
    pub const fn has_all(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those that are in both.
    #[must_use]
    pub const fn among(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// All but one.
    #[must_use]
    pub const fn without(self, factor: Factor) -> Self {
        Self(self.0 & !(1 << factor as u16))
    }

    /// How many.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Factor> {
        Factor::ALL.into_iter().filter(move |factor| self.has(*factor))
    }
}

impl std::fmt::Debug for Factors {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

/// What an account has that can be shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Credentials {
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether there is an authenticator app.
    pub has_totp: bool,
    /// Passkeys of the account.
    pub passkeys: u8,
    /// Recovery codes that are left.
    pub recovery_codes: u8,
    /// Whether a phone number is known.
    pub has_phone: bool,
}

impl Credentials {
    /// What confirms something that could hurt: the strongest that the account has. Nothing weaker will
    /// do, so that a stolen code does not replace a passkey.
    pub const fn confirming(&self) -> Factors {
        match (self.passkeys, self.has_totp) {
            (1.., _) => Factors::of(&[Factor::Passkey]),
            (0, true) if self.has_password => Factors::of(&[Factor::Password, Factor::Totp]),
            (0, true) => Factors::of(&[Factor::Totp, Factor::Mailbox]),
            (0, false) => Factors::of(&[Factor::Password, Factor::Mailbox]),
        }
    }

    /// Whether this is enough to sign in.
    pub fn signs_in(&self, shown: Factors) -> bool {
        let password = self.has_password && shown.has(Factor::Password);
        let second = match self.has_totp {
            true => shown.has(Factor::Totp),
            // Without an app, a new device is confirmed from the mailbox.
            false => shown.has(Factor::Mailbox) || shown.has(Factor::KnownDevice),
        };
        (self.passkeys > 0 && shown.has(Factor::Passkey)) || (password && second)
    }

    /// What can be evidence in a recovery: each is of a class of its own.
    pub fn evidence(&self, shown: Factors) -> Factors {
        let mut evidence = Factors::of(&[Factor::Mailbox, Factor::Identity]);
        for (factor, is_there) in [
            (Factor::RecoveryCode, self.recovery_codes > 0),
            (Factor::Phone, self.has_phone),
            (Factor::Passkey, self.passkeys > 0),
        ] {
            if is_there {
                evidence = evidence.and(Factors::of(&[factor]));
            }
        }
        shown.among(evidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_kept_apart() {
        let shown = Factors::of(&[Factor::Totp, Factor::Mailbox]);
        assert!(shown.has(Factor::Totp) && !shown.has(Factor::Password));
        assert_eq!(shown.iter().collect::<Vec<_>>(), [Factor::Totp, Factor::Mailbox]);
        assert!(shown.has_all(Factors::of(&[Factor::Totp])));
        assert!(!shown.has_all(Factors::of(&[Factor::Totp, Factor::Phone])));
        assert_eq!(shown.count(), 2);
    }

    #[test]
    fn nothing_weaker_confirms_what_a_passkey_should() {
        let all = Credentials {
            has_password: true,
            has_totp: true,
            passkeys: 1,
            recovery_codes: 8,
            has_phone: true,
        };
        let all_but = Factor::ALL.into_iter().filter(|factor| *factor != Factor::Passkey);
        let all_but = Factors::of(&all_but.collect::<Vec<_>>());
        assert!(!all_but.has_all(all.confirming()));
        let none = Credentials { passkeys: 0, has_totp: false, ..all };
        assert_eq!(none.confirming().count(), 2);
        assert!(!none.signs_in(Factors::of(&[Factor::Password])));
        assert!(none.signs_in(Factors::of(&[Factor::Password, Factor::KnownDevice])));
        assert!(!all.signs_in(Factors::of(&[Factor::Password, Factor::KnownDevice])));
        // A code of an app is no evidence in a recovery, nor is one that the account does not have.
        assert_eq!(all.evidence(all_but).count(), 4);
        let none = Credentials { recovery_codes: 0, has_phone: false, ..none };
        assert_eq!(none.evidence(all_but).count(), 2);
    }
}
