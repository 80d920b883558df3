//! Addresses: profile, decisions, flow graph, paths, activity, similar ones.

use axum::Json;
use axum::extract::State;
use engine::explain::Screened;
use intel::Standing;
use model::{Address, Amount, Category, CategorySet, Network};
use onchain::book::AddressId;
use onchain::exposure::{AssetId, Step};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::decisions::at;
use super::{Page, PageQuery, Path, Query, event_in};
use crate::Service;
use crate::auth::{Caller, Scope};
use crate::desk::{Core, DeskError};
use crate::problem::Problem;
use crate::view::{
    AssetView, ContributionView, DecisionView, ExposureView, LevelView, PartyView, ReasonView,
    Severity, asset, party, show_time, show_tx,
};

/// Decisions of an address that a graph or an activity chart looks at.
const SCAN_MAX: usize = 2_000;
/// Decisions that are read under one hold of the lock.
const SLICE: usize = 32;
/// Slices that one request looks at: an address may be busy on another network of its family.
const ROUNDS_MAX: usize = 2 * SCAN_MAX / SLICE;
/// Nodes of a graph.
const NODES_DEFAULT: usize = 40;
const NODES_MAX: usize = 500;
/// Look-alikes and members of a cluster that are shown.
const SIMILAR_SHOWN: usize = 50;
/// Leading and trailing bytes in which look-alikes agree.
const LOOK_ALIKE_BYTES: usize = 2;

/// A claim of a list.
#[derive(Serialize, Deserialize, ToSchema)]
struct ClaimView {
    source: String,
    /// Identity of the list's snapshot.
    snapshot: String,
    dated: String,
    category: String,
    /// 0 to 100.
    confidence: u8,
    #[schema(required)]
    label: Option<String>,
    /// Who publishes the list.
    #[schema(required)]
    url: Option<String>,
}

/// Receipts and payments.
#[derive(Serialize, Deserialize, ToSchema)]
struct InOut {
    r#in: u32,
    out: u32,
}

/// Whole coins, as far as the address's own events show; approximate.
#[derive(Serialize, Deserialize, ToSchema)]
struct Coins {
    r#in: String,
    out: String,
    balance: String,
    symbol: String,
}

/// Figures over a span of time up to the address's last event.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = WindowFigures)]
struct WindowView {
    /// `1h`, `1d`, `7d` or `30d`.
    name: String,
    count_in: u32,
    count_out: u32,
    value_in: f32,
    value_out: f32,
    largest_paid: f32,
    /// Distinct counterparties, estimated.
    counterparties: f32,
    /// Mean time between events in seconds; null below two.
    #[schema(required)]
    gap_s: Option<f32>,
}

/// Addresses with one owner, on UTXO chains.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Cluster)]
struct ClusterView {
    size: u64,
    categories: Vec<String>,
}

/// Everything that is known of an address.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct AddressProfile {
    network: String,
    network_name: String,
    address: String,
    /// False when no event has shown it.
    is_known: bool,
    is_contract: bool,
    /// What a transfer from it would meet.
    level: LevelView,
    severity: Severity,
    reasons: Vec<ReasonView>,
    categories: Vec<String>,
    /// Lists disagree about it.
    is_contradicted: bool,
    is_service: bool,
    claims: Vec<ClaimView>,
    /// Where its funds came from.
    received: Vec<ExposureView>,
    /// Where they went.
    sent: Vec<ExposureView>,
    /// Calibrated score of the account model, 0 to 1.
    #[schema(required)]
    score: Option<f64>,
    contributions: Vec<ContributionView>,
    #[schema(required)]
    first_seen: Option<String>,
    #[schema(required)]
    last_seen: Option<String>,
    events: u32,
    counts: InOut,
    coins: Coins,
    windows: Vec<WindowView>,
    #[schema(required)]
    cluster: Option<ClusterView>,
    /// What was checked, in sentences.
    checked: Vec<String>,
    /// What was not.
    not_checked: Vec<String>,
}

