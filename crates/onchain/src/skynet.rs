//! SkyNet: one transaction goes in, what is known and seen of each transfer comes out.
//!
//! State changes in the order of the stream and nowhere else; scoring an [`Observation`] is a pure
//! function of it and can be done on any thread.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use intel::{Directory, Standing};
use model::{Address, Amount, Asset, CategorySet, Family, Network, Transaction, Transfer};

use crate::book::{AddressId, Book};
use crate::clusters::{Clusters, is_coinjoin_shaped};
use crate::exposure::{AssetId, Exposure, Exposures, Mix};
use crate::features::COUNT;
use crate::ledger::{book_transfer, coins};
use crate::patterns::{PatternSet, Scene, Watch, detect};
use crate::state::{AddressState, Window};
use crate::table::{ColdStoreError, StateTable};

/// What is known of one party of a transfer.
#[derive(Clone, Debug)]
pub struct Party {
    /// Its number.
    pub id: AddressId,
    /// What lists say of it.
    pub standing: Standing,
    /// What lists say of its cluster (UTXO chains).
    pub cluster: CategorySet,
    /// Never seen before.
    pub is_new: bool,
    /// Has been called or created as a contract.
    pub is_contract: bool,
    /// Its events before this one.
    pub events: u32,
    /// Seconds since its first event.
    pub age_s: u32,
    /// Seconds since its last event.
    pub idle_s: u32,
    /// Coins it held before, as far as its events show.
    pub balance: f32,
    /// Figures of the last hour and day, with this event.
    pub hour: Window,
    /// The same over a day.
    pub day: Window,
    /// Where its funds came from, for the asset of the transfer.
    pub received: Vec<Exposure>,
    /// Where its funds went.
    pub sent: Vec<Exposure>,
}

/// What is known and seen of one transfer.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The payer.
    pub from: Option<Party>,
    /// The receiver.
    pub to: Option<Party>,
    /// Patterns that the transfer completes.
    pub patterns: PatternSet,
    /// Inputs of the account model for payer and receiver, after the transfer. Present on EVM
    /// chains, for parties that are not known services.
    pub rows: [Option<Box<[f32; COUNT]>>; 2],
    /// The transfer's asset as exposure counts it.
    pub asset: AssetId,
    /// True when inputs of the transaction are not known, so that its origin is not either.
    pub has_unknown_inputs: bool,
}

/// Stands for the number of an address that was never seen.
pub const UNSEEN: AddressId = AddressId(u32::MAX);

/// Everything that is remembered of the chain.
pub struct SkyNet {
    pub(crate) book: Book,
    pub(crate) table: StateTable,
    pub(crate) directory: Directory,
    pub(crate) standings: Vec<Standing>,
    pub(crate) clusters: Clusters,
    pub(crate) exposures: Exposures,
    pub(crate) watch: Watch,
    pub(crate) assets: HashMap<[u8; 20], AssetId, FixedState>,
    /// Contract of each asset but the coin, by number less one.
    pub(crate) contracts: Vec<[u8; 20]>,
}

impl SkyNet {
    /// A net that has seen nothing. `seed` keys the hash table of addresses.
    pub fn new(seed: u64, table: StateTable, directory: Directory) -> Self {
        Self {
            book: Book::new(seed),
            table,
            directory,
            standings: Vec::new(),
            clusters: Clusters::default(),
            exposures: Exposures::default(),
            watch: Watch::default(),
            assets: HashMap::default(),
            contracts: Vec::new(),
        }
    }

    /// Puts other lists in force. What lists say of every address seen is looked up again; money
    /// that was followed before stays followed under the lists of its time.
    pub fn set_directory(&mut self, directory: Directory) {
        self.directory = directory;
        self.clusters.clear_categories();
        self.standings.clear();
        for (place, (family, address)) in self.book.iter().enumerate() {
            let standing = self.directory.standing(family, address);
            self.standings.push(standing);
            if family != Family::Evm {
                self.clusters.add(AddressId(place as u32), standing.categories.bits());
            }
        }
    }

    /// The contract of an asset; `None` for the coin of the chain.
    pub fn contract(&self, asset: AssetId) -> Option<[u8; 20]> {
        self.contracts.get((asset.0 as usize).checked_sub(1)?).copied()
    }

    /// The lists in force.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Every address seen.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Clusters of UTXO addresses.
    pub fn clusters(&mut self) -> &mut Clusters {
        &mut self.clusters
    }

    /// Exposure of all addresses.
    pub fn exposures(&self) -> &Exposures {
        &self.exposures
    }

    /// The state table.
    pub fn table(&mut self) -> &mut StateTable {
        &mut self.table
    }

    /// What lists say of an address with a number.
    pub fn standing(&self, id: AddressId) -> Standing {
        self.standings.get(id.place()).copied().unwrap_or_default()
    }

