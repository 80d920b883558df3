//! Stages of SkyNet, one thread. `cargo bench -p onchain`

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onchain::features::COUNT;
use onchain::forest::{Forest, Node, Tree};
use onchain::state::{AddressState, Direction, Event, Glance};
use std::hint::black_box;

/// 300 complete trees of depth 6 over the model's inputs.
fn forest() -> Forest {
    let tree = |seed: usize| {
        let mut nodes: Vec<Node> = (0..63)
            .map(|place: usize| Node::Split {
                feature: ((place * 31 + seed * 17) % COUNT) as u16,
                threshold: ((place * 7 + seed) % 11) as f32 / 11.0,
                missing_left: place.is_multiple_of(2),
                left: 2 * place as u32 + 1,
                right: 2 * place as u32 + 2,
                value: 0.0,
            })
            .collect();
        nodes.extend((0..64).map(|leaf| Node::Leaf { value: leaf as f32 / 640.0 }));
        Tree { nodes }
    };
    Forest::new((0..300).map(tree).collect(), 0.0, COUNT).expect("the trees are sound")
}

fn stages(criterion: &mut Criterion) {
    let forest = forest();
    let row: Vec<f32> = (0..COUNT).map(|i| (i * 13 % 10) as f32 / 10.0).collect();
    let mut group = criterion.benchmark_group("onchain");
    group.throughput(Throughput::Elements(1));
    group.bench_function("300 trees of depth 6, one row", |bencher| {
        bencher.iter(|| black_box(forest.raw(black_box(&row))));
    });
    let mut state = AddressState::default();
    let mut time_s = 1_700_000_000;
    group.bench_function("book one event to one party", |bencher| {
        bencher.iter(|| {
            time_s += 60;
            let event = Event {
                direction: Direction::In,
                time_s,
                is_token: false,
                value: 1.5,
                trailing_zeros: 17,
                significant_digits: 2,
                is_error: false,
                has_call_data: false,
                is_own_payment: false,
                counterparty_hash: u64::from(time_s).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                counterparty: time_s % 97,
                token_hash: 0,
            };
            state.record(black_box(&event), &Glance::default());
        });
    });
    let mut inputs = [0.0; COUNT];
    group.bench_function("read the inputs of one party", |bencher| {
        bencher.iter(|| state.read_features(black_box(&mut inputs)));
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
