#![no_main]
use libfuzzer_sys::fuzz_target;
use model::Network;

fuzz_target!(|text: &str| {
    let networks = [
        Network::ETHEREUM, Network::Bitcoin, Network::BitcoinCash, Network::Monero,
        Network::Polkadot, Network::Tron, Network::Xrpl, Network::BnbBeacon, Network::Zcash,
    ];
    for network in networks {
        if let Ok(address) = chain::parse_address(network, text) {
            let printed = chain::format_address(network, &address);
            if address.kind() != model::AddressKind::Text && address.kind() != model::AddressKind::WitnessUnknown {
                assert_eq!(chain::parse_address(network, &printed), Ok(address));
            }
        }
    }
});
