//! The queue of alerts.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::{Deserialize, Serialize};
use store::sql::{
    AlertAction, AlertEventRow, AlertFilter, AlertMark, AlertRow, AlertSort, Assignee, Outcome,
    Status,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, PageQuery, Path, Query, UserRef, repeated};
use crate::Service;
use crate::auth::{ALERT_ROLES, Caller, Scope, new_secret};
use crate::problem::Problem;
use crate::view::{
    CustomerMessage, LevelView, ReasonView, Severity, customer_message, show_seconds,
};

/// Alerts changed in one request.
const IDS_MAX: usize = 500;
/// Longest text that is searched for.
const SEARCH_LEN_MAX: usize = 200;
/// Longest note.
const NOTE_LEN_MAX: usize = 4_000;

/// Where an alert stands.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AlertStatus {
    Open,
    InReview,
    Closed,
}

/// What a closed alert turned out to be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AlertOutcome {
    Confirmed,
    FalseAlarm,
    Duplicate,
}

impl From<Status> for AlertStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Open => AlertStatus::Open,
            Status::InReview => AlertStatus::InReview,
            Status::Closed => AlertStatus::Closed,
        }
    }
}

impl From<Outcome> for AlertOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Confirmed => AlertOutcome::Confirmed,
            Outcome::FalseAlarm => AlertOutcome::FalseAlarm,
            Outcome::Duplicate => AlertOutcome::Duplicate,
        }
    }
}

/// A matter for a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Alert {
    id: i64,
    /// The rule that raised it.
    code: String,
    title: String,
    sentence: String,
    network: String,
    address: String,
    categories: Vec<String>,
    level: LevelView,
    severity: Severity,
    status: AlertStatus,
    #[schema(required)]
    outcome: Option<AlertOutcome>,
    #[schema(required)]
    assignee: Option<UserRef>,
    /// Transfers that it covers.
    transfers: u64,
    first_seen: String,
    last_seen: String,
    created_at: String,
    /// The strictest decision.
    decision_index: u64,
    /// Date of the list that shows it, for alerts of a re-scoring.
    #[schema(required)]
    known_since: Option<String>,
    notes: u64,
}

/// The code in words: `sanctions.payer.listed` is "Sanctions: payer listed".
fn title(code: &str) -> String {
    let mut words = code.split('.').map(|word| word.replace('_', " "));
    let area = words.next().unwrap_or_default();
    let mut letters = area.chars();
    let area = letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    });
    format!("{area}: {}", words.collect::<Vec<_>>().join(" "))
}

impl From<&AlertRow> for Alert {
    fn from(row: &AlertRow) -> Self {
        Self {
            id: row.id,
            title: title(&row.code),
            code: row.code.clone(),
            sentence: row.sentence.clone(),
            network: row.network.clone(),
            address: row.address.clone(),
            categories: row.categories.split_whitespace().map(str::to_owned).collect(),
            level: LevelView::of_number(row.level),
            severity: Severity::of_number(row.severity),
            status: row.status.into(),
            outcome: row.outcome.map(Into::into),
            assignee: row.assignee.clone().map(UserRef::from),
            transfers: row.transfers,
            first_seen: show_seconds(row.first_seen),
            last_seen: show_seconds(row.last_seen),
            created_at: show_seconds(row.created_at),
            decision_index: row.decision_index,
            known_since: row.known_since.clone(),
            notes: row.notes,
        }
    }
}

/// Something that happened to an alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
struct AlertEvent {
    at: String,
    /// Null for the program itself.
    #[schema(required)]
    who: Option<UserRef>,
    /// `opened`, `assigned`, `released`, `closed`, `reopened`, `noted` or `undone`.
    action: String,
    #[schema(required)]
    note: Option<String>,
    #[schema(required)]
    outcome: Option<AlertOutcome>,
}

impl From<AlertEventRow> for AlertEvent {
    fn from(row: AlertEventRow) -> Self {
        Self {
            at: show_seconds(row.at),
            who: row.who.map(UserRef::from),
            action: row.action,
            note: row.note,
            outcome: row.outcome.map(Into::into),
        }
    }
}

/// An alert with everything that is kept of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
struct AlertDetail {
    #[serde(flatten)]
    alert: Alert,
    reasons: Vec<ReasonView>,
    history: Vec<AlertEvent>,
    /// What the customer is told.
    #[schema(required)]
    customer: Option<CustomerMessage>,
}

