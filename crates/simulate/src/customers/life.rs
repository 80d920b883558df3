//! What customers do, day by day: sign in, look around, trade, deposit, send money; travel, buy
//! telephones, forget passwords, empty their accounts into wallets of their own.

use behavior::event::{Asked, Change, DeviceKey, Event, Kind, Page, Shown};
use behavior::place::Place;
use behavior::population::Segment;

use std::collections::BTreeSet;

use super::cities::{abroad, home, mobile, vpn};
use super::person::{Person, Vpn, normal};
use super::{DAY_S, START_S, Told, Truth};
use crate::Random;

/// Chance that a step comes after another one that has nothing to do with it.
const WANDERS: f64 = 0.06;
/// Where people wander to.
const PAGES: [Page; 10] = [
    Page::Balance,
    Page::History,
    Page::Market,
    Page::AddressBook,
    Page::Security,
    Page::Personal,
    Page::Help,
    Page::CopiedAddress,
    Page::Paused,
    Page::Paused,
];

/// A customer's life so far.
pub(super) struct Life {
    pub(super) random: Random,
    pub(super) person: Person,
    pub(super) told: Vec<Told>,
    pub(super) balance_cents: u64,
    /// Time of the next step, seconds.
    pub(super) now: u64,
    pub(super) device: u64,
    pub(super) place: Place,
    pub(super) truth: Option<Truth>,
    /// Where they are on a journey, and until which day.
    journey: Option<(usize, u64)>,
    /// Days on which a withdrawal will follow a change.
    errand: Option<u64>,
    /// Addresses that money was sent to.
    paid: BTreeSet<u64>,
}

impl Life {
    pub(super) fn new(mut random: Random) -> Self {
        let person = Person::draw(&mut random);
        let balance_cents = libm::exp(person.ln_amount + 1.5) as u64;
        let (device, place) = (person.devices[0], home(person.city, person.provider));
        Self {
            random,
            person,
            told: Vec::new(),
            balance_cents,
            now: START_S,
            device,
            place,
            truth: None,
            journey: None,
            errand: None,
            paid: BTreeSet::new(),
        }
    }

    pub(super) fn happens(&mut self, chance: f64) -> bool {
        self.random.unit() < chance
    }

    /// A step. Everybody looks at something else now and then.
    pub(super) fn step(&mut self, kind: Kind) {
        if !matches!(kind, Kind::SignedIn(_)) && self.happens(WANDERS) {
            let page = PAGES[self.random.below(PAGES.len() as u64) as usize];
            self.tell(Kind::Viewed(page));
        }
        self.tell(kind);
    }

    /// An event, some seconds after the one before.
    fn tell(&mut self, kind: Kind) {
        self.now += 3 + self.random.below(40);
        let device = Some(DeviceKey(self.device));
        let event = Event { at: self.now, kind, device, place: self.place };
        self.told.push(Told { event, truth: self.truth });
    }

    pub(super) fn view(&mut self, page: Page) {
        self.step(Kind::Viewed(page));
    }

    /// Something that happens at the account without anybody being there.
    fn aside(&mut self, at: u64, kind: Kind, place: Place) {
        let event = Event { at, kind, device: None, place };
        self.told.push(Told { event, truth: self.truth });
    }

    pub(super) fn deposit(&mut self, at: u64, value_cents: u64) {
        self.balance_cents = self.balance_cents.saturating_add(value_cents);
        self.aside(at, Kind::Deposited { value_cents }, Place::default());
    }

    pub(super) fn amount(&mut self) -> u64 {
        let ln = self.person.ln_amount + self.person.stray_amount * normal(&mut self.random);
        libm::exp(ln.clamp(4.0, 22.0)) as u64
    }

    /// Asks for money to be sent. It leaves: what guards do is not simulated.
    pub(super) fn ask(&mut self, value_cents: u64, destination: u64) {
        let is_new_destination = self.paid.insert(destination);
        let value_cents = value_cents.min(self.balance_cents).max(1);
        let balance_cents = Some(self.balance_cents);
        let asked = Asked { value_cents, destination, is_new_destination, balance_cents };
        self.step(Kind::Asked(asked));
        self.balance_cents = self.balance_cents.saturating_sub(value_cents);
        self.aside(self.now, Kind::Sent { value_cents, destination }, Place::default());
    }

