//! Which passwords are taken: long enough, not common, not made of what anybody knows of the account.
//! Nothing is asked of their characters, and they do not grow old (NIST SP 800-63B-4, section 3.1.1.2;
//! ASVS 6.2.5, 6.2.10).

use super::Filter;
use crate::secret::Secret;

/// Least characters where something else is shown too (ASVS 6.2.1).
pub const CHARS_WITH_SECOND: usize = 8;
/// Least characters of a password that is all there is (NIST SP 800-63B-4, section 3.1.1.2).
pub const CHARS_ALONE: usize = 15;
/// Shorter words of the context are passed over: `a@b.example` must not forbid every `a`.
pub const CONTEXT_CHARS_MIN: usize = 4;
/// Words of the context that are looked at.
pub const CONTEXT_WORDS_MAX: usize = 16;

/// What a password is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// It is all that is asked for.
    Alone,
    /// A second factor is asked for as well.
    WithSecond,
}

/// Why a password is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// It is too short.
    #[error("the password is too short; it needs {least} characters")]
    TooShort {
        /// Least characters.
        least: usize,
    },
    /// It is on a list of common or breached passwords.
    #[error("the password is one that many people use; choose another")]
    TooCommon,
    /// Without the name of the account or of the service, too little is left of it.
    #[error("the password is made of names that anybody knows; choose another")]
    OfContext,
}

impl Refusal {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Refusal::TooShort { .. } => "password.too_short",
            Refusal::TooCommon => "password.too_common",
            Refusal::OfContext => "password.of_context",
        }
    }
}

/// Whether a new password is taken. `context` has words that belong to the account and the service: the
/// name before the `@`, the name of the exchange, `ringfence`. `lists` has the built-in list and those of
/// the operator.
pub fn check(
    secret: &Secret,
    purpose: Purpose,
    context: &[&str],
    lists: &[&Filter],
) -> Result<(), Refusal> {
    let password = secret.expose();
    let least = match purpose {
        Purpose::Alone => CHARS_ALONE,
        Purpose::WithSecond => CHARS_WITH_SECOND,
    };
    if password.chars().count() < least {
        return Err(Refusal::TooShort { least });
    }
    if lists.iter().any(|list| list.has(password)) {
        return Err(Refusal::TooCommon);
    }
    let mut left = zeroize::Zeroizing::new(password.to_lowercase());
    for word in context.iter().take(CONTEXT_WORDS_MAX) {
        let word = word.to_lowercase();
        if word.chars().count() >= CONTEXT_CHARS_MIN && left.contains(&word) {
            // A character stays in its place, so that what was beside it does not join.
            left = zeroize::Zeroizing::new(left.replace(&word, "\0"));
        }
    }
    let left = left.chars().filter(|char| *char != '\0').count();
    if left < CHARS_WITH_SECOND { Err(Refusal::OfContext) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, purpose: Purpose) -> Result<(), Refusal> {
        let secret = Secret::new(password.to_owned()).unwrap();
        let context = ["alice.smith", "ringfence", "Moon Exchange", "al"];
        super::check(&secret, purpose, &context, &[&Filter::common()])
    }

    #[test]
    fn asvs_6_2_1_a_password_has_eight_characters_beside_a_second_factor_and_fifteen_alone() {
        use Purpose::{Alone, WithSecond};
        assert_eq!(check("kv7#qpz", WithSecond), Err(Refusal::TooShort { least: 8 }));
        assert_eq!(check("kv7#qpzw", WithSecond), Ok(()));
        assert_eq!(check("kv7#qpzw-xhtrm", Alone), Err(Refusal::TooShort { least: 15 }));
        assert_eq!(check("kv7#qpzw-xhtrmb", Alone), Ok(()));
        // Characters are counted, not bytes.
        assert_eq!(check("ñññññññ", WithSecond), Err(Refusal::TooShort { least: 8 }));
    }

    #[test]
    fn asvs_6_2_4_common_passwords_are_refused_in_any_case() {
        for common in ["password1", "PassWord1", "iloveyou", "qwertyuiop", "1234567890"] {
            assert_eq!(check(common, Purpose::WithSecond), Err(Refusal::TooCommon), "{common}");
        }
    }

    #[test]
    fn asvs_6_2_5_no_characters_are_asked_for() {
        for plain in ["zzqvkxjwmhtb", "8203946175203", "кориандровый", "        x      "]
        {
            assert_eq!(check(plain, Purpose::WithSecond), Ok(()), "{plain}");
        }
    }

    #[test]
    fn asvs_6_2_11_names_of_the_account_and_the_service_do_not_make_a_password() {
        for known in ["Alice.Smith2026", "RINGFENCE!ringfence!", "moon exchange 1"] {
            assert_eq!(check(known, Purpose::WithSecond), Err(Refusal::OfContext), "{known}");
        }
        assert_eq!(check("the ringfence of my garden is green", Purpose::Alone), Ok(()));
    }
}
