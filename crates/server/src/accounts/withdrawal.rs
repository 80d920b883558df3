//! Withdrawals: judged by all guards in one join, written, journaled, and then answered. Each step is one
//! transaction with the account, so that none passes a freeze that was written before it.

use account::account::Account;
use account::book::Destination;
use account::decide::{Request, decide};
use account::factor::{Factor, Factors};
use account::step::By;
use account::time::At;
use account::withdrawal::{Event, State as Stage};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use behavior::friction::Scam;
use behavior::interview::{Answers, Known as KnownOfIt, Way, judge as judge_answers, questions};
use engine::withdrawal::{Guards, Judged};
use model::{Level, Position, Transfer, TransferKind, TxHash, Verdict};
use post::happening::{Happening, Payment};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use store::sql::{
    AccountKeyRow, AlertUpdate, AssetPriceRow, CustomerOp, CustomerRow, WithdrawalFilter,
    WithdrawalRow,
};
use utoipa::ToSchema;

use super::change::{Doer, Draft, json_text};
use super::commands::destination;
use super::confirm::{Confirmation, Wanted};
use super::letter::Occasion;
use super::past::unanswered;
use super::session::{Origin, Owner};
use super::view::{network_name, withdraws_until};
use crate::Service;
use crate::api::{Body, Page, PageQuery, Path, Query, event_in, parse};
use crate::auth::{Caller, Scope, cookie, new_secret};
use crate::problem::Problem;
use crate::view::{LevelView, ReasonView, Severity, customer_message, show_seconds, show_time};

/// Longest name that an asker gives a withdrawal.
const REQUEST_ID_LEN_MAX: usize = 64;
/// Withdrawals of a customer that wait at a time.
const OPEN_MAX: usize = 1_000;
/// Digits after the point of an asset.
const DECIMALS_MAX: u32 = 30;

/// A withdrawal that is asked for.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawalIn {
    /// Your name of it. Asked again with the same, it is the same withdrawal.
    request_id: String,
    /// CAIP-2 id, or a name such as `ethereum`.
    network: String,
    /// `native`, or a CAIP-19 id.
    #[serde(default = "native")]
    asset: String,
    /// How much, in base units.
    amount: String,
    /// Where it goes.
    to: String,
}

fn native() -> String {
    "native".to_owned()
}

/// What was asked; it never changes.
#[derive(Clone, Serialize, Deserialize)]
struct AskedFor {
    given: WithdrawalIn,
    to: Destination,
    symbol: String,
    decimals: u32,
    /// In cents; nothing where it is not known.
    value_cents: Option<u64>,
    price_at: Option<u64>,
    /// Of what confirms it.
    nonce: String,
    /// The key that asked; nothing for a session.
    key: Option<String>,
    ip: String,
    device: Option<String>,
}

/// Where a withdrawal has come to.
#[derive(Clone, Serialize, Deserialize)]
struct Status {
    stage: Stage,
    level: Level,
    reasons: Vec<ReasonView>,
    not_before: Option<At>,
    /// What its owner has shown for it.
    shown: Factors,
    /// What is asked of its owner.
    interview: Option<Scam>,
    /// What its owner answered: the number of the choice for each question.
    answers: Option<Answers>,
    /// What the answers come to.
    answered: Verdict,
    /// Reasons that people have looked into: code, who, who else.
    cleared: Vec<Cleared>,
    not_checked: Vec<String>,
    /// The number of its last event.
    #[serde(default)]
    seq: Option<i64>,
}

/// A reason that people have set aside.
#[derive(Clone, Serialize, Deserialize)]
struct Cleared {
    code: String,
    by: i64,
    approved_by: Option<i64>,
    note: String,
}

/// Why a withdrawal is where it is.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct WithdrawalView {
    id: String,
    request_id: String,
    network: String,
    network_name: String,
    asset: String,
    symbol: String,
    decimals: u32,
    amount: String,
    #[schema(required)]
    value_cents: Option<u64>,
    to: String,
    #[schema(required)]
    to_label: Option<String>,
    /// `requested`, `challenged`, `held`, `approved`, `released`, `cancelled`, `denied`, `expired`.
    state: String,
    asked_at: String,
    changed_at: String,
    /// When time alone lets it go.
    #[schema(required)]
    not_before: Option<String>,
    /// When it is too late.
    #[schema(required)]
    expires_at: Option<String>,
    level: LevelView,
    reasons: Vec<ReasonView>,
    /// What its owner can do now.
    what_to_do: String,
    not_checked: Vec<String>,
    /// What confirms it, for its owner.
    #[schema(required)]
    confirm: Option<WantedIntent>,
    /// What its owner is asked.
    #[schema(required)]
    interview: Option<InterviewView>,
    /// Its entry in the journal.
    #[schema(required)]
    receipt: Option<WithdrawalReceipt>,
    /// `session` or `key`.
    by: String,
    customer_id: String,
}

/// Where a withdrawal stands in the journal.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct WithdrawalReceipt {
    /// Its last entry: `/v1/journal/entries/{index}` gives it with its proof.
    journal_index: i64,
}

/// What confirms a withdrawal.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct WantedIntent {
    #[serde(flatten)]
    wanted: Wanted,
    /// What the passkey signs the hash of.
    intent: Intent,
}

/// What is confirmed of a withdrawal, all of it.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Intent {
    asset: String,
    amount: String,
    to: String,
    network: String,
    nonce: String,
}

impl Intent {
    /// The challenge that the passkey signs: SHA-256 over the fields, each with its length before it.
    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"ringfence withdrawal v1");
        for field in [&self.asset, &self.amount, &self.to, &self.network, &self.nonce] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        hash.finalize().into()
    }
}

/// A question.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct QuestionView {
    id: String,
    text: String,
    answers: Vec<AnswerView>,
}

/// An answer.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AnswerView {
    id: String,
    text: String,
}

/// Three questions, chosen by what is suspected.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct InterviewView {
    questions: Vec<QuestionView>,
    /// The choice that is offered first.
    pause: String,
}

/// Who asks for a withdrawal.
enum Asker {
    Owner(Box<Owner>),
    Key { key: Box<AccountKeyRow>, customer: Box<CustomerRow>, origin: Origin },
}

