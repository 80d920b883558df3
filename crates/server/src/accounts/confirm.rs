//! What a customer shows for one very thing: a passkey that signs its hash, or password, app and mailbox.
//! What was shown for another thing, or in another session, counts for nothing.

use account::factor::{Factor, Factors};
use account::step::By;
use axum::http::StatusCode;
use credential::passkey::PasskeyError;
use credential::secret::Secret;
use credential::throttle::{Attempt, Decision};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::sql::{CredentialKind, CredentialRow, CustomerOp};
use utoipa::ToSchema;

use super::letter::Occasion;
use super::session::{Owner, Waiting};
use super::{Asked, locked};
use crate::Service;
use crate::problem::Problem;

/// What a customer shows.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// Of the question that the passkey answers.
    #[serde(default)]
    ceremony: Option<String>,
    /// The browser's answer, as `credential.toJSON()` gives it.
    #[serde(default)]
    #[schema(value_type = Object)]
    response: Option<Value>,
    /// The password.
    #[serde(default)]
    password: Option<String>,
    /// A code of the authenticator app.
    #[serde(default)]
    totp: Option<String>,
    /// The code that was sent by mail.
    #[serde(default)]
    mail_code: Option<String>,
}

/// What is wanted before something is done.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Wanted {
    /// `passkey`, or `password`, `totp`, `mailbox`: all of these.
    wanted: Vec<String>,
    /// Send it back with the browser's answer.
    #[schema(required)]
    ceremony: Option<String>,
    /// For `navigator.credentials.get`.
    #[schema(required, value_type = Option<Object>)]
    options: Option<Value>,
}

/// What was shown, and what is written when it is used.
pub(crate) struct Shown {
    pub(crate) by: By,
    pub(crate) ops: Vec<CustomerOp>,
}

/// The hash of one very thing, in one session.
pub(crate) fn digest(owner: &Owner, about: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"ringfence confirm v1\n");
    hash.update(owner.customer.id.as_bytes());
    hash.update(owner.session.id_hash.as_bytes());
    hash.update(about);
    hash.finalize().into()
}

pub(crate) fn stored(credentials: &[CredentialRow]) -> Vec<String> {
    let passkeys = credentials.iter().filter(|row| row.kind == CredentialKind::Passkey);
    passkeys.map(|row| row.secret.clone()).collect()
}

/// A passkey's refusal over HTTP.
pub(crate) fn passkey_problem(error: &PasskeyError) -> Problem {
    match error {
        PasskeyError::Configuration(_) | PasskeyError::StoredDamaged => Problem::internal(error),
        error => Problem::new(StatusCode::FORBIDDEN, error.code(), format!("{error}.")),
    }
}

fn wrong(field: &str, detail: &str) -> Problem {
    let mut problem = Problem::new(StatusCode::FORBIDDEN, "account.unconfirmed.wrong", detail);
    problem.field = Some(field.to_owned());
    problem
}

impl Service {
    /// Asks for what confirms one very thing. With a `purpose`, a code is mailed when one is wanted.
    pub(crate) async fn wanted(
        &self,
        owner: &Owner,
        wanted: Factors,
        about: [u8; 32],
        purpose: Option<&str>,
    ) -> Result<Wanted, Problem> {
        let mut asked = Wanted {
            wanted: wanted.iter().map(|factor| factor.name().to_owned()).collect(),
            ceremony: None,
            options: None,
        };
        let customer_id = owner.customer.id.clone();
        if wanted.has(Factor::Passkey) {
            let credentials = self.sql.credentials(&customer_id).await?;
            let (options, ceremony) = self
                .accounts
                .passkeys
                .begin_confirmation(&stored(&credentials), about)
                .map_err(|error| passkey_problem(&error))?;
            let waiting = Waiting::Confirm { customer_id, about, ceremony };
            asked.ceremony = Some(self.accounts.wait(Asked::Confirm, waiting)?);
            asked.options = Some(options);
        } else if wanted.has(Factor::Mailbox)
            && let Some(purpose) = purpose
        {
            let code = super::sign_in::new_code()?;
            let kind = code_kind(about);
            let link = super::sign_in::code_link(&kind, &customer_id, &code, self.accounts.now());
            let purpose = purpose.to_owned();
            self.change(&customer_id, owner.doer(), move |draft| {
                draft.op(CustomerOp::PutLink(link));
                draft.tell(Occasion::Code { code, purpose });
                Ok(())
            })
            .await?;
        }
        Ok(asked)
    }

