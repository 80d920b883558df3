//! Histories in time order, with the inputs of labelled accounts at chosen points.

use std::collections::HashMap;

use model::{Address, Family};
use onchain::book::Book;
use onchain::features::COUNT;
use onchain::ledger::book_transfer;
use onchain::table::StateTable;

use crate::dataset::{Dataset, Labelled};

/// The inputs of an account at one point of its history.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Place of the account in the data set.
    pub account: usize,
    /// Events so far when it was taken; 0 for the end of the history.
    pub horizon: u32,
    /// Events at that point.
    pub events: u32,
    /// Seconds since its first event.
    pub age_s: u32,
    /// The inputs.
    pub row: [f32; COUNT],
}

/// Replays the part of the data set that touches the chosen accounts, and takes their inputs when
/// they reach each of `horizons` events and at the end. Accounts without an event give nothing.
pub fn replay(
    dataset: &Dataset,
    is_chosen: &dyn Fn(usize, &Labelled) -> bool,
    horizons: &[u32],
) -> Vec<Snapshot> {
    let chosen: HashMap<Address, usize> = dataset
        .accounts
        .iter()
        .enumerate()
        .filter(|(place, account)| is_chosen(*place, account))
        .map(|(place, account)| (account.address, place))
        .collect();
    let mut book = Book::new(0);
    let mut table = StateTable::unbounded();
    let mut snapshots = Vec::new();
    let mut take = |book: &Book, table: &mut StateTable, address: &Address, horizon: u32| {
        let Some(id) = book.find(Family::Evm, address) else {
            return;
        };
        let state = table.get_mut(id).expect("an unbounded table has no cold store");
        if state.events() == 0 || horizon != 0 && state.events() != horizon {
            return;
        }
        let mut row = [0.0; COUNT];
        state.read_features(&mut row);
        let (events, age_s) = (state.events(), state.last_s() - state.first_s());
        snapshots.push(Snapshot { account: chosen[address], horizon, events, age_s, row });
    };
    for transfer in &dataset.transfers {
        let parties =
            [transfer.from, transfer.to].map(|party| party.filter(|a| chosen.contains_key(a)));
        if parties == [None, None] || transfer.from.is_none() || transfer.to.is_none() {
            continue;
        }
        book_transfer(&mut book, &mut table, transfer)
            .expect("an unbounded table has no cold store");
        let second = parties[1].filter(|_| parties[0] != parties[1]);
        for address in [parties[0], second].into_iter().flatten() {
            let Some(id) = book.find(Family::Evm, &address) else {
                continue;
            };
            let events = table.get_mut(id).map_or(0, |state| state.events());
            if horizons.contains(&events) {
                take(&book, &mut table, &address, events);
            }
        }
    }
    let mut places: Vec<(&Address, &usize)> = chosen.iter().collect();
    places.sort_by_key(|(_, place)| **place);
    for (address, _) in places {
        take(&book, &mut table, address, 0);
    }
    snapshots
}