    /// Number of assets seen: the native coin is 0.
    pub fn asset_count(&self) -> u32 {
        self.assets.len() as u32 + 1
    }

    /// Number of an asset, given now if it is new.
    fn asset_id(&mut self, asset: &Asset) -> AssetId {
        let Some(contract) = asset.contract() else {
            return AssetId(0);
        };
        let next = AssetId(self.assets.len() as u32 + 1);
        *self.assets.entry(contract).or_insert_with(|| {
            self.contracts.push(contract);
            next
        })
    }

    fn intern(&mut self, family: Family, address: &Address) -> AddressId {
        let (id, is_new) = self.book.intern(family, address);
        if is_new {
            let standing = self.directory.standing(family, address);
            self.standings.push(standing);
            if family != Family::Evm {
                self.clusters.add(id, standing.categories.bits());
            }
        }
        id
    }

    /// Categories of an address with those of its cluster.
    fn wide_standing(&mut self, id: AddressId, network: Network) -> CategorySet {
        let own = self.standing(id).categories;
        if !network.is_utxo() {
            return own;
        }
        CategorySet::from_bits(own.bits() | self.clusters.categories(id))
    }

    /// Takes in a transaction and says what is known and seen of each of its transfers.
    ///
    /// # Errors
    /// [`ColdStoreError`] when a state cannot be read or kept. The net must then be thrown away
    /// and rebuilt by replay.
    pub fn observe(
        &mut self,
        transaction: &Transaction,
    ) -> Result<Vec<Observation>, ColdStoreError> {
        for approval in transaction.approvals.iter().filter(|approval| approval.success) {
            self.watch.approve(approval);
        }
        let is_coinjoin = !transaction.inputs.is_empty() && is_coinjoin_shaped(transaction);
        let blended = self.take_inputs(transaction, is_coinjoin)?;
        let called = transaction
            .transfers
            .first()
            .filter(|transfer| transfer.asset == Asset::Native)
            .and_then(|transfer| transfer.to);
        let mut observations = Vec::with_capacity(transaction.transfers.len());
        for transfer in &transaction.transfers {
            let observation = self.observe_transfer(
                transfer,
                transaction,
                called,
                is_coinjoin,
                blended.as_ref(),
            )?;
            observations.push(observation);
        }
        // A token may report what is left of an allowance after it was used: nothing.
        for approval in transaction.approvals.iter().filter(|approval| approval.success) {
            self.watch.revoke(approval);
        }
        Ok(observations)
    }

    /// UTXO transactions: joins the inputs' owners, books the spending of the inputs that no
    /// transfer names as payer, and blends what all of them bring.
    fn take_inputs(
        &mut self,
        transaction: &Transaction,
        is_coinjoin: bool,
    ) -> Result<Option<Mix>, ColdStoreError> {
        let Some(first) = transaction.transfers.first() else {
            return Ok(None);
        };
        if transaction.inputs.is_empty() {
            return Ok(None);
        }
        let family = first.network.family();
        let ids: Vec<(AddressId, Address, Amount)> = transaction
            .inputs
            .iter()
            .map(|(address, amount)| (self.intern(family, address), *address, *amount))
            .collect();
        if !is_coinjoin {
            let owners: Vec<AddressId> = ids.iter().map(|(id, ..)| *id).collect();
            self.clusters.join(&owners, transaction.hash);
        }
        let mut mixes = Vec::with_capacity(ids.len());
        for (id, address, amount) in ids {
            let standing = self.wide_standing(id, first.network);
            mixes.push((amount.to_f64(), self.exposures.mix_of(id, standing, AssetId(0))));
            if Some(address) != first.from {
                let spent = Transfer { from: Some(address), to: None, amount, ..first.clone() };
                book_transfer(&mut self.book, &mut self.table, &spent)?;
            }
        }
        Ok(Some(Exposures::blend(&mixes)))
    }

