//! Everything secret or random of a round follows from two secrets of 32 bytes: one of accounts, kept
//! over rounds, so that a customer's secret stays theirs; and one of the round, drawn afresh, which
//! whoever proves a shard again needs to get the same bytes.

use hkdf::Hkdf;
use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

fn derive(secret: &[u8; 32], what: &[u8], of: &[u8]) -> Secret {
    let mut bytes = Secret::default();
    Hkdf::<Sha256>::new(Some(b"ringfence reserves v1"), secret)
        .expand_multi_info(&[what, of], &mut *bytes)
        .expect("32 bytes are fewer than HKDF gives");
    bytes
}

/// The secret of an account, which its customer sees.
pub fn of_account(accounts: &[u8; 32], account: &str) -> Secret {
    derive(accounts, b"account ", account.as_bytes())
}

/// What is drawn for a shard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Drawn {
    /// How full shards are, and where they end.
    Plan,
    /// Leaves of nobody.
    Nobody,
    /// What hides the sums.
    Salt,
    /// What hides the rows.
    Proof,
}

impl Drawn {
    fn label(self) -> &'static [u8] {
        match self {
            Drawn::Plan => b"plan ",
            Drawn::Nobody => b"nobody ",
            Drawn::Salt => b"salt ",
            Drawn::Proof => b"proof ",
        }
    }
}

/// A seed of the round, for a shard or, with `u32::MAX`, for the totals.
pub fn seed(round: &[u8; 32], drawn: Drawn, shard: u32) -> Secret {
    derive(round, drawn.label(), &shard.to_be_bytes())
}

/// A generator with such a seed.
pub fn generator(round: &[u8; 32], drawn: Drawn, shard: u32) -> StdRng {
    StdRng::from_seed(*seed(round, drawn, shard))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_use_has_a_seed_of_its_own() {
        let mut seen = vec![*of_account(&[1; 32], "ada"), *of_account(&[1; 32], "adb")];
        for drawn in [Drawn::Plan, Drawn::Nobody, Drawn::Salt, Drawn::Proof] {
            seen.extend([0, 1, u32::MAX].map(|shard| *seed(&[1; 32], drawn, shard)));
        }
        seen.push(*seed(&[2; 32], Drawn::Plan, 0));
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
