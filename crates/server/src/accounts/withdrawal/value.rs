//! What assets are worth, as the exchange tells it, and amounts in whole units.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::sql::AssetPriceRow;
use utoipa::ToSchema;

use crate::Service;
use crate::accounts::session::Owner;
use crate::api::{Body, event_in};
use crate::auth::{Caller, Scope};
use crate::problem::Problem;
use crate::view::show_seconds;

/// Digits after the point of an asset.
pub(super) const DECIMALS_MAX: u32 = 30;

/// An amount in whole units, exactly.
pub(crate) fn whole_units(amount: &str, decimals: u32) -> String {
    let digits = amount.trim_start_matches('0');
    let places = decimals as usize;
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, part) = padded.split_at(padded.len() - places);
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

/// What an amount is worth, in cents, rounded up; nothing when it is beyond what can be counted.
pub(super) fn value_of(amount: model::Amount, price: &AssetPriceRow) -> Option<u64> {
    let decimals = u32::try_from(price.decimals).ok().filter(|d| *d <= DECIMALS_MAX)?;
    let amount: u128 = amount.to_string().parse().ok()?;
    let price = u128::try_from(price.price_cents).ok()?;
    let unit = 10u128.pow(decimals);
    let (whole, part) = (amount / unit, amount % unit);
    let whole = whole.checked_mul(price)?;
    // The part is below one unit: what it is worth is below the price, and is counted without overflow.
    let part = match part.checked_mul(price) {
        Some(product) => product.div_ceil(unit),
        None => price,
    };
    let value = u64::try_from(whole.checked_add(part)?).ok()?;
    (value <= i64::MAX as u64).then_some(value)
}

impl Service {
    pub(super) async fn price_of(
        &self,
        network: &str,
        asset: &str,
    ) -> Result<Option<AssetPriceRow>, Problem> {
        let prices = self.sql.asset_prices().await?;
        Ok(prices.into_iter().find(|price| price.network == network && price.asset == asset))
    }
}

/// What an asset is worth.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssetPrice {
    /// CAIP-2 id, or a name.
    network: String,
    /// `native`, or a CAIP-19 id.
    asset: String,
    symbol: String,
    decimals: u32,
    /// Cents of the accounts' currency for one whole unit; null where it is not known.
    #[schema(required)]
    price_cents: Option<u64>,
    /// From when.
    #[schema(required)]
    price_at: Option<String>,
}

/// Prices.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PricesIn {
    prices: Vec<AssetPrice>,
}

/// Tell what assets are worth. A withdrawal of an asset without a price of the last day is held.
#[utoipa::path(put, path = "/v1/asset-prices", tag = "withdrawals", operation_id = "put_asset_prices",
    request_body = PricesIn,
    responses((status = 204, description = "Kept."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("api_key" = [])))]
pub(crate) async fn put_prices(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<PricesIn>,
) -> Result<StatusCode, Problem> {
    caller.may(Scope::Withdrawals)?;
    if matches!(caller, Caller::Person { .. }) {
        caller.person(crate::auth::ADMIN_ROLES)?;
    }
    if body.prices.len() > 10_000 {
        let detail = "there are more than 10,000 prices: send several requests";
        return Err(Problem::field("prices", "body.too_large", detail));
    }
    let now_s = crate::now_s();
    for price in body.prices {
        let network: model::Network = price.network.parse()?;
        event_in::asset("prices.asset", network, &price.asset)?;
        let price_at = match &price.price_at {
            Some(text) => event_in::parse_time("prices.price_at", text)?,
            None => now_s,
        };
        let price_cents = price.price_cents.and_then(|cents| i64::try_from(cents).ok());
        let price_cents = price_cents.ok_or_else(|| {
            Problem::field("prices.price_cents", "price.invalid", "it is missing or too large")
        })?;
        if price.decimals > DECIMALS_MAX {
            let detail = format!("an asset has at most {DECIMALS_MAX} digits after the point");
            return Err(Problem::field("prices.decimals", "price.invalid", detail));
        }
        let symbol = crate::accounts::enrol::checked_name("prices.symbol", &price.symbol)?;
        service
            .sql
            .put_asset_price(&AssetPriceRow {
                network: network.to_string(),
                asset: price.asset,
                symbol,
                decimals: i64::from(price.decimals),
                price_cents,
                price_at: price_at.cast_signed(),
            })
            .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Assets that can be withdrawn.
#[utoipa::path(get, path = "/v1/my/assets", tag = "customers", operation_id = "list_assets",
    responses((status = 200, description = "Assets with what they are worth.", body = Vec<AssetPrice>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn assets(
    State(service): State<Service>,
    _: Owner,
) -> Result<Json<Vec<AssetPrice>>, Problem> {
    let prices = service.sql.asset_prices().await?;
    let view = |row: AssetPriceRow| AssetPrice {
        network: row.network,
        asset: row.asset,
        symbol: row.symbol,
        decimals: u32::try_from(row.decimals).unwrap_or(0),
        price_cents: u64::try_from(row.price_cents).ok(),
        price_at: Some(show_seconds(row.price_at)),
    };
    Ok(Json(prices.into_iter().map(view).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_whole_and_exactly() {
        assert_eq!(whole_units("1500000000000000000", 18), "1.5");
        assert_eq!(whole_units("1", 18), "0.000000000000000001");
        assert_eq!(whole_units("1000000", 6), "1");
        assert_eq!(whole_units("42", 0), "42");
        assert_eq!(whole_units("0", 2), "0");
    }

    #[test]
    fn a_value_is_rounded_up_and_never_wraps() {
        let price = |price_cents, decimals| AssetPriceRow {
            network: String::new(),
            asset: String::new(),
            symbol: String::new(),
            decimals,
            price_cents,
            price_at: 0,
        };
        let value = |amount: &str, price: &AssetPriceRow| {
            value_of(event_in::amount("amount", amount).unwrap(), price)
        };
        assert_eq!(value("1500000000000000000", &price(200_000, 18)), Some(300_000));
        assert_eq!(value("1", &price(200_000, 18)), Some(1));
        assert_eq!(value(&"9".repeat(39), &price(i64::MAX, 0)), None);
        assert_eq!(value(&"9".repeat(70), &price(1, 18)), None);
        let nearly_one = value("999999999999999999", &price(i64::MAX, 18));
        assert_eq!(nearly_one, Some(9_223_372_036_854_775_798));
    }
}
