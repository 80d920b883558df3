//! Crimes as scripts: who pays whom, when, and from which payment on it can be seen.

use model::Address;
use serde::Serialize;

use crate::{Market, Plan, Truth};

/// A kind of crime.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Crime {
    /// Approvals by several victims, then sweeps by the spender.
    Drainer,
    /// Dust from an address that looks like one the victim pays.
    Poisoner,
    /// One collector of many victims' growing payments, cashed out whole.
    PigButchering,
    /// Equal round deposits of many into one contract.
    Mixer,
    /// A sum peeled on from one fresh address to the next.
    Peeler,
    /// Near-equal payments to many within a day.
    StructurerOut,
    /// Near-equal payments from many within a day.
    StructurerIn,
    /// Listed money handed through a fresh address within the hour.
    PassThrough,
    /// A usual payer sends most of its funds to a newcomer.
    Takeover,
    /// An address wakes after half a year and is emptied.
    DormantTheft,
    /// A new token claims movements of people who did nothing.
    FakeToken,
    /// Money of a listed thief moves over two hops to an exchange.
    Laundering,
}

impl Crime {
    /// Every kind.
    pub const ALL: [Crime; 12] = [
        Crime::Drainer,
        Crime::Poisoner,
        Crime::PigButchering,
        Crime::Mixer,
        Crime::Peeler,
        Crime::StructurerOut,
        Crime::StructurerIn,
        Crime::PassThrough,
        Crime::Takeover,
        Crime::DormantTheft,
        Crime::FakeToken,
        Crime::Laundering,
    ];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Crime::Drainer => "drainer",
            Crime::Poisoner => "poisoner",
            Crime::PigButchering => "pig_butchering",
            Crime::Mixer => "mixer",
            Crime::Peeler => "peeler",
            Crime::StructurerOut => "structurer_out",
            Crime::StructurerIn => "structurer_in",
            Crime::PassThrough => "pass_through",
            Crime::Takeover => "takeover",
            Crime::DormantTheft => "dormant_theft",
            Crime::FakeToken => "fake_token",
            Crime::Laundering => "laundering",
        }
    }
}

/// Collects the payments of one crime.
struct Script<'a> {
    market: &'a mut Market,
    crime: Crime,
    time_s: u64,
}

impl Script<'_> {
    fn wait(&mut self, least_s: u64, most_s: u64) {
        self.time_s += least_s + self.market.random().below(most_s - least_s + 1);
    }

    fn fresh(&mut self) -> Address {
        self.market.random().address()
    }

    fn payment(&self, from: Address, to: Address, amount_milli: u64, is_telling: bool) -> Plan {
        Plan {
            time_s: self.time_s,
            order: 0,
            from,
            to,
            amount_milli,
            token: None,
            initiator: None,
            approves: None,
            truth: Truth { crime: Some(self.crime), is_telling },
        }
    }

    fn pay(&mut self, from: Address, to: Address, amount_milli: u64, is_telling: bool) {
        let plan = self.payment(from, to, amount_milli, is_telling);
        self.market.plan(plan);
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.market.random().below(most - least + 1)
    }
}

/// Begins a crime of a random kind now; its payments unfold later.
pub(crate) fn begin(market: &mut Market) {
    let crime = Crime::ALL[market.random().below(Crime::ALL.len() as u64) as usize];
    let time_s = market.now_s();
    let mut script = Script { market, crime, time_s };
    match crime {
        Crime::Drainer => drainer(&mut script),
        Crime::Poisoner => poisoner(&mut script),
        Crime::PigButchering => pig_butchering(&mut script),
        Crime::Mixer => mixer(&mut script),
        Crime::Peeler => peeler(&mut script),
        Crime::StructurerOut => structurer_out(&mut script),
        Crime::StructurerIn => structurer_in(&mut script),
        Crime::PassThrough => pass_through(&mut script),
        Crime::Takeover => takeover(&mut script),
        Crime::DormantTheft => dormant_theft(&mut script),
        Crime::FakeToken => fake_token(&mut script),
        Crime::Laundering => laundering(&mut script),
    }
}

fn drainer(script: &mut Script<'_>) {
    let (thief, loot) = (script.fresh(), script.fresh());
    let token = script.fresh().as_account20().expect("20 bytes");
    let count = script.between(6, 14);
    let victims: Vec<Address> = (0..count).map(|_| script.market.person()).collect();
    for victim in &victims {
        script.wait(30, 1_800);
        let mut plan = script.payment(*victim, thief, 0, false);
        plan.approves = Some((thief, token));
        script.market.plan(plan);
    }
    for (i, victim) in victims.iter().enumerate() {
        script.wait(10, 600);
        let amount = script.between(50, 9_000);
        let mut plan = script.payment(*victim, loot, amount, i >= 3);
        plan.token = Some(token);
        plan.initiator = Some(thief);
        script.market.plan(plan);
    }
}

