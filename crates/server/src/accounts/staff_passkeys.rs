//! People of the exchange sign in with passkeys of their own.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::sql::{Role, StaffPasskeyRow};
use utoipa::ToSchema;

use super::Asked;
use super::confirm::passkey_problem;
use super::enrol::checked_name;
use super::session::{SameSite, Waiting};
use super::sign_in::Ceremony;
use crate::Service;
use crate::api::{Body, Page, Path};
use crate::auth::{ABSOLUTE_S, Caller, hash, new_secret};
use crate::problem::Problem;
use crate::view::show_seconds;

/// Begin to sign in with a passkey, as somebody of the staff.
#[utoipa::path(post, path = "/v1/session/passkey/begin", tag = "people", operation_id = "begin_passkey_sign_in",
    responses((status = 200, description = "The question for the browser.", body = Ceremony),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn begin_sign_in(
    State(service): State<Service>,
) -> Result<Json<Ceremony>, Problem> {
    let (options, ceremony) =
        service.accounts.passkeys.begin_sign_in(false).map_err(|error| passkey_problem(&error))?;
    let ceremony = service.accounts.wait(Asked::StaffSignIn, Waiting::StaffSignIn(ceremony))?;
    Ok(Json(Ceremony { ceremony, options }))
}

/// A browser's answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerIn {
    ceremony: String,
    #[schema(value_type = Object)]
    response: Value,
}

/// The handle of somebody of the staff: no customer has one like it, since theirs are random.
fn staff_handle(user_id: i64) -> [u8; 16] {
    let mut handle = *b"staff\0\0\0\0\0\0\0\0\0\0\0";
    handle[8..].copy_from_slice(&user_id.to_be_bytes());
    handle
}

/// Sign in with a passkey, as somebody of the staff.
#[utoipa::path(post, path = "/v1/session/passkey", tag = "people", operation_id = "passkey_sign_in",
    request_body = AnswerIn,
    responses((status = 201, description = "Signed in; the answer sets the session cookie.", body = crate::api::people::Session),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sign_in(
    State(service): State<Service>,
    _: SameSite,
    Body(body): Body<AnswerIn>,
) -> Result<Response, Problem> {
    let Waiting::StaffSignIn(ceremony) =
        service.accounts.take(Asked::StaffSignIn, &body.ceremony)?
    else {
        return Err(Problem::internal("a ceremony of another kind"));
    };
    let claimed = credential::passkey::Passkeys::claimed(&body.response);
    let claimed = claimed.map_err(|error| passkey_problem(&error))?;
    let user_id = i64::from_be_bytes(*claimed.user_handle[8..].first_chunk().unwrap_or(&[0; 8]));
    let is_staff = claimed.user_handle == staff_handle(user_id);
    let unknown = || passkey_problem(&credential::passkey::PasskeyError::Unknown);
    if !is_staff {
        return Err(unknown());
    }
    let rows = service.sql.staff_passkeys(user_id).await?;
    let stored: Vec<String> = rows.iter().map(|row| row.secret.clone()).collect();
    let used = service.accounts.passkeys.finish_sign_in(ceremony, &stored, &body.response);
    let used = used.map_err(|error| passkey_problem(&error))?;
    let user = service.sql.user(user_id).await.map_err(|_| unknown())?;
    if user.is_disabled {
        return Err(unknown());
    }
    let now_s = crate::now_s().cast_signed();
    service.sql.use_staff_passkey(&used.id, used.stored.as_deref(), now_s).await?;
    let secret = new_secret()?;
    service.sql.create_session(&hash(&secret), user_id, now_s).await?;
    service.sql.touch_session(&hash(&secret), user_id, now_s).await?;
    let view = crate::api::people::session_of(&service, user, &secret, now_s);
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    let cookie = crate::api::people::cookie_header(&secret, ABSOLUTE_S)?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A passkey of somebody of the staff.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct StaffPasskey {
    id: String,
    name: String,
    created_at: String,
    #[schema(required)]
    last_used_at: Option<String>,
}

impl From<StaffPasskeyRow> for StaffPasskey {
    fn from(row: StaffPasskeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: show_seconds(row.created_at),
            last_used_at: row.last_used_at.map(show_seconds),
        }
    }
}

/// One's own passkeys.
#[utoipa::path(get, path = "/v1/me/passkeys", tag = "people", operation_id = "list_passkeys",
    responses((status = 200, description = "Passkeys.", body = Page<StaffPasskey>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn passkeys(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<Page<StaffPasskey>>, Problem> {
    let user = caller.person(&Role::ALL)?;
    let rows = service.sql.staff_passkeys(user.id).await?;
    Ok(Json(Page { items: rows.into_iter().map(StaffPasskey::from).collect(), next: None }))
}

/// Begin to make a passkey.
#[utoipa::path(post, path = "/v1/me/passkeys/begin", tag = "people", operation_id = "begin_passkey",
    responses((status = 200, description = "The question for the browser.", body = Ceremony),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn begin_passkey(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<Ceremony>, Problem> {
    let user = caller.person(&Role::ALL)?;
    let known = service.sql.staff_passkeys(user.id).await?;
    let known: Vec<String> = known.into_iter().map(|row| row.id).collect();
    let (options, ceremony) = service
        .accounts
        .passkeys
        .begin_registration(staff_handle(user.id), &user.name, &user.name, &known)
        .map_err(|error| passkey_problem(&error))?;
    let waiting = Waiting::StaffAddPasskey { user_id: user.id, ceremony };
    let ceremony = service.accounts.wait(Asked::StaffAddPasskey, waiting)?;
    Ok(Json(Ceremony { ceremony, options }))
}

/// A new passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskeyIn {
    name: String,
    ceremony: String,
    #[schema(value_type = Object)]
    response: Value,
}

/// Keep a passkey that was made.
#[utoipa::path(post, path = "/v1/me/passkeys", tag = "people", operation_id = "create_passkey",
    request_body = NewPasskeyIn,
    responses((status = 201, description = "Kept.", body = StaffPasskey),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn create_passkey(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<NewPasskeyIn>,
) -> Result<(StatusCode, Json<StaffPasskey>), Problem> {
    let user = caller.person(&Role::ALL)?;
    let name = checked_name("name", &body.name)?;
    let Waiting::StaffAddPasskey { user_id, ceremony } =
        service.accounts.take(Asked::StaffAddPasskey, &body.ceremony)?
    else {
        return Err(Problem::internal("a ceremony of another kind"));
    };
    if user_id != user.id {
        return Err(Problem::field("ceremony", "ceremony.unknown", "begin again"));
    }
    let made = service.accounts.passkeys.finish_registration(ceremony, &body.response);
    let made = made.map_err(|error| passkey_problem(&error))?;
    let row = StaffPasskeyRow {
        id: made.id,
        user_id,
        secret: made.stored,
        name,
        created_at: crate::now_s().cast_signed(),
        last_used_at: None,
    };
    service.sql.create_staff_passkey(&row).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Take one of one's own passkeys away.
#[utoipa::path(delete, path = "/v1/me/passkeys/{id}", tag = "people", operation_id = "remove_passkey",
    params(("id" = String, Path, description = "The passkey.")),
    responses((status = 204, description = "Gone."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn remove_passkey(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let user = caller.person(&Role::ALL)?;
    service.sql.remove_staff_passkey(user.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
