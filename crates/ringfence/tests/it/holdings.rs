//! Dishonest exchanges: each publishes a whole bundle that lies about what is held in one way and is
//! right in all others, and each is refused with a reason of its own.
//!
//! The bundles are written under `target/tmp/attacks-holdings` with the reason, so that the second
//! verifier can be asked the same.

pub(crate) mod keys;
mod published;
mod state;

use bitcoin::hashes::{Hash, sha256};
use chain::ethereum::keccak256;
use serde_json::json;

use keys::{
    BITCOIN, Bls, Ed25519, Key, Stark, base58, cashaddr, f410, hex, multisig, p2sh, p2wsh,
    segwit_address,
};
use published::{
    BITCOIN_HEIGHT, ETHEREUM, HEIGHT, Holdings, OPTIMISM, Published, Row, TOKEN, account, header,
    keys as recorded, reading,
};
use state::{State, slot_of};

const SOLANA: &str = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp";
const BITCOIN_CASH: &str = "bip122:000000000000000000651ef99cb9fcbe";
const LITECOIN: &str = "bip122:12a765e31ffd4059bada1e25190f6e98";
const EOS: &str = "antelope:aca376f206b8fc25a6ed44dbdc66547c";
const HEDERA: &str = "hedera:mainnet";
const TON: &str = "tvm:-239";
const CODE: [u8; 32] = [0xcc; 32];
const SAFE: [u8; 20] = [0x5a; 20];
const WALLET: [u8; 20] = [0x71; 20];
const FAKE: [u8; 20] = [0xfa; 20];
/// Where the token keeps balances.
const MAPPING: u64 = 2;
const LIST: &str = "reserves/list.csv";
const EVIDENCE: &str = "reserves/evidence.jsonl";
const TOKENS: &str = "reserves/tokens.csv";
const SUMMARY: &str = "reserves/summary.json";
const SENTENCE: &str = "I am an example address";

/// The exchange, and a round in which it may lie.
struct Exchange {
    round: Published,
    ethereum: State,
    optimism: State,
}

fn ethereum() -> State {
    let (ada, bob) = (Key::new(1), Key::new(2));
    let code = keccak256(b"");
    let mut state = State::at(HEIGHT);
    state.put(ada.account(), 5_000, code, &[]);
    state.put(SAFE, 700, [0x5c; 32], &[]);
    state.put(WALLET, 30, [0x5d; 32], &[]);
    let balances =
        [(slot_of(ada.account(), MAPPING), 1_000_000), (slot_of(bob.account(), MAPPING), 2)];
    state.put(TOKEN, 0, CODE, &balances);
    state.put(FAKE, 0, CODE, &[(slot_of(ada.account(), MAPPING), 9_000_000)]);
    state
}

impl Exchange {
    fn new() -> Exchange {
        // The header says height 5 of a chain whose block with this hash has height 6.
        let (ethereum, optimism) = (ethereum(), State::at(6));
        Exchange { round: Published::new(&ethereum, optimism.hash()), ethereum, optimism }
    }

    /// A row that `sign` signs for this round.
    fn row(
        &self,
        (asset, chain, address): (&str, &str, &str),
        amount: u128,
        sign: impl Fn(&str) -> String,
    ) -> Row {
        let message = self.round.challenge(chain, address);
        let height = match chain {
            ETHEREUM => HEIGHT,
            BITCOIN => BITCOIN_HEIGHT,
            OPTIMISM => 5,
            _ => 77,
        };
        let (asset, chain, address) = (asset.to_owned(), chain.to_owned(), address.to_owned());
        let signatures = vec![sign(&message)];
        let (keys, owners) = (Vec::new(), Vec::new());
        Row { asset, chain, address, amount, height, message, signatures, keys, owners }
    }

    fn ether(&self, key: &Key, amount: u128) -> Row {
        self.row(("ETH", ETHEREUM, &key.evm()), amount, |text| key.eip191(text))
    }

    fn bitcoin(&self, address: &str, amount: u128, sign: impl Fn(&str) -> String) -> Row {
        self.row(("BTC", BITCOIN, address), amount, sign)
    }

    fn script_row(&self, script: &[u8], address: &str, signers: &[&Key]) -> Row {
        let mut row = self.bitcoin(address, 50, |_| String::new());
        row.signatures = signers.iter().map(|key| key.coin(&row.message)).collect();
        row.keys = vec![hex(script)];
        row
    }

    /// A contract, for which its owners sign.
    fn owned(&self, contract: [u8; 20], amount: u128, owners: &[&Key]) -> Row {
        let address = format!("0x{}", hex(&contract));
        let mut row = self.row(("ETH", ETHEREUM, &address), amount, |_| String::new());
        row.signatures = owners.iter().map(|key| key.eip191(&row.message)).collect();
        row.owners = owners.iter().map(|key| key.evm()).collect();
        row
    }

