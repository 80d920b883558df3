//! What can be asked of withdrawals over HTTP.

use account::factor::Factors;
use account::withdrawal::{Event, State as Stage};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use behavior::friction::Scam;
use behavior::interview::{Answers, Known as KnownOfIt, judge as judge_answers, questions};
use model::{Level, Verdict};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use store::sql::{CustomerOp, WithdrawalFilter, WithdrawalRow};
use utoipa::ToSchema;

use super::asker::{Asker, Reader, asker, reader};
use super::shown::{WithdrawalView, told};
use super::value::{DECIMALS_MAX, value_of};
use super::{AskedFor, Cleared, Known, Status, Withdrawal, WithdrawalIn, ended, move_on};
use crate::Service;
use crate::accounts::change::{Doer, Draft, json_text};
use crate::accounts::commands::destination;
use crate::accounts::confirm::Confirmation;
use crate::accounts::session::Owner;
use crate::api::{Body, Page, PageQuery, Path, Query, event_in, parse};
use crate::auth::{Caller, Scope, new_secret};
use crate::problem::Problem;

/// Longest name that an asker gives a withdrawal.
pub(super) const REQUEST_ID_LEN_MAX: usize = 64;

/// Withdrawals of a customer that wait at a time.
pub(super) const OPEN_MAX: usize = 1_000;

pub(super) fn checked_request_id(text: &str) -> Result<(), Problem> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if (1..=REQUEST_ID_LEN_MAX).contains(&text.len()) && text.bytes().all(is_plain) {
        return Ok(());
    }
    let detail = format!(
        "it has 1 to {REQUEST_ID_LEN_MAX} letters, digits, dots, hyphens, colons or underscores"
    );
    Err(Problem::field("request_id", "withdrawal.request_id", detail))
}

/// The choices of answers that were given by their names.
pub(super) fn choices(scam: Scam, given: &BTreeMap<String, String>) -> Result<Answers, Problem> {
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
pub(super) fn move_new(
    draft: &Draft<'_>,
    found: &mut Withdrawal,
    known: &Known,
) -> Result<(), Problem> {
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
