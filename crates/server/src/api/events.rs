//! Events in: one as JSON, many as lines. Every answer is given after its decision is on the disk.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::event_in::EventIn;
use super::parse;
use crate::Service;
use crate::auth::{Caller, Scope};
use crate::desk::{Answer, DeskError, Item};
use crate::problem::Problem;
use crate::view::{LevelView, ReasonView, Severity, StoredDetail};

/// Longest line of a stream, and longest single event.
const LINE_LEN_MAX: usize = 1 << 20;
/// Events of a stream that are decided together.
const LINES_TOGETHER: usize = 2_048;
/// Parts of a stream that are on their way at once: one is read while another is decided.
const PARTS_AHEAD: usize = 2;
/// How often a full desk is asked again before a stream is told to slow down.
const BUSY_TRIES: u32 = 50;

/// What became of a transfer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
struct Outcome {
    /// Its journal entry: ask for the receipt with it.
    index: u64,
    level: LevelView,
    severity: Severity,
    /// The rule that asks for the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lead: Option<String>,
    /// Why, for levels above allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonView>,
}

/// What became of an event.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
struct EventAnswer {
    /// Your id.
    id: String,
    /// `decided` now, or `known` from before.
    status: String,
    /// The strictest level of its transfers.
    level: LevelView,
    /// One for each transfer, in order.
    decisions: Vec<Outcome>,
}

fn outcome(decision: &engine::Decision) -> Outcome {
    let reasons = decision.verdict.iter().flat_map(|verdict| verdict.reasons());
    Outcome {
        index: decision.index,
        level: decision.level.into(),
        severity: Severity::of(decision.level, !decision.fired.is_empty()),
        lead: decision.lead.clone(),
        reasons: reasons.map(ReasonView::from).collect(),
    }
}

fn conflict(id: &str) -> Problem {
    let detail = format!(
        "another event was sent with the id '{id}'; give every event an id of its own, or send the same content again"
    );
    Problem::new(StatusCode::CONFLICT, "event.conflict", detail)
}

/// What was decided before, from the record.
async fn known_outcomes(
    service: &Service,
    entries: std::ops::Range<u64>,
) -> Result<Vec<Outcome>, Problem> {
    let sql = service.sql.clone();
    let read = service.desk.ask(move |core| {
        let mut outcomes = Vec::new();
        for index in entries {
            let entry = core.data.journal().entry(index)?;
            let recorded = engine::record::decode(&entry).filter(|found| !found.is_screening);
            let Some(recorded) = recorded else { continue };
            let view = crate::view::recorded(&mut core.engine, index, &recorded);
            outcomes.push(Outcome {
                index,
                level: view.level,
                severity: view.severity,
                lead: view.lead,
                reasons: Vec::new(),
            });
        }
        Ok::<_, store::StoreError>(outcomes)
    });
    let mut outcomes = read.await??;
    // Reasons are kept beside the journal.
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.level != LevelView::Allow) {
        if let Some(row) = sql.find_decision(outcome.index).await?
            && let Ok(detail) = serde_json::from_str::<StoredDetail>(&row.detail)
        {
            (outcome.reasons, outcome.lead) = (detail.reasons, detail.decision.lead);
        }
    }
    Ok(outcomes)
}

async fn answer(service: &Service, id: String, answer: Answer) -> Result<EventAnswer, Problem> {
    let (status, decisions) = match answer {
        Answer::Decided(decisions) => ("decided", decisions.iter().map(outcome).collect()),
        Answer::Known(entries) => ("known", known_outcomes(service, entries).await?),
        Answer::Conflict => return Err(conflict(&id)),
    };
    let level = decisions.iter().map(|outcome: &Outcome| outcome.level.number()).max();
    Ok(EventAnswer {
        id,
        status: status.to_owned(),
        level: LevelView::of_number(level.unwrap_or(0)),
        decisions,
    })
}