    /// Everything that an honest exchange has, on many chains.
    fn honest(&self) -> Holdings {
        let [ada, bob, eve] = [1, 2, 3].map(Key::new);
        let script = multisig(2, &[&ada, &bob, &eve]);
        let (ed, stark, bls) = (Ed25519::new(9), Stark::new(4_321), Bls::new(5));
        let solana = bs58::encode(ed.public()).into_string();

        let hot = self.bitcoin(&ada.p2wpkh(), 100, |text| ada.coin(text));
        let cold = self.script_row(&script, &p2wsh(&script), &[&ada, &eve]);
        let taproot = self.bitcoin(&bob.p2tr(), 7, |text| bob.bip322_taproot(text, &[]));
        let segwit = self.bitcoin(&eve.p2wpkh(), 8, |text| eve.bip322_p2wpkh(text, false));
        let ether = self.ether(&ada, 5_000);
        let token = Row { asset: "USDT".to_owned(), amount: 1_000_000, ..ether.clone() };
        let safe = self.owned(SAFE, 700, &[&ada, &bob]);
        let wallet = self.owned(WALLET, 30, &[&ada]);
        let wallet = Row { owners: Vec::new(), ..wallet };
        let validator = format!("0x{}", hex(&bls.public()));
        let mut staked = self.row(("ETH", ETHEREUM, &validator), 32, |text| ada.eip191(text));
        staked.owners = vec![ada.evm()];
        let tron =
            self.row(("TRX", "tron:0x2b6653dc", &ada.tron()), 11, |t| ada.personal("TRON", t));
        let sol = self.row(("SOL", SOLANA, &solana), 12, |text| ed.sign(text));
        let cosmos = ada.bech32("cosmos");
        let atom = self.row(("ATOM", "cosmos:cosmoshub-4", &cosmos), 13, |text| ada.anchor(text));
        let address = format!("bitcoincash:{}", cashaddr("bitcoincash", 0, &ada.hash160()));
        let bch = self.row(("BCH", BITCOIN_CASH, &address), 14, |text| ada.coin(text));
        let fil = self.row(("FIL", "fil:f", &f410(&ada.account())), 15, |text| ada.eip191(text));
        let mut strk =
            self.row(("ETH", "starknet:SN_MAIN", &stark.address()), 16, |t| stark.sign(t));
        strk.keys = vec![stark.public()];
        let name = self.row(("EOS", EOS, "examplewalle"), 17, |text| ada.eos(text));

        let two = ["node", "explorer"];
        let credentials = [&[1], &[0; 11][..], &ada.account()].concat();
        let evidence = vec![
            header(ETHEREUM, &self.ethereum),
            account(ETHEREUM, &self.ethereum.proof(ada.account(), &[])),
            account(ETHEREUM, &self.ethereum.proof(TOKEN, &[slot_of(ada.account(), MAPPING)])),
            account(ETHEREUM, &self.ethereum.proof(SAFE, &[])),
            recorded(&safe, &two, &[&ada, &bob, &eve].map(|key| key.account().to_vec()), 2),
            self.call(&wallet, &wallet.message, &two, true),
            reading(&wallet, "node", HEIGHT, 30),
            reading(&wallet, "explorer", HEIGHT, 30),
            reading(&hot, "node", BITCOIN_HEIGHT, 100),
            reading(&hot, "explorer", BITCOIN_HEIGHT, 100),
            reading(&cold, "node", BITCOIN_HEIGHT, 50),
            json!({
                "kind": "withdrawal", "chain": ETHEREUM, "address": staked.address,
                "height": 9, "sources": two, "credentials": hex(&credentials),
            })
            .to_string(),
            recorded(&name, &["node"], &[ada.public().serialize().to_vec()], 1),
        ];
        let tokens = format!(
            "asset,contract,code_hash,slot,form\nUSDT,0x{},{},{MAPPING},solidity\n",
            hex(&TOKEN),
            hex(&CODE)
        );
        let rows = vec![
            hot, cold, taproot, segwit, ether, token, safe, wallet, staked, tron, sol, atom, bch,
            fil, strk, name,
        ];
        let sums = [
            ("BTC", [0, 100, 65]),
            // The safe's balance is proved, and its owners are known by two sources.
            ("ETH", [5_000, 730, 48]),
            ("USDT", [1_000_000, 0, 0]),
            ("TRX", [0, 0, 11]),
            ("SOL", [0, 0, 12]),
            ("ATOM", [0, 0, 13]),
            ("BCH", [0, 0, 14]),
            ("FIL", [0, 0, 15]),
            ("EOS", [0, 0, 17]),
        ];
        let sums = sums.into_iter().map(|(asset, sums)| (asset.to_owned(), sums)).collect();
        Holdings { rows, evidence, tokens: Some(tokens), sums, list: None, summary: None }
    }

    /// A contract's answer about a message and the signature of a row.
    fn call(&self, row: &Row, message: &str, sources: &[&str], is_yes: bool) -> String {
        let text = format!("\x19Ethereum Signed Message:\n{}{message}", message.len());
        let signature = row.signatures[0].trim_start_matches("0x");
        let length = signature.len() / 2;
        let padding = "00".repeat(length.next_multiple_of(32) - length);
        let digest = hex(&keccak256(text.as_bytes()));
        let input = format!("0x1626ba7e{digest}{:064x}{length:064x}{signature}{padding}", 64);
        let output = if is_yes { "1626ba7e".to_owned() } else { "ffffffff".to_owned() };
        json!({
            "kind": "call", "chain": row.chain, "address": row.address, "height": HEIGHT,
            "sources": sources, "input": input, "output": format!("{output}{}", "0".repeat(56)),
        })
        .to_string()
    }

    /// What an honest exchange has, and these rows.
    fn with_rows(&self, rows: &[Row]) -> Holdings {
        let mut holdings = self.honest();
        holdings.rows.extend(rows.iter().cloned());
        holdings
    }

    /// Rows beside what an honest exchange has are refused for this reason.
    fn refuses_rows(&self, name: &str, rows: &[Row], code: &str) {
        self.round.refuses(name, &self.with_rows(rows), LIST, code);
    }

    /// A line of evidence beside the honest ones is refused for this reason.
    fn refuses_evidence(&self, name: &str, line: String, code: &str) {
        let mut holdings = self.honest();
        holdings.evidence.push(line);
        self.round.refuses(name, &holdings, EVIDENCE, code);
    }
}

