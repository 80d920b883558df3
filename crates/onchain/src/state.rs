//! What is remembered of one address: 512 bytes, the same for a newcomer and an exchange.
//!
//! Life-long figures are sums, counters and small sketches; figures over 1 h, 1 d, 7 d and 30 d are
//! rings of three sub-windows, so a window covers between two thirds and all of its length. Values
//! are in whole coins as `f32`; money in decisions is never taken from here.

use bytemuck::{Pod, Zeroable};
use libm::log2f;

/// Lengths of the windows in seconds: 1 h, 1 d, 7 d, 30 d.
pub const WINDOWS_S: [u32; 4] = [3_600, 86_400, 604_800, 2_592_000];
/// Sub-windows of a window.
const PARTS: usize = 3;
/// Upper bounds of the bins of gaps between events, in seconds; the last bin is open.
const GAP_BINS_S: [u32; 7] = [60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000];
/// Counterparties from which an address counts as widely connected.
const WIDE: f32 = 8.0;
/// Ages of counterparties are capped here, so that they tell new from old and not the year.
const AGE_MAX_S: u32 = 90 * 86_400;
/// Share of the balance from which a receipt matters.
const MATERIAL_SHARE: f32 = 0.01;
/// Decimal zeros from which an amount of 18 decimals counts as round (0.01 coins).
const ROUND_ZEROS: u32 = 16;

/// Which way an event went for the address it is booked to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Direction {
    /// It received.
    In = 0,
    /// It paid.
    Out = 1,
}

/// One event as an address sees it.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Which way.
    pub direction: Direction,
    /// Seconds since 1970-01-01 UTC.
    pub time_s: u32,
    /// True for a movement of a token; false for the coin or a call.
    pub is_token: bool,
    /// Whole coins; 0 for tokens.
    pub value: f32,
    /// Trailing decimal zeros of the amount in base units.
    pub trailing_zeros: u32,
    /// Decimal digits of the amount without these zeros.
    pub significant_digits: u32,
    /// True when the transaction failed.
    pub is_error: bool,
    /// True when it carried call data.
    pub has_call_data: bool,
    /// True when the payer itself made this payment, of more than nothing.
    pub is_own_payment: bool,
    /// Hash of the counterparty's address.
    pub counterparty_hash: u64,
    /// Number of the counterparty.
    pub counterparty: u32,
    /// Hash of the token's contract; 0 for the coin.
    pub token_hash: u64,
}

/// What an address looked like to the other side just before an event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Glance {
    /// Never seen before.
    pub is_fresh: bool,
    /// log2(1 + events).
    pub events_log: f32,
    /// log2(1 + distinct payers).
    pub payers_log: f32,
    /// log2(1 + distinct payees).
    pub payees_log: f32,
    /// log2(1 + age in seconds), capped.
    pub age_log: f32,
    /// Has been called or created as a contract.
    pub is_contract: bool,
    /// Many payers and many payees.
    pub is_exchange_like: bool,
    /// Many payees, few payers.
    pub is_distributor: bool,
    /// Many payers, few payees.
    pub is_collector: bool,
    /// Share of incoming events.
    pub in_share: f32,
    /// Share of its funds that came from addresses never seen before.
    pub fresh_share: f32,
}

/// One sub-window.
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable, PartialEq)]
#[repr(C)]
struct Part {
    value_in: f32,
    value_out: f32,
    count_in: u16,
    count_out: u16,
    /// 16-bit linear counter of counterparties.
    counterparties: u16,
    /// Largest payment: the upper half of its bits, which order like the value.
    paid_max: u16,
}

/// Figures over one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// Incoming events.
    pub count_in: u32,
    /// Outgoing events.
    pub count_out: u32,
    /// Coins received.
    pub value_in: f32,
    /// Coins paid.
    pub value_out: f32,
    /// Largest single payment, to two digits.
    pub paid_max: f32,
    /// Distinct counterparties, estimated; saturates near 40 a sub-window.
    pub counterparties: f32,
    /// Mean time between events in seconds, from their number and the time that the window covers
    /// for this address; missing below two events.
    pub gap_s: Option<f32>,
}

