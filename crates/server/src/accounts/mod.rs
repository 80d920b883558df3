//! Customers' accounts: signing in, what may be changed by whom, withdrawals, and who is told.
//!
//! Reading order: this file (what all of it shares), [`profile`], [`letter`], [`change`] (one change: decided
//! by `account`, written in one transaction, journaled before it is answered), [`session`] (who is asking),
//! [`sign_in`], [`enrol`], [`confirm`] (what is shown for one very thing), [`commands`], [`recovery`],
//! [`withdrawal`] (judged by all guards, sent once), [`keeper`] (what goes on by itself), [`sending`], [`view`] (what
//! customers see), [`pages`] (without JavaScript), [`staff`] (what people of the exchange may see and do),
//! [`exchange`] and [`hooks`] (its programs).
//!
//! Nothing here decides what protects an account: that is `account`'s job. Clocks and randomness are read
//! here and handed down.

pub(crate) mod book;
pub(crate) mod change;
pub(crate) mod commands;
pub(crate) mod confirm;
pub mod demo;
pub(crate) mod enrol;
pub(crate) mod exchange;
pub(crate) mod hooks;
pub(crate) mod keeper;
pub(crate) mod letter;
pub(crate) mod notices;
pub(crate) mod pages;
pub(crate) mod past;
pub(crate) mod profile;
pub(crate) mod recovery;
pub(crate) mod sending;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod staff;
pub(crate) mod staff_passkeys;
pub(crate) mod view;
pub(crate) mod withdrawal;

use account::account::Rules;
use account::step::Refused;
use account::time::{At, Clock, Span};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use credential::ceremony::Ceremonies;
use credential::passkey::Passkeys;
use credential::password::{Hasher, Params};
use credential::sealed::Sealer;
use credential::throttle::{BUCKETS_MAX, Throttle};
use credential::work::WorkDesk;
use post::message::Mail;
use sha2::Sha256;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::limit::Limiter;
use crate::problem::Problem;
use crate::run::StartError;

/// How long an answer waits for the journal.
const RECORD_PATIENCE: Duration = Duration::from_secs(10);
/// Ceremonies of a kind that wait for their answer.
const CEREMONIES_MAX: usize = 65_536;

/// What the operator chose for accounts.
pub struct AccountOptions {
    /// Where browsers find this server: `https://accounts.example.com`. Passkeys belong to its host for
    /// ever; empty for `localhost` and the port that is listened on.
    pub public_url: String,
    /// What the exchange is called.
    pub exchange_name: String,
    /// Whether anybody may ask for an account.
    pub is_sign_up_open: bool,
    /// How long things take.
    pub rules: Rules,
    /// Threads that hash passwords; each holds one block of memory.
    pub hashing_threads: usize,
    /// Memory of one hash.
    pub hashing_kib: u32,
    /// Where mail is sent through; empty for nowhere, which people are told.
    pub smtp: String,
    /// Who mail is from.
    pub mail_from: String,
    /// Networks of the operator that webhooks may go to.
    pub webhook_networks: Vec<post::reach::Network>,
    /// What is known of addresses of the network.
    pub places: Arc<behavior::place::Places>,
    /// Lists of passwords that the operator has, beside the one that is built in.
    pub password_lists: Vec<credential::password::Filter>,
    /// Keeps mails where a demonstration shows them, instead of sending them.
    pub shows_mails: bool,
}

/// What a browser was asked, until it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// To sign in with a passkey.
    SignIn,
    /// For a second factor.
    Second,
    /// To make a passkey, on the way in.
    Enrol,
    /// To make a passkey more.
    AddPasskey,
    /// To confirm one very thing.
    Confirm,
    /// For the first code of a new app.
    AddTotp,
    /// To make a passkey at the end of a recovery.
    Recover,
    /// Staff: to sign in with a passkey.
    StaffSignIn,
    /// Staff: to make a passkey.
    StaffAddPasskey,
}