#[test]
fn dishonest_holdings_are_refused_each_for_its_reason() {
    let exchange = Exchange::new();
    let honest = exchange.honest();
    let found = exchange.round.holds("00-honest", &honest);
    assert_eq!(found["reserves"]["rows"], honest.rows.len());
    counted_twice(&exchange);
    borrowed(&exchange);
    signed_by_nobody(&exchange);
    other_assets(&exchange);
    other_balances(&exchange);
    unreadable(&exchange);
}

/// A15: one address in two rows.
fn counted_twice(exchange: &Exchange) {
    const TWICE: &str = "reserves.row.duplicate";
    let (ada, bob) = (Key::new(1), Key::new(2));
    let capitals = exchange.bitcoin(&ada.p2wpkh().to_uppercase(), 100, |text| ada.coin(text));
    exchange.refuses_rows("15-bech32-in-capitals", &[capitals], TWICE);
    let twice = exchange.honest().rows[4].clone();
    exchange.refuses_rows("15-the-same-row", &[twice], TWICE);

    let hash = ada.hash160();
    let bare = cashaddr("bitcoincash", 0, &hash);
    for (name, address) in [
        ("15-cashaddr-and-legacy", base58(&[0], &hash)),
        ("15-cashaddr-without-its-prefix", bare.clone()),
        ("15-cashaddr-in-capitals", format!("BITCOINCASH:{}", bare.to_uppercase())),
    ] {
        let row = exchange.row(("BCH", BITCOIN_CASH, &address), 14, |text| ada.coin(text));
        exchange.refuses_rows(name, &[row], TWICE);
    }
    let script = multisig(1, &[&ada, &bob]);
    let script_hash = bitcoin::hashes::hash160::Hash::hash(&script).to_byte_array();
    let litecoin = |version: u8| {
        let address = base58(&[version], &script_hash);
        let mut row = exchange.row(("LTC", LITECOIN, &address), 3, |text| ada.anchor(text));
        row.keys = vec![hex(&script)];
        row
    };
    exchange.refuses_rows("15-script-in-old-and-new-form", &[litecoin(0x32), litecoin(5)], TWICE);

    let shouted = format!("0x{}", ada.evm()[2..].to_uppercase());
    let row = exchange.row(("ETH", ETHEREUM, &shouted), 5_000, |text| ada.eip191(text));
    exchange.refuses_rows("15-account-in-capitals", &[row], TWICE);
    for (name, asset, alias) in [
        ("15-two-names-of-a-token", "USDT-ERC20", "USDT"),
        ("15-name-in-small-letters", "eth", "ETH"),
    ] {
        let holdings = exchange.honest();
        let known = holdings.rows.iter().find(|row| row.asset == alias).unwrap();
        exchange.refuses_rows(name, &[Row { asset: asset.to_owned(), ..known.clone() }], TWICE);
    }
    let row = exchange.row(("FIL", "fil:f", &ada.evm()), 15, |text| ada.eip191(text));
    exchange.refuses_rows("15-f410-and-0x", &[row], TWICE);
    let row = exchange.row(("FIL", "eip155:314", &ada.evm()), 15, |text| ada.eip191(text));
    exchange.refuses_rows("15-a-chain-and-its-evm", &[row], TWICE);
    let bech32 = bitcoin::bech32::encode::<bitcoin::bech32::Bech32>(
        bitcoin::bech32::Hrp::parse("inj").unwrap(),
        &ada.account(),
    );
    let rows = [bech32.unwrap(), ada.evm()].map(|address| {
        exchange.row(("INJ", "cosmos:injective-1", &address), 1, |text| ada.eip191(text))
    });
    exchange.refuses_rows("15-inj-and-0x", &rows, TWICE);

    let ed = Ed25519::new(9);
    let raw = "0:39ae27d548273ca907e9097beae3324624fb00d043c20e859db60db7e0835fb6";
    let friendly = "EQA5rifVSCc8qQfpCXvq4zJGJPsA0EPCDoWdtg234INftsWj";
    let ton = [raw, friendly].map(|address| {
        let row = exchange.row(("TON", TON, address), 1, |text| ed.sign(text));
        Row { keys: vec![hex(&ed.public())], ..row }
    });
    let mut holdings = exchange.with_rows(&ton);
    holdings.evidence.push(recorded(&ton[0], &["node"], &[ed.public().to_vec()], 1));
    exchange.round.refuses("15-two-forms-of-a-ton-account", &holdings, LIST, TWICE);

    // An account's number and its key may be one account.
    let alias = exchange.row(("HBAR", HEDERA, &hex(&ed.public())), 1, |text| ed.sign(text));
    let number = exchange.row(("HBAR", HEDERA, "0.0.98"), 1, |text| ed.sign(text));
    let number = Row { keys: vec![hex(&ed.public())], ..number };
    let mut holdings = exchange.with_rows(&[alias, number.clone()]);
    holdings.evidence.push(recorded(&number, &["node"], &[ed.public().to_vec()], 1));
    exchange.round.refuses("15-number-and-key", &holdings, LIST, "reserves.row.mixed_names");
}

