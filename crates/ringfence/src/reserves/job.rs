//! The folder in which a round is proved. Private: it holds everybody's balances and the secrets.
//!
//! | file | what it is |
//! |---|---|
//! | `plan.json` | what was asked for, how shards are cut, SHA-256 of the input |
//! | `header.json` | the round's header |
//! | `accounts.secret`, `round.secret` | what all else is derived from |
//! | `customers/00000` | a shard's customers, in the order of their keys |
//! | `done/00000.shard` | its public values, written last: the shard is done |
//! | `done/00000.proof`, `.opening`, `.leaves` | its proof, what opens its sums, digests of its leaves |
//! | `done/totals.proof`, `done/liabilities.json` | the round's |
//!
//! Each shard is a piece of work of its own, from `customers/N` to `done/N.*`, with the same bytes
//! whoever does it and however often. Several machines that see the folder can each prove a part
//! (`--shards 0-99`), and a queue needs nothing but the numbers.

use anyhow::{Context, Result};
use proof::header::Header;
use proof::key::Key;
use proof::leaf::{Entry, Leaf};
use proof::liabilities::Shard;
use proof::margin::Held;
use proof::poseidon::{DIGEST_LEN, Digest};
use proof::receipt::{MarginEntry, Receipt};
use proof::systems::Systems;
use proof::tree::Tree;
use reserves::secret::{self, Drawn, Secret};
use reserves::totals::Opening;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

use super::{ReservesError, files};

/// Largest file of a shard's customers.
const CUSTOMERS_LEN_MAX: u64 = 1 << 30;
const SMALL_LEN_MAX: u64 = 64 << 20;

/// A customer of a shard.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) account: String,
    /// What is free and not zero, by the asset's number.
    pub(crate) entries: Vec<(u16, u128)>,
    /// What is pledged and borrowed.
    pub(crate) margin: Vec<Held>,
    /// The row of the input.
    pub(crate) row: u64,
}

/// How shards are cut.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// SHA-256 of the input: of a CSV file, decompressed, or of what was read (Parquet, SQL).
    pub(crate) input: String,
    /// Customers in all.
    pub(crate) customers: u64,
    /// Balances in all.
    pub(crate) balances: u64,
    /// For each shard, the key at which it ends and how many customers it has.
    pub(crate) shards: Vec<(String, u32)>,
}

/// A folder in which a round is proved.
pub(crate) struct Job {
    pub(crate) dir: PathBuf,
    pub(crate) plan: Plan,
    pub(crate) header: Header,
    pub(crate) header_digest: [u8; 32],
    pub(crate) systems: Systems,
    ends: Vec<Key>,
    accounts: Secret,
    round: Secret,
}

fn damaged(path: &Path, problem: impl Into<String>) -> anyhow::Error {
    let problem = format!("{}; take a new job folder and begin again", problem.into());
    ReservesError::Job { path: path.display().to_string(), problem }.into()
}

/// Reads 64 hexadecimal digits.
pub(crate) fn read_secret(path: &Path) -> Result<Secret> {
    let text = zeroize::Zeroizing::new(files::read(path, 1 << 10)?);
    let digits: Vec<u32> =
        text.trim_ascii().iter().map_while(|digit| char::from(*digit).to_digit(16)).collect();
    let mut secret = Secret::default();
    anyhow::ensure!(
        digits.len() == 64 && text.trim_ascii().len() == 64,
        "{}: 64 hexadecimal digits are wanted, such as `openssl rand -hex 32` prints",
        path.display()
    );
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (pair[0] << 4 | pair[1]) as u8;
    }
    Ok(secret)
}

/// Draws a secret and writes it down.
pub(crate) fn draw_secret(path: &Path) -> Result<Secret> {
    let mut secret = Secret::default();
    getrandom::fill(&mut *secret).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let text = zeroize::Zeroizing::new(proof::systems::hex(&*secret));
    files::write_private(path, text.as_bytes())?;
    Ok(secret)
}

impl Job {
    pub(crate) fn plan_path(dir: &Path) -> PathBuf {
        dir.join("plan.json")
    }

    pub(crate) fn header_path(dir: &Path) -> PathBuf {
        dir.join(proof::bundle::HEADER)
    }

    pub(crate) fn accounts_path(dir: &Path) -> PathBuf {
        dir.join("accounts.secret")
    }

    pub(crate) fn round_path(dir: &Path) -> PathBuf {
        dir.join("round.secret")
    }

