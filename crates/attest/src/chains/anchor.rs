//! What the anchor's lists call chains. A name that is not here is refused, never guessed.

use super::Chain;

/// Names of coins and networks, and the chain's CAIP-2 id.
const NAMES: &[(&str, &[&str])] = &[
    ("bip122:000000000019d6689c085ae165831e93", &["BTC", "USDT-OMNI"]),
    ("bip122:12a765e31ffd4059bada1e25190f6e98", &["LTC"]),
    ("bip122:000000000000000000651ef99cb9fcbe", &["BCH", "BCHN"]),
    ("bip122:000000000000000001d956714215d96f", &["BSV", "BCHSV"]),
    ("bip122:0000000000000000e5438564434edaf4", &["BTG"]),
    ("bip122:1a91e3dace36e2be3bf030a65679fe82", &["DOGE"]),
    ("bip122:00000ffd590b1485b3caadc19b22e637", &["DASH"]),
    ("bip122:00040fe8ec8471911baa1db1266ea15d", &["ZEC", "ZCASH"]),
    ("bip122:7497ea1b465eb39f1c8f507bc877078f", &["DGB"]),
    ("bip122:000075aef83cf2853580f8ae8ce6f8c3", &["QTUM"]),
    ("bip122:0000006b444bc2f2ffe627be9d9e7e7a", &["RVN"]),
    ("ecash:mainnet", &["XEC", "BCHA"]),
    ("horizen:mainnet", &["ZEN"]),
    ("bcd:mainnet", &["BCD"]),
    ("tron:0x2b6653dc", &["TRX", "TRON", "USDT-TRC20", "USDC-TRC"]),
    ("xrpl:0", &["XRP", "RIPPLE"]),
    ("fil:f", &["FIL", "FIL-EVM", "FIL_EVM", "FEVM"]),
    ("conflux:1029", &["CFX"]),
    ("aelf:AELF", &["ELF"]),
    ("icon:0x1", &["ICX"]),
    ("stacks:1", &["STX"]),
    ("avax:imji8papUf2EhV3le337w1vgFauqkJg-", &["AVAX-X", "AVAX_X"]),
    ("cosmos:cosmoshub-4", &["ATOM"]),
    ("cosmos:celestia", &["TIA"]),
    ("cosmos:crypto-org-chain-mainnet-1", &["CRO"]),
    ("cosmos:phoenix-1", &["TERRA", "LUNA_TERRA"]),
    ("cosmos:columbus-5", &["LUNC"]),
    ("cosmos:dydx-mainnet-1", &["DYDX"]),
    ("cosmos:vota-ash", &["DORA"]),
    ("cosmos:injective-1", &["INJ"]),
    ("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", &["SOL", "USDC-SPL", "USDT-SPL"]),
    ("aptos:1", &["APTOS", "APT", "APTOS-FA", "USDT-APTOS", "USDC-APTOS"]),
    ("sui:mainnet", &["SUI", "USDC-SUI"]),
    ("tvm:-239", &["TON", "TONCOIN-NEW", "TONCOIN_NEW", "USDT-TON"]),
    ("polkadot:91b171bb158e2d3848fa23a9f1c25182", &["DOT"]),
    ("polkadot:68d56f15f85d3136970ec16946040bc1", &["ASSET-HUB", "ASSET_HUB"]),
    ("polkadot:b0a8d493285c2df73290dfb7e61f870f", &["KSM"]),
    ("stellar:pubnet", &["XLM", "STELLAR"]),
    ("stellar:pi", &["PI"]),
    ("cip34:1-764824073", &["ADA"]),
    ("near:mainnet", &["NEAR"]),
    ("hedera:mainnet", &["HBAR", "HEDERA"]),
    ("antelope:aca376f206b8fc25a6ed44dbdc66547c", &["EOS", "A", "Vaulta", "VAULTA"]),
    ("antelope:1064487b3cd1a897ce03ae5b6a865651", &["WAX", "WAXP"]),
    ("starknet:SN_MAIN", &["STARKNET", "STARKNET-ETH", "STARK"]),
    (
        "eip155:1",
        &[
            "ETH",
            "USDT-ERC20",
            "USDG-ERC20",
            "USDC",
            "BETH",
            "SHIB",
            "UNI",
            "LINK",
            "PEOPLE",
            "BLUR",
        ],
    ),
    ("eip155:10", &["ETH-OPTIMISM", "ETH_OPTIMISM", "OPTIMISM", "USDT-OPTIMISM", "USDC-OPTIMISM"]),
    ("eip155:25", &["CRONOS"]),
    ("eip155:56", &["BSC", "BNB_BSC", "BABYDOGE-BSC"]),
    ("eip155:61", &["ETC"]),
    (
        "eip155:66",
        &[
            "OKT",
            "OKC",
            "OKB-OKC20",
            "LTCK-OKC20",
            "FILK-OKC20",
            "USDC-OKC20",
            "USDT-OKC20",
            "DOTK-OKC20",
            "UNIK-OKC20",
            "LINKK-OKC20",
            "ETHK-OKC20",
            "SHIBK-KIP20",
            "ETCK-KIP20",
            "XRPK-KIP20",
            "BCHK-KIP20",
            "BABYDOGE-KIP20",
            "TRXK-KIP20",
        ],
    ),
    ("eip155:130", &["UNICHAIN", "ETH_UNICHAIN"]),
    ("eip155:137", &["POLYGON", "USDT-POLY", "POLY-USDC", "POLY-USDC-3359"]),
    ("eip155:146", &["SONIC", "S_SONIC"]),
    (
        "eip155:196",
        &["XLAYER", "OKB-X1", "OKB_X1", "OKB-X1-ETH", "OKB-X1-USDT", "OKB-X1-USDC", "USDG-XLAYER"],
    ),
    ("eip155:250", &["FTM_OPERA"]),
    ("eip155:324", &["ETH-ZKSYNC2", "ZKSYNC2", "ETH_ZKSYNC"]),
    ("eip155:1030", &["CFX_EVM"]),
    ("eip155:1088", &["METIS", "METIS_MAINNET"]),
    ("eip155:1116", &["CORE"]),
    ("eip155:1284", &["MOONBEAM", "GLRM"]),
    ("eip155:1285", &["MOVR"]),
    ("eip155:1329", &["SEI_EVM"]),
    ("eip155:1514", &["STORY", "IP_STORY"]),
    ("eip155:2020", &["RONIN", "RON"]),
    ("eip155:8217", &["KAIA", "KLAY"]),
    ("eip155:8453", &["BASE", "ETH-BASE", "USDC-BASE"]),
    ("eip155:10001", &["ETHW"]),
    (
        "eip155:42161",
        &[
            "ETH-ARBITRUM",
            "ETH_ARBITRUM",
            "ARBITRUM",
            "USDT-ARBITRUM",
            "USDC-ARBITRUM",
            "USDC-ARBITRUM-NATIVE",
        ],
    ),
    ("eip155:42220", &["CELO"]),
    ("eip155:43114", &["AVAXC", "USDT-AVAXC", "USDC-AVAXC"]),
    ("eip155:59144", &["ETH-LINEA", "ETH_LINEA"]),
    ("eip155:80094", &["BERA"]),
    ("eip155:210425", &["LAT"]),
    ("eip155:534352", &["SCROLL"]),
    ("eip155:1666600000", &["ONE", "HARMONY_ONE"]),
];

pub(super) fn chain(name: &str) -> Option<Chain> {
    let (caip2, _) = NAMES.iter().find(|(_, names)| names.contains(&name))?;
    caip2.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_means_one_chain_that_is_known() {
        let mut seen = BTreeSet::new();
        for (caip2, names) in NAMES {
            for name in *names {
                assert!(seen.insert(*name), "{name} is listed twice");
                assert!(chain(name).is_some(), "{caip2}");
            }
        }
        assert_eq!(chain("NULS"), None);
        assert_eq!(chain(""), None);
    }
}