/// A16: somebody else's address, or a signature for somebody else.
fn borrowed(exchange: &Exchange) {
    const OTHER: &str = "ownership.challenge.other_round";
    let (bob, eve) = (Key::new(2), Key::new(3));
    let own = exchange.round.challenge(ETHEREUM, &bob.evm());
    for (name, message) in [
        ("16-of-another-exchange", own.replace("exchange=example", "exchange=another")),
        ("16-of-another-round", own.replace("round=2026-11", "round=2026-10")),
        ("16-of-another-header", own.replace("header=", "header=00").replace("00 |", " |")),
        ("16-of-another-chain", own.replace("chain=eip155:1", "chain=eip155:137")),
        ("16-of-another-address", own.replace(&bob.evm(), &eve.evm())),
        ("16-of-no-address", own.split(" | address").next().unwrap().to_owned()),
        ("16-of-a-version-to-come", own.replace("v1", "v2")),
        ("16-with-more-after-it", format!("{own} | lent to=another")),
    ] {
        let mut row = exchange.ether(&bob, 9);
        row.signatures = vec![bob.eip191(&message)];
        row.message = message;
        exchange.refuses_rows(name, &[row], OTHER);
    }
    let mut stolen = exchange.ether(&bob, 9);
    stolen.signatures = vec![eve.eip191(&stolen.message)];
    exchange.refuses_rows("16-key-of-somebody-else", &[stolen], "ownership.signature.other_key");
    let stolen = exchange.bitcoin(&bob.p2wpkh(), 9, |text| eve.coin(text));
    exchange.refuses_rows("16-coin-of-somebody-else", &[stolen], "ownership.signature.other_key");
    let stolen = exchange.bitcoin(&bob.p2tr(), 9, |text| eve.bip322_taproot(text, &[]));
    let mut holdings = exchange.with_rows(&[stolen]);
    holdings.rows.retain(|row| !(row.address == bob.p2tr() && row.amount == 7));
    let code = "ownership.signature.invalid";
    exchange.round.refuses("16-taproot-of-somebody-else", &holdings, LIST, code);
}

