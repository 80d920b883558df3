//! Signing in: a passkey, or a password and something else. Known and unknown accounts cost the same and
//! are answered the same.

use account::factor::{Factor, Factors};
use account::hold::Cause;
use account::step::{By, Command};
use account::time::{At, Span};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use credential::passkey::Passkeys;
use credential::secret::Secret;
use credential::throttle::{Attempt, Decision};
use post::happening::Happening;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::sql::{
    CredentialKind, CredentialRow, CustomerOp, CustomerRow, CustomerSessionRow, DeviceRow, LinkRow,
};
use utoipa::ToSchema;

use super::change::Draft;
use super::confirm::{passkey_problem, stored};
use super::letter::Occasion;
use super::profile::email_key;
use super::session::{
    ABSOLUTE_S, COOKIE, DEVICE_COOKIE, DEVICE_S, Origin, Owner, SameSite, Second, Waiting,
    account_of, add_cookie, set_cookie,
};
use super::{Asked, change::Doer, locked};
use crate::Service;
use crate::api::Body;
use crate::auth::{csrf_token, hash, new_secret};
use crate::problem::Problem;
use crate::view::show_seconds;

/// Digits of a code that is mailed: with few tries and a short life, one in 10^7 is guessed.
const CODE_DIGITS: u32 = 8;
/// Wrong answers to a mailed code.
const CODE_TRIES: i64 = 5;
/// How long a mailed code works (ASVS 6.5.5: ten minutes at most).
const CODE_S: u64 = 10 * 60;
/// Kind of the codes that are mailed.
const CODE: &str = "sign-in";
/// Wrong answers for a second factor in one sign-in.
const SECOND_TRIES: u8 = 5;

/// Who is signed in.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct CustomerSession {
    customer: CustomerRef,
    /// Send it as `x-csrf-token` with every change.
    csrf_token: String,
    /// When the session ends at the latest.
    expires_at: String,
    /// Whether this is a demonstration.
    is_demo: bool,
}

/// A customer in few words.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct CustomerRef {
    id: String,
    name: String,
    email: String,
}

/// A question for a passkey.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Ceremony {
    /// Send it back with the browser's answer.
    pub(crate) ceremony: String,
    /// For `navigator.credentials`.
    #[schema(value_type = Object)]
    pub(crate) options: Value,
}

/// A proof of work.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Work {
    challenge: String,
    answer: String,
}

/// A way to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SignInAs {
    /// With a passkey.
    Passkey {
        ceremony: String,
        #[schema(value_type = Object)]
        response: Value,
    },
    /// With a password; something else is wanted after it.
    Password {
        email: String,
        password: String,
        #[serde(default)]
        work: Option<Work>,
    },
    /// With a code, after a password.
    Second { pending: String, code: String },
}

/// What is wanted after a password.
#[derive(Serialize, Deserialize, ToSchema)]
struct Pending {
    /// Send it back with the code.
    pending: String,
    /// `totp` or `mail_code`.
    wants: String,
}

/// A new code for a mail.
pub(crate) fn new_code() -> Result<String, Problem> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(Problem::internal)?;
    // 2^64 is so many times 10^8 that no code is likelier by more than one in 10^11.
    let number = u64::from_be_bytes(bytes) % 10u64.pow(CODE_DIGITS);
    Ok(format!("{number:08}"))
}

/// The hash that a code is kept as. A code is for one kind of thing and one subject.
pub(crate) fn code_hash(kind: &str, subject: &str, code: &str) -> String {
    let digits: String = code.chars().filter(char::is_ascii_digit).take(64).collect();
    hash(&format!("{kind}\n{subject}\n{digits}"))
}

/// The row that a code is kept as.
pub(crate) fn code_link(kind: &str, subject: &str, code: &str, now: At) -> LinkRow {
    LinkRow {
        token_hash: code_hash(kind, subject, code),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        detail: String::new(),
        tries: CODE_TRIES,
        expires_at: super::until(now, Span(CODE_S)),
    }
}

/// A code works in the sign-in that it was sent for and in no other (ASVS 6.6.2).
fn of_this_sign_in(nonce: &str) -> String {
    format!("{CODE} {nonce}")
}

fn wrong() -> Problem {
    let detail =
        "the e-mail address or the password is wrong, or this account signs in another way";
    Problem::new(StatusCode::UNAUTHORIZED, "auth.wrong", detail)
}

fn wrong_code() -> Problem {
    let detail = "the code is wrong, too old, or was used before: take the next one";
    Problem::new(StatusCode::UNAUTHORIZED, "auth.code", detail)
}

