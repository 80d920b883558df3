//! Values that notices tell: amounts, addresses, settings.

use account::book::Destination;
use account::setting::Setting;
use account::time::Span;
use model::Amount;
use serde::{Deserialize, Serialize};

use crate::calendar::duration;
use crate::shown::shown;

/// A withdrawal, as its owner knows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Payment {
    /// What is paid, such as `ETH`.
    pub asset: String,
    /// How much, in base units.
    pub amount: Amount,
    /// Digits of the base units after the point.
    pub decimals: u8,
    /// Where it goes.
    pub to: Destination,
}

/// A setting in words.
pub(super) fn setting_written(setting: Setting) -> String {
    match setting {
        Setting::BookOnly(true) => "money goes to addresses of your book only".to_owned(),
        Setting::BookOnly(false) => "money can go to addresses outside your book".to_owned(),
        Setting::Cooldown(span) => format!("new addresses wait {}", duration(span)),
        Setting::DailyLimit(cents) => {
            format!("{} may leave in a day, in your currency", decimal(&cents.to_string(), 2))
        }
        Setting::Delay(Span(0)) => "withdrawals do not wait".to_owned(),
        Setting::Delay(span) => format!("withdrawals wait {}", duration(span)),
        Setting::Lock(Span(0)) => "settings are not locked".to_owned(),
        Setting::Lock(span) => format!("loosening a setting takes {}", duration(span)),
    }
}

/// Addresses are shown whole: their ends alone are easily imitated.
pub(super) fn destination(to: &Destination) -> Vec<(&'static str, String)> {
    vec![("Network", shown(&to.network)), ("Address", shown(&to.address))]
}

impl Payment {
    pub(super) fn written(&self) -> String {
        format!("{} {}", decimal(&self.amount.to_string(), self.decimals), shown(&self.asset))
    }
}

/// Digits of base units as a decimal number without needless zeros.
fn decimal(units: &str, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let padded = format!("{units:0>width$}", width = decimals + 1);
    let (whole, part) = padded.split_at(padded.len() - decimals);
    match part.trim_end_matches('0') {
        "" => whole.to_owned(),
        part => format!("{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_their_point() {
        for (units, decimals, text) in [
            ("1500000000000000000", 18, "1.5"),
            ("1", 18, "0.000000000000000001"),
            ("0", 8, "0"),
            ("100000000", 8, "1"),
            ("42", 0, "42"),
            ("7", 255, &format!("0.{}7", "0".repeat(254))),
        ] {
            assert_eq!(decimal(units, decimals), text);
        }
    }

    #[test]
    fn the_longest_address_of_a_network_is_shown_whole() {
        let address = "addr1".to_owned() + &"q".repeat(98);
        let to = Destination { network: "eip155:1".to_owned(), address: address.clone() };
        assert_eq!(destination(&to), [("Network", "eip155:1".to_owned()), ("Address", address)]);
    }
}