/// A17: signatures that show nothing.
fn signed_by_nobody(exchange: &Exchange) {
    let [ada, bob, eve, mal] = [1, 2, 3, 4].map(Key::new);
    // A sentence that can be lent and replayed counts as a claim, whatever the chain shows.
    let mut holdings = exchange.honest();
    let row = holdings.rows.iter_mut().find(|row| row.asset == "USDT").unwrap();
    row.message = SENTENCE.to_owned();
    row.signatures = vec![ada.eip191(SENTENCE)];
    exchange.round.refuses("17-sentence-beyond-a-claim", &holdings, SUMMARY, "proof.field");
    holdings.sums.insert("USDT".to_owned(), [0, 0, 1_000_000]);
    exchange.round.holds("17-sentence-as-a-claim", &holdings);

    let script = multisig(2, &[&ada, &bob, &eve]);
    let address = p2sh(&script);
    let threshold = "ownership.multisig.threshold";
    let row = exchange.script_row(&script, &address, &[&ada, &ada]);
    exchange.refuses_rows("17-one-key-twice", &[row], threshold);
    let row = exchange.script_row(&script, &address, &[&ada]);
    exchange.refuses_rows("17-threshold-not-met", &[row], threshold);
    let twin = multisig(2, &[&ada, &ada]);
    let row = exchange.script_row(&twin, &p2wsh(&twin), &[&ada, &ada]);
    exchange.refuses_rows("17-script-with-one-key-twice", &[row], threshold);
    let row = exchange.script_row(&script, &address, &[&ada, &bob, &mal]);
    exchange.refuses_rows("17-stranger-in-a-multisig", &[row], "ownership.signature.other_key");
    let row = exchange.script_row(&multisig(1, &[&ada]), &address, &[&ada]);
    exchange.refuses_rows("17-script-of-another", &[row], "ownership.script.other_address");
    let mut around = multisig(1, &[&ada]);
    around.extend([0x75, 0x51]);
    let row = exchange.script_row(&around, &p2sh(&around), &[&ada]);
    exchange.refuses_rows("17-script-with-a-way-around", &[row], "ownership.script.unsupported");
    let mut none = exchange.script_row(&script, &address, &[&ada, &bob]);
    none.keys.clear();
    exchange.refuses_rows("17-no-script", &[none], "ownership.signature.malformed");

    // Forms that are not known, or do not sign in this way.
    let future = segwit_address("bc", 2, &[7; 32]);
    let row = exchange.bitcoin(&future, 9, |text| mal.coin(text));
    exchange.refuses_rows("17-unknown-witness-version", &[row], "reserves.row.address");
    let row = exchange.row(("FIL", "fil:f", "f01234"), 9, |text| mal.eip191(text));
    exchange.refuses_rows("17-unknown-type", &[row], "reserves.row.address");
    let row = exchange.bitcoin("bc1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", 9, |text| mal.coin(text));
    exchange.refuses_rows("17-address-of-nobody", &[row], "reserves.row.address");
    let prefix = segwit_address("bc1x", 0, &mal.hash160());
    let row = exchange.bitcoin(&prefix, 9, |text| mal.coin(text));
    exchange.refuses_rows("17-address-with-another-prefix", &[row], "reserves.row.address");
    let row = exchange.bitcoin(&mal.p2tr(), 9, |text| mal.coin(text));
    exchange.refuses_rows("17-taproot-by-message", &[row], "ownership.signature.malformed");
    let row = exchange.bitcoin(&mal.p2tr(), 9, |text| mal.bip322_taproot(text, &[0]));
    exchange.refuses_rows("17-taproot-with-a-mark", &[row], "ownership.signature.invalid");
    let row = exchange.bitcoin(&mal.p2wpkh(), 9, |text| mal.bip322_p2wpkh(text, true));
    exchange.refuses_rows("17-signature-of-two-forms", &[row], "ownership.signature.invalid");
    let mut unsigned = exchange.ether(&mal, 9);
    unsigned.signatures.clear();
    exchange.refuses_rows("17-unsigned", &[unsigned.clone()], "ownership.signature.missing");
    unsigned.message.clear();
    exchange.refuses_rows("17-no-message", &[unsigned], "ownership.message.length");
    // The neutral element of Ed25519, for which one signature is of every text.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let address = bs58::encode(neutral).into_string();
    let row =
        exchange.row(("SOL", SOLANA, &address), 9, |_| hex(&[&neutral[..], &[0; 32]].concat()));
    exchange.refuses_rows("17-key-of-small-order", &[row], "ownership.signature.invalid");
    let (ed, other) = (Ed25519::new(9), Ed25519::new(10));
    let address = bs58::encode(other.public()).into_string();
    let mut row = exchange.row(("SOL", SOLANA, &address), 9, |text| ed.sign(text));
    row.keys = vec![hex(&ed.public())];
    exchange.refuses_rows("17-key-beside-the-address", &[row], "ownership.signature.other_key");
    let (stark, stranger) = (Stark::new(11), Stark::new(12));
    let mut row = exchange.row(("ETH", "starknet:SN_MAIN", &stark.address()), 9, |t| stark.sign(t));
    row.keys = vec![stranger.public()];
    exchange.refuses_rows("17-stark-key-of-another", &[row.clone()], "ownership.signature.invalid");
    row.keys.clear();
    exchange.refuses_rows("17-no-stark-key", &[row], "ownership.key.missing");

    // Contracts, names and validators, whose holders the chain alone knows.
    let missing = "ownership.evidence.missing";
    let contradicts = "ownership.evidence.contradicts";
    let vault = [0x77; 20];
    let row = exchange.owned(vault, 9, &[&ada, &bob]);
    exchange.refuses_rows("17-owners-without-evidence", std::slice::from_ref(&row), missing);
    let accounts =
        |keys: &[&Key]| keys.iter().map(|key| key.account().to_vec()).collect::<Vec<_>>();
    let with = |name: &str, row: &Row, line: String, code: &str| {
        let mut holdings = exchange.with_rows(std::slice::from_ref(row));
        holdings.evidence.push(line);
        exchange.round.refuses(name, &holdings, LIST, code);
    };
    let of = |sources: &[&str], owners: &[&Key], threshold: u64| {
        recorded(&row, sources, &accounts(owners), threshold)
    };
    with("17-signer-who-is-no-owner", &row, of(&["node"], &[&ada, &eve], 2), contradicts);
    with("17-threshold-of-nobody", &row, of(&["node"], &[&ada, &bob], 0), contradicts);
    with("17-contract-threshold", &row, of(&["node"], &[&ada, &bob, &eve], 3), threshold);
    with("17-record-of-nobody", &row, of(&[], &[&ada, &bob], 2), missing);
    with("17-record-without-a-name", &row, of(&["node", " "], &[&ada, &bob], 2), contradicts);
    let twice = exchange.owned(vault, 9, &[&ada, &ada]);
    with("17-owner-twice", &twice, of(&["node"], &[&ada, &bob], 2), threshold);
    // One source by two spellings of its name is a claim.
    let mut holdings = exchange.honest();
    holdings.evidence[4] =
        recorded(&holdings.rows[6], &["node", "node "], &accounts(&[&ada, &bob]), 2);
    exchange.round.refuses("17-one-source-twice", &holdings, SUMMARY, "proof.field");

    let asked = Row { owners: Vec::new(), ..exchange.owned(vault, 9, &[&ada]) };
    let call = |message: &str, is_yes: bool| exchange.call(&asked, message, &["node"], is_yes);
    with("17-contract-asked-something-else", &asked, call(SENTENCE, true), contradicts);
    with("17-contract-said-no", &asked, call(&asked.message, false), contradicts);
    let row = exchange.row(("EOS", EOS, "another"), 9, |text| ada.eos(text));
    exchange.refuses_rows("17-name-without-keys", std::slice::from_ref(&row), missing);
    let stranger = eve.public().serialize().to_vec();
    let line = recorded(&row, &["node"], &[stranger], 1);
    with("17-name-with-other-keys", &row, line, contradicts);

    let bls = Bls::new(6);
    let validator = format!("0x{}", hex(&bls.public()));
    let mut row = exchange.row(("ETH", ETHEREUM, &validator), 32, |text| ada.eip191(text));
    row.owners = vec![ada.evm()];
    exchange.refuses_rows("17-validator-without-credentials", &[row.clone()], missing);
    let credentials = |bytes: Vec<u8>| {
        json!({
            "kind": "withdrawal", "chain": ETHEREUM, "address": validator, "height": 9,
            "sources": ["node", "explorer"], "credentials": hex(&bytes),
        })
        .to_string()
    };
    let of = |version: u8, key: &Key| [&[version], &[0; 11][..], &key.account()].concat();
    with("17-credentials-of-another", &row, credentials(of(1, &eve)), contradicts);
    with("17-credentials-of-no-version", &row, credentials(of(3, &ada)), contradicts);
    let mut older = exchange.row(("ETH", ETHEREUM, &validator), 32, |text| bls.sign(text));
    let withdrawal = Bls::new(7);
    older.keys = vec![hex(&bls.public())];
    let mut hash: Vec<u8> = sha256::Hash::hash(&withdrawal.public()).to_byte_array().to_vec();
    hash[0] = 0;
    with("17-bls-key-that-is-not-the-owners", &older, credentials(hash.clone()), contradicts);
    older.keys = vec![hex(&withdrawal.public())];
    with("17-bls-signature-of-another", &older, credentials(hash), "ownership.signature.invalid");
    // Who runs a validator need not own what is staked: that is a claim.
    older.keys.clear();
    let mut holdings = exchange.with_rows(&[older]);
    holdings.evidence.push(reading(holdings.rows.last().unwrap(), "node", HEIGHT, 32));
    holdings.evidence.push(reading(holdings.rows.last().unwrap(), "explorer", HEIGHT, 32));
    holdings.sums.insert("ETH".to_owned(), [5_000, 762, 48]);
    exchange.round.refuses("17-who-runs-a-validator", &holdings, SUMMARY, "proof.field");
    holdings.sums.insert("ETH".to_owned(), [5_000, 730, 80]);
    exchange.round.holds("17-who-runs-a-validator-as-a-claim", &holdings);
}