/// What an account is throttled by, whether there is one or not.
fn account_key(email: &str) -> [u8; 32] {
    Sha256::digest(email_key(email)).into()
}

/// Begin to sign in with a passkey.
#[utoipa::path(post, path = "/v1/my/sign-in/begin", tag = "customers", operation_id = "begin_customer_sign_in",
    responses((status = 200, description = "The question for the browser.", body = Ceremony),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn begin(State(service): State<Service>) -> Result<Json<Ceremony>, Problem> {
    let (options, ceremony) =
        service.accounts.passkeys.begin_sign_in(false).map_err(|error| passkey_problem(&error))?;
    let ceremony = service.accounts.wait(Asked::SignIn, Waiting::SignIn(ceremony))?;
    Ok(Json(Ceremony { ceremony, options }))
}

/// Sign in.
#[utoipa::path(post, path = "/v1/my/session", tag = "customers", operation_id = "customer_sign_in",
    request_body = SignInAs,
    responses((status = 201, description = "Signed in; the answer sets the session cookie.", body = CustomerSession),
              (status = 202, description = "A code is wanted.", body = Pending),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sign_in(
    State(service): State<Service>,
    _: SameSite,
    origin: Origin,
    Body(body): Body<SignInAs>,
) -> Result<Response, Problem> {
    match body {
        SignInAs::Passkey { ceremony, response } => {
            with_passkey(&service, origin, &ceremony, &response).await
        }
        SignInAs::Password { email, password, work } => {
            with_password(&service, origin, &email, password, work).await
        }
        SignInAs::Second { pending, code } => with_second(&service, origin, &pending, &code).await,
    }
}

async fn with_passkey(
    service: &Service,
    origin: Origin,
    ceremony: &str,
    response: &Value,
) -> Result<Response, Problem> {
    let Waiting::SignIn(ceremony) = service.accounts.take(Asked::SignIn, ceremony)? else {
        return Err(Problem::internal("a ceremony of another kind"));
    };
    let claimed = Passkeys::claimed(response).map_err(|error| passkey_problem(&error))?;
    let customer_id = crate::view::hex(&claimed.user_handle);
    let credentials = service.sql.credentials(&customer_id).await?;
    let finished =
        service.accounts.passkeys.finish_sign_in(ceremony, &stored(&credentials), response);
    let used = match finished {
        Ok(used) => used,
        Err(error) => {
            service.suspect(&customer_id, origin.doer("somebody"), &error).await;
            return Err(passkey_problem(&error));
        }
    };
    let is_duress = credentials.iter().any(|row| row.id == used.id && row.is_duress);
    let op = CustomerOp::UseCredential {
        id: used.id,
        secret: used.stored,
        at: service.accounts.now().0.cast_signed(),
    };
    let shown = Factors::of(&[Factor::Passkey]);
    let entry = Entry { customer_id, shown, ops: vec![op], is_duress };
    enter(service, origin, entry).await
}

async fn with_password(
    service: &Service,
    origin: Origin,
    email: &str,
    password: String,
    work: Option<Work>,
) -> Result<Response, Problem> {
    let accounts = &service.accounts;
    let now = accounts.now();
    let again = zeroize::Zeroizing::new(password.clone());
    let secret = Secret::new(password)
        .map_err(|error| Problem::field("password", error.code(), error.to_string()))?;
    if email.len() > 320 {
        return Err(wrong());
    }
    let key = account_key(email);
    let customer = service.sql.customer_by_email(&email_key(email)).await?;
    // The same questions are asked of the database whether there is an account or not.
    let id = customer.as_ref().map_or("", |customer| customer.id.as_str()).to_owned();
    let device = match &origin.device_hash {
        Some(device) => service.sql.find_device(&id, device).await?,
        None => None,
    };
    let credentials = service.sql.credentials(&id).await?;
    let work_bits = match &work {
        Some(work) => locked(&accounts.work)
            .check(&key, &work.challenge, &work.answer, now)
            .map_err(|error| Problem::field("work", error.code(), error.to_string()))?,
        None => 0,
    };
    let attempt = Attempt {
        source: origin.ip,
        account: key,
        device: device.as_ref().map(|device| Sha256::digest(&device.device_hash).into()),
        work_bits,
    };
    match locked(&accounts.throttle).ask(&attempt, now) {
        Decision::Go => {}
        Decision::Wait(wait) => return Err(super::throttled(wait)),
        Decision::Work(bits) => return Err(work_wanted(service, &key, bits)?),
    }
    let of_kind =
        |kind: CredentialKind| credentials.iter().find(|row: &&CredentialRow| row.kind == kind);
    let password = of_kind(CredentialKind::Password).map(|row| row.secret.as_str());
    let verified = accounts.hasher.verify(secret, password).await.map_err(super::hash_problem)?;
    let (Some(customer), true) = (customer, verified.is_right) else { return Err(wrong()) };
    if verified.is_outdated {
        service.renew_hash(&id, again).await;
    }
    let account = account_of(&customer, now)?;
    let mut shown = vec![Factor::Password];
    shown.extend(device.as_ref().map(|_| Factor::KnownDevice));
    let shown = Factors::of(&shown);
    if account.credentials.signs_in(shown) {
        locked(&accounts.throttle).succeeded(&attempt, now);
        let entry = Entry { customer_id: id, shown, ops: Vec::new(), is_duress: false };
        return enter(service, origin, entry).await;
    }
    let wants_totp = account.credentials.has_totp;
    let nonce = new_secret()?;
    if !wants_totp {
        let code = new_code()?;
        let mut link = code_link(CODE, &id, &code, now);
        link.token_hash = code_hash(&of_this_sign_in(&nonce), &id, &code);
        let purpose = "signing in on a device that we do not know".to_owned();
        service
            .change(&id, origin.doer("somebody"), move |draft| {
                draft.op(CustomerOp::PutLink(link));
                draft.tell(Occasion::Code { code, purpose });
                Ok(())
            })
            .await?;
    }
    let second = Second { customer_id: id, shown, wants_totp, tries: SECOND_TRIES, nonce, attempt };
    let pending = accounts.wait(Asked::Second, Waiting::Second(second))?;
    let wants = if wants_totp { "totp" } else { "mail_code" }.to_owned();
    Ok((StatusCode::ACCEPTED, Json(Pending { pending, wants })).into_response())
}

fn work_wanted(service: &Service, key: &[u8; 32], bits: u8) -> Result<Problem, Problem> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(Problem::internal)?;
    let now = service.accounts.now();
    let challenge = locked(&service.accounts.work).pose(key, bits, nonce, now);
    let detail = "this account was tried too often: solve the challenge, or sign in with a passkey";
    let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "auth.work", detail);
    let work = json!({ "challenge": challenge, "bits": bits });
    problem.extensions.insert("work".to_owned(), work);
    Ok(problem)
}

