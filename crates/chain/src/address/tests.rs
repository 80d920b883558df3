use super::*;
use proptest::prelude::*;

const BTC: Network = Network::Bitcoin;
const ETH: Network = Network::ETHEREUM;

#[test]
fn standard_examples_parse_and_print_back() {
    // EIP-55, BIP-173, BIP-350, Bitcoin genesis, Tron USDT, XRP genesis, Polkadot treasury-era key.
    let examples: &[(Network, &str)] = &[
        (ETH, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
        (ETH, "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"),
        (BTC, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (BTC, "3QRsxVqmEf9KyVf6hPiM6Qq1YUR3AdcVV2"),
        (BTC, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (BTC, "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"),
        (BTC, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
        (Network::BitcoinTestnet3, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"),
        (Network::Tron, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        (Network::Xrpl, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"),
        (Network::Polkadot, "14FscqFT8S8W8emC5294cEpDctgAucJW7C99mpxS4cucpHoA"),
    ];
    for (network, text) in examples {
        let address = parse_address(*network, text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(format_address(*network, &address), *text);
    }
}

#[test]
fn the_two_forms_of_a_bitcoin_cash_address_are_one_address() {
    // cashaddr.md, "Examples of address translation".
    let pairs = [
        (
            "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
            "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        ),
        (
            "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC",
            "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
        ),
    ];
    for (legacy, cashaddr) in pairs {
        let parse = |text| parse_address(Network::BitcoinCash, text);
        assert_eq!(parse(legacy), parse(cashaddr));
        assert_eq!(parse(cashaddr), parse(cashaddr.strip_prefix("bitcoincash:").unwrap()));
        assert!(parse(legacy).is_ok());
    }
}

#[test]
fn a_wrong_character_fails_the_checksum() {
    let cases: &[(Network, &str)] = &[
        (ETH, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"),
        (BTC, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"),
        (BTC, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"),
        (Network::Tron, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u"),
        (Network::BitcoinCash, "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6q"),
        (Network::Polkadot, "14FscqFT8S8W8emC5294cEpDctgAucJW7C99mpxS4cucpHoB"),
    ];
    for (network, text) in cases {
        let error = parse_address(*network, text).unwrap_err();
        assert!(matches!(error, AddressError::Checksum(_)), "{text}: {error}");
    }
}

#[test]
fn another_networks_address_is_refused() {
    assert!(parse_address(BTC, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t").is_err());
    assert!(parse_address(BTC, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx").is_err());
    assert!(parse_address(ETH, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa").is_err());
    assert!(parse_address(ETH, "0x123").is_err());
    assert_eq!(parse_address(ETH, "  "), Err(AddressError::Empty));
    assert!(matches!(parse_address(ETH, &"0".repeat(10_000)), Err(AddressError::TooLong(..))));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,130}", network in prop::sample::select(&[
        ETH, BTC, Network::BitcoinCash, Network::Monero, Network::Polkadot, Network::Tron,
        Network::Xrpl, Network::BnbBeacon, Network::Zcash,
    ])) {
        let _ = parse_address(network, &text);
    }

    #[test]
    fn printed_addresses_parse_back(bytes: [u8; 32], which in 0usize..5) {
        let short: [u8; 20] = bytes[..20].try_into().unwrap();
        let (network, address) = match which {
            0 => (ETH, Address::account20(short)),
            1 => (BTC, Address::from_20(AddressKind::PubkeyHash, short)),
            2 => (Network::Litecoin, Address::from_20(AddressKind::ScriptHash, short)),
            3 => (BTC, Address::from_32(AddressKind::Taproot, bytes)),
            _ => (Network::Polkadot, Address::from_32(AddressKind::Account32, bytes)),
        };
        prop_assert_eq!(parse_address(network, &format_address(network, &address)), Ok(address));
    }
}