    fn observe_transfer(
        &mut self,
        transfer: &Transfer,
        transaction: &Transaction,
        called: Option<Address>,
        is_coinjoin: bool,
        blended: Option<&Mix>,
    ) -> Result<Observation, ColdStoreError> {
        let network = transfer.network;
        let family = network.family();
        let from = transfer.from.map(|address| self.intern(family, &address));
        let to = transfer.to.map(|address| self.intern(family, &address));
        let asset = self.asset_id(&transfer.asset);
        let from_before = self.copy(from)?;
        let to_before = self.copy(to)?;
        let from_wide = from.map_or(CategorySet::EMPTY, |id| self.wide_standing(id, network));
        let to_wide = to.map_or(CategorySet::EMPTY, |id| self.wide_standing(id, network));
        let is_native = transfer.asset == Asset::Native;
        let coins = if is_native { coins(transfer) as f32 } else { 0.0 };
        // Change that returns to an input address moves nothing.
        let is_change = transfer.to.is_some_and(|to| {
            transfer.from == Some(to) || transaction.inputs.iter().any(|(input, _)| *input == to)
        });

        let movers = [transfer.initiator, called].into_iter().flatten();
        let mover_is_service = movers.into_iter().any(|address| {
            let id = self.book.find(family, &address);
            id.is_some_and(|id| self.standing(id).categories.is_service())
        });
        let (patterns, peel_depth) = detect(
            &Scene {
                transfer,
                book: &self.book,
                from: from.zip(from_before.as_ref()),
                to: to.zip(to_before.as_ref()),
                to_is_service: to_wide.is_service(),
                from_is_service: from_wide.is_service(),
                called: called.map(|address| *address.padded()),
                mover_is_service,
                coins: if is_change { 0.0 } else { coins },
                is_coinjoin,
            },
            &mut self.watch,
        );

        let mix = match (blended, from) {
            (Some(mix), _) => mix.clone(),
            (None, Some(id)) => self.exposures.mix_of(id, from_wide, asset),
            (None, None) => Mix::default(),
        };
        if let (Some(from), Some(to)) = (from, to)
            && transfer.success
            && (from != to || transaction.inputs.len() > 1)
        {
            // Also an output that returns to an input address carries what all inputs brought.
            self.flow(
                transfer,
                &mix,
                (from, from_wide),
                (to, to_wide),
                asset,
                (&from_before, &to_before),
            );
        }
        book_transfer(&mut self.book, &mut self.table, transfer)?;
        if let (Some(to), true) = (to, peel_depth > 0) {
            self.table.get_mut(to)?.set_peel_depth(peel_depth);
        }
        Ok(Observation {
            from: self.party(from, from_before.as_ref(), transfer, asset)?,
            to: self.party(to, to_before.as_ref(), transfer, asset)?,
            patterns,
            rows: [self.row(from, family)?, self.row(to, family)?],
            asset,
            has_unknown_inputs: transaction.unknown_inputs > 0,
        })
    }

    /// What is known of a transfer that has not happened: nothing is learned from it. An address
    /// that was never seen has no number, which [`UNSEEN`] stands for.
    ///
    /// # Errors
    /// [`ColdStoreError`] when a state cannot be read.
    pub fn foresee(&mut self, transfer: &Transfer) -> Result<Observation, ColdStoreError> {
        let family = transfer.network.family();
        let from = transfer.from.and_then(|address| self.book.find(family, &address));
        let to = transfer.to.and_then(|address| self.book.find(family, &address));
        let asset = match transfer.asset.contract() {
            None => AssetId(0),
            // A token that was never seen has no exposure.
            Some(contract) => self.assets.get(&contract).copied().unwrap_or(AssetId(u32::MAX)),
        };
        let (from_state, to_state) = (self.copy(from)?, self.copy(to)?);
        let standing = |net: &Self, address: Option<Address>| {
            address.map_or_else(Standing::default, |a| net.directory.standing(family, &a))
        };
        let (from_standing, to_standing) =
            (standing(self, transfer.from), standing(self, transfer.to));
        let is_native = transfer.asset == Asset::Native;
        // To patterns an address that was never seen is a fresh one.
        let blank = AddressState::default();
        let from_seen = transfer.from.map(|_| (from, from_state.as_ref().unwrap_or(&blank)));
        let to_seen = transfer.to.map(|_| (to, to_state.as_ref().unwrap_or(&blank)));
        let (patterns, _) = detect(
            &Scene {
                transfer,
                book: &self.book,
                from: from_seen.map(|(id, state)| (id.unwrap_or(UNSEEN), state)),
                to: to_seen.map(|(id, state)| (id.unwrap_or(UNSEEN), state)),
                to_is_service: to_standing.categories.is_service(),
                from_is_service: from_standing.categories.is_service(),
                called: None,
                mover_is_service: false,
                coins: if is_native { coins(transfer) as f32 } else { 0.0 },
                is_coinjoin: false,
            },
            &mut self.watch,
        );
        let mut party = |address: Option<Address>, id, state: &Option<AddressState>, standing| {
            address.map(|_| self.party_now(id, state.as_ref(), standing, transfer, asset))
        };
        let from_party = party(transfer.from, from, &from_state, from_standing);
        let to_party = party(transfer.to, to, &to_state, to_standing);
        Ok(Observation {
            from: from_party,
            to: to_party,
            patterns,
            rows: [self.row(from, family)?, self.row(to, family)?],
            asset,
            has_unknown_inputs: false,
        })
    }

