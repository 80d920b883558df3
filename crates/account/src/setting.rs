//! What protects an account, and how it is changed: stronger at once, weaker after a wait.

use serde::{Deserialize, Serialize};

use crate::time::{At, Span};

/// A setting with its value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Money goes to addresses of the book only.
    BookOnly(bool),
    /// So long a new address waits.
    Cooldown(Span),
    /// So much may leave in a day, in cents of the account's currency.
    DailyLimit(u64),
    /// So long every withdrawal waits, and can be cancelled.
    Delay(Span),
    /// So long it takes to loosen anything; nothing is locked when it is zero.
    Lock(Span),
}

/// Kinds of settings.
pub const KINDS: usize = 5;

impl Setting {
    /// Its place among settings.
    pub const fn kind(self) -> usize {
        match self {
            Setting::BookOnly(_) => 0,
            Setting::Cooldown(_) => 1,
            Setting::DailyLimit(_) => 2,
            Setting::Delay(_) => 3,
            Setting::Lock(_) => 4,
        }
    }

    /// How much it protects: of two values of a kind, the one with more is the stronger.
    pub const fn strength(self) -> u64 {
        match self {
            Setting::BookOnly(is_only) => is_only as u64,
            Setting::Cooldown(span) | Setting::Delay(span) | Setting::Lock(span) => span.0,
            Setting::DailyLimit(cents) => u64::MAX - cents,
        }
    }
}

/// How long it takes to loosen a setting, and what is the least that a customer may choose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Waits {
    /// For each kind; a lock takes its own time, which is longer.
    pub loosen: [Span; KINDS],
    /// The weakest cool-down of addresses.
    pub cooldown_min: Span,
    /// The shortest lock, and the longest.
    pub lock: [Span; 2],
}

impl Default for Waits {
    fn default() -> Self {
        let two_days = Span::hours(48);
        Self {
            loosen: [two_days, two_days, Span::hours(24), two_days, Span::hours(24)],
            cooldown_min: Span::hours(24),
            lock: [Span::days(1), Span::days(30)],
        }
    }
}

/// What a change comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is so already.
    Same,
    /// From now on.
    Now,
    /// From this time on, if nobody takes it back.
    At(At),
}

/// **The one rule.** What becomes of a change from one value of a kind to another: tighten now, loosen
/// later.
pub const fn change(current: Setting, wanted: Setting, waits: &Waits, now: At) -> Effect {
    let (has, wants) = (current.strength(), wanted.strength());
    if has == wants {
        return Effect::Same;
    }
    if wants > has {
        return Effect::Now;
    }
    let mut wait = waits.loosen[wanted.kind()];
    if let Setting::Lock(span) = current
        && span.0 > wait.0
    {
        wait = span;
    }
    Effect::At(At(now.0.saturating_add(wait.0)))
}

/// The settings of an account, and what will be loosened.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Settings {
    current: [Setting; KINDS],
    waiting: [Option<(At, Setting)>; KINDS],
}

impl Settings {
    /// What an account begins with: the least that is offered.
    pub fn new(waits: &Waits) -> Self {
        Self {
            current: [
                Setting::BookOnly(false),
                Setting::Cooldown(waits.cooldown_min),
                Setting::DailyLimit(1_000_000),
                Setting::Delay(Span(0)),
                Setting::Lock(Span(0)),
            ],
            waiting: [None; KINDS],
        }
    }

    /// As they are at a time: what has waited long enough is in force.
    pub fn settle(&mut self, now: At) {
        for (current, waiting) in self.current.iter_mut().zip(&mut self.waiting) {
            if let Some((from, setting)) = *waiting
                && from <= now
            {
                (*current, *waiting) = (setting, None);
            }
        }
    }

    /// Changes one. A value that is the same or stronger takes back what was going to loosen its kind;
    /// a weaker one waits from now on, whatever waited before.
    pub fn set(&mut self, wanted: Setting, waits: &Waits, now: At) -> Effect {
        self.settle(now);
        let kind = wanted.kind();
        let effect = change(self.current[kind], wanted, waits, now);
        self.waiting[kind] = match effect {
            Effect::At(from) => Some((from, wanted)),
            Effect::Now | Effect::Same => None,
        };
        if effect == Effect::Now {
            self.current[kind] = wanted;
        }
        effect
    }

    /// What waits to be loosened, and from when.
    pub fn waiting(&self) -> impl Iterator<Item = (At, Setting)> {
        self.waiting.iter().copied().flatten()
    }

