//! A new account: a link goes to the mailbox, and whoever opens it sets a passkey or a password. Whether an
//! address has an account is told to its mailbox and to nobody else.

use account::account::Account;
use account::factor::{Credentials, Factor};
use account::time::Span;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use credential::password::{Filter, policy};
use credential::secret::Secret;
use credential::throttle::{Attempt, Decision};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::sql::{
    CredentialKind, CredentialRow, CustomerOp, CustomerRow, LinkRow, Parcel, SqlError,
};
use utoipa::ToSchema;

use super::confirm::passkey_problem;
use super::letter::{Letter, Occasion};
use super::profile::{NAME_LEN_MAX, Profile, email_key};
use super::session::{Origin, SameSite, Waiting};
use super::sign_in::{Ceremony, at_first, begin_session, welcome};
use super::{Asked, change::json_text, locked};
use crate::Service;
use crate::api::Body;
use crate::auth::{hash, new_secret};
use crate::problem::Problem;

/// How long a link to begin with works.
const LINK_S: u64 = 24 * 3_600;

/// Somebody who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUp {
    email: String,
}

/// Nothing, on purpose: the same for everybody.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Accepted {}

/// A new account's beginning.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolBegin {
    /// Of the link in the mail.
    token: String,
    name: String,
}

/// How a new account is signed in to.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Method {
    Password {
        password: String,
    },
    Passkey {
        ceremony: String,
        #[schema(value_type = Object)]
        response: Value,
        passkey_name: String,
    },
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrol {
    token: String,
    name: String,
    method: Method,
}

pub(crate) fn checked_name(field: &str, name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let is_fine =
        !name.is_empty() && name.chars().count() <= NAME_LEN_MAX && !name.chars().any(is_deceiving);
    if is_fine {
        return Ok(name.to_owned());
    }
    let detail = format!(
        "it has 1 to {NAME_LEN_MAX} characters, and none that is invisible or changes the direction of writing"
    );
    Err(Problem::field(field, "name.invalid", detail))
}

