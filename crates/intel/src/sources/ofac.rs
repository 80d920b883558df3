//! OFAC: `address,currency`. Being on it is the whole claim.

use model::Category;

use super::{each_csv_row, network_of, take};
use crate::snapshot::Rows;

pub(super) fn read(contents: &[&[u8]], rows: &mut Rows) -> Result<(), String> {
    each_csv_row(contents[0], ["address", "currency"], rows, |rows, [address, currency]| {
        match network_of(currency, address) {
            Some(network) => {
                // Some addresses stand under the wrong currency (a Tron address as XBT). A
                // sanctioned address must not be lost to a clerical slip, so its own form decides.
                let network = if chain::parse_address(network, address).is_ok() {
                    network
                } else {
                    network_of("USDT", address).unwrap_or(network)
                };
                let label = format!("OFAC SDN, {currency}");
                take(rows, network, address, Category::Sanctions, 100, &label);
            }
            None => rows.refuse("network.unknown", format!("currency '{currency}' is not known")),
        }
    })
}