/// A18: something else than the asset.
fn other_assets(exchange: &Exchange) {
    let ada = Key::new(1);
    let honest = exchange.honest();
    let table = honest.tokens.clone().unwrap();
    let fake = table.replace(&hex(&TOKEN), &hex(&FAKE));
    let mut holdings = Holdings { tokens: Some(fake), ..honest.clone() };
    let contract = "reserves.tokens.contract";
    exchange.round.refuses("18-fake-contract-in-the-table", &holdings, TOKENS, contract);
    // The balance in another contract says nothing of the asset's.
    let slot = slot_of(ada.account(), MAPPING);
    holdings = honest.clone();
    holdings.evidence[2] = account(ETHEREUM, &exchange.ethereum.proof(FAKE, &[slot]));
    let row = holdings.rows.iter_mut().find(|row| row.asset == "USDT").unwrap();
    row.amount = 9_000_000;
    holdings.sums.insert("USDT".to_owned(), [9_000_000, 0, 0]);
    exchange.round.refuses("18-balance-in-a-fake-contract", &holdings, SUMMARY, "proof.field");
    for (name, from, to) in [
        ("18-token-with-other-code", hex(&CODE), "ab".repeat(32)),
        ("18-token-with-another-slot", format!(",{MAPPING},"), ",3,".to_owned()),
        ("18-token-in-another-form", "solidity".to_owned(), "vyper".to_owned()),
    ] {
        let tokens = Some(table.replace(&from, &to));
        let holdings = Holdings { tokens, ..honest.clone() };
        exchange.round.refuses(name, &holdings, SUMMARY, "proof.field");
    }
    for (name, tokens) in [
        ("18-table-with-a-slot-below-zero", table.replace(",2,", ",-2,")),
        ("18-table-with-quotes", table.replace("USDT", "\"USDT\"")),
        ("18-table-with-a-token-twice", format!("{table}{}", table.lines().nth(1).unwrap())),
        ("18-table-without-columns", table.replace("slot", "place")),
    ] {
        let holdings = Holdings { tokens: Some(tokens), ..honest.clone() };
        exchange.round.refuses(name, &holdings, TOKENS, "reserves.tokens.malformed");
    }
    // A million of units of 18 decimals instead of six.
    let mut holdings = honest.clone();
    let row = holdings.rows.iter_mut().find(|row| row.asset == "USDT").unwrap();
    row.amount *= 1_000_000_000_000;
    let differs = "reserves.row.amount_differs";
    exchange.round.refuses("18-wrong-decimals", &holdings, LIST, differs);

    // What stands for ether on another chain is counted as that, and never as proved.
    let bob = Key::new(2);
    let bridged = exchange.row(("ETH", OPTIMISM, &bob.evm()), 40, |text| bob.eip191(text));
    let mut holdings = exchange.with_rows(std::slice::from_ref(&bridged));
    holdings.sums.insert("ETH".to_owned(), [5_040, 730, 48]);
    exchange.round.refuses("18-bridged-as-native", &holdings, SUMMARY, "proof.field");
    holdings.sums.insert("ETH".to_owned(), [5_000, 730, 88]);
    exchange.round.holds("18-bridged-as-a-claim", &holdings);
    let wrapped = Row { asset: "WETH".to_owned(), ..exchange.ether(&bob, 40) };
    exchange.refuses_rows("18-wrapped-asset", &[wrapped], "reserves.row.asset");
    let look = Row { asset: "\u{415}TH".to_owned(), ..exchange.ether(&bob, 40) };
    exchange.refuses_rows("18-look-alike-letter", &[look], "reserves.row.asset");
    let receipt = Row { asset: "STETH".to_owned(), ..exchange.ether(&bob, 32) };
    exchange.refuses_rows("18-receipt-beside-the-stake", &[receipt], "reserves.staking.both");

    // Lists in the anchor's layouts.
    let sentence = ada.eip191(SENTENCE);
    let anchor = |totals: &str, amount: &str| {
        let head = "coin,Network,Snapshot Height,address,amount,message,signature1,signature2,redeem script/ public key,eoa1,eoa2";
        let text = format!(
            "coin,snapshot height,amount\n{totals}\n{head}\nUSDT,ETH,{HEIGHT},{},{amount},{SENTENCE},{sentence},,\n",
            ada.evm()
        );
        let mut holdings = honest.clone();
        holdings.list = Some(text.into_bytes());
        holdings.sums = [("USDT".to_owned(), [0, 0, 1_000_000])].into();
        holdings
    };
    exchange.round.holds("18-anchors-list", &anchor("USDT,1,1.00", "1.0"));
    let code = "reserves.total.differs";
    exchange.round.refuses("18-total-above-its-rows", &anchor("USDT,1,2", "1.0"), LIST, code);
    let code = "reserves.row.amount";
    exchange.round.refuses(
        "18-digits-beyond-the-asset",
        &anchor("USDT,1,1.0000001", "1.0000001"),
        LIST,
        code,
    );
}

