//! Databases in MaxMind's format, which an operator supplies as bytes.

use core::net::IpAddr;
use maxminddb::{Reader, geoip2};

use super::{Country, Fix, Place};
use crate::BehaviorError;

/// Largest database that is read: the largest one sold has about a quarter of it.
const DATABASE_LEN_MAX: usize = 512 << 20;
/// Radius of a point without one, in kilometres: what MaxMind gives to a country alone.
const RADIUS_UNKNOWN_KM: u16 = 1_000;

/// A database and when it was built.
struct Database {
    reader: Reader<Vec<u8>>,
}

impl Database {
    fn open(name: &'static str, kinds: &[&str], bytes: Vec<u8>) -> Result<Self, BehaviorError> {
        if bytes.len() > DATABASE_LEN_MAX {
            return Err(BehaviorError::TooLarge {
                what: "a database of places",
                limit: DATABASE_LEN_MAX,
                unit: "bytes",
            });
        }
        let wrong = |problem: String| BehaviorError::Database { database: name, problem };
        let reader = Reader::from_source(bytes).map_err(|error| wrong(error.to_string()))?;
        let kind = &reader.metadata().database_type;
        if !kinds.iter().any(|known| kind.contains(known)) {
            return Err(wrong(format!("it holds '{kind}', not {}", kinds.join(" or "))));
        }
        Ok(Self { reader })
    }

    fn version(&self) -> (String, u64) {
        let metadata = self.reader.metadata();
        (metadata.database_type.clone(), metadata.build_epoch)
    }
}

/// The databases that there are. A missing one leaves its answers unknown.
#[derive(Default)]
pub struct GeoDatabases {
    city: Option<Database>,
    asn: Option<Database>,
    anonymous: Option<Database>,
}

impl GeoDatabases {
    /// Adds a database of cities (GeoIP2-City, GeoLite2-City): country and point.
    ///
    /// # Errors
    /// [`BehaviorError::Database`] for bytes that are no such database, [`BehaviorError::TooLarge`].
    pub fn with_city(mut self, bytes: Vec<u8>) -> Result<Self, BehaviorError> {
        self.city = Some(Database::open("city database", &["City", "Enterprise"], bytes)?);
        Ok(self)
    }

    /// Adds a database of autonomous systems (GeoLite2-ASN, GeoIP2-ISP).
    ///
    /// # Errors
    /// As [`GeoDatabases::with_city`].
    pub fn with_asn(mut self, bytes: Vec<u8>) -> Result<Self, BehaviorError> {
        self.asn = Some(Database::open("ASN database", &["ASN", "ISP"], bytes)?);
        Ok(self)
    }

    /// Adds a database of what hides people (GeoIP2-Anonymous-IP).
    ///
    /// # Errors
    /// As [`GeoDatabases::with_city`].
    pub fn with_anonymous(mut self, bytes: Vec<u8>) -> Result<Self, BehaviorError> {
        self.anonymous = Some(Database::open("anonymous IP database", &["Anonymous"], bytes)?);
        Ok(self)
    }

    /// What each database holds and when it was built, in seconds since 1970-01-01 UTC.
    pub fn versions(&self) -> Vec<(String, u64)> {
        [&self.city, &self.asn, &self.anonymous]
            .into_iter()
            .flatten()
            .map(Database::version)
            .collect()
    }

    /// What the databases say of an address. A record that cannot be read is not known.
    pub fn find(&self, ip: IpAddr) -> Place {
        let mut place = Place { ip: Some(ip), ..Place::default() };
        if let Some(city) = &self.city
            && let Ok(found) = city.reader.lookup(ip)
            && let Ok(Some(record)) = found.decode::<geoip2::City<'_>>()
        {
            place.country = record.country.iso_code.and_then(Country::parse);
            let (latitude, longitude) = (record.location.latitude, record.location.longitude);
            let radius_km = record.location.accuracy_radius.unwrap_or(RADIUS_UNKNOWN_KM);
            place.fix = latitude
                .zip(longitude)
                .and_then(|(latitude, longitude)| Fix::new(latitude, longitude, radius_km));
        }
        if let Some(asn) = &self.asn
            && let Ok(found) = asn.reader.lookup(ip)
            && let Ok(Some(record)) = found.decode::<geoip2::Asn<'_>>()
        {
            place.asn = record.autonomous_system_number;
        }
        if let Some(anonymous) = &self.anonymous
            && let Ok(found) = anonymous.reader.lookup(ip)
        {
            // The database lists what hides people: an address without a record is none of it.
            let Ok(record) = found.decode::<geoip2::AnonymousIp>() else { return place };
            let is = |what: fn(&geoip2::AnonymousIp) -> Option<bool>| {
                Some(record.as_ref().is_some_and(|record| what(record) == Some(true)))
            };
            place.tor = is(|record| record.is_tor_exit_node);
            place.datacenter = is(|record| record.is_hosting_provider);
            place.vpn = is(|record| {
                let ways =
                    [record.is_anonymous_vpn, record.is_public_proxy, record.is_residential_proxy];
                Some(ways.contains(&Some(true)))
            });
        }
        place
    }
}