/// Send events and have them judged.
///
/// One event as `application/json`, or any number as `application/x-ndjson`, one a line, plain or
/// with `content-encoding: gzip` or `zstd`. The answer to lines has a line for each event above
/// allow and for each line at fault (`{"line": 7, "error": …}`; the others are decided all the
/// same), and ends with `{"summary": …}`. With `?answers=all` every event gets a line.
#[utoipa::path(post, path = "/v1/events", tag = "events", operation_id = "send_events",
    params(("answers" = Option<String>, Query, description = "`all`: a line for every event of a stream.")),
    request_body(content((EventIn = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 200, description = "Decided, and on the disk.",
               content((EventAnswer = "application/json"), (String = "application/x-ndjson"))),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("api_key" = []), ("session" = [])))]
async fn send(
    State(service): State<Service>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Scope::EventsWrite)?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or("").trim().to_lowercase());
    match kind.as_deref() {
        Some("application/json") if request.headers().contains_key(header::CONTENT_ENCODING) => {
            Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "body.encoding",
                "single events come plain; send lines to compress them",
            ))
        }
        Some("application/json") => {
            let bytes = Bytes::from_request(request, &service).await.map_err(|rejection| {
                let status = rejection.status();
                if status == StatusCode::PAYLOAD_TOO_LARGE {
                    let detail = "the event is too large; split it, or send lines";
                    Problem::new(status, "body.too_large", detail)
                } else {
                    let detail = "the body did not come whole and in time; send it again";
                    Problem::new(StatusCode::REQUEST_TIMEOUT, "body.incomplete", detail)
                }
            })?;
            let event: EventIn<'_> = parse(&bytes)?;
            let (key, transaction) = event.parse(&caller.name(), crate::now_s())?;
            let item = Item { key, transaction };
            let mut answers = service.desk.decide(vec![item]).await?;
            let first = answers.pop().ok_or_else(|| Problem::internal("no answer"))?;
            Ok(Json(answer(&service, event.id.into_owned(), first).await?).into_response())
        }
        Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => {
            let encoding = request.headers().get(header::CONTENT_ENCODING);
            let encoding = encoding.and_then(|value| value.to_str().ok()).unwrap_or("identity");
            let decoder = Inflate::new(encoding)?;
            let wants_all = request.uri().query().is_some_and(|query| {
                super::repeated(query, "answers").iter().any(|value| value == "all")
            });
            let sender = caller.name();
            let (lines, answers) = mpsc::channel(PARTS_AHEAD * 2);
            let lines = Arc::new(Held::new(lines));
            let body = request.into_body();
            tokio::spawn(stream(service, sender, body, decoder, wants_all, lines));
            let stream = futures_util::stream::unfold(answers, |mut answers| async {
                let bytes: Option<Bytes> = answers.recv().await;
                bytes.map(|bytes| (Ok::<_, std::convert::Infallible>(bytes), answers))
            });
            let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
            Ok((kind, Body::from_stream(stream)).into_response())
        }
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "body.content_type",
            "send 'content-type: application/json' with one event, or 'application/x-ndjson' with one a line",
        )),
    }
}

