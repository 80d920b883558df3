//! The wide form: a row for each user, a column for each asset.

use anyhow::Result;
use proof::leaf::{ASSETS_MAX, Entry};
use proof::receipt::check_account;

use super::{Balances, Rows, USER, in_cell};

/// Which columns are which.
pub(super) struct Wide {
    user: usize,
    assets: Vec<usize>,
}

impl Wide {
    /// The form and the symbols of its assets, or what is wrong with the columns.
    pub(super) fn new(columns: &[String], user: usize) -> Result<(Self, Vec<String>), String> {
        let places: Vec<usize> = (0..columns.len()).filter(|place| *place != user).collect();
        if places.is_empty() || places.len() > ASSETS_MAX {
            return Err(format!("{} assets are not between 1 and {ASSETS_MAX}", places.len()));
        }
        let mut assets: Vec<String> = Vec::with_capacity(places.len());
        for place in &places {
            let asset = &columns[*place];
            check_account(asset).map_err(|error| format!("column {}: {error}", place + 1))?;
            if assets.contains(asset) || asset == USER {
                return Err(format!("{asset} has two columns"));
            }
            assets.push(asset.clone());
        }
        Ok((Self { user, assets: places }, assets))
    }

    /// The next user.
    pub(super) fn next(
        &self,
        rows: &mut dyn Rows,
        file: &str,
        symbols: &[String],
    ) -> Result<Option<Balances>> {
        if !rows.advance()? {
            return Ok(None);
        }
        let row = rows.row();
        let account = rows.cell(self.user).name();
        let account = account.map_err(|problem| in_cell(file, row, USER, problem))?.into_owned();
        let mut entries = Vec::new();
        for (place, column) in self.assets.iter().enumerate() {
            match rows.cell(*column).amount() {
                Ok(0) => {}
                Ok(amount) => entries.push(Entry { asset: place as u16, amount }),
                Err(problem) => return Err(in_cell(file, row, &symbols[place], problem)),
            }
        }
        Ok(Some(Balances { account, entries, row }))
    }
}