/// Characters that make a text look like another one.
fn is_deceiving(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

pub(crate) fn checked_email(email: &str) -> Result<String, Problem> {
    let parsed = post::header::EmailAddress::parse(email.trim());
    let parsed =
        parsed.map_err(|error| Problem::field("email", error.code(), error.to_string()))?;
    Ok(parsed.as_str().to_owned())
}

/// Checks and hashes a new password.
pub(crate) async fn hashed(
    service: &Service,
    password: String,
    purpose: policy::Purpose,
    email: &str,
    name: &str,
) -> Result<String, Problem> {
    let secret = Secret::new(password)
        .map_err(|error| Problem::field("password", error.code(), error.to_string()))?;
    let local = email.split('@').next().unwrap_or("");
    let exchange = &service.accounts.options.exchange_name;
    let common = Filter::common();
    let own = &service.accounts.options.password_lists;
    let lists: Vec<&Filter> = std::iter::once(&common).chain(own).collect();
    policy::check(&secret, purpose, &[local, name, "ringfence", exchange], &lists)
        .map_err(|refusal| Problem::field("password", refusal.code(), format!("{refusal}")))?;
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(Problem::internal)?;
    service.accounts.hasher.hash(secret, salt).await.map_err(super::hash_problem)
}

impl Service {
    /// Sends the link that an account begins with to a mailbox; to one that has an account, a word.
    pub(crate) async fn invite(&self, email: &str) -> Result<(), Problem> {
        let (key, now) = (email_key(email), self.accounts.now());
        let known = self.sql.customer_by_email(&key).await?;
        let token = new_secret()?;
        let occasion = match &known {
            None => Occasion::Enrol { token: token.clone() },
            Some(_) => Occasion::AlreadyEnrolled,
        };
        let letter = Letter {
            to: email.to_owned(),
            number: new_secret()?[..22].to_owned(),
            anti_phishing_code: None,
            customer_id: String::new(),
            at: now,
            device: None,
            ip: None,
            occasion,
            freeze_token: None,
        };
        let parcel = Parcel { kind: "mail", body: self.accounts.seal_letter(&letter)? };
        let link = LinkRow {
            token_hash: hash(&token),
            kind: if known.is_some() { "enrolled" } else { "enrol" }.to_owned(),
            subject: key,
            detail: email.to_owned(),
            tries: 1,
            expires_at: super::until(now, Span(LINK_S)),
        };
        self.sql.put_account_link(&link, Some(&parcel), now.0.cast_signed()).await?;
        self.accounts.parcels.notify_one();
        Ok(())
    }

    /// Lets a source send so many mails to strangers, and an address get so many.
    pub(crate) fn may_mail(&self, origin: &Origin, email: &str) -> Result<(), Problem> {
        use sha2::Digest as _;
        let account = sha2::Sha256::digest(format!("mail\n{}", email_key(email))).into();
        let attempt = Attempt { source: origin.ip, account, device: None, work_bits: 0 };
        match locked(&self.accounts.throttle).ask(&attempt, self.accounts.now()) {
            Decision::Go => Ok(()),
            // A mailbox is not flooded, whatever somebody would work for it.
            Decision::Work(_) => Err(super::throttled(900)),
            Decision::Wait(wait) => Err(super::throttled(wait)),
        }
    }

    async fn enrolling(&self, token: &str) -> Result<LinkRow, Problem> {
        let now_s = self.accounts.now().0.cast_signed();
        let link = self.sql.account_link("enrol", &hash(token), now_s).await?;
        link.ok_or_else(|| {
            let detail = "this link was used, has expired, or is cut off: ask for a new one";
            Problem::new(StatusCode::UNAUTHORIZED, "auth.link", detail)
        })
    }
}

/// Ask for an account.
#[utoipa::path(post, path = "/v1/my/sign-up", tag = "customers", operation_id = "sign_up",
    request_body = SignUp,
    responses((status = 202, description = "A mail goes to the address; the answer is the same for all.", body = Accepted),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sign_up(
    State(service): State<Service>,
    _: SameSite,
    origin: Origin,
    Body(body): Body<SignUp>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    if !service.accounts.options.is_sign_up_open {
        let detail = "accounts are opened by the exchange: sign up there";
        return Err(Problem::new(StatusCode::FORBIDDEN, "sign_up.closed", detail));
    }
    let email = checked_email(&body.email)?;
    service.may_mail(&origin, &email)?;
    service.invite(&email).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted {})))
}

