//! Who asks for a withdrawal, or reads one: a session, a key that has signed the whole request, a program or
//! somebody of the exchange.

use account::time::At;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use store::sql::{AccountKeyRow, CustomerRow};

use crate::Service;
use crate::accounts::change::Doer;
use crate::accounts::session::{Origin, Owner};
use crate::accounts::view::withdraws_until;
use crate::auth::{Caller, Scope, cookie};
use crate::problem::Problem;

/// Who asks for a withdrawal.
pub(super) enum Asker {
    Owner(Box<Owner>),
    Key { key: Box<AccountKeyRow>, customer: Box<CustomerRow>, origin: Origin },
}

impl Asker {
    pub(super) fn customer(&self) -> &CustomerRow {
        match self {
            Asker::Owner(owner) => &owner.customer,
            Asker::Key { customer, .. } => customer,
        }
    }

    pub(super) fn origin(&self) -> &Origin {
        match self {
            Asker::Owner(owner) => &owner.origin,
            Asker::Key { origin, .. } => origin,
        }
    }

    pub(super) fn doer(&self) -> Doer {
        match self {
            Asker::Owner(owner) => owner.doer(),
            Asker::Key { origin, key, .. } => Doer {
                name: "a key",
                device: Some(key.name.clone()),
                ip: Some(origin.ip.to_string()),
            },
        }
    }

    pub(super) fn key(&self) -> Option<&AccountKeyRow> {
        match self {
            Asker::Owner(_) => None,
            Asker::Key { key, .. } => Some(key),
        }
    }
}

/// The text that a key's program signs.
pub(super) fn signed_by_key<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| text.len() <= 200)
}

/// Whose key has signed a request.
pub(super) async fn by_key(
    service: &Service,
    parts: &axum::http::request::Parts,
    uri: &Uri,
    body: &[u8],
    wants: &str,
) -> Result<Asker, Problem> {
    let refused = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, "key.refused", detail);
    let headers = &parts.headers;
    let (Some(id), Some(timestamp), Some(signature)) = (
        signed_by_key(headers, "ringfence-key"),
        signed_by_key(headers, "ringfence-timestamp"),
        signed_by_key(headers, "ringfence-signature"),
    ) else {
        return Err(refused(
            "send ringfence-key, ringfence-timestamp and ringfence-signature, each once",
        ));
    };
    let key = service.sql.account_key(id).await?;
    let key = key.ok_or_else(|| refused("the key is not known or was revoked"))?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let signed =
        credential::request::Signed { method: parts.method.as_str(), path, timestamp, body };
    signed
        .verify(&key.public_key, signature, At(crate::now_s()))
        .map_err(|error| refused(&error.to_string()))?;
    let origin = Origin::of(parts);
    let from = origin.ip.to_canonical().to_string();
    if !key.ips.is_empty() && !key.ips.split(' ').any(|ip| ip == from) {
        return Err(refused("the key is bound to other addresses than the one this comes from"));
    }
    if !key.scopes.split(' ').any(|scope| scope == wants) {
        let detail = format!("the key lacks the scope '{wants}'");
        return Err(Problem::new(StatusCode::FORBIDDEN, "auth.scope", detail));
    }
    let now_s = service.accounts.now().0.cast_signed();
    if wants == "withdraw" && withdraws_until(&key).is_none_or(|until| until <= now_s) {
        let detail =
            "the key was not used for 90 days and does not withdraw any more: make a new one";
        return Err(Problem::new(StatusCode::FORBIDDEN, "key.unused", detail));
    }
    service.sql.touch_account_key(&key.id, now_s).await?;
    let customer = service.sql.customer(&key.customer_id).await?;
    let customer = customer.ok_or_else(|| Problem::internal("a key without its customer"))?;
    Ok(Asker::Key { key: Box::new(key), customer: Box::new(customer), origin })
}

/// Who asks, from a session or a signature over the whole request.
pub(super) async fn asker(
    service: &Service,
    request: axum::extract::Request,
    wants: &str,
) -> Result<(Asker, Bytes), Problem> {
    use axum::extract::FromRequestParts as _;
    let (mut parts, body) = request.into_parts();
    let limit = 64 << 10;
    let bytes = axum::body::to_bytes(body, limit).await.map_err(|_| {
        let detail = format!("the body has more than {limit} bytes or did not come whole");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", detail)
    })?;
    if parts.headers.contains_key("ringfence-key") {
        let uri = parts.uri.clone();
        return Ok((by_key(service, &parts, &uri, &bytes, wants).await?, bytes));
    }
    let owner = Owner::from_request_parts(&mut parts, service).await?;
    Ok((Asker::Owner(Box::new(owner)), bytes))
}

/// Who may see withdrawals: their owner, a key, programs and people of the exchange.
pub(super) enum Reader {
    Owner(Box<Owner>),
    Key(String),
    Exchange,
}

pub(super) async fn reader(
    service: &Service,
    request: axum::extract::Request,
) -> Result<Reader, Problem> {
    use axum::extract::FromRequestParts as _;
    let (mut parts, _) = request.into_parts();
    if parts.headers.contains_key("ringfence-key") {
        let uri = parts.uri.clone();
        let Asker::Key { customer, .. } = by_key(service, &parts, &uri, b"", "read").await? else {
            return Err(Problem::internal("a key that is none"));
        };
        return Ok(Reader::Key(customer.id));
    }
    let is_program = parts.headers.contains_key(axum::http::header::AUTHORIZATION);
    if !is_program && cookie(&parts.headers, crate::accounts::session::COOKIE).is_some() {
        let owner = Owner::from_request_parts(&mut parts, service).await?;
        return Ok(Reader::Owner(Box::new(owner)));
    }
    let caller = Caller::from_request_parts(&mut parts, service).await?;
    match &caller {
        Caller::Program { .. } => caller.may(Scope::Withdrawals)?,
        Caller::Person { .. } => {
            caller.person(crate::auth::WITHDRAWAL_ROLES)?;
        }
    }
    Ok(Reader::Exchange)
}