/// Everything remembered of one address. Field names follow the features that are read from them.
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
#[repr(C)]
pub struct AddressState {
    token_bits: u64,
    in_bits: [u64; 2],
    out_bits: [u64; 2],
    windows: [[Part; PARTS]; 4],
    events: u32,
    tokens_in: u32,
    tokens_out: u32,
    count_in: u32,
    count_out: u32,
    first_s: u32,
    last_s: u32,
    last_in_s: u32,
    last_out_s: u32,
    first_out_s: u32,
    gap_max_s: u32,
    last_material_s: u32,
    gap_log: f32,
    gap_log_sq: f32,
    in_gap_log: f32,
    in_gap_log_sq: f32,
    out_gap_log: f32,
    turn_log: f32,
    turn_log_sq: f32,
    in_amounts: u32,
    in_log: f32,
    in_log_sq: f32,
    in_min: f32,
    in_max: f32,
    in_total: f32,
    in_last: f32,
    in_zeros: u32,
    in_digits: u32,
    out_amounts: u32,
    out_max: f32,
    out_total: f32,
    balance: f32,
    balance_max: f32,
    swept: f32,
    payer_events_log: f32,
    payer_payers_log: f32,
    payer_payees_log: f32,
    payer_in_share: f32,
    payer_age_log: f32,
    payer_fresh_value: f32,
    payer_collector_value: f32,
    payee_payees_log: f32,
    payee_in_share: f32,
    payee_age_log: f32,
    payee_contract_value: f32,
    fresh_value: f32,
    top_payers: [u32; 4],
    recent_payees: [u32; 4],
    top_payer_counts: [u16; 4],
    gap_bins: [u16; 8],
    days: u16,
    turns: u16,
    run: u16,
    lead_in: u16,
    errors_out: u16,
    zeros_out: u16,
    in_gaps: u16,
    out_gaps: u16,
    turn_count: u16,
    in_round: u16,
    in_repeats: u16,
    sweeps: u16,
    drains: u16,
    payers_fresh: u16,
    payers_aged: u16,
    payees_distributor: u16,
    payees_aged: u16,
    last_direction: u8,
    is_contract: u8,
    peel_depth: u8,
    padding: [u8; 3],
}

const _: () = assert!(size_of::<AddressState>() == 512, "a hot address has 512 bytes");

impl Default for AddressState {
    fn default() -> Self {
        Self::zeroed()
    }
}

/// Estimate of the distinct members of a bitmap of `bits` bits (linear counting, Whang 1990).
fn linear_count(ones: u32, bits: f32) -> f32 {
    let zeros = (bits - ones as f32).max(1.0);
    -bits * libm::logf(zeros / bits)
}

fn ones(bits: [u64; 2]) -> u32 {
    bits[0].count_ones() + bits[1].count_ones()
}

fn mark(bits: &mut [u64; 2], hash: u64) -> bool {
    let (word, bit) = ((hash >> 6 & 1) as usize, 1u64 << (hash & 63));
    let is_new = bits[word] & bit == 0;
    bits[word] |= bit;
    is_new
}

/// `sum / count`, missing without a count.
fn mean(sum: f32, count: f32) -> f32 {
    if count > 0.0 { sum / count } else { f32::NAN }
}

/// Standard deviation from sums, missing below `least` values.
fn deviation(sum: f32, squares: f32, count: u32, least: u32) -> f32 {
    if count < least {
        return f32::NAN;
    }
    let mean = sum / count as f32;
    (squares / count as f32 - mean * mean).max(0.0).sqrt()
}

fn log1(value: f32) -> f32 {
    log2f(1.0 + value)
}

fn bump(counter: &mut u16) {
    *counter = counter.saturating_add(1);
}

impl AddressState {
    /// Number of events.
    pub fn events(&self) -> u32 {
        self.events
    }

    /// Time of the first event.
    pub fn first_s(&self) -> u32 {
        self.first_s
    }

    /// Time of the last event; 0 without one.
    pub fn last_s(&self) -> u32 {
        self.last_s
    }

    /// Time of the last incoming coin event; 0 without one.
    pub fn last_in_s(&self) -> u32 {
        self.last_in_s
    }