    fn party_now(
        &mut self,
        id: Option<AddressId>,
        state: Option<&AddressState>,
        standing: Standing,
        transfer: &Transfer,
        asset: AssetId,
    ) -> Party {
        let time_s = u32::try_from(transfer.time_s).unwrap_or(u32::MAX);
        let mut party = Party {
            id: id.unwrap_or(UNSEEN),
            standing,
            cluster: CategorySet::EMPTY,
            is_new: true,
            is_contract: false,
            events: 0,
            age_s: 0,
            idle_s: 0,
            balance: 0.0,
            hour: Window::default(),
            day: Window::default(),
            received: Vec::new(),
            sent: Vec::new(),
        };
        let (Some(id), Some(state)) = (id, state) else {
            return party;
        };
        if transfer.network.is_utxo() {
            party.cluster = CategorySet::from_bits(self.clusters.categories(id));
        }
        party.is_new = state.events() == 0;
        party.is_contract = state.is_contract();
        party.events = state.events();
        if !party.is_new {
            party.age_s = time_s.saturating_sub(state.first_s());
            party.idle_s = time_s.saturating_sub(state.last_s());
        }
        party.balance = state.balance();
        (party.hour, party.day) = (state.window(0, time_s), state.window(1, time_s));
        party.received = self.exposures.incoming(id, asset).collect();
        party.sent = self.exposures.outgoing(id, asset).collect();
        party
    }

    fn copy(&mut self, id: Option<AddressId>) -> Result<Option<AddressState>, ColdStoreError> {
        id.map(|id| self.table.get_mut(id).copied()).transpose()
    }

    fn flow(
        &mut self,
        transfer: &Transfer,
        mix: &Mix,
        (from, from_wide): (AddressId, CategorySet),
        (to, to_wide): (AddressId, CategorySet),
        asset: AssetId,
        (from_before, to_before): (&Option<AddressState>, &Option<AddressState>),
    ) {
        let is_native = asset == AssetId(0);
        let unit = 10f64.powi(i32::from(transfer.network.native_decimals()));
        let base_units = |coins: f32| Some(f64::from(coins) * unit).filter(|_| is_native);
        let held = to_before.as_ref().and_then(|state| base_units(state.balance()));
        let paid = from_before.as_ref().and_then(|state| base_units(state.totals().1));
        let (amount, tx, time_s) = (transfer.amount, transfer.tx, transfer.time_s);
        self.exposures.send(from, from_wide, to, to_wide, asset, amount, paid, tx, time_s);
        self.exposures.receive(mix, from, to, to_wide, asset, amount, held, tx, time_s);
    }

    fn party(
        &mut self,
        id: Option<AddressId>,
        before: Option<&AddressState>,
        transfer: &Transfer,
        asset: AssetId,
    ) -> Result<Option<Party>, ColdStoreError> {
        let (Some(id), Some(before)) = (id, before) else {
            return Ok(None);
        };
        let time_s = u32::try_from(transfer.time_s).unwrap_or(u32::MAX);
        let is_new = before.events() == 0;
        let cluster = if transfer.network.is_utxo() {
            CategorySet::from_bits(self.clusters.categories(id))
        } else {
            CategorySet::EMPTY
        };
        let state = self.table.get_mut(id)?;
        let (hour, day) = (state.window(0, time_s), state.window(1, time_s));
        let is_contract = state.is_contract();
        let since = |then_s: u32| {
            if is_new { 0 } else { time_s.saturating_sub(then_s) }
        };
        Ok(Some(Party {
            id,
            standing: self.standing(id),
            cluster,
            is_new,
            is_contract,
            events: before.events(),
            age_s: since(before.first_s()),
            idle_s: since(before.last_s()),
            balance: before.balance(),
            hour,
            day,
            received: self.exposures.incoming(id, asset).collect(),
            sent: self.exposures.outgoing(id, asset).collect(),
        }))
    }

    fn row(
        &mut self,
        id: Option<AddressId>,
        family: Family,
    ) -> Result<Option<Box<[f32; COUNT]>>, ColdStoreError> {
        let Some(id) = id.filter(|_| family == Family::Evm) else {
            return Ok(None);
        };
        if self.standing(id).categories.is_service() {
            return Ok(None);
        }
        let mut row = Box::new([0.0; COUNT]);
        self.table.get_mut(id)?.read_features(&mut row);
        Ok(Some(row))
    }

    /// The inputs of the account model of an address as it is now.
    ///
    /// # Errors
    /// [`ColdStoreError`] when its state cannot be read.
    pub fn current_row(&mut self, id: AddressId) -> Result<[f32; COUNT], ColdStoreError> {
        let mut row = [0.0; COUNT];
        self.table.get_mut(id)?.read_features(&mut row);
        Ok(row)
    }
}
