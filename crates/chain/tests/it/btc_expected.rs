//! What an independent decoder (Python, base58 and bech32 packages) found in each block of the
//! public set: file, network, transactions, inputs, outputs, sum of outputs in satoshi, SHA-256 of
//! the newline-joined addresses of all outputs (empty line for outputs without one), and the sum
//! of spent outputs where undo data exist.

pub(crate) struct Expected {
    pub(crate) hash: &'static str,
    pub(crate) is_mainnet: bool,
    pub(crate) transactions: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) output_sat: u128,
    pub(crate) addresses_sha256: &'static str,
    pub(crate) spent_sat: Option<u128>,
}

#[rustfmt::skip]
pub(crate) const BLOCKS: &[Expected] = &[
    Expected { hash: "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048", is_mainnet: true, transactions: 1, inputs: 1, outputs: 1, output_sat: 5000000000, addresses_sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", spent_sat: None },
    Expected { hash: "0000000000000756935f1ee9d5987857b604046f846d3df56d024cdb5f368665", is_mainnet: true, transactions: 14, inputs: 60, outputs: 231, output_sat: 104050091529, addresses_sha256: "e96001ce32f92943939d9b977f6f348d5818692da79651a63c7ea956164fbd95", spent_sat: None },
    Expected { hash: "0000000004053156021d8e42459d284220a7f6e087bf78f30179c3703ca4eefa", is_mainnet: false, transactions: 2, inputs: 2, outputs: 2, output_sat: 10000000000, addresses_sha256: "e99f881d0b9ef6e5f632f02b52dc554ba975c1784a5027951d0aa2f1988dd7d9", spent_sat: None },
    Expected { hash: "000000007590ba495b58338a5806c2b6f10af921a70dbd814e0da3c6957c0c03", is_mainnet: false, transactions: 5, inputs: 5, outputs: 9, output_sat: 11155450000, addresses_sha256: "cc3bf0491c20f8d324288ca67b0bec5fe5a11ea0b4b63e0d0c30aed537f56e5e", spent_sat: None },
    Expected { hash: "00000000000001aa077d7aa84c532a4d69bdbff519609d1da0835261b7a74eb6", is_mainnet: true, transactions: 122, inputs: 263, outputs: 229, output_sat: 176067178825, addresses_sha256: "88acbf63268d2f2d89b29149b718bf93ee74700b3238a4f063639830cd260425", spent_sat: None },
    Expected { hash: "00000000000000d0dfd4c9d588d325dce4f32c1b31b7c0064cba7025a9b9adcc", is_mainnet: true, transactions: 100, inputs: 191, outputs: 188, output_sat: 53970408382, addresses_sha256: "54547b70f9596b585a642750f21c9e27093caa65b94955d61938ebf27a2cf7e4", spent_sat: None },
    Expected { hash: "0000000000000000821c4e0acc40f88bedbce3b73ba2358b5ade58a9022cc78c", is_mainnet: true, transactions: 461, inputs: 1428, outputs: 1226, output_sat: 513093575772, addresses_sha256: "a4805f266d4972e9633deeb34f196f67364bc10f5579686bca5c6a393bd1e7ad", spent_sat: Some(510593575772) },
    Expected { hash: "00000000000000001203c1ea455e38612bdf36e9967fdead11935c8e22283ecc", is_mainnet: true, transactions: 202, inputs: 503, outputs: 482, output_sat: 86201747144, addresses_sha256: "4d1cc0c0dd222f716c2f84e13c1485d7a50e2bca23ee73c336c1f665c5929579", spent_sat: None },
    Expected { hash: "0000000000000000011b2a4cb91b63886ffe0d2263fd17ac5a9b902a219e0a14", is_mainnet: true, transactions: 587, inputs: 3043, outputs: 1418, output_sat: 584509479241, addresses_sha256: "db6c8ad2572db9d707dd25f721cfd7dce06c9d1a2c1264a93fc592529adb1480", spent_sat: None },
    Expected { hash: "00000000000000001416a613602d73bbe5c79170fd8f39d509896b829cf9021e", is_mainnet: true, transactions: 708, inputs: 2006, outputs: 1823, output_sat: 497312846469, addresses_sha256: "13171759cc75ca494bdf21ed11998263b612960910bd52181f0dc275e5f88102", spent_sat: None },
    Expected { hash: "00000000000000000aab6a2b34e979b09ca185584bd1aecf204f24d150ff55e9", is_mainnet: true, transactions: 1731, inputs: 3620, outputs: 4307, output_sat: 2849162557445, addresses_sha256: "1d99f63e4b24ab0f24335e691fb2036352fe576e61907758a148037ef96c7b29", spent_sat: None },
    Expected { hash: "000000000000406178b12a4dea3b27e13b3c4fe4510994fd667d7c1e6a3f4dc1", is_mainnet: false, transactions: 4, inputs: 8, outputs: 12, output_sat: 1869491028, addresses_sha256: "c373ad359abc5082a5d111e38f94558904f0ff44a19ff11bafaf281ed9e129e5", spent_sat: None },
    Expected { hash: "00000000c269ad542ed9ac684cb5fa6df340d5feee0e040590225c7332b98fca", is_mainnet: false, transactions: 10, inputs: 16, outputs: 24, output_sat: 5068731170, addresses_sha256: "426932e61787899279fe91df3e0714ff0dea97fa94083466097dbb0cc61d6ac4", spent_sat: None },
    Expected { hash: "00000000000000000431d0ead6e0bd9f90ff0d469e9b05d51e3d04971f472973", is_mainnet: true, transactions: 409, inputs: 6032, outputs: 798, output_sat: 607985168305, addresses_sha256: "aa2e5a6bda06b0988245ab89ac3ee42a0bedac1b87f176861897c029afd5eba4", spent_sat: None },
    Expected { hash: "00000000000001c4b87edf974ddc601d88dda332265b9849a944a5ff0141a378", is_mainnet: false, transactions: 889, inputs: 8693, outputs: 9241, output_sat: 2050976520495, addresses_sha256: "0d6554d1bd47150fde09c72a7e241ac6e21b8b8c82fb4704469ffa0fe2234b8c", spent_sat: Some(2050664020495) },
    Expected { hash: "00000000000cee3a01a2821fe68eaa06000e8c744320efca8fcff9c4b9cf76c2", is_mainnet: false, transactions: 201, inputs: 1973, outputs: 1445, output_sat: 1217147815318, addresses_sha256: "2be5d4940cdce3bfe9f19e05bd736d6598ff8813bff4cdc91bbf16807521305e", spent_sat: Some(1216835315318) },
    Expected { hash: "00000000000001ad19468cbe4010a97942e7d81346f6bd0273f0698dc8022c0a", is_mainnet: false, transactions: 915, inputs: 9985, outputs: 9990, output_sat: 5167094985, addresses_sha256: "6c73aabe25b5e3ec3f3af80c364c980839dec23cf9d8158cbb83bfeda8b26f10", spent_sat: Some(4854594985) },
    Expected { hash: "00000000000001dc1c2cbd9c2419e9fd396449be12176b3b7c78c2784eb2f5e7", is_mainnet: false, transactions: 676, inputs: 11216, outputs: 7379, output_sat: 6318214237, addresses_sha256: "65de611ae5f5d7fb3c1054e624921aa140832976744c837242fabc695f958176", spent_sat: Some(6005714237) },
    Expected { hash: "000000000000008d5be88d271df4ef8559ed54d6fd9e2705a3ba9ba376d8997d", is_mainnet: false, transactions: 993, inputs: 8595, outputs: 10264, output_sat: 4160211552323, addresses_sha256: "d9c39e99cd2f91e9d768f5c8cb72f2771f76a727a0c577fe1ed4ce0475b4af8d", spent_sat: Some(4159899052323) },
    Expected { hash: "000000000000003dbbbd9a56f9eab083ea8206cd5ffc63d1c758cbe6b5cbe4eb", is_mainnet: false, transactions: 914, inputs: 9984, outputs: 10010, output_sat: 17688868574, addresses_sha256: "d840758c1cb2e895764cf6c03fa334c59a24fc01b2149b27d48bdfb3519b213e", spent_sat: Some(17376368574) },
    Expected { hash: "000000000000000002d249a3d89f63ef3fee203adcca7c24008c13fd854513f2", is_mainnet: true, transactions: 1652, inputs: 4898, outputs: 5640, output_sat: 5132532600038, addresses_sha256: "dc67ce743adfea95cbea13774f4eeaa06a99e01973f0bcf4977f41250c8b4825", spent_sat: None },
    Expected { hash: "0000000003db83e6ab01a6ebb26ad2b1481688009141c9afc204c54284e1ba66", is_mainnet: false, transactions: 97, inputs: 206, outputs: 231, output_sat: 56858199827, addresses_sha256: "f653fb7a291244fcd2e0286d268105753496350f914a9d199410a1727e740659", spent_sat: Some(56701949827) },
    Expected { hash: "000000000000000000893c019d81f2d48ee33892c12428f3121bbd16ed6db926", is_mainnet: true, transactions: 2097, inputs: 4699, outputs: 4659, output_sat: 984435797852, addresses_sha256: "76340c2e5b11a12438638f1c3888cd09a1a77d8f76d99227748965961d89eabf", spent_sat: None },
    Expected { hash: "000000000000000000917cba69f69b758fe396c8e30ae97bbcf08c4eb975e726", is_mainnet: true, transactions: 2020, inputs: 5247, outputs: 5146, output_sat: 1729342118131, addresses_sha256: "20a5200a865d679aa700d04dda71d135d27a49c8c1b1e5c4dadfa7302053a8b1", spent_sat: None },
    Expected { hash: "000000000000000000c238240ef6dcb26c37e75e16514e6ffc0aef7eee73e747", is_mainnet: true, transactions: 12, inputs: 52, outputs: 25, output_sat: 24529107298, addresses_sha256: "d365d0749a1dc24e5818f8bfacd0e2699458f0085bdf0e3a5867f38d5c850f76", spent_sat: None },
    Expected { hash: "00000000000000000021868c2cefc52a480d173c849412fe81c4e5ab806f94ab", is_mainnet: true, transactions: 230, inputs: 7033, outputs: 472, output_sat: 54447454297, addresses_sha256: "cc2bdc71a55fb5c1d1fcc9c8c14ce94d48f94d7fff9d1e2d4c551aa6004b8891", spent_sat: None },
    Expected { hash: "0000000000000000001602407ac49862a7bca9d00f7f402db20b7be2f5de59d2", is_mainnet: true, transactions: 3315, inputs: 5055, outputs: 8150, output_sat: 1168464839990, addresses_sha256: "e26e16ea84eef2a3572d54bbabccd255eb60aaa44893ae3548ca43bdce5b62d0", spent_sat: None },
    Expected { hash: "000000000000000000000c835b2adcaedc20fdf6ee440009c249452c726dafae", is_mainnet: true, transactions: 2500, inputs: 6518, outputs: 6015, output_sat: 2883682728990, addresses_sha256: "ec599721079eea0f00e069f318a65eccb4966000179c8b8cbab3494c845e8fd9", spent_sat: None },
];
