//! Delivers webhooks to receivers that may be slow, broken or hostile.
//!
//! No redirect is followed, no proxy of the environment is used, no connection is kept, nothing of the answer is
//! read but its status. A name is looked up once for each attempt, addresses that are not allowed are taken
//! out of the answer, and one of those that are left is connected to: there is no second look-up that could
//! answer something else.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, config::Config};

use crate::error::SendError;
use crate::reach::Reach;
use crate::webhook::Webhook;

/// Deliveries that go out at the same time: each has a thread. A receiver that hangs keeps one for as long
/// as [`Patience::whole`].
pub const CALLS_MAX: usize = 16;
/// Largest head of an answer, in bytes; its body is not read.
const ANSWER_HEAD_LEN_MAX: usize = 16 * 1024;

/// How long a receiver is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For all of it.
    pub whole: Duration,
}

impl Default for Patience {
    /// 5 s and 15 s, as receivers are told by the larger senders of webhooks.
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(15) }
    }
}

/// Delivers webhooks.
#[derive(Clone)]
pub struct Caller {
    agent: Agent,
    permits: Arc<Semaphore>,
}

impl Caller {
    /// Delivers to where `reach` allows.
    pub fn new(reach: Reach, patience: Patience) -> Self {
        let config = Agent::config_builder()
            .timeout_connect(Some(patience.connect))
            .timeout_global(Some(patience.whole))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .max_response_header_size(ANSWER_HEAD_LEN_MAX)
            .user_agent("ringfence")
            .accept_encoding("identity")
            .build();
        let resolver = Guarded { reach, names: DefaultResolver::default() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        Self { agent, permits: Arc::new(Semaphore::new(CALLS_MAX)) }
    }

    /// Delivers once, on a thread for blocking work, and gives the status (2xx). Beyond [`CALLS_MAX`] at the
    /// same time it waits for its turn.
    ///
    /// # Errors
    /// [`SendError`] when the receiver did not take it, or did not say that it has.
    pub async fn deliver(&self, hook: &Webhook) -> Result<u16, SendError> {
        let stops = || SendError::Connection("the server stops".to_owned());
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| stops())?;
        let (caller, hook) = (self.clone(), hook.clone());
        let delivered = tokio::task::spawn_blocking(move || {
            let delivered = caller.deliver_blocking(&hook);
            drop(permit);
            delivered
        });
        delivered.await.map_err(|_| stops())?
    }

    /// As [`Caller::deliver`], on this thread.
    ///
    /// # Errors
    /// The same.
    pub fn deliver_blocking(&self, hook: &Webhook) -> Result<u16, SendError> {
        let mut request =
            self.agent.post(hook.url.uri()).header("content-type", "application/json");
        for (name, value) in hook.headers() {
            request = request.header(name, value);
        }
        let answer = request.send(&hook.body.0[..]).map_err(told)?;
        match answer.status().as_u16() {
            status @ 200..=299 => Ok(status),
            status @ 300..=399 => Err(SendError::Redirect(status)),
            status => Err(SendError::Status(status)),
        }
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Caller")
    }
}

/// Why a name leads nowhere: all of its addresses are out of reach.
#[derive(Debug, thiserror::Error)]
#[error("no address that is allowed")]
struct OutOfReach;

#[derive(Debug)]
struct Guarded {
    reach: Reach,
    names: DefaultResolver,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| self.reach.allows(address.ip())) {
            allowed.push(*address);
        }
        match allowed.is_empty() {
            true => Err(ureq::Error::Other(Box::new(OutOfReach))),
            false => Ok(allowed),
        }
    }
}

fn told(error: ureq::Error) -> SendError {
    match error {
        ureq::Error::Other(inner) if inner.is::<OutOfReach>() => SendError::Forbidden,
        ureq::Error::Timeout(_) => SendError::Timeout,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => SendError::Untrusted(error.to_string()),
        error => SendError::Connection(error.to_string()),
    }
}
