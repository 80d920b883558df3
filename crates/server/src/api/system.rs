//! How the server itself is doing, and the page that describes the API.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::Path;
use store::sql::Dialect;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::stream::{ByLevel, LatencyView};
use crate::auth::{Caller, Scope};
use crate::problem::Problem;
use crate::view::show_time;
use crate::{Service, SourceState};

/// Points of the series that the page draws.
const POINTS: usize = 300;
/// Folders of the data directory whose size is told.
const FOLDERS: [&str; 5] = ["journal", "events", "state", "intel", "trail"];
/// How long measured sizes hold.
const SIZES_S: u64 = 30;
/// Files that are counted in a folder, so that a page costs a bounded time.
const FILES_MAX: usize = 200_000;

/// Size of a part of the data directory.
#[derive(Serialize, Deserialize, ToSchema)]
struct StoragePart {
    name: String,
    bytes: u64,
}

/// A state that was saved.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = SavedState)]
struct SavedStateView {
    journal_size: u64,
    at: String,
    bytes: u64,
    /// How long decisions waited for it.
    pause_ms: u64,
}

/// The last minutes, the oldest first.
#[derive(Serialize, Deserialize, ToSchema)]
struct Series {
    step_s: u64,
    per_s: Vec<u64>,
    p99_us: Vec<u64>,
    /// Decisions above allow.
    held: Vec<u64>,
}

/// A key of the configuration.
#[derive(Serialize, Deserialize, ToSchema)]
struct ConfigValue {
    name: String,
    value: String,
    doc: String,
}

/// How the server is doing.
#[derive(Serialize, Deserialize, ToSchema)]
struct System {
    version: String,
    started_at: String,
    is_demo: bool,
    /// `sqlite` or `postgresql`.
    database: String,
    /// `ready`, `recovering` or `degraded`.
    state: String,
    /// What is wrong, in sentences.
    degraded: Vec<String>,
    decisions_total: u64,
    per_s: u64,
    latency_us: LatencyView,
    by_level: ByLevel,
    addresses: u64,
    addresses_hot: u64,
    /// Resident memory.
    memory_bytes: u64,
    storage: Vec<StoragePart>,
    disk_free_bytes: u64,
    snapshots: Vec<SavedStateView>,
    sources: Vec<SourceState>,
    series: Series,
    config: Vec<ConfigValue>,
}

fn size_of(path: &Path, files: &mut usize) -> u64 {
    let Ok(meta) = std::fs::symlink_metadata(path) else { return 0 };
    if !meta.is_dir() {
        return meta.len();
    }
    let Ok(items) = std::fs::read_dir(path) else { return 0 };
    let mut bytes = 0;
    for item in items.flatten() {
        *files += 1;
        if *files > FILES_MAX {
            break;
        }
        bytes += size_of(&item.path(), files);
    }
    bytes
}

fn memory_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}

/// How the server is doing.
#[utoipa::path(get, path = "/v1/system", tag = "system", operation_id = "get_system",
    responses((status = 200, description = "Its state.", body = System),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn system(State(service): State<Service>, caller: Caller) -> Result<Json<System>, Problem> {
    caller.may(Scope::Read)?;
    let mut degraded = service.meter.problems();
    let is_degraded = !degraded.is_empty();
    // What is not sent holds nothing up; people are told of it all the same.
    degraded.extend(service.accounts.not_sent(&service.sql).await?);
    degraded.extend(
        service
            .not_checked()
            .await?
            .into_iter()
            .filter(|known| !service.meter.problems().contains(known)),
    );
    let (addresses, hot, root) = service
        .desk
        .ask(|core| {
            let root = core.data.root().to_owned();
            let net = core.engine.net();
            let seen = net.book().len() as u64;
            (seen, net.table().usage().0 as u64, root)
        })
        .await?;
    let measured = Service::clone(&service);
    let sized = tokio::task::spawn_blocking(move || {
        let free = store::free_bytes(&root);
        let now_s = crate::now_s();
        let mut known = measured.sizes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if now_s >= known.0 + SIZES_S {
            let mut files = 0;
            let sizes = FOLDERS
                .iter()
                .map(|name| ((*name).to_owned(), size_of(&root.join(name), &mut files)));
            *known = (now_s, sizes.collect());
        }
        (known.1.clone(), free)
    });
    let (sizes, disk_free_bytes) = sized.await.map_err(Problem::internal)?;
    let storage = sizes.into_iter().map(|(name, bytes)| StoragePart { name, bytes }).collect();
    let history = service.meter.history();
    let late = &history[history.len().saturating_sub(POINTS)..];
    let last = history.last().copied().unwrap_or_default();
    let saved = service.meter.saved_states().into_iter();
    let sources = service.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    Ok(Json(System {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: show_time(service.started_at),
        is_demo: service.options.is_demo,
        database: match service.sql.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgresql",
        }
        .to_owned(),
        state: if is_degraded { "degraded" } else { "ready" }.to_owned(),
        degraded,
        decisions_total: service.meter.by_level().iter().sum(),
        per_s: last.total(),
        latency_us: LatencyView { p50: last.p50_us, p99: last.p99_us },
        by_level: service.meter.by_level().into(),
        addresses,
        addresses_hot: hot,
        memory_bytes: memory_bytes(),
        storage,
        disk_free_bytes,
        snapshots: saved
            .map(|state| SavedStateView {
                journal_size: state.journal_size,
                at: show_time(state.at),
                bytes: state.bytes,
                pause_ms: state.pause_ms,
            })
            .collect(),
        sources,
        series: Series {
            step_s: 1,
            per_s: late.iter().map(crate::meter::Second::total).collect(),
            p99_us: late.iter().map(|second| second.p99_us).collect(),
            held: late.iter().map(|second| second.total() - second.by_level[0]).collect(),
        },
        config: service
            .options
            .config
            .iter()
            .map(|(name, value, doc)| ConfigValue {
                name: name.clone(),
                value: value.clone(),
                doc: doc.clone(),
            })
            .collect(),
    }))
}

