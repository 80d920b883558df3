//! Ethereum and other EVM chains.
//!
//! Whatever the source, a transaction becomes an [`EvmTransaction`] with, where known, its
//! [`Log`]s; [`EvmTransaction::decode`] turns it into transfers and approvals. Logs say what
//! happened and are preferred; call data says what was asked for and is used only when the source
//! has no logs.

mod call_data;
mod envelope;
pub mod era1;
pub mod etl;
pub mod json;
mod logs;

pub use envelope::{Signature, SignedFields};
pub use logs::Log;

use model::{
    Address, Amount, Asset, Network, Position, Transaction, Transfer, TransferKind, TxHash,
};
use sha3::{Digest, Keccak256};

use crate::ChainError;

/// Keccak-256 as Ethereum uses it.
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

/// The address of the key that made an uncompressed public key (64 bytes without the 04).
pub(crate) fn address_of_public_key(key: &[u8]) -> [u8; 20] {
    keccak256(key)[12..].try_into().expect("12 + 20 = 32")
}

/// The null address: in logs the party of a mint or a burn.
const NULL: [u8; 20] = [0; 20];

fn party(address: [u8; 20]) -> Option<Address> {
    (address != NULL).then(|| Address::account20(address))
}

/// What is common to all transactions of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockContext {
    pub(crate) network: Network,
    pub(crate) number: u64,
    pub(crate) time_s: u64,
}

/// A transaction as some source gave it, before it is turned into transfers.
#[derive(Clone, Debug)]
pub(crate) struct EvmTransaction {
    pub(crate) hash: TxHash,
    pub(crate) index: u32,
    pub(crate) from: [u8; 20],
    pub(crate) to: Option<[u8; 20]>,
    pub(crate) created: Option<[u8; 20]>,
    pub(crate) value: Amount,
    pub(crate) input: Vec<u8>,
    pub(crate) success: Option<bool>,
    pub(crate) logs: Option<Vec<Log>>,
}

/// Collects the movements of one transaction and numbers them.
pub(crate) struct Movements {
    pub(crate) context: BlockContext,
    pub(crate) tx: TxHash,
    pub(crate) tx_index: u32,
    pub(crate) initiator: Option<[u8; 20]>,
    pub(crate) success: bool,
    pub(crate) has_call_data: bool,
    pub(crate) out: Transaction,
    next_sub_index: u32,
}

impl Movements {
    pub(crate) fn new(context: BlockContext, tx: TxHash, tx_index: u32, success: bool) -> Self {
        let out = Transaction {
            hash: tx,
            index: tx_index,
            transfers: Vec::new(),
            approvals: Vec::new(),
            inputs: Vec::new(),
            unknown_inputs: 0,
        };
        Self {
            context,
            tx,
            tx_index,
            initiator: None,
            success,
            has_call_data: false,
            out,
            next_sub_index: 0,
        }
    }

    fn position(&mut self) -> Position {
        let sub_index = self.next_sub_index;
        self.next_sub_index += 1;
        Position { block: self.context.number, tx_index: self.tx_index, sub_index }
    }

    pub(crate) fn transfer(
        &mut self,
        kind: TransferKind,
        asset: Asset,
        from: Option<[u8; 20]>,
        to: Option<[u8; 20]>,
        amount: Amount,
    ) {
        let position = self.position();
        let from = from.and_then(party);
        let initiator =
            self.initiator.map(Address::account20).filter(|address| Some(*address) != from);
        self.out.transfers.push(Transfer {
            network: self.context.network,
            position,
            time_s: self.context.time_s,
            tx: self.tx,
            from,
            to: to.and_then(party),
            initiator,
            asset,
            amount,
            success: self.success,
            kind,
            has_call_data: self.has_call_data,
        });
    }

    pub(crate) fn approval(
        &mut self,
        contract: [u8; 20],
        owner: [u8; 20],
        spender: [u8; 20],
        amount: Amount,
        by_permit: bool,
    ) {
        let position = self.position();
        self.out.approvals.push(model::Approval {
            network: self.context.network,
            position,
            time_s: self.context.time_s,
            tx: self.tx,
            owner: Address::account20(owner),
            spender: Address::account20(spender),
            contract,
            amount,
            by_permit,
            success: self.success,
        });
    }
}

impl EvmTransaction {
    /// Turns the transaction into what it moved and permitted.
    pub(crate) fn decode(&self, context: BlockContext) -> Result<Transaction, ChainError> {
        let success = self.success.unwrap_or(true);
        let mut movements = Movements::new(context, self.hash, self.index, success);
        movements.initiator = Some(self.from);
        movements.has_call_data = !self.input.is_empty();
        // The value transfer stands for the transaction itself, also when the value is zero: it is
        // what says that this sender called that contract.
        let recipient = self.to.or(self.created);
        movements.transfer(
            TransferKind::Value,
            Asset::Native,
            Some(self.from),
            recipient,
            self.value,
        );
        match &self.logs {
            Some(logs) => {
                for log in logs {
                    log.decode_into(&mut movements)?;
                }
                // A permit shows as an ordinary approval in the logs; the call data tells that it
                // came as a signed message.
                call_data::mark_permits(self.to, &self.input, &mut movements);
            }
            None => call_data::decode_into(self.from, self.to, &self.input, &mut movements),
        }
        Ok(movements.out)
    }
}
