//! Looking up addresses that no list names, and one that a list names. `cargo bench -p intel`

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use intel::Directory;
use intel::sources::Source;
use model::{Address, Family};
use std::hint::black_box;

fn address(n: u64) -> Address {
    let mut bytes = [0; 20];
    bytes[4..12].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    Address::account20(bytes)
}

fn lookup(criterion: &mut Criterion) {
    let mut csv = String::from("address,currency\n");
    for n in 0..100_000 {
        let hex: String = address(n).bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        csv.push_str(&format!("0x{hex},ETH\n"));
    }
    let source = Source::find("ofac").expect("the importer is there");
    let directory =
        Directory::new([source.read(&[csv.as_bytes()], None).expect("the list is whole")]);
    let mut group = criterion.benchmark_group("intel");
    group.throughput(Throughput::Elements(1));
    let mut n = 0;
    group.bench_function("an address that no list names", |bencher| {
        bencher.iter(|| {
            n += 1;
            black_box(directory.standing(Family::Evm, &address(1_000_000 + n)))
        });
    });
    group.bench_function("a listed address", |bencher| {
        bencher.iter(|| {
            n += 1;
            black_box(directory.standing(Family::Evm, &address(n % 100_000)))
        });
    });
    group.finish();
}

criterion_group!(benches, lookup);
criterion_main!(benches);