    /// Time of the last event that mattered to it: a payment of its own, or a receipt of at least a
    /// hundredth of what it held. Dust does not count.
    pub fn last_material_s(&self) -> u32 {
        self.last_material_s
    }

    /// Incoming and outgoing coin events.
    pub fn counts(&self) -> (u32, u32) {
        (self.count_in, self.count_out)
    }

    /// Coins held as far as its own events show, never below zero.
    pub fn balance(&self) -> f32 {
        self.balance
    }

    /// Coins received and paid over its life.
    pub fn totals(&self) -> (f32, f32) {
        (self.in_total, self.out_total)
    }

    /// The last amount received.
    pub fn last_received(&self) -> f32 {
        self.in_last
    }

    /// The largest amount ever received.
    pub fn largest_received(&self) -> f32 {
        self.in_max
    }

    /// Mean of the amounts paid; missing without one.
    pub fn mean_paid(&self) -> f32 {
        mean(self.out_total, self.out_amounts as f32)
    }

    /// Share of incoming amounts that equal the one before.
    pub fn repeat_share(&self) -> f32 {
        mean(f32::from(self.in_repeats), self.in_amounts.saturating_sub(1) as f32)
    }

    /// Distinct payers and payees, estimated; saturates near 600.
    pub fn distinct(&self) -> (f32, f32) {
        (linear_count(ones(self.in_bits), 128.0), linear_count(ones(self.out_bits), 128.0))
    }

    /// True once it has been called or created as a contract.
    pub fn is_contract(&self) -> bool {
        self.is_contract != 0
    }

    /// The last addresses it paid, newest first, as numbers plus one; 0 for none.
    pub fn recent_payees(&self) -> &[u32; 4] {
        &self.recent_payees
    }

    /// Length of the peel chain that ends here.
    pub fn peel_depth(&self) -> u8 {
        self.peel_depth
    }

    /// Sets the length of the peel chain that ends here.
    pub fn set_peel_depth(&mut self, depth: u8) {
        self.peel_depth = depth;
    }

    /// Figures over window `index` as of `now_s`.
    pub fn window(&self, index: usize, now_s: u32) -> Window {
        let part_s = WINDOWS_S[index] / PARTS as u32;
        let (now, last) = (now_s / part_s, self.last_s / part_s);
        let mut window = Window::default();
        let mut begin_s = self.last_s;
        for back in 0..PARTS as u32 {
            // Parts that have run out since the last event are over.
            if now.saturating_sub(last.saturating_sub(back)) >= PARTS as u32 || last < back {
                continue;
            }
            let part = &self.windows[index][((last - back) % PARTS as u32) as usize];
            begin_s = begin_s.min((last - back) * part_s).max(self.first_s);
            window.count_in += u32::from(part.count_in);
            window.count_out += u32::from(part.count_out);
            window.value_in += part.value_in;
            window.value_out += part.value_out;
            window.paid_max = window.paid_max.max(f32::from_bits(u32::from(part.paid_max) << 16));
            window.counterparties += linear_count(part.counterparties.count_ones(), 16.0);
        }
        let count = window.count_in + window.count_out;
        window.gap_s = (count > 1).then(|| (self.last_s - begin_s) as f32 / (count - 1) as f32);
        window
    }

    /// How the address looks to the other side of an event at `time_s`.
    pub fn glance(&self, time_s: u32) -> Glance {
        let (payers, payees) = self.distinct();
        let coin_events = self.count_in + self.count_out;
        let age_s = time_s.saturating_sub(self.first_s).min(AGE_MAX_S);
        let is_fresh = self.events == 0;
        Glance {
            is_fresh,
            events_log: log1(self.events as f32),
            payers_log: log1(payers),
            payees_log: log1(payees),
            age_log: if is_fresh { 0.0 } else { log1(age_s as f32) },
            is_contract: self.is_contract(),
            is_exchange_like: payers >= WIDE && payees >= WIDE,
            is_distributor: payees >= WIDE && payers < WIDE && payers < payees / 4.0,
            is_collector: payers >= WIDE && payees < WIDE && payees < payers / 4.0,
            in_share: if coin_events > 0 { self.count_in as f32 / coin_events as f32 } else { 0.5 },
            fresh_share: if self.in_total > 0.0 { self.fresh_value / self.in_total } else { 0.0 },
        }
    }

