//! Text that must not be seen: wiped when dropped, never printed, never longer than it may be.

use zeroize::Zeroize;

/// Longest password, in bytes of UTF-8. Hashing and looking up cost time by length, so there is a limit,
/// and it is far above what a person or a manager of passwords makes (ASVS 6.2.9 asks for 64 at least).
pub const SECRET_BYTES_MAX: usize = 1_024;

/// A password as it was typed. It is neither trimmed, truncated nor normalised (ASVS 6.2.8): the same
/// characters in another Unicode form are another password.
pub struct Secret(String);

/// The text is longer than [`SECRET_BYTES_MAX`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the password has more than {SECRET_BYTES_MAX} bytes; choose a shorter one")]
pub struct TooLong;

impl TooLong {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        "password.too_long"
    }
}

impl Secret {
    /// Takes a text over. One that is too long is wiped and refused before any work is done on it.
    pub fn new(mut text: String) -> Result<Self, TooLong> {
        if text.len() > SECRET_BYTES_MAX {
            text.zeroize();
            return Err(TooLong);
        }
        Ok(Self(text))
    }

    /// One that stands in the code, for measuring.
    pub(crate) fn of(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The text, for checking it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asvs_6_2_8_a_password_is_taken_as_it_was_typed() {
        let typed = "  Straße\u{301} \t ".to_owned();
        assert_eq!(Secret::new(typed.clone()).unwrap().expose(), typed);
    }

    #[test]
    fn asvs_6_2_9_long_passwords_are_taken_and_longer_ones_refused_rather_than_cut() {
        assert!(Secret::new("x".repeat(64)).is_ok());
        assert!(Secret::new("x".repeat(SECRET_BYTES_MAX)).is_ok());
        let refused = Secret::new("x".repeat(SECRET_BYTES_MAX + 1)).unwrap_err();
        assert_eq!(refused.code(), "password.too_long");
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter2".to_owned()).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