impl Asker {
    fn customer(&self) -> &CustomerRow {
        match self {
            Asker::Owner(owner) => &owner.customer,
            Asker::Key { customer, .. } => customer,
        }
    }

    fn origin(&self) -> &Origin {
        match self {
            Asker::Owner(owner) => &owner.origin,
            Asker::Key { origin, .. } => origin,
        }
    }

    fn doer(&self) -> Doer {
        match self {
            Asker::Owner(owner) => owner.doer(),
            Asker::Key { origin, key, .. } => Doer {
                name: "a key",
                device: Some(key.name.clone()),
                ip: Some(origin.ip.to_string()),
            },
        }
    }

    fn key(&self) -> Option<&AccountKeyRow> {
        match self {
            Asker::Owner(_) => None,
            Asker::Key { key, .. } => Some(key),
        }
    }
}

/// The text that a key's program signs.
fn signed_by_key<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| text.len() <= 200)
}

/// Whose key has signed a request.
async fn by_key(
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
async fn asker(
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

/// What is known beside the account when a withdrawal is judged.
struct Known {
    destination: Verdict,
    behavior: Verdict,
    interview: Option<Scam>,
    not_checked: Vec<String>,
}

impl Service {
    /// What SkyNet, the rules and the account's past say. SkyNet's answer is on the record.
    async fn known_of(
        &self,
        customer_id: &str,
        asked: &AskedFor,
        asked_at: At,
    ) -> Result<Known, Problem> {
        let network: model::Network = asked.to.network.parse()?;
        let transfer = Transfer {
            network,
            position: Position::default(),
            time_s: crate::now_s(),
            tx: TxHash::default(),
            from: None,
            to: Some(event_in::address("to", network, &asked.to.address)?),
            initiator: None,
            asset: event_in::asset("asset", network, &asked.given.asset)?,
            amount: event_in::amount("amount", &asked.given.amount)?,
            success: true,
            kind: TransferKind::Value,
            has_call_data: false,
        };
        let mut decisions = self.desk.screen(vec![transfer]).await?;
        let decision = decisions.pop().ok_or_else(|| Problem::internal("no answer"))?;
        let mut not_checked = self.not_checked().await?;
        let is_new = !self.sql.has_sent_to(customer_id, &asked.to.address).await?;
        let from = (asked.device.as_deref(), asked.ip.as_str());
        let (to, value) = (&asked.to, asked.value_cents);
        let assessed = self.assessed(customer_id, to, is_new, value, from, asked_at).await?;
        not_checked.extend(assessed.not_checked);
        Ok(Known {
            destination: decision.verdict.unwrap_or_else(Verdict::allow),
            behavior: assessed.verdict,
            interview: assessed.interview,
            not_checked,
        })
    }
}

/// A confirmation that was given is what a challenge asks for.
fn after(verdict: &Verdict, is_confirmed: bool) -> Verdict {
    if is_confirmed && verdict.level() == Level::Challenge {
        return Verdict::allow();
    }
    verdict.clone()
}

/// What all guards say, at a time.
fn judge(
    account: &Account,
    asked: &AskedFor,
    status: &Status,
    known: &Known,
    asked_at: At,
    left_cents: u64,
    now: At,
) -> Judged {
    let request = Request {
        to: asked.to.clone(),
        value_cents: asked.value_cents.unwrap_or(0),
        left_cents,
        asked_at,
    };
    let fresh = match asked.key {
        Some(_) => Factors::of(&[Factor::ApiKey]),
        None => status.shown,
    };
    let by = By { is_signed_in: asked.key.is_none(), fresh };
    let cleared: BTreeSet<String> = status
        .cleared
        .iter()
        .filter(|cleared| cleared.approved_by.is_some())
        .map(|cleared| cleared.code.clone())
        .collect();
    let is_confirmed = status.shown.has_all(account.credentials.confirming());
    // Whoever has answered has given what was wanted; what the answers say counts instead.
    let asks = known.interview.is_some() || status.interview.is_some();
    // A key is bound to its addresses: what is asked of people's places is not asked of it.
    let behavior =
        after(&known.behavior, is_confirmed || asked.key.is_some()).join(match &status.answers {
            Some(_) => status.answered.clone(),
            None if asks && asked.key.is_none() => unanswered(),
            None => Verdict::allow(),
        });
    Guards {
        account: decide(account, &request, &by, now),
        destination: after(&known.destination, is_confirmed),
        behavior,
        value: engine::withdrawal::value(asked.value_cents.and(asked.price_at), now.0),
        cleared,
    }
    .join()
}

/// Reasons as the customer may read them: whoever is under a sanctions review does not learn of it here.
fn told(reasons: &[ReasonView], level: LevelView) -> Vec<ReasonView> {
    reasons
        .iter()
        .map(|reason| {
            let is_own = ["account.", "behavior.", "withdrawal.", "interview."]
                .iter()
                .any(|area| reason.code.starts_with(area));
            if is_own {
                return reason.clone();
            }
            let message = customer_message(level, &reason.code, &reason.remedy);
            let message = message.map(|message| (message.text, message.next_step));
            let (sentence, remedy) = message.unwrap_or_default();
            ReasonView {
                code: "withdrawal.destination".to_owned(),
                sentence,
                evidence: Vec::new(),
                remedy,
            }
        })
        .collect()
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Requested => "requested",
        Stage::Challenged { .. } => "challenged",
        Stage::Held { .. } => "held",
        Stage::Approved { .. } => "approved",
        Stage::Released => "released",
        Stage::Cancelled => "cancelled",
        Stage::Denied => "denied",
        Stage::Expired => "expired",
    }
}

/// When time alone changes something.
fn wakes_at(stage: Stage) -> Option<i64> {
    let at = match stage {
        Stage::Challenged { expires_at } | Stage::Approved { expires_at } => Some(expires_at),
        Stage::Held { not_before } => not_before,
        _ => None,
    };
    at.map(|at| at.0.cast_signed())
}

fn what_to_do(stage: Stage, reasons: &[ReasonView], is_unconfirmed: bool) -> String {
    match stage {
        Stage::Held { .. } if is_unconfirmed => {
            "Confirm it now, or cancel it. Then it goes on by itself when nothing holds it any more."
                .to_owned()
        }
        Stage::Requested => "Wait a moment.".to_owned(),
        Stage::Challenged { .. } => "Confirm it, or cancel it.".to_owned(),
        Stage::Held { not_before: Some(_) } => {
            "Wait, or cancel it. It goes on by itself when the time is over.".to_owned()
        }
        Stage::Held { not_before: None } => {
            let remedy = reasons.iter().map(|reason| reason.remedy.as_str());
            let remedy = remedy.into_iter().find(|remedy| !remedy.is_empty()).unwrap_or("");
            format!("A person of our team looks at it. {remedy}").trim_end().to_owned()
        }
        Stage::Approved { .. } => "Nothing: it will be sent. You can still cancel it.".to_owned(),
        Stage::Released => "Nothing: it was sent.".to_owned(),
        Stage::Cancelled => "Nothing: it was cancelled.".to_owned(),
        Stage::Denied => reasons
            .iter()
            .map(|reason| reason.remedy.clone())
            .find(|remedy| !remedy.is_empty())
            .unwrap_or_else(|| "Ask our support.".to_owned()),
        Stage::Expired => "Ask again: it was not confirmed or sent in time.".to_owned(),
    }
}

/// An amount in whole units, exactly.
pub(crate) fn whole_units(amount: &str, decimals: u32) -> String {
    let digits = amount.trim_start_matches('0');
    let places = decimals as usize;
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, part) = padded.split_at(padded.len() - places);
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

/// What an amount is worth, in cents, rounded up; nothing when it is beyond what can be counted.
fn value_of(amount: model::Amount, price: &AssetPriceRow) -> Option<u64> {
    let decimals = u32::try_from(price.decimals).ok().filter(|d| *d <= DECIMALS_MAX)?;
    let amount: u128 = amount.to_string().parse().ok()?;
    let price = u128::try_from(price.price_cents).ok()?;
    let unit = 10u128.pow(decimals);
    let (whole, part) = (amount / unit, amount % unit);
    let whole = whole.checked_mul(price)?;
    // The part is below one unit: what it is worth is below the price, and is counted without overflow.
    let part = match part.checked_mul(price) {
        Some(product) => product.div_ceil(unit),
        None => price,
    };
    let value = u64::try_from(whole.checked_add(part)?).ok()?;
    (value <= i64::MAX as u64).then_some(value)
}

fn checked_request_id(text: &str) -> Result<(), Problem> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if (1..=REQUEST_ID_LEN_MAX).contains(&text.len()) && text.bytes().all(is_plain) {
        return Ok(());
    }
    let detail = format!(
        "it has 1 to {REQUEST_ID_LEN_MAX} letters, digits, dots, hyphens, colons or underscores"
    );
    Err(Problem::field("request_id", "withdrawal.request_id", detail))
}

