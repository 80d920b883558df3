//! What the API says, and how it is made of what the engine knows. Names follow the KYT interfaces
//! of the field: severity, category, direct and indirect exposure.

use engine::record::Recorded;
use engine::{Decision, Engine};
use model::{Address, Asset, Level, Network, Transfer, TransferKind};
use onchain::account_model::Contribution;
use onchain::exposure::Exposure;
use onchain::patterns::PatternSet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One party of a transfer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Party)]
pub struct PartyView {
    /// The address in the form that wallets show.
    pub address: String,
    /// What lists call it.
    pub categories: Vec<String>,
    /// True for a service that pools the money of many people.
    pub is_service: bool,
}

/// An asset.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = AssetRef)]
pub struct AssetView {
    /// CAIP-19 id.
    pub caip19: String,
    /// `native`, `erc20`, `erc721` or `erc1155`.
    pub kind: String,
    /// Ticker, if known.
    #[schema(required)]
    pub symbol: Option<String>,
    /// Decimal places of a whole unit, if known.
    #[schema(required)]
    pub decimals: Option<u8>,
}

/// Calibrated scores of the account model, 0 to 1; null for services and chains without accounts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Scores)]
pub struct ScoresView {
    /// Of the payer.
    #[schema(required)]
    pub from: Option<f64>,
    /// Of the receiver.
    #[schema(required)]
    pub to: Option<f64>,
}

/// A decision about one transfer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionView {
    /// Its journal entry.
    pub index: u64,
    /// CAIP-2 id.
    pub network: String,
    /// Its name.
    pub network_name: String,
    /// Hash of the transaction.
    pub tx: String,
    /// Block number.
    pub block: u64,
    /// Index of the transaction in its block.
    pub tx_index: u32,
    /// Index of the movement in its transaction.
    pub sub_index: u32,
    /// Block time.
    pub time: String,
    /// Who paid.
    #[schema(required)]
    pub from: Option<PartyView>,
    /// Who received.
    #[schema(required)]
    pub to: Option<PartyView>,
    /// What was moved.
    pub asset: AssetView,
    /// How much, in base units.
    pub amount: String,
    /// `value`, `token`, `token_call`, `issuance` or `withdrawal`.
    pub kind: String,
    /// False when the transaction failed.
    pub success: bool,
    /// How far it may go.
    pub level: LevelView,
    /// How grave it is.
    pub severity: Severity,
    /// The rule that asks for the level; null for an allow.
    #[schema(required)]
    pub lead: Option<String>,
    /// What the rule says; null for an allow.
    #[schema(required)]
    pub sentence: Option<String>,
    /// Shapes of behaviour that it completes.
    pub patterns: Vec<String>,
    /// Scores of the account model.
    pub scores: ScoresView,
    /// True when its block was undone by a reorganisation.
    pub is_retracted: bool,
}

/// How far an action may go, mildest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Level)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum LevelView {
    Allow,
    Challenge,
    Hold,
    Deny,
}

impl From<Level> for LevelView {
    fn from(level: Level) -> Self {
        match level {
            Level::Allow => LevelView::Allow,
            Level::Challenge => LevelView::Challenge,
            Level::Hold => LevelView::Hold,
            Level::Deny => LevelView::Deny,
        }
    }
}

impl LevelView {
    /// The level by its number.
    pub fn of_number(number: u8) -> Self {
        Level::ALL.get(usize::from(number)).copied().unwrap_or(Level::Deny).into()
    }

    /// Its number, 0 to 3.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// How grave a matter is, as KYT interfaces name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Severity {
    None,
    Low,
    Medium,
    High,
    Severe,
}

impl Severity {
    /// Of a decision: its level, and `low` for an allow that a shadow rule would have held back.
    pub fn of(level: Level, has_fired: bool) -> Self {
        match level {
            Level::Allow if has_fired => Severity::Low,
            Level::Allow => Severity::None,
            Level::Challenge => Severity::Medium,
            Level::Hold => Severity::High,
            Level::Deny => Severity::Severe,
        }
    }

    /// By its number.
    pub fn of_number(number: u8) -> Self {
        [Severity::None, Severity::Low, Severity::Medium, Severity::High]
            .get(usize::from(number))
            .copied()
            .unwrap_or(Severity::Severe)
    }
}

/// One thing that a person can check.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Evidence)]
pub struct EvidenceView {
    /// What kind of thing: list, hop, feature, rule, transfer.
    pub kind: String,
    /// The thing in words and numbers.
    pub detail: String,
}

/// Why a verdict is not a plain allow.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonView {
    /// Stable code.
    pub code: String,
    /// One sentence.
    pub sentence: String,
    /// What it rests on.
    pub evidence: Vec<EvidenceView>,
    /// How the person concerned can resolve it.
    pub remedy: String,
}

impl From<&model::Reason> for ReasonView {
    fn from(reason: &model::Reason) -> Self {
        let evidence = reason.evidence.iter();
        Self {
            code: reason.code.to_string(),
            sentence: reason.sentence.clone(),
            evidence: evidence
                .map(|e| EvidenceView { kind: e.kind.to_string(), detail: e.detail.clone() })
                .collect(),
            remedy: reason.remedy.to_string(),
        }
    }
}

