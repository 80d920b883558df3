//! Places where customers are.

use behavior::place::{Country, Fix, Place};

use crate::Random;

/// A city: country, degrees north and east, the autonomous systems of its homes and its mobile network.
pub(super) struct City {
    country: [u8; 2],
    latitude: f64,
    longitude: f64,
    homes: [u32; 3],
    mobile: u32,
}

const fn city(
    country: [u8; 2],
    latitude: f64,
    longitude: f64,
    homes: [u32; 3],
    mobile: u32,
) -> City {
    City { country, latitude, longitude, homes, mobile }
}

/// Cities. The numbers of autonomous systems are of documentation (RFC 5398) and private use (RFC 6996).
pub(super) const CITIES: [City; 24] = [
    city(*b"DE", 52.52, 13.40, [64_500, 64_501, 64_502], 64_503),
    city(*b"DE", 48.14, 11.58, [64_500, 64_501, 64_504], 64_503),
    city(*b"DE", 50.94, 6.96, [64_500, 64_505, 64_502], 64_503),
    city(*b"FR", 48.86, 2.35, [64_510, 64_511, 64_512], 64_513),
    city(*b"FR", 45.76, 4.84, [64_510, 64_511, 64_514], 64_513),
    city(*b"GB", 51.51, -0.13, [64_520, 64_521, 64_522], 64_523),
    city(*b"GB", 53.48, -2.24, [64_520, 64_521, 64_524], 64_523),
    city(*b"ES", 40.42, -3.70, [64_530, 64_531, 64_532], 64_533),
    city(*b"IT", 45.46, 9.19, [64_540, 64_541, 64_542], 64_543),
    city(*b"NL", 52.37, 4.90, [64_550, 64_551, 64_552], 64_553),
    city(*b"PL", 52.23, 21.01, [64_560, 64_561, 64_562], 64_563),
    city(*b"TR", 41.01, 28.98, [64_570, 64_571, 64_572], 64_573),
    city(*b"US", 40.71, -74.01, [64_580, 64_581, 64_582], 64_583),
    city(*b"US", 34.05, -118.24, [64_580, 64_581, 64_584], 64_583),
    city(*b"US", 41.88, -87.63, [64_580, 64_585, 64_582], 64_583),
    city(*b"BR", -23.55, -46.63, [64_590, 64_591, 64_592], 64_593),
    city(*b"AR", -34.60, -58.38, [64_600, 64_601, 64_602], 64_603),
    city(*b"NG", 6.52, 3.38, [64_610, 64_611, 64_612], 64_613),
    city(*b"IN", 19.08, 72.88, [64_620, 64_621, 64_622], 64_623),
    city(*b"SG", 1.35, 103.82, [64_630, 64_631, 64_632], 64_633),
    city(*b"VN", 10.82, 106.63, [64_640, 64_641, 64_642], 64_643),
    city(*b"KR", 37.57, 126.98, [64_650, 64_651, 64_652], 64_653),
    city(*b"JP", 35.68, 139.69, [64_660, 64_661, 64_662], 64_663),
    city(*b"AU", -33.87, 151.21, [64_670, 64_671, 64_672], 64_673),
];

/// Exits of VPNs and machines for rent: their systems and the countries that databases give for them.
const EXITS: [(u32, [u8; 2], f64, f64); 4] = [
    (65_001, *b"NL", 52.37, 4.90),
    (65_002, *b"US", 40.71, -74.01),
    (65_003, *b"CH", 47.38, 8.54),
    (65_004, *b"SE", 59.33, 18.07),
];

/// The hour of the sun there, as a shift from UTC.
pub(super) fn shift_h(city: usize) -> f64 {
    CITIES[city].longitude / 15.0
}

/// A place without anything that hides.
fn open(country: [u8; 2], latitude: f64, longitude: f64, radius_km: u16, asn: u32) -> Place {
    Place {
        ip: None,
        country: Some(Country(country)),
        asn: Some(asn),
        fix: Fix::new(latitude, longitude, radius_km),
        tor: Some(false),
        vpn: Some(false),
        datacenter: Some(false),
    }
}

/// A home, by the number of its provider.
pub(super) fn home(city: usize, provider: usize) -> Place {
    let place = &CITIES[city];
    let asn = place.homes[provider % place.homes.len()];
    open(place.country, place.latitude, place.longitude, 20, asn)
}

/// The mobile network, which databases put now here and now there in its country.
pub(super) fn mobile(city: usize, random: &mut Random) -> Place {
    let place = &CITIES[city];
    let off = |random: &mut Random| (random.unit() - 0.5) * 4.0;
    let (latitude, longitude) = (place.latitude + off(random), place.longitude + off(random));
    open(place.country, latitude, longitude, 200, place.mobile)
}

/// The exit of a VPN.
pub(super) fn vpn(exit: usize) -> Place {
    let (asn, country, latitude, longitude) = EXITS[exit % EXITS.len()];
    Place { vpn: Some(true), ..open(country, latitude, longitude, 500, asn) }
}

/// A machine for rent, which lists know in most cases.
pub(super) fn rented(exit: usize, is_listed: bool) -> Place {
    let (asn, country, latitude, longitude) = EXITS[exit % EXITS.len()];
    let datacenter = Some(is_listed);
    Place { datacenter, ..open(country, latitude, longitude, 500, asn + 100) }
}

/// A city of another country.
pub(super) fn abroad(city: usize, random: &mut Random) -> usize {
    loop {
        let other = random.below(CITIES.len() as u64) as usize;
        if CITIES[other].country != CITIES[city].country {
            return other;
        }
    }
}
