//! Pages that work without JavaScript, where seconds count: freezing an account, and stopping a recovery,
//! from a link in a mail. To open one changes nothing, because scanners of mail open links; the button does.

use account::notice::Notice;
use account::step::{By, Command};
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use store::sql::CustomerOp;

use super::session::Origin;
use crate::Service;
use crate::api::Query;
use crate::auth::hash;
use crate::problem::Problem;

/// What a link carries.
#[derive(Deserialize)]
pub(crate) struct Token {
    #[serde(default)]
    t: String,
}

/// Which page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Freeze,
    StopRecovery,
}

impl Act {
    fn words(self) -> [&'static str; 4] {
        match self {
            Act::Freeze => [
                "Freeze your account",
                "Nothing leaves your account from the moment you press the button: no withdrawal, to nobody, by nobody. Trading and deposits go on. You end the freeze yourself, signed in, with what confirms things in your account; then money waits for another day.",
                "Freeze my account now",
                "Your account is frozen. Nothing leaves it. Withdrawals that were waiting are not sent.",
            ],
            Act::StopRecovery => [
                "Stop the recovery of your account",
                "Somebody began to recover your account. If it was not you, stop it here: then nothing changes, and money waits for three days.",
                "Stop the recovery",
                "The recovery was stopped. If somebody else can read your mail, change its password now.",
            ],
        }
    }
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/a/style.css\"></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )
}

const STYLE: &str = "\
:root{color-scheme:light dark;--surface:#fff;--text:#15181d;--muted:#59616c;--line:#d9dde3;--act:#b42318;--on-act:#fff}
@media (prefers-color-scheme:dark){:root{--surface:#111418;--text:#e8eaed;--muted:#a2abb7;--line:#2b3138;--act:#f97066;--on-act:#15181d}}
body{margin:0;background:var(--surface);color:var(--text);font:18px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:3rem 1.25rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 1rem}
p{margin:0 0 1.5rem}
button{font:inherit;font-weight:600;width:100%;padding:.9rem 1rem;border:0;border-radius:8px;background:var(--act);color:var(--on-act)}
button:focus-visible{outline:3px solid var(--text);outline-offset:3px}
.quiet{color:var(--muted);font-size:1rem;border-top:1px solid var(--line);padding-top:1.25rem;margin-top:2rem}
";

/// The style of these pages.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

fn answer(status: StatusCode, text: String) -> Response {
    let mut response = (status, Html(text)).into_response();
    // The address holds a token: nothing of it is kept or told on.
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn over() -> Response {
    let body = "<p>This link was cut off or is too old. Open the newest mail, or sign in: the security centre has the same button.</p><p><a href=\"/account/\">Sign in</a></p>";
    answer(StatusCode::NOT_FOUND, page("This link does not work", body))
}

fn plain(token: &str) -> bool {
    !token.is_empty()
        && token.len() <= 100
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Shows what the button does. Nothing happens by it.
async fn show(service: Service, act: Act, token: &str) -> Result<Response, Problem> {
    let now_s = service.accounts.now().0.cast_signed();
    if !plain(token) || service.sql.account_link("freeze", &hash(token), now_s).await?.is_none() {
        return Ok(over());
    }
    let [title, what, button, _] = act.words();
    // Every mail has this link; the one about a recovery has to lead to what stops it.
    let other = match act {
        Act::Freeze => format!(
            "<p class=\"quiet\">Did somebody begin to recover your account? \
             <a href=\"/a/stop-recovery?t={token}\">Stop the recovery</a>.</p>"
        ),
        Act::StopRecovery => String::new(),
    };
    // The token has only letters, digits, hyphens and underscores.
    let body = format!(
        "<p>{what}</p><form method=\"post\"><input type=\"hidden\" name=\"t\" value=\"{token}\">\
         <button type=\"submit\">{button}</button></form>\
         <p class=\"quiet\">Nobody of us calls you and asks you to press or not to press this button.</p>{other}"
    );
    Ok(answer(StatusCode::OK, page(title, &body)))
}

/// Does it. The link goes on working: a freeze that was ended may be needed again.
async fn act(service: Service, act: Act, token: &str, origin: Origin) -> Result<Response, Problem> {
    let now_s = service.accounts.now().0.cast_signed();
    let link = match plain(token) {
        true => service.sql.account_link("freeze", &hash(token), now_s).await?,
        false => None,
    };
    let Some(link) = link else { return Ok(over()) };
    let mut doer = origin.doer("a link");
    doer.device = None;
    let customer_id = link.subject.clone();
    let done = service
        .change(&customer_id, doer, |draft| {
            let by = By {
                is_signed_in: false,
                fresh: account::factor::Factors::of(&[account::factor::Factor::Mailbox]),
            };
            match act {
                Act::Freeze if draft.account.is_frozen => Ok(()),
                Act::Freeze => {
                    draft.op(CustomerOp::EndSessions { except: None });
                    draft.does(&Command::Freeze, &by, "frozen", json!({}))
                }
                Act::StopRecovery => {
                    draft.does(&Command::StopRecovery, &by, "recovery_stopped", json!({}))
                }
            }
        })
        .await;
    let [title, .., said] = act.words();
    match done {
        Ok(()) => {
            let body = format!("<p>{said}</p><p><a href=\"/account/\">Sign in</a></p>");
            Ok(answer(StatusCode::OK, page(title, &body)))
        }
        Err(problem) if problem.code == "account.recovery.none" => {
            let body = "<p>No recovery is going on. If you think that somebody gets into your account, freeze it.</p>";
            Ok(answer(StatusCode::OK, page(title, body)))
        }
        Err(problem) => Err(problem),
    }
}

/// Shows the page that freezes.
pub(crate) async fn show_freeze(
    State(service): State<Service>,
    Query(token): Query<Token>,
) -> Result<Response, Problem> {
    show(service, Act::Freeze, &token.t).await
}

/// Freezes.
pub(crate) async fn freeze(
    State(service): State<Service>,
    origin: Origin,
    Form(token): Form<Token>,
) -> Result<Response, Problem> {
    act(service, Act::Freeze, &token.t, origin).await
}

/// Shows the page that stops a recovery.
pub(crate) async fn show_stop_recovery(
    State(service): State<Service>,
    Query(token): Query<Token>,
) -> Result<Response, Problem> {
    show(service, Act::StopRecovery, &token.t).await
}

/// Stops a recovery.
pub(crate) async fn stop_recovery(
    State(service): State<Service>,
    origin: Origin,
    Form(token): Form<Token>,
) -> Result<Response, Problem> {
    act(service, Act::StopRecovery, &token.t, origin).await
}

/// What a notice is called.
pub(crate) fn notice_name(notice: Notice) -> String {
    serde_json::to_value(notice)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
