//! Passkeys (W3C Web Authentication, Level 3): registration, sign-in without a name, and the confirmation
//! of one transaction.
//!
//! Three rules hold in all of them. The user was verified by the authenticator. The origin is, character
//! for character, one that the operator has configured, in a page that is not embedded in another
//! (WebAuthn, section 13.4.9: a suffix is not enough). And an answer is for one ceremony, which is used up
//! by it.
//!
//! In a confirmation the challenge is not random: it is a hash of what is confirmed, with a nonce. The
//! authenticator signs that, so a session that was stolen cannot change the address between the question
//! and the answer.
//!
//! Options and answers are JSON values as browsers read and write them (`parseRequestOptionsFromJSON`,
//! `toJSON`); a passkey is kept as text that nobody else reads.

mod answer;
mod error;
mod stored;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

pub use answer::{ANSWER_BYTES_MAX, ANSWER_DEPTH_MAX, parse};
pub use error::PasskeyError;
use stored::{Stored, find};

/// Bytes of a user handle: random, and nothing that tells who it is (WebAuthn, section 14.6.1).
pub const USER_HANDLE_BYTES: usize = 16;
/// Most passkeys of an account that take part in a confirmation or are excluded from a registration.
pub const PASSKEYS_MAX: usize = 64;

/// The other half of a question that was sent. It stays in the memory of the server (see
/// [`crate::ceremony`]) and cannot be written down.
pub struct Ceremony(State);

enum State {
    Registration { user: [u8; USER_HANDLE_BYTES], state: Box<PasskeyRegistration> },
    SignIn(DiscoverableAuthentication),
    Confirmation { challenge: [u8; 32], ids: Vec<String>, state: DiscoverableAuthentication },
}

/// A passkey that was registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewPasskey {
    /// Credential id, base64url. No two accounts may have the same.
    pub id: String,
    /// What is stored of it: text for this module.
    pub stored: String,
    /// Whether it is kept by a manager of passkeys on several devices.
    pub is_synced: bool,
    /// How the browser says that it is reached.
    pub transports: Vec<String>,
}

/// Who the answer to a sign-in says it is. Not checked yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claimed {
    /// The handle that was given at registration.
    pub user_handle: [u8; USER_HANDLE_BYTES],
    /// Credential id, base64url.
    pub id: String,
}

/// A passkey that was used, by its verified owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Used {
    /// Credential id, base64url.
    pub id: String,
    /// What is to be stored instead, if something has changed: only if what is stored is still what was
    /// passed, so that of two answers with one counter one is refused.
    pub stored: Option<String>,
    /// Its counter. 0 where the authenticator does not count, as those that synchronise.
    pub counter: u32,
    /// Whether it is kept on several devices now.
    pub is_synced: bool,
    /// Whether its owner was verified. An answer without that is refused, so this is always true.
    pub is_user_verified: bool,
}

/// The relying party.
pub struct Passkeys {
    webauthn: Webauthn,
    origins: Vec<String>,
}

impl Passkeys {
    /// `rp_id` is the domain that passkeys belong to, for ever; `origins` are the pages that may use them,
    /// such as `https://www.example.com`, each on that domain or below it; `rp_name` is shown to people.
    pub fn new(rp_id: &str, origins: &[String], rp_name: &str) -> Result<Self, PasskeyError> {
        let mut urls = Vec::with_capacity(origins.len());
        for origin in origins {
            urls.push(answer::origin_url(rp_id, origin)?);
        }
        let configuration = |text: &str| PasskeyError::Configuration(text.to_owned());
        let first: &Url = urls.first().ok_or_else(|| configuration("there is no origin"))?;
        let mut builder = WebauthnBuilder::new(rp_id, first)
            .map_err(|_| configuration("the relying party's id is not the domain of its origin"))?
            .rp_name(rp_name)
            .allow_subdomains(false)
            .allow_any_port(false);
        for url in &urls[1..] {
            builder = builder.append_allowed_origin(url);
        }
        let webauthn = builder.build()?;
        let origins = urls.iter().map(|url| url.origin().ascii_serialization()).collect();
        Ok(Self { webauthn, origins })
    }

