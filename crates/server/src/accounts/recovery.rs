//! Recovering an account: evidence of two classes, a wait in which any device of the owner can stop it, and
//! at the end a new passkey and no session.

use account::factor::{Factor, Factors};
use account::step::{By, Command};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use credential::recovery_code;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::sql::{CredentialKind, CredentialRow, CustomerOp, CustomerRow};
use utoipa::ToSchema;

use super::Asked;
use super::change::Draft;
use super::commands::handle;
use super::confirm::passkey_problem;
use super::enrol::{Accepted, checked_email, checked_name};
use super::letter::Occasion;
use super::profile::{Profile, email_key};
use super::session::{Origin, SameSite, Waiting};
use super::sign_in::{Ceremony, code_hash, code_link, new_code};
use crate::Service;
use crate::api::Body;
use crate::problem::Problem;
use crate::view::show_time;

/// Kind of the codes that are mailed.
const CODE: &str = "recovery";

/// Whose account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailIn {
    email: String,
}

/// Evidence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginIn {
    email: String,
    /// The code that was mailed.
    mail_code: String,
    /// One of the printed codes; without one, the team has to have checked the identity.
    #[serde(default)]
    recovery_code: Option<String>,
}

/// A recovery that runs.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Begun {
    /// From when on it can be finished; until then it can be stopped.
    ripe_at: String,
}

/// The mailbox, shown again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FinishBeginIn {
    email: String,
    mail_code: String,
}

/// The new passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FinishIn {
    ceremony: String,
    #[schema(value_type = Object)]
    response: Value,
    passkey_name: String,
}

fn refused() -> Problem {
    let detail = "what was shown is not enough: the code of the mail and a recovery code, or an identity check by our team";
    Problem::new(StatusCode::FORBIDDEN, "account.recovery.evidence", detail)
}

impl Service {
    /// Checks a mailed code of an account. Unknown accounts have none that is right.
    async fn mailbox(&self, email: &str, code: &str) -> Result<Option<CustomerRow>, Problem> {
        let row = self.sql.customer_by_email(&email_key(email)).await?;
        let id = row.as_ref().map_or("", |row| row.id.as_str()).to_owned();
        let hash = code_hash(CODE, &id, code);
        let now_s = self.accounts.now().0.cast_signed();
        let is_right = self.sql.answer_code(CODE, &id, &hash, now_s).await?;
        Ok(row.filter(|_| is_right))
    }

    /// Whether two people have checked the customer's identity, and which check that is.
    async fn vouched(&self, customer_id: &str) -> Result<Option<i64>, Problem> {
        let now_s = self.accounts.now().0.cast_signed();
        let vouches = self.sql.vouches(customer_id, now_s).await?;
        Ok(vouches.iter().find(|vouch| vouch.approved_by.is_some()).map(|vouch| vouch.id))
    }
}