async fn with_second(
    service: &Service,
    origin: Origin,
    pending: &str,
    code: &str,
) -> Result<Response, Problem> {
    let accounts = &service.accounts;
    let Waiting::Second(second) = accounts.take(Asked::Second, pending)? else {
        return Err(Problem::internal("a ceremony of another kind"));
    };
    let now = accounts.now();
    let customer_id = second.customer_id.clone();
    let (factor, ops) = if second.wants_totp {
        let credentials = service.sql.credentials(&customer_id).await?;
        let row = credentials.iter().find(|row| row.kind == CredentialKind::Totp);
        let step = match row {
            Some(row) => accounts.totp_step(&customer_id, row, code)?.map(|step| (row, step)),
            None => None,
        };
        let op = step.map(|(row, step)| CustomerOp::UseStep {
            id: row.id.clone(),
            step: step.cast_signed(),
            at: now.0.cast_signed(),
        });
        (Factor::Totp, op.map(|op| vec![op]))
    } else {
        let hash = code_hash(&of_this_sign_in(&second.nonce), &customer_id, code);
        let now_s = now.0.cast_signed();
        let is_right = service.sql.answer_code(CODE, &customer_id, &hash, now_s).await?;
        (Factor::Mailbox, is_right.then(Vec::new))
    };
    let Some(ops) = ops else {
        let tries = second.tries - 1;
        // ASVS 6.3.5. Whoever waits for a mailed code was told by its mail.
        let is_first = tries == SECOND_TRIES - 1;
        let is_stranger = second.attempt.device.is_none();
        if tries == 0 || (is_first && is_stranger && second.wants_totp) {
            service
                .change(&customer_id, origin.doer("somebody"), |draft| {
                    draft.happened("second_refused", json!({}));
                    draft.tell(Occasion::Guessed);
                    Ok(())
                })
                .await?;
        }
        if tries == 0 {
            let mut problem = wrong_code();
            problem.detail = "too many wrong codes: begin again with the password".to_owned();
            return Err(problem);
        }
        let second = Second { tries, ..second };
        accounts.put_back(Asked::Second, pending, Waiting::Second(second));
        return Err(wrong_code());
    };
    let shown = second.shown.and(Factors::of(&[factor]));
    let entry = Entry { customer_id, shown, ops, is_duress: false };
    let entered = enter(service, origin, entry).await.map_err(|problem| {
        match problem.code.as_str() {
            // The step was used by another at this very moment.
            "conflict" => wrong_code(),
            _ => problem,
        }
    })?;
    locked(&accounts.throttle).succeeded(&second.attempt, now);
    Ok(entered)
}

