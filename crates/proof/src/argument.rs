//! The argument that committed rows satisfy a circuit, and its verifier.
//!
//! A STARK over Plonky3's FRI commitments ([ethSTARK](https://eprint.iacr.org/2021/582)): rows are
//! committed, then challenges of the fractions are drawn and fraction columns committed, then
//! everything that must be zero is joined under a challenge and divided by what vanishes on the
//! rows; the quotient is committed and all is opened at a point.
//!
//! Zero knowledge comes from randomness, not from a doubled trace: blinding rows hold random values
//! in every column, more of them than values of the column anything opened depends on; leaves of the
//! Merkle trees are salted; the quotient's parts are joined by random polynomials; and a random polynomial
//! of full degree is among what FRI folds. All of it is drawn by the prover, from a seed.

use crate::plonky3::challenger::{
    CanObserve, FieldChallenger, HashChallenger, SerializingChallenger32,
};
use crate::plonky3::commit::{CommitmentOpening, ExtensionMmcs, MatrixOpening, Pcs, PointOpening};
use crate::plonky3::dft::Radix2DitParallel;
use crate::plonky3::field::{BasedVectorSpace, Field, PrimeCharacteristicRing, TwoAdicField};
use crate::plonky3::fri::{FriParameters, TwoAdicFriPcs};
use crate::plonky3::keccak::{Keccak256Hash, KeccakF, VECTOR_LEN};
use crate::plonky3::merkle_tree::MerkleTreeHidingMmcs;
use crate::plonky3::security::fri::FriRegime;
use crate::plonky3::security::stark::proven_security_report;
use crate::plonky3::security::{
    ErrorBits, GrindingSites, InstanceShape, SecurityTerm, StarkAirParams,
};
use crate::plonky3::symmetric::CompressionFunctionFromHasher;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use crate::ProofError;
use crate::circuit::margin::MESSAGE_LEN_MAX;
use crate::circuit::{Challenges, Ext, FRACTIONS, On, Rows, System, Val, Zeros};
use crate::poseidon::Poseidon;
use crate::row_hash::{RowHash, WordHash};

type Compress = CompressionFunctionFromHasher<WordHash, 2, 4>;
/// Salted Merkle trees over Keccak.
pub type Trees = MerkleTreeHidingMmcs<
    [Val; VECTOR_LEN],
    [u64; VECTOR_LEN],
    RowHash,
    Compress,
    StdRng,
    2,
    4,
    SALT_ELEMENTS,
>;
/// Transforms of the prover.
pub type Dft = Radix2DitParallel<Val>;
/// The commitment scheme.
pub type Scheme = TwoAdicFriPcs<Val, Dft, Trees, ExtensionMmcs<Val, Ext, Trees>>;
/// The transcript.
pub type Transcript = SerializingChallenger32<Val, HashChallenger<u8, Keccak256Hash, 32>>;
/// A commitment.
pub type Commitment = <Scheme as Pcs<Ext, Transcript>>::Commitment;
/// Opening of everything.
type Opening = <Scheme as Pcs<Ext, Transcript>>::Proof;

/// Base elements of an element of the extension.
pub const DIMENSION: usize = 5;
/// Committed points for each row, as a power of two.
pub const LOG_BLOWUP: usize = 2;
/// Questions of FRI.
pub const QUERIES: usize = 84;
/// Bits of work before the questions are drawn, and before openings are joined.
const QUERY_WORK_BITS: usize = 20;
const BATCH_WORK_BITS: usize = 16;
/// Elements of randomness beside each row of a committed matrix.
const SALT_ELEMENTS: usize = 4;
/// Values halved three times in a step of FRI.
const LOG_ARITY: usize = 3;
/// Values of a column that a proof depends on: for each question those of a row and of the row after
/// it, which the quotient there follows from though it is not opened; and two points of the extension.
const SHOWN: usize = 2 * QUERIES + 2 * DIMENSION;
/// Blinding rows: more than are shown. Plonky3's own hiding scheme asks for 2 · (queries + 2 · 5).
pub const BLINDING_ROWS: u32 = 192;
/// More than the bits of how many words are near a committed one, at any size.
const LIST_LEN_BITS: f64 = 10.0;
/// Parts of the quotient.
pub const QUOTIENT_PARTS: usize = 5;
const _: () = assert!(BLINDING_ROWS as usize > SHOWN);