/// A row with what is in it.
struct Withdrawal {
    row: WithdrawalRow,
    asked: AskedFor,
    status: Status,
}

impl Withdrawal {
    fn of(row: WithdrawalRow) -> Result<Self, Problem> {
        let asked = serde_json::from_str(&row.asked).map_err(Problem::internal)?;
        let status = serde_json::from_str(&row.status).map_err(Problem::internal)?;
        Ok(Self { row, asked, status })
    }

    fn asked_at(&self) -> At {
        At(self.row.asked_at.cast_unsigned())
    }

    fn intent(&self) -> Intent {
        Intent {
            asset: self.asked.given.asset.clone(),
            amount: self.asked.given.amount.clone(),
            to: self.asked.to.address.clone(),
            network: self.asked.to.network.clone(),
            nonce: self.asked.nonce.clone(),
        }
    }

    fn amount_text(&self) -> String {
        let amount = whole_units(&self.asked.given.amount, self.asked.decimals);
        format!("{amount} {}", self.asked.symbol)
    }

    /// Takes in what guards say.
    fn judged(&mut self, judged: &Judged) {
        self.status.level = judged.verdict.level();
        self.status.reasons = judged.verdict.reasons().iter().map(ReasonView::from).collect();
        self.status.not_before = judged.not_before;
    }

    /// The row as it is to be kept, with its event and what is told of it.
    fn put(&mut self, draft: &mut Draft<'_>, is_new: bool) -> Result<(), Problem> {
        let state = stage_name(self.status.stage);
        let has_moved = is_new || state != self.row.state;
        self.row.state = state.to_owned();
        self.row.changed_at = draft.now_s();
        self.row.wake_at = wakes_at(self.status.stage);
        self.row.status = json_text(&self.status)?;
        let reasons: Vec<&str> = self.status.reasons.iter().map(|r| r.code.as_str()).collect();
        let detail = json!({
            "withdrawal": self.row.id,
            "amount": self.amount_text(),
            "to": self.asked.to.address,
            "network": self.asked.to.network,
            "state": state,
            "level": self.status.level.name(),
            "reasons": reasons,
        });
        draft.happened("withdrawal", detail.clone());
        draft.op(match is_new {
            true => CustomerOp::AddWithdrawal(self.row.clone()),
            false => CustomerOp::PutWithdrawal(self.row.clone()),
        });
        if has_moved {
            draft.announce("withdrawal", detail);
            // Told when it is asked for, and when it is over; what is between is on the page.
            if is_new || self.status.stage.is_end() {
                let payment = Payment {
                    asset: self.asked.symbol.clone(),
                    amount: event_in::amount("amount", &self.asked.given.amount)?,
                    decimals: u8::try_from(self.asked.decimals).unwrap_or(u8::MAX),
                    to: self.asked.to.clone(),
                };
                let told = told(&self.status.reasons, self.status.level.into());
                let why = told.first().map(|reason| reason.sentence.clone());
                let state = self.status.stage;
                draft.tell(Occasion::Happened(Happening::Withdrawal { payment, state, why }));
            }
        }
        Ok(())
    }
}

impl Service {
    async fn price_of(&self, network: &str, asset: &str) -> Result<Option<AssetPriceRow>, Problem> {
        let prices = self.sql.asset_prices().await?;
        Ok(prices.into_iter().find(|price| price.network == network && price.asset == asset))
    }

