//! The inputs of the account model, by name.
//!
//! Banned as inputs, because in the labelled data they tell the year and nothing else: absolute
//! time, block number, gas price, the identity of tokens, methods and addresses. Durations,
//! shares and counts are what is left.

/// Number of inputs.
pub const COUNT: usize = 64;

/// Name of each input with what a person reads when it speaks for or against an account.
pub const NAMES: [(&str, &str); COUNT] = [
    ("in_zeros", "how round the received amounts are"),
    ("days_share", "share of days on which it was active"),
    ("payer_age", "how old its payers were (up to 90 days)"),
    ("life", "time from first to last event"),
    ("in_round", "share of received amounts that are round"),
    ("payee_age", "how old the addresses it paid were (up to 90 days)"),
    ("payer_payers", "how many payers its payers had"),
    ("in_min_rel", "how far its smallest receipt lies below the usual one"),
    ("payer_events", "how active its payers were"),
    ("in_spread", "how much its receipts differ in size"),
    ("turn_spread", "how much the time from receipt to payment varies"),
    ("gap_1m", "share of gaps under a minute"),
    ("gap_10m", "share of gaps of 1 to 10 minutes"),
    ("gap_1h", "share of gaps of 10 minutes to 1 hour"),
    ("gap_1d", "share of gaps of 6 hours to 1 day"),
    ("gap_7d", "share of gaps of 1 to 7 days"),
    ("gap_30d", "share of gaps of 7 to 30 days"),
    ("gap_long", "share of gaps over 30 days"),
    ("payers_minus_payees", "many payers and few payees"),
    ("payee_in_share", "how much the addresses it paid rather receive"),
    ("out_span", "share of its life in which it paid"),
    ("sweep", "share of its balance that a payment takes"),
    ("out_gap", "usual time between payments"),
    ("overlap", "share of counterparties that both paid it and were paid"),
    ("in_gap", "usual time between receipts"),
    ("lead_in", "receipts before its first payment"),
    ("balance_rel", "what is left of its highest balance"),
    ("in_gap_spread", "how much the time between receipts varies"),
    ("counterparties_rel", "distinct counterparties for each event"),
    ("payer_fresh", "share of receipts from addresses never seen before"),
    ("payer_payees", "how many payees its payers had"),
    ("payer_in_share", "how much its payers rather receive"),
    ("payer_fresh_value", "share of its funds from addresses never seen before"),
    ("payer_balance", "payers' payers against payers' payees"),
    ("events", "number of events"),
    ("in_share", "share of receipts among its coin events"),
    ("max_in_out", "largest receipt against largest payment"),
    ("payee_payees", "how many payees the addresses it paid had"),
    ("out_in_ratio", "share of what it received that it paid on"),
    ("payee_distributor", "share of payments to distributors"),
    ("drain_rate", "how often a payment empties it"),
    ("balance_max_rel", "highest balance against all it received"),
    ("payees_rel", "distinct payees for each payment"),
    ("bursts", "how bursty its activity is"),
    ("zero_out", "share of payments without value"),
    ("payers", "number of distinct payers"),
    ("gap_max_share", "share of its life in the longest pause"),
    ("in_repeats", "share of receipts that repeat the amount before"),
    ("errors_out", "share of its transactions that failed"),
    ("days", "number of active days"),
    ("run_share", "share of events in the current run of one direction"),
    ("payee_contract_value", "share of its payments that went to contracts"),
    ("fresh_two_hops", "share of its funds that began at fresh addresses"),
    ("gap_spread", "how much the time between events varies"),
    ("alternation", "how often receipt and payment alternate"),
    ("payer_collector_value", "share of its funds from collectors"),
    ("payees", "number of distinct payees"),
    ("top_payer", "share of receipts from its main payer"),
    ("in_digits", "digits of the received amounts"),
    ("events_per_day", "events on an active day"),
    ("token_in", "share of token receipts"),
    ("token_out", "share of token payments"),
    ("tokens", "number of different tokens"),
    ("tokens_rel", "different tokens for each token event"),
];

/// Number of the input with this name.
pub fn find(name: &str) -> Option<usize> {
    NAMES.iter().position(|(known, _)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_input_is_a_clock_a_price_or_an_identity() {
        let banned = [
            "time",
            "date",
            "block",
            "gas_price",
            "price",
            "timestamp",
            "epoch",
            "year",
            "method",
            "selector",
            "token_id",
            "address",
            "symbol",
            "nonce",
        ];
        for (name, _) in NAMES {
            assert!(!banned.iter().any(|word| name.split('_').any(|part| part == *word)), "{name}");
            assert_eq!(NAMES.iter().filter(|(other, _)| *other == name).count(), 1, "{name}");
        }
    }
}
