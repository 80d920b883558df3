//! The routes. Each file is one subject; the OpenAPI document is made of the same declarations that
//! answer requests.

mod addresses;
mod alerts;
mod decisions;
pub(crate) mod event_in;
mod events;
mod journal;
mod lists;
pub(crate) mod people;
mod rules;
mod screen;
mod search;
mod stream;
mod system;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use utoipa::ToSchema;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

use crate::accept::Client;
use crate::problem::Problem;
use crate::{Service, assets, published};

/// Largest body of an ordinary request.
const BODY_LEN_MAX: usize = 2 << 20;
/// Characters of an error that are told: it may repeat what was sent.
const DETAIL_LEN_MAX: usize = 300;
/// Items of a page.
const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 500;

/// One page of a list.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

/// A person in few words.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserRef {
    /// Their number.
    pub id: i64,
    /// Their name.
    pub name: String,
}

impl From<(i64, String)> for UserRef {
    fn from((id, name): (i64, String)) -> Self {
        Self { id, name }
    }
}

/// A JSON body whose errors name the field.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Service> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, service: &Service) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or("").trim().to_lowercase());
        if kind.as_deref() != Some("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "body.content_type",
                "send the header 'content-type: application/json'",
            ));
        }
        let bytes = read_body(request, service).await?;
        parse(&bytes).map(Body)
    }
}

/// Reads a whole body within its limits.
async fn read_body(request: Request, service: &Service) -> Result<axum::body::Bytes, Problem> {
    axum::body::Bytes::from_request(request, service).await.map_err(|rejection| {
        let status = rejection.status();
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            return Problem::new(
                status,
                "body.too_large",
                format!("the body has more than {BODY_LEN_MAX} bytes; send several requests"),
            );
        }
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body.incomplete",
            "the body did not come whole and in time; send it again",
        )
    })
}

/// Reads JSON; the problem names the field where one is at fault.
pub(crate) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    // Arrays would pass for objects whose fields stand in this order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        let detail = "it is not a JSON object";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "body.invalid", detail));
    }
    if memchr::memchr(0, bytes).is_some() || memchr::memmem::find(bytes, b"\\u0000").is_some() {
        let detail = "a text holds the character U+0000, which databases cannot keep";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "body.invalid", detail));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let text: String = error.to_string().chars().take(DETAIL_LEN_MAX).collect();
        // serde names the field between back-quotes, after the word.
        let field = text.split_once("field `").and_then(|(_, rest)| rest.split('`').next());
        let field = field.map(str::to_owned);
        let mut problem = Problem::new(StatusCode::BAD_REQUEST, "body.invalid", text);
        problem.field = field;
        problem
    })
}

/// The query of a list.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// From the page before.
    pub cursor: Option<String>,
    /// Items of a page, 1 to 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

impl PageQuery {
    pub(crate) fn limit(&self) -> Result<u32, Problem> {
        match self.limit.unwrap_or(PAGE_DEFAULT) {
            limit @ 1..=PAGE_MAX => Ok(limit),
            limit => {
                let detail = format!("{limit} is not between 1 and {PAGE_MAX}");
                Err(Problem::field("limit", "query.limit", detail))
            }
        }
    }

    pub(crate) fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let parsed = self.cursor.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| {
            Problem::field("cursor", "query.cursor", "it is not a cursor of a page before")
        })
    }
}

/// A query string whose errors are problems.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> axum::extract::FromRequestParts<Service> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &Service,
    ) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            let detail = "a value holds the character U+0000, which nothing here is named by";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "query.invalid", detail));
        }
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Query(query.0)).map_err(|rejection| {
            Problem::new(StatusCode::BAD_REQUEST, "query.invalid", rejection.body_text())
        })
    }
}

/// A path whose errors are problems.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> axum::extract::FromRequestParts<Service> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        service: &Service,
    ) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, service).await;
        path.map(|path| Path(path.0)).map_err(|rejection| {
            Problem::new(StatusCode::NOT_FOUND, "path.invalid", rejection.body_text())
        })
    }
}

/// Values of a query parameter that may stand several times.
fn repeated(query: &str, name: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(known, _)| *known == name).map(|(_, value)| percent_decode(value)).collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) use people::sweep as sweep_sessions;

fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .merge(people::routes())
        .merge(events::routes())
        .merge(screen::routes())
        .merge(decisions::routes())
        .merge(addresses::routes())
        .merge(alerts::routes())
        .merge(lists::routes())
        .merge(rules::routes())
        .merge(journal::routes())
        .merge(search::routes())
        .merge(stream::routes())
        .merge(system::routes())
        .merge(crate::accounts::routes())
}