/// A page of alerts.
#[derive(Serialize, Deserialize, ToSchema)]
struct AlertPage {
    items: Vec<Alert>,
    #[schema(required)]
    next: Option<String>,
    /// How many there are in all.
    total: u64,
}

/// Which alerts are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct AlertQuery {
    /// Raised by this rule.
    code: Option<String>,
    /// `me`, `none`, or the number of a person.
    assignee: Option<String>,
    /// Part of the address or rule.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `severity`, `last_seen` or `transfers`.
    sort: Option<String>,
}

/// Alerts.
#[utoipa::path(get, path = "/v1/alerts", tag = "alerts", operation_id = "list_alerts",
    params(PageQuery, AlertQuery,
           ("status" = Option<Vec<AlertStatus>>, Query, description = "Only these; may stand several times."),
           ("level" = Option<Vec<LevelView>>, Query, description = "Only these; may stand several times.")),
    responses((status = 200, description = "Alerts.", body = AlertPage),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    Query(page): Query<PageQuery>,
    Query(query): Query<AlertQuery>,
) -> Result<Json<AlertPage>, Problem> {
    caller.may(Scope::Read)?;
    let limit = page.limit()?;
    let raw = raw.unwrap_or_default();
    let unknown = |field: &str, name: &str| {
        Problem::field(field, "query.invalid", format!("'{name}' has no meaning here"))
    };
    let mut filter = AlertFilter { code: query.code, ..Default::default() };
    for name in repeated(&raw, "status") {
        filter.statuses.push(Status::find(&name).ok_or_else(|| unknown("status", &name))?);
    }
    for name in repeated(&raw, "level") {
        let level = model::Level::ALL.iter().position(|level| level.name() == name);
        filter.levels.push(level.ok_or_else(|| unknown("level", &name))? as u8);
    }
    filter.assignee = match query.assignee.as_deref() {
        None => None,
        Some("none") => Some(Assignee::Nobody),
        Some("me") => Some(Assignee::User(caller.person(&store::sql::Role::ALL)?.id)),
        Some(id) => Some(Assignee::User(id.parse().map_err(|_| unknown("assignee", id))?)),
    };
    if query.q.as_ref().is_some_and(|text| text.len() > SEARCH_LEN_MAX) {
        let detail = format!("it has more than {SEARCH_LEN_MAX} bytes");
        return Err(Problem::field("q", "query.q", detail));
    }
    filter.text = query.q.filter(|text| !text.trim().is_empty());
    if let Some(name) = query.sort {
        filter.sort = AlertSort::find(&name).ok_or_else(|| unknown("sort", &name))?;
    }
    if let Some(text) = &page.cursor {
        let mark = AlertMark::parse(filter.sort, text).ok_or_else(|| {
            let detail = "it is not a cursor of a page before in this order";
            Problem::field("cursor", "query.cursor", detail)
        })?;
        filter.after = Some(mark);
    }
    service.catch_up().await?;
    // One more tells whether there is another page.
    let (mut rows, total) = service.sql.alerts(&filter, limit + 1).await?;
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|row| AlertMark::of(filter.sort, row).to_string());
    Ok(Json(AlertPage { items: rows.iter().map(Alert::from).collect(), next, total }))
}

/// One alert.
#[utoipa::path(get, path = "/v1/alerts/{id}", tag = "alerts", operation_id = "get_alert",
    params(("id" = i64, Path, description = "The alert.")),
    responses((status = 200, description = "The alert.", body = AlertDetail),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Result<Json<AlertDetail>, Problem> {
    caller.may(Scope::Read)?;
    let row = service.sql.alert(id).await?;
    let history = service.sql.alert_history(id).await?;
    let reasons: Vec<ReasonView> = serde_json::from_str(&row.reasons).unwrap_or_default();
    let remedy = reasons.iter().find(|reason| reason.code == row.code);
    let remedy = remedy.map_or("", |reason| &reason.remedy);
    Ok(Json(AlertDetail {
        customer: customer_message(LevelView::of_number(row.level), &row.code, remedy),
        alert: Alert::from(&row),
        reasons,
        history: history.into_iter().map(AlertEvent::from).collect(),
    }))
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AlertAction)]
enum ActionName {
    Assign,
    Release,
    Close,
    Reopen,
    Note,
}

/// What to do with alerts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertChange {
    /// 1 to 500 of them.
    ids: Vec<i64>,
    action: ActionName,
    /// Whom to assign them to.
    #[serde(default)]
    assignee: Option<i64>,
    /// What they turned out to be, for closing.
    #[serde(default)]
    outcome: Option<AlertOutcome>,
    /// Why. Closing needs one.
    #[serde(default)]
    note: Option<String>,
}

