//! Lists in force, fetching them, and scoring the past again after they changed.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::SnapshotDir;
use store::sql::ListSyncRow;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Caller, RULE_ROLES, Scope};
use crate::problem::Problem;
use crate::view::show_seconds;
use crate::{Rescoring, Service};

/// A list that was fetched this long ago is stale.
const STALE_S: i64 = 3 * 86_400;

/// Rows of a list that were refused for one reason.
#[derive(Serialize, Deserialize, ToSchema)]
struct RefusedRows {
    reason: String,
    count: u64,
}

/// How a list is kept fresh.
#[derive(Serialize, Deserialize, ToSchema)]
struct ListSync {
    url: String,
    #[schema(required)]
    checked_at: Option<String>,
    #[schema(required)]
    changed_at: Option<String>,
    /// `never`, `fresh`, `unchanged`, `refused` or `failed`.
    status: String,
    #[schema(required)]
    detail: Option<String>,
}

/// A list in force.
#[derive(Serialize, Deserialize, ToSchema)]
struct IntelList {
    source: String,
    /// Who publishes it.
    title: String,
    licence: String,
    /// Identity of the snapshot.
    id: String,
    /// Date of the list as its publisher states it; empty when it states none.
    dated: String,
    rows: u64,
    refused: u64,
    refusals: Vec<RefusedRows>,
    /// It is fetched from somewhere and has not been for days.
    is_stale: bool,
    #[schema(required)]
    sync: Option<ListSync>,
}

/// All lists in force.
#[derive(Serialize, Deserialize, ToSchema)]
struct IntelLists {
    items: Vec<IntelList>,
    claims: u64,
    addresses: u64,
    /// Claims that one list makes and another contradicts.
    contradictions: u64,
}

fn sync_of(row: &ListSyncRow) -> ListSync {
    ListSync {
        url: row.url.clone(),
        checked_at: row.checked_at.map(show_seconds),
        changed_at: row.changed_at.map(show_seconds),
        status: row.status.clone(),
        detail: row.detail.clone(),
    }
}

/// Lists in force.
#[utoipa::path(get, path = "/v1/intel/lists", tag = "lists", operation_id = "list_lists",
    responses((status = 200, description = "Lists.", body = IntelLists),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn lists(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<IntelLists>, Problem> {
    caller.may(Scope::Read)?;
    let syncs = service.sql.list_syncs().await?;
    let syncs: HashMap<&str, &ListSyncRow> =
        syncs.iter().map(|row| (row.source.as_str(), row)).collect();
    let (metas, claims, addresses, contradictions) = service
        .desk
        .ask(|core| {
            let directory = core.engine.net().directory();
            (
                directory.snapshots().to_vec(),
                directory.claim_count() as u64,
                directory.address_count() as u64,
                directory.contradiction_count() as u64,
            )
        })
        .await?;
    let now_s = crate::now_s().cast_signed();
    let items = metas.into_iter().map(|meta| {
        let sync = syncs.get(meta.source.as_str());
        let refusals = meta.refused_by_reason.into_iter();
        IntelList {
            title: meta.origin,
            licence: meta.licence,
            id: meta.id.to_string(),
            dated: meta.dated,
            rows: meta.rows_taken,
            refused: meta.rows_refused,
            refusals: refusals.map(|(reason, count)| RefusedRows { reason, count }).collect(),
            is_stale: sync.is_some_and(|row| {
                let is_old = row.checked_at.is_none_or(|at| now_s - at > STALE_S);
                is_old || row.status == "failed" || row.status == "refused"
            }),
            sync: sync.map(|row| sync_of(row)),
            source: meta.source,
        }
    });
    Ok(Json(IntelLists { items: items.collect(), claims, addresses, contradictions }))
}

/// Fetch lists now.
#[utoipa::path(post, path = "/v1/intel/sync", tag = "lists", operation_id = "sync_lists",
    responses((status = 202, description = "Begun; the lists show what came of it."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn sync(State(service): State<Service>, caller: Caller) -> Result<StatusCode, Problem> {
    caller.person(RULE_ROLES)?;
    if service.sql.list_syncs().await?.is_empty() {
        let detail = "no list is fetched from anywhere: add them under 'lists' in the configuration, or use 'ringfence intel import'";
        return Err(Problem::new(StatusCode::CONFLICT, "lists.none", detail));
    }
    service.sync_lists.notify_one();
    Ok(StatusCode::ACCEPTED)
}

/// How a re-scoring goes.
#[utoipa::path(get, path = "/v1/rescoring", tag = "lists", operation_id = "get_rescoring",
    responses((status = 200, description = "The last one, or one under way.", body = Rescoring),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn rescoring(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<Rescoring>, Problem> {
    caller.may(Scope::Read)?;
    Ok(Json(service.rescoring_now()))
}

/// Score the past again with today's lists and rules.
#[utoipa::path(post, path = "/v1/rescoring", tag = "lists", operation_id = "start_rescoring",
    responses((status = 202, description = "Begun.", body = Rescoring),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn rescore(
    State(service): State<Service>,
    caller: Caller,
) -> Result<(StatusCode, Json<Rescoring>), Problem> {
    caller.person(RULE_ROLES)?;
    if !service.begin_rescoring() {
        let detail = "one is under way already";
        return Err(Problem::new(StatusCode::CONFLICT, "rescoring.running", detail));
    }
    crate::rescore::start(service.clone());
    Ok((StatusCode::ACCEPTED, Json(service.rescoring_now())))
}

impl Service {
    fn rescoring_now(&self) -> Rescoring {
        self.rescoring.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Marks a re-scoring as begun; false when one is under way.
    pub fn begin_rescoring(&self) -> bool {
        let mut known = self.rescoring.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.state == "running" {
            return false;
        }
        *known = Rescoring {
            state: "running".to_owned(),
            started_at: Some(crate::view::show_time(crate::now_s())),
            ..Rescoring::default()
        };
        true
    }

    /// Reads the lists that are in force now from their folder and puts them in force at the desk.
    /// True when they are others than before.
    ///
    /// # Errors
    /// [`Problem`] when a list cannot be read; then nothing changes.
    pub async fn reload_lists(&self) -> Result<bool, Problem> {
        let root = self.lists_root.clone();
        let read = tokio::task::spawn_blocking(move || SnapshotDir::open(&root)?.all_current());
        let snapshots = read.await.map_err(Problem::internal)??;
        let directory = intel::Directory::new(snapshots);
        let change = Box::new(move |engine: &mut engine::Engine| {
            let is_other = directory.id() != engine.net().directory().id();
            if is_other {
                engine.set_directory(directory);
            }
            is_other
        });
        Ok(self.desk.change(change).await?)
    }
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(lists))
        .routes(routes!(sync))
        .routes(routes!(rescoring, rescore))
}
