//! Which key a TON wallet was made for. An account's address is the hash of its code and first
//! data, so the standard wallets of a key can be computed; other contracts cannot.

use sha2::{Digest, Sha256};

/// Hash and depth of a wallet's code cell, and the first data that a key gives it.
struct Wallet {
    code: &'static str,
    depth: u16,
    data: fn(&[u8; 32]) -> Cell,
}

/// A cell without references: whole bytes and, if its bits are no whole bytes, the last ones
/// with the bit that ends them.
struct Cell {
    bytes: Vec<u8>,
    ends_within_byte: bool,
}

/// Subwallet of ordinary wallets in workchain 0.
const SUBWALLET: u32 = 698_983_191;
/// Subwallet and lifetime of messages that the anchor's highload wallets use.
const HIGHLOAD_SUBWALLET: u32 = 4269;
const HIGHLOAD_TIMEOUT_S: u32 = 12 * 60 * 60;

/// Code hashes: ton-blockchain/ton, toncenter/tonweb and highload-wallet-contract-v3.
const WALLETS: &[Wallet] = &[
    Wallet {
        code: "b61041a58a7980b946e8fb9e198e3c904d24799ffa36574ea4251c41a566f581",
        depth: 0,
        data: wallet_v3,
    },
    Wallet {
        code: "84dafa449f98a6987789ba232358072bc0f76dc4524002a5d0918b9a75d2d599",
        depth: 0,
        data: wallet_v3,
    },
    Wallet {
        code: "feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0",
        depth: 7,
        data: wallet_v4,
    },
    Wallet {
        code: "11acad7955844090f283bf238bc1449871f783e7cc0979408d3f4859483e8525",
        depth: 6,
        data: highload_v3,
    },
];

/// Sequence number, subwallet, key.
fn wallet_v3(key: &[u8; 32]) -> Cell {
    let bytes = [&0u32.to_be_bytes(), &SUBWALLET.to_be_bytes(), &key[..]].concat();
    Cell { bytes, ends_within_byte: false }
}

/// The same and an empty dictionary of plugins: one bit 0, then the bit that ends the cell.
fn wallet_v4(key: &[u8; 32]) -> Cell {
    let mut cell = wallet_v3(key);
    cell.bytes.push(0b0100_0000);
    cell.ends_within_byte = true;
    cell
}

/// Key, subwallet, two empty dictionaries, time of the last cleaning, and the timeout in 22 bits.
fn highload_v3(key: &[u8; 32]) -> Cell {
    // 1 + 1 + 64 + 22 bits are 11 bytes, of which only the timeout is not zero.
    let tail = u128::from(HIGHLOAD_TIMEOUT_S).to_be_bytes();
    let bytes = [&key[..], &HIGHLOAD_SUBWALLET.to_be_bytes(), &tail[5..]].concat();
    Cell { bytes, ends_within_byte: false }
}

impl Cell {
    /// Representation hash: descriptors, then the data.
    fn hash(&self) -> [u8; 32] {
        let doubled = 2 * self.bytes.len() - usize::from(self.ends_within_byte);
        Sha256::new().chain_update([0, doubled as u8]).chain_update(&self.bytes).finalize().into()
    }
}

/// True when the account `workchain ‖ hash` is a standard wallet of the key.
pub(super) fn is_wallet_of(account: &[u8], key: &[u8; 32]) -> bool {
    WALLETS.iter().any(|wallet| {
        let code = crate::encoding::unhex(wallet.code).expect("the table is hexadecimal");
        // A state with code and data: two references, five bits 00110 and the bit that ends them.
        let hash = Sha256::new()
            .chain_update([2, 1, 0b0011_0100])
            .chain_update(wallet.depth.to_be_bytes())
            .chain_update(0u16.to_be_bytes())
            .chain_update(code)
            .chain_update((wallet.data)(key).hash())
            .finalize();
        account[1..] == hash[..]
    })
}