/// What all of it shares.
pub struct Accounts {
    pub(crate) options: AccountOptions,
    pub(crate) rules: Rules,
    pub(crate) passkeys: Passkeys,
    pub(crate) hasher: Hasher,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) ceremonies: Mutex<Ceremonies<Asked, session::Waiting>>,
    pub(crate) work: Mutex<WorkDesk>,
    pub(crate) habits: past::Habits,
    /// Where browsers find this server.
    pub(crate) base_url: String,
    /// How many customers somebody of the staff looks at.
    pub(crate) looks: Limiter<i64>,
    /// Mails of a demonstration, the newest last.
    pub(crate) mails: Mutex<VecDeque<Mail>>,
    sealer: Sealer,
    pub(crate) notice_key: post::signed_notice::NoticeKey,
    clock: Mutex<Clock>,
    /// The number of the last event that is in the journal.
    journaled: watch::Sender<i64>,
    /// Wakes whoever writes the journal.
    pub(crate) events: Notify,
    /// Wakes whoever sends mail.
    pub(crate) parcels: Notify,
    /// Wakes whoever sends webhooks.
    pub(crate) hooks: Notify,
    /// What is wrong with sending, for the system page.
    pub(crate) sending: Mutex<Option<String>>,
}

/// Customers that somebody of the staff may look at in an hour, and at once.
const LOOKS_PER_S: f64 = 30.0 / 3_600.0;
const LOOKS_AT_ONCE: f64 = 15.0;
/// Mails that a demonstration keeps.
const MAILS_MAX: usize = 200;
/// File of the key that seals seeds and letters, in the data directory.
const KEY_FILE: &str = "accounts.key";

/// Takes a lock; a panic elsewhere leaves what is behind it whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The key that seals seeds, letters and secrets of webhooks, made when it is not there. Whoever has the
/// database and not this file reads none of them.
fn key(root: &Path) -> Result<zeroize::Zeroizing<[u8; 32]>, StartError> {
    let path = root.join(KEY_FILE);
    let told = |error: &dyn std::fmt::Display| {
        StartError::Other(format!(
            "{}: {error}; check permissions, or restore it with the database",
            path.display()
        ))
    };
    let mut key = zeroize::Zeroizing::new([0; 32]);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let bytes = zeroize::Zeroizing::new(bytes);
            if bytes.len() != key.len() {
                return Err(told(&"it does not have 32 bytes"));
            }
            key.copy_from_slice(&bytes);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            getrandom::fill(key.as_mut()).map_err(|error| told(&error))?;
            store::write_secret(&path, key.as_slice()).map_err(|error| told(&error))?;
        }
        Err(error) => return Err(told(&error)),
    }
    Ok(key)
}

/// A key for one purpose, of the one that is kept (HKDF, RFC 5869).
fn derived(key: &[u8; 32], purpose: &str) -> zeroize::Zeroizing<[u8; 32]> {
    let mut derived = zeroize::Zeroizing::new([0; 32]);
    hkdf::Hkdf::<Sha256>::new(None, key)
        .expand(purpose.as_bytes(), derived.as_mut())
        .expect("32 bytes are no more than 255 hashes");
    derived
}

impl Accounts {
    /// Opens what accounts need.
    ///
    /// # Errors
    /// [`StartError`] naming the key of the configuration that is wrong, or the file that is damaged.
    pub async fn open(
        options: AccountOptions,
        scheme: &str,
        port: u16,
        root: &Path,
        sql: &store::sql::Sql,
    ) -> Result<Self, StartError> {
        let named = |key: &str, error: &dyn std::fmt::Display| {
            StartError::Other(format!("field '{key}': {error}"))
        };
        let base_url = match options.public_url.trim_end_matches('/') {
            "" => format!("{scheme}://localhost:{port}"),
            url => url.to_owned(),
        };
        let host = base_url.split_once("://").map_or("", |(_, rest)| rest);
        let host = host.split([':', '/']).next().unwrap_or("");
        let origins = [base_url.clone()];
        let passkeys = Passkeys::new(host, &origins, &options.exchange_name)
            .map_err(|error| named("public_url", &error))?;
        let params = Params { memory_kib: options.hashing_kib, passes: 2, lanes: 1 };
        let hasher = Hasher::start(params, options.hashing_threads)
            .map_err(|error| named("hashing_threads", &error))?;
        let key = key(root)?;
        let mut work = [0; 32];
        getrandom::fill(&mut work).map_err(|error| StartError::Other(error.to_string()))?;
        Ok(Self {
            rules: options.rules,
            passkeys,
            hasher,
            throttle: Mutex::new(Throttle::new(BUCKETS_MAX)),
            ceremonies: Mutex::new(Ceremonies::new(CEREMONIES_MAX)),
            work: Mutex::new(WorkDesk::new(work)),
            habits: past::Habits::open(sql).await?,
            base_url,
            looks: Limiter::new(LOOKS_PER_S, LOOKS_AT_ONCE),
            mails: Mutex::default(),
            sealer: Sealer::new(&derived(&key, "ringfence accounts seal v1")),
            notice_key: post::signed_notice::NoticeKey::from_seed(&derived(
                &key,
                "ringfence accounts notices v1",
            )),
            clock: Mutex::new(keeper::clock(sql).await?),
            journaled: watch::channel(0).0,
            events: Notify::new(),
            parcels: Notify::new(),
            hooks: Notify::new(),
            sending: Mutex::new(None),
            options,
        })
    }

