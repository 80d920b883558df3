//! What people of the exchange may see and do: little, for a reason, written down where the customer sees it.
//! They can hold and freeze; nobody but the customer can loosen.

use account::hold::Cause;
use account::step::{By, Command};
use account::time::Span;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::sql::{AlertUpdate, Role, Status, WithdrawalFilter};
use utoipa::ToSchema;

use super::enrol::Accepted;
use super::profile::{Profile, email_key, masked_email, masked_name, masked_phone};
use super::view::{EventEntry, HoldView, RecoveryView, SettingsView, holds, settings, timeline};
use crate::Service;
use crate::api::{Body, PageQuery, Path};
use crate::auth::Caller;
use crate::problem::Problem;
use crate::view::{Severity, show_seconds, show_time};

/// Characters of a reason.
const REASON_LEN: std::ops::RangeInclusive<usize> = 10..=500;
/// How long a view of a customer may be looked at.
const VIEW_S: u64 = 15 * 60;
/// Longest hold of staff, in hours.
const HOLD_HOURS_MAX: u64 = 14 * 24;
/// How long an identity check counts.
const VOUCH_S: u64 = 7 * 86_400;

/// Those who look after customers.
const CARE: &[Role] = &[Role::Administrator, Role::Compliance, Role::Analyst, Role::Support];

fn checked_reason(reason: &str) -> Result<&str, Problem> {
    let reason = reason.trim();
    if REASON_LEN.contains(&reason.chars().count()) {
        return Ok(reason);
    }
    let detail = format!(
        "say why in {} to {} characters: the customer and the auditor read it",
        REASON_LEN.start(),
        REASON_LEN.end()
    );
    Err(Problem::field("reason", "reason.length", detail))
}

/// Whom to look for, by the whole address or id.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindIn {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

/// A customer who was found.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Found {
    id: String,
    email_masked: String,
    /// `active`, `frozen` or `held`.
    state: String,
    created_at: String,
}

/// Find a customer by their whole e-mail address or id. There is no list and no search.
#[utoipa::path(post, path = "/v1/customers/find", tag = "customers", operation_id = "find_customer",
    request_body = FindIn,
    responses((status = 200, description = "The customer.", body = Found),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn find(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<FindIn>,
) -> Result<Json<Found>, Problem> {
    let user = caller.person(CARE)?;
    service.looks(user.id)?;
    let row = match (&body.id, &body.email) {
        (Some(id), _) => service.sql.customer(id).await?,
        (None, Some(email)) => service.sql.customer_by_email(&email_key(email)).await?,
        (None, None) => {
            let detail = "give the whole e-mail address or the id";
            return Err(Problem::field("email", "customer.which", detail));
        }
    };
    let row = row.ok_or_else(|| Problem::not_found("the customer"))?;
    let now = service.accounts.now();
    let account = super::session::account_of(&row, now)?;
    let profile: Profile = serde_json::from_str(&row.profile).map_err(Problem::internal)?;
    let state = match (account.is_frozen, account.holds.active(now).next()) {
        (true, _) => "frozen",
        (false, Some(_)) => "held",
        (false, None) => "active",
    };
    Ok(Json(Found {
        id: row.id,
        email_masked: masked_email(&profile.email),
        state: state.to_owned(),
        created_at: show_seconds(row.created_at),
    }))
}

/// Why somebody looks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewIn {
    /// An open alert about this customer.
    alert_id: i64,
    reason: String,
}

/// A customer with most of them hidden.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct MaskedCustomer {
    id: String,
    name_masked: String,
    email_masked: String,
    #[schema(required)]
    phone_masked: Option<String>,
    created_at: String,
    is_frozen: bool,
    holds: Vec<HoldView>,
    credentials: MaskedCredentials,
    settings: SettingsView,
    #[schema(required)]
    recovery: Option<RecoveryView>,
}

/// How an account is signed in to.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct MaskedCredentials {
    has_password: bool,
    has_totp: bool,
    passkeys: u8,
    recovery_codes_left: u8,
}

/// A withdrawal with its address shortened.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct MaskedWithdrawal {
    id: String,
    amount: String,
    to: String,
    state: String,
    asked_at: String,
    reasons: Vec<String>,
}