    /// The value of a kind at a time.
    pub fn value(&self, kind: usize, now: At) -> Setting {
        match self.waiting[kind] {
            Some((from, setting)) if from <= now => setting,
            _ => self.current[kind],
        }
    }

    /// How much a kind protects at a time.
    pub fn strength(&self, kind: usize, now: At) -> u64 {
        self.value(kind, now).strength()
    }

    /// Whether money goes to addresses of the book only.
    pub fn is_book_only(&self) -> bool {
        matches!(self.current[0], Setting::BookOnly(true))
    }

    /// How long a new address waits.
    pub fn cooldown(&self) -> Span {
        Span(self.current[1].strength())
    }

    /// What may leave in a day, in cents.
    pub fn daily_limit(&self) -> u64 {
        u64::MAX - self.current[2].strength()
    }

    /// How long every withdrawal waits.
    pub fn delay(&self) -> Span {
        Span(self.current[3].strength())
    }

    /// Whether nothing may be loosened.
    pub fn is_locked(&self) -> bool {
        self.current[4].strength() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_setting() -> impl Strategy<Value = Setting> {
        let span = (0u64..200).prop_map(Span::hours);
        prop_oneof![
            any::<bool>().prop_map(Setting::BookOnly),
            span.clone().prop_map(Setting::Cooldown),
            (0u64..5_000).prop_map(Setting::DailyLimit),
            span.clone().prop_map(Setting::Delay),
            span.prop_map(Setting::Lock),
        ]
    }

    fn strength(settings: &Settings, kind: usize) -> u64 {
        settings.current[kind].strength()
    }

    proptest! {
        /// In whatever order and at whatever times settings are changed: what is weaker than before was
        /// the last that was asked for of its kind, a whole wait ago; what is stronger is in force at once.
        #[test]
        fn nothing_is_loosened_before_its_wait(
            changes in prop::collection::vec((0u64..60, any_setting()), 1..60),
        ) {
            let waits = Waits::default();
            let mut settings = Settings::new(&waits);
            let mut now = At(0);
            let mut asked = [None; KINDS];
            for (hours, wanted) in changes {
                now = now + Span::hours(hours);
                let before: [u64; KINDS] = std::array::from_fn(|kind| strength(&settings, kind));
                settings.settle(now);
                for kind in 0..KINDS {
                    if strength(&settings, kind) < before[kind] {
                        let (at, last): (At, Setting) = asked[kind].unwrap();
                        prop_assert!(at + waits.loosen[kind] <= now);
                        prop_assert_eq!(last, settings.current[kind]);
                    }
                }
                let kind = wanted.kind();
                let before = strength(&settings, kind);
                settings.set(wanted, &waits, now);
                prop_assert_eq!(strength(&settings, kind), before.max(wanted.strength()));
                asked[kind] = Some((now, wanted));
            }
        }

        /// A weaker value comes into force exactly when it was said, unless a stronger one is set before.
        #[test]
        fn what_waits_comes_into_force_unless_it_is_taken_back(
            wanted in any_setting(), hours in 0u64..1_000, is_taken_back in any::<bool>(),
        ) {
            let waits = Waits::default();
            let mut settings = Settings::new(&waits);
            let kind = wanted.kind();
            let first = settings.current[kind];
            let Effect::At(from) = settings.set(wanted, &waits, At(0)) else { return Ok(()) };
            prop_assert!(from.0 >= waits.loosen[kind].0);
            if is_taken_back {
                prop_assert_eq!(settings.set(first, &waits, At(0)), Effect::Same);
            }
            settings.settle(At(0) + Span::hours(hours));
            let is_in_force = Span::hours(hours).0 >= from.0 && !is_taken_back;
            let expected = if is_in_force { wanted } else { first };
            prop_assert_eq!(settings.current[kind], expected);
        }
    }

    #[test]
    fn a_lock_takes_its_own_time_to_open() {
        let waits = Waits::default();
        let mut settings = Settings::new(&waits);
        let days = Span::days(10);
        assert_eq!(settings.set(Setting::Lock(days), &waits, At(0)), Effect::Now);
        assert!(settings.is_locked());
        let opened = settings.set(Setting::Lock(Span(0)), &waits, At(5));
        assert_eq!(opened, Effect::At(At(5) + days));
        settings.settle(At(4) + days);
        assert!(settings.is_locked());
        settings.settle(At(5) + days);
        assert!(!settings.is_locked());
    }
}
