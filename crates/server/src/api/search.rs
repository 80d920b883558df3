//! One search for everything, for the command palette.

use axum::Json;
use axum::extract::State;
use model::Network;
use serde::{Deserialize, Serialize};
use store::sql::AlertFilter;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Query;
use crate::Service;
use crate::auth::{Caller, Scope};
use crate::problem::Problem;

/// Networks whose addresses are tried.
const NETWORKS: &[Network] = &[
    Network::ETHEREUM,
    Network::Bitcoin,
    Network::Litecoin,
    Network::Tron,
    Network::Dogecoin,
    Network::BitcoinCash,
    Network::Xrpl,
    Network::Polkadot,
];
/// Longest search.
const TEXT_LEN_MAX: usize = 200;

/// An address that was found.
#[derive(Serialize, Deserialize, ToSchema)]
struct FoundAddress {
    network: String,
    address: String,
    /// False when it is well-formed and was never seen.
    is_known: bool,
}

/// What was found.
#[derive(Default, Serialize, Deserialize, ToSchema)]
struct Found {
    addresses: Vec<FoundAddress>,
    /// Journal entries of decisions.
    decisions: Vec<u64>,
    /// Alerts.
    alerts: Vec<i64>,
}

/// What is looked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// An address, a transaction hash, the number of a decision, or part of a rule's code.
    q: String,
}

/// Search addresses, decisions and alerts.
#[utoipa::path(get, path = "/v1/search", tag = "addresses", operation_id = "search",
    params(SearchQuery),
    responses((status = 200, description = "What was found.", body = Found),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn search(
    State(service): State<Service>,
    caller: Caller,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Found>, Problem> {
    caller.may(Scope::Read)?;
    let text = query.q.trim().to_owned();
    if text.is_empty() || text.len() > TEXT_LEN_MAX {
        return Ok(Json(Found::default()));
    }
    let mut found = Found::default();
    let parsed: Vec<(Network, model::Address)> = NETWORKS
        .iter()
        .filter_map(|network| Some((*network, chain::parse_address(*network, &text).ok()?)))
        .collect();
    found.addresses = service
        .desk
        .ask(move |core| {
            parsed
                .into_iter()
                .map(|(network, address)| FoundAddress {
                    network: network.to_string(),
                    address: chain::format_address(network, &address),
                    is_known: core.engine.net().book().find(network.family(), &address).is_some(),
                })
                .collect()
        })
        .await?;
    if let Ok(index) = text.parse::<u64>() {
        let is_decision = service.desk.ask(move |core| {
            let size = core.data.journal().head().0;
            index < size && super::decisions::at(core, index).is_ok_and(|found| found.is_some())
        });
        if is_decision.await? {
            found.decisions.push(index);
        }
    }
    let digits = text.strip_prefix("0x").unwrap_or(&text);
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let digits = digits.to_lowercase();
        for tx in [format!("0x{digits}"), digits] {
            found.decisions.extend(service.sql.decisions_of_tx(&tx).await?);
        }
    }
    let filter = AlertFilter { text: Some(text), ..AlertFilter::default() };
    let (alerts, _) = service.sql.alerts(&filter, 10).await?;
    found.alerts = alerts.into_iter().map(|alert| alert.id).collect();
    Ok(Json(found))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(search))
}