    /// Refuses something until it is confirmed, and says with what.
    pub(crate) async fn unconfirmed(
        &self,
        owner: &Owner,
        wanted: Factors,
        about: [u8; 32],
        purpose: &str,
    ) -> Problem {
        let asked = match self.wanted(owner, wanted, about, Some(purpose)).await {
            Ok(asked) => asked,
            Err(problem) => return problem,
        };
        let detail = "confirm it with what the account is protected by";
        let mut problem = Problem::new(StatusCode::FORBIDDEN, "account.unconfirmed", detail);
        problem.extensions.insert("confirm".to_owned(), json!(asked));
        problem
    }

    /// What a confirmation shows for one very thing.
    pub(crate) async fn shown(
        &self,
        owner: &Owner,
        about: [u8; 32],
        confirmation: Option<Confirmation>,
    ) -> Result<Shown, Problem> {
        let mut shown =
            Shown { by: By { is_signed_in: true, fresh: Factors::NONE }, ops: Vec::new() };
        let Some(given) = confirmation else { return Ok(shown) };
        let (accounts, now) = (&self.accounts, self.accounts.now());
        let customer_id = &owner.customer.id;
        // A thief with a live session does not get to guess.
        let key: [u8; 32] = Sha256::digest(customer_id).into();
        let device: [u8; 32] = Sha256::digest(&owner.session.id_hash).into();
        let attempt =
            Attempt { source: owner.origin.ip, account: key, device: Some(device), work_bits: 0 };
        if let Decision::Wait(wait) = locked(&accounts.throttle).ask(&attempt, now) {
            return Err(super::throttled(wait));
        }
        let credentials = self.sql.credentials(customer_id).await?;
        let of_kind = |kind| credentials.iter().find(|row| row.kind == kind);
        let now_s = now.0.cast_signed();
        let mut fresh = Vec::new();
        if let (Some(ceremony), Some(response)) = (&given.ceremony, &given.response) {
            let Waiting::Confirm { customer_id: whose, about: asked, ceremony } =
                accounts.take(Asked::Confirm, ceremony)?
            else {
                return Err(Problem::internal("a ceremony of another kind"));
            };
            if whose != *customer_id || asked != about {
                return Err(passkey_problem(&PasskeyError::OtherTransaction));
            }
            let finished = accounts.passkeys.finish_confirmation(
                ceremony,
                about,
                &stored(&credentials),
                response,
            );
            let used = match finished {
                Ok(used) => used,
                Err(error) => {
                    self.suspect(customer_id, owner.doer(), &error).await;
                    return Err(passkey_problem(&error));
                }
            };
            let (id, secret) = (used.id, used.stored);
            shown.ops.push(CustomerOp::UseCredential { id, secret, at: now_s });
            fresh.push(Factor::Passkey);
        }
        if let Some(password) = given.password {
            let secret = Secret::new(password)
                .map_err(|error| Problem::field("password", error.code(), error.to_string()))?;
            let known = of_kind(CredentialKind::Password).map(|row| row.secret.as_str());
            let verified = accounts.hasher.verify(secret, known).await;
            if !verified.map_err(super::hash_problem)?.is_right {
                return Err(wrong("password", "the password is wrong"));
            }
            fresh.push(Factor::Password);
        }
        if let Some(code) = given.totp {
            let step = match of_kind(CredentialKind::Totp) {
                Some(row) => accounts.totp_step(customer_id, row, &code)?.map(|s| (row, s)),
                None => None,
            };
            let Some((row, step)) = step else {
                return Err(wrong("totp", "the code is wrong, or was used before: take the next"));
            };
            let op =
                CustomerOp::UseStep { id: row.id.clone(), step: step.cast_signed(), at: now_s };
            shown.ops.push(op);
            fresh.push(Factor::Totp);
        }
        if let Some(code) = given.mail_code {
            let hash = super::sign_in::code_hash(&code_kind(about), customer_id, &code);
            let is_right =
                self.sql.answer_code(&code_kind(about), customer_id, &hash, now_s).await?;
            if !is_right {
                return Err(wrong("mail_code", "the code is wrong or too old"));
            }
            fresh.push(Factor::Mailbox);
        }
        if !fresh.is_empty() {
            locked(&accounts.throttle).succeeded(&attempt, now);
        }
        shown.by.fresh = Factors::of(&fresh);
        Ok(shown)
    }
}

/// A code is for one very thing, and so is its name.
fn code_kind(about: [u8; 32]) -> String {
    format!("confirm-{}", crate::view::hex(&about[..16]))
}