fn poisoner(script: &mut Script<'_>) {
    let (victim, payee) = (script.market.person(), script.fresh());
    let usual = script.between(500, 5_000);
    script.pay(victim, payee, usual, false);
    let mut twin = script.fresh().as_account20().expect("20 bytes");
    let known = payee.as_account20().expect("20 bytes");
    twin[..3].copy_from_slice(&known[..3]);
    twin[17..].copy_from_slice(&known[17..]);
    let twin = Address::account20(twin);
    script.wait(60, 900);
    script.pay(twin, victim, 0, true);
    if script.market.random().below(3) == 0 {
        script.wait(600, 86_400);
        script.pay(victim, twin, usual, true);
    }
}

fn pig_butchering(script: &mut Script<'_>) {
    let collector = script.fresh();
    for _ in 0..script.between(5, 9) {
        let victim = script.market.person();
        let mut amount = script.between(50, 300);
        for _ in 0..script.between(2, 4) {
            script.wait(3_600, 40_000);
            script.pay(victim, collector, amount, false);
            amount *= 3;
        }
    }
    let thief = script.market.listed_thief();
    script.wait(600, 7_200);
    let total = script.between(5_000, 20_000);
    script.pay(collector, thief, total, true);
}

fn mixer(script: &mut Script<'_>) {
    let contract = script.fresh();
    let amount = [100, 1_000, 10_000][script.market.random().below(3) as usize];
    for i in 0..script.between(40, 60) {
        script.wait(300, 7_200);
        let person = script.market.person();
        script.pay(person, contract, amount, i >= 25);
    }
}

fn peeler(script: &mut Script<'_>) {
    let (source, mut at) = (script.market.exchange(), script.fresh());
    let mut amount = script.between(50_000, 400_000);
    script.pay(source, at, amount, false);
    for link in 0..script.between(7, 14) {
        script.wait(600, 20_000);
        let (peel, next) = (amount / script.between(12, 30), script.fresh());
        let exchange = script.market.exchange();
        script.pay(at, exchange, peel, false);
        script.wait(30, 300);
        amount = (amount - peel) * 98 / 100;
        script.pay(at, next, amount, link >= 3);
        at = next;
    }
}

fn structurer_out(script: &mut Script<'_>) {
    let (source, mule) = (script.market.exchange(), script.fresh());
    let step = script.between(2_000, 9_900);
    script.pay(source, mule, step * 40, false);
    for i in 0..script.between(18, 30) {
        script.wait(60, 1_200);
        let amount = step - script.between(0, step / 20);
        let receiver = script.fresh();
        script.pay(mule, receiver, amount, i >= 12);
    }
}

fn structurer_in(script: &mut Script<'_>) {
    let (mule, step) = (script.fresh(), script.between(2_000, 9_900));
    for i in 0..script.between(18, 30) {
        script.wait(60, 1_200);
        let amount = step - script.between(0, step / 20);
        let payer = script.fresh();
        script.pay(payer, mule, amount, i >= 12);
    }
    script.wait(600, 7_200);
    let exchange = script.market.exchange();
    script.pay(mule, exchange, step * 15, false);
}

fn pass_through(script: &mut Script<'_>) {
    let (thief, mule) = (script.market.listed_thief(), script.fresh());
    let amount = script.between(1_000, 60_000);
    script.pay(thief, mule, amount, false);
    script.wait(60, 2_000);
    let exchange = script.fresh();
    script.pay(mule, exchange, amount * 99 / 100, true);
}

fn takeover(script: &mut Script<'_>) {
    let (victim, thief) = (script.fresh(), script.fresh());
    let exchange = script.market.exchange();
    script.pay(exchange, victim, 200_000, false);
    for _ in 0..8 {
        script.wait(7_200, 200_000);
        let (amount, friend) = (script.between(50, 200), script.market.person());
        script.pay(victim, friend, amount, false);
    }
    script.wait(3_600, 100_000);
    script.pay(victim, thief, 190_000, true);
}

fn dormant_theft(script: &mut Script<'_>) {
    // The sleep is longer than most runs, so it began before this market did: the victim's first
    // payments are planned now and its end half a year later.
    let (victim, thief) = (script.fresh(), script.fresh());
    for _ in 0..4 {
        let person = script.market.person();
        let amount = script.between(1_000, 9_000);
        script.pay(person, victim, amount, false);
        script.wait(60, 3_600);
    }
    script.wait(181 * 86_400, 200 * 86_400);
    script.pay(victim, thief, 25_000, true);
}

fn fake_token(script: &mut Script<'_>) {
    let (minter, token) = (script.fresh(), script.fresh().as_account20().expect("20 bytes"));
    for i in 0..script.between(6, 12) {
        script.wait(5, 300);
        let (owner, receiver) = (script.market.person(), script.fresh());
        let mut plan = script.payment(owner, receiver, 1_000, i >= 3);
        plan.token = Some(token);
        plan.initiator = Some(minter);
        script.market.plan(plan);
    }
}

fn laundering(script: &mut Script<'_>) {
    let (thief, first, second) = (script.market.listed_thief(), script.fresh(), script.fresh());
    let amount = script.between(2_000, 80_000);
    script.pay(thief, first, amount, false);
    script.wait(7_200, 200_000);
    script.pay(first, second, amount * 95 / 100, true);
    script.wait(7_200, 200_000);
    let exchange = script.market.exchange();
    script.pay(second, exchange, amount * 90 / 100, true);
}