/// A proof.
#[derive(Clone, Serialize, Deserialize)]
pub struct Proof {
    /// The rows.
    pub rows: Commitment,
    /// Their fraction columns.
    pub fractions: Commitment,
    /// The parts of the quotient, and a random polynomial.
    pub quotient: Commitment,
    /// Columns at the point, and at the point of the row after it.
    pub rows_at: [Vec<Ext>; 2],
    /// Fraction columns at both.
    pub fractions_at: [Vec<Ext>; 2],
    /// Parts of the quotient at the point.
    pub quotient_at: Vec<Ext>,
    /// That all of these are values of what was committed.
    pub opening: Opening,
}

/// Longest proof that is read.
pub const PROOF_LEN_MAX: usize = 4 << 20;

impl Proof {
    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a proof is plain data")
    }

    /// Further roots would be read and never used: a second spelling.
    fn has_one_root_each(&self) -> bool {
        let committed = [&self.rows, &self.fractions, &self.quotient].into_iter();
        committed.chain(&self.opening.commit_phase_commits).all(|cap| cap.num_roots() == 1)
    }

    /// Reads a proof.
    ///
    /// # Errors
    /// [`ProofError::Canonical`] when it is too long, cut, longer than it says, or spelled otherwise
    /// than [`Proof::encode`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        let canonical = |problem: String| ProofError::Canonical { what: "the proof", problem };
        if bytes.len() > PROOF_LEN_MAX {
            return Err(canonical(format!("it has more than {PROOF_LEN_MAX} bytes")));
        }
        let proof: Self =
            postcard::from_bytes(bytes).map_err(|error| canonical(error.to_string()))?;
        if proof.encode() != bytes {
            return Err(canonical("it is spelled otherwise".to_owned()));
        }
        if !proof.has_one_root_each() {
            return Err(canonical("a commitment has one root".to_owned()));
        }
        Ok(proof)
    }
}

/// All numbers that the strength of the argument follows from.
pub fn parameters() -> [u32; 9] {
    [
        DIMENSION as u32,
        LOG_BLOWUP as u32,
        QUERIES as u32,
        QUERY_WORK_BITS as u32,
        BATCH_WORK_BITS as u32,
        LOG_ARITY as u32,
        SALT_ELEMENTS as u32,
        BLINDING_ROWS,
        QUOTIENT_PARTS as u32,
    ]
}

/// Proven bits of security of a proof of this system, by `p3-security`'s report: the least of its
/// terms, round by round, in the better of unique and list decoding. List decoding it is, up to the
/// Johnson bound by the results that the report cites (ePrint 2025/2055 and 2026/2056); with the bound
/// of [BCIKS 2020](https://eprint.iacr.org/2020/654) the same parameters give about 92.
pub fn proven_bits(circuit: &impl System) -> f64 {
    let size = circuit.size();
    let log_rows = usize::from(size.log_rows);
    let fractions = size.fraction_columns + 1;
    let opened = 2 * (size.width + fractions * DIMENSION);
    let extension_bits = 31 * DIMENSION - 1;
    let poles = ((FRACTIONS * fractions) << log_rows) * (MESSAGE_LEN_MAX + 2);
    let test = FriRegime {
        log_blowup: LOG_BLOWUP,
        num_queries: QUERIES,
        log_final_poly_len: 0,
        max_log_arity: LOG_ARITY,
        commit_pow_bits: 0,
        query_pow_bits: QUERY_WORK_BITS,
    };
    let air = StarkAirParams {
        // More than there are, for every shape.
        num_constraints: 1_024,
        max_constraint_degree: 5,
        // The report asks for a power of two.
        num_quotient_chunks: QUOTIENT_PARTS.next_power_of_two(),
        max_combo: 2,
    };
    let shape = InstanceShape {
        log_trace_length: log_rows,
        modulus_bits: extension_bits,
        // Digests of eight elements of Poseidon2; Keccak's have more.
        collision_resistance: 123,
        num_batched_functions: opened + (QUOTIENT_PARTS + 1) * DIMENSION,
    };
    let bits = extension_bits as f64 - (poles as f64).log2() - LIST_LEN_BITS;
    let bits = ErrorBits::from_log2(bits);
    let fractions = SecurityTerm::new("logup", bits);
    let work = GrindingSites { batch_combination: BATCH_WORK_BITS, ..GrindingSites::NONE };
    proven_security_report(&test, &air, &shape, &[fractions], &work).security_bits()
}

