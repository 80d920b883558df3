//! All current snapshots together, and what they say of one address.

use hashbrown::HashTable;
use model::{Address, CategorySet, Family};
use sha2::{Digest, Sha256};

use crate::filter::Filter;
use crate::{Entry, Snapshot, SnapshotId, SnapshotMeta};

/// One list's claim, with the list.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The claim.
    pub entry: &'a Entry,
    /// The list that makes it.
    pub snapshot: &'a SnapshotMeta,
}

/// What all lists together say of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// Every category that a list gives it.
    pub categories: CategorySet,
    /// Confidence of the surest claim that speaks against it, or of the surest claim when none
    /// does, 0 to 100.
    pub confidence: u8,
}

impl Standing {
    /// True when one list speaks against the address and another calls it an ordinary service.
    /// Both claims are shown; the illicit one counts.
    pub fn is_contradicted(&self) -> bool {
        self.categories.is_contradicted()
    }
}

/// The look-up over all current snapshots.
///
/// Look-ups cost one cache line for an address that no list names.
pub struct Directory {
    metas: Vec<SnapshotMeta>,
    /// Entries of all snapshots, sorted by family and address; the list by its index in `metas`.
    entries: Vec<(Entry, u16)>,
    /// First entry of each address.
    index: HashTable<u32>,
    filter: Filter,
    id: SnapshotId,
    contradictions: usize,
}

/// Multiplies to 128 bits and folds the halves together.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Hash of an address within a family: two folded multiplications over its 32 bytes.
///
/// It is not keyed: lists are public and chosen by the operator, and equal lists must give equal
/// bytes on every run. Who chooses addresses can make look-ups slower, never wrong.
pub fn address_hash(family: Family, address: &Address) -> u64 {
    let bytes = address.padded();
    let word = |place: usize| {
        u64::from_le_bytes(bytes[8 * place..8 * place + 8].try_into().expect("four words of eight"))
    };
    let tag = (family as u64) << 8 | address.kind() as u64;
    let head = fold(word(0) ^ 0xa076_1d64_78bd_642f ^ tag, word(1) ^ 0xe703_7ed1_a0b4_28db);
    fold(head ^ word(2) ^ 0x8ebc_6af0_9c88_c6e3, word(3) ^ 0x5899_65cc_7537_4cc3)
}

impl Directory {
    /// Puts snapshots together. Their order does not matter.
    pub fn new(snapshots: impl IntoIterator<Item = Snapshot>) -> Self {
        let mut snapshots: Vec<Snapshot> = snapshots.into_iter().collect();
        snapshots.sort_by(|a, b| (&a.meta.source, a.meta.id).cmp(&(&b.meta.source, b.meta.id)));
        snapshots.truncate(usize::from(u16::MAX));
        let mut digest = Sha256::new();
        let (mut metas, mut entries) = (Vec::new(), Vec::new());
        for (list, snapshot) in snapshots.into_iter().enumerate() {
            digest.update(snapshot.meta.id.0);
            metas.push(snapshot.meta);
            entries.extend(snapshot.entries.into_iter().map(|entry| (entry, list as u16)));
        }
        let key = |entry: &Entry| (entry.account.network.family(), entry.account.address);
        entries.sort_by(|(a, i), (b, j)| (key(a), i, a).cmp(&(key(b), j, b)));
        let mut index = HashTable::new();
        let mut filter = Filter::with_capacity(entries.len());
        let mut last = None;
        for (i, (entry, _)) in entries.iter().enumerate() {
            let (family, address) = key(entry);
            if last == Some((family, address)) {
                continue;
            }
            last = Some((family, address));
            let hash = address_hash(family, &address);
            filter.insert(hash);
            index.insert_unique(hash, i as u32, |i| {
                let (family, address) = key(&entries[*i as usize].0);
                address_hash(family, &address)
            });
        }
        let id = SnapshotId(digest.finalize().into());
        let mut directory = Self { metas, entries, index, filter, id, contradictions: 0 };
        let mut last = None;
        for (entry, _) in &directory.entries {
            let key = key(entry);
            if last.replace(key) != Some(key) && directory.standing(key.0, &key.1).is_contradicted()
            {
                directory.contradictions += 1;
            }
        }
        directory
    }