/// The OpenAPI 3.1 document.
pub fn document() -> OpenApi {
    let (_, mut document) = routes().split_for_parts();
    document.info = InfoBuilder::new()
        .title("Ringfence")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Judges transfers, explains every decision, and proves what was decided. Errors are RFC 9457 problem details with a stable `code`.",
        ))
        .license(Some(
            LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build(),
        ))
        .build();
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key: programs use it."))
        .build();
    components.add_security_scheme("api_key", SecurityScheme::Http(bearer));
    let cookie = ApiKeyValue::with_description(
        crate::auth::COOKIE,
        "A session of the console. Changes also need the header `x-csrf-token`.",
    );
    let customer = ApiKeyValue::with_description(
        crate::accounts::session::COOKIE,
        "A session of a customer. Changes also need the header `x-csrf-token`.",
    );
    let customer = SecurityScheme::ApiKey(ApiKey::Cookie(customer));
    components.add_security_scheme("customer", customer);
    let key = ApiKeyValue::with_description(
        "ringfence-key",
        "A key of a customer's program. `ringfence-timestamp` has seconds since 1970, `ringfence-signature` an Ed25519 signature in base64 over five lines: `ringfence-request-v1`, method, path with query, timestamp, SHA-256 of the body in hexadecimal digits.",
    );
    let key = SecurityScheme::ApiKey(ApiKey::Header(key));
    components.add_security_scheme("customer_key", key);
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    OpenApiBuilder::from(document).build()
}

/// The document as it is checked in.
pub fn document_text() -> String {
    let mut text = document().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

async fn openapi() -> Response {
    static TEXT: std::sync::LazyLock<String> = std::sync::LazyLock::new(document_text);
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

async fn alive() -> &'static str {
    "alive\n"
}

async fn ready(State(service): State<Service>) -> Response {
    let problems = match service.sql.ping().await {
        Ok(()) => service.meter.problems(),
        Err(error) => vec![error.to_string()],
    };
    if problems.is_empty() {
        return "ready\n".into_response();
    }
    // The causes are for those who may sign in: /v1/system has them.
    tracing::warn!(?problems, "not ready");
    (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
}

/// The span of a request, with the names of OpenTelemetry's HTTP conventions.
fn span_of(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = request.method();
    let span = tracing::debug_span!(
        target: crate::TRACE,
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    );
    #[cfg(feature = "otlp")]
    crate::otlp::follow(&span, request.headers());
    span
}

/// Watches a request.
async fn trace(request: Request, next: Next) -> Response {
    let span = span_of(&request);
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    response
}

/// Headers that every answer carries.
async fn protect(State(service): State<Service>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/v1");
    let is_published = published::is_under(request.uri().path());
    let client = request.extensions().get::<Client>().copied();
    let (request, rest) = crate::drain::lend(request);
    let mut response = if service.admits(client.as_ref(), 1.0) {
        next.run(request).await
    } else {
        drop(request);
        service.meter.limited();
        let detail = "this client asks faster than it may; slow down or ask the operator to raise 'rate_per_s'";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate.limited", detail).into_response()
    };
    let is_read = rest.finish().await;
    let headers = response.headers_mut();
    if !is_read {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let fixed: [(HeaderName, &str); 7] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_published {
        let policy = HeaderValue::from_static(published::POLICY);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // Behind a proxy that ends TLS, browsers come by https all the same.
    if service.options.has_tls || service.accounts.base_url.starts_with("https://") {
        let hsts = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
    response
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method.not_allowed",
        "this path does not take the method; /docs lists what it takes",
    )
}

/// The whole service.
pub fn router(service: Service) -> Router {
    let (api, _) = routes().split_for_parts();
    api.route("/openapi.json", get(openapi))
        .route("/docs", get(system::docs))
        .route("/docs.css", get(system::docs_style))
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(system::metrics))
        .route("/reserves", any(published::file))
        .route("/reserves/", any(published::file))
        .route("/reserves/{*path}", any(published::file))
        .merge(crate::accounts::pages())
        .fallback(assets::console)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
        .layer(middleware::from_fn_with_state(service.clone(), protect))
        .layer(middleware::from_fn(trace))
        .with_state(service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_parameters_are_found_and_decoded() {
        let query = "level=hold&x=1&level=de%6ey&level=a+b&leve=no";
        assert_eq!(repeated(query, "level"), ["hold", "deny", "a b"]);
        assert_eq!(percent_decode("%zz%4"), "%zz%4");
    }

    #[test]
    fn the_document_of_the_api_is_checked_in() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == document_text(),
            "docs/openapi.json is stale: run 'cargo run --release -- openapi > docs/openapi.json'"
        );
    }
}
