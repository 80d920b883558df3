//! Sessions, people and API keys.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::sql::{ApiKeyRow, Role, UserRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Page, Path, UserRef};
use crate::Service;
use crate::accept::{Client, client_key};
use crate::auth::{
    ABSOLUTE_S, ADMIN_ROLES, COOKIE, Caller, IDLE_S, LINK_S, Scope, csrf_token, hash, new_secret,
};
use crate::problem::Problem;
use crate::view::show_seconds;

/// Longest name of a person or key.
const NAME_LEN_MAX: usize = 80;

/// What somebody may do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub(crate) enum RoleView {
    Administrator,
    Compliance,
    Analyst,
    Support,
    Treasury,
    Auditor,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        match role {
            Role::Administrator => RoleView::Administrator,
            Role::Compliance => RoleView::Compliance,
            Role::Analyst => RoleView::Analyst,
            Role::Support => RoleView::Support,
            Role::Treasury => RoleView::Treasury,
            Role::Auditor => RoleView::Auditor,
        }
    }
}

impl From<RoleView> for Role {
    fn from(role: RoleView) -> Self {
        match role {
            RoleView::Administrator => Role::Administrator,
            RoleView::Compliance => Role::Compliance,
            RoleView::Analyst => Role::Analyst,
            RoleView::Support => Role::Support,
            RoleView::Treasury => Role::Treasury,
            RoleView::Auditor => Role::Auditor,
        }
    }
}

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct User {
    id: i64,
    name: String,
    role: RoleView,
    created_at: String,
    #[schema(required)]
    last_seen_at: Option<String>,
    is_disabled: bool,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            role: row.role.into(),
            created_at: show_seconds(row.created_at),
            last_seen_at: row.last_seen_at.map(show_seconds),
            is_disabled: row.is_disabled,
        }
    }
}

/// A session of the console.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Session {
    user: User,
    /// Send it as `x-csrf-token` with every change.
    csrf_token: String,
    /// When it ends at the latest.
    expires_at: String,
    is_demo: bool,
}

/// A one-time link, and perhaps how the person wants to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The part of the link after `token=`.
    token: String,
    /// The person's name, to change it.
    #[serde(default)]
    name: Option<String>,
}

pub(crate) fn session_of(service: &Service, user: UserRow, secret: &str, began_at: i64) -> Session {
    Session {
        user: user.into(),
        csrf_token: csrf_token(secret),
        expires_at: show_seconds(began_at + ABSOLUTE_S),
        is_demo: service.options.is_demo,
    }
}

pub(crate) fn cookie_header(value: &str, max_age_s: i64) -> Result<HeaderValue, Problem> {
    let text =
        format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={max_age_s}");
    HeaderValue::from_str(&text).map_err(Problem::internal)
}

fn checked_name(name: &str) -> Result<&str, Problem> {
    let name = name.trim();
    let is_fine = !name.is_empty()
        && name.chars().count() <= NAME_LEN_MAX
        && !name.chars().any(char::is_control);
    if is_fine {
        return Ok(name);
    }
    let detail = format!("a name has 1 to {NAME_LEN_MAX} characters and no control characters");
    Err(Problem::field("name", "name.invalid", detail))
}

