//! Addresses that money may go to.

use serde::{Deserialize, Serialize};

use crate::time::At;

/// Most addresses of an account.
pub const ADDRESSES_MAX: usize = 1_000;
/// Letters at either end that people compare.
const COMPARED: usize = 4;

/// Where money goes: a network and an address in the network's normal form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Destination {
    /// The network.
    pub network: String,
    /// The address, in its normal form.
    pub address: String,
}

/// An address of the book.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Where.
    pub destination: Destination,
    /// From when on money may go there.
    pub usable_from: At,
}

/// The address book of an account.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Book(Vec<Entry>);

impl Book {
    /// The entry of an address.
    pub fn find(&self, destination: &Destination) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.destination == *destination)
    }

    /// All entries, in the order in which they came.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Adds an address; one that is there keeps its time. `false` when the book is full.
    pub fn add(&mut self, destination: Destination, usable_from: At) -> bool {
        if self.find(&destination).is_some() {
            return true;
        }
        let has_room = self.0.len() < ADDRESSES_MAX;
        if has_room {
            self.0.push(Entry { destination, usable_from });
        }
        has_room
    }

    /// Takes an address out; when it comes again it waits again.
    pub fn remove(&mut self, destination: &Destination) {
        self.0.retain(|entry| entry.destination != *destination);
    }

    /// An address of the book that this one could be taken for: it begins and ends alike and is another.
    /// Such addresses are made to be copied from a history by mistake.
    pub fn looks_like(&self, other: &Destination) -> Option<&Entry> {
        self.0.iter().find(|entry| {
            let known = &entry.destination;
            known != other
                && known.network == other.network
                && ends(&known.address) == ends(&other.address)
        })
    }
}

/// What people compare of an address: its first and last letters after what all addresses begin with.
fn ends(address: &str) -> Option<(String, String)> {
    let lower = address.to_lowercase();
    let begin = ["0x", "bc1q", "bc1p", "ltc1q"].iter().find_map(|all| lower.strip_prefix(all));
    let letters: Vec<char> = begin.unwrap_or(&lower).chars().collect();
    (letters.len() >= 2 * COMPARED).then(|| {
        let (first, last) = (&letters[..COMPARED], &letters[letters.len() - COMPARED..]);
        (first.iter().collect(), last.iter().collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Destination {
        Destination { network: "eip155:1".to_owned(), address: address.to_owned() }
    }

    #[test]
    fn an_address_waits_once_and_again_after_it_was_taken_out() {
        let mut book = Book::default();
        assert!(book.add(at("0xaa"), At(10)));
        assert!(book.add(at("0xaa"), At(50)));
        assert_eq!(book.find(&at("0xaa")).unwrap().usable_from, At(10));
        book.remove(&at("0xaa"));
        assert_eq!(book.find(&at("0xaa")), None);
        assert!(book.add(at("0xaa"), At(50)));
        assert_eq!(book.find(&at("0xaa")).unwrap().usable_from, At(50));
        for number in 1..ADDRESSES_MAX {
            assert!(book.add(at(&format!("0x{number:x}b")), At(0)));
        }
        assert!(!book.add(at("0xfull"), At(0)));
    }

    #[test]
    fn an_address_made_to_be_mistaken_is_told() {
        let mut book = Book::default();
        book.add(at("0x8589427373D6D84E98730D7795D8f6f8731FDA16"), At(0));
        let poison = at("0x858900000000000000000000000000000000Da16");
        assert!(book.looks_like(&poison).is_some());
        assert!(book.looks_like(&at("0x8589427373D6D84E98730D7795D8f6f8731FDA16")).is_none());
        assert!(book.looks_like(&at("0x1234427373D6D84E98730D7795D8f6f8731FDA16")).is_none());
        assert!(book.looks_like(&Destination { network: "tron".to_owned(), ..poison }).is_none());
        assert!(book.looks_like(&at("0x")).is_none());
    }
}
