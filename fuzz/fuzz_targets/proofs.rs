#![no_main]
use libfuzzer_sys::fuzz_target;
use proof::argument::{Proof, verify};
use proof::circuit::shard::{Circuit, Public};
use proof::header::Header;
use proof::leaf::{Layout, Shape, Width};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = Header::parse(bytes) {
        assert_eq!(header.encode(), bytes);
    }
    if let Ok(proof) = Proof::decode(bytes) {
        let shape = Shape::new(Layout::Sparse, Width::Bits64, 3).unwrap();
        let circuit = Circuit::new(shape, 16, 100).unwrap();
        let digest = proof::tree::empty();
        let (after, until) = ([0; 6], [1; 6]);
        let public = Public { root: digest, sums: digest, after, until };
        assert!(verify(&[0; 32], &circuit, &public, &proof).is_err());
    }
});
