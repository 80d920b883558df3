//! Screening: an address, or a transfer before it happens.

use axum::Json;
use axum::extract::State;
use model::{Network, Position, Transfer, TransferKind, TxHash};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::addresses::{AddressProfile, profile};
use super::{Body, event_in};
use crate::Service;
use crate::auth::{ALERT_ROLES, Caller, Scope};
use crate::problem::Problem;
use crate::view::{CustomerMessage, LevelView, ReasonView, Severity, customer_message};

/// An address to screen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScreenAddress {
    /// CAIP-2 id, or a name such as `ethereum`.
    network: String,
    /// The address in the form that wallets show.
    address: String,
}

/// Screen an address.
#[utoipa::path(post, path = "/v1/screen/address", tag = "screening", operation_id = "screen_address",
    request_body = ScreenAddress,
    responses((status = 200, description = "What is known of it. The answer is not on the record; ask about a transfer for that.", body = AddressProfile),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("api_key" = []), ("session" = [])))]
async fn screen_address(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<ScreenAddress>,
) -> Result<Json<AddressProfile>, Problem> {
    caller.may(Scope::Screen)?;
    let network: Network = body.network.parse()?;
    let address = event_in::address("address", network, &body.address)?;
    Ok(Json(profile(&service, network, address).await?))
}

/// A transfer that is about to happen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScreenTransfer {
    /// CAIP-2 id, or a name such as `ethereum`.
    network: String,
    /// Who would pay; null for a payer who is not known.
    #[serde(default)]
    from: Option<String>,
    /// Who would receive.
    to: String,
    /// `native`, or a CAIP-19 id.
    #[serde(default)]
    asset: Option<String>,
    /// How much, in base units.
    amount: String,
}

/// What a transfer would meet.
#[derive(Serialize, Deserialize, ToSchema)]
struct TransferScreening {
    /// Its journal entry: the answer is on the record like a decision.
    index: u64,
    level: LevelView,
    severity: Severity,
    /// The rule that asks for the level.
    #[schema(required)]
    lead: Option<String>,
    reasons: Vec<ReasonView>,
    patterns: Vec<String>,
    /// What to tell the customer; null when it may go ahead.
    #[schema(required)]
    customer: Option<CustomerMessage>,
    /// What was not checked, in sentences.
    not_checked: Vec<String>,
}

/// Screen a transfer before it happens, a withdrawal for example.
#[utoipa::path(post, path = "/v1/screen/transfer", tag = "screening", operation_id = "screen_transfer",
    request_body = ScreenTransfer,
    responses((status = 200, description = "What it would meet.", body = TransferScreening),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("api_key" = []), ("session" = [])))]
async fn screen_transfer(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<ScreenTransfer>,
) -> Result<Json<TransferScreening>, Problem> {
    caller.may(Scope::Screen)?;
    if matches!(caller, Caller::Person { .. }) {
        // The answer is on the record, which an auditor does not write.
        caller.person(ALERT_ROLES)?;
    }
    let network: Network = body.network.parse()?;
    let from = body.from.as_ref();
    let from = from.map(|text| event_in::address("from", network, text)).transpose()?;
    let asset = event_in::asset("asset", network, body.asset.as_deref().unwrap_or("native"))?;
    let transfer = Transfer {
        network,
        position: Position::default(),
        time_s: crate::now_s(),
        tx: TxHash::default(),
        from,
        to: Some(event_in::address("to", network, &body.to)?),
        initiator: None,
        asset,
        amount: event_in::amount("amount", &body.amount)?,
        success: true,
        kind: TransferKind::Value,
        has_call_data: false,
    };
    let mut decisions = service.desk.screen(vec![transfer]).await?;
    let decision = decisions.pop().ok_or_else(|| Problem::internal("no answer"))?;
    let reasons = decision.verdict.iter().flat_map(|verdict| verdict.reasons());
    let reasons: Vec<ReasonView> = reasons.map(ReasonView::from).collect();
    let level = LevelView::from(decision.level);
    let lead = decision.lead.clone().unwrap_or_default();
    let remedy = reasons.iter().find(|reason| reason.code == lead).map(|r| r.remedy.clone());
    let mut not_checked = service.not_checked().await?;
    if from.is_none() {
        not_checked.push("the payer is not known: only the receiver was checked".to_owned());
    }
    Ok(Json(TransferScreening {
        index: decision.index,
        level,
        severity: Severity::of(decision.level, !decision.fired.is_empty()),
        customer: customer_message(level, &lead, remedy.as_deref().unwrap_or("")),
        lead: decision.lead,
        reasons,
        patterns: decision.patterns.iter().map(|pattern| pattern.code().to_owned()).collect(),
        not_checked,
    }))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(screen_address)).routes(routes!(screen_transfer))
}