/// A19: balances of another time, place or account.
fn other_balances(exchange: &Exchange) {
    let [ada, bob] = [1, 2].map(Key::new);
    let honest = exchange.honest();
    let row = Row { height: HEIGHT - 1, ..exchange.ether(&bob, 9) };
    exchange.refuses_rows("19-row-of-another-height", &[row], "reserves.row.height");
    let row = exchange.ether(&bob, 9);
    let with = |name: &str, lines: &[String], code: &str| {
        let mut holdings = exchange.with_rows(std::slice::from_ref(&row));
        holdings.evidence.extend(lines.iter().cloned());
        exchange.round.refuses(name, &holdings, LIST, code);
    };
    let early = reading(&row, "node", HEIGHT - 1, 9);
    with("19-source-of-another-height", std::slice::from_ref(&early), "reserves.row.height");
    let node = reading(&row, "node", HEIGHT, 9);
    let disagree = "evidence.sources.disagree";
    with("19-sources-of-two-heights", &[node.clone(), early], disagree);
    let other = reading(&row, "explorer", HEIGHT, 10);
    with("19-sources-of-two-amounts", &[node.clone(), other.clone()], disagree);
    with("19-source-of-another-amount", &[other], "reserves.row.amount_differs");
    let unnamed = reading(&row, " ", HEIGHT, 9);
    with("19-source-without-a-name", &[unnamed], "evidence.sources.missing");
    let mut holdings = exchange.with_rows(std::slice::from_ref(&row));
    holdings.evidence.extend([node, reading(&row, " node ", HEIGHT, 9)]);
    holdings.sums.insert("ETH".to_owned(), [5_000, 739, 48]);
    exchange.round.refuses("19-one-source-twice", &holdings, SUMMARY, "proof.field");

    // Another header, another state.
    let later = {
        let mut state = exchange.ethereum.clone();
        state.put(ada.account(), 6_000, keccak256(b""), &[]);
        state
    };
    let other = "evidence.header.other";
    exchange.refuses_evidence("19-header-of-another-block", header(ETHEREUM, &later), other);
    let line = header(OPTIMISM, &exchange.optimism);
    exchange.refuses_evidence("19-block-of-another-height", line, "evidence.line");
    let line = header("eip155:137", &exchange.optimism);
    exchange.refuses_evidence("19-chain-that-is-not-named", line, "evidence.line");
    let invalid = "evidence.proof.invalid";
    let line = account(ETHEREUM, &later.proof(ada.account(), &[]));
    exchange.refuses_evidence("19-proof-of-another-block", line, invalid);
    let line = account(OPTIMISM, &exchange.optimism.proof([3; 20], &[]));
    exchange.refuses_evidence("19-account-before-its-header", line, "evidence.line");
    let slot = slot_of(ada.account(), MAPPING);
    let good = exchange.ethereum.proof(TOKEN, &[slot]);
    let changed = |name: &str, change: &dyn Fn(&mut serde_json::Value), code: &str| {
        let mut proof = good.clone();
        change(&mut proof);
        exchange.refuses_evidence(name, account(ETHEREUM, &proof), code);
    };
    changed("19-slot-with-more", &|p| p["storageProof"][0]["value"] = json!("0xf4241"), invalid);
    changed("19-slot-with-nothing", &|p| p["storageProof"][0]["value"] = json!("0x0"), invalid);
    changed("19-account-with-more", &|p| p["balance"] = json!("0x1"), invalid);
    changed(
        "19-proof-cut-short",
        &|p| drop(p["accountProof"].as_array_mut().unwrap().pop()),
        invalid,
    );
    changed(
        "19-node-too-many",
        &|p| {
            let nodes = p["accountProof"].as_array_mut().unwrap();
            nodes.push(nodes[0].clone());
        },
        invalid,
    );
    // The slot of another holder, under the name of this one.
    let theirs = exchange.ethereum.proof(TOKEN, &[slot_of(bob.account(), MAPPING)]);
    changed(
        "19-slot-of-another-renamed",
        &|p| {
            p["storageProof"][0]["proof"] = theirs["storageProof"][0]["proof"].clone();
        },
        invalid,
    );
    let mut holdings = honest.clone();
    holdings.evidence[2] = account(ETHEREUM, &theirs);
    exchange.round.refuses("19-slot-of-another-account", &holdings, SUMMARY, "proof.field");
    holdings.sums.insert("USDT".to_owned(), [0, 0, 1_000_000]);
    exchange.round.holds("19-slot-of-another-account-as-a-claim", &holdings);
    // The account of another holder, renamed.
    let mut renamed = exchange.ethereum.proof([7; 20], &[]);
    renamed["address"] = json!(bob.evm());
    exchange.refuses_evidence("19-account-of-another", account(ETHEREUM, &renamed), invalid);
    let mut raised = honest.clone();
    raised.rows[4].amount += 1;
    let differs = "reserves.row.amount_differs";
    exchange.round.refuses("19-more-than-the-chain-shows", &raised, LIST, differs);

    let malformed = "evidence.proof.malformed";
    changed("19-proof-with-more-fields", &|p| p["more"] = json!(1), malformed);
    changed("19-proof-with-a-number", &|p| p["balance"] = json!(0), malformed);
    changed(
        "19-proof-as-a-list",
        &|p| {
            let slot = p["storageProof"][0].clone();
            p["storageProof"] = json!([[slot["key"], slot["value"], slot["proof"]]]);
        },
        malformed,
    );
    let large = "evidence.proof.too_large";
    changed(
        "19-proof-with-long-nodes",
        &|p| {
            p["accountProof"] = json!([format!("0x{}", "00".repeat(2_000))]);
        },
        large,
    );
    changed("19-proof-with-many-nodes", &|p| p["accountProof"] = json!(vec!["0x00"; 66]), large);
}

