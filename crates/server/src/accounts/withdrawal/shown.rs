//! What is shown of a withdrawal, and to whom: its owner reads the own reasons, and of others what may be told.

use account::withdrawal::State as Stage;
use behavior::friction::Scam;
use behavior::interview::{Way, questions};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Intent, Withdrawal};
use crate::Service;
use crate::accounts::confirm::Wanted;
use crate::accounts::session::Owner;
use crate::accounts::view::network_name;
use crate::problem::Problem;
use crate::view::{LevelView, ReasonView, customer_message, show_seconds, show_time};

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
    pub(super) level: LevelView,
    pub(super) reasons: Vec<ReasonView>,
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

/// Reasons as the customer may read them: whoever is under a sanctions review does not learn of it here.
pub(super) fn told(reasons: &[ReasonView], level: LevelView) -> Vec<ReasonView> {
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

pub(super) fn what_to_do(stage: Stage, reasons: &[ReasonView], is_unconfirmed: bool) -> String {
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

impl Service {
    /// A withdrawal as whoever asks may see it.
    pub(super) async fn withdrawal_view(
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
}

pub(super) fn interview_view(scam: Scam) -> InterviewView {
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
