//! A round as it is published: a folder of files, each under a name that says what it is, and every
//! byte of each covered by a check.
//!
//! | name | what it is |
//! |---|---|
//! | `header.json` | [`Header`] |
//! | `liabilities.json` | [`Liabilities`] |
//! | `totals.proof` | that the shards' sums come to the totals |
//! | `shards/00000.proof` and so on | that a shard's leaves come to its sums |
//! | `reserves/…` | what the exchange holds (checked elsewhere) |
//! | `manifest.json` | names, lengths and SHA-256 of all of these |
//! | `journal.proof` | that the manifest is in the journal (checked elsewhere) |

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ProofError;
use crate::argument::{Proof, verify};
use crate::header::Header;
use crate::liabilities::{Liabilities, same_spelling};
use crate::poseidon::Poseidon;
use crate::receipt::Receipt;
use crate::systems::{Systems, hex};

/// Name of the header.
pub const HEADER: &str = "header.json";
/// Name of the list of liabilities.
pub const LIABILITIES: &str = "liabilities.json";
/// Name of the proof of the totals.
pub const TOTALS: &str = "totals.proof";
/// Name of the manifest.
pub const MANIFEST: &str = "manifest.json";
/// Name of the journal's proof.
pub const JOURNAL: &str = "journal.proof";
/// What the names of files of the reserves begin with.
pub const RESERVES: &str = "reserves/";
/// Longest manifest: a line for each of 20,000 shards.
const MANIFEST_LEN_MAX: usize = 8 << 20;

/// Name of the proof of a shard.
pub fn shard_name(shard: u32) -> String {
    format!("shards/{shard:05}.proof")
}

/// What is refused, and in which file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}: {error}")]
pub struct Refused {
    /// The file's name in the bundle, or what it is.
    pub file: String,
    /// Why.
    pub error: ProofError,
}

/// Says in which file something is wrong.
pub trait InFile<T> {
    /// As a refusal of that file.
    ///
    /// # Errors
    /// The same, with the file's name.
    fn in_file(self, file: impl Into<String>) -> Result<T, Refused>;
}

impl<T> InFile<T> for Result<T, ProofError> {
    fn in_file(self, file: impl Into<String>) -> Result<T, Refused> {
        self.map_err(|error| Refused { file: file.into(), error })
    }
}

/// A file of the manifest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// All files of a bundle but the manifest itself and what is proved of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this form.
    pub version: u16,
    /// The files, sorted by name.
    pub files: Vec<Listed>,
}

impl Manifest {
    /// A manifest of these files.
    pub fn new(mut files: Vec<Listed>) -> Self {
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Self { version: 1, files }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`ProofError::Canonical`] when it is not in its one form.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let what = "the manifest";
        let canonical = |problem: String| ProofError::Canonical { what, problem };
        if bytes.len() > MANIFEST_LEN_MAX {
            return Err(canonical(format!("it has more than {MANIFEST_LEN_MAX} bytes")));
        }
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| canonical(error.to_string()))?;
        if manifest.version != 1 {
            let problem = format!("{} is not 1: another program wrote it", manifest.version);
            return Err(ProofError::field("version", problem));
        }
        if !manifest.files.is_sorted_by(|a, b| a.name < b.name) {
            return Err(canonical("files stand once, sorted by name".to_owned()));
        }
        same_spelling(what, &manifest.encode(), bytes)?;
        Ok(manifest)
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts are plain data")
    }

    /// A file as the manifest lists it.
    pub fn list(name: &str, bytes: &[u8]) -> Listed {
        let sha256 = hex(&Sha256::digest(bytes));
        Listed { name: name.to_owned(), bytes: bytes.len() as u64, sha256 }
    }

    /// Checks that these names are all that it lists, the manifest and the journal's proof aside, and
    /// that each is a name of a bundle of so many shards.
    ///
    /// # Errors
    /// [`Refused`] that names the first file that is missing or one too many.
    pub fn check_names(&self, names: &[String], shards: u32) -> Result<(), Refused> {
        let listed =
            |name: &str| self.files.binary_search_by(|file| (*file.name).cmp(name)).is_ok();
        for name in names {
            let is_beside = name == MANIFEST || name == JOURNAL;
            if !is_beside && !listed(name) {
                return Err(ProofError::Extra).in_file(name);
            }
        }
        let shard_names = (0..shards).map(shard_name);
        let fixed = [HEADER, LIABILITIES, TOTALS].map(str::to_owned);
        let wanted: std::collections::BTreeSet<String> =
            fixed.into_iter().chain(shard_names).collect();
        let names: std::collections::BTreeSet<&str> = names.iter().map(String::as_str).collect();
        for file in &self.files {
            if !names.contains(&*file.name) {
                return Err(ProofError::Missing).in_file(&file.name);
            }
            if !wanted.contains(&file.name) && !file.name.starts_with(RESERVES) {
                return Err(ProofError::Extra).in_file(&file.name);
            }
        }
        match wanted.iter().find(|name| !listed(name)) {
            Some(name) => Err(ProofError::Missing).in_file(name),
            None => Ok(()),
        }
    }

    /// Checks the bytes of a file.
    ///
    /// # Errors
    /// [`ProofError::Manifest`] when they are others than those that it lists.
    pub fn check_file(&self, name: &str, bytes: &[u8]) -> Result<(), Refused> {
        let file = self.files.binary_search_by(|file| (*file.name).cmp(name));
        match file.map(|place| &self.files[place]) {
            Ok(file) if *file == Self::list(name, bytes) => Ok(()),
            Ok(_) => Err(ProofError::Manifest).in_file(name),
            Err(_) => Err(ProofError::Extra).in_file(name),
        }
    }
}

