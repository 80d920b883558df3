//! What rules see of a transfer.

use model::{Category, CategorySet, Transfer, TransferKind};
use onchain::account_model::AccountModel;
use onchain::exposure::Exposure;
use onchain::patterns::Pattern;
use onchain::skynet::{Observation, Party};
use policy::{Decimal, Facts, FieldId, Schema, SchemaBuilder, Type};

/// Kinds of transfer as rules name them, in the order of [`TransferKind`].
const KINDS: [&str; 5] = ["value", "token", "token_call", "issuance", "withdrawal"];

/// Categories to which exposure is counted, heaviest first.
fn illicit() -> impl Iterator<Item = Category> {
    Category::ALL.into_iter().filter(|category| category.is_illicit())
}

struct ExposureIds {
    total: FieldId,
    direct: FieldId,
    hops: FieldId,
    by_category: Vec<(Category, FieldId)>,
}

struct PartyIds {
    known: FieldId,
    listed: FieldId,
    cluster: FieldId,
    confidence: FieldId,
    contradicted: FieldId,
    is_new: FieldId,
    contract: FieldId,
    events: FieldId,
    age: FieldId,
    idle: FieldId,
    hour_in: FieldId,
    hour_out: FieldId,
    day_in: FieldId,
    day_out: FieldId,
    day_counterparties: FieldId,
    day_value_in: FieldId,
    day_value_out: FieldId,
    hour_gap: FieldId,
    day_gap: FieldId,
    received: ExposureIds,
    sent: ExposureIds,
    score: FieldId,
    flagged: FieldId,
}

/// Numbers of the facts that this crate sets.
pub struct FactIds {
    amount: FieldId,
    native: FieldId,
    zero: FieldId,
    success: FieldId,
    kind: FieldId,
    calls: FieldId,
    inputs_unknown: FieldId,
    balance_share: FieldId,
    patterns: FieldId,
    from: PartyIds,
    to: PartyIds,
}

/// A name that lives as long as the program; schemas are made once.
fn name(parts: &[&str]) -> &'static str {
    Box::leak(parts.join(".").into_boxed_str())
}

fn exposure_ids(builder: &mut SchemaBuilder, party: &str, side: &str, doc: &str) -> ExposureIds {
    let field = |builder: &mut SchemaBuilder, leaf: &str, field_type, what: &str| {
        builder.field(name(&[party, side, leaf]), field_type, name(&[&format!("{doc}: {what}")]))
    };
    ExposureIds {
        total: field(builder, "illicit", Type::Float, "share of all illicit categories, 0 to 1"),
        direct: field(builder, "direct", Type::Float, "share without anybody in between"),
        hops: field(builder, "hops", Type::Int, "fewest hops to a listed address; 0 for none"),
        by_category: illicit()
            .map(|c| (c, field(builder, c.name(), Type::Float, "share of this category")))
            .collect(),
    }
}

