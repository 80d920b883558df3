//! Booking: a transfer becomes one event for each of its parties.
//!
//! Live judgement and training replay go through this one function, so a model never meets an
//! input at work that it did not meet in training.

use model::{Address, Asset, Transfer};

use crate::book::{AddressId, Book};
use crate::state::{Direction, Event, Glance};
use crate::table::{ColdStoreError, StateTable};

/// Stirs 64 bits so that each depends on all (splitmix64).
fn stir(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// A hash of address bytes for the sketches. It must not change: trained models rest on it.
pub fn sketch_hash(bytes: &[u8]) -> u64 {
    let mut hash = 0x5269_6e67_6665_6e63;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = stir(hash ^ u64::from_le_bytes(word));
    }
    hash
}

/// The parties of a booked transfer, with how each looked just before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Booked {
    /// The payer.
    pub from: Option<(AddressId, Glance)>,
    /// The receiver.
    pub to: Option<(AddressId, Glance)>,
}

fn find_or_add(book: &mut Book, transfer: &Transfer, address: &Address) -> AddressId {
    book.intern(transfer.network.family(), address).0
}

/// More coins than any chain has: amounts beyond it are somebody's invention, and sums of them must
/// stay numbers.
const COINS_MAX: f64 = 1e15;

/// Whole coins of a native amount.
pub fn coins(transfer: &Transfer) -> f64 {
    let unit = 10f64.powi(i32::from(transfer.network.native_decimals()));
    (transfer.amount.to_f64() / unit).min(COINS_MAX)
}

/// Books a transfer to both parties.
///
/// # Errors
/// [`ColdStoreError`] when a state cannot be read or kept.
pub fn book_transfer(
    book: &mut Book,
    table: &mut StateTable,
    transfer: &Transfer,
) -> Result<Booked, ColdStoreError> {
    let from = transfer.from.map(|address| find_or_add(book, transfer, &address));
    let to = transfer.to.map(|address| find_or_add(book, transfer, &address));
    let time_s = u32::try_from(transfer.time_s).unwrap_or(u32::MAX);
    let mut booked = Booked::default();
    if let Some(id) = from {
        booked.from = Some((id, table.get_mut(id)?.glance(time_s)));
    }
    if let Some(id) = to {
        booked.to = Some((id, table.get_mut(id)?.glance(time_s)));
    }
    let is_token = transfer.asset != Asset::Native;
    let amount = transfer.amount;
    let zeros = if is_token { 0 } else { amount.trailing_decimal_zeros() };
    let digits = if is_token || amount.is_zero() {
        0
    } else {
        digit_count(amount.to_f64()).saturating_sub(zeros)
    };
    let hash_of = |address: Option<Address>| address.map_or(0, |a| sketch_hash(a.bytes()));
    let is_self = from.is_some() && from == to;
    let event = Event {
        direction: Direction::Out,
        time_s,
        is_token,
        value: if is_token || is_self { 0.0 } else { coins(transfer) as f32 },
        trailing_zeros: zeros,
        significant_digits: digits,
        is_error: !transfer.success,
        has_call_data: transfer.has_call_data,
        // Anybody can make a token report a movement of nothing in somebody's name.
        is_own_payment: transfer.success && !amount.is_zero() && transfer.initiator.is_none(),
        counterparty_hash: hash_of(transfer.to),
        counterparty: to.map_or(u32::MAX, |id| id.0),
        token_hash: transfer.asset.contract().map_or(0, |contract| sketch_hash(&contract)),
    };
    let unknown = Glance { in_share: 0.5, ..Glance::default() };
    if let Some(id) = from {
        let other = booked.to.map_or(unknown, |(_, glance)| glance);
        table.get_mut(id)?.record(&event, &other);
    }
    if let (Some(id), false) = (to, is_self) {
        let other = booked.from.map_or(unknown, |(_, glance)| glance);
        let event = Event {
            direction: Direction::In,
            counterparty_hash: hash_of(transfer.from),
            counterparty: from.map_or(u32::MAX, |id| id.0),
            ..event
        };
        table.get_mut(id)?.record(&event, &other);
    }
    Ok(booked)
}

/// Decimal digits of a whole number given as `f64`; off by one only within rounding of a power of
/// ten, which the amounts of real payments do not sit at without being that power.
fn digit_count(value: f64) -> u32 {
    let mut digits = 1;
    let mut bound = 10.0;
    while value >= bound && digits < 78 {
        bound *= 10.0;
        digits += 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sketch_hashes_are_pinned() {
        assert_eq!(sketch_hash(&[0; 20]), sketch_hash(&[0; 20]));
        assert_ne!(sketch_hash(&[0; 20]), sketch_hash(&[1; 20]));
        assert_eq!(digit_count(1.0), 1);
        assert_eq!(digit_count(10.0), 2);
        assert_eq!(digit_count(1e18), 19);
        assert_eq!(digit_count(123_456.0), 6);
    }
}
