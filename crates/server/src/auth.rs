//! Who is asking: people by session cookie, programs by API key. Both are random secrets that are
//! kept as SHA-256 hashes only; looking up a hash tells nothing about the secret by its time.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Mutex;
use store::sql::{Role, UserRow};
use subtle::ConstantTimeEq;

use crate::Service;
use crate::problem::Problem;

/// Name of the session cookie. The prefix makes browsers refuse it without `Secure`, with a domain,
/// or for another path.
pub const COOKIE: &str = "__Host-ringfence";
/// A session that was not used for this long is over.
pub const IDLE_S: i64 = 30 * 60;
/// A session is over after this, used or not.
pub const ABSOLUTE_S: i64 = 12 * 3600;
/// How long a one-time link works.
pub const LINK_S: i64 = 24 * 3600;
/// Uses are noted this often at most.
const TOUCH_S: i64 = 60;
/// Keys whose hashes are remembered for a moment, so that the database is not asked each time.
const CACHED_MAX: usize = 10_000;
/// How long an answer about a key is remembered; a revoked key works this much longer at most.
const CACHE_S: u64 = 5;
/// Bytes of a secret.
const SECRET_LEN: usize = 32;

/// What a program may do.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
pub enum Scope {
    /// Send events.
    #[serde(rename = "events:write")]
    EventsWrite,
    /// Ask about addresses and transfers.
    #[serde(rename = "screen")]
    Screen,
    /// Read decisions, alerts, lists, rules and the journal.
    #[serde(rename = "read")]
    Read,
    /// Send approved withdrawals, and tell what assets are worth.
    #[serde(rename = "withdrawals")]
    Withdrawals,
    /// Invite customers, and tell what accounts do.
    #[serde(rename = "customers")]
    Customers,
}

impl Scope {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Scope::EventsWrite => "events:write",
            Scope::Screen => "screen",
            Scope::Read => "read",
            Scope::Withdrawals => "withdrawals",
            Scope::Customers => "customers",
        }
    }

    /// The scope with this name.
    pub fn find(name: &str) -> Option<Self> {
        let all =
            [Scope::EventsWrite, Scope::Screen, Scope::Read, Scope::Withdrawals, Scope::Customers];
        all.into_iter().find(|scope| scope.name() == name)
    }
}

/// A new secret in text form.
///
/// # Errors
/// [`Problem`] when the machine has no randomness.
pub fn new_secret() -> Result<String, Problem> {
    let mut bytes = zeroize::Zeroizing::new([0u8; SECRET_LEN]);
    getrandom::fill(bytes.as_mut()).map_err(Problem::internal)?;
    Ok(BASE64.encode(bytes.as_slice()))
}

/// The hash under which a secret is kept.
pub fn hash(secret: &str) -> String {
    crate::view::hex(&Sha256::digest(secret))
}

/// The token that goes with a session against cross-site requests. It says nothing about the
/// session's secret.
pub fn csrf_token(session_secret: &str) -> String {
    BASE64.encode(Sha256::digest(format!("ringfence csrf\n{session_secret}")))
}

/// Whoever is asking.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A person.
    Person {
        /// Who.
        user: UserRow,
        /// The secret of their session.
        session: String,
        /// When the session began.
        began_at: i64,
    },
    /// A program.
    Program {
        /// Its key.
        key_id: i64,
        /// What it may do.
        scopes: Vec<Scope>,
    },
}

/// Remembers keys for a moment.
#[derive(Default)]
pub struct KeyCache(Mutex<Keys>);

#[derive(Default)]
struct Keys {
    known: HashMap<String, (u64, KnownKey)>,
    /// How often a key was revoked: what was looked up before the last time is not kept.
    revoked: u64,
}

impl KeyCache {
    fn keys(&self) -> std::sync::MutexGuard<'_, Keys> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A key was revoked: each is looked up again (ASVS 8.3.2). Other servers of the same database follow
    /// within seconds.
    pub(crate) fn forget(&self) {
        let mut keys = self.keys();
        keys.known.clear();
        keys.revoked += 1;
    }
}

/// A key's number and scopes; `None` for one that opens nothing.
type KnownKey = Option<(i64, Vec<Scope>)>;

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get_all(header::COOKIE).iter().find_map(|value| {
        value.to_str().ok()?.split(';').find_map(|part| {
            let (known, value) = part.trim().split_once('=')?;
            (known == name).then_some(value)
        })
    })
}

fn unauthorised(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "auth.required", detail)
}

fn forbidden(code: &str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, code, detail)
}

async fn by_key(service: &Service, key: &str) -> Result<Caller, Problem> {
    let bad = || unauthorised("the API key is not known or was revoked");
    if key.len() > 200 {
        return Err(bad());
    }
    let hash = hash(key);
    let now_s = crate::now_s();
    let (cached, revoked) = {
        let keys = service.keys.keys();
        let known = keys.known.get(&hash).filter(|(at, _)| now_s < at + CACHE_S);
        (known.map(|(_, found)| found.clone()), keys.revoked)
    };
    let found = match cached {
        Some(found) => found,
        None => {
            let found = service.sql.find_api_key(&hash).await?.map(|(id, scopes)| {
                (id, scopes.split(' ').filter_map(Scope::find).collect::<Vec<_>>())
            });
            if let Some((id, _)) = &found
                && let Err(error) = service.sql.touch_api_key(*id, now_s.cast_signed()).await
            {
                // When it was last used is worth less than what it sends.
                tracing::warn!(%error, "the use of a key was not noted");
            }
            let mut keys = service.keys.keys();
            if keys.known.len() >= CACHED_MAX {
                keys.known.clear();
            }
            if keys.revoked == revoked {
                keys.known.insert(hash, (now_s, found.clone()));
            }
            found
        }
    };
    found.map(|(key_id, scopes)| Caller::Program { key_id, scopes }).ok_or_else(bad)
}

