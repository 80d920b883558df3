//! A whole [`SkyNet`] as bytes, so that a restart begins where the last run ended.
//!
//! A snapshot changes no decision: a net that was saved and loaded observes what the one that went
//! on would have observed. What lists say is not saved but looked up again, so the directory must
//! be the one that was in force.

use bytemuck::Zeroable;
use intel::Directory;
use model::{Address, AddressKind, Family};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{Read, Write};

use crate::book::AddressId;
use crate::exposure::AssetId;
use crate::skynet::SkyNet;
use crate::state::AddressState;
use crate::table::{ColdStoreError, StateTable};

/// Version of the layout; another one is not read.
const LAYOUT: u32 = 1;
/// Longest serialised part. A part that is longer is damage, not data.
const PART_LEN_MAX: u64 = 64 << 30;
/// Bytes taken at once from a part whose length a file claims.
const STEP: usize = 1 << 20;

/// Why a net was not saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The bytes could not be written or read.
    #[error("state snapshot: {0}")]
    Io(#[from] std::io::Error),
    /// The bytes are not a snapshot of this version.
    #[error("state snapshot: {0}")]
    Malformed(&'static str),
    /// The cold store failed.
    #[error(transparent)]
    Cold(#[from] ColdStoreError),
}

const KINDS: [AddressKind; 10] = [
    AddressKind::Account20,
    AddressKind::Account32,
    AddressKind::PubkeyHash,
    AddressKind::ScriptHash,
    AddressKind::WitnessKeyHash,
    AddressKind::WitnessScriptHash,
    AddressKind::Taproot,
    AddressKind::Script,
    AddressKind::Text,
    AddressKind::WitnessUnknown,
];

fn put_u64(out: &mut dyn Write, value: u64) -> std::io::Result<()> {
    out.write_all(&value.to_le_bytes())
}

fn get_u64(input: &mut dyn Read) -> std::io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn put_part(out: &mut dyn Write, part: &impl Serialize) -> Result<(), SnapshotError> {
    let bytes = postcard::to_stdvec(part).map_err(|_| SnapshotError::Malformed("plain data"))?;
    put_u64(out, bytes.len() as u64)?;
    out.write_all(&bytes)?;
    Ok(())
}

fn get_part<T: DeserializeOwned>(
    input: &mut dyn Read,
    what: &'static str,
) -> Result<T, SnapshotError> {
    let len = get_u64(input)?;
    if len > PART_LEN_MAX {
        return Err(SnapshotError::Malformed(what));
    }
    // Grows with what is there, so that a false length takes no memory.
    let mut bytes = Vec::new();
    let mut rest = len;
    while rest > 0 {
        let step = rest.min(STEP as u64) as usize;
        let start = bytes.len();
        bytes.resize(start + step, 0);
        input.read_exact(&mut bytes[start..])?;
        rest -= step as u64;
    }
    postcard::from_bytes(&bytes).map_err(|_| SnapshotError::Malformed(what))
}

impl SkyNet {
    /// Writes everything that is remembered, but for states in the cold store: see
    /// [`StateTable::checkpoint`].
    ///
    /// # Errors
    /// [`SnapshotError`] when the bytes cannot be written.
    pub fn save(&self, out: &mut dyn Write) -> Result<(), SnapshotError> {
        out.write_all(&LAYOUT.to_le_bytes())?;
        put_u64(out, self.book.len() as u64)?;
        for (family, address) in self.book.iter() {
            out.write_all(&[family as u8, address.kind() as u8])?;
            out.write_all(address.padded())?;
        }
        put_u64(out, self.table.spilled())?;
        let hot = self.table.hot();
        put_u64(out, hot.len() as u64)?;
        for (id, state) in hot {
            out.write_all(&id.0.to_le_bytes())?;
            out.write_all(bytemuck::bytes_of(state))?;
        }
        put_part(out, &self.clusters)?;
        put_part(out, &self.exposures)?;
        put_part(out, &self.watch)?;
        put_part(out, &self.contracts)
    }

    /// Reads what [`SkyNet::save`] wrote. `table` is empty, over the cold store as it was then;
    /// `directory` holds the lists of then.
    ///
    /// # Errors
    /// [`SnapshotError`] when the bytes are cut off or are no snapshot.
    pub fn load(
        input: &mut dyn Read,
        seed: u64,
        table: StateTable,
        directory: Directory,
    ) -> Result<Self, SnapshotError> {
        let mut layout = [0; 4];
        input.read_exact(&mut layout)?;
        if u32::from_le_bytes(layout) != LAYOUT {
            return Err(SnapshotError::Malformed("it is of another version of this program"));
        }
        let mut net = SkyNet::new(seed, table, directory);
        for _ in 0..get_u64(input)? {
            let mut head = [0; 2];
            input.read_exact(&mut head)?;
            let mut bytes = [0; 32];
            input.read_exact(&mut bytes)?;
            let family = Family::ALL.get(usize::from(head[0]));
            let kind = KINDS.get(usize::from(head[1]));
            let (Some(family), Some(kind)) = (family, kind) else {
                return Err(SnapshotError::Malformed("an address is of no known kind"));
            };
            let address = Address::from_32(*kind, bytes);
            let (_, is_new) = net.book.intern(*family, &address);
            if !is_new {
                return Err(SnapshotError::Malformed("an address stands in it twice"));
            }
            net.standings.push(net.directory.standing(*family, &address));
        }
        let spilled = get_u64(input)?;
        for _ in 0..get_u64(input)? {
            let mut id = [0; 4];
            input.read_exact(&mut id)?;
            let id = AddressId(u32::from_le_bytes(id));
            if id.place() >= net.book.len() {
                return Err(SnapshotError::Malformed("a state belongs to no address"));
            }
            let mut state = AddressState::zeroed();
            input.read_exact(bytemuck::bytes_of_mut(&mut state))?;
            net.table.put_back(id, state)?;
        }
        // Only now: what the cold store holds of hot addresses is older than what was just read.
        net.table.expect_cold(spilled);
        net.clusters = get_part(input, "its clusters are damaged")?;
        net.exposures = get_part(input, "its exposures are damaged")?;
        net.watch = get_part(input, "its watch list is damaged")?;
        net.contracts = get_part(input, "its assets are damaged")?;
        for (place, contract) in net.contracts.iter().enumerate() {
            net.assets.insert(*contract, AssetId(place as u32 + 1));
        }
        Ok(net)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Amount, Asset, Network, Position, Transaction, Transfer, TransferKind, TxHash};
    use proptest::prelude::*;

    fn lists() -> Directory {
        let csv = "address,currency\n0x0000000000000000000000000000000000000003,ETH\n";
        let source = intel::sources::Source::find("ofac").unwrap();
        Directory::new([source.read(&[csv.as_bytes()], None).unwrap()])
    }

    fn new_net(seed: u64) -> SkyNet {
        SkyNet::new(seed, StateTable::unbounded(), lists())
    }

    fn account(n: u8, network: Network) -> Address {
        let mut bytes = [0; 20];
        bytes[19] = n;
        match network {
            Network::ETHEREUM => Address::account20(bytes),
            _ => Address::from_20(AddressKind::PubkeyHash, bytes),
        }
    }

    fn transaction(place: u64, from: u8, to: u8, token: u8, amount: u64) -> Transaction {
        let network = if token == 3 { Network::Bitcoin } else { Network::ETHEREUM };
        let (from, to) = (account(from, network), account(to, network));
        let transfer = Transfer {
            network,
            position: Position { block: place, tx_index: 0, sub_index: 0 },
            time_s: 1_700_000_000 + place * 600,
            tx: TxHash([place as u8; 32]),
            from: Some(from),
            to: Some(to),
            initiator: None,
            asset: if token == 1 { Asset::Erc20([9; 20]) } else { Asset::Native },
            amount: Amount::from(amount),
            success: true,
            kind: TransferKind::Value,
            has_call_data: false,
        };
        let inputs = if token == 3 {
            vec![(from, Amount::from(amount)), (account(7, network), Amount::from(amount))]
        } else {
            Vec::new()
        };
        Transaction {
            hash: transfer.tx,
            index: 0,
            transfers: vec![transfer],
            approvals: Vec::new(),
            inputs,
            unknown_inputs: 0,
        }
    }

    proptest! {
        #[test]
        fn a_net_that_was_saved_and_loaded_sees_what_the_one_that_went_on_sees(
            events in prop::collection::vec((1u8..8, 1u8..8, 0u8..4, 1u64..1_000_000), 1..80),
            cut in 0usize..80,
        ) {
            let mut whole = new_net(1);
            let mut part = new_net(2);
            let see = |net: &mut SkyNet, place: usize| {
                let (from, to, token, amount) = events[place];
                let seen = net.observe(&transaction(place as u64, from, to, token, amount));
                // Rows hold NaN for what is missing, which equals nothing; their text does.
                format!("{seen:?}")
            };
            let cut = cut.min(events.len());
            for place in 0..cut {
                see(&mut whole, place);
                see(&mut part, place);
            }
            let mut bytes = Vec::new();
            part.save(&mut bytes).unwrap();
            let table = StateTable::unbounded();
            let mut part = SkyNet::load(&mut bytes.as_slice(), 3, table, lists()).unwrap();
            for place in cut..events.len() {
                prop_assert_eq!(see(&mut whole, place), see(&mut part, place));
            }
        }

        #[test]
        fn damaged_bytes_are_an_error_and_never_a_panic(at in 0usize..4_000, to: u8, len in 0usize..4_000) {
            let mut net = new_net(1);
            for place in 0..6 {
                net.observe(&transaction(place, 3, 4, (place % 4) as u8, 5)).unwrap();
            }
            let mut bytes = Vec::new();
            net.save(&mut bytes).unwrap();
            let cut = bytes[..len.min(bytes.len() - 1)].to_vec();
            let table = StateTable::unbounded;
            prop_assert!(SkyNet::load(&mut cut.as_slice(), 1, table(), lists()).is_err());
            let at = at % bytes.len();
            bytes[at] = to;
            let _ = SkyNet::load(&mut bytes.as_slice(), 1, table(), lists());
        }
    }
}