    pub(super) fn usual_place(&mut self) -> Place {
        let city = self.journey.map_or(self.person.city, |(city, _)| city);
        let hides = match self.person.vpn {
            Vpn::Never => self.happens(0.002),
            Vpn::Sometimes => self.happens(0.25),
            Vpn::Always => self.happens(0.97),
        };
        if hides {
            return vpn(self.person.exit + usize::from(self.random.below(6) == 0));
        }
        if self.happens(0.25) {
            return mobile(city, &mut self.random);
        }
        home(city, self.person.provider)
    }

    pub(super) fn live_day(&mut self, day: u64) {
        self.change_of_life(day);
        let begin = START_S + day * DAY_S;
        // Strangers try passwords at everybody's account.
        if self.happens(0.004) {
            let tries = 1 + self.random.below(12);
            let at = begin + self.random.below(DAY_S);
            let place = super::cities::rented(day as usize, true);
            for n in 0..tries {
                self.aside(at + n * 2, Kind::SignInFailed(Shown::PASSWORD), place);
            }
        }
        if self.happens(0.06) {
            let value_cents = self.amount().saturating_mul(2);
            let at = begin + self.random.below(DAY_S);
            self.deposit(at, value_cents);
        }
        let expected = self.person.sessions_a_day;
        let sessions = expected as u64 + u64::from(self.random.unit() < expected.fract());
        let mut hours: Vec<f64> = (0..sessions).map(|_| self.hour()).collect();
        hours.sort_by(f64::total_cmp);
        for hour in hours {
            self.now = (self.now + 60).max(begin + (hour * 3_600.0) as u64);
            let devices = self.person.devices.len() as u64;
            let place = if self.happens(0.7) { 0 } else { self.random.below(devices) };
            self.device = self.person.devices[place as usize];
            self.place = self.usual_place();
            self.session(day);
        }
    }

    /// An hour (UTC) at which the customer comes.
    pub(super) fn hour(&mut self) -> f64 {
        if self.happens(0.04) {
            return self.random.unit() * 24.0;
        }
        (self.person.hour + self.person.stray_h * normal(&mut self.random)).rem_euclid(24.0)
    }

    /// Journeys, new devices, forgotten passwords.
    fn change_of_life(&mut self, day: u64) {
        if self.journey.is_some_and(|(_, until)| until <= day) {
            self.journey = None;
        }
        if self.journey.is_none() && self.happens(self.person.travels) {
            let city = abroad(self.person.city, &mut self.random);
            self.journey = Some((city, day + 2 + self.random.below(12)));
        }
        if self.happens(1.0 / 300.0) {
            self.new_device(day);
        }
        if self.happens(1.0 / 400.0) {
            self.forgotten_password(day);
        }
    }

    fn at_usual_hour(&mut self, day: u64) {
        let usual = START_S + day * DAY_S + (self.person.hour * 3_600.0) as u64;
        self.now = (self.now + 60).max(usual);
        self.device = self.person.devices[0];
        self.place = self.usual_place();
    }

    /// A new telephone, or a laptop beside it; the app moves along.
    fn new_device(&mut self, day: u64) {
        let device = self.random.next_u64();
        if self.happens(0.6) {
            self.person.devices[0] = device;
        } else if self.person.devices.len() < 4 {
            self.person.devices.push(device);
        }
        self.at_usual_hour(day);
        self.device = device;
        self.step(Kind::SignedIn(self.person.shown.and(Shown::MAILBOX)));
        self.view(Page::Security);
        if self.happens(0.6) {
            let change = if self.happens(0.5) { Change::Totp } else { Change::Passkey };
            self.step(Kind::Changed(change));
        }
        self.view(Page::Balance);
        if self.happens(0.25) {
            self.errand = Some(day);
        }
    }

