//! How fast somebody would have had to be to do two things in two places.

use crate::place::Fix;

/// Mean radius of the earth (IUGG), in kilometres.
const EARTH_KM: f64 = 6_371.008_8;
/// Distances below this are no journey: databases put customers of one network into neighbouring
/// cities.
pub const FLOOR_KM: f64 = 150.0;
/// Two events that are closer in time are taken to be this far apart, in seconds: clocks differ, and a
/// short time would make any distance a high speed.
pub const FLOOR_S: u64 = 600;
/// Faster than an airliner from door to door, in kilometres an hour.
pub const IMPOSSIBLE_KMH: f64 = 1_000.0;

/// Distance along a great circle, in kilometres (haversine formula).
pub fn distance_km(a: Fix, b: Fix) -> f64 {
    let radians = |degrees: f32| f64::from(degrees).to_radians();
    let (a_lat, b_lat) = (radians(a.latitude), radians(b.latitude));
    let half = |from: f64, to: f64| {
        let sine = libm::sin((to - from) / 2.0);
        sine * sine
    };
    let longitude = half(radians(a.longitude), radians(b.longitude));
    let chord = half(a_lat, b_lat) + libm::cos(a_lat) * libm::cos(b_lat) * longitude;
    2.0 * EARTH_KM * libm::asin(libm::sqrt(chord.clamp(0.0, 1.0)))
}

/// The lowest speed that explains two events, in kilometres an hour: the distance less what both
/// databases may be wrong by and less [`FLOOR_KM`], over the time between them.
pub fn speed_kmh(a: Fix, b: Fix, between_s: u64) -> f64 {
    let slack = f64::from(a.radius_km) + f64::from(b.radius_km) + FLOOR_KM;
    let distance = (distance_km(a, b) - slack).max(0.0);
    distance / (between_s.max(FLOOR_S) as f64 / 3_600.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fix(latitude: f64, longitude: f64, radius_km: u16) -> Fix {
        Fix::new(latitude, longitude, radius_km).unwrap()
    }

    #[test]
    fn known_distances_are_right_to_half_a_per_cent() {
        // Airports: LAX 33.9425 N 118.4081 W, JFK 40.6398 N 73.7789 W: about 3,975 km.
        let km = distance_km(fix(33.9425, -118.4081, 0), fix(40.6398, -73.7789, 0));
        assert!((km - 3_975.0).abs() < 20.0, "{km}");
        let half_way = distance_km(fix(0.0, 0.0, 0), fix(0.0, 180.0, 0));
        assert!((half_way - 20_015.1).abs() < 1.0, "{half_way}");
    }

    #[test]
    fn neighbouring_cities_and_wide_radii_are_no_journey_and_an_ocean_in_an_hour_is() {
        let (london, oxford) = (fix(51.5, -0.1, 20), fix(51.75, -1.25, 100));
        let new_york = fix(40.7, -74.0, 20);
        assert!(speed_kmh(london, oxford, 1) == 0.0);
        assert!(speed_kmh(london, new_york, 3_600) > IMPOSSIBLE_KMH);
        assert!(speed_kmh(london, new_york, 9 * 3_600) < IMPOSSIBLE_KMH);
        assert!(speed_kmh(london, fix(40.7, -74.0, 6_000), 1) == 0.0);
    }

    fn point() -> impl Strategy<Value = Fix> {
        (-90.0f64..=90.0, -180.0f64..=180.0, 0u16..2_000)
            .prop_map(|(latitude, longitude, radius)| fix(latitude, longitude, radius))
    }

    proptest! {
        #[test]
        fn speed_is_symmetric_and_zero_for_the_same_place(
            a in point(), b in point(), between_s: u64,
        ) {
            prop_assert_eq!(speed_kmh(a, b, between_s), speed_kmh(b, a, between_s));
            prop_assert_eq!(speed_kmh(a, a, between_s), 0.0);
            prop_assert!(speed_kmh(a, b, between_s).is_finite());
        }

        #[test]
        fn a_wider_radius_or_a_longer_time_never_makes_it_faster(
            a in point(), b in point(), more in 0u16..2_000, between_s in 0u64..1_000_000,
        ) {
            let wider = Fix { radius_km: a.radius_km.saturating_add(more), ..a };
            prop_assert!(speed_kmh(wider, b, between_s) <= speed_kmh(a, b, between_s));
            prop_assert!(speed_kmh(a, b, between_s * 2) <= speed_kmh(a, b, between_s));
        }
    }
}
