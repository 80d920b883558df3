//! Training: snapshots at several horizons, histories replayed in worlds of two densities, and
//! synthetic positives around the normal ones.
//!
//! * One model serves every horizon, so accounts give a row at 2, 3, 5, 10 and 30 events and at
//!   the end of their history.
//! * How many counterparties an address has depends on how much of the chain the data show. The
//!   training accounts are therefore replayed all together and in two halves, each on its own.
//! * Rows crossed column by column from two normal accounts, or from a normal and an illicit one,
//!   lie off the manifold of normal behaviour. As weak positives they make the trees describe what
//!   is normal and not only what is illicit in the source at hand, which is what carries over to
//!   illicit accounts of another source.

use forust_ml::gradientbooster::GradientBooster;
use onchain::account_model::{AccountModel, Calibration, Card};
use onchain::features::COUNT;
use onchain::forest::{Forest, Node, Tree};

use crate::LearnError;
use crate::dataset::{Dataset, LabelSource};
use crate::replay::{Snapshot, replay};

/// Events at which accounts give a row, besides the end of their history.
pub const HORIZONS: [u32; 5] = [2, 3, 5, 10, 30];
const TREES: usize = 300;
const LEARNING_RATE: f32 = 0.15;
const DEPTH: usize = 6;
const LEAVES: usize = 31;
const L2: f32 = 5.0;
const MIN_LEAF_WEIGHT: f32 = 3.0;
const ROWS_SHARE: f32 = 0.7;
const COLUMNS_SHARE: f64 = 0.3;
const BINS: u16 = 127;
/// Synthetic rows of each kind for each illicit row, and their weights.
const SYNTHETIC_RATIO: usize = 2;
const NORMAL_CROSS_WEIGHT: f64 = 0.1;
const ILLICIT_CROSS_WEIGHT: f64 = 0.3;
/// Folds for calibration.
const FOLDS: usize = 3;

/// splitmix64: enough for sampling, the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

struct Rows {
    inputs: Vec<[f32; COUNT]>,
    labels: Vec<f64>,
    weights: Vec<f64>,
    accounts: Vec<usize>,
}

/// Which accounts to train on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Illicit accounts of this source only; `None` for all.
    pub illicit_source: Option<LabelSource>,
    /// Leave out this share of accounts, in per cent of the address hash.
    pub held_out_per_cent: u8,
    /// Seed of the split; another seed cuts the accounts differently.
    pub split_seed: u8,
}

impl Choice {
    /// True for accounts on the training side of the split.
    pub fn is_training_side(&self, address: &model::Address) -> bool {
        use sha2::Digest;
        let digest =
            sha2::Sha256::new().chain_update([self.split_seed]).chain_update(address.bytes());
        let digest = digest.finalize();
        let hash = u64::from_be_bytes(digest[..8].try_into().expect("32 bytes"));
        hash % 100 >= u64::from(self.held_out_per_cent)
    }
}

/// A row as a trainer gets it.
#[derive(Clone, Debug)]
pub struct TrainingRow {
    /// The inputs.
    pub row: [f32; COUNT],
    /// The label.
    pub is_illicit: bool,
    /// Its weight.
    pub weight: f64,
    /// Place of the account in the data set; `None` for synthetic rows.
    pub account: Option<usize>,
}

/// The rows that [`train`] fits its final model on, for a side-by-side trainer.
pub fn training_rows(dataset: &Dataset, choice: &Choice, seed: u64) -> Vec<TrainingRow> {
    let mut rows = collect(dataset, choice);
    add_synthetic(&mut rows, seed);
    (0..rows.labels.len())
        .map(|place| TrainingRow {
            row: rows.inputs[place],
            is_illicit: rows.labels[place] == 1.0,
            weight: rows.weights[place],
            account: Some(rows.accounts[place]).filter(|account| *account != usize::MAX),
        })
        .collect()
}

fn collect(dataset: &Dataset, choice: &Choice) -> Rows {
    let mut rows =
        Rows { inputs: Vec::new(), labels: Vec::new(), weights: Vec::new(), accounts: Vec::new() };
    let half_of = |place: usize| Random::new(place as u64 ^ 0x6861_6c66).next_u64() & 1;
    for world in 0..3u64 {
        let snapshots = replay(
            dataset,
            &|place, account| {
                choice.is_training_side(&account.address) && (world == 2 || half_of(place) == world)
            },
            &HORIZONS,
        );
        let mut ends = std::collections::HashMap::new();
        for snapshot in snapshots.iter().filter(|snapshot| snapshot.horizon == 0) {
            ends.insert(snapshot.account, snapshot.events);
        }
        for snapshot in snapshots {
            let account = &dataset.accounts[snapshot.account];
            let is_other_source = account.is_illicit
                && choice.illicit_source.is_some_and(|source| source != account.source);
            // A horizon that is the end of the history would count the same row twice.
            let is_repeat = snapshot.horizon != 0 && ends[&snapshot.account] == snapshot.horizon;
            if is_other_source || is_repeat {
                continue;
            }
            rows.inputs.push(snapshot.row);
            rows.labels.push(f64::from(u8::from(account.is_illicit)));
            rows.weights.push(1.0);
            rows.accounts.push(snapshot.account);
        }
    }
    rows
}

