//! Where something was done from, and what is known of that.
//!
//! [`Places`] holds the lists and databases that an operator has. Each question has three answers: yes,
//! no, and not known. An address that no list names is "no" only where there is a list.

mod email;
mod geo;
mod ranges;

pub use email::Emails;
pub use geo::GeoDatabases;
pub use ranges::{List, Ranges};

use core::net::IpAddr;
use serde::{Deserialize, Serialize};

/// A country by its two letters of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Country(pub [u8; 2]);

impl Country {
    /// Reads two letters; `None` for other text.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Country(letters.map(|letter| letter.to_ascii_uppercase())))
    }

    pub(crate) fn key(self) -> u64 {
        u64::from(u16::from_be_bytes(self.0))
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|letter| write!(out, "{}", char::from(*letter)))
    }
}

/// A point on the earth and how far from it somebody may be.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fix {
    /// Degrees north, -90 to 90.
    pub latitude: f32,
    /// Degrees east, -180 to 180.
    pub longitude: f32,
    /// Kilometres around the point within which somebody is probably (67 % for MaxMind's databases).
    pub radius_km: u16,
}

impl Fix {
    /// A point, `None` when it is not one of the earth.
    pub fn new(latitude: f64, longitude: f64, radius_km: u16) -> Option<Self> {
        let is_point = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        is_point.then_some(Fix {
            latitude: latitude as f32,
            longitude: longitude as f32,
            radius_km,
        })
    }
}

/// Where something was done from. The default is that nothing is known.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Place {
    /// The address.
    pub ip: Option<IpAddr>,
    /// The country.
    pub country: Option<Country>,
    /// Number of the autonomous system.
    pub asn: Option<u32>,
    /// The point.
    pub fix: Option<Fix>,
    /// Whether it is an exit of Tor; `None` without a list.
    pub tor: Option<bool>,
    /// Whether it is of a VPN or a proxy.
    pub vpn: Option<bool>,
    /// Whether it is of a data centre.
    pub datacenter: Option<bool>,
}

impl Place {
    /// Whether enough is known to say that it is an ordinary place: its country, and that it is none of
    /// those that hide somebody.
    pub fn is_known(&self) -> bool {
        self.country.is_some() && self.tor.is_some() && self.vpn.is_some()
    }

    /// Whether it is known to hide where somebody is.
    pub fn is_hidden(&self) -> bool {
        [self.tor, self.vpn, self.datacenter].contains(&Some(true))
    }
}

/// The lists and databases of an operator. What is missing makes answers unknown.
#[derive(Default)]
pub struct Places {
    /// Exits of Tor.
    pub tor: Option<List>,
    /// Ranges of VPNs.
    pub vpn: Option<List>,
    /// Ranges of data centres.
    pub datacenter: Option<List>,
    /// Databases in MaxMind's format.
    pub geo: GeoDatabases,
}

/// Two answers to one question: one "yes" is yes, and one "no" is enough when the other does not know.
fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a || b),
        (known, None) | (None, known) => known,
    }
}

impl Places {
    /// What is known of an address. Databases that cannot answer for it leave that unknown.
    pub fn find(&self, ip: IpAddr) -> Place {
        let ip = ip.to_canonical();
        let listed = |list: &Option<List>| list.as_ref().map(|list| list.ranges.contains(ip));
        let mut place = self.geo.find(ip);
        place.tor = either(listed(&self.tor), place.tor);
        place.vpn = either(listed(&self.vpn), place.vpn);
        place.datacenter = either(listed(&self.datacenter), place.datacenter);
        place.ip = Some(ip);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_lists_nothing_is_known_and_with_a_list_the_rest_is_no() {
        let ip: IpAddr = "192.0.2.7".parse().unwrap();
        let mut places = Places::default();
        let nothing = places.find(ip);
        assert!(!nothing.is_known() && nothing.tor.is_none() && nothing.vpn.is_none());
        places.tor = Some(List::parse("tor", "2024-02-27", b"192.0.2.7\n").unwrap());
        assert_eq!(places.find(ip).tor, Some(true));
        assert_eq!(places.find("192.0.2.8".parse().unwrap()).tor, Some(false));
        assert_eq!(places.find(ip).vpn, None);
        let mapped: IpAddr = "::ffff:192.0.2.7".parse().unwrap();
        assert_eq!(places.find(mapped).tor, Some(true), "an address written as IPv6 is the same");
    }

    #[test]
    fn a_country_is_two_letters() {
        assert_eq!(Country::parse("de").map(|c| c.to_string()).as_deref(), Some("DE"));
        for text in ["", "D", "DEU", "D1", "é"] {
            assert_eq!(Country::parse(text), None, "{text}");
        }
    }
}
