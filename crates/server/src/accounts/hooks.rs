//! Where programs of the exchange are told what becomes of withdrawals.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::sql::Role;
use utoipa::ToSchema;

use crate::Service;
use crate::api::{Body, Page, Path};
use crate::auth::Caller;
use crate::problem::Problem;
use crate::view::show_seconds;

/// A place where programs are told.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Hook {
    id: i64,
    url: String,
    created_at: String,
}

/// Places where programs are told: each has a lane of its own.
const HOOKS_MAX: usize = 32;

/// A new place where programs are told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHook {
    url: String,
}

/// A new place with its secret.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct CreatedHook {
    webhook: Hook,
    /// Shown once: what deliveries are signed with.
    secret: String,
}

/// Places where programs are told.
#[utoipa::path(get, path = "/v1/webhooks", tag = "withdrawals", operation_id = "list_webhooks",
    responses((status = 200, description = "Webhooks.", body = Page<Hook>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn webhooks(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<Page<Hook>>, Problem> {
    caller.person(&Role::ALL)?;
    let rows = service.sql.webhooks().await?;
    let items = rows.into_iter().map(|row| Hook {
        id: row.id,
        url: row.url,
        created_at: show_seconds(row.created_at),
    });
    Ok(Json(Page { items: items.collect(), next: None }))
}

/// Tell a program of withdrawals.
#[utoipa::path(post, path = "/v1/webhooks", tag = "withdrawals", operation_id = "create_webhook",
    request_body = NewHook,
    responses((status = 201, description = "Made.", body = CreatedHook),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn create_webhook(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<NewHook>,
) -> Result<(StatusCode, Json<CreatedHook>), Problem> {
    let user = caller.person(crate::auth::ADMIN_ROLES)?.id;
    post::webhook::HookUrl::parse(&body.url)
        .map_err(|error| Problem::field("url", error.code(), error.to_string()))?;
    if service.sql.webhooks().await?.len() >= HOOKS_MAX {
        let detail = format!("there are {HOOKS_MAX} webhooks: remove one first");
        return Err(Problem::new(StatusCode::CONFLICT, "webhook.full", detail));
    }
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(Problem::internal)?;
    let secret = post::webhook::HookSecret::from_bytes(&bytes).text().to_string();
    let sealed = service.accounts.seal("webhook", "webhook", secret.as_bytes())?;
    let now_s = crate::now_s().cast_signed();
    let id = service.sql.create_webhook(&body.url, &sealed, user, now_s).await?;
    let webhook = Hook { id, url: body.url, created_at: show_seconds(now_s) };
    Ok((StatusCode::CREATED, Json(CreatedHook { webhook, secret })))
}

/// Stop telling a program.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "withdrawals", operation_id = "revoke_webhook",
    params(("id" = i64, Path, description = "The webhook.")),
    responses((status = 204, description = "Stopped."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn revoke_webhook(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    caller.person(crate::auth::ADMIN_ROLES)?;
    service.sql.revoke_webhook(id, crate::now_s().cast_signed()).await?;
    Ok(StatusCode::NO_CONTENT)
}