    /// Books an event. `other` is how the counterparty looked before it. Time never runs backwards
    /// for an address: an event that comes late counts as of the last one.
    pub fn record(&mut self, event: &Event, other: &Glance) {
        let time_s = event.time_s.max(self.last_s);
        let direction = event.direction as u8;
        self.turn_windows(event, time_s);
        if self.events == 0 {
            self.first_s = time_s;
            self.days = 1;
            self.run = 0;
        } else {
            let gap_s = time_s - self.last_s;
            let gap_log = log1(gap_s as f32);
            self.gap_log += gap_log;
            self.gap_log_sq += gap_log * gap_log;
            self.gap_max_s = self.gap_max_s.max(gap_s);
            let bin = GAP_BINS_S.iter().position(|bound| gap_s < *bound).unwrap_or(7);
            bump(&mut self.gap_bins[bin]);
            if time_s / 86_400 != self.last_s / 86_400 {
                bump(&mut self.days);
            }
            if self.last_direction != direction {
                bump(&mut self.turns);
                self.run = 0;
            }
        }
        bump(&mut self.run);
        self.events += 1;
        self.last_direction = direction;
        self.last_s = time_s;
        if event.is_token {
            match event.direction {
                Direction::In => self.tokens_in += 1,
                Direction::Out => self.tokens_out += 1,
            }
            self.token_bits |= 1 << (event.token_hash & 63);
        } else {
            match event.direction {
                Direction::In => self.record_in(event, time_s, other),
                Direction::Out => self.record_out(event, time_s, other),
            }
        }
        if event.direction == Direction::Out && event.is_own_payment {
            self.last_material_s = time_s;
            self.remember_payee(event.counterparty);
        }
    }

    fn turn_windows(&mut self, event: &Event, time_s: u32) {
        for (parts, window_s) in self.windows.iter_mut().zip(WINDOWS_S) {
            let part_s = window_s / PARTS as u32;
            let (now, last) = (time_s / part_s, self.last_s / part_s);
            for slot in (last + 1..=now).rev().take(PARTS) {
                parts[(slot % PARTS as u32) as usize] = Part::default();
            }
            let part = &mut parts[(now % PARTS as u32) as usize];
            let value = if event.is_error { 0.0 } else { event.value };
            match event.direction {
                Direction::In => {
                    bump(&mut part.count_in);
                    part.value_in += value;
                }
                Direction::Out => {
                    bump(&mut part.count_out);
                    part.value_out += value;
                    part.paid_max = part.paid_max.max((value.to_bits() >> 16) as u16);
                }
            }
            part.counterparties |= 1 << (event.counterparty_hash >> 8 & 15);
        }
    }

    fn remember_payee(&mut self, counterparty: u32) {
        let entry = counterparty.wrapping_add(1);
        let place = self.recent_payees.iter().position(|known| *known == entry).unwrap_or(3);
        self.recent_payees.copy_within(0..place, 1);
        self.recent_payees[0] = entry;
    }