    /// A withdrawal as whoever asks may see it.
    async fn withdrawal_view(
        &self,
        found: &Withdrawal,
        owner: Option<&Owner>,
    ) -> Result<WithdrawalView, Problem> {
        let Withdrawal { row, asked, status } = found;
        let level = LevelView::from(status.level);
        let reasons = if owner.is_some() || asked.key.is_some() {
            told(&status.reasons, level)
        } else {
            status.reasons.clone()
        };
        let is_open = !status.stage.is_end();
        let confirm = match owner {
            // Also while it is held: it is confirmed now, and goes on by itself later.
            Some(owner) if is_open => {
                let account = owner.account(self.accounts.now())?;
                let wanted = account.credentials.confirming();
                if status.shown.has_all(wanted) {
                    None
                } else {
                    let intent = found.intent();
                    let wanted = self.wanted(owner, wanted, intent.digest(), None).await?;
                    Some(WantedIntent { wanted, intent })
                }
            }
            _ => None,
        };
        let waits_for_answers =
            status.answers.is_none() && is_open && confirm.is_none() && owner.is_some();
        let interview = status.interview.filter(|_| waits_for_answers).map(interview_view);
        let profile = owner.map(Owner::profile).transpose()?;
        let label = profile.as_ref().and_then(|profile| {
            profile.label(&asked.to.network, &asked.to.address).map(|label| label.label.clone())
        });
        let expires_at = match status.stage {
            Stage::Challenged { expires_at } | Stage::Approved { expires_at } => {
                Some(show_time(expires_at.0))
            }
            _ => None,
        };
        let events = self.sql.account_events(&row.customer_id, None, 100).await?;
        let receipt = events.iter().find_map(|event| {
            let is_ours = event.kind == "withdrawal" && event.detail.contains(&row.id);
            let journal_index = event.journal_index.filter(|_| is_ours)?;
            Some(WithdrawalReceipt { journal_index })
        });
        Ok(WithdrawalView {
            id: row.id.clone(),
            request_id: row.request_id.clone(),
            network: asked.to.network.clone(),
            network_name: network_name(&asked.to.network),
            asset: asked.given.asset.clone(),
            symbol: asked.symbol.clone(),
            decimals: asked.decimals,
            amount: asked.given.amount.clone(),
            value_cents: asked.value_cents,
            to: asked.to.address.clone(),
            to_label: label,
            state: row.state.clone(),
            asked_at: show_seconds(row.asked_at),
            changed_at: show_seconds(row.changed_at),
            not_before: match status.stage {
                Stage::Held { not_before } => not_before.map(|at| show_time(at.0)),
                _ => None,
            },
            expires_at,
            level,
            what_to_do: what_to_do(status.stage, &reasons, confirm.is_some()),
            reasons,
            not_checked: status.not_checked.clone(),
            confirm,
            interview,
            receipt,
            by: if asked.key.is_some() { "key" } else { "session" }.to_owned(),
            customer_id: row.customer_id.clone(),
        })
    }

    /// What people of the exchange are called for.
    async fn alert_of(&self, found: &Withdrawal) {
        if found.row.state != "held" {
            return;
        }
        let Some(lead) = found.status.reasons.iter().max_by_key(|reason| {
            // What a person has to look at comes before what only waits.
            !matches!(reason.code.as_str(), "account.address.new" | "account.delay")
        }) else {
            return;
        };
        let waits_for_time = found.status.not_before.is_some();
        let severity = if waits_for_time { Severity::Low } else { Severity::High };
        let mut reasons = found.status.reasons.clone();
        for reason in &mut reasons {
            let detail = found.row.customer_id.clone();
            reason.evidence.push(crate::view::EvidenceView { kind: "customer".to_owned(), detail });
        }
        let sentence = format!(
            "A withdrawal of {} to {} is held: {}",
            found.amount_text(),
            found.asked.to.address,
            lead.sentence
        );
        self.raise(AlertUpdate {
            code: lead.code.clone(),
            network: found.asked.to.network.clone(),
            address: found.asked.to.address.clone(),
            categories: String::new(),
            level: Level::Hold as u8,
            severity: severity as u8,
            sentence,
            transfers: 1,
            first_seen: found.row.asked_at,
            last_seen: found.row.changed_at,
            decision_index: 0,
            known_since: None,
            reasons: serde_json::to_string(&reasons).unwrap_or_else(|_| "[]".to_owned()),
        })
        .await;
    }

    /// Raises an alert. One that fails is logged: the withdrawal waits all the same.
    pub(crate) async fn raise(&self, mut alert: AlertUpdate) {
        let head = self.desk.ask(|core| core.data.journal().head().0).await;
        alert.decision_index = head.map_or(0, |head| head.saturating_sub(1));
        let now_s = crate::now_s().cast_signed();
        match self.sql.raise_alerts(&[alert], now_s).await {
            Ok(ids) => ids.into_iter().for_each(|id| self.actor.tell_alert(id)),
            Err(error) => tracing::error!(%error, "an alert was not raised"),
        }
    }

