//! What is sent: mail through the operator's server, and webhooks to each receiver in a lane of its own. A
//! receiver that hangs holds up neither mail nor other receivers, and one that fails is tried again without
//! the others hearing it twice.

use account::time::At;
use post::caller::{Caller, Patience};
use post::header::{EmailAddress, HeaderText, Id};
use post::reach::Reach;
use post::schedule::{Delivery, Event, Schedule, step};
use post::smtp::{Mailer, Server};
use post::webhook::{HookSecret, HookUrl, Webhook};
use std::collections::HashMap;
use std::sync::Arc;
use store::sql::{ParcelRow, WebhookRow};
use tokio::task::JoinHandle;

use super::keeper::{PAUSE, stopped, wait};
use super::letter::Letter;
use super::{Accounts, locked};
use crate::Service;

/// Mails that are sent together.
const MAILS_AT_ONCE: u32 = 64;
/// Webhooks that are handed out to receivers together.
const HOOKS_AT_ONCE: u32 = 64;
/// Webhooks that one receiver gets at a time: a quarter of all calls, so that three that hang leave some.
const CALLS_AT_ONCE: u32 = 4;

/// What mail and webhooks go through.
struct Ways {
    mailer: Option<Mailer>,
    caller: Caller,
}

fn ways(accounts: &Accounts) -> Result<Ways, String> {
    let options = &accounts.options;
    let mailer = if options.smtp.is_empty() {
        None
    } else {
        let server = Server::parse(&options.smtp).map_err(|error| error.to_string())?;
        let from = EmailAddress::parse(&options.mail_from).map_err(|error| error.to_string())?;
        let name = HeaderText::parse(&options.exchange_name).map_err(|error| error.to_string())?;
        Some(Mailer::new(server, from, name))
    };
    let reach = Reach { also: options.webhook_networks.clone() };
    Ok(Ways { mailer, caller: Caller::new(reach, Patience::default()) })
}

/// Begins both.
pub(crate) fn start(service: &Service) {
    match ways(&service.accounts) {
        Ok(ways) => {
            let ways = Arc::new(ways);
            tokio::spawn(mails(service.clone(), Arc::clone(&ways)));
            tokio::spawn(hooks(service.clone(), ways));
        }
        Err(problem) => {
            tracing::error!(problem, "nothing is sent");
            *locked(&service.accounts.sending) = Some(problem);
        }
    }
}

async fn mails(service: Service, ways: Arc<Ways>) {
    let mut stop = service.stop.clone();
    loop {
        let due = due(&service, "mail", MAILS_AT_ONCE).await;
        let is_more = due.len() == MAILS_AT_ONCE as usize;
        let sent = due.iter().map(async |parcel| {
            let outcome = mail(&service, &ways, parcel).await;
            note(&service, parcel, outcome).await;
        });
        futures_util::future::join_all(sent).await;
        if !is_more && !wait(&service.accounts.parcels, &mut stop).await {
            return;
        }
    }
}

async fn hooks(service: Service, ways: Arc<Ways>) {
    let mut stop = service.stop.clone();
    let mut lanes: HashMap<i64, JoinHandle<()>> = HashMap::new();
    loop {
        lanes.retain(|_, lane| !lane.is_finished());
        let is_more = match hand_out(&service).await {
            Ok((receivers, count)) => {
                for receiver in receivers {
                    lanes.entry(receiver.id).or_insert_with(|| {
                        tokio::spawn(lane(service.clone(), Arc::clone(&ways), receiver))
                    });
                }
                count == HOOKS_AT_ONCE as usize
            }
            Err(error) => {
                tracing::warn!(%error, "webhooks wait");
                false
            }
        };
        if !is_more && !wait(&service.accounts.hooks, &mut stop).await {
            return;
        }
    }
}

/// Makes one parcel for each receiver of those that programs are told with. Gives the receivers, and how
/// many were handed out.
async fn hand_out(service: &Service) -> Result<(Vec<WebhookRow>, usize), store::sql::SqlError> {
    let now_s = service.accounts.now().0.cast_signed();
    let receivers = service.sql.webhooks().await?;
    let ids: Vec<i64> = receivers.iter().map(|receiver| receiver.id).collect();
    let due = service.sql.due_parcels("webhook", now_s, HOOKS_AT_ONCE).await?;
    for parcel in &due {
        service.sql.hand_out(parcel, &ids, now_s).await?;
    }
    Ok((receivers, due.len()))
}

