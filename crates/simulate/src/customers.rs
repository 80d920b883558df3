//! Customers of an exchange and those who are after their money, with the truth beside each event.
//!
//! Reading order: `person` (who somebody is), `life` (what they do), `attacks` (what is done to them),
//! [`evaluate`] (how much of it `behavior` finds). The same seed gives the same histories; a customer's
//! history does not depend on how many others there are. All of it is written by hand: it measures that
//! shapes are found which somebody thought of, not what thieves will do.

mod attacks;
mod cities;
pub mod evaluate;
mod life;
mod person;

use behavior::event::Event;
use behavior::population::Segment;
use serde::Serialize;

use crate::Random;
use life::Life;

/// Begin of all histories: 2024-01-01 00:00 UTC.
pub const START_S: u64 = 1_704_067_200;
/// Seconds of a day.
pub const DAY_S: u64 = 86_400;
/// Days before an account can be attacked: it has to have a history.
const QUIET_DAYS: u64 = 20;

/// How many customers, for how long.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Config {
    /// Draws everything.
    pub seed: u64,
    /// Customers.
    pub customers: u32,
    /// Days.
    pub days: u32,
    /// Customers in a thousand who are attacked once within these days. Far more than in life, so that
    /// there is something to count; alert budgets are shares of honest withdrawals.
    pub attacked_per_1000: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { seed: 1, customers: 4_000, days: 180, attacked_per_1000: 250 }
    }
}

/// What is done to an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attack {
    /// A password that leaked elsewhere.
    CredentialStuffing,
    /// A stolen cookie.
    SessionTheft,
    /// A telephone number that was taken over.
    SimSwap,
    /// A mailbox that was taken over.
    MailboxTakeover,
    /// Somebody who helps on the customer's screen.
    RemoteAccess,
    /// An account that passes other people's money on.
    SlowMule,
    /// A customer who does what somebody says.
    Coerced,
}

impl Attack {
    /// All of them.
    pub const ALL: [Attack; 7] = [
        Attack::CredentialStuffing,
        Attack::SessionTheft,
        Attack::SimSwap,
        Attack::MailboxTakeover,
        Attack::RemoteAccess,
        Attack::SlowMule,
        Attack::Coerced,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Attack::CredentialStuffing => "credential stuffing",
            Attack::SessionTheft => "session theft",
            Attack::SimSwap => "SIM swap",
            Attack::MailboxTakeover => "mailbox takeover",
            Attack::RemoteAccess => "remote access",
            Attack::SlowMule => "slow mule",
            Attack::Coerced => "coerced customer",
        }
    }
}

/// An attack, and whether it is easy to see.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Truth {
    /// What it is.
    pub attack: Attack,
    /// Easy: a new device in a new country that takes all. Hard: everything else, from the customer's
    /// own country and for the most part from their own device and place.
    pub is_hard: bool,
}

/// An event with the truth about it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Told {
    /// What the exchange sees.
    pub event: Event,
    /// What is really going on; `None` for the customer's own doing.
    pub truth: Option<Truth>,
}

/// All that happens at one account.
#[derive(Clone, PartialEq, Debug)]
pub struct History {
    /// What kind of customer it is.
    pub segment: Segment,
    /// In order of time.
    pub events: Vec<Told>,
}

/// The history of one customer by their number.
pub fn history(config: &Config, number: u32) -> History {
    let mut random = Random::new(Random::new(config.seed).next_u64() ^ u64::from(number));
    // Streams of neighbouring numbers are one stream at different places: a jump parts them.
    random = Random::new(random.next_u64());
    let days = u64::from(config.days);
    let is_attacked =
        days > QUIET_DAYS && random.below(1_000) < u64::from(config.attacked_per_1000);
    let end = if is_attacked {
        let attacked_days = days - QUIET_DAYS;
        QUIET_DAYS + random.below(attacked_days.max(1))
    } else {
        days
    };
    let mut life = Life::new(random);
    for day in 0..end {
        life.live_day(day);
    }
    if is_attacked {
        attacks::begin(&mut life, end);
    }
    let last = START_S + days * DAY_S;
    let segment = life.person.segment;
    let mut events = life.told;
    events.retain(|told| told.event.at < last);
    events.sort_by_key(|told| told.event.at);
    History { segment, events }
}

#[cfg(test)]
mod tests;
