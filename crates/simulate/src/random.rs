//! Randomness from a seed: splitmix64 (Steele, Lea, Flood 2014), the same on every machine.

use model::Address;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5269_6e67)
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from 0 to 1, without 1.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// 32 random bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes());
        }
        bytes
    }

    /// A new address.
    pub fn address(&mut self) -> Address {
        let bytes = self.bytes();
        Address::account20(bytes[..20].try_into().expect("20 of 32 bytes"))
    }

    /// An amount as people pay it: spread over orders of magnitude, often round.
    pub fn amount_milli(&mut self) -> u64 {
        let exponent = 1.0 + 3.2 * (self.unit() + self.unit() + self.unit()) / 3.0 + self.unit();
        let amount = 10f64.powf(exponent) as u64;
        match self.below(4) {
            0 => (amount / 100).max(1) * 100,
            1 => (amount / 1_000).max(1) * 1_000,
            _ => amount.max(1),
        }
    }
}