/// A20: what is not in its one form, or says nothing.
fn unreadable(exchange: &Exchange) {
    let honest = exchange.honest();
    let bob = Key::new(2);
    let line = reading(&exchange.ether(&bob, 9), "node", HEIGHT, 9);
    for (name, line) in [
        (
            "20-evidence-that-says-two-things",
            line.replace("\"amount\":\"9\"", "\"amount\":\"9\",\"amount\":\"10\""),
        ),
        ("20-evidence-with-more", line.replace("{", "{\"more\":1,")),
        ("20-evidence-with-a-fraction", line.replace(&HEIGHT.to_string(), "1.0")),
        ("20-evidence-of-no-kind", line.replace("reading", "trust")),
        ("20-evidence-as-a-list", "[\"header\",\"eip155:1\",\"0xc0\"]".to_owned()),
        (
            "20-evidence-nested",
            format!(
                "{{\"kind\":\"account\",\"chain\":\"eip155:1\",\"proof\":{}{}}}",
                "[".repeat(200),
                "]".repeat(200)
            ),
        ),
        ("20-evidence-below-zero", line.replace("\"9\"", "\"-9\"")),
        ("20-evidence-cut-off", line[..line.len() - 2].to_owned()),
        ("20-evidence-with-half-a-letter", line.replace("node", "\\ud800")),
    ] {
        assert!(name.ends_with("list") || !honest.evidence.contains(&line), "{name}");
        exchange.refuses_evidence(name, line, "evidence.line");
    }
    let wrong = reading(
        &Row { address: "nobody".to_owned(), ..exchange.ether(&bob, 9) },
        "node",
        HEIGHT,
        9,
    );
    let undecodable = "ownership.address.undecodable";
    exchange.refuses_evidence("20-evidence-of-nobody", wrong, undecodable);

    let text = honest.list_text();
    let first = text.lines().nth(1).unwrap();
    let amount = |from: &str, to: &str| first.replacen(from, to, 1);
    for (name, line, code) in [
        ("20-amount-below-zero", amount(",100,", ",-100,"), "reserves.row.amount"),
        ("20-amount-with-an-exponent", amount(",100,", ",1e2,"), "reserves.row.amount"),
        (
            "20-amount-of-300-bits",
            amount(",100,", &format!(",{},", "9".repeat(90))),
            "reserves.row.amount",
        ),
        ("20-chain-of-nobody", amount(BITCOIN, "bip122:1"), "reserves.row.chain"),
        (
            "20-height-in-words",
            amount(&BITCOIN_HEIGHT.to_string(), "latest"),
            "reserves.row.height",
        ),
        ("20-field-too-few", first.trim_end_matches(',').to_owned(), "reserves.row.columns"),
        ("20-field-too-many", format!("{first},"), "reserves.row.columns"),
        ("20-quote-not-closed", format!("\"{first}"), "reserves.row.columns"),
        ("20-text-after-a-quote", first.replacen("BTC", "\"BTC\"x", 1), "reserves.row.columns"),
        (
            "20-line-too-long",
            first.replacen(",node,", &format!(",{},", "n".repeat(17_000)), 1),
            "reserves.line.too_long",
        ),
    ] {
        let list = Some(text.replacen(first, &line, 1).into_bytes());
        exchange.round.refuses(name, &Holdings { list, ..honest.clone() }, LIST, code);
    }
    let mut bytes = text.clone().into_bytes();
    let place = bytes.windows(6).position(|part| part == b",node,").unwrap();
    bytes[place + 1] = 0xff;
    let holdings = Holdings { list: Some(bytes), ..honest.clone() };
    exchange.round.refuses("20-not-utf-8", &holdings, LIST, "reserves.row.columns");
    let head = Some(text.replacen("asset,", "assets,", 1).into_bytes());
    let holdings = Holdings { list: head, ..honest.clone() };
    exchange.round.refuses("20-head-of-no-list", &holdings, LIST, "reserves.list.header");
    // The same said in other ways: fields in quotes, a mark of the byte order, other line ends.
    let quoted =
        first.replacen("BTC", "\"BTC\"", 1).replacen(",node,", ", \"a \"\"node\"\"\" ,", 1);
    let list = text.replacen(first, &quoted, 1).replace('\n', "\r\n\r\n");
    let holdings =
        Holdings { list: Some(format!("\u{feff}{list}").into_bytes()), ..honest.clone() };
    exchange.round.holds("20-list-with-quotes", &holdings);

    // The summary is what follows, and in its one form.
    let field = "proof.field";
    let mut more = honest.clone();
    more.sums.insert("BTC".to_owned(), [165, 0, 0]);
    exchange.round.refuses("20-claims-called-proof", &more, SUMMARY, field);
    more.sums.insert("BTC".to_owned(), [0, 100, 66]);
    exchange.round.refuses("20-more-than-the-rows", &more, SUMMARY, field);
    let spaced = honest.summary_text().replacen(':', ": ", 1).into_bytes();
    let holdings = Holdings { summary: Some(spaced), ..honest.clone() };
    exchange.round.refuses("20-summary-spelled-otherwise", &holdings, SUMMARY, field);

    // Files that are missing, and one too many.
    let mut files = Published::files_of(&honest);
    files.insert("reserves/readme.txt".to_owned(), b"trust us".to_vec());
    let extra = "proof.file.extra";
    exchange.round.refuses_files("20-file-beside", &files, "reserves/readme.txt", extra);
    for name in [LIST, SUMMARY] {
        let mut files = Published::files_of(&honest);
        files.remove(name);
        let case = format!("20-without-{}", name.replace('/', "-"));
        exchange.round.refuses_files(&case, &files, name, "proof.file.missing");
    }
}