/// Sends what is due to one receiver.
async fn lane(service: Service, ways: Arc<Ways>, receiver: WebhookRow) {
    let kind = store::sql::hook_kind(receiver.id);
    loop {
        let due = due(&service, &kind, CALLS_AT_ONCE).await;
        let calls = due.iter().map(async |parcel| {
            let outcome = call(&service, &ways, &receiver, parcel).await;
            note(&service, parcel, outcome).await;
        });
        futures_util::future::join_all(calls).await;
        if due.len() < CALLS_AT_ONCE as usize || *service.stop.borrow() {
            return;
        }
    }
}

async fn due(service: &Service, kind: &str, limit: u32) -> Vec<ParcelRow> {
    let now_s = service.accounts.now().0.cast_signed();
    service.sql.due_parcels(kind, now_s, limit).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "parcels wait");
        Vec::new()
    })
}

/// Notes what became of sending a parcel. Until that is written nothing else is sent on this way: what is
/// not noted would be sent again.
async fn note(service: &Service, parcel: &ParcelRow, outcome: Result<(), Failed>) {
    let now = service.accounts.now();
    let mut random = [0; 2];
    // Without randomness all are tried at the same time: worse, and no harm.
    let _ = getrandom::fill(&mut random);
    let jitter = u16::from_be_bytes(random);
    let tries = u32::try_from(parcel.tries).unwrap_or(u32::MAX).saturating_add(1);
    let since = At(parcel.created_at.cast_unsigned());
    let schedule = Schedule::default();
    let sending = Delivery::Sending { since, until: now + schedule.lease, tries };
    let event = match &outcome {
        Ok(()) => Event::Sent,
        Err(failed) => Event::Refused { is_permanent: failed.is_permanent, jitter },
    };
    let next = step(sending, event, &schedule, now).map(|(next, _)| next);
    let (state, next_at) = match next {
        Ok(Delivery::Delivered { .. }) => ("sent", now),
        Ok(Delivery::Due { at, .. }) => ("waiting", at),
        _ => ("failed", now),
    };
    let detail = outcome.err().map_or_else(String::new, |failed| failed.detail);
    *locked(&service.accounts.sending) = match state {
        "sent" => None,
        _ => Some(format!("{}: {detail}", parcel.kind)),
    };
    if state == "failed" {
        tracing::error!(id = parcel.id, kind = parcel.kind, detail, "a parcel was given up");
    }
    let (now_s, next_s) = (now.0.cast_signed(), next_at.0.cast_signed());
    let mut stop = service.stop.clone();
    while let Err(error) = service.sql.put_delivery(parcel.id, state, next_s, &detail, now_s).await
    {
        tracing::warn!(%error, id = parcel.id, "a delivery is not noted yet");
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

struct Failed {
    is_permanent: bool,
    detail: String,
}

impl From<post::error::SendError> for Failed {
    fn from(error: post::error::SendError) -> Self {
        Self { is_permanent: error.is_permanent(), detail: error.to_string() }
    }
}

fn damaged(detail: impl std::fmt::Display) -> Failed {
    Failed { is_permanent: true, detail: detail.to_string() }
}

async fn mail(service: &Service, ways: &Ways, parcel: &ParcelRow) -> Result<(), Failed> {
    let accounts = &service.accounts;
    let whose = parcel.customer_id.as_deref().unwrap_or("");
    let text = accounts.unseal(whose, "letter", &parcel.body).map_err(|p| damaged(p.detail))?;
    let letter: Letter = serde_json::from_slice(&text).map_err(damaged)?;
    let mail = accounts.mail(&letter).map_err(|problem| damaged(problem.detail))?;
    match &ways.mailer {
        Some(mailer) => Ok(mailer.send_mail(&mail).await?),
        None if accounts.options.shows_mails => {
            accounts.show_mail(mail);
            Ok(())
        }
        None => Err(Failed {
            is_permanent: false,
            detail: "no mail server is set: the operator sets 'smtp'".to_owned(),
        }),
    }
}

async fn call(
    service: &Service,
    ways: &Ways,
    receiver: &WebhookRow,
    parcel: &ParcelRow,
) -> Result<(), Failed> {
    let secret = service.accounts.unseal("webhook", "webhook", &receiver.secret);
    let secret = secret.map_err(|problem| damaged(problem.detail))?;
    let text = std::str::from_utf8(&secret).map_err(damaged)?;
    let secret = HookSecret::parse(text).map_err(damaged)?;
    let url = HookUrl::parse(&receiver.url).map_err(damaged)?;
    // A receiver knows what it has taken by this id: it is the same when it is tried again.
    let id = Id::parse(&format!("{}-{}", parcel.id, receiver.id)).map_err(damaged)?;
    let body = parcel.body.clone().into_bytes();
    let now = At(crate::now_s());
    let hook = Webhook::sign(id, url, body, (&secret, None), now).map_err(damaged)?;
    ways.caller.deliver(&hook).await?;
    Ok(())
}