/// Somebody who has shown enough.
pub(crate) struct Entry {
    pub(crate) customer_id: String,
    pub(crate) shown: Factors,
    pub(crate) ops: Vec<CustomerOp>,
    pub(crate) is_duress: bool,
}

/// A session that is about to begin.
pub(crate) struct Begun {
    secret: String,
    device_secret: Option<String>,
}

/// Puts a session and its device into a change.
pub(crate) fn begin_session(
    draft: &mut Draft<'_>,
    origin: &Origin,
    is_known_device: bool,
) -> Result<Begun, Problem> {
    let (secret, now_s) = (new_secret()?, draft.now_s());
    let known = origin.device_hash.clone().filter(|_| is_known_device);
    let device_secret = if known.is_some() { None } else { Some(new_secret()?) };
    let device_hash = known.or_else(|| device_secret.as_deref().map(hash)).unwrap_or_default();
    let customer_id = draft.id().to_owned();
    // ASVS 7.2.4: whoever was signed in here before is not any more.
    if let Some(id_hash) = &origin.session_hash {
        draft.op(CustomerOp::EndSessionOf(id_hash.clone()));
    }
    draft.op(CustomerOp::AddSession(CustomerSessionRow {
        id_hash: hash(&secret),
        id: new_secret()?[..16].to_owned(),
        customer_id: customer_id.clone(),
        device_hash: device_hash.clone(),
        ip: origin.ip.to_string(),
        place: None,
        agent: origin.device_name(),
        created_at: now_s,
        last_seen_at: now_s,
    }));
    draft.op(CustomerOp::PutDevice(DeviceRow {
        customer_id,
        device_hash,
        id: new_secret()?[..16].to_owned(),
        name: origin.device_name(),
        created_at: now_s,
        last_seen_at: now_s,
        last_ip: origin.ip.to_string(),
    }));
    Ok(Begun { secret, device_secret })
}

/// Begins a session for whoever has shown enough.
async fn enter(service: &Service, origin: Origin, entry: Entry) -> Result<Response, Problem> {
    let customer_id = entry.customer_id;
    let device = match &origin.device_hash {
        Some(device) => service.sql.find_device(&customer_id, device).await?,
        None => None,
    };
    let is_known = device.is_some();
    let seen = service.seen(&customer_id, &origin).await?;
    let begun = service
        .change(&customer_id, origin.doer("you"), |draft| {
            if !draft.account.credentials.signs_in(entry.shown) {
                return Err(wrong());
            }
            for op in entry.ops {
                draft.op(op);
            }
            let names: Vec<&str> = entry.shown.iter().map(Factor::name).collect();
            draft.happened("signed_in", json!({ "with": names, "is_new_device": !is_known }));
            if !is_known {
                draft.tell(Occasion::Happened(Happening::NewDevice));
            }
            draft.op(CustomerOp::PutBehavior(seen.signed_in(entry.shown, draft.now)));
            if entry.is_duress {
                duress(draft)?;
            }
            begin_session(draft, &origin, is_known)
        })
        .await?;
    if entry.is_duress {
        service.alert_of_duress(&customer_id).await;
    }
    let row = service.sql.customer(&customer_id).await?;
    let row = row.ok_or_else(|| Problem::internal("a customer is gone"))?;
    welcome(service, &row, &begun)
}

/// Money waits, and nothing of it is shown to whoever stands beside the customer.
fn duress(draft: &mut Draft<'_>) -> Result<(), Problem> {
    let span = draft.rules().holds.of(Cause::Duress);
    let command = Command::Hold(Cause::Duress, span);
    draft.does(&command, &By::default(), "duress", json!({}))
}

