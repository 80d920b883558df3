//! Token movements and permissions that call data asks for.
//!
//! Selectors are the first four bytes of the keccak of the signature (Solidity ABI). Only calls
//! whose words are well formed are read: an address word must have twelve leading zero bytes.

use model::{Amount, Asset, TransferKind};

use super::Movements;

const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const TRANSFER_FROM: [u8; 4] = [0x23, 0xb8, 0x72, 0xdd];
const APPROVE: [u8; 4] = [0x09, 0x5e, 0xa7, 0xb3];
const INCREASE_ALLOWANCE: [u8; 4] = [0x39, 0x50, 0x93, 0x51];
const SET_APPROVAL_FOR_ALL: [u8; 4] = [0xa2, 0x2c, 0xb4, 0x65];
/// EIP-2612 `permit(owner, spender, value, deadline, v, r, s)`.
const PERMIT: [u8; 4] = [0xd5, 0x05, 0xac, 0xcf];
/// DAI `permit(holder, spender, nonce, expiry, allowed, v, r, s)`.
const PERMIT_DAI: [u8; 4] = [0x8f, 0xcb, 0xaf, 0x0c];
/// Permit2 `permit(owner, (((token, amount, expiration, nonce), spender, sigDeadline)), signature)`.
const PERMIT2_SINGLE: [u8; 4] = [0x2b, 0x67, 0xb5, 0x70];
const SAFE_TRANSFER_FROM_721: [u8; 4] = [0x42, 0x84, 0x2e, 0x0e];
const SAFE_TRANSFER_FROM_721_DATA: [u8; 4] = [0xb8, 0x8d, 0x4f, 0xde];
const SAFE_TRANSFER_FROM_1155: [u8; 4] = [0xf2, 0x42, 0x43, 0x2a];

/// The arguments of a call as 32-byte words.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn word(&self, index: usize) -> Option<[u8; 32]> {
        self.0.get(index * 32..index * 32 + 32)?.try_into().ok()
    }

    fn amount(&self, index: usize) -> Option<Amount> {
        self.word(index).map(Amount::from_be_bytes)
    }

    fn address(&self, index: usize) -> Option<[u8; 20]> {
        let word = self.word(index)?;
        (word[..12] == [0; 12]).then(|| word[12..].try_into().expect("12 + 20 = 32"))
    }

    fn flag(&self, index: usize) -> Option<bool> {
        let word = self.word(index)?;
        (word[..31] == [0; 31] && word[31] <= 1).then_some(word[31] == 1)
    }
}

fn split(input: &[u8]) -> Option<([u8; 4], Words<'_>)> {
    let (selector, arguments) = input.split_first_chunk::<4>()?;
    Some((*selector, Words(arguments)))
}

/// `(contract, owner, spender, amount)` of a permit call.
type Permit = ([u8; 20], [u8; 20], [u8; 20], Amount);

/// What a permit call permits, whichever form it has.
fn permit(contract: [u8; 20], selector: [u8; 4], words: &Words<'_>) -> Option<Permit> {
    match selector {
        PERMIT => Some((contract, words.address(0)?, words.address(1)?, words.amount(2)?)),
        PERMIT_DAI => {
            let amount = if words.flag(4)? { Amount::MAX } else { Amount::ZERO };
            Some((contract, words.address(0)?, words.address(1)?, amount))
        }
        PERMIT2_SINGLE => {
            Some((words.address(1)?, words.address(0)?, words.address(5)?, words.amount(2)?))
        }
        _ => None,
    }
}

/// Reads the call as a token movement or permission, if it is one.
pub(super) fn decode_into(
    from: [u8; 20],
    to: Option<[u8; 20]>,
    input: &[u8],
    movements: &mut Movements,
) {
    let (Some(contract), Some((selector, words))) = (to, split(input)) else {
        return;
    };
    if let Some((contract, owner, spender, amount)) = permit(contract, selector, &words) {
        movements.approval(contract, owner, spender, amount, true);
        return;
    }
    let mut moved = |asset, from, to, amount| {
        movements.transfer(TransferKind::TokenCall, asset, from, to, amount);
    };
    let one = Amount::from(1);
    match selector {
        TRANSFER => {
            if let (Some(to), Some(amount)) = (words.address(0), words.amount(1)) {
                moved(Asset::Erc20(contract), Some(from), Some(to), amount);
            }
        }
        // ERC-721 shares this selector; without logs the two cannot be told apart, and the
        // fungible reading is the common one.
        TRANSFER_FROM => {
            if let (Some(holder), Some(to), Some(amount)) =
                (words.address(0), words.address(1), words.amount(2))
            {
                moved(Asset::Erc20(contract), Some(holder), Some(to), amount);
            }
        }
        SAFE_TRANSFER_FROM_721 | SAFE_TRANSFER_FROM_721_DATA => {
            if let (Some(holder), Some(to), Some(token_id)) =
                (words.address(0), words.address(1), words.amount(2))
            {
                moved(Asset::Erc721 { contract, token_id }, Some(holder), Some(to), one);
            }
        }
        SAFE_TRANSFER_FROM_1155 => {
            if let (Some(holder), Some(to), Some(token_id), Some(amount)) =
                (words.address(0), words.address(1), words.amount(2), words.amount(3))
            {
                moved(Asset::Erc1155 { contract, token_id }, Some(holder), Some(to), amount);
            }
        }
        APPROVE | INCREASE_ALLOWANCE => {
            if let (Some(spender), Some(amount)) = (words.address(0), words.amount(1)) {
                movements.approval(contract, from, spender, amount, false);
            }
        }
        SET_APPROVAL_FOR_ALL => {
            if let (Some(operator), Some(approved)) = (words.address(0), words.flag(1)) {
                let amount = if approved { Amount::MAX } else { Amount::ZERO };
                movements.approval(contract, from, operator, amount, false);
            }
        }
        _ => {}
    }
}

/// Marks the approvals of a transaction that its call data brought in as a signed permit.
pub(super) fn mark_permits(to: Option<[u8; 20]>, input: &[u8], movements: &mut Movements) {
    let (Some(contract), Some((selector, words))) = (to, split(input)) else {
        return;
    };
    let Some((contract, owner, spender, amount)) = permit(contract, selector, &words) else {
        return;
    };
    let is_same = |approval: &&mut model::Approval| {
        approval.contract == contract
            && approval.owner.as_account20() == Some(owner)
            && approval.spender.as_account20() == Some(spender)
    };
    match movements.out.approvals.iter_mut().find(is_same) {
        Some(approval) => approval.by_permit = true,
        // Permit2 keeps its own allowances and logs its own event.
        None => movements.approval(contract, owner, spender, amount, true),
    }
}
