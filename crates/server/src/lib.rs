//! The HTTP side: the API, live streams, sessions, and the console.
//!
//! Reading order: [`run`] (starting and stopping), [`desk`] (one thread decides), [`act`] (what follows a decision), [`view`] (what
//! the API says), [`api`] (its routes), [`auth`] (who is asking), [`accounts`] (customers), [`accept`] and `drain` (what stands
//! between the network and all this), [`follow`] and [`sync`] (chains and lists), [`maker`] (lists, rules and model of engines), [`problem`] (errors),
//! [`meter`] (counters), `otlp` (traces), [`assets`] (the console).
//!
//! Nothing here decides: that is `engine`'s job. Clocks and randomness are read here and handed
//! down.

pub mod accept;
pub mod accounts;
pub mod act;
pub mod api;
pub mod assets;
pub mod auth;
pub mod desk;
mod drain;
pub mod follow;
pub mod limit;
pub mod maker;
pub mod meter;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod problem;
mod published;
pub mod rescore;
pub mod run;
pub mod sync;
pub mod view;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use store::sql::Sql;
use tokio::sync::watch;

use accept::Client;
use act::Actor;
use auth::KeyCache;
use desk::DeskHandle;
use limit::Limiter;
use meter::Meter;

/// Target of the spans that traces are made of; the log leaves them out unless `RUST_LOG` names it.
pub const TRACE: &str = "ringfence::trace";

/// How long a list waits for details of what was decided before it.
const CATCH_UP: std::time::Duration = std::time::Duration::from_millis(500);

/// What the operator chose and people may see.
#[derive(Clone, Debug)]
pub struct Options {
    /// Shows a simulated market.
    pub is_demo: bool,
    /// Every key of the configuration with its value, secrets left out, and its meaning.
    pub config: Vec<(String, String, String)>,
    /// Answers come over TLS.
    pub has_tls: bool,
    /// Requests a second of one client.
    pub rate_per_s: f64,
    /// Folder of the pages of the proof of reserves.
    pub reserves_site: Option<std::path::PathBuf>,
}

/// A source of events, for the system page.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[schema(as = Source)]
pub struct SourceState {
    /// Its name in the configuration.
    pub name: String,
    /// CAIP-2 id.
    pub network: String,
    /// `ethereum_rpc`, `bitcoin_rpc`, `demo` or `api`.
    pub kind: String,
    /// Last block taken in.
    #[schema(required)]
    pub height: Option<u64>,
    /// Seconds between the last block's time and now.
    #[schema(required)]
    pub behind_s: Option<u64>,
    /// `live`, `catching_up`, `waiting`, `stopped` or `disagrees`.
    pub state: String,
    /// What is wrong, for people.
    #[schema(required)]
    pub detail: Option<String>,
    /// Reorganisations since the start.
    pub reorganisations: u64,
}

/// A re-scoring of the past with today's lists.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Rescoring {
    /// `idle`, `running`, `done` or `failed`.
    pub state: String,
    /// When it began.
    #[schema(required)]
    pub started_at: Option<String>,
    /// When it ended.
    #[schema(required)]
    pub finished_at: Option<String>,
    /// Transfers scored again.
    pub done: u64,
    /// Transfers in all.
    pub total: u64,
    /// Decisions that would be stricter now.
    pub stricter: u64,
    /// Decisions that would be milder now.
    pub milder: u64,
    /// What went wrong.
    #[schema(required)]
    pub detail: Option<String>,
}

/// Everything that requests share.
pub struct Inner {
    /// The way to the desk.
    pub desk: DeskHandle,
    /// What follows decisions.
    pub actor: Actor,
    /// The database.
    pub sql: Sql,
    /// Counters.
    pub meter: Arc<Meter>,
    /// Keys seen a moment ago.
    pub keys: KeyCache,
    /// Folder of imported lists.
    pub lists_root: std::path::PathBuf,
    /// Choices of the operator.
    pub options: Options,
    /// When the server started, seconds since 1970-01-01 UTC.
    pub started_at: u64,
    /// Sources of events.
    pub sources: Arc<Mutex<Vec<SourceState>>>,
    /// Customers' accounts.
    pub accounts: accounts::Accounts,
    /// The last re-scoring.
    pub rescoring: Mutex<Rescoring>,
    /// Bytes of the account model.
    pub model: Vec<u8>,
    /// Wakes whoever fetches lists.
    pub sync_lists: tokio::sync::Notify,
    /// Rates of clients.
    pub limiter: Limiter<IpAddr>,
    /// Rates of sign-in attempts.
    pub sign_ins: Limiter<IpAddr>,
    /// Alerts that are not closed, counted once a second.
    pub open_alerts: std::sync::atomic::AtomicU64,
    /// Allows of the last second that watchers were not sent.
    pub sampled_out: std::sync::atomic::AtomicU64,
    /// The rules in force and the texts of all versions.
    pub rules: Arc<Mutex<maker::Rulebook>>,
    /// Held while rules are published.
    pub publishing: tokio::sync::Mutex<()>,
    /// Held by one costly question at a time.
    pub costly: tokio::sync::Semaphore,
    /// Sizes of the data directory's parts, and when they were measured.
    pub sizes: Mutex<(u64, Vec<(String, u64)>)>,
    /// Turns true when the server stops.
    pub stop: watch::Receiver<bool>,
}

/// Shared by all requests.
#[derive(Clone)]
pub struct Service(pub Arc<Inner>);

impl std::ops::Deref for Service {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Service {
    /// A turn for a question that costs much.
    ///
    /// # Errors
    /// [`problem::Problem`] when the server is stopping.
    pub(crate) async fn costly(
        &self,
    ) -> Result<tokio::sync::SemaphorePermit<'_>, problem::Problem> {
        self.costly.acquire().await.map_err(problem::Problem::internal)
    }

    /// Waits a moment until what was decided before is kept, so that a list asked for after an
    /// event shows it.
    ///
    /// # Errors
    /// [`problem::Problem`] when the server is stopping.
    pub(crate) async fn catch_up(&self) -> Result<(), problem::Problem> {
        let size = self.desk.ask(|core| core.data.journal().head().0).await?;
        let actor = self.actor.clone();
        let waited = tokio::task::spawn_blocking(move || actor.wait_until(size, CATCH_UP));
        waited.await.map_err(problem::Problem::internal)
    }

    /// The client's rate, in tokens of one request.
    fn admits(&self, client: Option<&Client>, count: f64) -> bool {
        let key = client.map_or(IpAddr::from([0, 0, 0, 0]), |client| accept::client_key(client.0));
        self.limiter.take(key, count, now_ms())
    }
}

/// Seconds since 1970-01-01 UTC.
pub fn now_s() -> u64 {
    now_ms() / 1_000
}

#[allow(clippy::disallowed_methods, reason = "the server is where the clock is read")]
fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
