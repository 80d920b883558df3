//! Decisions and their receipts.

use axum::Json;
use axum::extract::{RawQuery, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use engine::record::Basis;
use serde::{Deserialize, Serialize};
use store::sql::{DecisionFilter, DecisionRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Page, PageQuery, Path, Query, repeated};
use crate::Service;
use crate::auth::{Caller, Scope};
use crate::desk::Core;
use crate::problem::Problem;
use crate::view::{
    ContributionsView, CustomerMessage, DecisionView, ExposuresView, LevelView, ReasonView,
    RuleTrace, StoredDetail, customer_message, hex, recorded,
};

/// Entries that are read under one hold of the lock, so that decisions do not wait long.
const SLICE: u64 = 64;
/// Entries that one page looks at; a page may be short, and `next` goes on.
const SCAN_MAX: u64 = 4_096;

/// What a decision rests on.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Basis)]
struct BasisView {
    /// Its journal entry.
    index: u64,
    /// Identity of all lists together.
    lists: String,
    /// Name and version of the rules.
    pack: String,
    pack_sha256: String,
    model_sha256: String,
    /// Method of exposure.
    exposure: String,
    /// Version of the program.
    program: String,
    snapshots: Vec<ListRef>,
}

/// A list as it was.
#[derive(Serialize, Deserialize, ToSchema)]
struct ListRef {
    source: String,
    id: String,
    dated: String,
}

/// A decision with everything that is kept of it.
#[derive(Serialize, Deserialize, ToSchema)]
struct DecisionDetail {
    #[serde(flatten)]
    decision: DecisionView,
    reasons: Vec<ReasonView>,
    rules: Vec<RuleTrace>,
    contributions: ContributionsView,
    exposures: ExposuresView,
    #[schema(required)]
    basis: Option<BasisView>,
    /// False for an allow: then only what the journal holds is known.
    has_detail: bool,
    #[schema(required)]
    customer: Option<CustomerMessage>,
}

/// A proof that a decision is on the record. It can be checked offline.
#[derive(Serialize, Deserialize, ToSchema)]
struct Receipt {
    index: u64,
    /// The entry, base64.
    entry: String,
    /// SHA-256 of a zero byte and the entry (RFC 6962), hexadecimal.
    leaf_hash: String,
    /// Hashes from the leaf to the root, hexadecimal.
    proof: Vec<String>,
    /// Entries of the tree.
    size: u64,
    /// Its root, hexadecimal.
    root: String,
    /// The signed checkpoint (C2SP signed note).
    checkpoint: String,
    /// Key that verifies it.
    verifying_key: String,
}

/// The view of a kept decision; what happened to its block since is added.
fn kept(core: &mut Core, row: &DecisionRow) -> Option<DecisionView> {
    let detail: StoredDetail = serde_json::from_str(&row.detail).ok()?;
    let mut view = detail.decision;
    view.is_retracted = core.data.is_retracted(view.index);
    Some(view)
}

/// The decision of a journal entry; `None` for entries of other kinds.
pub(super) fn at(core: &mut Core, index: u64) -> Result<Option<DecisionView>, store::StoreError> {
    let entry = core.data.journal().entry(index)?;
    let Some(found) = engine::record::decode(&entry).filter(|found| !found.is_screening) else {
        return Ok(None);
    };
    let mut view = recorded(&mut core.engine, index, &found);
    view.is_retracted = core.data.is_retracted(index);
    Ok(Some(view))
}

/// Which decisions are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DecisionQuery {
    /// Only of this network.
    network: Option<String>,
    /// Only led by this rule.
    code: Option<String>,
}

fn levels(query: Option<&str>) -> Result<Vec<u8>, Problem> {
    let names = repeated(query.unwrap_or(""), "level");
    let level = |name: &String| {
        let found = model::Level::ALL.iter().position(|level| level.name() == name);
        found.map(|place| place as u8).ok_or_else(|| {
            let detail = format!("'{name}' is none of allow, challenge, hold, deny");
            Problem::field("level", "query.level", detail)
        })
    };
    names.iter().map(level).collect()
}