fn names(categories: CategorySet) -> Vec<String> {
    categories.iter().map(|category| category.name().to_owned()).collect()
}

fn build(
    core: &mut Core,
    network: Network,
    address: &Address,
    not_checked: Vec<String>,
) -> Result<AddressProfile, engine::EngineError> {
    let Screened { verdict, party, state, score, contributions, .. } =
        core.engine.explain_address(network, address)?;
    let family = network.family();
    let net = core.engine.net();
    let (claims, lists) = (net.directory().claim_count(), net.directory().snapshots().len());
    let found = net.directory().claims(family, address).map(|claim| ClaimView {
        source: claim.snapshot.source.clone(),
        snapshot: claim.snapshot.id.to_string(),
        dated: claim.snapshot.dated.clone(),
        category: claim.entry.category.name().to_owned(),
        confidence: claim.entry.confidence,
        label: Some(claim.entry.label.clone()).filter(|label| !label.is_empty()),
        url: Some(claim.snapshot.origin.clone()),
    });
    let found: Vec<ClaimView> = found.collect();
    let id = net.book().find(family, address);
    let cluster = id.filter(|_| network.is_utxo()).map(|id| ClusterView {
        size: u64::from(net.clusters().size(id)),
        categories: names(party.cluster),
    });
    let seen = net.book().len();
    let Standing { categories, .. } = party.standing;
    let state = state.unwrap_or_default();
    let is_known = state.events() > 0;
    let windows = ["1h", "1d", "7d", "30d"].iter().enumerate().map(|(place, name)| {
        let window = state.window(place, state.last_s());
        WindowView {
            name: (*name).to_owned(),
            count_in: window.count_in,
            count_out: window.count_out,
            value_in: window.value_in,
            value_out: window.value_out,
            largest_paid: window.paid_max,
            counterparties: window.counterparties,
            gap_s: window.gap_s,
        }
    });
    let (count_in, count_out) = state.counts();
    let (total_in, total_out) = state.totals();
    let plural =
        |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mut checked = vec![format!("{} of {}", plural(claims, "claim"), plural(lists, "list"))];
    if is_known {
        checked.push(format!("its money, followed among {seen} addresses"));
    }
    if score.is_some() {
        checked.push("its behaviour, by the account model".to_owned());
    }
    let mut not_checked = not_checked;
    not_checked.push("who owns it, unless a list says so".to_owned());
    if !is_known {
        not_checked.push("no event has shown this address: only lists were asked".to_owned());
    }
    if score.is_none() {
        not_checked.push(
            "the account model does not score services, unseen addresses and chains without accounts"
                .to_owned(),
        );
    }
    let level = verdict.level();
    Ok(AddressProfile {
        network: network.to_string(),
        network_name: network.name(),
        address: chain::format_address(network, address),
        is_known,
        is_contract: party.is_contract,
        level: level.into(),
        severity: Severity::of(level, false),
        reasons: verdict.reasons().iter().map(ReasonView::from).collect(),
        categories: names(categories),
        is_contradicted: party.standing.is_contradicted(),
        is_service: categories.is_service(),
        claims: found,
        received: party.received.iter().map(ExposureView::from).collect(),
        sent: party.sent.iter().map(ExposureView::from).collect(),
        score,
        contributions: contributions.iter().map(ContributionView::from).collect(),
        first_seen: is_known.then(|| show_time(state.first_s().into())),
        last_seen: is_known.then(|| show_time(state.last_s().into())),
        events: state.events(),
        counts: InOut { r#in: count_in, out: count_out },
        coins: Coins {
            r#in: format!("{total_in}"),
            out: format!("{total_out}"),
            balance: format!("{}", state.balance()),
            symbol: network.symbol().to_owned(),
        },
        windows: windows.collect(),
        cluster,
        checked,
        not_checked,
    })
}

impl Service {
    /// What keeps today's answers from covering everything, in sentences.
    pub(crate) async fn not_checked(&self) -> Result<Vec<String>, Problem> {
        let problems = self.meter.problems();
        let lacks = self.desk.ask(|core| {
            let exposures_full = core.engine.net().exposures().is_degraded();
            let directory = core.engine.net().directory();
            let mut lacks = Vec::new();
            if directory.claim_count() == 0 {
                lacks.push("no list is in force: listed parties are not known".to_owned());
            } else if !directory.all_claims().any(|c| c.entry.category == Category::Sanctions) {
                lacks.push("no sanctions list is in force".to_owned());
            }
            if exposures_full {
                lacks
                    .push("the bound on exposure was reached: new exposure is not followed".into());
            }
            lacks
        });
        Ok(problems.into_iter().chain(lacks.await?).collect())
    }
}

/// The profile of an address.
pub(super) async fn profile(
    service: &Service,
    network: Network,
    address: Address,
) -> Result<AddressProfile, Problem> {
    let not_checked = service.not_checked().await?;
    let built = service.desk.ask(move |core| build(core, network, &address, not_checked));
    Ok(built.await??)
}

fn parse(network: &str, address: &str) -> Result<(Network, Address), Problem> {
    let network: Network = network.parse()?;
    Ok((network, event_in::address("address", network, address)?))
}

/// What is known of an address.
#[utoipa::path(get, path = "/v1/addresses/{network}/{address}", tag = "addresses", operation_id = "get_address",
    params(("network" = String, Path, description = "CAIP-2 id or name."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, description = "Its profile; also for an address that was never seen.", body = AddressProfile),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path((network, address)): Path<(String, String)>,
) -> Result<Json<AddressProfile>, Problem> {
    caller.may(Scope::Read)?;
    let (network, address) = parse(&network, &address)?;
    Ok(Json(profile(&service, network, address).await?))
}

/// Where a walk along the trail of an address stands.
#[derive(Clone, Copy)]
enum Walk {
    Start,
    At(u64),
    End,
}

/// Takes up to `count` decisions of an address from the trail, the newest first.
fn walk(
    core: &mut Core,
    id: AddressId,
    (network, address): (Network, &str),
    from: Walk,
    count: usize,
) -> Result<(Vec<DecisionView>, Walk), store::StoreError> {
    let mut next = match from {
        Walk::Start => core.data.trail().head(id),
        Walk::At(index) => Some(index),
        Walk::End => None,
    };
    let mut found = Vec::new();
    let mut steps = 0;
    while let Some(index) = next {
        if steps == SLICE || found.len() == count {
            return Ok((found, Walk::At(index)));
        }
        steps += 1;
        let before = core.data.trail().before(index)?;
        let Some(view) = at(core, index)? else {
            next = before[0].or(before[1]);
            continue;
        };
        let is_payer = view.from.as_ref().is_some_and(|party| party.address == address);
        next = if is_payer { before[0] } else { before[1] };
        // One family of networks shares its addresses; a page is about one network.
        if view.network == network.to_string() {
            found.push(view);
        }
    }
    Ok((found, Walk::End))
}

/// Decisions of an address, in slices so that the desk is not kept waiting.
async fn walk_all(
    service: &Service,
    network: Network,
    address: Address,
    from: Walk,
    count: usize,
) -> Result<(Vec<DecisionView>, Walk), Problem> {
    let family = network.family();
    let find = service.desk.ask(move |core| core.engine.net().book().find(family, &address));
    let Some(id) = find.await? else {
        return Ok((Vec::new(), Walk::End));
    };
    let shown = chain::format_address(network, &address);
    let (mut found, mut at) = (Vec::new(), from);
    let mut rounds = 0;
    while found.len() < count && rounds < ROUNDS_MAX && !matches!(at, Walk::End) {
        rounds += 1;
        let step = SLICE.min(count - found.len());
        let (name, from) = (shown.clone(), at);
        let (slice, next) =
            service.desk.ask(move |core| walk(core, id, (network, &name), from, step)).await??;
        found.extend(slice);
        at = next;
    }
    Ok((found, at))
}

/// The decisions about an address.
#[utoipa::path(get, path = "/v1/addresses/{network}/{address}/decisions", tag = "addresses", operation_id = "list_address_decisions",
    params(PageQuery, ("network" = String, Path, description = "CAIP-2 id or name."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, description = "Decisions, the newest first.", body = Page<DecisionView>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn decisions(
    State(service): State<Service>,
    caller: Caller,
    Path((network, address)): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<DecisionView>>, Problem> {
    caller.may(Scope::Read)?;
    let (network, address) = parse(&network, &address)?;
    let from = page.cursor::<u64>()?.map_or(Walk::Start, Walk::At);
    if let Walk::At(index) = from {
        // A cursor that no page gave could be any journal entry: it must be about this address.
        let name = chain::format_address(network, &address);
        let is_ours = service.desk.ask(move |core| {
            let size = core.data.journal().head().0;
            let view = if index < size { at(core, index)? } else { None };
            Ok::<_, store::StoreError>(view.is_some_and(|view| {
                [&view.from, &view.to].into_iter().flatten().any(|party| party.address == name)
            }))
        });
        if !is_ours.await?? {
            let detail = "it is not a cursor of a page before";
            return Err(Problem::field("cursor", "query.cursor", detail));
        }
    }
    let limit = page.limit()? as usize;
    let (items, next) = walk_all(&service, network, address, from, limit).await?;
    let next = match next {
        Walk::At(index) => Some(index.to_string()),
        Walk::Start | Walk::End => None,
    };
    Ok(Json(Page { items, next }))
}

/// An address in a graph.
#[derive(Serialize, Deserialize, ToSchema)]
struct GraphNode {
    address: String,
    categories: Vec<String>,
    is_service: bool,
    /// The strictest level of its transfers here.
    #[schema(required)]
    level: Option<LevelView>,
    /// Its events in all.
    events: u32,
}

/// Money from one address to another, of one asset.
#[derive(Serialize, Deserialize, ToSchema)]
struct GraphEdge {
    from: String,
    to: String,
    asset: AssetView,
    /// Sum in base units.
    amount: String,
    transfers: u64,
    first: String,
    last: String,
    worst: LevelView,
    /// The latest decision.
    last_index: u64,
}

/// Where money came from and went, one step around an address.
#[derive(Serialize, Deserialize, ToSchema)]
struct Graph {
    center: String,
    nodes: Vec<GraphNode>,
    edges: Vec<GraphEdge>,
    /// Decisions that were looked at.
    scanned: u64,
    /// More decisions or neighbours exist than are shown.
    is_truncated: bool,
}

/// How large a graph is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct GraphQuery {
    /// Neighbours, 1 to 500.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

struct Edge {
    asset: AssetView,
    amount: Amount,
    transfers: u64,
    first: String,
    last: String,
    worst: LevelView,
    last_index: u64,
}

/// The flow graph around an address, one step in each direction.
#[utoipa::path(get, path = "/v1/addresses/{network}/{address}/graph", tag = "addresses", operation_id = "get_graph",
    params(GraphQuery, ("network" = String, Path, description = "CAIP-2 id or name."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, description = "The graph, of the newest decisions.", body = Graph),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn graph(
    State(service): State<Service>,
    caller: Caller,
    Path((network, address)): Path<(String, String)>,
    Query(query): Query<GraphQuery>,
) -> Result<Json<Graph>, Problem> {
    caller.may(Scope::Read)?;
    let (network, address) = parse(&network, &address)?;
    let limit = query.limit.unwrap_or(NODES_DEFAULT);
    if !(1..=NODES_MAX).contains(&limit) {
        let detail = format!("{limit} is not between 1 and {NODES_MAX}");
        return Err(Problem::field("limit", "query.limit", detail));
    }
    let _turn = service.costly().await?;
    let (found, end) = walk_all(&service, network, address, Walk::Start, SCAN_MAX).await?;
    let scanned = found.len() as u64;
    let center = chain::format_address(network, &address);
    let mut parties: BTreeMap<String, (PartyView, LevelView, u64)> = BTreeMap::new();
    let mut edges: BTreeMap<(String, String, String), Edge> = BTreeMap::new();
    for view in found.into_iter().filter(|view| !view.is_retracted && view.success) {
        let (Some(from), Some(to)) = (view.from, view.to) else { continue };
        let amount = view.amount.parse::<Amount>().unwrap_or(Amount::MAX);
        for party in [&from, &to] {
            let known = parties
                .entry(party.address.clone())
                .or_insert_with(|| (party.clone(), LevelView::Allow, 0));
            known.2 += 1;
            if view.level.number() > known.1.number() {
                known.1 = view.level;
            }
        }
        let key = (from.address, to.address, view.asset.caip19.clone());
        let edge = edges.entry(key).or_insert_with(|| Edge {
            asset: view.asset,
            amount: Amount::ZERO,
            transfers: 0,
            first: view.time.clone(),
            last: view.time.clone(),
            worst: view.level,
            last_index: view.index,
        });
        edge.amount = edge.amount.checked_add(amount).unwrap_or(Amount::MAX);
        edge.transfers += 1;
        edge.first = view.time;
        if view.level.number() > edge.worst.number() {
            edge.worst = view.level;
        }
    }
    // What is worst and what moves most comes first.
    let mut ranked: Vec<_> = parties.into_values().collect();
    ranked.sort_by_key(|(party, level, count)| {
        let is_center = party.address == center;
        (!is_center, std::cmp::Reverse((level.number(), *count)))
    });
    let is_truncated = ranked.len() > limit + 1 || !matches!(end, Walk::End);
    ranked.truncate(limit + 1);
    let kept: std::collections::HashSet<String> =
        ranked.iter().map(|(party, ..)| party.address.clone()).collect();
    let family = network.family();
    let nodes = service
        .desk
        .ask(move |core| {
            let mut nodes = Vec::with_capacity(ranked.len());
            for (party, level, _) in ranked {
                let id = chain::parse_address(network, &party.address)
                    .ok()
                    .and_then(|address| core.engine.net().book().find(family, &address));
                let events = match id {
                    Some(id) => core.engine.net().table().get_mut(id)?.events(),
                    None => 0,
                };
                nodes.push(GraphNode {
                    address: party.address,
                    categories: party.categories,
                    is_service: party.is_service,
                    level: Some(level),
                    events,
                });
            }
            Ok::<_, onchain::table::ColdStoreError>(nodes)
        })
        .await?
        .map_err(Problem::internal)?;
    let edges =
        edges.into_iter().filter(|((from, to, _), _)| kept.contains(from) && kept.contains(to));
    let edges = edges.map(|((from, to, _), edge)| GraphEdge {
        from,
        to,
        asset: edge.asset,
        amount: edge.amount.to_string(),
        transfers: edge.transfers,
        first: edge.first,
        last: edge.last,
        worst: edge.worst,
        last_index: edge.last_index,
    });
    Ok(Json(Graph { center, nodes, edges: edges.collect(), scanned, is_truncated }))
}

/// One hop of a path.
#[derive(Serialize, Deserialize, ToSchema)]
struct PathStep {
    from: PartyView,
    to: PartyView,
    asset: AssetView,
    amount: String,
    tx: String,
    time: String,
}

/// The strongest path, nearest hop first.
#[derive(Serialize, Deserialize, ToSchema)]
struct FundsPath {
    steps: Vec<PathStep>,
}

/// Which path is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct PathQuery {
    /// A category such as `mixer`.
    category: String,
    /// `received` or `sent`.
    direction: Option<String>,
}

/// The strongest path between an address and a category.
#[utoipa::path(get, path = "/v1/addresses/{network}/{address}/path", tag = "addresses", operation_id = "get_path",
    params(PathQuery, ("network" = String, Path, description = "CAIP-2 id or name."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, description = "Its steps; none when there is no such exposure.", body = FundsPath),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn path(
    State(service): State<Service>,
    caller: Caller,
    Path((network, address)): Path<(String, String)>,
    Query(query): Query<PathQuery>,
) -> Result<Json<FundsPath>, Problem> {
    caller.may(Scope::Read)?;
    let (network, address) = parse(&network, &address)?;
    let category: Category = query.category.parse().map_err(|()| {
        let known: Vec<&str> = Category::ALL.iter().map(|category| category.name()).collect();
        let detail = format!("'{}' is none of {}", query.category, known.join(", "));
        Problem::field("category", "category.unknown", detail)
    })?;
    let is_received = match query.direction.as_deref() {
        None | Some("received") => true,
        Some("sent") => false,
        Some(other) => {
            let detail = format!("'{other}' is neither received nor sent");
            return Err(Problem::field("direction", "query.direction", detail));
        }
    };
    let steps = service.desk.ask(move |core| -> Result<Vec<PathStep>, DeskError> {
        let net = core.engine.net();
        let Some(id) = net.book().find(network.family(), &address) else {
            return Ok(Vec::new());
        };
        // Exposure is kept for each asset: the first that has any tells the story, coins before
        // tokens.
        let best: Vec<Step> = (0..net.asset_count())
            .map(AssetId)
            .map(|asset| {
                if is_received {
                    net.exposures().path(id, asset, category)
                } else {
                    net.exposures().path_out(id, asset, category)
                }
            })
            .find(|path| !path.is_empty())
            .unwrap_or_default();
        let mut steps = Vec::with_capacity(best.len());
        for step in best {
            let contract = core.engine.net().contract(step.asset);
            let moved = contract.map_or(model::Asset::Native, model::Asset::Erc20);
            let (_, from) = core.engine.net().book().address(AddressId(step.from));
            let (_, to) = core.engine.net().book().address(AddressId(step.to));
            steps.push(PathStep {
                from: party(&mut core.engine, network, &from),
                to: party(&mut core.engine, network, &to),
                asset: asset(network, &moved),
                amount: step.amount.to_string(),
                tx: show_tx(network, &step.tx),
                time: show_time(step.time_s),
            });
        }
        Ok(steps)
    });
    Ok(Json(FundsPath { steps: steps.await?? }))
}

/// Receipts and payments in a span of time.
#[derive(Serialize, Deserialize, ToSchema)]
struct Bucket {
    start: String,
    r#in: u64,
    out: u64,
    /// Of both, those above allow.
    held: u64,
}

/// Activity over time.
#[derive(Serialize, Deserialize, ToSchema)]
struct Activity {
    /// Seconds of a bucket.
    bucket_s: u64,
    buckets: Vec<Bucket>,
    /// Older decisions exist than were looked at.
    is_truncated: bool,
}

/// The activity of an address over time.
#[utoipa::path(get, path = "/v1/addresses/{network}/{address}/activity", tag = "addresses", operation_id = "get_activity",
    params(("network" = String, Path, description = "CAIP-2 id or name."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, description = "At most about 60 buckets, the oldest first.", body = Activity),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn activity(
    State(service): State<Service>,
    caller: Caller,
    Path((network, address)): Path<(String, String)>,
) -> Result<Json<Activity>, Problem> {
    caller.may(Scope::Read)?;
    let (network, address) = parse(&network, &address)?;
    let _turn = service.costly().await?;
    let (found, end) = walk_all(&service, network, address, Walk::Start, SCAN_MAX).await?;
    let name = chain::format_address(network, &address);
    let mut times = Vec::with_capacity(found.len());
    for view in &found {
        times.push(event_in::parse_time("time", &view.time)?);
    }
    let (first, last) = (times.iter().min().copied(), times.iter().max().copied());
    let span_s = last.unwrap_or(0) - first.unwrap_or(0);
    let steps = [60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000, 31_536_000];
    let bucket_s = steps.into_iter().find(|step| span_s / step <= 60).unwrap_or(31_536_000);
    let mut buckets: BTreeMap<u64, (u64, u64, u64)> = BTreeMap::new();
    for (view, time_s) in found.iter().zip(times) {
        let bucket = buckets.entry(time_s / bucket_s * bucket_s).or_default();
        let is_out = view.from.as_ref().is_some_and(|party| party.address == name);
        if is_out {
            bucket.1 += 1;
        } else {
            bucket.0 += 1;
        }
        bucket.2 += u64::from(view.level != LevelView::Allow);
    }
    let buckets = buckets.into_iter().map(|(start, (r#in, out, held))| Bucket {
        start: show_time(start),
        r#in,
        out,
        held,
    });
    let is_truncated = !matches!(end, Walk::End);
    Ok(Json(Activity { bucket_s, buckets: buckets.collect(), is_truncated }))
}

/// Addresses that look alike, and those with the same owner.
#[derive(Serialize, Deserialize, ToSchema)]
struct Similar {
    /// Same beginning and end, other middle: what poisoning makes.
    look_alikes: Vec<PartyView>,
    /// Same owner, on UTXO chains.
    cluster: Vec<PartyView>,
}

/// Addresses that are like an address.
#[utoipa::path(get, path = "/v1/addresses/{network}/{address}/similar", tag = "addresses", operation_id = "get_similar",
    params(("network" = String, Path, description = "CAIP-2 id or name."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, description = "At most 50 of each kind.", body = Similar),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn similar(
    State(service): State<Service>,
    caller: Caller,
    Path((network, address)): Path<(String, String)>,
) -> Result<Json<Similar>, Problem> {
    caller.may(Scope::Read)?;
    let (network, address) = parse(&network, &address)?;
    let family = network.family();
    let _turn = service.costly().await?;
    let found = service.desk.ask(move |core| {
        let wanted = address.bytes();
        let is_alike = |other: &Address| {
            let bytes = other.bytes();
            *other != address
                && bytes.len() == wanted.len()
                && bytes[..LOOK_ALIKE_BYTES] == wanted[..LOOK_ALIKE_BYTES]
                && bytes[bytes.len() - LOOK_ALIKE_BYTES..]
                    == wanted[wanted.len() - LOOK_ALIKE_BYTES..]
        };
        let book = core.engine.net().book().iter();
        let alike: Vec<Address> = book
            .filter(|(known, other)| *known == family && is_alike(other))
            .map(|(_, other)| *other)
            .take(SIMILAR_SHOWN)
            .collect();
        let id = core.engine.net().book().find(family, &address);
        let members = id.filter(|_| network.is_utxo()).map_or_else(Vec::new, |id| {
            let members = core.engine.net().clusters().members(id, SIMILAR_SHOWN + 1);
            members.into_iter().filter(|member| *member != id).take(SIMILAR_SHOWN).collect()
        });
        let members: Vec<Address> =
            members.into_iter().map(|member| core.engine.net().book().address(member).1).collect();
        let engine = &mut core.engine;
        Similar {
            look_alikes: alike.iter().map(|other| party(engine, network, other)).collect(),
            cluster: members.iter().map(|other| party(engine, network, other)).collect(),
        }
    });
    Ok(Json(found.await?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(decisions))
        .routes(routes!(graph))
        .routes(routes!(path))
        .routes(routes!(activity))
        .routes(routes!(similar))
}
