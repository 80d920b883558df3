//! The one place at which Plonky3's crates are named. All are of one version, which is pinned: a new one
//! may change a transcript or a layout, and with it every proof that was ever published.

pub use p3_challenger as challenger;
pub use p3_commit as commit;
pub use p3_dft as dft;
pub use p3_field as field;
pub use p3_fri as fri;
pub use p3_keccak as keccak;
pub use p3_koala_bear as koala_bear;
pub use p3_matrix as matrix;
pub use p3_merkle_tree as merkle_tree;
pub use p3_poseidon2 as poseidon2;
pub use p3_security as security;
pub use p3_symmetric as symmetric;