async fn by_session(service: &Service, secret: &str) -> Result<Caller, Problem> {
    let over = || unauthorised("the session is over; open a sign-in link again");
    if secret.len() > 200 {
        return Err(over());
    }
    let hash = hash(secret);
    let found = service.sql.session(&hash).await?.ok_or_else(over)?;
    let now_s = crate::now_s().cast_signed();
    if now_s >= found.last_seen_at + IDLE_S || now_s >= found.created_at + ABSOLUTE_S {
        service.sql.delete_session(&hash).await?;
        return Err(over());
    }
    if now_s >= found.last_seen_at + TOUCH_S {
        service.sql.touch_session(&hash, found.user.id, now_s).await?;
    }
    Ok(Caller::Person { user: found.user, session: secret.to_owned(), began_at: found.created_at })
}

impl FromRequestParts<Service> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Problem> {
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let key = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
            let key = key.ok_or_else(|| {
                unauthorised("the header 'authorization' is not 'Bearer' and an API key")
            })?;
            return by_key(service, key.trim()).await;
        }
        let Some(secret) = cookie(&parts.headers, COOKIE) else {
            return Err(unauthorised(
                "sign in with a sign-in link, or send 'authorization: Bearer' with an API key",
            ));
        };
        let caller = by_session(service, secret).await?;
        let is_change = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if is_change {
            let given = parts.headers.get("x-csrf-token").map(|value| value.as_bytes().to_vec());
            let expected = csrf_token(secret);
            let is_ours = given.is_some_and(|given| bool::from(given.ct_eq(expected.as_bytes())));
            if !is_ours {
                return Err(forbidden(
                    "auth.csrf",
                    "the header 'x-csrf-token' is missing or of another session; reload the page",
                ));
            }
        }
        Ok(caller)
    }
}

impl Caller {
    /// Lets programs with the scope and every person pass.
    ///
    /// # Errors
    /// [`Problem`] for others.
    pub fn may(&self, scope: Scope) -> Result<(), Problem> {
        match self {
            Caller::Program { scopes, .. } if !scopes.contains(&scope) => Err(forbidden(
                "auth.scope",
                format!("the API key lacks the scope '{}'", scope.name()),
            )),
            Caller::Person { user, .. } if scope == Scope::EventsWrite => {
                // People look; programs feed. An auditor's session must never move the state.
                if user.role == Role::Administrator {
                    Ok(())
                } else {
                    Err(forbidden(
                        "auth.role",
                        "sending events needs an administrator or an API key",
                    ))
                }
            }
            _ => Ok(()),
        }
    }

    /// False once the session or key is over. The session is not touched by asking.
    pub(crate) async fn is_still_admitted(&self, service: &Service) -> bool {
        match self {
            Caller::Person { session, user, .. } => {
                let now_s = crate::now_s().cast_signed();
                let found = service.sql.session(&hash(session)).await;
                // A watcher that only listens stays until the session's absolute end.
                found.is_ok_and(|found| {
                    found.is_some_and(|found| {
                        now_s < found.created_at + ABSOLUTE_S && found.user.role == user.role
                    })
                })
            }
            Caller::Program { key_id, .. } => service.sql.api_keys().await.is_ok_and(|keys| {
                keys.iter().any(|key| key.id == *key_id && key.revoked_at.is_none())
            }),
        }
    }

    /// The person, if their role is one of these.
    ///
    /// # Errors
    /// [`Problem`] for programs and others.
    pub fn person(&self, roles: &[Role]) -> Result<&UserRow, Problem> {
        match self {
            Caller::Person { user, .. } if roles.contains(&user.role) => Ok(user),
            Caller::Person { user, .. } => {
                let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
                let detail = format!(
                    "this needs one of: {}; you are {}",
                    names.join(", "),
                    user.role.name()
                );
                Err(forbidden("auth.role", detail))
            }
            Caller::Program { .. } => {
                Err(forbidden("auth.person", "this is for people: sign in with a sign-in link"))
            }
        }
    }

    /// A stable name for limits and event ids: programs by key, people by user.
    pub fn name(&self) -> String {
        match self {
            Caller::Person { user, .. } => format!("user {}", user.id),
            Caller::Program { key_id, .. } => format!("key {key_id}"),
        }
    }
}

/// Those who decide about alerts.
pub const ALERT_ROLES: &[Role] = &[Role::Administrator, Role::Compliance, Role::Analyst];
/// Those who decide about rules and lists.
pub const RULE_ROLES: &[Role] = &[Role::Administrator, Role::Compliance];
/// Those who see withdrawals.
pub const WITHDRAWAL_ROLES: &[Role] =
    &[Role::Administrator, Role::Compliance, Role::Analyst, Role::Treasury, Role::Auditor];
/// Those who decide about people and keys.
pub const ADMIN_ROLES: &[Role] = &[Role::Administrator];