/// Begin to make the passkey of a new account.
#[utoipa::path(post, path = "/v1/my/enrol/begin", tag = "customers", operation_id = "begin_enrol",
    request_body = EnrolBegin,
    responses((status = 200, description = "The question for the browser.", body = Ceremony),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn begin(
    State(service): State<Service>,
    _: SameSite,
    Body(body): Body<EnrolBegin>,
) -> Result<Json<Ceremony>, Problem> {
    let name = checked_name("name", &body.name)?;
    let link = service.enrolling(&body.token).await?;
    let mut handle = [0; 16];
    getrandom::fill(&mut handle).map_err(Problem::internal)?;
    let (options, ceremony) = service
        .accounts
        .passkeys
        .begin_registration(handle, &link.detail, &name, &[])
        .map_err(|error| passkey_problem(&error))?;
    let waiting = Waiting::Enrol { handle, token_hash: link.token_hash, ceremony };
    let ceremony = service.accounts.wait(Asked::Enrol, waiting)?;
    Ok(Json(Ceremony { ceremony, options }))
}

/// Open an account.
#[utoipa::path(post, path = "/v1/my/enrol", tag = "customers", operation_id = "enrol",
    request_body = Enrol,
    responses((status = 201, description = "Opened and signed in.", body = super::sign_in::CustomerSession),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn enrol(
    State(service): State<Service>,
    _: SameSite,
    origin: Origin,
    Body(body): Body<Enrol>,
) -> Result<Response, Problem> {
    let name = checked_name("name", &body.name)?;
    let link = service.enrolling(&body.token).await?;
    let mut handle = [0; 16];
    getrandom::fill(&mut handle).map_err(Problem::internal)?;
    let credential = match body.method {
        Method::Password { password } => {
            let purpose = policy::Purpose::Alone;
            let secret = hashed(&service, password, purpose, &link.detail, &name).await?;
            New {
                kind: CredentialKind::Password,
                id: new_secret()?,
                secret,
                name: String::new(),
                is_synced: false,
            }
        }
        Method::Passkey { ceremony, response, passkey_name } => {
            let Waiting::Enrol { handle: asked, token_hash, ceremony } =
                service.accounts.take(Asked::Enrol, &ceremony)?
            else {
                return Err(Problem::internal("a ceremony of another kind"));
            };
            if token_hash != link.token_hash {
                let detail = "the question was asked for another link: begin again";
                return Err(Problem::field("ceremony", "passkey.other_ceremony", detail));
            }
            handle = asked;
            let made = service.accounts.passkeys.finish_registration(ceremony, &response);
            let made = made.map_err(|error| passkey_problem(&error))?;
            let name = checked_name("passkey_name", &passkey_name)?;
            New {
                kind: CredentialKind::Passkey,
                id: made.id,
                secret: made.stored,
                name,
                is_synced: made.is_synced,
            }
        }
    };
    // The link ends here: one that was used between is refused.
    let now = service.accounts.now();
    let used = service.sql.use_account_link("enrol", &link.token_hash, now.0.cast_signed()).await?;
    if used.is_none() {
        service.enrolling(&body.token).await?;
    }
    let row = service.open_account(&link.detail, &name, handle, vec![credential]).await?;
    let begun = service
        .change(&row.id, origin.doer("you"), |draft| {
            draft.happened("signed_in", at_first(&[Factor::Mailbox]));
            begin_session(draft, &origin, false)
        })
        .await?;
    welcome(&service, &row, &begun)
}

/// Something that a new account is signed in to with.
pub(crate) struct New {
    pub(crate) kind: CredentialKind,
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) name: String,
    pub(crate) is_synced: bool,
}

impl Service {
    /// Opens an account.
    pub(crate) async fn open_account(
        &self,
        email: &str,
        name: &str,
        handle: [u8; 16],
        credentials: Vec<New>,
    ) -> Result<CustomerRow, Problem> {
        let now = self.accounts.now();
        let count = |kind| credentials.iter().filter(|new: &&New| new.kind == kind).count();
        let has = |kind| count(kind) > 0;
        let known = Credentials {
            has_password: has(CredentialKind::Password),
            has_totp: has(CredentialKind::Totp),
            passkeys: count(CredentialKind::Passkey) as u8,
            recovery_codes: count(CredentialKind::RecoveryCode) as u8,
            has_phone: false,
        };
        let account = Account::new(known, &self.accounts.rules);
        let id = crate::view::hex(&handle);
        let profile = Profile {
            name: name.to_owned(),
            email: email.to_owned(),
            former_email: None,
            phone: None,
            anti_phishing_code: None,
            // Random, and different for each account: what a salt has to be.
            salt: id.clone(),
            call: None,
            labels: Vec::new(),
        };
        let row = CustomerRow {
            id: id.clone(),
            email_key: email_key(email),
            version: 1,
            account: json_text(&account)?,
            profile: json_text(&profile)?,
            created_at: now.0.cast_signed(),
        };
        let add = |new: New| {
            CustomerOp::AddCredential(CredentialRow {
                id: new.id,
                customer_id: id.clone(),
                kind: new.kind,
                secret: new.secret,
                name: new.name,
                is_duress: false,
                is_synced: new.is_synced,
                last_step: 0,
                created_at: now.0.cast_signed(),
                last_used_at: None,
            })
        };
        let change = store::sql::CustomerChange {
            ops: credentials.into_iter().map(add).collect(),
            events: vec![store::sql::AccountEvent {
                at: now.0.cast_signed(),
                kind: "opened".to_owned(),
                actor: "you".to_owned(),
                detail: json!({}).to_string(),
            }],
            ..store::sql::CustomerChange::default()
        };
        let last = self.sql.create_customer(&row, change).await.map_err(|error| match error {
            SqlError::Conflict(_) => {
                let detail = "the link cannot be used any more: sign in, or ask for a new one";
                Problem::new(StatusCode::UNAUTHORIZED, "auth.link", detail)
            }
            other => other.into(),
        })?;
        self.recorded(last).await?;
        Ok(row)
    }
}