/// Sign in with a one-time link.
#[utoipa::path(post, path = "/v1/session", tag = "people", operation_id = "sign_in",
    request_body = SignIn,
    responses((status = 201, description = "Signed in; the answer sets the session cookie.", body = Session),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")))]
async fn sign_in(
    State(service): State<Service>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<Response, Problem> {
    // A page of another site must not sign a browser in.
    let is_cross_site = headers
        .get("sec-fetch-site")
        .is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    if is_cross_site {
        let detail = "another site sent this; open the sign-in link itself";
        return Err(Problem::new(StatusCode::FORBIDDEN, "auth.cross_site", detail));
    }
    if let Some(Extension(client)) = client
        && !service.sign_ins.take(client_key(client.0), 1.0, crate::now_s() * 1_000)
    {
        let detail = "too many attempts from here; wait a minute";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "auth.throttled", detail));
    }
    // Before the link is used up: a name that cannot be kept must not cost it.
    let name = body.name.as_deref().map(checked_name).transpose()?;
    let secret = new_secret()?;
    let now_s = crate::now_s().cast_signed();
    let redeemed = service.sql.redeem_link(&hash(&body.token), &hash(&secret), now_s).await;
    let session = redeemed.map_err(|error| match error {
        store::sql::SqlError::NotFound { .. } => Problem::new(
            StatusCode::UNAUTHORIZED,
            "auth.link",
            "this link was used, has expired, or is cut off; ask for a new one, or run 'ringfence sign-in-link' on the server",
        ),
        other => other.into(),
    })?;
    let mut user = session.user;
    if let Some(name) = name {
        match service.sql.update_user(user.id, Some(name), None, None).await {
            Ok(renamed) => user = renamed,
            // Somebody else has it: they are signed in under the name they had.
            Err(store::sql::SqlError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    service.sql.touch_session(&hash(&secret), user.id, now_s).await?;
    let mut response =
        (StatusCode::CREATED, Json(session_of(&service, user, &secret, now_s))).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie_header(&secret, ABSOLUTE_S)?);
    Ok(response)
}

/// Who is signed in.
#[utoipa::path(get, path = "/v1/session", tag = "people", operation_id = "get_session",
    responses((status = 200, description = "The session.", body = Session),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn session(State(service): State<Service>, caller: Caller) -> Result<Json<Session>, Problem> {
    match caller {
        Caller::Person { user, session, began_at } => {
            Ok(Json(session_of(&service, user, &session, began_at)))
        }
        Caller::Program { .. } => {
            let detail = "an API key has no session";
            Err(Problem::new(StatusCode::FORBIDDEN, "auth.person", detail))
        }
    }
}

/// Sign out.
#[utoipa::path(delete, path = "/v1/session", tag = "people", operation_id = "sign_out",
    responses((status = 204, description = "Signed out."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn sign_out(State(service): State<Service>, caller: Caller) -> Result<Response, Problem> {
    if let Caller::Person { session, .. } = &caller {
        service.sql.delete_session(&hash(session)).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie_header("", 0)?);
    Ok(response)
}

/// Everybody.
#[utoipa::path(get, path = "/v1/users", tag = "people", operation_id = "list_users",
    responses((status = 200, description = "People.", body = Page<User>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn users(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<Page<User>>, Problem> {
    caller.person(&Role::ALL)?;
    let users = service.sql.users().await?;
    Ok(Json(Page { items: users.into_iter().map(User::from).collect(), next: None }))
}

/// A new person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    name: String,
    role: RoleView,
}

/// A one-time link for a person.
#[derive(Serialize, Deserialize, ToSchema)]
struct SignInLink {
    /// Path of the link on this server; give it to the person over a channel you trust.
    sign_in_path: String,
    /// When it ends.
    expires_at: String,
}

/// A new person with their first link.
#[derive(Serialize, Deserialize, ToSchema)]
struct CreatedUser {
    user: User,
    sign_in_path: String,
    expires_at: String,
}

async fn new_link(service: &Service, user_id: i64) -> Result<SignInLink, Problem> {
    let token = new_secret()?;
    let expires_at = crate::now_s().cast_signed() + LINK_S;
    service.sql.create_link(&hash(&token), user_id, expires_at).await?;
    Ok(SignInLink {
        sign_in_path: format!("/#/welcome?token={token}"),
        expires_at: show_seconds(expires_at),
    })
}

/// Add a person.
#[utoipa::path(post, path = "/v1/users", tag = "people", operation_id = "create_user",
    request_body = NewUser,
    responses((status = 201, description = "Added.", body = CreatedUser),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn create_user(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<NewUser>,
) -> Result<(StatusCode, Json<CreatedUser>), Problem> {
    caller.person(ADMIN_ROLES)?;
    let name = checked_name(&body.name)?;
    let now_s = crate::now_s().cast_signed();
    let user = service.sql.create_user(name, body.role.into(), now_s).await?;
    let link = new_link(&service, user.id).await?;
    let (sign_in_path, expires_at) = (link.sign_in_path, link.expires_at);
    Ok((StatusCode::CREATED, Json(CreatedUser { user: user.into(), sign_in_path, expires_at })))
}

/// Give a person a new one-time link.
#[utoipa::path(post, path = "/v1/users/{id}/link", tag = "people", operation_id = "create_sign_in_link",
    params(("id" = i64, Path, description = "The person.")),
    responses((status = 200, description = "The link; earlier ones of the person no longer work.", body = SignInLink),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn link(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<SignInLink>, Problem> {
    caller.person(ADMIN_ROLES)?;
    service.sql.user(id).await?;
    Ok(Json(new_link(&service, id).await?))
}

/// What changes about a person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserChange {
    #[serde(default)]
    role: Option<RoleView>,
    #[serde(default)]
    is_disabled: Option<bool>,
}

/// Change a person's role, or whether they may sign in.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "people", operation_id = "update_user",
    params(("id" = i64, Path, description = "The person.")), request_body = UserChange,
    responses((status = 200, description = "Changed; with another role their sessions end.", body = User),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn update_user(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<i64>,
    Body(body): Body<UserChange>,
) -> Result<Json<User>, Problem> {
    caller.person(ADMIN_ROLES)?;
    let role = body.role.map(Role::from);
    Ok(Json(service.sql.update_user(id, None, role, body.is_disabled).await?.into()))
}

/// A key of a program. Its secret is shown once, when it is made.
#[derive(Serialize, Deserialize, ToSchema)]
struct ApiKey {
    id: i64,
    name: String,
    /// First characters of the secret, to tell keys apart.
    prefix: String,
    scopes: Vec<Scope>,
    created_at: String,
    created_by: UserRef,
    #[schema(required)]
    last_used_at: Option<String>,
    is_revoked: bool,
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes.split(' ').filter_map(Scope::find).collect(),
            created_at: show_seconds(row.created_at),
            created_by: row.created_by.into(),
            last_used_at: row.last_used_at.map(show_seconds),
            is_revoked: row.revoked_at.is_some(),
        }
    }
}

/// Keys of programs.
#[utoipa::path(get, path = "/v1/api-keys", tag = "people", operation_id = "list_api_keys",
    responses((status = 200, description = "Keys, the newest first.", body = Page<ApiKey>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn api_keys(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<Page<ApiKey>>, Problem> {
    caller.person(&Role::ALL)?;
    let keys = service.sql.api_keys().await?;
    Ok(Json(Page { items: keys.into_iter().map(ApiKey::from).collect(), next: None }))
}

/// A new key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApiKey {
    name: String,
    scopes: Vec<Scope>,
}

/// A new key with its secret.
#[derive(Serialize, Deserialize, ToSchema)]
struct CreatedApiKey {
    key: ApiKey,
    /// Shown now and never again.
    secret: String,
}

/// Make a key.
#[utoipa::path(post, path = "/v1/api-keys", tag = "people", operation_id = "create_api_key",
    request_body = NewApiKey,
    responses((status = 201, description = "Made.", body = CreatedApiKey),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn create_api_key(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<NewApiKey>,
) -> Result<(StatusCode, Json<CreatedApiKey>), Problem> {
    let user = caller.person(ADMIN_ROLES)?;
    let name = checked_name(&body.name)?;
    if body.scopes.is_empty() {
        let detail = "choose at least one of events:write, screen, read, withdrawals, customers";
        return Err(Problem::field("scopes", "api_key.scopes", detail));
    }
    let mut scopes: Vec<&str> = body.scopes.iter().map(|scope| scope.name()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let secret = format!("rf_{}", new_secret()?);
    let now_s = crate::now_s().cast_signed();
    let key = service
        .sql
        .create_api_key(name, &secret[..10], &hash(&secret), &scopes.join(" "), user.id, now_s)
        .await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKey { key: key.into(), secret })))
}

/// Revoke a key.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "people", operation_id = "revoke_api_key",
    params(("id" = i64, Path, description = "The key.")),
    responses((status = 204, description = "Revoked; within seconds it opens nothing."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn revoke_api_key(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    caller.person(ADMIN_ROLES)?;
    service.sql.revoke_api_key(id, crate::now_s().cast_signed()).await?;
    service.keys.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// Ends sessions that are over, once in a while.
pub(crate) async fn sweep(service: &Service) -> Result<(), Problem> {
    let now_s = crate::now_s().cast_signed();
    Ok(service.sql.sweep_sessions(now_s - ABSOLUTE_S, now_s - IDLE_S, now_s).await?)
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, session, sign_out))
        .routes(routes!(users, create_user))
        .routes(routes!(update_user))
        .routes(routes!(link))
        .routes(routes!(api_keys, create_api_key))
        .routes(routes!(revoke_api_key))
}
