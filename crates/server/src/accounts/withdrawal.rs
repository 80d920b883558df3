//! Withdrawals: judged by all guards in one join, written, journaled, and then answered. Each step is one
//! transaction with the account, so that none passes a freeze that was written before it.
//!
//! Reading order: this file (what is asked, judged and kept), [`value`] (what assets are worth), `asker` (who asks),
//! `shown` (what they see), [`routes`].

mod asker;
pub(crate) mod routes;
mod shown;
pub(crate) mod value;

use account::account::Account;
use account::book::Destination;
use account::decide::{Request, decide};
use account::factor::{Factor, Factors};
use account::step::By;
use account::time::At;
use account::withdrawal::{Event, State as Stage};
use axum::http::StatusCode;
use behavior::friction::Scam;
use behavior::interview::Answers;
use engine::withdrawal::{Guards, Judged};
use model::{Level, Position, Transfer, TransferKind, TxHash, Verdict};
use post::happening::{Happening, Payment};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use store::sql::{AlertUpdate, CustomerOp, WithdrawalRow};
use utoipa::ToSchema;

use super::change::{Doer, Draft, json_text};
use super::letter::Occasion;
use super::past::unanswered;
use crate::Service;
use crate::api::event_in;
use crate::problem::Problem;
use crate::view::{ReasonView, Severity};
use shown::told;
use value::whole_units;

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

#[cfg(test)]
mod tests {
    use super::*;

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
