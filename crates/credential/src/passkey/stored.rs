//! What is kept of a passkey: text that only this module reads.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::Passkey;

use super::{PASSKEYS_MAX, PasskeyError};

/// What is stored of a passkey.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) version: u8,
    pub(super) user: String,
    pub(super) transports: Vec<String>,
    pub(super) passkey: Passkey,
}

impl Stored {
    pub(super) fn parse(text: &str) -> Result<Self, PasskeyError> {
        let stored: Self = serde_json::from_str(text).map_err(|_| PasskeyError::StoredDamaged)?;
        if stored.version == 1 { Ok(stored) } else { Err(PasskeyError::StoredDamaged) }
    }

    pub(super) fn write(&self) -> Result<String, PasskeyError> {
        serde_json::to_string(self).map_err(|_| PasskeyError::StoredDamaged)
    }

    pub(super) fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.passkey.cred_id())
    }
}

/// The stored passkey with this id.
pub(super) fn find(stored: &[String], id: &str) -> Result<Stored, PasskeyError> {
    if stored.len() > PASSKEYS_MAX {
        return Err(PasskeyError::TooMany);
    }
    for text in stored {
        let stored = Stored::parse(text)?;
        if stored.id() == id {
            return Ok(stored);
        }
    }
    Err(PasskeyError::Unknown)
}