    /// Begins the registration of a passkey for an account. Gives the options for the browser's
    /// `navigator.credentials.create`. `exclude` has the credential ids that the account has already.
    pub fn begin_registration(
        &self,
        user_handle: [u8; USER_HANDLE_BYTES],
        name: &str,
        display_name: &str,
        exclude: &[String],
    ) -> Result<(Value, Ceremony), PasskeyError> {
        if exclude.len() > PASSKEYS_MAX {
            return Err(PasskeyError::TooMany);
        }
        let exclude: Result<Vec<_>, _> =
            exclude.iter().map(|id| URL_SAFE_NO_PAD.decode(id)).collect();
        let exclude = exclude.map_err(|_| PasskeyError::StoredDamaged)?;
        let (options, state) = self.webauthn.start_passkey_registration(
            Uuid::from_bytes(user_handle),
            name,
            display_name,
            Some(exclude),
        )?;
        let mut options = value_of(&options)?;
        // The library asks for keys that need a name first; sign-in without a name needs the others.
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = json!("required");
        selection["requireResidentKey"] = json!(true);
        let state = State::Registration { user: user_handle, state: Box::new(state) };
        Ok((options, Ceremony(state)))
    }

    /// Ends a registration.
    pub fn finish_registration(
        &self,
        ceremony: Ceremony,
        response: &Value,
    ) -> Result<NewPasskey, PasskeyError> {
        let State::Registration { user, state } = ceremony.0 else {
            return Err(PasskeyError::OtherCeremony);
        };
        answer::check(response, "webauthn.create", &self.origins)?;
        let credential: RegisterPublicKeyCredential = read(response)?;
        let passkey = self.webauthn.finish_passkey_registration(&credential, &state)?;
        let is_synced = answer::is_backed_up(&value_of(&passkey)?);
        let transports = answer::transports(response);
        let user = URL_SAFE_NO_PAD.encode(user);
        let stored = Stored { version: 1, user, transports, passkey };
        Ok(NewPasskey {
            id: stored.id(),
            stored: stored.write()?,
            is_synced,
            transports: stored.transports,
        })
    }

    /// Begins a sign-in of whoever has a passkey. Gives the options for the browser's
    /// `navigator.credentials.get`; with `is_conditional`, for offering passkeys beside a field for the
    /// name.
    pub fn begin_sign_in(&self, is_conditional: bool) -> Result<(Value, Ceremony), PasskeyError> {
        let (options, state) = self.webauthn.start_discoverable_authentication()?;
        let mut options = value_of(&options)?;
        if !is_conditional && let Some(options) = options.as_object_mut() {
            options.remove("mediation");
        }
        Ok((options, Ceremony(State::SignIn(state))))
    }

    /// Whose passkey an answer to a sign-in says it is, for looking up what is stored of that.
    pub fn claimed(response: &Value) -> Result<Claimed, PasskeyError> {
        answer::bounded(response)?;
        let (id, handle) = answer::named(response)?;
        let handle = handle.ok_or(PasskeyError::Malformed)?;
        let user_handle = handle.try_into().map_err(|_| PasskeyError::OtherAccount)?;
        Ok(Claimed { user_handle, id: URL_SAFE_NO_PAD.encode(id) })
    }

    /// Ends a sign-in. `stored` has the passkeys of the account that was claimed.
    pub fn finish_sign_in(
        &self,
        ceremony: Ceremony,
        stored: &[String],
        response: &Value,
    ) -> Result<Used, PasskeyError> {
        let State::SignIn(state) = ceremony.0 else { return Err(PasskeyError::OtherCeremony) };
        // Without a name the passkey itself has to say whose it is (WebAuthn, section 7.2, step 6).
        Self::claimed(response)?;
        self.finish(state, stored, response)
    }

