//! Who belongs together on UTXO chains: addresses that sign one transaction have one owner
//! (common-input ownership, Meiklejohn et al. 2013, section 4.1).
//!
//! CoinJoin-shaped transactions are left out, because they join owners on purpose. Every union
//! keeps the transaction that it rests on, so that one found to be wrong can be undone.

use model::{Transaction, TxHash};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::book::AddressId;

/// Equal outputs from which a transaction with as many input addresses looks like a CoinJoin.
const COINJOIN_EQUAL_OUTPUTS: usize = 3;

/// Disjoint sets of addresses with the evidence for each union.
#[derive(Default, Serialize, Deserialize)]
pub struct Clusters {
    parent: Vec<u32>,
    /// Categories of all members of a root, as bits.
    categories: Vec<u32>,
    /// Number of members of a root.
    sizes: Vec<u32>,
    evidence: Vec<Union>,
}

/// One union: the two addresses and the transaction that both signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Union {
    /// One input address.
    pub a: AddressId,
    /// Another.
    pub b: AddressId,
    /// Their transaction.
    pub tx: TxHash,
}

/// True for transactions that pay the same amount to several outputs out of at least as many input
/// addresses: CoinJoins of every wallet have that shape, and few others do.
pub fn is_coinjoin_shaped(transaction: &Transaction) -> bool {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for transfer in &transaction.transfers {
        if transfer.to.is_some() && !transfer.amount.is_zero() {
            *counts.entry(transfer.amount).or_default() += 1;
        }
    }
    let equal = counts.values().copied().max().unwrap_or(0);
    equal >= COINJOIN_EQUAL_OUTPUTS && transaction.inputs.len() >= equal
}

impl Clusters {
    /// Makes room for an address.
    pub fn add(&mut self, id: AddressId, categories: u32) {
        while self.parent.len() <= id.place() {
            self.parent.push(self.parent.len() as u32);
            self.categories.push(0);
            self.sizes.push(1);
        }
        let root = self.root(id);
        self.categories[root.place()] |= categories;
    }

    /// The address that stands for the cluster of `id`.
    pub fn root(&mut self, id: AddressId) -> AddressId {
        let mut at = id.0;
        if at as usize >= self.parent.len() {
            return id;
        }
        while self.parent[at as usize] != at {
            // Path halving.
            let up = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = up;
            at = up;
        }
        AddressId(at)
    }

    /// Categories of all members of the cluster of `id`, as bits.
    pub fn categories(&mut self, id: AddressId) -> u32 {
        let root = self.root(id);
        self.categories.get(root.place()).copied().unwrap_or(0)
    }

    /// Joins the input addresses of a transaction.
    pub fn join(&mut self, inputs: &[AddressId], tx: TxHash) {
        for pair in inputs.windows(2) {
            if self.unite(pair[0], pair[1]) {
                self.evidence.push(Union { a: pair[0], b: pair[1], tx });
            }
        }
    }

    fn unite(&mut self, a: AddressId, b: AddressId) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return false;
        }
        // The smaller number stands for the cluster, so the order of unions does not show.
        let (root, child) = (a.min(b), a.max(b));
        self.parent[child.place()] = root.0;
        self.categories[root.place()] |= self.categories[child.place()];
        self.sizes[root.place()] += self.sizes[child.place()];
        true
    }

    /// Forgets every category; [`Clusters::add`] brings the ones of today's lists back.
    pub(crate) fn clear_categories(&mut self) {
        self.categories.fill(0);
    }

    /// Number of members of the cluster of `id`.
    pub fn size(&mut self, id: AddressId) -> u32 {
        let root = self.root(id);
        self.sizes.get(root.place()).copied().unwrap_or(1)
    }

    /// The members of the cluster of `id`, at most `limit`. Looks at every address.
    pub fn members(&mut self, id: AddressId, limit: usize) -> Vec<AddressId> {
        let root = self.root(id);
        let all = (0..self.parent.len() as u32).map(AddressId);
        let mut found = Vec::new();
        for member in all {
            if found.len() == limit {
                break;
            }
            if self.root(member) == root {
                found.push(member);
            }
        }
        found
    }

    /// The unions that a cluster rests on.
    pub fn evidence(&mut self, id: AddressId) -> Vec<Union> {
        let root = self.root(id);
        let all = std::mem::take(&mut self.evidence);
        let found = all.iter().filter(|union| self.root(union.a) == root).copied().collect();
        self.evidence = all;
        found
    }

    /// Takes back the unions of transactions that proved to join different owners. `categories_of`
    /// gives each address's own categories again.
    pub fn undo(&mut self, wrong: &[TxHash], categories_of: impl Fn(AddressId) -> u32) {
        for (place, parent) in self.parent.iter_mut().enumerate() {
            *parent = place as u32;
            self.categories[place] = categories_of(AddressId(place as u32));
            self.sizes[place] = 1;
        }
        let mut evidence = std::mem::take(&mut self.evidence);
        evidence.retain(|union| !wrong.contains(&union.tx));
        for union in &evidence {
            self.unite(union.a, union.b);
        }
        self.evidence = evidence;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tx(n: u8) -> TxHash {
        TxHash([n; 32])
    }

    #[test]
    fn a_wrong_union_is_undone_and_the_others_stay() {
        let mut clusters = Clusters::default();
        (0..5).for_each(|i| clusters.add(AddressId(i), 1 << i));
        clusters.join(&[AddressId(0), AddressId(1)], tx(1));
        clusters.join(&[AddressId(1), AddressId(2)], tx(2));
        clusters.join(&[AddressId(3), AddressId(4)], tx(3));
        assert_eq!(clusters.categories(AddressId(2)), 0b111);
        assert_eq!(clusters.evidence(AddressId(0)).len(), 2);
        clusters.undo(&[tx(2)], |id| 1 << id.0);
        assert_eq!(clusters.categories(AddressId(2)), 0b100);
        assert_eq!(clusters.root(AddressId(0)), clusters.root(AddressId(1)));
        assert_eq!(clusters.root(AddressId(3)), clusters.root(AddressId(4)));
    }

    proptest! {
        #[test]
        fn clusters_do_not_depend_on_the_order_of_transactions(
            pairs in prop::collection::vec((0u32..30, 0u32..30), 0..40), turn: usize,
        ) {
            let build = |pairs: &[(u32, u32)]| {
                let mut clusters = Clusters::default();
                (0..30).for_each(|i| clusters.add(AddressId(i), 0));
                for (a, b) in pairs {
                    clusters.join(&[AddressId(*a), AddressId(*b)], tx(0));
                }
                (0..30).map(|i| clusters.root(AddressId(i))).collect::<Vec<_>>()
            };
            let mut turned = pairs.clone();
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
            }
            prop_assert_eq!(build(&pairs), build(&turned));
        }
    }
}
