//! Who a leaf belongs to, known to the customer and the exchange only.
//!
//! The id of a round is derived from a secret that the customer can see and from the account as the
//! customer knows it. So no leaf can be shown to two customers, for their ids differ; and ids of
//! two rounds cannot be told to be one customer's.

use hkdf::Hkdf;
use sha2::Sha256;

/// Elements of an id.
pub const ID_LEN: usize = 8;
/// Elements of the sort key: ids of a round strictly increase by it, in the circuit.
pub const KEY_LEN: usize = 3;
/// Bits of an element, so that each is canonical and a few fit a machine word.
pub const ELEMENT_BITS: u32 = 30;

/// 240 bits in eight elements.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UserId([u32; ID_LEN]);

impl UserId {
    /// The id of a customer in a round: HKDF-SHA-256 (RFC 5869) of the secret, with the round as
    /// salt and the account as context.
    pub fn derive(round: &str, account: &str, secret: &[u8; 32]) -> Self {
        let mut bytes = [0; 32];
        // Each part after its length, so that no two contexts are spelled alike.
        let context = [b"ringfence reserves v1 user id ".as_slice(), account.as_bytes()];
        let len = (account.len() as u64).to_be_bytes();
        Hkdf::<Sha256>::new(Some(round.as_bytes()), secret)
            .expand_multi_info(&[context[0], &len, context[1]], &mut bytes)
            .expect("32 bytes are fewer than HKDF gives");
        Self::from_bytes(&bytes)
    }

    /// An id of uniform bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(std::array::from_fn(|place| {
            let word: [u8; 4] = std::array::from_fn(|byte| bytes[4 * place + byte]);
            u32::from_be_bytes(word) >> (32 - ELEMENT_BITS)
        }))
    }

    /// An id of these elements; `None` when one has more than 30 bits.
    pub fn from_elements(elements: [u32; ID_LEN]) -> Option<Self> {
        elements.iter().all(|element| element >> ELEMENT_BITS == 0).then_some(Self(elements))
    }

    /// Its elements.
    pub fn elements(&self) -> &[u32; ID_LEN] {
        &self.0
    }

    /// What ids are sorted by: the first 90 bits.
    pub fn key(&self) -> u128 {
        self.0[..KEY_LEN].iter().fold(0, |key, element| key << ELEMENT_BITS | u128::from(*element))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_the_account_and_the_secret_each_make_another_id() {
        let id = UserId::derive("2026-11", "ada", &[1; 32]);
        assert_eq!(id, UserId::derive("2026-11", "ada", &[1; 32]));
        let others = [
            UserId::derive("2026-12", "ada", &[1; 32]),
            UserId::derive("2026-11", "adb", &[1; 32]),
            UserId::derive("2026-11", "ada", &[2; 32]),
            UserId::derive("2026-1", "1ada", &[1; 32]),
        ];
        assert!(others.iter().all(|other| other.key() != id.key()));
        // Python's hmac and hashlib say the same.
        let known = [
            0x07af_6616,
            0x39ef_fe94,
            0x2734_3821,
            0x327f_1c39,
            0x2ef0_f760,
            0x1f65_18d3,
            0x1a76_4d72,
            0x3427_77c6,
        ];
        assert_eq!(id.elements(), &known);
        assert_eq!(UserId::from_elements(*id.elements()), Some(id));
        assert_eq!(UserId::from_elements([1 << ELEMENT_BITS, 0, 0, 0, 0, 0, 0, 0]), None);
    }
}
