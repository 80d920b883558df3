//! Which block comes next: a pure machine that turns what a node says into what is to be done.

use model::TxHash;
use std::collections::VecDeque;

/// Blocks that are remembered, to find where a chain turned.
pub const REMEMBERED: usize = 512;

/// A block that was taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: TxHash,
    /// Where it is kept, by whoever takes blocks in.
    pub sequence: u64,
}

/// What to do with a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// It follows the last one: take it in.
    Take,
    /// The chain has turned below it: find where with [`Chain::turn`].
    Turned,
    /// It is not the one that comes next.
    Foreign,
}

/// The chain as it was taken in.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    taken: VecDeque<Taken>,
}

impl Chain {
    /// A chain that has taken these blocks, in order.
    pub fn new(taken: impl IntoIterator<Item = Taken>) -> Self {
        let mut chain = Self::default();
        taken.into_iter().for_each(|block| chain.push(block));
        chain
    }

    fn push(&mut self, block: Taken) {
        self.taken.push_back(block);
        if self.taken.len() > REMEMBERED {
            self.taken.pop_front();
        }
    }

    /// The last block taken in.
    pub fn last(&self) -> Option<Taken> {
        self.taken.back().copied()
    }

    /// What to do with the block `number`, whose parent has the hash `parent`.
    pub fn step(&self, number: u64, parent: TxHash) -> Step {
        match self.last() {
            None => Step::Take,
            Some(last) if number != last.number + 1 => Step::Foreign,
            Some(last) if last.hash == parent => Step::Take,
            Some(_) => Step::Turned,
        }
    }

    /// Notes that a block was taken in.
    pub fn take(&mut self, block: Taken) {
        self.push(block);
    }

    /// Finds where the chain turned: the blocks, newest first, that the node no longer has.
    /// `hash_at` says what the node has at a number. `Err(None)` when all remembered blocks are
    /// gone, so that the turn lies too deep to be followed.
    ///
    /// # Errors
    /// The error of `hash_at`, or `None` for a turn that is too deep.
    pub fn turn<E>(
        &self,
        mut hash_at: impl FnMut(u64) -> Result<Option<TxHash>, E>,
    ) -> Result<Vec<Taken>, Option<E>> {
        let mut gone = Vec::new();
        for block in self.taken.iter().rev() {
            if hash_at(block.number).map_err(Some)? == Some(block.hash) {
                return Ok(gone);
            }
            gone.push(*block);
        }
        // Below the first block ever taken there is nothing to keep; below a forgotten one there is.
        let has_forgotten = self.taken.len() == REMEMBERED;
        if has_forgotten { Err(None) } else { Ok(gone) }
    }

    /// Forgets the newest `count` blocks, which were undone.
    pub fn undo(&mut self, count: usize) {
        self.taken.truncate(self.taken.len().saturating_sub(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A hash that rests on the one before, as hashes of blocks do.
    fn child(parent: TxHash, fork: u8) -> TxHash {
        let mut state = u64::from(fork) | 1 << 40;
        let mut bytes = [0; 32];
        for (place, byte) in parent.0.iter().enumerate() {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
            bytes[place] = (state >> 32) as u8;
        }
        TxHash(bytes)
    }

    fn hash(n: u64, fork: u8) -> TxHash {
        (0..=n).fold(TxHash::default(), |parent, _| child(parent, fork))
    }

    /// A node whose chain turns now and then.
    #[derive(Default)]
    struct Turning {
        hashes: Vec<TxHash>,
    }

    impl Turning {
        fn hash_at(&self, number: u64) -> Option<TxHash> {
            self.hashes.get(number as usize).copied()
        }

        fn turn(&mut self, depth: usize, fork: u8, length: usize) {
            let keep = self.hashes.len().saturating_sub(depth);
            self.hashes.truncate(keep);
            for _ in 0..length {
                let parent = self.hashes.last().copied().unwrap_or_default();
                self.hashes.push(child(parent, fork));
            }
        }
    }

    proptest! {
        #[test]
        fn however_a_chain_turns_what_was_taken_ends_as_what_the_node_has(
            turns in prop::collection::vec((0usize..20, 1u8..250, 1usize..25, 1usize..30), 1..20),
        ) {
            let mut node = Turning::default();
            node.turn(0, 0, 5);
            let mut chain = Chain::default();
            let mut kept: Vec<TxHash> = Vec::new();
            for (depth, fork, length, steps) in turns {
                // The node may turn while we are on our way.
                for round in 0..steps + 60 {
                    if round == steps {
                        node.turn(depth, fork, length);
                    }
                    let number = chain.last().map_or(0, |last| last.number + 1);
                    let parent = number.checked_sub(1).and_then(|n| node.hash_at(n));
                    let Some(found) = node.hash_at(number) else {
                        // Nothing new: but the last one may be gone too.
                        let last = chain.last().unwrap();
                        if node.hash_at(last.number) != Some(last.hash) {
                            let gone = chain.turn(|n| Ok::<_, ()>(node.hash_at(n))).unwrap();
                            kept.truncate(kept.len() - gone.len());
                            chain.undo(gone.len());
                        }
                        continue;
                    };
                    match chain.step(number, parent.unwrap_or_default()) {
                        Step::Take => {
                            chain.take(Taken { number, hash: found, sequence: number });
                            kept.push(found);
                        }
                        Step::Turned => {
                            let gone = chain.turn(|n| Ok::<_, ()>(node.hash_at(n))).unwrap();
                            prop_assert!(!gone.is_empty());
                            kept.truncate(kept.len() - gone.len());
                            chain.undo(gone.len());
                        }
                        Step::Foreign => prop_assert!(false, "asked for the next one"),
                    }
                }
            }
            prop_assert_eq!(kept, node.hashes);
        }
    }

    #[test]
    fn a_turn_deeper_than_what_is_remembered_is_told() {
        let blocks =
            (0..REMEMBERED as u64 + 5).map(|n| Taken { number: n, hash: hash(n, 1), sequence: n });
        let chain = Chain::new(blocks);
        assert_eq!(chain.turn(|n| Ok::<_, ()>(Some(hash(n, 2)))), Err(None));
        assert_eq!(chain.turn(|_| Err("down")), Err(Some("down")));
        assert_eq!(chain.step(3, hash(2, 1)), Step::Foreign);
    }
}