/// Share of funds from or to a category, 0 to 1.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Exposure)]
pub struct ExposureView {
    /// The category.
    pub category: String,
    /// Without anybody in between.
    pub direct: f32,
    /// Over others, decayed with each hop.
    pub indirect: f32,
    /// Fewest hops to a listed address.
    pub hops: u8,
}

impl From<&Exposure> for ExposureView {
    fn from(exposure: &Exposure) -> Self {
        Self {
            category: exposure.category.name().to_owned(),
            direct: exposure.direct,
            indirect: exposure.indirect,
            hops: exposure.hops,
        }
    }
}

/// A rule that held, or lacked one part.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RuleTrace {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub then: LevelView,
    /// `live` or `shadow`.
    pub mode: String,
    /// `fired` or `nearly`.
    pub state: String,
    /// Its condition.
    pub condition: String,
    /// The one part that did not hold.
    #[schema(required)]
    pub missing: Option<String>,
}

/// What an input of the account model did to the score, in log-odds: above zero speaks against.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Contribution)]
pub struct ContributionView {
    /// Stable name of the input.
    pub feature: String,
    /// What it means.
    pub meaning: String,
    /// Its value; null when it is missing.
    #[schema(required)]
    pub value: Option<f32>,
    /// What it did.
    pub weight: f64,
}

impl From<&Contribution> for ContributionView {
    fn from(part: &Contribution) -> Self {
        Self {
            feature: part.feature.to_owned(),
            meaning: part.meaning.to_owned(),
            value: Some(part.value).filter(|value| value.is_finite()),
            weight: part.weight,
        }
    }
}

/// A pair, for payer and receiver.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = PartyContributions)]
pub struct ContributionsView {
    /// Of the payer.
    pub from: Vec<ContributionView>,
    /// Of the receiver.
    pub to: Vec<ContributionView>,
}

/// Exposure of payer and receiver in the asset of the transfer.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = PartyExposures)]
pub struct ExposuresView {
    /// Of the payer.
    pub from: Vec<ExposureView>,
    /// Of the receiver.
    pub to: Vec<ExposureView>,
}

/// What the customer is told. It never says what would warn somebody under investigation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CustomerMessage {
    /// One line.
    pub title: String,
    /// What happened.
    pub text: String,
    /// What they can do.
    pub next_step: String,
}

/// What is kept of a decision above allow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredDetail {
    /// The decision.
    pub decision: DecisionView,
    /// Why.
    pub reasons: Vec<ReasonView>,
    /// Rules that held or nearly held.
    pub rules: Vec<RuleTrace>,
    /// What moved the scores.
    pub contributions: ContributionsView,
    /// Where funds came from.
    pub exposures: ExposuresView,
}

/// `2026-11-22T11:05:03Z`.
pub fn show_time(time_s: u64) -> String {
    // The engine's form, which people read, with the separators of RFC 3339.
    let shown = engine::explain::show_time(time_s);
    let (day, rest) = shown.split_once(' ').unwrap_or((&shown, ""));
    format!("{day}T{}Z", rest.strip_suffix(" UTC").unwrap_or(rest))
}

/// As [`show_time`], of the database's seconds.
pub fn show_seconds(time_s: i64) -> String {
    show_time(u64::try_from(time_s).unwrap_or(0))
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A transaction hash in the form of its network.
pub fn show_tx(network: Network, tx: &model::TxHash) -> String {
    if matches!(network, Network::Evm(_)) { format!("0x{tx}") } else { tx.to_string() }
}

/// An address with what lists say of it.
pub fn party(engine: &mut Engine, network: Network, address: &Address) -> PartyView {
    let categories = engine.net().directory().standing(network.family(), address).categories;
    PartyView {
        address: chain::format_address(network, address),
        categories: categories.iter().map(|c| c.name().to_owned()).collect(),
        is_service: categories.is_service(),
    }
}

/// An asset.
pub fn asset(network: Network, asset: &Asset) -> AssetView {
    let (kind, symbol, decimals) = match asset {
        Asset::Native => ("native", Some(network.symbol()), Some(network.native_decimals())),
        Asset::Erc20(_) => ("erc20", None, None),
        Asset::Erc721 { .. } => ("erc721", None, Some(0)),
        Asset::Erc1155 { .. } => ("erc1155", None, Some(0)),
    };
    AssetView {
        caip19: asset.caip19(network),
        kind: kind.to_owned(),
        symbol: symbol.map(str::to_owned),
        decimals,
    }
}

fn kind(kind: TransferKind) -> &'static str {
    match kind {
        TransferKind::Value => "value",
        TransferKind::Token => "token",
        TransferKind::TokenCall => "token_call",
        TransferKind::Issuance => "issuance",
        TransferKind::Withdrawal => "withdrawal",
    }
}

/// What is common to decisions of now and of the journal.
struct Outcome {
    index: u64,
    level: Level,
    has_fired: bool,
    lead: Option<String>,
    sentence: Option<String>,
    patterns: PatternSet,
    scores: [Option<f64>; 2],
}