/// The commitment scheme; what it draws comes from a seed, which a verifier does not need.
pub fn scheme(seed: [u8; 32]) -> Scheme {
    let hash = WordHash::new(KeccakF {});
    let trees = Trees::new(RowHash::new(hash), Compress::new(hash), 0, StdRng::from_seed(seed));
    let fri = FriParameters {
        log_blowup: LOG_BLOWUP,
        log_final_poly_len: 0,
        max_log_arity: LOG_ARITY,
        num_queries: QUERIES,
        batch_proof_of_work_bits: BATCH_WORK_BITS,
        commit_proof_of_work_bits: 0,
        query_proof_of_work_bits: QUERY_WORK_BITS,
        mmcs: ExtensionMmcs::new(trees.clone()),
    };
    Scheme::new(Dft::default(), trees, fri)
}

/// A transcript that begins with the round, the system, and what the proof says of itself.
pub fn transcript<S: System>(header: &[u8; 32], circuit: &S, public: &S::Public) -> Transcript {
    let mut begin = b"ringfence reserves v1 ".to_vec();
    begin.extend_from_slice(header);
    begin.extend_from_slice(&circuit.describe());
    let mut transcript = Transcript::from_hasher(begin, Keccak256Hash {});
    for value in circuit.elements(public) {
        transcript.observe(Val::from_u32(value));
    }
    transcript
}

/// Draws the challenges of the fractions.
pub fn draw_challenges(transcript: &mut Transcript, rows: &Commitment) -> Challenges {
    transcript.observe(rows.clone());
    Challenges::new(std::array::from_fn(|_| transcript.sample_algebra_element()))
}

/// The Lagrange polynomial of a row at a point.
fn lagrange(log_rows: u8, row: u64, point: Ext) -> Ext {
    let at = Val::two_adic_generator(log_rows.into()).exp_u64(row);
    let rows = Val::from_u64(1 << log_rows);
    (vanishing(log_rows, point) * at) * ((point - at) * rows).inverse()
}

/// What vanishes on all rows.
fn vanishing(log_rows: u8, point: Ext) -> Ext {
    point.exp_power_of_2(log_rows.into()) - Ext::ONE
}

/// Joins what must be zero under powers of a challenge, apart for each kind of rows.
struct Join {
    challenge: Ext,
    power: Ext,
    sums: [Ext; 5],
}

impl Zeros<Ext, Ext> for Join {
    fn base(&mut self, on: On, value: Ext) {
        self.ext(on, value);
    }

    fn ext(&mut self, on: On, value: Ext) {
        self.sums[on as usize] += self.power * value;
        self.power *= self.challenge;
    }
}

/// An element of the extension from values of its five base columns.
fn recombine(values: &[Ext]) -> Vec<Ext> {
    let basis: [Ext; DIMENSION] = std::array::from_fn(|place| {
        <Ext as BasedVectorSpace<Val>>::ith_basis_element(place).expect("it has five")
    });
    let join = |values: &[Ext]| values.iter().zip(basis).map(|(value, unit)| *value * unit).sum();
    values.chunks_exact(DIMENSION).map(join).collect()
}

