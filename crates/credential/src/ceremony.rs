//! What waits for an answer: a challenge was sent, and its other half is kept until the answer comes, once.
//!
//! Anybody can begin a sign-in, so memory is bounded by kind: a flood of one kind drives out the oldest
//! of that kind and nothing else.

use account::time::{At, Span};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// How long an answer is waited for. As long as the browser is told to wait.
pub const CEREMONY_SPAN: Span = Span(300);

/// The id that comes back with the answer: 32 random bytes, drawn by the caller.
pub type Id = [u8; 32];

/// Why there is nothing under an id.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CeremonyError {
    /// It was never begun, was answered before, or was driven out by others.
    #[error("there is no ceremony of this id, or it was answered before; begin again")]
    Unknown,
    /// The answer came too late.
    #[error("the answer came after more than {} seconds; begin again", CEREMONY_SPAN.0)]
    Expired,
}

impl CeremonyError {
    /// A stable code.
    pub const fn code(self) -> &'static str {
        match self {
            CeremonyError::Unknown => "ceremony.unknown",
            CeremonyError::Expired => "ceremony.expired",
        }
    }
}

struct Waiting<K, T> {
    kind: K,
    place: u64,
    until: At,
    what: T,
}

/// Ceremonies that wait, by id. `K` tells kinds apart, `T` is what is kept.
pub struct Ceremonies<K, T> {
    waiting: HashMap<Id, Waiting<K, T>>,
    /// Ids of each kind in the order of their beginning.
    order: HashMap<K, BTreeMap<u64, Id>>,
    begun: u64,
    capacity: usize,
}

impl<K: Copy + Eq + Hash, T> Ceremonies<K, T> {
    /// With room for so many of each kind, at least one.
    pub fn new(capacity: usize) -> Self {
        Self { waiting: HashMap::new(), order: HashMap::new(), begun: 0, capacity: capacity.max(1) }
    }

    /// Keeps something under an id until it is taken or [`CEREMONY_SPAN`] has passed. What is kept under
    /// this id already is replaced.
    pub fn put(&mut self, id: Id, kind: K, what: T, now: At) {
        self.remove(&id);
        let order = self.order.entry(kind).or_default();
        let mut leaving = Vec::new();
        for (place, oldest) in order.iter() {
            let is_over = self.waiting.get(oldest).is_none_or(|waiting| waiting.until <= now);
            if !is_over && order.len() - leaving.len() < self.capacity {
                break;
            }
            leaving.push((*place, *oldest));
        }
        for (place, oldest) in leaving {
            order.remove(&place);
            self.waiting.remove(&oldest);
        }
        self.begun = self.begun.wrapping_add(1);
        order.insert(self.begun, id);
        let until = now + CEREMONY_SPAN;
        self.waiting.insert(id, Waiting { kind, place: self.begun, until, what });
    }

    /// Takes out what is kept under an id, of this kind. It is gone afterwards, whatever comes of it.
    pub fn take(&mut self, id: &Id, kind: K, now: At) -> Result<T, CeremonyError> {
        if self.waiting.get(id).is_none_or(|waiting| waiting.kind != kind) {
            return Err(CeremonyError::Unknown);
        }
        let waiting = self.remove(id).ok_or(CeremonyError::Unknown)?;
        if waiting.until <= now {
            return Err(CeremonyError::Expired);
        }
        Ok(waiting.what)
    }

    /// How many wait, those included whose time is over and who were not met yet.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn remove(&mut self, id: &Id) -> Option<Waiting<K, T>> {
        let waiting = self.waiting.remove(id)?;
        if let Some(order) = self.order.get_mut(&waiting.kind) {
            order.remove(&waiting.place);
        }
        Some(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(number: u64) -> Id {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_le_bytes());
        id
    }

    #[test]
    fn an_answer_is_taken_once_and_in_time() {
        let mut ceremonies = Ceremonies::new(10);
        ceremonies.put(id(1), "sign in", 'a', At(0));
        assert_eq!(ceremonies.take(&id(1), "register", At(1)), Err(CeremonyError::Unknown));
        assert_eq!(ceremonies.take(&id(1), "sign in", At(299)), Ok('a'));
        assert_eq!(ceremonies.take(&id(1), "sign in", At(299)), Err(CeremonyError::Unknown));
        ceremonies.put(id(2), "sign in", 'b', At(0));
        assert_eq!(ceremonies.take(&id(2), "sign in", At(300)), Err(CeremonyError::Expired));
        assert!(ceremonies.is_empty());
    }

    #[test]
    fn a_flood_of_one_kind_drives_out_the_oldest_of_that_kind_only() {
        let mut ceremonies = Ceremonies::new(3);
        ceremonies.put(id(1_000), "register", 0, At(0));
        for number in 0..100 {
            ceremonies.put(id(number), "sign in", number, At(1));
        }
        assert_eq!(ceremonies.len(), 4);
        assert_eq!(ceremonies.take(&id(96), "sign in", At(2)), Err(CeremonyError::Unknown));
        assert_eq!(ceremonies.take(&id(97), "sign in", At(2)), Ok(97));
        assert_eq!(ceremonies.take(&id(1_000), "register", At(2)), Ok(0));
    }

    #[test]
    fn what_has_expired_makes_room_before_there_is_need() {
        let mut ceremonies = Ceremonies::new(100);
        for number in 0..50 {
            ceremonies.put(id(number), "sign in", number, At(0));
        }
        ceremonies.put(id(99), "sign in", 99, At(300));
        assert_eq!(ceremonies.len(), 1);
    }

    proptest! {
        /// Against a model that forgets nothing: what is taken was put, not taken, and not too long ago;
        /// and there are never more than fit.
        #[test]
        fn nothing_is_taken_twice_and_memory_is_bounded(
            steps in prop::collection::vec((any::<bool>(), 0u64..12, 0u8..2, 0u64..90), 1..200),
        ) {
            let mut ceremonies = Ceremonies::new(4);
            let mut model = HashMap::new();
            let mut now = At(0);
            for (place, (is_put, number, kind, passed)) in steps.into_iter().enumerate() {
                now = now + Span(passed);
                if is_put {
                    ceremonies.put(id(number), kind, place, now);
                    model.insert((number, kind), (place, now));
                    model.remove(&(number, 1 - kind));
                } else if let Ok(what) = ceremonies.take(&id(number), kind, now) {
                    let (put, at) = model.remove(&(number, kind)).unwrap();
                    prop_assert_eq!(what, put);
                    prop_assert!(now < at + CEREMONY_SPAN);
                }
                prop_assert!(ceremonies.len() <= 8);
            }
        }
    }
}