/// What support may see, for a while.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct CustomerView {
    customer: MaskedCustomer,
    withdrawals: Vec<MaskedWithdrawal>,
    events: Vec<EventEntry>,
    /// Ask again after this.
    expires_at: String,
}

impl Service {
    /// Lets somebody look at so many customers.
    fn looks(&self, user_id: i64) -> Result<(), Problem> {
        if self.accounts.looks.take(user_id, 1.0, crate::now_s() * 1_000) {
            return Ok(());
        }
        let detail =
            "you have looked at many customers in a short time: wait a while; it was noted";
        Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "customer.too_many", detail))
    }

    /// Whether an alert is open and about a customer.
    async fn is_case(&self, alert_id: i64, customer_id: &str) -> Result<(), Problem> {
        let refused = || {
            let detail = "this needs an open alert about this customer";
            Problem::new(StatusCode::FORBIDDEN, "customer.no_case", detail)
        };
        let alert = self.sql.alert(alert_id).await.map_err(|_| refused())?;
        let is_open = matches!(alert.status, Status::Open | Status::InReview);
        let names = |reasons: &Value| {
            reasons.as_array().into_iter().flatten().any(|reason| {
                reason["evidence"].as_array().into_iter().flatten().any(|evidence| {
                    evidence["kind"] == "customer" && evidence["detail"] == customer_id
                })
            })
        };
        let reasons: Value = serde_json::from_str(&alert.reasons).unwrap_or_default();
        let is_about = alert.address == customer_id || names(&reasons);
        if is_open && is_about { Ok(()) } else { Err(refused()) }
    }

    /// People of the exchange are called about a customer.
    async fn alert_about(&self, customer_id: &str, code: &str, severity: Severity, sentence: &str) {
        let now_s = self.accounts.now().0.cast_signed();
        let reasons = json!([{
            "code": code, "sentence": sentence, "remedy": "",
            "evidence": [{ "kind": "customer", "detail": customer_id }],
        }]);
        self.raise(AlertUpdate {
            code: code.to_owned(),
            network: "account".to_owned(),
            address: customer_id.to_owned(),
            categories: String::new(),
            level: model::Level::Hold as u8,
            severity: severity as u8,
            sentence: sentence.to_owned(),
            transfers: 1,
            first_seen: now_s,
            last_seen: now_s,
            decision_index: 0,
            known_since: None,
            reasons: reasons.to_string(),
        })
        .await;
    }

    /// A customer has signed in under duress.
    pub(crate) async fn alert_of_duress(&self, customer_id: &str) {
        let sentence = "A customer signed in with their passkey for duress. Money is held. Do not tell them so: somebody may stand beside them.";
        self.alert_about(customer_id, "account.duress", Severity::Severe, sentence).await;
    }

    /// Somebody who is not the customer seems to be at work.
    pub(crate) async fn alert_of_attack(&self, customer_id: &str) {
        let sentence = "A new device signed in, made recovery codes and added an address within a minute. Money is held.";
        self.alert_about(customer_id, "account.takeover", Severity::Severe, sentence).await;
    }

    /// A passkey may have been copied.
    pub(crate) async fn alert_of_clone(&self, customer_id: &str) {
        let sentence =
            "The counter of a passkey went back: there may be a copy of it. Money is held.";
        self.alert_about(customer_id, "account.passkey.cloned", Severity::High, sentence).await;
    }
}