/// Checks a proof in the round with this header.
///
/// # Errors
/// [`ProofError`] that says what does not hold.
pub fn verify<S: System>(
    header: &[u8; 32],
    circuit: &S,
    public: &S::Public,
    proof: &Proof,
) -> Result<(), ProofError> {
    let size = circuit.size();
    let fractions = (size.fraction_columns + 1) * DIMENSION;
    let quotient = (QUOTIENT_PARTS + 1) * DIMENSION;
    let lengths = [
        ("rows_at", &proof.rows_at[0], size.width),
        ("rows_at", &proof.rows_at[1], size.width),
        ("fractions_at", &proof.fractions_at[0], fractions),
        ("fractions_at", &proof.fractions_at[1], fractions),
        ("quotient_at", &proof.quotient_at, quotient),
    ];
    for (field, values, wanted) in lengths {
        if values.len() != wanted {
            let problem = format!("{} values, the circuit has {wanted}", values.len());
            return Err(ProofError::field(field, problem));
        }
    }
    circuit.check_public(public)?;
    let mut transcript = transcript(header, circuit, public);
    let challenges = draw_challenges(&mut transcript, &proof.rows);
    transcript.observe(proof.fractions.clone());
    let challenge: Ext = transcript.sample_algebra_element();
    transcript.observe(proof.quotient.clone());
    let point: Ext = transcript.sample_algebra_element();

    let log_rows = size.log_rows;
    let next = point * Val::two_adic_generator(log_rows.into());
    let scheme = scheme([0; 32]);
    let domain =
        <Scheme as Pcs<Ext, Transcript>>::natural_domain_for_degree(&scheme, 1 << log_rows);
    let open = |commitment: &Commitment, values: &[&Vec<Ext>]| CommitmentOpening {
        commitment: commitment.clone(),
        matrices: vec![MatrixOpening {
            domain,
            points: values
                .iter()
                .zip([point, next])
                .map(|(values, point)| PointOpening { point, values: (*values).clone() })
                .collect(),
        }],
    };
    let claims = vec![
        open(&proof.rows, &[&proof.rows_at[0], &proof.rows_at[1]]),
        open(&proof.fractions, &[&proof.fractions_at[0], &proof.fractions_at[1]]),
        open(&proof.quotient, &[&proof.quotient_at]),
    ];
    scheme
        .verify(claims, &proof.opening, &mut transcript)
        .map_err(|error| ProofError::Opening(format!("{error:?}")))?;

    let total = circuit.total(&Poseidon::default(), public, &challenges);
    let aux = proof.fractions_at.each_ref().map(|values| recombine(values));
    let rows =
        Rows { row: &proof.rows_at[0], next: &proof.rows_at[1], aux: &aux[0], aux_next: &aux[1] };
    let mut join = Join { challenge, power: Ext::ONE, sums: [Ext::ZERO; 5] };
    circuit.check(public, &challenges, total, rows, &mut join);
    let active = u64::from(size.active_rows());
    let at = |row: u64| lagrange(log_rows, row, point);
    let is_active = (active..1 << log_rows).fold(Ext::ONE, |sum, row| sum - at(row));
    let (first, last) = (at(0), at(active - 1));
    let marked = at(size.marked_row.into());
    let selectors = [is_active, is_active - last, first, marked, last];
    let joined: Ext = selectors.into_iter().zip(join.sums).map(|(s, sum)| s * sum).sum();

    let parts = recombine(&proof.quotient_at[..QUOTIENT_PARTS * DIMENSION]);
    let step = point.exp_u64(size.quotient_part_len());
    let quotient = parts.iter().rev().fold(Ext::ZERO, |sum, part| sum * step + *part);
    if joined == quotient * vanishing(log_rows, point) { Ok(()) } else { Err(ProofError::Circuit) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{shard, totals};
    use crate::header::Asset;
    use crate::leaf::{ASSETS_MAX, Layout, Shape, Width};
    use crate::margin::{Margin, Rules, Tier};

    /// A shape in which all assets can be pledged and borrowed, if any.
    fn shape(layout: Layout, width: Width, assets: usize) -> (Shape, Rules) {
        if layout != Layout::Margin {
            return (Shape::new(layout, width, assets).unwrap(), Rules::default());
        }
        let asset = |number: usize| Asset {
            symbol: number.to_string(),
            id: number.to_string(),
            decimals: 6,
            price: "1".to_owned(),
        };
        let assets: Vec<Asset> = (0..assets).map(asset).collect();
        let tier = |number: u32| Tier {
            up_to: (1u64 << (40 + number)).to_string(),
            ratio_bp: 9_000 - number as u16,
        };
        let tiers: Vec<Tier> = (0..3).map(tier).collect();
        let margin = assets.iter().map(|asset| asset.symbol.clone());
        let margin: Vec<Margin> =
            margin.map(|asset| Margin { asset, tiers: tiers.clone() }).collect();
        let shape = Shape::margin(width, assets.len(), margin.len()).unwrap();
        (shape, Rules::new(shape, &assets, &margin).unwrap())
    }

    #[test]
    fn every_shape_and_size_has_a_hundred_proven_bits() {
        for layout in [Layout::Dense, Layout::Sparse, Layout::Margin] {
            for (width, assets) in [(Width::Bits64, 22), (Width::Bits96, ASSETS_MAX)] {
                let (shape, rules) = shape(layout, width, assets);
                for log_rows in shard::LOG_ROWS {
                    let circuit = shard::Circuit::new(shape, &rules, log_rows, 100).unwrap();
                    let bits = proven_bits(&circuit);
                    assert!(bits >= 100.0, "{layout:?} {width:?} 2^{log_rows}: {bits}");
                }
                for shards in [1, 2_000] {
                    let bits = proven_bits(&totals::Circuit::new(shape, 500, shards).unwrap());
                    assert!(bits >= 100.0, "{layout:?} {width:?} {shards} shards: {bits}");
                }
            }
        }
    }
}