    pub(crate) fn customers_path(dir: &Path, shard: u32) -> PathBuf {
        dir.join(format!("customers/{shard:05}"))
    }

    /// A file of what was done for a shard.
    pub(crate) fn done(&self, shard: u32, kind: &str) -> PathBuf {
        self.dir.join(format!("done/{shard:05}.{kind}"))
    }

    /// A file of what was done for the round.
    pub(crate) fn done_file(&self, name: &str) -> PathBuf {
        self.dir.join("done").join(name)
    }

    /// Opens a folder in which a snapshot is complete.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let path = Self::plan_path(dir);
        let plan: Plan = serde_json::from_slice(&files::read(&path, SMALL_LEN_MAX)?)
            .map_err(|error| damaged(&path, error.to_string()))?;
        let path = Self::header_path(dir);
        let header = Header::parse(&files::read(&path, SMALL_LEN_MAX)?)
            .map_err(|error| damaged(&path, error.to_string()))?;
        let systems = Systems::of(&header)?;
        systems.check(&header)?;
        let ends = plan.shards.iter().map(|(end, _)| end.parse::<Key>());
        let ends: Vec<Key> = ends.collect::<Result<_, _>>()?;
        if ends.len() != header.shards as usize {
            return Err(damaged(&path, "it has other shards than the plan"));
        }
        Ok(Self {
            accounts: read_secret(&Self::accounts_path(dir))?,
            round: read_secret(&Self::round_path(dir))?,
            dir: dir.to_owned(),
            header_digest: header.digest(),
            plan,
            header,
            systems,
            ends,
        })
    }

    /// The keys between which a shard's are.
    pub(crate) fn keys(&self, shard: u32) -> (Key, Key) {
        let place = shard as usize;
        let after = place.checked_sub(1).map_or(Key::FIRST, |before| self.ends[before]);
        (after, self.ends[place])
    }

    pub(crate) fn generator(&self, drawn: Drawn, shard: u32) -> rand::rngs::StdRng {
        secret::generator(&self.round, drawn, shard)
    }

    pub(crate) fn seed(&self, drawn: Drawn, shard: u32) -> Secret {
        secret::seed(&self.round, drawn, shard)
    }

    pub(crate) fn user_id(&self, account: &str) -> proof::id::UserId {
        let secret = secret::of_account(&self.accounts, account);
        proof::id::UserId::derive(&self.header.round, account, &secret)
    }

    /// A shard's customers.
    pub(crate) fn customers(&self, shard: u32) -> Result<Vec<Customer>> {
        let path = Self::customers_path(&self.dir, shard);
        let bytes = files::read(&path, CUSTOMERS_LEN_MAX)?;
        postcard::from_bytes(&bytes).map_err(|error| damaged(&path, error.to_string()))
    }

    /// A shard's leaves, those of nobody among them.
    pub(crate) fn leaves(&self, shard: u32) -> Result<Vec<Leaf>> {
        let circuit = &self.systems.shard;
        let customers = self.customers(shard)?;
        let rules = self.header.rules()?;
        let leaves = customers.iter().map(|customer| {
            let id = self.user_id(&customer.account);
            let positions = rules.positions(&customer.margin)?;
            let leaf = Leaf::new(circuit.shape, id, self.entries(customer))?;
            Ok(leaf.with_positions(&rules, positions)?)
        });
        let leaves = leaves.collect::<Result<Vec<_>>>()?;
        let (after, until) = self.keys(shard);
        let mut rng = self.generator(Drawn::Nobody, shard);
        Ok(reserves::plan::leaves(circuit, after, until, leaves, &mut rng)?)
    }

    fn entries(&self, customer: &Customer) -> Vec<Entry> {
        let held =
            customer.entries.iter().map(|(asset, amount)| Entry { asset: *asset, amount: *amount });
        match self.header.layout {
            proof::leaf::Layout::Sparse | proof::leaf::Layout::Margin => held.collect(),
            proof::leaf::Layout::Dense => {
                let assets = 0..self.header.assets.len() as u16;
                let mut all: Vec<Entry> = assets.map(|asset| Entry { asset, amount: 0 }).collect();
                held.for_each(|entry| all[usize::from(entry.asset)] = entry);
                all
            }
        }
    }

    /// Whether a shard is done.
    pub(crate) fn is_done(&self, shard: u32) -> bool {
        self.done(shard, "shard").exists()
    }

    /// A shard's public values.
    pub(crate) fn shard(&self, shard: u32) -> Result<Shard> {
        let path = self.done(shard, "shard");
        let text = String::from_utf8(files::read(&path, 1 << 10)?)
            .map_err(|error| damaged(&path, error.to_string()))?;
        let words: Vec<&str> = text.split_whitespace().collect();
        let [root, sums, after, until] = words[..] else {
            return Err(damaged(&path, "it does not have four values"));
        };
        Ok(Shard {
            root: root.parse()?,
            sums: sums.parse()?,
            after: after.parse()?,
            until: until.parse()?,
        })
    }

    /// Writes a shard's public values: it is done.
    pub(crate) fn write_shard(&self, shard: u32, values: &Shard) -> Result<()> {
        let Shard { root, sums, after, until } = values;
        let text = format!("{root} {sums} {after} {until}\n");
        files::write(&self.done(shard, "shard"), text.as_bytes())
    }

    pub(crate) fn opening(&self, shard: u32) -> Result<Opening> {
        let path = self.done(shard, "opening");
        let bytes = files::read(&path, SMALL_LEN_MAX)?;
        postcard::from_bytes(&bytes).map_err(|error| damaged(&path, error.to_string()))
    }

    /// Digests of a shard's leaves.
    fn leaf_digests(&self, shard: u32) -> Result<Vec<Digest>> {
        let path = self.done(shard, "leaves");
        let bytes = files::read(&path, SMALL_LEN_MAX)?;
        let digests = bytes.chunks(4 * DIGEST_LEN).map(|bytes| {
            let mut words = bytes.chunks_exact(4);
            let mut next = || words.next()?.try_into().ok().map(u32::from_be_bytes);
            let elements: Option<Vec<u32>> = (0..DIGEST_LEN).map(|_| next()).collect();
            elements.and_then(|elements| Digest::from_elements(elements.try_into().ok()?))
        });
        digests.collect::<Option<Vec<_>>>().ok_or_else(|| damaged(&path, "it holds no digests"))
    }

    /// Receipts of those customers of a shard that are asked for.
    pub(crate) fn receipts(
        &self,
        shard: u32,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Receipt>> {
        let leaves = self.leaves(shard)?;
        let digests = self.leaf_digests(shard).with_context(|| {
            format!("shard {shard} is not proved yet: run `ringfence reserves prove` to its end")
        })?;
        let poseidon = proof::poseidon::Poseidon::default();
        let tree = Tree::over(&poseidon, 0, self.header.shard_steps(), digests)?;
        let places: std::collections::HashMap<u128, usize> =
            leaves.iter().enumerate().map(|(place, leaf)| (leaf.id().key(), place)).collect();
        let mut receipts = Vec::new();
        for customer in self.customers(shard)? {
            if !is_wanted(&customer.account) {
                continue;
            }
            let key = self.user_id(&customer.account).key();
            let place = *places.get(&key).context("a customer is among the leaves of a shard")?;
            let entries = leaves[place].entries().iter().map(|entry| {
                (self.header.assets[usize::from(entry.asset)].symbol.clone(), entry.amount)
            });
            let margin = customer.margin.iter().map(|held| MarginEntry {
                asset: self.header.margin[usize::from(held.place)].asset.clone(),
                pledged: held.pledged,
                debt: held.debt,
            });
            let margin = margin.collect();
            receipts.push(Receipt {
                header: self.header_digest,
                round: self.header.round.clone(),
                secret: *secret::of_account(&self.accounts, &customer.account),
                account: customer.account,
                shard,
                entries: entries.collect(),
                margin,
                path: tree.path(place).context("a leaf has a path")?,
            });
        }
        Ok(receipts)
    }

    /// The receipt of an account.
    pub(crate) fn receipt(&self, account: &str) -> Result<Receipt> {
        proof::receipt::check_account(account)?;
        let key = self.user_id(account).key();
        let shard = self.ends.partition_point(|end| end.number() < key) as u32;
        let found = if shard < self.header.shards {
            self.receipts(shard, |other| other == account)?.pop()
        } else {
            None
        };
        found.with_context(|| {
            format!("the account '{account}' is not in the snapshot of round {}", self.header.round)
        })
    }
}

/// Makes a folder for what is done.
pub(crate) fn make_folders(dir: &Path) -> Result<()> {
    for name in ["customers", "done"] {
        let path = dir.join(name);
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
