//! Before an address goes into the book: its normal form, what it looks like, and what is known of it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::destination;
use super::session::Owner;
use super::view::network_name;
use crate::Service;
use crate::api::{Body, event_in};
use crate::problem::Problem;
use crate::view::{LevelView, customer_message};

/// An address to look at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckIn {
    network: String,
    address: String,
}

/// An address of the book that another could be taken for.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct LookAlike {
    address: String,
    label: String,
}

/// What SkyNet says of an address, in the customer's words.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Screened {
    level: LevelView,
    #[schema(required)]
    sentence: Option<String>,
}

/// What is known of an address.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AddressCheck {
    network: String,
    network_name: String,
    /// In the normal form of its network.
    address: String,
    /// Whether it is in the book.
    is_known: bool,
    #[schema(required)]
    looks_like: Option<LookAlike>,
    screening: Screened,
    not_checked: Vec<String>,
}

/// Look at an address before it is added.
#[utoipa::path(post, path = "/v1/my/addresses/check", tag = "customers", operation_id = "check_address",
    request_body = CheckIn,
    responses((status = 200, description = "What is known of it.", body = AddressCheck),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn check(
    State(service): State<Service>,
    owner: Owner,
    Body(body): Body<CheckIn>,
) -> Result<Json<AddressCheck>, Problem> {
    let to = destination(&body.network, &body.address)?;
    let network: model::Network = to.network.parse()?;
    let address = event_in::address("address", network, &to.address)?;
    let account = owner.account(service.accounts.now())?;
    let profile = owner.profile()?;
    let looks_like = account.book.looks_like(&to).map(|entry| {
        let known = &entry.destination;
        let label = profile.label(&known.network, &known.address);
        LookAlike {
            address: known.address.clone(),
            label: label.map_or_else(String::new, |label| label.label.clone()),
        }
    });
    let verdict = service
        .desk
        .ask(move |core| core.engine.explain_address(network, &address).map(|seen| seen.verdict))
        .await??;
    let level = LevelView::from(verdict.level());
    let lead = verdict.reasons().iter().next();
    let message = customer_message(
        level,
        lead.map_or("", |reason| reason.code.as_ref()),
        lead.map_or("", |reason| reason.remedy.as_ref()),
    );
    Ok(Json(AddressCheck {
        network_name: network_name(&to.network),
        is_known: account.book.find(&to).is_some(),
        looks_like,
        screening: Screened { level, sentence: message.map(|message| message.text) },
        not_checked: service.not_checked().await?,
        network: to.network,
        address: to.address,
    }))
}

/// A network that money can go to.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct NetworkEntry {
    /// CAIP-2 id.
    id: String,
    name: String,
    symbol: String,
}

/// Networks that money can go to: those of which the exchange tells prices.
#[utoipa::path(get, path = "/v1/my/networks", tag = "customers", operation_id = "list_networks",
    responses((status = 200, description = "Networks.", body = Vec<NetworkEntry>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn networks(
    State(service): State<Service>,
    _: Owner,
) -> Result<Json<Vec<NetworkEntry>>, Problem> {
    let mut ids: Vec<String> =
        service.sql.asset_prices().await?.into_iter().map(|price| price.network).collect();
    ids.dedup();
    let networks = ids.into_iter().filter_map(|id| {
        let network: model::Network = id.parse().ok()?;
        Some(NetworkEntry { id, name: network.name(), symbol: network.symbol().to_owned() })
    });
    Ok(Json(networks.collect()))
}
