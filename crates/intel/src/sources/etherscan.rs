//! Explorer labels: names of contracts and accounts, mostly of ordinary services.

use model::{Category, Network};

use super::{category_of_words, each_csv_row, take};
use crate::snapshot::Rows;

/// Explorers label what the owner or the public record shows.
const CONFIDENCE: u8 = 85;

/// Labels that say what an address is. Labels that say only what a project is about (art, sports)
/// become `organisation`.
const TABLE: &[(Category, &[&str])] = &[
    (Category::Sanctions, &["ofac-sanctions-lists"]),
    (Category::Hack, &["heist", "exploit", "blocked"]),
    (Category::Mixer, &["tornado-cash", "typhoon-cash", "typhoon-network", "cyclone", "aztec-2"]),
    (Category::Phishing, &["phish-hack", "spam-token"]),
    (Category::Gambling, &["gambling", "etheroll", "fomo3d", "zethr"]),
    (
        Category::Exchange,
        &[
            "exchange",
            "binance",
            "huobi",
            "bitfinex",
            "kucoin",
            "coinbase",
            "okx",
            "okex",
            "coinsquare",
            "crypto-com",
            "poloniex",
            "bithumb",
            "kraken",
            "gemini",
            "ascendex",
            "deribit",
            "bitstamp",
            "ftx",
            "liquid",
            "korbit",
            "coinmetro",
            "gate-io",
            "hoo-com",
            "hotbit",
            "coinbit",
            "bitmart",
            "bitpie",
            "upbit",
            "bittrex",
            "hitbtc",
            "mexc",
            "bybit",
            "shapeshift",
            "changenow",
            "hot-wallet",
            "cold-wallet",
            "fiat-gateway",
            "otc",
        ],
    ),
    (
        Category::Bridge,
        &[
            "bridge",
            "multichain",
            "hop-protocol",
            "wormhole",
            "anyswap",
            "cross-chain",
            "synapse",
            "across-protocol",
            "connext",
            "celer-network",
            "ren",
            "polygon-matic",
            "bridged-token",
        ],
    ),
    (
        Category::Defi,
        &[
            "defi",
            "dex",
            "sushiswap",
            "uniswap",
            "balancer",
            "bancor",
            "aave",
            "compound",
            "curve-fi",
            "yearn-finance",
            "yield-farming",
            "burgerswap",
            "bscswap",
            "pancakeswap",
            "kyberswap",
            "synthetix",
            "0x-protocol",
            "1inch",
            "paraswap",
            "maker",
            "lido",
            "rocket-pool",
            "staking",
            "stablecoin",
            "vaults",
            "loans",
            "lending",
            "derivatives",
            "trading",
            "marketplace",
            "opensea",
            "rarible",
            "looksrare",
            "airswap",
            "loopring",
            "cow-protocol",
            "router",
            "amm",
            "liquidity",
            "dydx",
            "bzx",
            "mev-bot",
            "mev-builder",
        ],
    ),
    (
        Category::Custodian,
        &["safe-formerly-gnosis-safe", "multisig", "nexo", "celsius-network", "wallet-app"],
    ),
    (Category::Payment, &["payments", "crypto-card", "fintech", "banking"]),
    (Category::Mining, &["mining", "miningpoolhub", "validator", "proposer-fee-recipient"]),
    (
        Category::Token,
        &["token-contract", "token-sale", "meme", "ico-wallets", "deflationary-token"],
    ),
    (Category::Donation, &["charity", "donate", "gitcoin-grants", "crowdfunding"]),
];

fn categories(labels: &str) -> impl Iterator<Item = Category> + '_ {
    let known = TABLE
        .iter()
        .filter(move |(_, names)| labels.split(';').any(|label| names.contains(&label)));
    known.map(|(category, _)| *category)
}

pub(super) fn read_labels(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let columns = ["chain", "address", "name", "labels"];
    each_csv_row(contents[0], columns, rows, |rows, [chain, address, name, labels]| {
        let Ok(network) = chain.parse::<Network>() else {
            return rows.refuse("network.unknown", format!("chain '{chain}' is not known"));
        };
        let label = if name.is_empty() { labels } else { name };
        let mut is_named = false;
        for category in categories(labels) {
            is_named = true;
            take(rows, network, address, category, CONFIDENCE, label);
        }
        // A name such as "Cryptopia Hacker" speaks even where the labels are neutral.
        if let Some(category) =
            name.starts_with("Fake_").then_some(Category::Phishing).or_else(|| {
                let is_person =
                    ["Exploiter", "Hacker", "Attacker"].iter().any(|w| name.contains(w));
                is_person.then(|| category_of_words(name)).flatten()
            })
        {
            is_named = true;
            take(rows, network, address, category, CONFIDENCE, label);
        }
        if !is_named {
            take(rows, network, address, Category::Organisation, CONFIDENCE, label);
        }
    })
}

pub(super) fn read_tokens(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    let columns = ["address", "chainId", "name", "symbol"];
    each_csv_row(contents[0], columns, rows, |rows, [address, chain_id, name, symbol]| {
        let Ok(chain_id) = chain_id.parse() else {
            return rows.refuse("network.unknown", format!("chainId '{chain_id}' is no number"));
        };
        let label = format!("{symbol} ({name})");
        take(rows, Network::Evm(chain_id), address, Category::Token, CONFIDENCE, &label);
    })
}