    /// Judges a withdrawal again and moves it on, whatever has changed: time, what was shown, what people
    /// have set aside. `event` says what a judgement is for.
    async fn go_on(
        &self,
        id: &str,
        doer: Doer,
        is_sending: bool,
        before: impl FnOnce(&mut Draft<'_>, &mut Withdrawal) -> Result<(), Problem> + Send,
    ) -> Result<Withdrawal, Problem> {
        let row = self.sql.withdrawal(id).await?;
        let found = Withdrawal::of(row.ok_or_else(|| Problem::not_found("the withdrawal"))?)?;
        let customer_id = found.row.customer_id.clone();
        let known = self.known_of(&customer_id, &found.asked, found.asked_at()).await?;
        let sent = self.sent(&customer_id, &found.asked.to, found.asked.value_cents).await?;
        let found = self
            .change(&customer_id, doer, |draft| {
                // Read again, within the transaction: it may have moved.
                let row = draft.known.open.iter().find(|row| row.id == found.row.id);
                let row = row.cloned().ok_or_else(ended)?;
                let mut found = Withdrawal::of(row)?;
                before(draft, &mut found)?;
                if !found.status.stage.is_end() {
                    move_on(draft, &mut found, &known, is_sending)?;
                }
                if found.status.stage == Stage::Released {
                    draft.op(CustomerOp::PutBehavior(sent));
                }
                found.put(draft, false)?;
                Ok(found)
            })
            .await?;
        self.alert_of(&found).await;
        let row = self.sql.withdrawal(id).await?;
        Withdrawal::of(row.ok_or_else(|| Problem::not_found("the withdrawal"))?)
    }

    /// Time has passed for a withdrawal.
    pub(crate) async fn time_passed(&self, id: &str) -> Result<(), Problem> {
        match self.go_on(id, Doer::named("time"), false, |_, _| Ok(())).await {
            Err(problem) if problem.code == "withdrawal.ended" => Ok(()),
            other => other.map(|_| ()),
        }
    }
}

fn ended() -> Problem {
    let refused = account::withdrawal::Refused::Ended;
    Problem::new(StatusCode::CONFLICT, refused.code(), refused.to_string())
}

/// Moves a withdrawal on by what all guards say now.
fn move_on(
    draft: &Draft<'_>,
    found: &mut Withdrawal,
    known: &Known,
    is_sending: bool,
) -> Result<(), Problem> {
    let mut account = draft.account.clone();
    account.settings.settle(draft.now);
    // Of what has left, this one is counted apart.
    let others = draft.known.left_cents.saturating_sub(found.row.value_cents).max(0);
    let judged = judge(
        &account,
        &found.asked,
        &found.status,
        known,
        found.asked_at(),
        others.cast_unsigned(),
        draft.now,
    );
    found.judged(&judged);
    found.status.not_checked.clone_from(&known.not_checked);
    if found.status.interview.is_none() {
        found.status.interview = known.interview;
    }
    let (level, not_before) = (judged.verdict.level(), judged.not_before);
    let event = match is_sending {
        true => Event::Sent { level, not_before },
        false => Event::Decided { level, not_before },
    };
    found.status.stage = found.status.stage.step(event, draft.now).map_err(|refused| {
        Problem::new(StatusCode::CONFLICT, refused.code(), refused.to_string())
    })?;
    Ok(())
}

fn interview_view(scam: Scam) -> InterviewView {
    let question = |question: &behavior::interview::Question| QuestionView {
        id: question.id.to_owned(),
        text: question.text.to_owned(),
        answers: question
            .choices
            .iter()
            .map(|choice| AnswerView { id: choice.id.to_owned(), text: choice.text.to_owned() })
            .collect(),
    };
    InterviewView {
        questions: questions(scam).iter().map(question).collect(),
        pause: Way::Pause.label().to_owned(),
    }
}

/// The choices of answers that were given by their names.
fn choices(scam: Scam, given: &BTreeMap<String, String>) -> Result<Answers, Problem> {
    let mut choices = [0; 3];
    for (place, question) in choices.iter_mut().zip(questions(scam)) {
        let answer = given.get(question.id);
        let known = question
            .choices
            .iter()
            .position(|choice| Some(choice.id) == answer.map(String::as_str));
        *place = known.and_then(|known| u8::try_from(known).ok()).ok_or_else(|| {
            let detail = format!("the question '{}' has no answer of its own", question.id);
            Problem::field("answers", "withdrawal.answer", detail)
        })?;
    }
    Ok(Answers { scam, choices })
}

/// Ask for a withdrawal.
#[utoipa::path(post, path = "/v1/withdrawals", tag = "withdrawals", operation_id = "ask_withdrawal",
    request_body = WithdrawalIn,
    responses((status = 201, description = "Judged and on the record.", body = WithdrawalView),
              (status = 200, description = "Asked before; where it has come to.", body = WithdrawalView),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = []), ("customer_key" = [])))]
