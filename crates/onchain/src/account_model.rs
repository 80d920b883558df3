//! The account model: trees over [`crate::features`], calibrated, with the card that says what it
//! was trained on and where it fails.
//!
//! It is one signal among others and never a verdict by itself.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::features::{COUNT, NAMES};
use crate::forest::{Forest, ForestError, Tree, parse_lightgbm};

/// Version of the file format.
const FORMAT: u32 = 1;
/// Largest model file that is read.
const FILE_LEN_MAX: usize = 64 << 20;

/// What a model is, for people.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// Data it was trained on, with licence.
    pub data: String,
    /// How the data were split.
    pub split: String,
    /// Parameters of training.
    pub training: String,
    /// What it must not be used for, and what is wrong with the data.
    pub limits: String,
    /// Measured figures, by name.
    pub metrics: std::collections::BTreeMap<String, f64>,
}

/// From log-odds of the trees to a probability: `1 / (1 + exp(-(slope * raw + offset)))`
/// (Platt 1999).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Calibration {
    /// Factor.
    pub slope: f64,
    /// Offset.
    pub offset: f64,
}

#[derive(Serialize, Deserialize)]
struct ModelFile {
    format: u32,
    card: Card,
    features: Vec<String>,
    calibration: Calibration,
    /// Raw score at which one in a hundred normal accounts of the training data is flagged.
    flag_at: f64,
    base: f64,
    trees: Vec<Tree>,
}

/// A model ready to score.
#[derive(Clone, Debug)]
pub struct AccountModel {
    /// What it is.
    pub card: Card,
    calibration: Calibration,
    flag_at: f64,
    forest: Forest,
    digest: [u8; 32],
}

/// One input's part in a score.
#[derive(Clone, PartialEq, Debug)]
pub struct Contribution {
    /// Name of the input.
    pub feature: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its value.
    pub value: f32,
    /// By how much it moved the log-odds.
    pub weight: f64,
}

impl AccountModel {
    /// Puts a trained forest into a model.
    pub fn new(forest: Forest, calibration: Calibration, flag_at: f64, card: Card) -> Self {
        let mut model = Self { card, calibration, flag_at, forest, digest: [0; 32] };
        model.digest = Sha256::digest(model.encode()).into();
        model
    }

    /// The same model with figures added to its card.
    #[must_use]
    pub fn with_metrics(self, metrics: impl IntoIterator<Item = (String, f64)>) -> Self {
        let mut card = self.card;
        card.metrics.extend(metrics);
        Self::new(self.forest, self.calibration, self.flag_at, card)
    }

    /// The file form.
    pub fn encode(&self) -> Vec<u8> {
        let file = ModelFile {
            format: FORMAT,
            card: self.card.clone(),
            features: NAMES.iter().map(|(name, _)| (*name).to_owned()).collect(),
            calibration: self.calibration,
            flag_at: self.flag_at,
            base: self.forest.base(),
            trees: self.forest.trees().to_vec(),
        };
        serde_json::to_vec(&file).expect("a model is plain data")
    }

