//! Amounts as lists write them.

use std::fmt;

use model::Amount;

/// Most digits after the point: no asset of a published list has more.
const SCALE_MAX: usize = 30;

/// An amount of whole coins with the digits that a list writes, exactly.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    units: u128,
    scale: u8,
}

/// The amount of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantity {
    /// Base units, as our layout writes.
    Base(Amount),
    /// Whole coins with decimals, as the anchor writes.
    Coins(Decimal),
    /// A layout without amounts.
    None,
}

impl Decimal {
    /// Nothing.
    pub const ZERO: Decimal = Decimal { units: 0, scale: 0 };

    /// Reads digits with at most one point between them: no sign, no exponent, no word.
    ///
    /// # Errors
    /// What is wrong, for the message of the row.
    pub fn parse(text: &str) -> Result<Decimal, &'static str> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err("write digits, and if need be a point and digits after it");
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > SCALE_MAX {
            return Err(
                "it has more than 30 digits after the point; cut it at the asset's decimals",
            );
        }
        let units =
            [whole, fraction].concat().parse().map_err(|_| "it is larger than any amount")?;
        Ok(Decimal { units, scale: fraction.len() as u8 })
    }

    /// The sum, or `None` past 128 bits at the finer scale.
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(other.scale);
        let units = self.units_at(scale)?.checked_add(other.units_at(scale)?)?;
        Some(Decimal { units, scale })
    }

    /// Base units of an asset with so many decimals; `None` when digits would be lost.
    pub fn to_base_units(self, decimals: u8) -> Option<Amount> {
        self.trimmed().units_at(decimals).map(Amount::from_u128)
    }

    fn units_at(self, scale: u8) -> Option<u128> {
        let shift = scale.checked_sub(self.scale)?;
        self.units.checked_mul(10u128.checked_pow(u32::from(shift))?)
    }

    /// The same amount with as few digits after the point as it needs.
    fn trimmed(self) -> Decimal {
        let mut amount = self;
        while amount.scale > 0 && amount.units.is_multiple_of(10) {
            amount.units /= 10;
            amount.scale -= 1;
        }
        amount
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (self.trimmed(), other.trimmed());
        (one.units, one.scale) == (two.units, two.scale)
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.trimmed();
        f.write_str(&Amount::from_u128(amount.units).to_decimal_string(amount.scale))
    }
}
