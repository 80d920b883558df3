//! One condition of five comparisons, joined by `&&`, all true: ours beside the `cel` crate.
//! `cargo bench -p policy`

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, criterion_group, criterion_main};
use policy::{Decimal, SchemaBuilder, Type, compile};
use std::hint::black_box;

const CONDITION: &str = "events > 3 && share < 0.5 && age < 9000 && count >= 7 && is_new";

fn conditions(criterion: &mut Criterion) {
    let mut builder = SchemaBuilder::default();
    let events = builder.field("events", Type::Int, "");
    let share = builder.field("share", Type::Float, "");
    let age = builder.field("age", Type::Int, "");
    let count = builder.field("count", Type::Int, "");
    let is_new = builder.field("is_new", Type::Bool, "");
    let amount = builder.field("amount", Type::Decimal, "");
    let schema = builder.build();
    let mut facts = schema.facts();
    facts.set_int(events, 4);
    facts.set_float(share, 0.25);
    facts.set_int(age, 100);
    facts.set_int(count, 7);
    facts.set_bool(is_new, true);
    facts.set_decimal(amount, Decimal::from_base_units(Some(15), 1));
    let program = compile(CONDITION, &schema).expect("the condition compiles");
    assert!(program.holds(&facts));
    criterion.bench_function("ringfence, five comparisons", |bencher| {
        bencher.iter(|| black_box(program.holds(black_box(&facts))));
    });

    let peer = cel::Program::compile(CONDITION).expect("the condition compiles");
    let mut context = cel::Context::default();
    context.add_variable_from_value("events", 4i64);
    context.add_variable_from_value("share", 0.25f64);
    context.add_variable_from_value("age", 100i64);
    context.add_variable_from_value("count", 7i64);
    context.add_variable_from_value("is_new", true);
    assert_eq!(peer.execute(&context), Ok(cel::Value::Bool(true)));
    criterion.bench_function("cel crate, five comparisons, context reused", |bencher| {
        bencher.iter(|| black_box(peer.execute(black_box(&context))));
    });
}

criterion_group!(benches, conditions);
criterion_main!(benches);