    fn forgotten_password(&mut self, day: u64) {
        self.at_usual_hour(day);
        for _ in 0..2 + self.random.below(4) {
            self.now += 20;
            self.aside(self.now, Kind::SignInFailed(Shown::PASSWORD), self.place);
        }
        self.step(Kind::SignedIn(Shown::MAILBOX));
        self.step(Kind::Changed(Change::Password));
        self.view(Page::Balance);
        if self.happens(0.4) {
            self.errand = Some(day + self.random.below(3));
        }
    }

    fn sign_in(&mut self) {
        if self.happens(0.05) {
            self.aside(self.now, Kind::SignInFailed(Shown::PASSWORD), self.place);
            self.now += 15;
        }
        if self.happens(0.85) {
            self.step(Kind::SignedIn(self.person.shown));
        }
        if self.happens(0.0005) {
            self.step(Kind::RemoteHint);
        }
        match self.person.first_page {
            0 => self.view(Page::Home),
            1 => self.view(Page::Balance),
            _ => self.view(Page::Market),
        }
    }

    fn session(&mut self, day: u64) {
        self.sign_in();
        let has_errand = self.errand.is_some_and(|at| at <= day);
        if has_errand || self.happens(self.person.withdraws) {
            self.errand = None;
            self.withdraw();
            return;
        }
        let rounds = 1 + self.random.below(if self.person.is_thorough { 6 } else { 3 });
        for _ in 0..rounds {
            match (self.person.segment, self.random.below(100)) {
                (Segment::Trader, 0..60) | (_, 0..20) => {
                    self.view(Page::Market);
                    for _ in 0..1 + self.random.below(3) {
                        let value_cents = self.amount();
                        self.step(Kind::Traded { value_cents });
                    }
                }
                (_, 20..60) => self.view(Page::Balance),
                (_, 60..80) => self.view(Page::History),
                (_, 80..86) => {
                    self.view(Page::DepositForm);
                    self.view(Page::CopiedAddress);
                }
                (_, 86..90) => self.view(Page::Help),
                (_, 90..93) => self.view(Page::Personal),
                (_, 93..95) => self.view(Page::Security),
                (Segment::Business, 95..98) => self.view(Page::Keys),
                _ => self.view(Page::Home),
            }
        }
        if self.happens(0.002) {
            self.view(Page::Security);
            self.step(Kind::Changed(Change::Loosened));
        }
    }

    fn withdraw(&mut self) {
        if self.happens(0.5) {
            self.view(Page::Balance);
        }
        if self.person.is_thorough {
            self.view(Page::History);
        }
        self.view(Page::WithdrawalForm);
        let is_new = self.happens(self.person.new_destination);
        let destination = if is_new {
            self.random.next_u64()
        } else {
            let place = self.random.below(self.person.destinations.len() as u64);
            self.person.destinations[place as usize]
        };
        if is_new && self.person.uses_book {
            self.view(Page::AddressBook);
            self.step(Kind::AddressAdded { destination });
            self.view(Page::WithdrawalForm);
        }
        // Into a wallet of their own, all of it.
        let takes_all = self.happens(if is_new { 0.2 } else { 0.05 });
        let value_cents = if takes_all { self.balance_cents } else { self.amount() };
        if takes_all {
            self.view(Page::ChoseAll);
        }
        if self.happens(0.15) {
            self.view(Page::Paused);
        }
        // Companies pay several at a time.
        let payments = match self.person.segment {
            Segment::Business => 1 + self.random.below(3),
            _ => 1,
        };
        self.ask(value_cents, destination);
        for _ in 1..payments {
            let place = self.random.below(self.person.destinations.len() as u64);
            let destination = self.person.destinations[place as usize];
            let value_cents = self.amount();
            self.ask(value_cents, destination);
        }
        if is_new && self.person.destinations.len() < 40 && self.happens(0.6) {
            self.person.destinations.push(destination);
        }
        if self.happens(0.4) {
            self.view(Page::History);
        }
        if self.balance_cents < 10_000 {
            let value_cents = self.amount().saturating_mul(5);
            let at = self.now + 3_600 + self.random.below(2 * DAY_S);
            self.deposit(at, value_cents);
        }
    }
}