    /// Begins the confirmation of a transaction with one of the account's passkeys. `challenge` is a hash
    /// of all that is confirmed, with a random nonce.
    pub fn begin_confirmation(
        &self,
        stored: &[String],
        challenge: [u8; 32],
    ) -> Result<(Value, Ceremony), PasskeyError> {
        if stored.len() > PASSKEYS_MAX {
            return Err(PasskeyError::TooMany);
        }
        let stored: Result<Vec<_>, _> = stored.iter().map(|text| Stored::parse(text)).collect();
        let stored = stored?;
        if stored.is_empty() {
            return Err(PasskeyError::Unknown);
        }
        let passkeys: Vec<Passkey> = stored.iter().map(|stored| stored.passkey.clone()).collect();
        let (options, state) = self.webauthn.start_passkey_authentication(&passkeys)?;
        let (mut options, mut state) = (value_of(&options)?, value_of(&state)?);
        let allowed = stored.iter().map(|stored| {
            json!({ "type": "public-key", "id": stored.id(), "transports": stored.transports })
        });
        options["publicKey"]["allowCredentials"] = allowed.collect();
        // The library draws a challenge and has no way to be given one: it is replaced in both halves.
        let written = json!(URL_SAFE_NO_PAD.encode(challenge));
        options["publicKey"]["challenge"] = written.clone();
        state["ast"]["challenge"] = written;
        // Which passkey is good is read when it is used: one may have been removed by then.
        state["ast"]["credentials"] = json!([]);
        state["ast"]["allow_backup_eligible_upgrade"] = json!(false);
        let state = serde_json::from_value(state)
            .map_err(|error| PasskeyError::Refused(error.to_string()))?;
        let ids = stored.iter().map(Stored::id).collect();
        Ok((options, Ceremony(State::Confirmation { challenge, ids, state })))
    }

    /// Ends a confirmation. `challenge` is derived anew from what is about to be done; `stored` has the
    /// passkeys that the account has now.
    pub fn finish_confirmation(
        &self,
        ceremony: Ceremony,
        challenge: [u8; 32],
        stored: &[String],
        response: &Value,
    ) -> Result<Used, PasskeyError> {
        let State::Confirmation { challenge: asked, ids, state } = ceremony.0 else {
            return Err(PasskeyError::OtherCeremony);
        };
        if !bool::from(asked.ct_eq(&challenge)) {
            return Err(PasskeyError::OtherTransaction);
        }
        let used = self.finish(state, stored, response)?;
        if ids.contains(&used.id) { Ok(used) } else { Err(PasskeyError::Unknown) }
    }

    fn finish(
        &self,
        state: DiscoverableAuthentication,
        stored: &[String],
        response: &Value,
    ) -> Result<Used, PasskeyError> {
        answer::check(response, "webauthn.get", &self.origins)?;
        let (id, handle) = answer::named(response)?;
        let id = URL_SAFE_NO_PAD.encode(id);
        let mut stored = find(stored, &id)?;
        if handle.is_some_and(|handle| URL_SAFE_NO_PAD.encode(handle) != stored.user) {
            return Err(PasskeyError::OtherAccount);
        }
        let credential: PublicKeyCredential = read(response)?;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(&credential, state, &stored.passkey)
            .map_err(|error| match error {
                WebauthnError::CredentialPossibleCompromise => {
                    PasskeyError::Cloned { id: id.clone() }
                }
                other => other.into(),
            })?;
        if !result.user_verified() {
            return Err(PasskeyError::UserNotVerified);
        }
        let has_changed = stored.passkey.update_credential(&result).unwrap_or(false);
        Ok(Used {
            id,
            stored: if has_changed { Some(stored.write()?) } else { None },
            counter: result.counter(),
            is_synced: result.backup_state(),
            is_user_verified: result.user_verified(),
        })
    }
}

fn value_of(what: &impl Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(what).map_err(|error| PasskeyError::Refused(error.to_string()))
}

fn read<'a, T: Deserialize<'a>>(response: &'a Value) -> Result<T, PasskeyError> {
    T::deserialize(response).map_err(|_| PasskeyError::Malformed)
}

#[cfg(test)]
mod tests;