    /// What could not be sent to people and programs, in sentences for operators.
    pub(crate) async fn not_sent(
        &self,
        sql: &store::sql::Sql,
    ) -> Result<Vec<String>, store::sql::SqlError> {
        let last = locked(&self.sending).clone();
        let (waiting, failed) = sql.outbox_counts().await?;
        let mut told = Vec::new();
        if let Some(problem) = last {
            told.push(format!("{waiting} mails and webhooks wait to be sent: {problem}"));
        }
        if failed > 0 {
            told.push(format!("{failed} mails and webhooks were given up after three days"));
        }
        Ok(told)
    }

    /// The time that accounts are judged by: it goes on by what a clock that nobody can set has counted.
    pub(crate) fn now(&self) -> At {
        let (system, counted) = (At(crate::now_s()), keeper::counted());
        let (now, is_believed) = locked(&self.clock).now(system, counted);
        if !is_believed {
            tracing::warn!(system = system.0, now = now.0, "the system's clock is not believed");
        }
        now
    }

    /// Seals a small text for somebody.
    pub(crate) fn seal(&self, whose: &str, kind: &str, plain: &[u8]) -> Result<String, Problem> {
        let mut nonce = [0; 24];
        getrandom::fill(&mut nonce).map_err(Problem::internal)?;
        let sealed = self.sealer.seal(whose.as_bytes(), kind, nonce, plain);
        Ok(crate::view::hex(&sealed.map_err(Problem::internal)?))
    }

    /// Reads what was sealed.
    pub(crate) fn unseal(
        &self,
        whose: &str,
        kind: &str,
        sealed: &str,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, Problem> {
        let bytes = unhex(sealed).ok_or_else(|| Problem::internal("a sealed secret is damaged"))?;
        self.sealer.open(whose.as_bytes(), kind, &bytes).map_err(Problem::internal)
    }

    /// A letter, sealed: it holds links and codes.
    pub(crate) fn seal_letter(&self, letter: &letter::Letter) -> Result<String, Problem> {
        self.seal(&letter.customer_id, "letter", change::json_text(letter)?.as_bytes())
    }

    /// The step that a code of an app belongs to, if it is right and was not used.
    pub(crate) fn totp_step(
        &self,
        customer_id: &str,
        row: &store::sql::CredentialRow,
        code: &str,
    ) -> Result<Option<u64>, Problem> {
        let seed = self.unseal(customer_id, "totp", &row.secret)?;
        let seed = credential::totp::Seed::from_slice(&seed)
            .ok_or_else(|| Problem::internal("the seed of an app is damaged"))?;
        let last = u64::try_from(row.last_step).ok();
        // The app counts by the world's clock, which may differ from ours.
        Ok(credential::totp::check(&seed, code, At(crate::now_s()), last))
    }

    /// Waits until an event is in the journal.
    pub(crate) async fn journaled(&self, seq: i64) -> Result<(), Problem> {
        self.events.notify_one();
        let mut journaled = self.journaled.subscribe();
        let done = journaled.wait_for(|last| *last >= seq);
        match tokio::time::timeout(RECORD_PATIENCE, done).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "journal.unavailable",
                "it was done and is not on the record yet: ask again, and it will not be done twice",
            )),
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// A refusal of the rules over HTTP.
pub(crate) fn refusal(refused: Refused) -> Problem {
    let status = match refused {
        Refused::SignedOut => StatusCode::UNAUTHORIZED,
        Refused::Unconfirmed { .. } | Refused::Locked | Refused::Frozen | Refused::Evidence => {
            StatusCode::FORBIDDEN
        }
        Refused::NoRecovery | Refused::Unripe { .. } | Refused::Last | Refused::Full => {
            StatusCode::CONFLICT
        }
        Refused::Value => StatusCode::BAD_REQUEST,
    };
    let mut problem = Problem::new(status, refused.code(), refused.to_string());
    if let Refused::Unripe { ripe_at } = refused {
        let at = crate::view::show_time(ripe_at.0);
        problem.detail =
            format!("the recovery can be finished from {at} on; until then it can be stopped");
        problem.extensions.insert("ripe_at".to_owned(), at.into());
    }
    problem
}

/// Too many attempts.
pub(crate) fn throttled(wait_s: u64) -> Problem {
    let detail =
        format!("too many attempts: try again in {wait_s} seconds, or sign in with a passkey");
    let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "auth.throttled", detail);
    problem.extensions.insert("retry_after_s".to_owned(), wait_s.into());
    problem
}