fn party_ids(builder: &mut SchemaBuilder, party: &str) -> PartyIds {
    let categories: Vec<&'static str> = Category::ALL.iter().map(|c| c.name()).collect();
    let mut field =
        |leaf: &str, field_type, doc| builder.field(name(&[party, leaf]), field_type, doc);
    let known = field("known", Type::Bool, "the party is an address");
    let listed = field("listed", Type::Set(categories.clone()), "what lists call it");
    let cluster = field(
        "cluster",
        Type::Set(categories),
        "what lists call addresses of the same owner (UTXO chains)",
    );
    let confidence = field("confidence", Type::Int, "how sure the heaviest listing is, 0 to 100");
    let contradicted =
        field("contradicted", Type::Bool, "one list speaks against it, another calls it a service");
    let is_new = field("new", Type::Bool, "never seen before this transfer");
    let contract = field("contract", Type::Bool, "has been called or created as a contract");
    let events = field("events", Type::Int, "its events before this one");
    let age = field("age", Type::Duration, "time since its first event");
    let idle = field("idle", Type::Duration, "time since its last event");
    let hour_in = field("hour.in", Type::Int, "receipts in the last hour, with this one");
    let hour_out = field("hour.out", Type::Int, "payments in the last hour, with this one");
    let day_in = field("day.in", Type::Int, "receipts in the last day");
    let day_out = field("day.out", Type::Int, "payments in the last day");
    let day_counterparties = field(
        "day.counterparties",
        Type::Float,
        "distinct counterparties in the last day, estimated",
    );
    let day_value_in = field("day.value_in", Type::Float, "coins received in the last day");
    let day_value_out = field("day.value_out", Type::Float, "coins paid in the last day");
    let flagged =
        field("flagged", Type::Bool, "the account model scores it above 99 of 100 normal accounts");
    let received = exposure_ids(builder, party, "received", "where its funds came from");
    let sent = exposure_ids(builder, party, "sent", "where its funds went");
    let score = builder.optional(
        name(&[party, "score"]),
        Type::Float,
        "calibrated score of the account model, 0 to 1; missing for services and non-EVM chains",
    );
    let gap = "mean time between events; missing below two";
    let hour_gap = builder.optional(name(&[party, "hour.gap"]), Type::Duration, gap);
    let day_gap = builder.optional(name(&[party, "day.gap"]), Type::Duration, gap);
    PartyIds {
        known,
        listed,
        cluster,
        confidence,
        contradicted,
        is_new,
        contract,
        events,
        age,
        idle,
        hour_in,
        hour_out,
        day_in,
        day_out,
        day_counterparties,
        day_value_in,
        day_value_out,
        hour_gap,
        day_gap,
        received,
        sent,
        score,
        flagged,
    }
}

/// The schema of on-chain rules and the numbers of its facts.
pub fn schema() -> (Schema, FactIds) {
    let mut builder = SchemaBuilder::default();
    let from = party_ids(&mut builder, "from");
    let to = party_ids(&mut builder, "to");
    let ids = FactIds {
        amount: builder.optional(
            "transfer.amount",
            Type::Decimal,
            "whole coins, exact; missing for tokens, whose decimals the chain data do not tell",
        ),
        native: builder.field("transfer.native", Type::Bool, "the coin of the chain, not a token"),
        zero: builder.field("transfer.zero", Type::Bool, "moves nothing"),
        success: builder.field("transfer.success", Type::Bool, "the transaction did not fail"),
        kind: builder.field("transfer.kind", Type::Word(KINDS.to_vec()), "how it came about"),
        calls: builder.field("transfer.calls", Type::Bool, "the transaction carries call data"),
        inputs_unknown: builder.field(
            "transfer.inputs_unknown",
            Type::Bool,
            "some of its origin is not known (UTXO chains)",
        ),
        balance_share: builder.optional(
            "transfer.balance_share",
            Type::Float,
            "share of the payer's balance, as far as its own events show; missing without one",
        ),
        patterns: builder.field(
            "patterns",
            Type::Set(Pattern::CODES.to_vec()),
            "shapes of behaviour that the transfer completes",
        ),
        from,
        to,
    };
    (builder.build(), ids)
}

impl ExposureIds {
    fn fill(&self, facts: &mut Facts, exposures: &[Exposure]) {
        if exposures.is_empty() {
            return;
        }
        let (mut total, mut direct, mut hops) = (0.0, 0.0, i64::MAX);
        for exposure in exposures {
            total += f64::from(exposure.total());
            direct += f64::from(exposure.direct);
            hops = hops.min(i64::from(exposure.hops));
            let id = self.by_category.iter().find(|(category, _)| *category == exposure.category);
            if let Some((_, id)) = id {
                facts.set_float(*id, f64::from(exposure.total()));
            }
        }
        // An address in several categories brings its money under each of them.
        facts.set_float(self.total, total.min(1.0));
        facts.set_float(self.direct, direct.min(1.0));
        facts.set_int(self.hops, hops);
    }
}