    fn record_in(&mut self, event: &Event, time_s: u32, other: &Glance) {
        if self.count_out == 0 {
            bump(&mut self.lead_in);
        }
        self.count_in += 1;
        if event.has_call_data {
            self.is_contract = 1;
        }
        if self.last_in_s > 0 {
            let gap_log = log1((time_s - self.last_in_s) as f32);
            self.in_gap_log += gap_log;
            self.in_gap_log_sq += gap_log * gap_log;
            bump(&mut self.in_gaps);
        }
        self.last_in_s = time_s;
        let is_paid = !event.is_error && event.value > 0.0;
        if is_paid {
            let value = event.value;
            let value_log = log2f(value);
            self.in_amounts += 1;
            let is_first = self.in_amounts == 1;
            self.in_log += value_log;
            self.in_log_sq += value_log * value_log;
            self.in_min = if is_first { value } else { self.in_min.min(value) };
            self.in_max = self.in_max.max(value);
            self.in_total += value;
            if event.trailing_zeros >= ROUND_ZEROS {
                bump(&mut self.in_round);
            }
            self.in_zeros = self.in_zeros.saturating_add(event.trailing_zeros);
            self.in_digits = self.in_digits.saturating_add(event.significant_digits);
            if !is_first && value == self.in_last {
                bump(&mut self.in_repeats);
            }
            self.in_last = value;
            if value >= MATERIAL_SHARE * self.balance {
                self.last_material_s = time_s;
            }
            self.balance += value;
            self.balance_max = self.balance_max.max(self.balance);
            self.fresh_value += if other.is_fresh {
                value
            } else if other.is_exchange_like
                || other.is_distributor
                || other.is_collector
                || other.is_contract
            {
                0.0
            } else {
                value * other.fresh_share
            };
            if other.is_fresh {
                self.payer_fresh_value += value;
            }
            if other.is_collector {
                self.payer_collector_value += value;
            }
        }
        mark(&mut self.in_bits, event.counterparty_hash);
        if other.is_fresh {
            bump(&mut self.payers_fresh);
        } else {
            self.payer_age_log += other.age_log;
            bump(&mut self.payers_aged);
        }
        self.payer_events_log += other.events_log;
        self.payer_payers_log += other.payers_log;
        self.payer_payees_log += other.payees_log;
        self.payer_in_share += other.in_share;
        self.count_payer(event.counterparty);
    }

    /// Misra-Gries over payers: four slots keep every payer of more than a fifth of the events.
    fn count_payer(&mut self, payer: u32) {
        let slots = self.top_payers.iter().zip(&self.top_payer_counts);
        let known = slots.clone().position(|(id, count)| *count > 0 && *id == payer);
        let place = known.or_else(|| self.top_payer_counts.iter().position(|count| *count == 0));
        match place {
            Some(place) => {
                self.top_payers[place] = payer;
                bump(&mut self.top_payer_counts[place]);
            }
            None => self.top_payer_counts.iter_mut().for_each(|count| *count -= 1),
        }
    }

    fn record_out(&mut self, event: &Event, time_s: u32, other: &Glance) {
        self.count_out += 1;
        if event.is_error {
            bump(&mut self.errors_out);
        }
        if event.value == 0.0 {
            bump(&mut self.zeros_out);
        }
        if self.last_out_s > 0 {
            self.out_gap_log += log1((time_s - self.last_out_s) as f32);
            bump(&mut self.out_gaps);
        } else {
            self.first_out_s = time_s;
        }
        if self.last_in_s > 0 {
            let turn_log = log1((time_s - self.last_in_s) as f32);
            self.turn_log += turn_log;
            self.turn_log_sq += turn_log * turn_log;
            bump(&mut self.turn_count);
        }
        self.last_out_s = time_s;
        let is_paid = !event.is_error && event.value > 0.0;
        if is_paid {
            let value = event.value;
            self.out_amounts += 1;
            self.out_max = self.out_max.max(value);
            self.out_total += value;
            if self.balance > 0.0 {
                let share = (value / self.balance).min(1.0);
                self.swept += share;
                bump(&mut self.sweeps);
                if share >= 0.95 {
                    bump(&mut self.drains);
                }
            }
            self.balance = (self.balance - value).max(0.0);
            if other.is_contract {
                self.payee_contract_value += value;
            }
        }
        mark(&mut self.out_bits, event.counterparty_hash);
        if !other.is_fresh {
            self.payee_age_log += other.age_log;
            bump(&mut self.payees_aged);
        }
        self.payee_payees_log += other.payees_log;
        self.payee_in_share += other.in_share;
        if other.is_distributor {
            bump(&mut self.payees_distributor);
        }
    }

