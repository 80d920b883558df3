//! An account: all that its protection depends on.

use serde::{Deserialize, Serialize};

use crate::book::Book;
use crate::factor::{Credentials, Factors};
use crate::hold::{Ledger, Spans};
use crate::setting::{Settings, Waits};
use crate::time::{At, Span};

/// A recovery that was begun and not finished.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Recovery {
    /// What was shown for it.
    pub evidence: Factors,
    /// From when on it can be finished.
    pub ripe_at: At,
}

/// All that the protection of an account depends on.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Account {
    /// What can be shown.
    pub credentials: Credentials,
    /// What protects it.
    pub settings: Settings,
    /// Why money waits.
    pub holds: Ledger,
    /// Where it may go.
    pub book: Book,
    /// Whether nothing leaves at all.
    pub is_frozen: bool,
    /// A recovery that was begun.
    pub recovery: Option<Recovery>,
}

/// How long things take, as the operator has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rules {
    /// Holds by cause.
    pub holds: Spans,
    /// Settings.
    pub waits: Waits,
    /// How long a recovery waits, and can be stopped, before it can be finished.
    pub recovery_wait: Span,
}

impl Default for Rules {
    fn default() -> Self {
        Self { holds: Spans::default(), waits: Waits::default(), recovery_wait: Span::hours(72) }
    }
}

impl Account {
    /// A new account with these credentials.
    pub fn new(credentials: Credentials, rules: &Rules) -> Self {
        Self {
            credentials,
            settings: Settings::new(&rules.waits),
            holds: Ledger::default(),
            book: Book::default(),
            is_frozen: false,
            recovery: None,
        }
    }

    /// The next time at which something of it changes by itself.
    pub fn next_change(&self, now: At) -> Option<At> {
        let waiting = self.settings.waiting().map(|(from, _)| from);
        let holds = self.holds.active(now).map(|(_, until)| until);
        let addresses = self.book.entries().iter().map(|entry| entry.usable_from);
        let recovery = self.recovery.map(|recovery| recovery.ripe_at);
        waiting.chain(holds).chain(addresses).chain(recovery).filter(|at| *at > now).min()
    }
}