fn add_synthetic(rows: &mut Rows, seed: u64) {
    let mut random = Random::new(seed);
    let places = |label: f64| -> Vec<usize> {
        (0..rows.labels.len()).filter(|place| rows.labels[*place] == label).collect()
    };
    let (normal, illicit) = (places(0.0), places(1.0));
    for _ in 0..SYNTHETIC_RATIO * illicit.len() {
        let a = rows.inputs[normal[random.below(normal.len())]];
        let b = rows.inputs[normal[random.below(normal.len())]];
        let mut row = a;
        for (value, other) in row.iter_mut().zip(b) {
            if random.next_u64() & 1 == 1 {
                *value = other;
            }
        }
        rows.push_synthetic(row, NORMAL_CROSS_WEIGHT);
    }
    for _ in 0..SYNTHETIC_RATIO * illicit.len() {
        let a = rows.inputs[illicit[random.below(illicit.len())]];
        let mut row = rows.inputs[normal[random.below(normal.len())]];
        let share = 0.2 + 0.6 * random.unit();
        for (value, other) in row.iter_mut().zip(a) {
            if random.unit() < share {
                *value = other;
            }
        }
        rows.push_synthetic(row, ILLICIT_CROSS_WEIGHT);
    }
}

impl Rows {
    fn push_synthetic(&mut self, row: [f32; COUNT], weight: f64) {
        self.inputs.push(row);
        self.labels.push(1.0);
        self.weights.push(weight);
        self.accounts.push(usize::MAX);
    }

    fn subset(&self, keep: impl Fn(usize) -> bool) -> Rows {
        let places: Vec<usize> =
            (0..self.labels.len()).filter(|place| keep(self.accounts[*place])).collect();
        Rows {
            inputs: places.iter().map(|place| self.inputs[*place]).collect(),
            labels: places.iter().map(|place| self.labels[*place]).collect(),
            weights: places.iter().map(|place| self.weights[*place]).collect(),
            accounts: places.iter().map(|place| self.accounts[*place]).collect(),
        }
    }
}

fn fit(rows: &Rows, seed: u64) -> Result<Forest, LearnError> {
    let count = rows.inputs.len();
    let mut columns = vec![0.0; count * COUNT];
    for (place, row) in rows.inputs.iter().enumerate() {
        for (column, value) in row.iter().enumerate() {
            columns[column * count + place] = f64::from(*value);
        }
    }
    let matrix = forust_ml::Matrix::new(&columns, count, COUNT);
    let mut booster = GradientBooster::default()
        .set_iterations(TREES)
        .set_learning_rate(LEARNING_RATE)
        .set_max_depth(DEPTH)
        .set_max_leaves(LEAVES)
        .set_l2(L2)
        .set_min_leaf_weight(MIN_LEAF_WEIGHT)
        .set_nbins(BINS)
        .set_subsample(ROWS_SHARE)
        .set_colsample_bytree(COLUMNS_SHARE)
        .set_sample_method(forust_ml::sampler::SampleMethod::Random)
        .set_base_score(0.0)
        .set_seed(seed)
        .set_parallel(false);
    booster.grow_policy = forust_ml::gradientbooster::GrowPolicy::LossGuide;
    booster
        .fit(&matrix, &rows.labels, &rows.weights, None)
        .map_err(|e| LearnError::Trainer(e.to_string()))?;
    let trees = booster.trees.iter().map(convert).collect();
    Forest::new(trees, booster.base_score, COUNT).map_err(|e| LearnError::Trainer(e.to_string()))
}

/// forust goes left below the split value; our trees go left up to the threshold.
fn convert(tree: &forust_ml::tree::Tree) -> Tree {
    let strictly_below = |split: f64| {
        let narrowed = split as f32;
        if f64::from(narrowed) < split { narrowed } else { narrowed.next_down() }
    };
    let nodes = tree.nodes.iter().map(|node| {
        if node.is_leaf {
            return Node::Leaf { value: node.weight_value };
        }
        Node::Split {
            feature: node.split_feature as u16,
            threshold: strictly_below(node.split_value),
            missing_left: node.missing_node == node.left_child,
            left: node.left_child as u32,
            right: node.right_child as u32,
            value: node.weight_value,
        }
    });
    Tree { nodes: nodes.collect() }
}

