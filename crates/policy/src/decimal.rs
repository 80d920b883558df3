//! Exact decimals for money: 18 places, 128 bits.

use std::fmt;

/// Decimal places.
const PLACES: u32 = 18;
/// 10^18.
const ONE: i128 = 1_000_000_000_000_000_000;

/// A number with 18 decimal places between about -1.7e20 and 1.7e20. An amount beyond that is kept
/// at the bound, which compares as it should with anything that a rule can write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Decimal(pub(crate) i128);

impl Decimal {
    /// An amount of base units of which `10^decimals` make one. Digits past the 18th place are cut
    /// off towards zero.
    pub fn from_base_units(units: Option<u128>, decimals: u8) -> Self {
        let Some(units) = units else {
            return Decimal(i128::MAX);
        };
        let decimals = u32::from(decimals);
        let scaled = if decimals <= PLACES {
            10u128.checked_pow(PLACES - decimals).and_then(|factor| units.checked_mul(factor))
        } else {
            10u128.checked_pow(decimals - PLACES).map_or(Some(0), |divisor| Some(units / divisor))
        };
        Decimal(scaled.and_then(|value| i128::try_from(value).ok()).unwrap_or(i128::MAX))
    }

    /// Reads digits with at most 18 decimal places; `None` for other text or more digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || fraction.len() > 18 {
            return None;
        }
        let whole: i128 = whole.parse().ok()?;
        let fraction: i128 = format!("{fraction:0<18}").parse().ok()?;
        let value = whole.checked_mul(ONE)?.checked_add(fraction)?;
        Some(Decimal(if negative { -value } else { value }))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) = (magnitude / ONE as u128, magnitude % ONE as u128);
        let fraction = format!("{fraction:018}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base_units_keep_every_place() {
        let decimal = |units, decimals| Decimal::from_base_units(Some(units), decimals).to_string();
        assert_eq!(decimal(1_500_000_000_000_000_000, 18), "1.5");
        assert_eq!(decimal(1, 8), "0.00000001");
        assert_eq!(decimal(42, 0), "42");
        assert_eq!(Decimal::from_base_units(None, 18), Decimal(i128::MAX));
        assert_eq!(Decimal::parse("1.0000000000000000001"), None);
        assert_eq!(Decimal::parse("1e3"), None);
    }

    proptest! {
        #[test]
        fn decimals_parse_from_what_they_print(value: i128) {
            prop_assume!(value != i128::MIN);
            prop_assert_eq!(Decimal::parse(&Decimal(value).to_string()), Some(Decimal(value)));
        }
    }
}