pub(crate) async fn ask(
    State(service): State<Service>,
    request: axum::extract::Request,
) -> Result<Response, Problem> {
    let (asker, bytes) = asker(&service, request, "withdraw").await?;
    let given: WithdrawalIn = parse(&bytes)?;
    checked_request_id(&given.request_id)?;
    let to = destination(&given.network, &given.to).map_err(|mut problem| {
        if problem.field.as_deref() == Some("address") {
            problem.field = Some("to".to_owned());
        }
        problem
    })?;
    let network: model::Network = given.network.parse()?;
    event_in::asset("asset", network, &given.asset)?;
    let amount = event_in::amount("amount", &given.amount)?;
    if amount.to_string() == "0" {
        return Err(Problem::field("amount", "withdrawal.amount", "nothing is withdrawn: 0"));
    }
    // The number as it is written from now on: other spellings are the same amount.
    let given = WithdrawalIn { amount: amount.to_string(), network: network.to_string(), ..given };
    let customer_id = asker.customer().id.clone();
    let owner = match &asker {
        Asker::Owner(owner) => Some(owner.as_ref()),
        Asker::Key { .. } => None,
    };
    if let Some(row) = service.sql.withdrawal_of_request(&customer_id, &given.request_id).await? {
        let found = Withdrawal::of(row)?;
        let known = &found.asked.given;
        let is_same =
            known.amount == given.amount && known.asset == given.asset && found.asked.to == to;
        if !is_same {
            let detail = "another withdrawal has this request_id: take a new one";
            return Err(Problem::new(StatusCode::CONFLICT, "withdrawal.request_id", detail));
        }
        let view = service.withdrawal_view(&found, owner).await?;
        return Ok((StatusCode::OK, Json(view)).into_response());
    }
    let price = service.price_of(&to.network, &given.asset).await?;
    let asked = AskedFor {
        symbol: price.as_ref().map_or_else(|| network.symbol().to_owned(), |p| p.symbol.clone()),
        decimals: price.as_ref().map_or_else(
            || u32::from(network.native_decimals()),
            |price| u32::try_from(price.decimals).unwrap_or(0).min(DECIMALS_MAX),
        ),
        value_cents: price.as_ref().and_then(|price| value_of(amount, price)),
        price_at: price.as_ref().map(|price| price.price_at.cast_unsigned()),
        nonce: new_secret()?,
        key: asker.key().map(|key| key.id.clone()),
        ip: asker.origin().ip.to_string(),
        device: asker.origin().device_hash.clone(),
        given,
        to,
    };
    let now = service.accounts.now();
    let known = service.known_of(&customer_id, &asked, now).await?;
    let seen = service.seen(&customer_id, asker.origin()).await?;
    let is_new = !service.sql.has_sent_to(&customer_id, &asked.to.address).await?;
    let id = new_secret()?[..22].to_owned();
    let made = service
        .change(&customer_id, asker.doer(), |draft| {
            if draft.known.open.len() >= OPEN_MAX {
                let detail = format!("{OPEN_MAX} withdrawals wait already: cancel one, or wait");
                return Err(Problem::new(StatusCode::CONFLICT, "account.full", detail));
            }
            let row = WithdrawalRow {
                id,
                customer_id: customer_id.clone(),
                request_id: asked.given.request_id.clone(),
                asked: json_text(&asked)?,
                state: "requested".to_owned(),
                status: String::new(),
                // Of unknown value it is held for that, whatever limits say.
                value_cents: asked.value_cents.unwrap_or(0).cast_signed(),
                version: 1,
                asked_at: draft.now_s(),
                changed_at: draft.now_s(),
                wake_at: None,
            };
            let status = Status {
                stage: Stage::Requested,
                level: Level::Allow,
                reasons: Vec::new(),
                not_before: None,
                shown: Factors::NONE,
                interview: None,
                answers: None,
                answered: Verdict::allow(),
                cleared: Vec::new(),
                not_checked: Vec::new(),
                seq: None,
            };
            let mut found = Withdrawal { row, asked: asked.clone(), status };
            move_new(draft, &mut found, &known)?;
            let (to, value) = (&found.asked.to, found.asked.value_cents);
            let profile = seen.asked(to, is_new, value, draft.now);
            draft.op(CustomerOp::PutBehavior(profile));
            found.put(draft, true)?;
            Ok(found)
        })
        .await?;
    service.alert_of(&made).await;
    let view = service.withdrawal_view(&made, owner).await?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// A new withdrawal is not among those that have left yet.
fn move_new(draft: &Draft<'_>, found: &mut Withdrawal, known: &Known) -> Result<(), Problem> {
    let value = std::mem::take(&mut found.row.value_cents);
    let moved = move_on(draft, found, known, false);
    found.row.value_cents = value;
    moved
}

/// Which withdrawals.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WithdrawalQuery {
    /// Only those in this state.
    state: Option<String>,
    /// From the page before.
    cursor: Option<String>,
    /// Items of a page, 1 to 500.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// Who may see withdrawals: their owner, a key, programs and people of the exchange.
enum Reader {
    Owner(Box<Owner>),
    Key(String),
    Exchange,
}

async fn reader(service: &Service, request: axum::extract::Request) -> Result<Reader, Problem> {
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
    if !is_program && cookie(&parts.headers, super::session::COOKIE).is_some() {
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

/// Withdrawals: one's own, or for programs of the exchange all of them.
#[utoipa::path(get, path = "/v1/withdrawals", tag = "withdrawals", operation_id = "list_withdrawals",
    params(WithdrawalQuery),
    responses((status = 200, description = "Withdrawals, the newest first.", body = Page<WithdrawalView>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = []), ("customer_key" = []), ("api_key" = []), ("session" = [])))]
pub(crate) async fn list(
    State(service): State<Service>,
    Query(query): Query<WithdrawalQuery>,
    request: axum::extract::Request,
) -> Result<Json<Page<WithdrawalView>>, Problem> {
    let reader = reader(&service, request).await?;
    let page = PageQuery { cursor: query.cursor, limit: query.limit };
    let before = page.cursor.as_deref().map(|cursor| {
        let (at, id) = cursor.split_once('-')?;
        Some((at.parse::<i64>().ok()?, id.to_owned()))
    });
    let before = match before {
        None => None,
        Some(Some(before)) => Some(before),
        Some(None) => {
            return Err(Problem::field(
                "cursor",
                "query.cursor",
                "it is not a cursor of a page before",
            ));
        }
    };
    let customer_id = match &reader {
        Reader::Owner(owner) => Some(owner.customer.id.clone()),
        Reader::Key(id) => Some(id.clone()),
        Reader::Exchange => None,
    };
    let limit = page.limit()?;
    let filter = WithdrawalFilter { customer_id, state: query.state };
    let rows = service.sql.withdrawals(&filter, before, limit).await?;
    let is_full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| is_full).map(|row| format!("{}-{}", row.asked_at, row.id));
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let found = Withdrawal::of(row)?;
        let mut view = service.withdrawal_view(&found, None).await?;
        if !matches!(reader, Reader::Exchange) {
            view.reasons = told(&view.reasons, view.level);
        }
        items.push(view);
    }
    Ok(Json(Page { items, next }))
}

/// A withdrawal.
#[utoipa::path(get, path = "/v1/withdrawals/{id}", tag = "withdrawals", operation_id = "get_withdrawal",
    params(("id" = String, Path, description = "The withdrawal.")),
    responses((status = 200, description = "The withdrawal.", body = WithdrawalView),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = []), ("customer_key" = []), ("api_key" = []), ("session" = [])))]
pub(crate) async fn get(
    State(service): State<Service>,
    Path(id): Path<String>,
    request: axum::extract::Request,
) -> Result<Json<WithdrawalView>, Problem> {
    let reader = reader(&service, request).await?;
    let missing = || Problem::not_found("the withdrawal");
    let found = Withdrawal::of(service.sql.withdrawal(&id).await?.ok_or_else(missing)?)?;
    let (owner, customer_id) = match &reader {
        Reader::Owner(owner) => (Some(owner.as_ref()), Some(&owner.customer.id)),
        Reader::Key(id) => (None, Some(id)),
        Reader::Exchange => (None, None),
    };
    if customer_id.is_some_and(|id| *id != found.row.customer_id) {
        return Err(missing());
    }
    Ok(Json(service.withdrawal_view(&found, owner).await?))
}

impl Service {
    /// A withdrawal of the customer who is signed in.
    async fn own(&self, owner: &Owner, id: &str) -> Result<Withdrawal, Problem> {
        let row = self.sql.withdrawal(id).await?;
        let row = row.filter(|row| row.customer_id == owner.customer.id);
        Withdrawal::of(row.ok_or_else(|| Problem::not_found("the withdrawal"))?)
    }
}

/// What confirms a withdrawal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmIn {
    confirmation: Confirmation,
}