/// What Prometheus reads.
pub(super) async fn metrics(State(service): State<Service>) -> Result<Response, Problem> {
    let (size, addresses) = service
        .desk
        .ask(|core| (core.data.journal().head().0, core.engine.net().book().len()))
        .await?;
    let open = service.open_alerts.load(std::sync::atomic::Ordering::Relaxed);
    let is_degraded = !service.meter.problems().is_empty();
    let mut gauges: Vec<(&str, &str, f64)> = vec![
        ("ringfence_journal_entries", "Entries of the journal.", size as f64),
        ("ringfence_addresses", "Addresses seen.", addresses as f64),
        ("ringfence_open_alerts", "Alerts that are not closed.", open as f64),
        ("ringfence_memory_bytes", "Resident memory.", memory_bytes() as f64),
        ("ringfence_degraded", "1 when something is wrong.", f64::from(u8::from(is_degraded))),
    ];
    let behind = service.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let behind = behind.iter().filter_map(|source| source.behind_s).max();
    gauges.push((
        "ringfence_source_behind_seconds",
        "How far the slowest followed chain is behind.",
        behind.unwrap_or(0) as f64,
    ));
    let text = service.meter.prometheus(&gauges);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The API on one readable page, made of the OpenAPI document.
pub(super) async fn docs() -> Response {
    static PAGE: std::sync::LazyLock<String> = std::sync::LazyLock::new(page);
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], PAGE.as_str()).into_response()
}

fn page() -> String {
    let document = serde_json::to_value(super::document()).unwrap_or_default();
    let mut body = String::new();
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    for (path, item) in &paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Some(summary) = operation["summary"].as_str() else { continue };
            let text = operation["description"].as_str().unwrap_or("");
            let _ = write!(
                body,
                "<section id=\"{0}\"><h2><b>{1}</b> <code>{2}</code></h2><p>{3}</p>",
                escape(operation["operationId"].as_str().unwrap_or("")),
                escape(&method.to_uppercase()),
                escape(path),
                escape(summary)
            );
            if !text.is_empty() {
                let _ = write!(body, "<p>{}</p>", escape(text));
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let _ = write!(
                    body,
                    "<p><code>{}</code> {}</p>",
                    escape(parameter["name"].as_str().unwrap_or("")),
                    escape(parameter["description"].as_str().unwrap_or(""))
                );
            }
            let schema = |value: &serde_json::Value| {
                let name = value["$ref"].as_str().and_then(|name| name.rsplit('/').next());
                name.map(str::to_owned)
            };
            let content = operation["requestBody"]["content"].as_object();
            for (kind, part) in content.into_iter().flatten() {
                if let Some(name) = schema(&part["schema"]) {
                    let _ = write!(
                        body,
                        "<p>Takes <a href=\"#schema-{0}\">{0}</a> as <code>{1}</code></p>",
                        escape(&name),
                        escape(kind)
                    );
                }
            }
            for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
                let names = answer["content"].as_object().into_iter().flatten();
                let names: Vec<String> =
                    names.filter_map(|(_, part)| schema(&part["schema"])).collect();
                let _ = write!(
                    body,
                    "<p><code>{}</code> {} {}</p>",
                    escape(status),
                    escape(answer["description"].as_str().unwrap_or("")),
                    names
                        .iter()
                        .map(|name| format!("<a href=\"#schema-{0}\">{0}</a>", escape(name)))
                        .collect::<Vec<_>>()
                        .join(", ")
                );
            }
            body.push_str("</section>");
        }
    }
    body.push_str("<h1>Schemas</h1>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let text = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(
            body,
            "<section id=\"schema-{0}\"><h2>{0}</h2><pre>{1}</pre></section>",
            escape(name),
            escape(&text)
        );
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Ringfence API</title><link rel=\"stylesheet\" href=\"/docs.css\"><main><h1>Ringfence API</h1><p>Programs send <code>authorization: Bearer rf_…</code>. Errors are problem details (RFC 9457) with a stable <code>code</code>. The document itself: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1).</p>{body}</main></html>"
    )
}

/// The style of that page.
pub(super) async fn docs_style() -> Response {
    const STYLE: &str = ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0}main{max-width:56rem;margin:0 auto;padding:2rem 1rem}section{border-top:1px solid #8884;padding:.5rem 0}h2{font-size:1rem}code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow:auto}p{margin:.25rem 0}";
    ([(header::CONTENT_TYPE, "text/css")], STYLE).into_response()
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(system))
}
