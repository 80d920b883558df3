//! What the exchange's programs tell: whom to invite, and what accounts do.

use account::time::At;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::enrol::{Accepted, checked_email};
use super::session::Origin;
use crate::Service;
use crate::api::{Body, Path, event_in};
use crate::auth::{Caller, Scope, hash};
use crate::problem::Problem;

/// Events of accounts that are told at once.
const ACTIVITY_MAX: usize = 1_000;

/// Somebody new, by the exchange.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteIn {
    email: String,
}

/// Invite a customer of the exchange: a link to begin with goes to the mailbox.
#[utoipa::path(post, path = "/v1/customers", tag = "customers", operation_id = "invite_customer",
    request_body = InviteIn,
    responses((status = 202, description = "A mail goes to the address.", body = Accepted),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("api_key" = [])))]
pub(crate) async fn invite(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<InviteIn>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    caller.may(Scope::Customers)?;
    if matches!(caller, Caller::Person { .. }) {
        caller.person(crate::auth::ADMIN_ROLES)?;
    }
    let email = checked_email(&body.email)?;
    service.invite(&email).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted {})))
}

/// Something that an account did at the exchange.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activity {
    /// RFC 3339.
    at: String,
    /// `deposited`, `traded`, or a page: `home`, `balance`, `history`, `market`, `deposit_form`,
    /// `withdrawal_form`, `address_book`, `security`, `keys`, `personal`, `help`, `copied_address`,
    /// `chose_all`, `paused`.
    kind: String,
    #[serde(default)]
    value_cents: Option<u64>,
    /// The address that it came from.
    ip: String,
    /// Your name of the device.
    #[serde(default)]
    device: Option<String>,
}

/// What accounts did, in order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivitiesIn {
    activities: Vec<Activity>,
}

fn kind_of(activity: &Activity) -> Result<behavior::event::Kind, Problem> {
    use behavior::event::Kind;
    let value = || {
        activity.value_cents.ok_or_else(|| {
            Problem::field("activities.value_cents", "activity.value", "it is missing")
        })
    };
    match activity.kind.as_str() {
        "deposited" => Ok(Kind::Deposited { value_cents: value()? }),
        "traded" => Ok(Kind::Traded { value_cents: value()? }),
        page => serde_json::from_value(json!(page)).map(Kind::Viewed).map_err(|_| {
            let shown: String = page.chars().take(40).collect();
            let detail = format!("'{shown}' is none of the kinds in the API's document");
            Problem::field("activities.kind", "activity.kind", detail)
        }),
    }
}

/// Tell what an account did at the exchange: later withdrawals are compared with it.
#[utoipa::path(post, path = "/v1/customers/{id}/activities", tag = "customers", operation_id = "tell_activities",
    params(("id" = String, Path, description = "The customer.")), request_body = ActivitiesIn,
    responses((status = 202, description = "Taken in.", body = Accepted),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("api_key" = [])))]
pub(crate) async fn activities(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<ActivitiesIn>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    caller.may(Scope::Customers)?;
    if matches!(caller, Caller::Person { .. }) {
        caller.person(crate::auth::ADMIN_ROLES)?;
    }
    if body.activities.len() > ACTIVITY_MAX {
        let detail = format!("there are more than {ACTIVITY_MAX}: send several requests");
        return Err(Problem::field("activities", "body.too_large", detail));
    }
    let mut told = Vec::with_capacity(body.activities.len());
    for activity in &body.activities {
        let at = event_in::parse_time("activities.at", &activity.at)?;
        let ip = activity.ip.parse().map_err(|_| {
            Problem::field("activities.ip", "activity.ip", "it is not an IP address")
        })?;
        let device_hash = activity.device.as_deref().map(hash);
        told.push((
            kind_of(activity)?,
            At(at),
            Origin { ip, device_hash, session_hash: None, agent: String::new() },
        ));
    }
    service.tell_activities(&id, told).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted {})))
}