/// Confirm a withdrawal.
#[utoipa::path(post, path = "/v1/withdrawals/{id}/confirm", tag = "withdrawals", operation_id = "confirm_withdrawal",
    params(("id" = String, Path, description = "The withdrawal.")), request_body = ConfirmIn,
    responses((status = 200, description = "Where it has come to.", body = WithdrawalView),
              (status = 403, description = "What was shown is not enough: `confirm` says what is wanted, and a code was mailed if one is.", body = Problem, content_type = "application/problem+json"),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn confirm(
    State(service): State<Service>,
    owner: Owner,
    Path(id): Path<String>,
    Body(body): Body<ConfirmIn>,
) -> Result<Json<WithdrawalView>, Problem> {
    let found = service.own(&owner, &id).await?;
    if found.status.stage.is_end() {
        return Err(ended());
    }
    let about = found.intent().digest();
    let shown = service.shown(&owner, about, Some(body.confirmation)).await?;
    let wanted = owner.account(service.accounts.now())?.credentials.confirming();
    if !shown.by.fresh.has_all(wanted) {
        let purpose =
            format!("a withdrawal of {} to {}", found.amount_text(), found.asked.to.address);
        return Err(service.unconfirmed(&owner, wanted, about, &purpose).await);
    }
    let found = service
        .go_on(&id, owner.doer(), false, |draft, found| {
            for op in shown.ops {
                draft.op(op);
            }
            found.status.shown = found.status.shown.and(shown.by.fresh);
            Ok(())
        })
        .await?;
    Ok(Json(service.withdrawal_view(&found, Some(&owner)).await?))
}

/// What a customer answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswersIn {
    /// The answer of each question, by their ids.
    answers: BTreeMap<String, String>,
}

/// Answer the questions about a withdrawal.
#[utoipa::path(post, path = "/v1/withdrawals/{id}/answers", tag = "withdrawals", operation_id = "answer_withdrawal",
    params(("id" = String, Path, description = "The withdrawal.")), request_body = AnswersIn,
    responses((status = 200, description = "Where it has come to.", body = WithdrawalView),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn answers(
    State(service): State<Service>,
    owner: Owner,
    Path(id): Path<String>,
    Body(body): Body<AnswersIn>,
) -> Result<Json<WithdrawalView>, Problem> {
    let found = service.own(&owner, &id).await?;
    let Some(scam) = found.status.interview else {
        let detail = "nothing is asked about this withdrawal";
        return Err(Problem::new(StatusCode::CONFLICT, "withdrawal.not_asked", detail));
    };
    let answers = choices(scam, &body.answers)?;
    let has_sent = service.sql.has_sent_to(&owner.customer.id, &found.asked.to.address).await?;
    let known = KnownOfIt { destination_is_first: !has_sent, remote_hint: false };
    let judgement = judge_answers(&answers, known)
        .map_err(|error| Problem::field("answers", error.code(), error.to_string()))?;
    let found = service
        .go_on(&id, owner.doer(), false, |draft, found| {
            if found.status.answers.is_some() {
                let detail = "the questions were answered; what was said stays";
                return Err(Problem::new(StatusCode::CONFLICT, "withdrawal.answered", detail));
            }
            let outcome = judgement.verdict.level().name();
            let detail = json!({
                "withdrawal": found.row.id,
                "answers": body.answers,
                "outcome": outcome,
                "calls_back": judgement.calls_back,
            });
            draft.happened("interviewed", detail);
            found.status.answers = Some(answers);
            found.status.answered = judgement.verdict.clone();
            Ok(())
        })
        .await?;
    Ok(Json(service.withdrawal_view(&found, Some(&owner)).await?))
}

/// Cancel a withdrawal.
#[utoipa::path(post, path = "/v1/withdrawals/{id}/cancel", tag = "withdrawals", operation_id = "cancel_withdrawal",
    params(("id" = String, Path, description = "The withdrawal.")),
    responses((status = 200, description = "Cancelled.", body = WithdrawalView),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn cancel(
    State(service): State<Service>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<WithdrawalView>, Problem> {
    service.own(&owner, &id).await?;
    let found = service
        .go_on(&id, owner.doer(), false, |draft, found| {
            let stage = found.status.stage.step(Event::Cancelled, draft.now);
            found.status.stage = stage.map_err(|_| ended())?;
            Ok(())
        })
        .await?;
    Ok(Json(service.withdrawal_view(&found, Some(&owner)).await?))
}

/// Release a withdrawal: judged for this very moment, once.
#[utoipa::path(post, path = "/v1/withdrawals/{id}/release", tag = "withdrawals", operation_id = "release_withdrawal",
    params(("id" = String, Path, description = "The withdrawal.")),
    responses((status = 200, description = "Where it has come to: `released` means that it is to be sent now, and no other answer does.", body = WithdrawalView),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("api_key" = [])))]
pub(crate) async fn release(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WithdrawalView>, Problem> {
    if matches!(caller, Caller::Person { .. }) {
        let detail = "money is sent by the exchange's program, with its API key";
        return Err(Problem::new(StatusCode::FORBIDDEN, "auth.program", detail));
    }
    caller.may(Scope::Withdrawals)?;
    let doer = Doer::named("the exchange");
    let found = service.go_on(&id, doer, true, |_, _| Ok(())).await?;
    Ok(Json(service.withdrawal_view(&found, None).await?))
}

/// Reasons to set aside.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClearIn {
    /// Code of the reason.
    code: String,
    /// What was looked into.
    note: String,
}

/// Set a reason of a held withdrawal aside. It counts when a second person has done the same.
#[utoipa::path(post, path = "/v1/withdrawals/{id}/clear", tag = "withdrawals", operation_id = "clear_withdrawal",
    params(("id" = String, Path, description = "The withdrawal.")), request_body = ClearIn,
    responses((status = 200, description = "Where it has come to.", body = WithdrawalView),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
pub(crate) async fn clear(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<ClearIn>,
) -> Result<Json<WithdrawalView>, Problem> {
    let user = caller.person(crate::auth::RULE_ROLES)?.id;
    if body.note.trim().chars().count() < 10 {
        let detail = "say in ten characters or more what was looked into";
        return Err(Problem::field("note", "note.short", detail));
    }
    let area = body.code.split('.').next().unwrap_or("");
    if area == "account" {
        let detail = "what protects the account is the customer's: nobody sets it aside";
        return Err(Problem::new(StatusCode::FORBIDDEN, "withdrawal.not_clearable", detail));
    }
    let found = service
        .go_on(&id, Doer::named("staff"), false, |draft, found| {
            if !found.status.reasons.iter().any(|reason| reason.code == body.code) {
                let detail = "the withdrawal is not held for this reason";
                return Err(Problem::field("code", "withdrawal.reason", detail));
            }
            let known = found.status.cleared.iter_mut().find(|known| known.code == body.code);
            let is_second = match known {
                None => {
                    found.status.cleared.push(Cleared {
                        code: body.code.clone(),
                        by: user,
                        approved_by: None,
                        note: body.note.clone(),
                    });
                    false
                }
                Some(known) if known.by == user => {
                    let detail = "a second person sets it aside too";
                    return Err(Problem::new(StatusCode::FORBIDDEN, "four_eyes", detail));
                }
                Some(known) => {
                    known.approved_by = Some(user);
                    true
                }
            };
            let detail = json!({ "withdrawal": found.row.id, "code": body.code, "user": user, "is_second": is_second });
            draft.happened("reason_set_aside", detail);
            Ok(())
        })
        .await?;
    Ok(Json(service.withdrawal_view(&found, None).await?))
}

/// What an asset is worth.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssetPrice {
    /// CAIP-2 id, or a name.
    network: String,
    /// `native`, or a CAIP-19 id.
    asset: String,
    symbol: String,
    decimals: u32,
    /// Cents of the accounts' currency for one whole unit; null where it is not known.
    #[schema(required)]
    price_cents: Option<u64>,
    /// From when.
    #[schema(required)]
    price_at: Option<String>,
}

/// Prices.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PricesIn {
    prices: Vec<AssetPrice>,
}