/// Decisions, the newest first.
#[utoipa::path(get, path = "/v1/decisions", tag = "decisions", operation_id = "list_decisions",
    params(PageQuery, DecisionQuery, ("level" = Option<Vec<LevelView>>, Query, description = "Only these levels; may stand several times.")),
    responses((status = 200, description = "Decisions.", body = Page<DecisionView>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    Query(page): Query<PageQuery>,
    Query(query): Query<DecisionQuery>,
) -> Result<Json<Page<DecisionView>>, Problem> {
    caller.may(Scope::Read)?;
    let (limit, before) = (page.limit()?, page.cursor::<u64>()?);
    let levels = levels(raw.as_deref())?;
    let network = query.network.as_deref().map(str::parse::<model::Network>).transpose()?;
    service.catch_up().await?;
    // Allows are in the journal only; all others are found by what they are.
    if (!levels.is_empty() && !levels.contains(&0)) || query.code.is_some() {
        let filter = DecisionFilter {
            levels,
            network: network.map(|network| network.to_string()),
            lead: query.code,
            before,
        };
        let rows = service.sql.decisions(&filter, limit).await?;
        let next = (rows.len() == limit as usize)
            .then(|| rows.last().map(|row| row.journal_index.to_string()))
            .flatten();
        let items = service
            .desk
            .ask(move |core| rows.iter().filter_map(|row| kept(core, row)).collect())
            .await?;
        return Ok(Json(Page { items, next }));
    }
    let mut items: Vec<DecisionView> = Vec::new();
    let size = service.desk.ask(|core| core.data.journal().head().0).await?;
    let mut end = before.unwrap_or(size).min(size);
    let stop = end.saturating_sub(SCAN_MAX);
    while end > stop && items.len() < limit as usize {
        let start = end.saturating_sub(SLICE).max(stop);
        let found = service.desk.ask(move |core| {
            (start..end).rev().map(|index| at(core, index)).collect::<Result<Vec<_>, _>>()
        });
        for view in found.await?? {
            end -= 1;
            let Some(view) = view else { continue };
            let is_wanted = (levels.is_empty() || levels.contains(&view.level.number()))
                && network.is_none_or(|network| view.network == network.to_string());
            if is_wanted {
                items.push(view);
            }
            if items.len() == limit as usize {
                break;
            }
        }
    }
    // Sentences are kept beside the journal.
    for view in items.iter_mut().filter(|view| view.level != LevelView::Allow) {
        if let Some(row) = service.sql.find_decision(view.index).await?
            && let Ok(detail) = serde_json::from_str::<StoredDetail>(&row.detail)
        {
            view.sentence = detail.decision.sentence;
            view.lead = detail.decision.lead;
        }
    }
    Ok(Json(Page { items, next: (end > 0).then(|| end.to_string()) }))
}

fn basis_view(core: &mut Core, index: u64) -> Option<BasisView> {
    let entry = core.data.journal().entry(index).ok()?;
    let basis: Basis = engine::record::basis_of(&entry)?;
    let snapshots = basis.snapshots.into_iter();
    Some(BasisView {
        index,
        lists: basis.lists,
        pack: basis.pack,
        pack_sha256: basis.pack_sha256,
        model_sha256: basis.model_sha256,
        exposure: basis.exposure,
        program: basis.program,
        snapshots: snapshots.map(|(source, id, dated)| ListRef { source, id, dated }).collect(),
    })
}

fn no_decision(index: u64) -> Problem {
    Problem::not_found(&format!("decision {index}"))
}

/// One decision.
#[utoipa::path(get, path = "/v1/decisions/{index}", tag = "decisions", operation_id = "get_decision",
    params(("index" = u64, Path, description = "Its journal entry.")),
    responses((status = 200, description = "The decision.", body = DecisionDetail),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(index): Path<u64>,
) -> Result<Json<DecisionDetail>, Problem> {
    caller.may(Scope::Read)?;
    let found = service.desk.ask(move |core| {
        if index >= core.data.journal().head().0 {
            return Ok(None);
        }
        let entry = core.data.journal().entry(index)?;
        let Some(found) = engine::record::decode(&entry) else { return Ok(None) };
        let mut view = recorded(&mut core.engine, index, &found);
        view.is_retracted = core.data.is_retracted(index);
        let list = |side: usize| found.received[side].iter().map(Into::into).collect();
        let exposures = ExposuresView { from: list(0), to: list(1) };
        let rules = core.engine.pack().rules();
        let rules = found.rules.iter().filter_map(|id| {
            let rule = rules.iter().find(|rule| rule.id == *id)?;
            Some(RuleTrace {
                id: id.clone(),
                then: rule.then.into(),
                mode: if rule.mode == policy::Mode::Live { "live" } else { "shadow" }.to_owned(),
                state: "fired".to_owned(),
                condition: rule.when.clone(),
                missing: None,
            })
        });
        let rules: Vec<RuleTrace> = rules.collect();
        let basis = basis_view(core, found.basis);
        Ok::<_, store::StoreError>(Some((view, exposures, rules, basis)))
    });
    let (view, exposures, rules, basis) = found.await??.ok_or_else(|| no_decision(index))?;
    service.catch_up().await?;
    let stored = service.sql.find_decision(index).await?;
    let stored = stored.and_then(|row| serde_json::from_str::<StoredDetail>(&row.detail).ok());
    let detail = match stored {
        Some(mut stored) => {
            stored.decision.is_retracted = view.is_retracted;
            let lead = stored.decision.lead.clone().unwrap_or_default();
            let reason = stored.reasons.iter().find(|reason| reason.code == lead);
            let remedy = reason.map_or("", |reason| &reason.remedy);
            DecisionDetail {
                customer: customer_message(stored.decision.level, &lead, remedy),
                decision: stored.decision,
                reasons: stored.reasons,
                rules: stored.rules,
                contributions: stored.contributions,
                exposures: stored.exposures,
                basis,
                has_detail: true,
            }
        }
        None => DecisionDetail {
            decision: view,
            reasons: Vec::new(),
            rules,
            contributions: ContributionsView::default(),
            exposures,
            basis,
            has_detail: false,
            customer: None,
        },
    };
    Ok(Json(detail))
}

/// The receipt of a journal entry.
#[utoipa::path(get, path = "/v1/decisions/{index}/receipt", tag = "decisions", operation_id = "get_receipt",
    params(("index" = u64, Path, description = "A journal entry.")),
    responses((status = 200, description = "The receipt.", body = Receipt),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn receipt(
    State(service): State<Service>,
    caller: Caller,
    Path(index): Path<u64>,
) -> Result<Json<Receipt>, Problem> {
    caller.may(Scope::Read)?;
    let proved = service.desk.ask(move |core| {
        let journal = core.data.journal();
        let (size, root) = journal.head();
        if index >= size {
            return Ok(None);
        }
        let (receipt, entry) = journal.prove_now(index)?;
        Ok::<_, store::StoreError>(Some(Receipt {
            index,
            leaf_hash: hex(&journal::leaf_hash(&entry)),
            entry: BASE64.encode(&entry),
            proof: receipt.proof.iter().map(|hash| hex(hash)).collect(),
            size,
            root: hex(&root),
            checkpoint: receipt.checkpoint,
            verifying_key: journal.verifying_key(),
        }))
    });
    Ok(Json(proved.await??.ok_or_else(|| no_decision(index))?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(receipt))
}
