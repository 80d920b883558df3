//! The long form: a row for each balance, those of a user next to each other.

use anyhow::Result;
use hashbrown::HashMap;
use proof::leaf::{ASSETS_MAX, Entry};

use super::{Balances, LONG, Rows, USER, in_cell};
use crate::reserves::ReservesError;

/// Which columns are which, and the assets there can be.
pub(super) struct Long {
    user: usize,
    asset: usize,
    amount: usize,
    places: HashMap<String, u16>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    /// A row was read that belongs to the next user.
    Ahead,
    End,
}

impl Long {
    /// The form for the assets of a round, or why it cannot be read.
    pub(super) fn new(columns: [usize; 3], round: &[String]) -> Result<Self, String> {
        if round.is_empty() {
            return Err("a table of user_id,asset,amount does not say which assets there are: \
                        give them by --assets"
                .to_owned());
        }
        if round.len() > ASSETS_MAX {
            return Err(format!("{} assets are more than {ASSETS_MAX}", round.len()));
        }
        let places = round.iter().enumerate().map(|(place, asset)| (asset.clone(), place as u16));
        let (places, [user, asset, amount]) = (places.collect(), columns);
        Ok(Self { user, asset, amount, places, state: State::Begin })
    }

    /// The next user.
    pub(super) fn next(&mut self, rows: &mut dyn Rows, file: &str) -> Result<Option<Balances>> {
        if self.state == State::Begin {
            self.step(rows)?;
        }
        if self.state == State::End {
            return Ok(None);
        }
        let first = rows.row();
        let account = self.account(rows, file)?;
        let mut balances = Balances { account, entries: Vec::new(), row: first };
        // Also of what is zero, so that an asset cannot come twice.
        let mut seen: Vec<u16> = Vec::new();
        loop {
            let row = rows.row();
            let [asset_column, amount_column] = LONG;
            let asset = rows.cell(self.asset).name();
            let asset = asset.map_err(|problem| in_cell(file, row, asset_column, problem))?;
            let Some(place) = self.places.get(asset.as_ref()).copied() else {
                let problem = format!(
                    "the asset {asset} is not in the table of assets: add a row for it there"
                );
                return Err(in_cell(file, row, asset_column, problem));
            };
            let amount = rows.cell(self.amount).amount();
            let amount = amount.map_err(|problem| in_cell(file, row, amount_column, problem))?;
            if seen.contains(&place) {
                let problem = format!(
                    "the asset {asset} comes a second time for user '{}': add them up",
                    balances.account
                );
                let file = file.to_owned();
                return Err(ReservesError::Row { file, row, problem }.into());
            }
            seen.push(place);
            if amount > 0 {
                balances.entries.push(Entry { asset: place, amount });
            }
            self.step(rows)?;
            if self.state == State::End || self.account(rows, file)? != balances.account {
                break;
            }
        }
        balances.entries.sort_unstable_by_key(|entry| entry.asset);
        Ok(Some(balances))
    }

    fn step(&mut self, rows: &mut dyn Rows) -> Result<()> {
        self.state = if rows.advance()? { State::Ahead } else { State::End };
        Ok(())
    }

    fn account(&self, rows: &dyn Rows, file: &str) -> Result<String> {
        let account = rows.cell(self.user).name();
        let account = account.map_err(|problem| in_cell(file, rows.row(), USER, problem))?;
        Ok(account.into_owned())
    }
}