/// Tell what assets are worth. A withdrawal of an asset without a price of the last day is held.
#[utoipa::path(put, path = "/v1/asset-prices", tag = "withdrawals", operation_id = "put_asset_prices",
    request_body = PricesIn,
    responses((status = 204, description = "Kept."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("api_key" = [])))]
pub(crate) async fn put_prices(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<PricesIn>,
) -> Result<StatusCode, Problem> {
    caller.may(Scope::Withdrawals)?;
    if matches!(caller, Caller::Person { .. }) {
        caller.person(crate::auth::ADMIN_ROLES)?;
    }
    if body.prices.len() > 10_000 {
        let detail = "there are more than 10,000 prices: send several requests";
        return Err(Problem::field("prices", "body.too_large", detail));
    }
    let now_s = crate::now_s();
    for price in body.prices {
        let network: model::Network = price.network.parse()?;
        event_in::asset("prices.asset", network, &price.asset)?;
        let price_at = match &price.price_at {
            Some(text) => event_in::parse_time("prices.price_at", text)?,
            None => now_s,
        };
        let price_cents = price.price_cents.and_then(|cents| i64::try_from(cents).ok());
        let price_cents = price_cents.ok_or_else(|| {
            Problem::field("prices.price_cents", "price.invalid", "it is missing or too large")
        })?;
        if price.decimals > DECIMALS_MAX {
            let detail = format!("an asset has at most {DECIMALS_MAX} digits after the point");
            return Err(Problem::field("prices.decimals", "price.invalid", detail));
        }
        let symbol = super::enrol::checked_name("prices.symbol", &price.symbol)?;
        service
            .sql
            .put_asset_price(&AssetPriceRow {
                network: network.to_string(),
                asset: price.asset,
                symbol,
                decimals: i64::from(price.decimals),
                price_cents,
                price_at: price_at.cast_signed(),
            })
            .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Assets that can be withdrawn.
#[utoipa::path(get, path = "/v1/my/assets", tag = "customers", operation_id = "list_assets",
    responses((status = 200, description = "Assets with what they are worth.", body = Vec<AssetPrice>),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("customer" = [])))]
pub(crate) async fn assets(
    State(service): State<Service>,
    _: Owner,
) -> Result<Json<Vec<AssetPrice>>, Problem> {
    let prices = service.sql.asset_prices().await?;
    let view = |row: AssetPriceRow| AssetPrice {
        network: row.network,
        asset: row.asset,
        symbol: row.symbol,
        decimals: u32::try_from(row.decimals).unwrap_or(0),
        price_cents: u64::try_from(row.price_cents).ok(),
        price_at: Some(show_seconds(row.price_at)),
    };
    Ok(Json(prices.into_iter().map(view).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_whole_and_exactly() {
        assert_eq!(whole_units("1500000000000000000", 18), "1.5");
        assert_eq!(whole_units("1", 18), "0.000000000000000001");
        assert_eq!(whole_units("1000000", 6), "1");
        assert_eq!(whole_units("42", 0), "42");
        assert_eq!(whole_units("0", 2), "0");
    }

    #[test]
    fn a_value_is_rounded_up_and_never_wraps() {
        let price = |price_cents, decimals| AssetPriceRow {
            network: String::new(),
            asset: String::new(),
            symbol: String::new(),
            decimals,
            price_cents,
            price_at: 0,
        };
        let value = |amount: &str, price: &AssetPriceRow| {
            value_of(event_in::amount("amount", amount).unwrap(), price)
        };
        assert_eq!(value("1500000000000000000", &price(200_000, 18)), Some(300_000));
        assert_eq!(value("1", &price(200_000, 18)), Some(1));
        assert_eq!(value(&"9".repeat(39), &price(i64::MAX, 0)), None);
        assert_eq!(value(&"9".repeat(70), &price(1, 18)), None);
        let nearly_one = value("999999999999999999", &price(i64::MAX, 18));
        assert_eq!(nearly_one, Some(9_223_372_036_854_775_798));
    }

    #[test]
    fn what_is_signed_is_all_of_a_withdrawal() {
        let intent = Intent {
            asset: "native".to_owned(),
            amount: "1".to_owned(),
            to: "0xab".to_owned(),
            network: "eip155:1".to_owned(),
            nonce: "n".to_owned(),
        };
        let others = [
            Intent { asset: "nativ".to_owned(), amount: "e1".to_owned(), ..intent.clone() },
            Intent { amount: "2".to_owned(), ..intent.clone() },
            Intent { to: "0xac".to_owned(), ..intent.clone() },
            Intent { network: "eip155:10".to_owned(), ..intent.clone() },
            Intent { nonce: "m".to_owned(), ..intent.clone() },
        ];
        assert!(others.iter().all(|other| other.digest() != intent.digest()));
    }
}
