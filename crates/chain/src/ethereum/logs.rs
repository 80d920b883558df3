//! Event logs: what tokens say happened.

use model::{Amount, Asset, TransferKind};

use super::Movements;
use crate::ChainError;

/// Most ids in one ERC-1155 batch that are read; real ones have at most a few hundred.
const BATCH_LEN_MAX: usize = 4096;

/// `Transfer(address,address,uint256)`, ERC-20 with three topics and ERC-721 with four.
const TRANSFER: [u8; 32] =
    topic("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
/// `Approval(address,address,uint256)`.
const APPROVAL: [u8; 32] =
    topic("8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925");
/// `ApprovalForAll(address,address,bool)`.
const APPROVAL_FOR_ALL: [u8; 32] =
    topic("17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31");
/// `TransferSingle(address,address,address,uint256,uint256)`.
const TRANSFER_SINGLE: [u8; 32] =
    topic("c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62");
/// `TransferBatch(address,address,address,uint256[],uint256[])`.
const TRANSFER_BATCH: [u8; 32] =
    topic("4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb");

const fn topic(digits: &str) -> [u8; 32] {
    const fn nibble(digit: u8) -> u8 {
        match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("a topic is written in lower-case hexadecimal"),
        }
    }
    let digits = digits.as_bytes();
    assert!(digits.len() == 64, "a topic has 32 bytes");
    let mut bytes = [0; 32];
    let mut i = 0;
    while i < 32 {
        bytes[i] = nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]);
        i += 1;
    }
    bytes
}

/// One event log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// The contract that emitted it.
    pub contract: [u8; 20],
    /// Up to four topics.
    pub topics: Vec<[u8; 32]>,
    /// The data.
    pub data: Vec<u8>,
    /// Index within the block.
    pub index: u32,
}

fn address(word: &[u8; 32]) -> [u8; 20] {
    word[12..].try_into().expect("12 + 20 = 32")
}

fn amount(data: &[u8], word: usize) -> Option<Amount> {
    let start = word.checked_mul(32)?;
    let bytes: [u8; 32] = data.get(start..start.checked_add(32)?)?.try_into().ok()?;
    Some(Amount::from_be_bytes(bytes))
}

/// A dynamic `uint256[]` whose head word is at `head`.
fn array(data: &[u8], head: usize) -> Option<Vec<Amount>> {
    let offset = usize::try_from(amount(data, head)?.to_u128()?).ok()?;
    if !offset.is_multiple_of(32) {
        return None;
    }
    let start = offset / 32;
    let len = usize::try_from(amount(data, start)?.to_u128()?).ok()?;
    if len > BATCH_LEN_MAX {
        return None;
    }
    (0..len).map(|i| amount(data, start.checked_add(1 + i)?)).collect()
}

impl Log {
    /// Adds what the log says to the transaction's movements. Logs of other events, and logs that
    /// bear a known topic but not its shape, say nothing about tokens and are passed over: any
    /// contract may emit any bytes.
    pub(super) fn decode_into(&self, movements: &mut Movements) -> Result<(), ChainError> {
        if self.topics.len() > 4 {
            let place = format!("transaction 0x{}", movements.tx);
            return Err(ChainError::malformed(place, "topics", "a log has at most four topics"));
        }
        self.read(movements);
        Ok(())
    }

    fn read(&self, movements: &mut Movements) -> Option<()> {
        let contract = self.contract;
        let kind = TransferKind::Token;
        match (self.topics.as_slice(), self.data.as_slice()) {
            ([TRANSFER, from, to], data) if data.len() >= 32 => {
                let (from, to) = (address(from), address(to));
                let moved = amount(data, 0)?;
                movements.transfer(kind, Asset::Erc20(contract), Some(from), Some(to), moved);
            }
            // Tokens that forgot to index the parties.
            ([TRANSFER], data) if data.len() == 96 => {
                let (from, to) = (amount(data, 0)?.to_be_bytes(), amount(data, 1)?.to_be_bytes());
                let (from, to) = (Some(address(&from)), Some(address(&to)));
                movements.transfer(kind, Asset::Erc20(contract), from, to, amount(data, 2)?);
            }
            ([TRANSFER, from, to, id], _) => {
                let token_id = Amount::from_be_bytes(*id);
                let asset = Asset::Erc721 { contract, token_id };
                let (from, to) = (Some(address(from)), Some(address(to)));
                movements.transfer(kind, asset, from, to, Amount::from(1));
            }
            ([TRANSFER_SINGLE, _, from, to], data) => {
                let asset = Asset::Erc1155 { contract, token_id: amount(data, 0)? };
                let (from, to) = (Some(address(from)), Some(address(to)));
                movements.transfer(kind, asset, from, to, amount(data, 1)?);
            }
            ([TRANSFER_BATCH, _, from, to], data) => {
                let (ids, amounts) = (array(data, 0)?, array(data, 1)?);
                if ids.len() != amounts.len() {
                    return None;
                }
                for (token_id, moved) in ids.into_iter().zip(amounts) {
                    let asset = Asset::Erc1155 { contract, token_id };
                    let (from, to) = (Some(address(from)), Some(address(to)));
                    movements.transfer(kind, asset, from, to, moved);
                }
            }
            ([APPROVAL, owner, spender], data) => {
                let approved = amount(data, 0)?;
                movements.approval(contract, address(owner), address(spender), approved, false);
            }
            // ERC-721: one item. Approving the null address revokes.
            ([APPROVAL, owner, spender, _id], _) => {
                let spender = address(spender);
                let approved = Amount::from(u64::from(spender != [0; 20]));
                movements.approval(contract, address(owner), spender, approved, false);
            }
            ([APPROVAL_FOR_ALL, owner, operator], data) => {
                let approved = if amount(data, 0)?.is_zero() { Amount::ZERO } else { Amount::MAX };
                movements.approval(contract, address(owner), address(operator), approved, false);
            }
            _ => {}
        }
        Some(())
    }
}