/// Look at a customer, for an open alert, with a reason. It is written down, and the customer sees that.
#[utoipa::path(post, path = "/v1/customers/{id}/views", tag = "customers", operation_id = "view_customer",
    params(("id" = String, Path, description = "The customer.")), request_body = ViewIn,
    responses((status = 200, description = "What may be seen.", body = CustomerView),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn view(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<ViewIn>,
) -> Result<Json<CustomerView>, Problem> {
    let user = caller.person(CARE)?;
    let reason = checked_reason(&body.reason)?;
    service.looks(user.id)?;
    service.is_case(body.alert_id, &id).await?;
    let detail = json!({ "user": user.id, "alert": body.alert_id, "reason": reason });
    service
        .change(&id, super::change::Doer::named("staff"), |draft| {
            draft.happened("viewed", detail);
            Ok(())
        })
        .await?;
    let row = service.sql.customer(&id).await?;
    let row = row.ok_or_else(|| Problem::not_found("the customer"))?;
    let now = service.accounts.now();
    let account = super::session::account_of(&row, now)?;
    let profile: Profile = serde_json::from_str(&row.profile).map_err(Problem::internal)?;
    let filter = WithdrawalFilter { customer_id: Some(id.clone()), state: None };
    let withdrawals = service.sql.withdrawals(&filter, None, 50).await?;
    let page = PageQuery { cursor: None, limit: Some(100) };
    let mut events = timeline(&service, &id, &page).await?.items;
    for event in &mut events {
        // Where the customer is, and whom they pay, is none of support's business.
        event.hide_places();
    }
    let known = account.credentials;
    Ok(Json(CustomerView {
        customer: MaskedCustomer {
            name_masked: masked_name(&profile.name),
            email_masked: masked_email(&profile.email),
            phone_masked: profile.phone.as_deref().map(masked_phone),
            created_at: show_seconds(row.created_at),
            is_frozen: account.is_frozen,
            holds: holds(&account, now),
            credentials: MaskedCredentials {
                has_password: known.has_password,
                has_totp: known.has_totp,
                passkeys: known.passkeys,
                recovery_codes_left: known.recovery_codes,
            },
            settings: settings(&account, now),
            recovery: account.recovery.map(|recovery| RecoveryView::of(&recovery)),
            id: row.id,
        },
        withdrawals: withdrawals.iter().map(masked_withdrawal).collect(),
        events,
        expires_at: show_time((now + Span(VIEW_S)).0),
    }))
}

fn masked_withdrawal(row: &store::sql::WithdrawalRow) -> MaskedWithdrawal {
    let asked: Value = serde_json::from_str(&row.asked).unwrap_or_default();
    let status: Value = serde_json::from_str(&row.status).unwrap_or_default();
    let decimals = asked["decimals"].as_u64().and_then(|d| u32::try_from(d).ok()).unwrap_or(0);
    let amount = asked["given"]["amount"].as_str().unwrap_or("0");
    let to = super::view::shortened(asked["to"]["address"].as_str().unwrap_or(""));
    let reasons = status["reasons"].as_array().into_iter().flatten();
    MaskedWithdrawal {
        id: row.id.clone(),
        amount: format!(
            "{} {}",
            super::withdrawal::value::whole_units(amount, decimals),
            asked["symbol"].as_str().unwrap_or("")
        ),
        to,
        state: row.state.clone(),
        asked_at: show_seconds(row.asked_at),
        reasons: reasons
            .filter_map(|reason| reason["sentence"].as_str().map(str::to_owned))
            .collect(),
    }
}

/// A hold by the team.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HoldIn {
    /// How long, 1 to 336. A hold that is longer stays; nobody can make one shorter.
    hours: u64,
    reason: String,
}