fn mask(set: CategorySet) -> u64 {
    u64::from(set.bits())
}

impl PartyIds {
    fn fill(
        &self,
        facts: &mut Facts,
        party: &Party,
        model: Option<&AccountModel>,
        raw: Option<f64>,
    ) {
        facts.set_bool(self.known, true);
        facts.set_mask(self.listed, mask(party.standing.categories));
        facts.set_mask(self.cluster, mask(party.cluster));
        facts.set_int(self.confidence, i64::from(party.standing.confidence));
        facts.set_bool(self.contradicted, party.standing.is_contradicted());
        facts.set_bool(self.is_new, party.is_new);
        facts.set_bool(self.contract, party.is_contract);
        facts.set_int(self.events, i64::from(party.events));
        facts.set_int(self.age, i64::from(party.age_s));
        facts.set_int(self.idle, i64::from(party.idle_s));
        facts.set_int(self.hour_in, i64::from(party.hour.count_in));
        facts.set_int(self.hour_out, i64::from(party.hour.count_out));
        facts.set_int(self.day_in, i64::from(party.day.count_in));
        facts.set_int(self.day_out, i64::from(party.day.count_out));
        facts.set_float(self.day_counterparties, f64::from(party.day.counterparties));
        facts.set_float(self.day_value_in, f64::from(party.day.value_in));
        facts.set_float(self.day_value_out, f64::from(party.day.value_out));
        for (id, window) in [(self.hour_gap, &party.hour), (self.day_gap, &party.day)] {
            if let Some(gap_s) = window.gap_s {
                facts.set_int(id, gap_s as i64);
            }
        }
        self.received.fill(facts, &party.received);
        self.sent.fill(facts, &party.sent);
        if let (Some(model), Some(raw)) = (model, raw) {
            facts.set_float(self.score, model.probability(raw));
            facts.set_bool(self.flagged, model.is_flagged(raw));
        }
    }
}

impl FactIds {
    /// Sets the facts of a transfer into blank ones.
    pub fn fill(
        &self,
        facts: &mut Facts,
        transfer: &Transfer,
        observation: &Observation,
        model: Option<&AccountModel>,
        raw: [Option<f64>; 2],
    ) {
        let is_native = transfer.asset == model::Asset::Native;
        if is_native {
            let decimals = transfer.network.native_decimals();
            let amount = Decimal::from_base_units(transfer.amount.to_u128(), decimals);
            facts.set_decimal(self.amount, amount);
        }
        facts.set_bool(self.native, is_native);
        facts.set_bool(self.zero, transfer.amount.is_zero());
        facts.set_bool(self.success, transfer.success);
        facts.set_word(self.kind, kind_index(transfer.kind));
        facts.set_bool(self.calls, transfer.has_call_data);
        facts.set_bool(self.inputs_unknown, observation.has_unknown_inputs);
        facts.set_mask(self.patterns, u64::from(observation.patterns.0));
        if let Some(party) = &observation.from {
            self.from.fill(facts, party, model, raw[0]);
            if is_native && party.balance > 0.0 {
                let share = onchain::ledger::coins(transfer) / f64::from(party.balance);
                facts.set_float(self.balance_share, share);
            }
        }
        if let Some(party) = &observation.to {
            self.to.fill(facts, party, model, raw[1]);
        }
    }

    /// Sets the facts of one address as the payer of a transfer that has not happened.
    pub fn fill_payer(
        &self,
        facts: &mut Facts,
        party: &Party,
        model: Option<&AccountModel>,
        raw: Option<f64>,
    ) {
        facts.set_bool(self.native, true);
        facts.set_bool(self.success, true);
        self.from.fill(facts, party, model, raw);
    }
}

fn kind_index(kind: TransferKind) -> usize {
    match kind {
        TransferKind::Value => 0,
        TransferKind::Token => 1,
        TransferKind::TokenCall => 2,
        TransferKind::Issuance => 3,
        TransferKind::Withdrawal => 4,
    }
}