/// Trains a model.
///
/// # Errors
/// [`LearnError::TooFew`] without enough accounts of both classes.
pub fn train(dataset: &Dataset, choice: &Choice, seed: u64) -> Result<AccountModel, LearnError> {
    let rows = collect(dataset, choice);
    let count = |label: f64| {
        let accounts = rows.accounts.iter().zip(&rows.labels).filter(|(_, l)| **l == label);
        accounts.map(|(account, _)| account).collect::<std::collections::BTreeSet<_>>().len()
    };
    let (normal, illicit) = (count(0.0), count(1.0));
    if normal < 10 || illicit < 10 {
        return Err(LearnError::TooFew(format!("{normal} normal and {illicit} illicit accounts")));
    }
    // Scores of accounts by models that did not see them, for calibration and the flag.
    let mut held: Vec<(f64, f64)> = Vec::new();
    for fold in 0..FOLDS {
        let is_held =
            |account: usize| Random::new(account as u64).next_u64() as usize % FOLDS == fold;
        let mut training = rows.subset(|account| !is_held(account));
        add_synthetic(&mut training, seed ^ fold as u64);
        let forest = fit(&training, seed)?;
        let held_rows = rows.subset(is_held);
        held.extend(
            held_rows.inputs.iter().zip(&held_rows.labels).map(|(row, l)| (forest.raw(row), *l)),
        );
    }
    let calibration = fit_calibration(&held);
    let mut of_normals: Vec<f64> =
        held.iter().filter(|(_, label)| *label == 0.0).map(|(raw, _)| *raw).collect();
    of_normals.sort_by(f64::total_cmp);
    let flag_at = of_normals[(of_normals.len() * 99 / 100).min(of_normals.len() - 1)];
    let mut training = rows;
    add_synthetic(&mut training, seed);
    let forest = fit(&training, seed)?;
    let source = choice.illicit_source.map_or("all", LabelSource::name);
    let card = Card {
        name: format!("account model, illicit accounts of source {source}"),
        data: "Labelled Ethereum accounts with raw histories (Etherscan account API), MIT, \
               commit cf786e9d of eltontay/Ethereum-Fraud-Detection"
            .to_owned(),
        split: format!(
            "by address hash, {} % held out; {normal} normal and {illicit} illicit accounts with \
             history in training",
            choice.held_out_per_cent
        ),
        training: format!(
            "forust {TREES} trees, depth {DEPTH}, {LEAVES} leaves, rate {LEARNING_RATE}, L2 {L2}, \
             rows {ROWS_SHARE}, columns {COLUMNS_SHARE}, seed {seed}; rows at {HORIZONS:?} events \
             and the end; synthetic positives by crossing"
        ),
        limits:
            "Every normal account of the data began before 2017-06-13, most illicit ones after. \
                 No input is an absolute time, a price or an identity, but together they still \
                 carry some of the era, so figures are upper bounds. Busiest accounts are missing. \
                 Ethereum only. Not for decisions by itself."
                .to_owned(),
        metrics: [
            ("training_rows".to_owned(), training.labels.len() as f64),
            ("normal_accounts".to_owned(), normal as f64),
            ("illicit_accounts".to_owned(), illicit as f64),
        ]
        .into(),
    };
    Ok(AccountModel::new(forest, calibration, flag_at, card))
}

/// Platt scaling by Newton's method on the log-loss, 50 steps at most.
fn fit_calibration(held: &[(f64, f64)]) -> Calibration {
    let (mut slope, mut offset) = (1.0, 0.0);
    for _ in 0..50 {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for (raw, label) in held {
            let p = 1.0 / (1.0 + (-(slope * raw + offset)).exp());
            let (error, weight) = (p - label, p * (1.0 - p));
            g0 += error * raw;
            g1 += error;
            h00 += weight * raw * raw;
            h01 += weight * raw;
            h11 += weight;
        }
        let determinant = h00 * h11 - h01 * h01;
        if determinant.abs() < 1e-12 {
            break;
        }
        let (d0, d1) = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
        slope -= d0;
        offset -= d1;
        if d0.abs() + d1.abs() < 1e-9 {
            break;
        }
    }
    Calibration { slope, offset }
}

/// The score of a snapshot.
pub fn score(model: &AccountModel, snapshot: &Snapshot) -> f64 {
    model.raw(&snapshot.row)
}