/// Plain, gzip or zstd bytes to plain ones, a piece at a time: a bomb unpacks into bounded lines
/// that are judged and dropped, never into memory.
enum Inflate {
    Plain,
    Gzip(Box<MultiGzDecoder<Bounded>>),
    Zstd(Box<zstd::stream::zio::Writer<Bounded, zstd::stream::raw::Decoder<'static>>>),
}

/// What a piece may unpack to: text of events packs to a tenth or a hundredth, bombs to a
/// hundred-thousandth.
const UNPACKED_MAX: usize = 8 << 20;

/// Takes unpacked bytes up to a bound.
#[derive(Default)]
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > UNPACKED_MAX {
            return Err(std::io::Error::other("it unpacks to more than any events do"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Inflate {
    fn new(encoding: &str) -> Result<Self, Problem> {
        match encoding.to_ascii_lowercase().as_str() {
            "identity" | "" => Ok(Inflate::Plain),
            "gzip" | "x-gzip" => {
                Ok(Inflate::Gzip(Box::new(MultiGzDecoder::new(Bounded::default()))))
            }
            "zstd" => {
                let mut decoder = zstd::stream::raw::Decoder::new().map_err(Problem::internal)?;
                // 8 MiB windows are what compressors use; more is asked for to exhaust memory.
                let window = zstd::stream::raw::DParameter::WindowLogMax(23);
                decoder.set_parameter(window).map_err(Problem::internal)?;
                let writer = zstd::stream::zio::Writer::new(Bounded::default(), decoder);
                Ok(Inflate::Zstd(Box::new(writer)))
            }
            other => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "body.encoding",
                format!("'{other}' is not known; send gzip, zstd or no content-encoding"),
            )),
        }
    }

    /// Unpacks a piece and hands the plain bytes on.
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> std::io::Result<()> {
        match self {
            Inflate::Plain => out.extend_from_slice(bytes),
            Inflate::Gzip(decoder) => {
                decoder.write_all(bytes)?;
                out.append(&mut decoder.get_mut().0);
            }
            Inflate::Zstd(decoder) => {
                decoder.write_all(bytes)?;
                decoder.flush()?;
                out.append(&mut decoder.writer_mut().0);
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) -> std::io::Result<()> {
        match self {
            Inflate::Plain => {}
            Inflate::Gzip(decoder) => {
                decoder.try_finish()?;
                out.append(&mut decoder.get_mut().0);
            }
            Inflate::Zstd(decoder) => {
                // Also says when the last frame is cut off.
                decoder.finish()?;
                out.append(&mut decoder.writer_mut().0);
            }
        }
        Ok(())
    }
}

/// Lines at fault after which a stream ends: it is not a stream of events.
const FAULTS_MAX: u64 = 1_000;
/// Answers that are held back until the whole body came.
const HELD_MAX: usize = 32 << 20;

/// Answers on their way. Many clients send everything before they read anything: answers wait here
/// meanwhile, so that neither side waits for the other. Beyond the bound they go out all the same.
struct Held {
    out: mpsc::Sender<Bytes>,
    waiting: tokio::sync::Mutex<Option<Vec<Bytes>>>,
}

impl Held {
    fn new(out: mpsc::Sender<Bytes>) -> Self {
        Self { out, waiting: tokio::sync::Mutex::new(Some(Vec::new())) }
    }

    /// Lets answers go out from now on.
    async fn open(&self) {
        let held = self.waiting.lock().await.take();
        for bytes in held.into_iter().flatten() {
            let _ = self.out.send(bytes).await;
        }
    }

    /// False when nobody listens any more.
    async fn send(&self, bytes: Bytes) -> bool {
        let mut waiting = self.waiting.lock().await;
        match waiting.as_mut() {
            None => {
                drop(waiting);
                self.out.send(bytes).await.is_ok()
            }
            Some(held) => {
                held.push(bytes);
                let is_full = held.iter().map(Bytes::len).sum::<usize>() > HELD_MAX;
                drop(waiting);
                if is_full {
                    self.open().await;
                }
                !self.out.is_closed()
            }
        }
    }
}

/// What a stream came to.
#[derive(Default, Serialize)]
struct Summary {
    events: u64,
    known: u64,
    refused: u64,
    transfers: u64,
    allow: u64,
    challenge: u64,
    hold: u64,
    deny: u64,
    /// True when everything that was sent was read.
    is_complete: bool,
}

/// Lines that are decided together: each event with its number, and what was wrong with others.
struct Part {
    items: Vec<Item>,
    ids: Vec<String>,
    faults: Vec<(u64, Problem)>,
}

/// Bytes sliced to compressed pieces this large, so that a piece unpacks into bounded memory.
const PIECE_LEN: usize = 4_096;

async fn stream(
    service: Service,
    sender: String,
    mut body: Body,
    mut inflate: Inflate,
    wants_all: bool,
    lines: Arc<Held>,
) {
    let (parts, waiting) = mpsc::channel::<Part>(PARTS_AHEAD);
    let answers = Arc::clone(&lines);
    let (asking, asked) = mpsc::channel::<Asked>(1);
    tokio::spawn(ask_parts(service.clone(), waiting, asking));
    let deciding = tokio::spawn(answer_parts(service.clone(), asked, wants_all, answers));
    let mut buffer: Vec<u8> = Vec::new();
    let mut number = 0;
    let mut faults = 0;
    let mut fault: Option<Problem> = None;
    let cut = |detail: &str| Problem::new(StatusCode::BAD_REQUEST, "body.incomplete", detail);
    'reading: loop {
        let frame = match body.frame().await {
            None => {
                if inflate.end(&mut buffer).is_err() {
                    fault = Some(cut("the compressed body is cut off or damaged"));
                }
                break;
            }
            Some(Err(_)) => {
                fault = Some(cut(
                    "the body stopped coming; send again from the first event without an answer",
                ));
                break;
            }
            Some(Ok(frame)) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        for piece in data.chunks(PIECE_LEN) {
            if inflate.push(piece, &mut buffer).is_err() {
                fault = Some(cut(
                    "the compressed body is damaged, or unpacks to more than any events do",
                ));
                break 'reading;
            }
            while buffer.len() >= LINES_TOGETHER * 256 || buffer.len() > LINE_LEN_MAX {
                let Some(end) = buffer.iter().rposition(|byte| *byte == b'\n') else {
                    if buffer.len() <= LINE_LEN_MAX {
                        break;
                    }
                    let detail = format!("a line has more than {LINE_LEN_MAX} bytes");
                    fault = Some(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body.line", detail));
                    break 'reading;
                };
                let rest = buffer.split_off(end + 1);
                let whole = std::mem::replace(&mut buffer, rest);
                if !hand_over(&parts, whole, &sender, &mut number, &mut faults).await {
                    return;
                }
                if faults > FAULTS_MAX {
                    let detail = format!("more than {FAULTS_MAX} lines are no events");
                    fault =
                        Some(Problem::new(StatusCode::BAD_REQUEST, "body.too_many_faults", detail));
                    buffer.clear();
                    break 'reading;
                }
            }
        }
    }
    // The rest is read away meanwhile: a client that is still sending hears the answer then.
    let drained = fault.is_some().then(|| {
        tokio::spawn(async move {
            crate::drain::drain(&mut body).await;
        })
    });
    // What came whole is decided, whatever happened to the rest.
    let end = if fault.is_none() {
        buffer.len()
    } else {
        buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
    };
    buffer.truncate(end);
    if !hand_over(&parts, buffer, &sender, &mut number, &mut faults).await {
        return;
    }
    drop(parts);
    // Who sends everything before reading anything can read now.
    lines.open().await;
    let mut summary = deciding.await.unwrap_or_default();
    if let Some(fault) = fault {
        summary.refused += 1;
        let line = serde_json::json!({ "line": number + 1, "error": fault });
        let _ = lines.send(Bytes::from(format!("{line}\n"))).await;
    } else {
        summary.is_complete = true;
    }
    if let Some(drained) = drained {
        let _ = drained.await;
    }
    let line = serde_json::json!({ "summary": summary });
    let _ = lines.send(Bytes::from(format!("{line}\n"))).await;
}

/// Parses lines on a thread that may work, and hands them on in parts.
async fn hand_over(
    parts: &mpsc::Sender<Part>,
    bytes: Vec<u8>,
    sender: &str,
    number: &mut u64,
    faults: &mut u64,
) -> bool {
    let (sender, first, now_s) = (sender.to_owned(), *number, crate::now_s());
    let parsed = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        let mut part = Part { items: Vec::new(), ids: Vec::new(), faults: Vec::new() };
        let mut line_number = first;
        for line in bytes.split(|byte| *byte == b'\n') {
            line_number += 1;
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let parsed = if line.len() > LINE_LEN_MAX {
                let detail = format!("the line has more than {LINE_LEN_MAX} bytes");
                Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body.line", detail))
            } else {
                parse::<EventIn<'_>>(line)
                    .and_then(|event| Ok((event.parse(&sender, now_s)?, event.id.into_owned())))
            };
            match parsed {
                Ok(((key, transaction), id)) => {
                    part.items.push(Item { key, transaction });
                    part.ids.push(id);
                }
                Err(problem) => part.faults.push((line_number, problem)),
            }
            if part.items.len() + part.faults.len() >= LINES_TOGETHER {
                let empty = Part { items: Vec::new(), ids: Vec::new(), faults: Vec::new() };
                found.push(std::mem::replace(&mut part, empty));
            }
        }
        found.push(part);
        // The part after the last line end is no line of its own.
        (found, line_number - u64::from(bytes.ends_with(b"\n") || bytes.is_empty()))
    });
    let Ok((found, last)) = parsed.await else { return false };
    *number = last;
    for part in found {
        *faults += part.faults.len() as u64;
        if parts.send(part).await.is_err() {
            return false;
        }
    }
    true
}

/// A part on its way through the desk.
struct Asked {
    ids: Vec<String>,
    faults: Vec<(u64, Problem)>,
    /// `None` when no line of the part holds an event.
    answers: Option<oneshot::Receiver<Result<Vec<Answer>, DeskError>>>,
}

/// Puts parts into the desk's queue in order. It runs ahead of the answers, so that the desk has
/// the next part at hand when it is done with one.
async fn ask_parts(
    service: Service,
    mut waiting: mpsc::Receiver<Part>,
    asked: mpsc::Sender<Asked>,
) {
    while let Some(Part { items, ids, faults }) = waiting.recv().await {
        let answers = if items.is_empty() { None } else { Some(offer(&service, items).await) };
        if asked.send(Asked { ids, faults, answers }).await.is_err() {
            return;
        }
    }
}

/// Tried again while the desk is busy.
async fn offer(
    service: &Service,
    mut items: Vec<Item>,
) -> oneshot::Receiver<Result<Vec<Answer>, DeskError>> {
    for _ in 0..BUSY_TRIES {
        let (reply, answers) = oneshot::channel();
        match service.desk.offer(items, reply) {
            Ok(()) => return answers,
            Err(back) => items = back,
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let (reply, answers) = oneshot::channel();
    let _ = reply.send(Err(DeskError::Busy));
    answers
}

async fn answer_parts(
    service: Service,
    mut asked: mpsc::Receiver<Asked>,
    wants_all: bool,
    lines: Arc<Held>,
) -> Summary {
    let mut summary = Summary::default();
    while let Some(part) = asked.recv().await {
        let mut out = String::new();
        for (number, problem) in &part.faults {
            summary.refused += 1;
            if summary.refused > FAULTS_MAX {
                continue;
            }
            let line = serde_json::json!({ "line": number, "error": problem });
            out.push_str(&line.to_string());
            out.push('\n');
        }
        if let Some(answers) = part.answers {
            let decided = answers.await.unwrap_or(Err(DeskError::Stopping));
            match decided {
                Ok(answers) => {
                    for (id, given) in part.ids.into_iter().zip(answers) {
                        count(&mut summary, &given);
                        let is_quiet = match &given {
                            Answer::Decided(decisions) => {
                                decisions.iter().all(|d| d.level == model::Level::Allow)
                            }
                            Answer::Known(_) => true,
                            Answer::Conflict => false,
                        };
                        if is_quiet && !wants_all {
                            continue;
                        }
                        let line = match answer(&service, id.clone(), given).await {
                            Ok(answer) => serde_json::to_string(&answer),
                            Err(problem) => serde_json::to_string(
                                &serde_json::json!({ "id": id, "error": problem }),
                            ),
                        };
                        out.push_str(&line.unwrap_or_default());
                        out.push('\n');
                    }
                }
                Err(error) => {
                    let problem = Problem::from(error);
                    for id in part.ids {
                        summary.refused += 1;
                        let line = serde_json::json!({ "id": id, "error": problem });
                        out.push_str(&line.to_string());
                        out.push('\n');
                    }
                }
            }
        }
        if !out.is_empty() && !lines.send(Bytes::from(out)).await {
            // Nobody listens any more; what was sent is decided all the same.
            tracing::debug!("a sender of lines went away");
        }
    }
    summary
}

fn count(summary: &mut Summary, answer: &Answer) {
    match answer {
        Answer::Decided(decisions) => {
            summary.events += 1;
            summary.transfers += decisions.len() as u64;
            for decision in decisions {
                match decision.level {
                    model::Level::Allow => summary.allow += 1,
                    model::Level::Challenge => summary.challenge += 1,
                    model::Level::Hold => summary.hold += 1,
                    model::Level::Deny => summary.deny += 1,
                }
            }
        }
        Answer::Known(_) => summary.known += 1,
        Answer::Conflict => summary.refused += 1,
    }
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(send))
}