/// A bundle whose claims were read and found consistent; its proofs are checked one by one.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it claims.
    pub round: Round,
    /// Its files.
    pub manifest: Manifest,
    /// SHA-256 of its manifest: what the journal names a bundle by.
    pub digest: [u8; 32],
}

/// Reads a file of a bundle by its name.
pub type Read<'a> = &'a (dyn Fn(&str) -> Result<Vec<u8>, Refused> + Sync);

impl Opened {
    /// Reads a bundle's claims, and finds every file that is listed and no other. Proofs and files of
    /// the reserves are checked after this, each by its name.
    ///
    /// # Errors
    /// [`Refused`] that names the file and what is wrong.
    pub fn read(names: &[String], read: Read<'_>) -> Result<Self, Refused> {
        let manifest_bytes = read(MANIFEST)?;
        let manifest = Manifest::parse(&manifest_bytes).in_file(MANIFEST)?;
        let (header, liabilities) = (read(HEADER)?, read(LIABILITIES)?);
        manifest.check_file(HEADER, &header)?;
        manifest.check_file(LIABILITIES, &liabilities)?;
        let round = Round::read(&header, &liabilities)?;
        manifest.check_names(names, round.header.shards)?;
        Ok(Self { round, manifest, digest: Sha256::digest(&manifest_bytes).into() })
    }

    /// Checks the proof of the totals.
    ///
    /// # Errors
    /// [`Refused`] that says what does not hold.
    pub fn check_totals(&self, read: Read<'_>) -> Result<(), Refused> {
        let proof = read(TOTALS)?;
        self.manifest.check_file(TOTALS, &proof)?;
        self.round.check_totals(&proof)
    }

    /// Checks the proof of a shard.
    ///
    /// # Errors
    /// [`Refused`] that says what does not hold.
    pub fn check_shard(&self, shard: u32, read: Read<'_>) -> Result<(), Refused> {
        let name = shard_name(shard);
        let proof = read(&name)?;
        self.manifest.check_file(&name, &proof)?;
        self.round.check_shard(shard, &proof)
    }
}

/// What a round claims, read and found consistent; its proofs are checked against it.
#[derive(Clone, Debug)]
pub struct Round {
    /// What it is about.
    pub header: Header,
    /// SHA-256 of its header.
    pub digest: [u8; 32],
    /// What is owed.
    pub liabilities: Liabilities,
    /// What its proofs are of.
    pub systems: Systems,
}

impl Round {
    /// Reads a round's claims.
    ///
    /// # Errors
    /// [`Refused`] that names the file and what is wrong.
    pub fn read(header: &[u8], liabilities: &[u8]) -> Result<Self, Refused> {
        let header = Header::parse(header).in_file(HEADER)?;
        let systems = Systems::of(&header).in_file(HEADER)?;
        systems.check(&header).in_file(HEADER)?;
        let liabilities = Liabilities::parse(liabilities).in_file(LIABILITIES)?;
        liabilities.check(&Poseidon::default(), &header).in_file(LIABILITIES)?;
        Ok(Self { digest: header.digest(), header, liabilities, systems })
    }

    /// Checks the proof of a shard.
    ///
    /// # Errors
    /// [`Refused`] that says what does not hold.
    pub fn check_shard(&self, shard: u32, proof: &[u8]) -> Result<(), Refused> {
        let check = || {
            let public = self.liabilities.shards.get(shard as usize).ok_or(ProofError::Extra)?;
            let proof = Proof::decode(proof)?;
            verify(&self.digest, &self.systems.shard, &public.public(), &proof)
        };
        check().in_file(shard_name(shard))
    }

    /// Checks the proof of the totals.
    ///
    /// # Errors
    /// [`Refused`] that says what does not hold.
    pub fn check_totals(&self, proof: &[u8]) -> Result<(), Refused> {
        let check = || {
            let proof = Proof::decode(proof)?;
            let public = self.liabilities.totals_public(&self.header)?;
            verify(&self.digest, &self.systems.totals, &public, &proof)
        };
        check().in_file(TOTALS)
    }

    /// Checks a customer's receipt.
    ///
    /// # Errors
    /// [`Refused`] that says what does not hold.
    pub fn check_receipt(&self, receipt: &[u8]) -> Result<Receipt, Refused> {
        let check = || {
            let receipt = Receipt::parse(receipt)?;
            receipt.check(&Poseidon::default(), &self.header, &self.liabilities)?;
            Ok(receipt)
        };
        check().in_file("receipt")
    }
}
