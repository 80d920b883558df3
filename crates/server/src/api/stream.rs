//! Live streams as server-sent events. A stream that was cut goes on where it was: decisions above
//! allow that were missed come first, from the database.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Query;
use super::alerts::Alert;
use crate::Service;
use crate::act::News;
use crate::auth::{Caller, Scope};
use crate::problem::Problem;
use crate::view::{StoredDetail, show_time};

/// Messages that wait for a slow reader before it is cut off.
const WAITING_MAX: usize = 1_024;
/// Missed decisions that a resumed stream sends; the pages of `/v1/decisions` have those before.
const RESUMED_MAX: u32 = 10_000;
/// A comment keeps proxies from closing a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Decisions by level.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct ByLevel {
    pub(super) allow: u64,
    pub(super) challenge: u64,
    pub(super) hold: u64,
    pub(super) deny: u64,
}

impl From<[u64; 4]> for ByLevel {
    fn from([allow, challenge, hold, deny]: [u64; 4]) -> Self {
        Self { allow, challenge, hold, deny }
    }
}

/// Time from a batch's begin to its answers, in microseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Latency)]
pub(super) struct LatencyView {
    pub(super) p50: u64,
    pub(super) p99: u64,
}

/// Once a second.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Tick {
    at: String,
    decisions_total: u64,
    per_s: u64,
    by_level: ByLevel,
    latency_us: LatencyView,
    open_alerts: u64,
    /// Allows of the last second that were not sent one by one.
    sampled_out: u64,
}

/// What is streamed.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct StreamQuery {
    /// `decisions`, `alerts`, `ticks`, joined by commas; all by default.
    topics: Option<String>,
}

fn message(event: &str, id: Option<u64>, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    let id = id.map_or_else(String::new, |id| format!("id: {id}\n"));
    Bytes::from(format!("event: {event}\n{id}data: {data}\n\n"))
}

/// Decisions and alerts as they come.
///
/// Events: `decision` (every decision above allow, and at most 20 allows a second; its id is the
/// journal entry), `alert` (opened or changed), `tick` (once a second). Send `Last-Event-ID` to go
/// on after a cut.
#[utoipa::path(get, path = "/v1/stream", tag = "decisions", operation_id = "stream",
    params(StreamQuery, ("Last-Event-ID" = Option<String>, Header, description = "Id of the last decision that was received.")),
    responses((status = 200, description = "Server-sent events; the data of `tick` is a Tick.", body = Tick, content_type = "text/event-stream"),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn stream(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<StreamQuery>,
) -> Result<Response, Problem> {
    caller.may(Scope::Read)?;
    let topics = query.topics.unwrap_or_else(|| "decisions,alerts,ticks".to_owned());
    let mut wants = [false; 3];
    for topic in topics.split(',').map(str::trim).filter(|topic| !topic.is_empty()) {
        let place = ["decisions", "alerts", "ticks"].iter().position(|known| *known == topic);
        let place = place.ok_or_else(|| {
            let detail = format!("'{topic}' is none of decisions, alerts, ticks");
            Problem::field("topics", "query.topics", detail)
        })?;
        wants[place] = true;
    }
    let last = match headers.get("last-event-id") {
        None => None,
        Some(value) => {
            let parsed = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
            Some(parsed.ok_or_else(|| {
                Problem::field("last-event-id", "stream.resume", "it is not the id of a decision")
            })?)
        }
    };
    let news = service.actor.watch();
    let (out, messages) = mpsc::channel(WAITING_MAX);
    tokio::spawn(feed(service, caller, news, wants, last, out));
    let body = futures_util::stream::unfold(messages, |mut messages| async {
        let bytes: Option<Bytes> = messages.recv().await;
        bytes.map(|bytes| (Ok::<_, std::convert::Infallible>(bytes), messages))
    });
    let kind = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    let mut response = (kind, Body::from_stream(body)).into_response();
    // Proxies of the nginx kind would collect messages otherwise.
    response.headers_mut().insert("x-accel-buffering", header::HeaderValue::from_static("no"));
    Ok(response)
}

async fn feed(
    service: Service,
    caller: Caller,
    mut news: broadcast::Receiver<News>,
    [decisions, alerts, ticks]: [bool; 3],
    last: Option<u64>,
    out: mpsc::Sender<Bytes>,
) {
    let mut stop = service.stop.clone();
    let mut sent_until = 0;
    if decisions && let Some(last) = last {
        // A database that does not answer is no proof that nothing was missed.
        let Ok(rows) = service.sql.decisions_after(last, RESUMED_MAX).await else { return };
        for row in rows {
            sent_until = row.journal_index;
            if let Ok(detail) = serde_json::from_str::<StoredDetail>(&row.detail) {
                let id = Some(row.journal_index);
                if out.send(message("decision", id, &detail.decision)).await.is_err() {
                    return;
                }
            }
        }
    }
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    loop {
        let bytes = tokio::select! {
            () = async { drop(stop.wait_for(|is_stopping| *is_stopping).await) } => return,
            _ = heartbeat.tick() => {
                // A stream ends with the session or key that opened it.
                if !caller.is_still_admitted(&service).await {
                    return;
                }
                Bytes::from_static(b": still here\n\n")
            }
            _ = second.tick(), if ticks => match tick(&service).await {
                Some(tick) => message("tick", None, &tick),
                None => continue,
            },
            told = news.recv() => match told {
                Ok(News::Decision(view)) if decisions && view.index <= sent_until => continue,
                Ok(News::Decision(view)) if decisions => {
                    message("decision", Some(view.index), view.as_ref())
                }
                Ok(News::Alert(id)) if alerts => match service.sql.alert(id).await {
                    Ok(row) => message("alert", None, &Alert::from(&row)),
                    Err(_) => continue,
                },
                Ok(_) => continue,
                // A reader that cannot keep up reconnects and gets what it missed.
                Err(_) => return,
            },
        };
        if out.try_send(bytes).is_err() {
            return;
        }
    }
}

async fn tick(service: &Service) -> Option<Tick> {
    let second = service.meter.history().last().copied().unwrap_or_default();
    let open_alerts = service.open_alerts.load(std::sync::atomic::Ordering::Relaxed);
    Some(Tick {
        at: show_time(crate::now_s()),
        decisions_total: service.meter.by_level().iter().sum(),
        per_s: second.total(),
        by_level: second.by_level.into(),
        latency_us: LatencyView { p50: second.p50_us, p99: second.p99_us },
        open_alerts,
        sampled_out: service.sampled_out.load(std::sync::atomic::Ordering::Relaxed),
    })
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(stream))
}