/// The pool of hashes does not answer.
pub(crate) fn hash_problem(error: credential::password::HashError) -> Problem {
    match error {
        credential::password::HashError::Stored(_) => Problem::internal(error),
        error => Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.code(), error.to_string()),
    }
}

/// How long a hold was chosen to be, in the database's seconds.
pub(crate) fn until(now: At, span: Span) -> i64 {
    (now + span).0.cast_signed()
}

/// Where customers, their programs and people of the exchange find all of it.
pub(crate) fn routes() -> OpenApiRouter<crate::Service> {
    OpenApiRouter::new()
        .routes(routes!(sign_in::begin))
        .routes(routes!(sign_in::sign_in, sign_in::session, sign_in::sign_out))
        .routes(routes!(enrol::sign_up))
        .routes(routes!(enrol::begin))
        .routes(routes!(enrol::enrol))
        .routes(routes!(recovery::mail))
        .routes(routes!(recovery::begin))
        .routes(routes!(recovery::finish_begin))
        .routes(routes!(recovery::finish))
        .routes(routes!(view::account))
        .routes(routes!(view::addresses))
        .routes(routes!(book::check))
        .routes(routes!(book::networks))
        .routes(routes!(view::sessions))
        .routes(routes!(view::devices))
        .routes(routes!(view::keys))
        .routes(routes!(view::events))
        .routes(routes!(commands::command))
        .routes(routes!(withdrawal::value::assets))
        .routes(routes!(withdrawal::routes::ask, withdrawal::routes::list))
        .routes(routes!(withdrawal::routes::get))
        .routes(routes!(withdrawal::routes::confirm))
        .routes(routes!(withdrawal::routes::answers))
        .routes(routes!(withdrawal::routes::cancel))
        .routes(routes!(withdrawal::routes::release))
        .routes(routes!(withdrawal::routes::clear))
        .routes(routes!(withdrawal::value::put_prices))
        .routes(routes!(staff::find))
        .routes(routes!(exchange::invite))
        .routes(routes!(staff::view))
        .routes(routes!(staff::hold))
        .routes(routes!(staff::freeze))
        .routes(routes!(staff::call))
        .routes(routes!(staff::vouch))
        .routes(routes!(staff::approve_vouch))
        .routes(routes!(exchange::activities))
        .routes(routes!(notices::check_notice))
        .routes(routes!(staff_passkeys::begin_sign_in))
        .routes(routes!(staff_passkeys::sign_in))
        .routes(routes!(staff_passkeys::passkeys, staff_passkeys::create_passkey))
        .routes(routes!(staff_passkeys::begin_passkey))
        .routes(routes!(staff_passkeys::remove_passkey))
        .routes(routes!(hooks::webhooks, hooks::create_webhook))
        .routes(routes!(hooks::revoke_webhook))
        .routes(routes!(demo::mails))
}

/// Pages that work without JavaScript.
pub(crate) fn pages() -> Router<crate::Service> {
    Router::new()
        .route("/a/style.css", get(pages::style))
        .route("/a/freeze", get(pages::show_freeze).post(pages::freeze))
        .route("/a/stop-recovery", get(pages::show_stop_recovery).post(pages::stop_recovery))
}
