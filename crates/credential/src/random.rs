//! Numbers for simulations and the order of measurements, from a seed: splitmix64 (Steele, Lea, Flood
//! 2014), the same on every machine. Nothing secret is drawn from it.

/// A generator and its state.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Below `end`, which is above 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// True `part` times `of`.
    pub(crate) fn is(&mut self, part: u64, of: u64) -> bool {
        self.below(of) < part
    }
}