    /// Reads a model file of our own, or a LightGBM text model over the same inputs.
    ///
    /// # Errors
    /// [`ForestError`] naming the field; also when the inputs are not those of this build.
    pub fn parse(bytes: &[u8]) -> Result<Self, ForestError> {
        if bytes.len() > FILE_LEN_MAX {
            return Err(ForestError::Unsupported(format!(
                "a file of more than {FILE_LEN_MAX} bytes"
            )));
        }
        let digest = Sha256::digest(bytes).into();
        if bytes.starts_with(b"tree\n") {
            let text = std::str::from_utf8(bytes)
                .map_err(|_| ForestError::malformed("file", "it is not UTF-8"))?;
            let (forest, names) = parse_lightgbm(text)?;
            check_names(&names)?;
            let calibration = Calibration { slope: 1.0, offset: 0.0 };
            let card = Card { name: "LightGBM model".to_owned(), ..Card::default() };
            return Ok(Self { card, calibration, flag_at: 0.0, forest, digest });
        }
        let file: ModelFile = serde_json::from_slice(bytes)
            .map_err(|e| ForestError::malformed("file", e.to_string()))?;
        if file.format != FORMAT {
            let problem = format!("format {} is not {FORMAT}; train the model again", file.format);
            return Err(ForestError::malformed("format", problem));
        }
        check_names(&file.features)?;
        let numbers = [file.calibration.slope, file.calibration.offset, file.flag_at, file.base];
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(ForestError::malformed("calibration", "a number is not finite"));
        }
        let forest = Forest::new(file.trees, file.base, COUNT)?;
        let (calibration, flag_at, card) = (file.calibration, file.flag_at, file.card);
        Ok(Self { card, calibration, flag_at, forest, digest })
    }

    /// SHA-256 of the file: part of every decision.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The trees.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// The sum of the trees in log-odds. Missing inputs are NaN.
    pub fn raw(&self, row: &[f32; COUNT]) -> f64 {
        self.forest.raw(row)
    }

    /// The probability that a raw score stands for among the training accounts.
    pub fn probability(&self, raw: f64) -> f64 {
        1.0 / (1.0 + libm::exp(-(self.calibration.slope * raw + self.calibration.offset)))
    }

    /// True for scores that one in a hundred normal training accounts reaches.
    pub fn is_flagged(&self, raw: f64) -> bool {
        raw > self.flag_at
    }

    /// The inputs that moved a score most, heaviest first.
    pub fn reasons(&self, row: &[f32; COUNT], most: usize) -> Vec<Contribution> {
        let weights = self.forest.contributions(row);
        let mut places: Vec<usize> = (0..COUNT).collect();
        places.sort_by(|a, b| weights[*b].abs().total_cmp(&weights[*a].abs()).then(a.cmp(b)));
        places
            .into_iter()
            .take(most)
            .map(|place| Contribution {
                feature: NAMES[place].0,
                meaning: NAMES[place].1,
                value: row[place],
                weight: weights[place],
            })
            .collect()
    }
}

fn check_names(names: &[String]) -> Result<(), ForestError> {
    let expected = NAMES.iter().map(|(name, _)| *name);
    if names.len() == COUNT && expected.zip(names).all(|(a, b)| a == b) {
        return Ok(());
    }
    let problem = "they are not the inputs of this build, in its order; train the model again";
    Err(ForestError::malformed("features", problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::Node;

    fn model() -> AccountModel {
        let nodes = vec![
            Node::Split {
                feature: 3,
                threshold: 2.0,
                missing_left: true,
                left: 1,
                right: 2,
                value: 0.25,
            },
            Node::Leaf { value: -0.5 },
            Node::Leaf { value: 1.0 },
        ];
        let forest = Forest::new(vec![Tree { nodes }], 0.0, COUNT).unwrap();
        AccountModel::new(forest, Calibration { slope: 1.0, offset: 0.0 }, 0.5, Card::default())
    }

    #[test]
    fn a_model_reads_back_as_itself_and_explains_its_score() {
        let model = model();
        let read = AccountModel::parse(&model.encode()).unwrap();
        assert_eq!(read.digest(), model.digest());
        let mut row = [0.0; COUNT];
        row[3] = 5.0;
        assert_eq!(read.raw(&row), 1.0);
        assert!(read.is_flagged(1.0));
        let reasons = read.reasons(&row, 1);
        assert_eq!((reasons[0].feature, reasons[0].weight), ("life", 0.75));
    }

    #[test]
    fn models_of_other_inputs_are_refused() {
        let text = String::from_utf8(model().encode()).unwrap();
        let error =
            AccountModel::parse(text.replace("\"life\"", "\"when\"").as_bytes()).unwrap_err();
        assert!(error.to_string().contains("features"), "{error}");
        assert!(AccountModel::parse(b"{").is_err());
        assert!(AccountModel::parse(b"tree\n").is_err());
    }
}
