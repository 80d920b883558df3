//! Amounts of money: non-negative integers in base units, up to 256 bits.

use ruint::aliases::U256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// An amount in base units (wei, satoshi, token units). Serialised as a decimal string, because
/// JSON numbers lose digits in most readers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Amount(U256);

/// Why a text or bytes are not an amount.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AmountError {
    /// Not a run of digits.
    #[error("amount: '{0}' is not a non-negative integer in base units")]
    NotAnInteger(String),
    /// More than 256 bits.
    #[error("amount: '{0}' does not fit 256 bits")]
    TooLarge(String),
}

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(U256::ZERO);
    /// 2^256 - 1: what an unlimited approval approves.
    pub const MAX: Amount = Amount(U256::MAX);

    /// From base units.
    pub fn from_u128(units: u128) -> Self {
        Amount(U256::from(units))
    }

    /// From 32 big-endian bytes.
    pub fn from_be_bytes(bytes: [u8; 32]) -> Self {
        Amount(U256::from_be_bytes(bytes))
    }

    /// From at most 32 big-endian bytes.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] for more than 32 bytes.
    pub fn from_be_slice(bytes: &[u8]) -> Result<Self, AmountError> {
        U256::try_from_be_slice(bytes)
            .map(Amount)
            .ok_or_else(|| AmountError::TooLarge(format!("{} bytes", bytes.len())))
    }

    /// 32 big-endian bytes.
    pub fn to_be_bytes(self) -> [u8; 32] {
        self.0.to_be_bytes()
    }

    /// The nearest `f64`; for features and sketches, never for a decision about money.
    pub fn to_f64(self) -> f64 {
        match u128::try_from(self.0) {
            Ok(small) => small as f64,
            Err(_) => f64::from(self.0),
        }
    }

    /// Base units if they fit 128 bits.
    pub fn to_u128(self) -> Option<u128> {
        u128::try_from(self.0).ok()
    }

    /// Sum, or `None` past 256 bits.
    pub fn checked_add(self, other: Amount) -> Option<Amount> {
        self.0.checked_add(other.0).map(Amount)
    }

    /// Difference, or `None` when `other` is larger.
    pub fn checked_sub(self, other: Amount) -> Option<Amount> {
        self.0.checked_sub(other.0).map(Amount)
    }

    /// Sum, or 2^256 - 1 past it.
    pub fn saturating_add(self, other: Amount) -> Amount {
        Amount(self.0.saturating_add(other.0))
    }

    /// True for nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Number of trailing decimal zeros of the integer; 0 for zero. How round a sum is.
    pub fn trailing_decimal_zeros(self) -> u32 {
        if self.is_zero() {
            return 0;
        }
        let mut zeros = 0;
        if let Ok(mut small) = u128::try_from(self.0) {
            while small.is_multiple_of(10) {
                small /= 10;
                zeros += 1;
            }
            return zeros;
        }
        let ten = U256::from(10);
        let mut rest = self.0;
        while (rest % ten).is_zero() {
            rest /= ten;
            zeros += 1;
        }
        zeros
    }

    /// From decimal digits.
    ///
    /// # Errors
    /// [`AmountError`] for anything but digits, or more than 256 bits.
    pub fn from_decimal(text: &str) -> Result<Self, AmountError> {
        let shown = || text.chars().take(90).collect::<String>();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AmountError::NotAnInteger(shown()));
        }
        if text.len() <= 38 {
            return text.parse().map(Amount::from_u128).map_err(|_| AmountError::TooLarge(shown()));
        }
        U256::from_str_radix(text, 10).map(Amount).map_err(|_| AmountError::TooLarge(shown()))
    }

    /// From a hexadecimal quantity with its `0x`, as JSON-RPC writes it.
    ///
    /// # Errors
    /// [`AmountError`] for other text, or more than 256 bits.
    pub fn from_hex_quantity(text: &str) -> Result<Self, AmountError> {
        let shown = || text.chars().take(90).collect::<String>();
        let digits = text.strip_prefix("0x").ok_or_else(|| AmountError::NotAnInteger(shown()))?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(AmountError::NotAnInteger(shown()));
        }
        let significant = digits.trim_start_matches('0');
        if significant.len() > 64 {
            return Err(AmountError::TooLarge(shown()));
        }
        if significant.is_empty() {
            return Ok(Amount::ZERO);
        }
        U256::from_str_radix(significant, 16)
            .map(Amount)
            .map_err(|_| AmountError::TooLarge(shown()))
    }

    /// In units of 10^`decimals` base units, with all digits: `1500000000000000000` and 18 give `1.5`.
    pub fn to_decimal_string(self, decimals: u8) -> String {
        let digits = self.0.to_string();
        let decimals = usize::from(decimals);
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, fraction) = padded.split_at(padded.len() - decimals);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Amount {
    type Err = AmountError;
    fn from_str(text: &str) -> Result<Self, AmountError> {
        Self::from_decimal(text)
    }
}

impl From<u64> for Amount {
    fn from(units: u64) -> Self {
        Amount(U256::from(units))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.0)
        } else {
            self.0.to_be_bytes::<32>().serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            <[u8; 32]>::deserialize(deserializer).map(Amount::from_be_bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_beyond_256_bits_are_refused_by_name() {
        let too_large =
            "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        assert!(matches!(too_large.parse::<Amount>(), Err(AmountError::TooLarge(_))));
        let hex = format!("0x1{}", "0".repeat(64));
        assert!(matches!(Amount::from_hex_quantity(&hex), Err(AmountError::TooLarge(_))));
        assert!(matches!("-1".parse::<Amount>(), Err(AmountError::NotAnInteger(_))));
        assert!(matches!("1e18".parse::<Amount>(), Err(AmountError::NotAnInteger(_))));
        assert!(matches!("".parse::<Amount>(), Err(AmountError::NotAnInteger(_))));
        assert!(matches!(Amount::from_hex_quantity("0x"), Err(AmountError::NotAnInteger(_))));
    }

    #[test]
    fn a_decimal_form_keeps_every_digit() {
        let amount = Amount::from_u128(1_500_000_000_000_000_000);
        assert_eq!(amount.to_decimal_string(18), "1.5");
        assert_eq!(Amount::from_u128(1).to_decimal_string(8), "0.00000001");
        assert_eq!(Amount::ZERO.to_decimal_string(18), "0");
        assert_eq!(Amount::from_u128(42).to_decimal_string(0), "42");
    }

    proptest! {
        #[test]
        fn decimal_and_bytes_round_trip(bytes: [u8; 32]) {
            let amount = Amount::from_be_bytes(bytes);
            prop_assert_eq!(amount.to_string().parse::<Amount>(), Ok(amount));
            prop_assert_eq!(Amount::from_be_slice(&amount.to_be_bytes()), Ok(amount));
        }

        #[test]
        fn trailing_zeros_agree_with_the_text(units: u128, zeros in 0u32..20) {
            let text = format!("{units}{}", "0".repeat(zeros as usize));
            let amount: Amount = text.parse().unwrap();
            let expected = if units == 0 { 0 } else { text.len() - text.trim_end_matches('0').len() };
            prop_assert_eq!(amount.trailing_decimal_zeros() as usize, expected);
        }
    }
}