/// The answer that begins a session.
pub(crate) fn welcome(
    service: &Service,
    row: &CustomerRow,
    begun: &Begun,
) -> Result<Response, Problem> {
    let now_s = crate::now_s().cast_signed();
    let session = session_view(service, row, &begun.secret, now_s)?;
    let mut response = (StatusCode::CREATED, Json(session)).into_response();
    let headers = response.headers_mut();
    add_cookie(headers, set_cookie(COOKIE, &begun.secret, ABSOLUTE_S)?);
    if let Some(secret) = &begun.device_secret {
        add_cookie(headers, set_cookie(DEVICE_COOKIE, secret, DEVICE_S)?);
    }
    Ok(response)
}

fn session_view(
    service: &Service,
    row: &CustomerRow,
    secret: &str,
    began_at: i64,
) -> Result<CustomerSession, Problem> {
    let profile: super::profile::Profile =
        serde_json::from_str(&row.profile).map_err(Problem::internal)?;
    Ok(CustomerSession {
        customer: CustomerRef { id: row.id.clone(), name: profile.name, email: profile.email },
        csrf_token: csrf_token(secret),
        expires_at: show_seconds(began_at + ABSOLUTE_S),
        is_demo: service.options.is_demo,
    })
}

/// Who is signed in.
#[utoipa::path(get, path = "/v1/my/session", tag = "customers", operation_id = "get_customer_session",
    responses((status = 200, description = "The session.", body = CustomerSession),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn session(
    State(service): State<Service>,
    owner: Owner,
) -> Result<Json<CustomerSession>, Problem> {
    let began_at = owner.session.created_at;
    Ok(Json(session_view(&service, &owner.customer, &owner.secret, began_at)?))
}

/// Sign out.
#[utoipa::path(delete, path = "/v1/my/session", tag = "customers", operation_id = "customer_sign_out",
    responses((status = 204, description = "Signed out; what the browser kept of this site is deleted."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn sign_out(
    State(service): State<Service>,
    owner: Owner,
) -> Result<Response, Problem> {
    service.sql.delete_customer_session(&owner.session.id_hash).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    add_cookie(headers, set_cookie(COOKIE, "", 0)?);
    // ASVS 14.3.1: nothing of the account stays in the browser. Cookies would take the device with them.
    let clear = header::HeaderValue::from_static("\"cache\", \"storage\"");
    headers.insert(header::HeaderName::from_static("clear-site-data"), clear);
    Ok(response)
}

impl Service {
    /// Hashes a password anew that was hashed with other parameters. If that fails, the next time does.
    async fn renew_hash(&self, customer_id: &str, password: zeroize::Zeroizing<String>) {
        let renewed = async {
            let secret = Secret::new(password.to_string()).map_err(Problem::internal)?;
            let mut salt = [0; 16];
            getrandom::fill(&mut salt).map_err(Problem::internal)?;
            let hashed = self.accounts.hasher.hash(secret, salt).await;
            let hashed = hashed.map_err(super::hash_problem)?;
            self.change(customer_id, Doer::named("the exchange"), |draft| {
                let rows = &draft.known.credentials;
                let row = rows.iter().find(|row| row.kind == CredentialKind::Password);
                if let Some(row) = row {
                    let (id, at) = (row.id.clone(), draft.now_s());
                    draft.op(CustomerOp::UseCredential { id, secret: Some(hashed), at });
                }
                Ok(())
            })
            .await
        };
        if let Err(problem) = renewed.await {
            tracing::warn!(detail = problem.detail, "a password was not hashed anew");
        }
    }

    /// A passkey was refused. One whose counter went back may have been copied: that is written down, and
    /// its owner and the team are told.
    pub(crate) async fn suspect(
        &self,
        customer_id: &str,
        doer: Doer,
        error: &credential::passkey::PasskeyError,
    ) {
        let is_cloned = matches!(error, credential::passkey::PasskeyError::Cloned { .. });
        if !is_cloned {
            return;
        }
        let told = self
            .change(customer_id, doer, |draft| {
                draft.happened("passkey_cloned", json!({}));
                draft.tell(Occasion::Cloned);
                let span = draft.rules().holds.of(Cause::Risk);
                let hold = Command::Hold(Cause::Risk, span);
                draft.does(&hold, &By::default(), "held", json!({ "cause": "risk" }))
            })
            .await;
        if let Err(problem) = told {
            tracing::error!(detail = problem.detail, "a copied passkey was not written down");
        }
        self.alert_of_clone(customer_id).await;
    }
}

/// Puts what is shown of the first sign-in with a new account together.
pub(crate) fn at_first(shown: &[Factor]) -> Value {
    let names: Vec<&str> = shown.iter().map(|factor| factor.name()).collect();
    json!({ "with": names, "is_new_device": true })
}