    /// Writes the inputs of the account model, in the order of [`crate::features::NAMES`].
    pub fn read_features(&self, row: &mut [f32; crate::features::COUNT]) {
        let n = self.events as f32;
        let gaps = n - 1.0;
        let (count_in, count_out) = (self.count_in as f32, self.count_out as f32);
        let coin_events = count_in + count_out;
        let life_s = (self.last_s - self.first_s) as f32;
        let in_amounts = self.in_amounts as f32;
        let payers = linear_count(ones(self.in_bits), 128.0);
        let payees = linear_count(ones(self.out_bits), 128.0);
        let both = [self.in_bits[0] | self.out_bits[0], self.in_bits[1] | self.out_bits[1]];
        let everyone = linear_count(ones(both), 128.0);
        let token_events = (self.tokens_in + self.tokens_out) as f32;
        let tokens = self.token_bits.count_ones() as f32;
        let share = |count: u16, of: f32| mean(f32::from(count), of);
        let bin = |place: usize| share(self.gap_bins[place], gaps);
        let top_payer = self.top_payer_counts.iter().copied().max().unwrap_or(0);
        let span_out = (self.last_out_s - self.first_out_s) as f32;
        *row = [
            mean(self.in_zeros as f32, in_amounts),
            f32::from(self.days) / ((life_s / 86_400.0).floor() + 1.0),
            mean(self.payer_age_log, f32::from(self.payers_aged)),
            log1(life_s),
            share(self.in_round, in_amounts),
            mean(self.payee_age_log, f32::from(self.payees_aged)),
            mean(self.payer_payers_log, count_in),
            if self.in_amounts < 2 {
                f32::NAN
            } else {
                self.in_log / in_amounts - log2f(self.in_min)
            },
            mean(self.payer_events_log, count_in),
            deviation(self.in_log, self.in_log_sq, self.in_amounts, 2),
            deviation(self.turn_log, self.turn_log_sq, u32::from(self.turn_count), 2),
            bin(0),
            bin(1),
            bin(2),
            bin(4),
            bin(5),
            bin(6),
            bin(7),
            log1(payers) - log1(payees),
            mean(self.payee_in_share, count_out),
            if self.count_out == 0 { f32::NAN } else { mean(span_out, life_s) },
            mean(self.swept, f32::from(self.sweeps)),
            mean(self.out_gap_log, f32::from(self.out_gaps)),
            mean(payers + payees - everyone, everyone),
            mean(self.in_gap_log, f32::from(self.in_gaps)),
            log1(f32::from(self.lead_in)),
            mean(self.balance, self.balance_max),
            deviation(self.in_gap_log, self.in_gap_log_sq, u32::from(self.in_gaps), 2),
            mean(everyone, coin_events),
            share(self.payers_fresh, count_in),
            mean(self.payer_payees_log, count_in),
            mean(self.payer_in_share, count_in),
            mean(self.payer_fresh_value, self.in_total),
            mean(self.payer_payers_log - self.payer_payees_log, count_in),
            log1(n),
            mean(count_in, coin_events),
            if self.in_amounts == 0 || self.out_amounts == 0 {
                f32::NAN
            } else {
                log2f(self.in_max) - log2f(self.out_max)
            },
            mean(self.payee_payees_log, count_out),
            mean(self.out_total, self.in_total).min(4.0)
                + if self.in_total > 0.0 { 0.0 } else { f32::NAN },
            share(self.payees_distributor, count_out),
            share(self.drains, n),
            mean(self.balance_max, self.in_total),
            mean(payees, count_out),
            log1(life_s) - log1(gaps) - mean(self.gap_log, gaps),
            share(self.zeros_out, count_out),
            log1(payers),
            mean(self.gap_max_s as f32, life_s),
            self.repeat_share(),
            share(self.errors_out, count_out),
            log1(f32::from(self.days)),
            share(self.run, n),
            mean(self.payee_contract_value, self.out_total),
            mean(self.fresh_value, self.in_total),
            deviation(self.gap_log, self.gap_log_sq, self.events.saturating_sub(1), 2),
            share(self.turns, gaps),
            mean(self.payer_collector_value, self.in_total),
            log1(payees),
            share(top_payer, count_in),
            mean(self.in_digits as f32, in_amounts),
            log2f(n / f32::from(self.days).max(1.0)),
            mean(self.tokens_in as f32, n),
            mean(self.tokens_out as f32, n),
            log1(tokens),
            mean(tokens, token_events),
        ];
    }
}

#[cfg(test)]
mod tests;