/// Ask for the code that a recovery begins and ends with.
#[utoipa::path(post, path = "/v1/my/recovery/mail", tag = "customers", operation_id = "mail_recovery_code",
    request_body = MailIn,
    responses((status = 202, description = "A code goes to the mailbox if there is an account; the answer is the same for all.", body = Accepted),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn mail(
    State(service): State<Service>,
    _: SameSite,
    origin: Origin,
    Body(body): Body<MailIn>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let email = checked_email(&body.email)?;
    service.may_mail(&origin, &email)?;
    let code = new_code()?;
    let row = service.sql.customer_by_email(&email_key(&email)).await?;
    // Beside the answer, so that its time tells nothing.
    let (service, doer) = (service.clone(), origin.doer("somebody"));
    tokio::spawn(async move {
        let Some(row) = row else { return };
        let link = code_link(CODE, &row.id, &code, service.accounts.now());
        let purpose = "recovering your account".to_owned();
        let done = service.change(&row.id, doer, move |draft| {
            draft.op(CustomerOp::PutLink(link));
            draft.tell(Occasion::Code { code, purpose });
            Ok(())
        });
        if let Err(problem) = done.await {
            tracing::error!(detail = problem.detail, "a recovery code was not mailed");
        }
    });
    Ok((StatusCode::ACCEPTED, Json(Accepted {})))
}

/// Begin to recover an account.
#[utoipa::path(post, path = "/v1/my/recovery", tag = "customers", operation_id = "begin_recovery",
    request_body = BeginIn,
    responses((status = 202, description = "Begun. It waits, and any device of the owner can stop it.", body = Begun),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn begin(
    State(service): State<Service>,
    _: SameSite,
    origin: Origin,
    Body(body): Body<BeginIn>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    service.may_mail(&origin, &body.email)?;
    let row = service.mailbox(&body.email, &body.mail_code).await?.ok_or_else(refused)?;
    let profile: Profile = serde_json::from_str(&row.profile).map_err(Problem::internal)?;
    let salt = handle(&profile.salt)?;
    let is_vouched = service.vouched(&row.id).await?.is_some();
    let seen = service.seen(&row.id, &origin).await?;
    let ripe_at = service
        .change(&row.id, origin.doer("somebody"), |draft| {
            let used = body.recovery_code.as_deref().and_then(|code| {
                let rows = codes(&draft.known.credentials);
                let hashes: Vec<_> = rows.iter().filter_map(|row| code_of(row)).collect();
                let place = recovery_code::find(code, &salt, &hashes)?;
                rows.get(place).map(|row| row.id.clone())
            });
            let mut shown = vec![Factor::Mailbox];
            if let Some(id) = used {
                draft.op(CustomerOp::RemoveCredential(id));
                shown.push(Factor::RecoveryCode);
            } else if body.recovery_code.is_none() && is_vouched {
                shown.push(Factor::Identity);
            }
            let by = By { is_signed_in: false, fresh: Factors::of(&shown) };
            let names: Vec<&str> = shown.iter().map(|factor| factor.name()).collect();
            draft
                .does(&Command::BeginRecovery, &by, "recovery_begun", json!({ "with": names }))
                .map_err(|_| refused())?;
            let (account, rules) = (draft.account.clone(), draft.rules());
            if let Some(profile) = seen.changed(&account, &Command::BeginRecovery, rules, draft.now)
            {
                draft.op(CustomerOp::PutBehavior(profile));
            }
            Ok(draft.account.recovery.map(|recovery| recovery.ripe_at))
        })
        .await?;
    let ripe_at = ripe_at.map_or_else(String::new, |at| show_time(at.0));
    Ok((StatusCode::ACCEPTED, Json(Begun { ripe_at })))
}

fn codes(credentials: &[CredentialRow]) -> Vec<&CredentialRow> {
    credentials.iter().filter(|row| row.kind == CredentialKind::RecoveryCode).collect()
}

fn code_of(row: &CredentialRow) -> Option<recovery_code::Hash> {
    super::unhex(&row.secret)?.try_into().ok()
}

/// Begin to make the passkey that a recovery ends with.
#[utoipa::path(post, path = "/v1/my/recovery/finish/begin", tag = "customers", operation_id = "begin_finish_recovery",
    request_body = FinishBeginIn,
    responses((status = 200, description = "The question for the browser.", body = Ceremony),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn finish_begin(
    State(service): State<Service>,
    _: SameSite,
    origin: Origin,
    Body(body): Body<FinishBeginIn>,
) -> Result<Json<Ceremony>, Problem> {
    service.may_mail(&origin, &body.email)?;
    let row = service.mailbox(&body.email, &body.mail_code).await?.ok_or_else(refused)?;
    let now = service.accounts.now();
    let account = super::session::account_of(&row, now)?;
    let recovery = account.recovery.ok_or(account::step::Refused::NoRecovery);
    let recovery = recovery.map_err(super::refusal)?;
    if recovery.ripe_at > now {
        let unripe = account::step::Refused::Unripe { ripe_at: recovery.ripe_at };
        return Err(super::refusal(unripe));
    }
    let profile: Profile = serde_json::from_str(&row.profile).map_err(Problem::internal)?;
    let (options, ceremony) = service
        .accounts
        .passkeys
        .begin_registration(handle(&row.id)?, &profile.email, &profile.name, &[])
        .map_err(|error| passkey_problem(&error))?;
    let waiting = Waiting::Recover { customer_id: row.id, ceremony };
    let ceremony = service.accounts.wait(Asked::Recover, waiting)?;
    Ok(Json(Ceremony { ceremony, options }))
}

/// Finish a recovery. All that was known of signing in is void, and all sessions end.
#[utoipa::path(post, path = "/v1/my/recovery/finish", tag = "customers", operation_id = "finish_recovery",
    request_body = FinishIn,
    responses((status = 200, description = "Done: sign in with the new passkey.", body = Accepted),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn finish(
    State(service): State<Service>,
    _: SameSite,
    origin: Origin,
    Body(body): Body<FinishIn>,
) -> Result<Json<Accepted>, Problem> {
    let name = checked_name("passkey_name", &body.passkey_name)?;
    let Waiting::Recover { customer_id, ceremony } =
        service.accounts.take(Asked::Recover, &body.ceremony)?
    else {
        return Err(Problem::internal("a ceremony of another kind"));
    };
    let made = service.accounts.passkeys.finish_registration(ceremony, &body.response);
    let made = made.map_err(|error| passkey_problem(&error))?;
    let vouch = service.vouched(&customer_id).await?;
    service
        .change(&customer_id, origin.doer("somebody"), |draft| {
            let needs_identity = draft
                .account
                .recovery
                .is_some_and(|recovery| recovery.evidence.has(Factor::Identity));
            // The mailbox was shown for this very ceremony, which nobody else could have begun.
            let mut shown = vec![Factor::Mailbox];
            if let Some(vouch) = vouch.filter(|_| needs_identity) {
                draft.op(CustomerOp::UseVouch(vouch));
                shown.push(Factor::Identity);
            }
            let by = By { is_signed_in: false, fresh: Factors::of(&shown) };
            draft.does(&Command::FinishRecovery, &by, "recovered", json!({}))?;
            start_anew(draft, made, name);
            Ok(())
        })
        .await?;
    Ok(Json(Accepted {}))
}

/// Of what was known, nothing is left but the new passkey.
fn start_anew(draft: &mut Draft<'_>, made: credential::passkey::NewPasskey, name: String) {
    use CredentialKind::{Passkey, Password, RecoveryCode, Totp};
    for kind in [Passkey, Password, RecoveryCode, Totp] {
        draft.op(CustomerOp::RemoveCredentials(kind));
    }
    draft.op(CustomerOp::EndSessions { except: None });
    draft.op(CustomerOp::ForgetAll { at: draft.now_s() });
    let row = CredentialRow {
        id: made.id,
        customer_id: draft.id().to_owned(),
        kind: Passkey,
        secret: made.stored,
        name,
        is_duress: false,
        is_synced: made.is_synced,
        last_step: 0,
        created_at: draft.now_s(),
        last_used_at: None,
    };
    draft.op(CustomerOp::AddCredential(row));
}