/// Hold a customer's money. It can be made longer, and never shorter.
#[utoipa::path(post, path = "/v1/customers/{id}/holds", tag = "customers", operation_id = "hold_customer",
    params(("id" = String, Path, description = "The customer.")), request_body = HoldIn,
    responses((status = 200, description = "Held.", body = Vec<HoldView>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn hold(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<HoldIn>,
) -> Result<Json<Vec<HoldView>>, Problem> {
    let user = caller.person(CARE)?.id;
    let reason = checked_reason(&body.reason)?;
    if !(1..=HOLD_HOURS_MAX).contains(&body.hours) {
        let detail = format!("a hold takes 1 to {HOLD_HOURS_MAX} hours");
        return Err(Problem::field("hours", "hold.hours", detail));
    }
    let account = service
        .change(&id, super::change::Doer::named("staff"), |draft| {
            let command = Command::Hold(Cause::Staff, Span::hours(body.hours));
            let detail = json!({ "cause": "staff", "user": user, "reason": reason });
            draft.does(&command, &By::default(), "held", detail)?;
            Ok(draft.account.clone())
        })
        .await?;
    Ok(Json(holds(&account, service.accounts.now())))
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonIn {
    reason: String,
}

/// Freeze a customer's account. The customer ends the freeze.
#[utoipa::path(post, path = "/v1/customers/{id}/freeze", tag = "customers", operation_id = "freeze_customer",
    params(("id" = String, Path, description = "The customer.")), request_body = ReasonIn,
    responses((status = 200, description = "Frozen.", body = Accepted),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn freeze(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<ReasonIn>,
) -> Result<Json<Accepted>, Problem> {
    let user = caller.person(CARE)?.id;
    let reason = checked_reason(&body.reason)?;
    service
        .change(&id, super::change::Doer::named("staff"), |draft| {
            let detail = json!({ "user": user, "reason": reason });
            draft.does(&Command::Freeze, &By::default(), "frozen", detail)
        })
        .await?;
    Ok(Json(Accepted {}))
}

/// Whether the team is calling.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallIn {
    /// What for; null when the call is over.
    #[serde(default)]
    purpose: Option<String>,
}

/// Say that the team is calling a customer now, so that they can see that it is us.
#[utoipa::path(post, path = "/v1/customers/{id}/call", tag = "customers", operation_id = "call_customer",
    params(("id" = String, Path, description = "The customer.")), request_body = CallIn,
    responses((status = 200, description = "Shown to the customer.", body = Accepted),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn call(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<CallIn>,
) -> Result<Json<Accepted>, Problem> {
    let user = caller.person(CARE)?.id;
    let purpose = body.purpose.as_deref().map(checked_reason).transpose()?.map(str::to_owned);
    service
        .change(&id, super::change::Doer::named("staff"), |draft| {
            let kind = if purpose.is_some() { "call" } else { "call_ended" };
            draft.happened(kind, json!({ "user": user, "purpose": purpose }));
            draft.profile.call = purpose.map(|purpose| (draft.now, purpose));
            Ok(())
        })
        .await?;
    Ok(Json(Accepted {}))
}

/// An identity check.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Vouched {
    id: i64,
    expires_at: String,
}

/// Say that a customer's identity was checked. It counts when a second person has approved it.
#[utoipa::path(post, path = "/v1/customers/{id}/vouch", tag = "customers", operation_id = "vouch_customer",
    params(("id" = String, Path, description = "The customer.")), request_body = ViewIn,
    responses((status = 201, description = "Waits for a second person.", body = Vouched),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn vouch(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<ViewIn>,
) -> Result<(StatusCode, Json<Vouched>), Problem> {
    let user = caller.person(CARE)?.id;
    let reason = checked_reason(&body.reason)?;
    service.looks(user)?;
    service.is_case(body.alert_id, &id).await?;
    let now = service.accounts.now();
    let (now_s, expires_at) = (now.0.cast_signed(), super::until(now, Span(VOUCH_S)));
    let vouch = service.sql.create_vouch(&id, user, reason, now_s, expires_at).await?;
    Ok((StatusCode::CREATED, Json(Vouched { id: vouch, expires_at: show_seconds(expires_at) })))
}

/// Approve that a customer's identity was checked, as a second person.
#[utoipa::path(post, path = "/v1/customers/{id}/vouch/{vouch}/approve", tag = "customers", operation_id = "approve_vouch",
    params(("id" = String, Path, description = "The customer."), ("vouch" = i64, Path, description = "The check.")),
    responses((status = 200, description = "It counts as evidence in a recovery.", body = Accepted),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn approve_vouch(
    State(service): State<Service>,
    caller: Caller,
    Path((id, vouch)): Path<(String, i64)>,
) -> Result<Json<Accepted>, Problem> {
    let user = caller.person(CARE)?.id;
    let now_s = service.accounts.now().0.cast_signed();
    service.sql.approve_vouch(vouch, &id, user, now_s).await?;
    service
        .change(&id, super::change::Doer::named("staff"), |draft| {
            draft.happened("vouched", json!({ "user": user, "vouch": vouch }));
            Ok(())
        })
        .await?;
    Ok(Json(Accepted {}))
}
