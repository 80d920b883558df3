//! Lists of addresses and networks, sorted and merged, looked up by halving.

use core::net::IpAddr;

use crate::BehaviorError;

/// Lines that are read of a list: the largest public ones have less than a tenth of it.
const LINES_MAX: usize = 1_000_000;

/// Networks of both families. Two numbers a range: 8 bytes for IPv4, 32 for IPv6.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ranges {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

/// Sorts ranges and joins those that touch.
fn merge<N: Copy + Ord>(mut ranges: Vec<(N, N)>, next: impl Fn(N) -> Option<N>) -> Vec<(N, N)> {
    ranges.sort_unstable();
    let mut merged: Vec<(N, N)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some(before) if next(before.1).is_none_or(|next| first <= next) => {
                before.1 = before.1.max(last);
            }
            _ => merged.push((first, last)),
        }
    }
    merged.shrink_to_fit();
    merged
}

fn holds<N: Copy + Ord>(ranges: &[(N, N)], address: N) -> bool {
    let place = ranges.partition_point(|(first, _)| *first <= address);
    place.checked_sub(1).is_some_and(|place| address <= ranges[place].1)
}

impl Ranges {
    /// Whether an address lies in one of the networks.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match ip.to_canonical() {
            IpAddr::V4(v4) => holds(&self.v4, v4.to_bits()),
            IpAddr::V6(v6) => holds(&self.v6, v6.to_bits()),
        }
    }

    /// Number of ranges, after those that touch are joined.
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A list with its name and date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct List {
    /// Its name.
    pub name: String,
    /// Its date or version, as its publisher tells it.
    pub version: String,
    /// Its networks.
    pub ranges: Ranges,
}

impl List {
    /// Reads addresses and networks in CIDR form, one a line; empty lines and what follows `#` are
    /// passed over. Several files of one list can be joined with line ends.
    ///
    /// # Errors
    /// [`BehaviorError::ListLine`] for the first line that is neither; a list is taken as a whole or
    /// not at all. [`BehaviorError::TooLarge`] for more than a million lines.
    pub fn parse(name: &str, version: &str, bytes: &[u8]) -> Result<List, BehaviorError> {
        let mut ranges = Ranges::default();
        for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if number >= LINES_MAX {
                return Err(BehaviorError::TooLarge {
                    what: "a list of addresses",
                    limit: LINES_MAX,
                    unit: "lines",
                });
            }
            let wrong = |problem| BehaviorError::ListLine {
                list: name.to_owned(),
                line: number + 1,
                problem,
            };
            let text = std::str::from_utf8(line).map_err(|_| wrong("it is not text"))?;
            let text = text.split('#').next().unwrap_or("").trim();
            if text.is_empty() {
                continue;
            }
            let (address, length) = match text.split_once('/') {
                Some((address, length)) => (address, Some(length)),
                None => (text, None),
            };
            let address: IpAddr =
                address.parse().map_err(|_| wrong("it is no address and no network"))?;
            let width = if address.is_ipv4() { 32 } else { 128 };
            let length = length.map_or(Ok(width), str::parse::<u32>);
            let length = length.ok().filter(|length| *length <= width);
            let length = length.ok_or_else(|| wrong("the length of its prefix is wrong"))?;
            match address {
                IpAddr::V4(v4) => {
                    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
                    let first = v4.to_bits() & mask;
                    ranges.v4.push((first, first | !mask));
                }
                IpAddr::V6(v6) => {
                    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
                    let first = v6.to_bits() & mask;
                    ranges.v6.push((first, first | !mask));
                }
            }
        }
        ranges.v4 = merge(ranges.v4, |last| last.checked_add(1));
        ranges.v6 = merge(ranges.v6, |last| last.checked_add(1));
        Ok(List { name: name.to_owned(), version: version.to_owned(), ranges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bad_line_is_told_by_its_number_and_refuses_the_list() {
        let read = |text: &str| List::parse("vpn", "1", text.as_bytes());
        for (text, line) in [
            ("10.0.0.0/8\nhello\n", 2),
            ("10.0.0.0/33", 1),
            ("\n\n::/129", 3),
            ("10.0.0/8", 1),
            ("10.0.0.0/-1", 1),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                matches!(error, BehaviorError::ListLine { line: at, .. } if at == line),
                "{error}"
            );
            assert_eq!(error.code(), "behavior.list.invalid");
        }
        let list = read("# a comment\n0.0.0.0/0 # all of it\n::/0\n").unwrap();
        assert_eq!(list.ranges.len(), 2);
        assert!(list.ranges.contains("255.255.255.255".parse().unwrap()));
        assert!(list.ranges.contains("ffff::1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn an_address_is_found_exactly_when_one_of_the_networks_holds_it(
            networks in prop::collection::vec((any::<u32>(), 0u32..=32), 1..20),
            address: u32,
            near in any::<prop::sample::Index>(),
        ) {
            let text: String = networks
                .iter()
                .map(|(bits, length)| format!("{}/{length}\n", core::net::Ipv4Addr::from(*bits)))
                .collect();
            let list = List::parse("test", "1", text.as_bytes()).unwrap();
            let holds = |address: u32| {
                networks.iter().any(|(bits, length)| {
                    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
                    bits & mask == address & mask
                })
            };
            let (bits, length) = networks[near.index(networks.len())];
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            let edges = [bits & mask, bits | !mask];
            let beside = [edges[0].wrapping_sub(1), edges[1].wrapping_add(1)];
            for address in edges.into_iter().chain(beside).chain([address]) {
                let ip = IpAddr::V4(core::net::Ipv4Addr::from(address));
                prop_assert_eq!(list.ranges.contains(ip), holds(address));
            }
        }

        #[test]
        fn no_bytes_make_a_list_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = List::parse("test", "1", &bytes);
        }
    }
}
