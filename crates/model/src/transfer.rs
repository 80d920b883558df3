//! What happened on a chain, in one shape for all chains.

use serde::{Deserialize, Serialize};

use crate::{Address, Amount, Asset, Network};

/// A transaction's hash, in the byte order in which the chain's explorers print it.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct TxHash(pub [u8; 32]);

impl std::fmt::Display for TxHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where on a chain something stands. Positions of one chain are totally ordered.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Position {
    /// Block number.
    pub block: u64,
    /// Index of the transaction in its block.
    pub tx_index: u32,
    /// Index of the movement in its transaction, counted by our decoder from 0.
    pub sub_index: u32,
}

/// How a transfer came about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum TransferKind {
    /// The value field of a transaction, or an output of a UTXO transaction.
    Value,
    /// A token moved by its holder or a contract, known from an event log.
    Token,
    /// A token movement read from call data only: asked for, not seen to have happened.
    TokenCall,
    /// Newly issued coins to a block producer.
    Issuance,
    /// A validator withdrawal from the consensus layer.
    Withdrawal,
}

/// One movement of one asset from one party to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Transfer {
    /// The chain.
    pub network: Network,
    /// Where it stands on the chain.
    pub position: Position,
    /// Block time, seconds since 1970-01-01 UTC.
    pub time_s: u64,
    /// The transaction it is part of.
    pub tx: TxHash,
    /// Who paid; `None` for issuance and mints. For UTXO transactions: the input address that
    /// put in most (the others are in [`Transaction::inputs`]).
    pub from: Option<Address>,
    /// Who received; `None` for contract creation, burns and outputs without an address.
    pub to: Option<Address>,
    /// Who signed the transaction, when that is known and is not `from`.
    pub initiator: Option<Address>,
    /// What was moved.
    pub asset: Asset,
    /// How much, in base units.
    pub amount: Amount,
    /// False when the transaction failed, so that nothing moved. True when it succeeded or when
    /// the source does not say.
    pub success: bool,
    /// How it came about.
    pub kind: TransferKind,
    /// True when the transaction carried call data.
    pub has_call_data: bool,
}

/// A permission given to somebody else to move one's assets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// The chain.
    pub network: Network,
    /// Where it stands on the chain; shares the numbering of the transfers of its transaction.
    pub position: Position,
    /// Block time, seconds since 1970-01-01 UTC.
    pub time_s: u64,
    /// The transaction it is part of.
    pub tx: TxHash,
    /// Whose assets.
    pub owner: Address,
    /// Who may move them.
    pub spender: Address,
    /// Of which contract.
    pub contract: [u8; 20],
    /// How much; [`Amount::MAX`] for all, zero revokes.
    pub amount: Amount,
    /// True when given by a signed message (`permit`) that somebody else may bring in.
    pub by_permit: bool,
    /// False when the transaction failed.
    pub success: bool,
}

/// One transaction with what it moved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Transaction {
    /// Its hash.
    pub hash: TxHash,
    /// Index in the block.
    pub index: u32,
    /// What it moved, in order.
    pub transfers: Vec<Transfer>,
    /// What it permitted, in order.
    pub approvals: Vec<Approval>,
    /// UTXO chains: the addresses and amounts of the spent outputs, as far as known. Empty on
    /// account chains.
    pub inputs: Vec<(Address, Amount)>,
    /// UTXO chains: inputs whose spent output is not known.
    pub unknown_inputs: u32,
}

/// One block with its transactions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Block {
    /// The chain.
    pub network: Network,
    /// Its number (height).
    pub number: u64,
    /// Its hash; zero when the source does not tell.
    pub hash: TxHash,
    /// Seconds since 1970-01-01 UTC.
    pub time_s: u64,
    /// Its transactions, in order.
    pub transactions: Vec<Transaction>,
}
