//! Decoding a block of a hundred payments from JSON-RPC, senders named. `cargo bench -p chain`

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use chain::ethereum::json::JsonReader;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model::Network;
use std::hint::black_box;

fn decode(criterion: &mut Criterion) {
    let transactions: Vec<String> = (0..100)
        .map(|n| {
            format!(
                r#"{{"hash":"0x{n:064x}","nonce":"0x1","from":"0x{n:040x}","to":"0x{:040x}","value":"0xde0b6b3a7640000","gas":"0x5208","input":"0x"}}"#,
                n + 7
            )
        })
        .collect();
    let block = format!(
        r#"{{"number":"0x1","timestamp":"0x65920080","transactions":[{}]}}"#,
        transactions.join(",")
    );
    let mut group = criterion.benchmark_group("chain");
    group.throughput(Throughput::Elements(100));
    group.bench_function("JSON-RPC block of 100 payments", |bencher| {
        bencher.iter(|| {
            let mut reader = JsonReader::new(block.as_bytes(), Network::ETHEREUM);
            black_box(reader.next_block().expect("the block is whole"))
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