fn view(engine: &mut Engine, transfer: &Transfer, outcome: Outcome) -> DecisionView {
    let network = transfer.network;
    DecisionView {
        index: outcome.index,
        network: network.to_string(),
        network_name: network.name(),
        tx: show_tx(network, &transfer.tx),
        block: transfer.position.block,
        tx_index: transfer.position.tx_index,
        sub_index: transfer.position.sub_index,
        time: show_time(transfer.time_s),
        from: transfer.from.map(|address| party(engine, network, &address)),
        to: transfer.to.map(|address| party(engine, network, &address)),
        asset: asset(network, &transfer.asset),
        amount: transfer.amount.to_string(),
        kind: kind(transfer.kind).to_owned(),
        success: transfer.success,
        level: outcome.level.into(),
        severity: Severity::of(outcome.level, outcome.has_fired),
        lead: outcome.lead,
        sentence: outcome.sentence,
        patterns: outcome.patterns.iter().map(|pattern| pattern.code().to_owned()).collect(),
        scores: ScoresView { from: outcome.scores[0], to: outcome.scores[1] },
        is_retracted: false,
    }
}

/// A decision of now.
pub fn decision(engine: &mut Engine, transfer: &Transfer, decision: &Decision) -> DecisionView {
    let reasons = decision.verdict.iter().flat_map(|verdict| verdict.reasons());
    let lead = decision.lead.as_deref();
    let sentence = reasons.into_iter().find(|reason| Some(reason.code.as_ref()) == lead);
    let outcome = Outcome {
        index: decision.index,
        level: decision.level,
        has_fired: !decision.fired.is_empty(),
        lead: decision.lead.clone(),
        sentence: sentence.map(|reason| reason.sentence.clone()),
        patterns: decision.patterns,
        scores: decision.scores,
    };
    view(engine, transfer, outcome)
}

/// A decision of the journal.
pub fn recorded(engine: &mut Engine, index: u64, recorded: &Recorded) -> DecisionView {
    let rules = engine.pack().rules();
    let asks =
        |id: &&String| rules.iter().any(|rule| rule.id == **id && rule.then == recorded.level);
    let lead = (recorded.level > Level::Allow)
        .then(|| recorded.rules.iter().find(asks).or_else(|| recorded.rules.first()).cloned())
        .flatten();
    let model = engine.model();
    let scores =
        recorded.raw.map(|raw| raw.and_then(|raw| model.map(|model| model.probability(raw))));
    let outcome = Outcome {
        index,
        level: recorded.level,
        has_fired: !recorded.rules.is_empty(),
        lead,
        sentence: None,
        patterns: recorded.patterns,
        scores,
    };
    view(engine, &recorded.transfer, outcome)
}

/// Rules that held and nearly held.
pub fn rules(engine: &Engine, decision: &Decision) -> Vec<RuleTrace> {
    let rules = engine.pack().rules();
    let trace = |place: usize, missing: Option<String>| {
        let rule = &rules[place];
        RuleTrace {
            id: rule.id.clone(),
            then: rule.then.into(),
            mode: if rule.mode == policy::Mode::Live { "live" } else { "shadow" }.to_owned(),
            state: if missing.is_some() { "nearly" } else { "fired" }.to_owned(),
            condition: rule.when.clone(),
            missing,
        }
    };
    let fired = decision.fired.places().map(|place| trace(place, None));
    let nearly = decision.detail.iter().flat_map(|detail| &detail.nearly);
    fired.chain(nearly.map(|(place, missing)| trace(*place, Some(missing.clone())))).collect()
}

/// What the customer is told of a decision that `code` led to.
pub fn customer_message(level: LevelView, code: &str, remedy: &str) -> Option<CustomerMessage> {
    // The customer may be the victim here, and is told what we see. Whoever is under a sanctions or
    // laundering review must not learn of it from us.
    let is_warning = [
        "pattern.poisoning.",
        "pattern.fresh.",
        "pattern.drainer.",
        "pattern.dormant.",
        "pattern.token.",
        "phishing.receiver.",
        "scam.receiver.",
        "ponzi.receiver.",
        "extortion.receiver.",
    ]
    .iter()
    .any(|area| code.starts_with(area));
    let (title, text) = match level {
        LevelView::Allow => return None,
        LevelView::Challenge => (
            "Please confirm this transfer",
            "We ask because this transfer is unusual for your account. Nothing has been sent.",
        ),
        LevelView::Hold => (
            "Your transfer is being checked",
            "A person of our team looks at it before it goes on. Your money is still where it was.",
        ),
        LevelView::Deny => (
            "We cannot carry out this transfer",
            "Our rules do not allow it. Your money is still where it was.",
        ),
    };
    let next_step = if !is_warning || remedy.is_empty() {
        "You need to do nothing now. We write to you if we need anything. Nobody of us will call you or ask for a code."
    } else {
        remedy
    };
    Some(CustomerMessage {
        title: title.to_owned(),
        text: text.to_owned(),
        next_step: next_step.to_owned(),
    })
}
