//! Why a passkey is not accepted.

use webauthn_rs::prelude::WebauthnError;

use super::{ANSWER_BYTES_MAX, ANSWER_DEPTH_MAX, PASSKEYS_MAX};

/// Why something was not accepted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The relying party cannot be set up like this.
    #[error("passkeys: {0}")]
    Configuration(String),
    /// A name is empty.
    #[error("a passkey needs the name of its account")]
    NoName,
    /// More passkeys than take part.
    #[error("an account with more than {PASSKEYS_MAX} passkeys")]
    TooMany,
    /// The answer is larger or deeper than any browser writes.
    #[error("the answer has more than {ANSWER_BYTES_MAX} bytes or {ANSWER_DEPTH_MAX} levels")]
    TooLarge,
    /// The answer is not what a browser writes.
    #[error("the answer of the browser cannot be read")]
    Malformed,
    /// What was stored of a passkey cannot be read.
    #[error("a stored passkey cannot be read")]
    StoredDamaged,
    /// The ceremony was begun for something else.
    #[error("the ceremony was begun for something else")]
    OtherCeremony,
    /// The page that asked is not one of ours.
    #[error("the answer was made for another site")]
    OtherOrigin,
    /// The page was embedded in another.
    #[error("the answer was made in an embedded page")]
    Embedded,
    /// The answer is for another question.
    #[error("the answer is for another question; begin again")]
    OtherChallenge,
    /// What is confirmed is not what was asked for.
    #[error("what is confirmed is not what the question was about; begin again")]
    OtherTransaction,
    /// The authenticator did not check who used it.
    #[error("the passkey was used without PIN, fingerprint or face")]
    UserNotVerified,
    /// Nobody touched the authenticator.
    #[error("the passkey was used with nobody there")]
    UserNotPresent,
    /// None of the account's passkeys.
    #[error("this passkey is not known")]
    Unknown,
    /// The passkey says that it belongs to another account.
    #[error("this passkey belongs to another account")]
    OtherAccount,
    /// Its counter went back: there may be two of it. Alert before locking: some authenticators lose count.
    #[error("the counter of this passkey went back: it may have been copied")]
    Cloned {
        /// Its credential id, base64url.
        id: String,
    },
    /// It changed from one device to all of them, or back, which none may.
    #[error("the passkey changed whether it is synchronised")]
    BackupChanged,
    /// The signature is wrong.
    #[error("the signature of the passkey is wrong")]
    WrongSignature,
    /// Something else that the specification forbids.
    #[error("the passkey was not accepted: {0}")]
    Refused(String),
}

impl PasskeyError {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            PasskeyError::Configuration(_) => "passkey.configuration",
            PasskeyError::NoName => "passkey.no_name",
            PasskeyError::TooMany => "passkey.too_many",
            PasskeyError::TooLarge => "passkey.too_large",
            PasskeyError::Malformed => "passkey.malformed",
            PasskeyError::StoredDamaged => "passkey.stored_damaged",
            PasskeyError::OtherCeremony => "passkey.other_ceremony",
            PasskeyError::OtherOrigin => "passkey.other_origin",
            PasskeyError::Embedded => "passkey.embedded",
            PasskeyError::OtherChallenge => "passkey.other_challenge",
            PasskeyError::OtherTransaction => "passkey.other_transaction",
            PasskeyError::UserNotVerified => "passkey.user_not_verified",
            PasskeyError::UserNotPresent => "passkey.user_not_present",
            PasskeyError::Unknown => "passkey.unknown",
            PasskeyError::OtherAccount => "passkey.other_account",
            PasskeyError::Cloned { .. } => "passkey.cloned",
            PasskeyError::BackupChanged => "passkey.backup_changed",
            PasskeyError::WrongSignature => "passkey.wrong_signature",
            PasskeyError::Refused(_) => "passkey.refused",
        }
    }
}

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash => Self::OtherOrigin,
            WebauthnError::MismatchedChallenge => Self::OtherChallenge,
            WebauthnError::UserNotVerified => Self::UserNotVerified,
            WebauthnError::UserNotPresent => Self::UserNotPresent,
            WebauthnError::CredentialNotFound => Self::Unknown,
            WebauthnError::CredentialBackupEligibilityInconsistent => Self::BackupChanged,
            WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => {
                Self::WrongSignature
            }
            WebauthnError::InvalidUsername => Self::NoName,
            other => Self::Refused(other.to_string()),
        }
    }
}