/// An alert that was not changed.
#[derive(Serialize, Deserialize, ToSchema)]
struct RefusedAlert {
    id: i64,
    detail: String,
}

/// What became of a change.
#[derive(Serialize, Deserialize, ToSchema)]
struct ChangedAlerts {
    changed: Vec<Alert>,
    /// Takes the change back within a minute; null when there is nothing to take back.
    #[schema(required)]
    undo: Option<String>,
    refused: Vec<RefusedAlert>,
}

/// Assign, release, close, reopen or note alerts.
#[utoipa::path(post, path = "/v1/alerts/actions", tag = "alerts", operation_id = "change_alerts",
    request_body = AlertChange,
    responses((status = 200, description = "What changed and what did not.", body = ChangedAlerts),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<AlertChange>,
) -> Result<Json<ChangedAlerts>, Problem> {
    let user = caller.person(ALERT_ROLES)?;
    if body.ids.is_empty() || body.ids.len() > IDS_MAX {
        let detail = format!("{} are not between 1 and {IDS_MAX}", body.ids.len());
        return Err(Problem::field("ids", "alerts.ids", detail));
    }
    let note = body.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.len() > NOTE_LEN_MAX) {
        let detail = format!("a note has at most {NOTE_LEN_MAX} bytes");
        return Err(Problem::field("note", "alerts.note", detail));
    }
    let needs = |field: &str, detail: &str| Problem::field(field, "alerts.missing", detail);
    let action = match body.action {
        ActionName::Assign => {
            let id = body.assignee.ok_or_else(|| needs("assignee", "say to whom"))?;
            let assignee = service.sql.user(id).await?;
            if assignee.is_disabled || !ALERT_ROLES.contains(&assignee.role) {
                return Err(needs("assignee", "this person does not work on alerts"));
            }
            AlertAction::Assign(id)
        }
        ActionName::Release => AlertAction::Release,
        ActionName::Reopen => AlertAction::Reopen,
        ActionName::Note => {
            note.ok_or_else(|| needs("note", "write something"))?;
            AlertAction::Note
        }
        ActionName::Close => {
            note.ok_or_else(|| needs("note", "say why, for whoever looks at it later"))?;
            let outcome = body.outcome.ok_or_else(|| {
                needs(
                    "outcome",
                    "say what it turned out to be: confirmed, false_alarm or duplicate",
                )
            })?;
            AlertAction::Close(match outcome {
                AlertOutcome::Confirmed => Outcome::Confirmed,
                AlertOutcome::FalseAlarm => Outcome::FalseAlarm,
                AlertOutcome::Duplicate => Outcome::Duplicate,
            })
        }
    };
    let mut ids = body.ids;
    ids.sort_unstable();
    ids.dedup();
    let token = new_secret()?;
    let now_s = crate::now_s().cast_signed();
    let (changed, refused) =
        service.sql.change_alerts(&ids, &action, note, user.id, &token, now_s).await?;
    changed.iter().for_each(|row| service.actor.tell_alert(row.id));
    let can_undo = !changed.is_empty() && action != AlertAction::Note;
    Ok(Json(ChangedAlerts {
        changed: changed.iter().map(Alert::from).collect(),
        undo: can_undo.then_some(token),
        refused: refused.into_iter().map(|(id, detail)| RefusedAlert { id, detail }).collect(),
    }))
}

/// A change to take back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Undo {
    undo: String,
}

/// What was taken back.
#[derive(Serialize, Deserialize, ToSchema)]
struct UndoneAlerts {
    changed: Vec<Alert>,
}

/// Take your last change back.
#[utoipa::path(post, path = "/v1/alerts/undo", tag = "alerts", operation_id = "undo_alerts",
    request_body = Undo,
    responses((status = 200, description = "Taken back.", body = UndoneAlerts),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn undo(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<Undo>,
) -> Result<Json<UndoneAlerts>, Problem> {
    let user = caller.person(ALERT_ROLES)?;
    let now_s = crate::now_s().cast_signed();
    let changed = service.sql.undo_alerts(&body.undo, user.id, now_s).await?;
    changed.iter().for_each(|row| service.actor.tell_alert(row.id));
    Ok(Json(UndoneAlerts { changed: changed.iter().map(Alert::from).collect() }))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(change))
        .routes(routes!(undo))
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_have_titles() {
        assert_eq!(super::title("child_abuse.payer.listed"), "Child abuse: payer listed");
        assert_eq!(super::title(""), ": ");
    }
}
