//! Growing the tree and signing its head, in memory, one thread. `cargo bench -p journal`

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use journal::{Checkpoint, SigningKey, Tree, leaf_hash};
use std::hint::black_box;

fn append(criterion: &mut Criterion) {
    let entry = [7; 300];
    let mut group = criterion.benchmark_group("journal");
    group.throughput(Throughput::Elements(1));
    let (mut tree, mut full) = (Tree::new(), Vec::new());
    group.bench_function("hash and append an entry of 300 bytes", |bencher| {
        bencher.iter(|| {
            tree.append(leaf_hash(black_box(&entry)), &mut full);
            full.clear();
        });
    });
    let key = SigningKey::from_seed("bench.example/log", &[7; 32]).expect("the name is plain");
    group.bench_function("root and signed checkpoint", |bencher| {
        bencher.iter(|| {
            let origin = "bench.example/log".to_owned();
            let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root() };
            black_box(checkpoint.sign(&key))
        });
    });
    group.finish();
}

criterion_group!(benches, append);
criterion_main!(benches);