    /// Number of addresses that one list speaks against and another calls a service.
    pub fn contradiction_count(&self) -> usize {
        self.contradictions
    }

    /// A directory that knows nothing.
    pub fn empty() -> Self {
        Self::new([])
    }

    /// Identity of this set of snapshots; part of every decision.
    pub fn id(&self) -> SnapshotId {
        self.id
    }

    /// The lists.
    pub fn snapshots(&self) -> &[SnapshotMeta] {
        &self.metas
    }

    /// Number of claims.
    pub fn claim_count(&self) -> usize {
        self.entries.len()
    }

    /// Number of addresses that a list names.
    pub fn address_count(&self) -> usize {
        self.index.len()
    }

    /// What the lists claim of an address, by list.
    pub fn claims(&self, family: Family, address: &Address) -> impl Iterator<Item = Claim<'_>> {
        let hash = address_hash(family, address);
        let is_same = |entry: &Entry| {
            entry.account.network.family() == family && entry.account.address == *address
        };
        let first = (self.filter.may_contain(hash))
            .then(|| self.index.find(hash, |i| is_same(&self.entries[*i as usize].0)))
            .flatten();
        let range = first.map_or(&[][..], |first| &self.entries[*first as usize..]);
        let address = *address;
        let is_same = move |entry: &Entry| {
            entry.account.network.family() == family && entry.account.address == address
        };
        range
            .iter()
            .take_while(move |(entry, _)| is_same(entry))
            .map(|(entry, list)| Claim { entry, snapshot: &self.metas[usize::from(*list)] })
    }

    /// What the lists together say of an address.
    pub fn standing(&self, family: Family, address: &Address) -> Standing {
        let mut standing = Standing::default();
        let (mut illicit, mut ordinary) = (0, 0);
        for claim in self.claims(family, address) {
            let category = claim.entry.category;
            standing.categories.insert(category);
            let surest = if category.is_illicit() { &mut illicit } else { &mut ordinary };
            *surest = claim.entry.confidence.max(*surest);
        }
        standing.confidence = if standing.categories.is_illicit() { illicit } else { ordinary };
        standing
    }

    /// Every claim of every list.
    pub fn all_claims(&self) -> impl Iterator<Item = Claim<'_>> {
        self.entries
            .iter()
            .map(|(entry, list)| Claim { entry, snapshot: &self.metas[usize::from(*list)] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Rows;
    use model::{Account, Category, Network};

    fn snapshot(source: &str, entries: &[(u8, Category, u8)]) -> Snapshot {
        let mut rows = Rows::default();
        for (n, category, confidence) in entries {
            rows.next_row();
            rows.take(Entry {
                account: Account {
                    network: Network::ETHEREUM,
                    address: Address::account20([*n; 20]),
                },
                category: *category,
                confidence: *confidence,
                label: format!("{source} {n}"),
            });
        }
        let content = format!("{entries:?}");
        rows.into_snapshot(SnapshotMeta::describe(source, "", "", "", 1, &[content.as_bytes()]))
    }

    #[test]
    fn contradictions_between_lists_are_kept_and_the_illicit_claim_counts() {
        let directory = Directory::new([
            snapshot("a", &[(1, Category::Exchange, 90), (2, Category::Exchange, 90)]),
            snapshot("b", &[(1, Category::Phishing, 60)]),
        ]);
        let address = Address::account20([1; 20]);
        let standing = directory.standing(Family::Evm, &address);
        assert!(standing.is_contradicted() && standing.categories.is_illicit());
        assert_eq!(standing.confidence, 60);
        assert_eq!(directory.claims(Family::Evm, &address).count(), 2);
        assert_eq!(directory.claims(Family::Tron, &address).count(), 0);
        assert!(
            directory.standing(Family::Evm, &Address::account20([3; 20])).categories.is_empty()
        );
    }

    #[test]
    fn the_order_of_snapshots_does_not_matter() {
        let (a, b) = (
            snapshot("a", &[(1, Category::Exchange, 90)]),
            snapshot("b", &[(1, Category::Phishing, 60)]),
        );
        let one = Directory::new([a.clone(), b.clone()]);
        assert_eq!(one.id(), Directory::new([b.clone(), a]).id());
        assert_ne!(one.id(), Directory::new([b]).id());
    }
}
