//! What lists call an address, in the usage of the field's screening products.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! categories {
    ($($name:ident = $text:literal, $severity:literal, $is_service:literal;)*) => {
        /// A category of a list entry. The order is by how much it weighs, heaviest first.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Category { $($name),* }

        /// Number of categories.
        pub const CATEGORY_COUNT: usize = [$(Category::$name),*].len();

        impl Category {
            /// Every category, in the order of their numbers.
            pub const ALL: [Category; CATEGORY_COUNT] = [$(Category::$name),*];

            /// Stable name, as in reason codes and rule files.
            pub fn name(self) -> &'static str {
                match self { $(Category::$name => $text),* }
            }

            /// How bad dealing with it is, 0 (ordinary) to 100 (prohibited).
            pub fn severity(self) -> u8 {
                match self { $(Category::$name => $severity),* }
            }

            /// True for services that pool the funds of many people: exposure stops there,
            /// because what leaves is not what came in.
            pub fn is_service(self) -> bool {
                match self { $(Category::$name => $is_service),* }
            }
        }
    };
}

categories! {
    Sanctions = "sanctions", 100, false;
    Terrorism = "terrorism", 100, false;
    ChildAbuse = "child_abuse", 100, false;
    Ransomware = "ransomware", 95, false;
    Hack = "hack", 90, false;
    Darknet = "darknet", 85, false;
    Mixer = "mixer", 80, false;
    Phishing = "phishing", 80, false;
    Scam = "scam", 75, false;
    Extortion = "extortion", 75, false;
    Malware = "malware", 75, false;
    Ponzi = "ponzi", 70, false;
    Extremism = "extremism", 70, false;
    Gambling = "gambling", 30, true;
    Bridge = "bridge", 10, true;
    Defi = "defi", 5, true;
    Exchange = "exchange", 0, true;
    Custodian = "custodian", 0, true;
    Payment = "payment", 0, true;
    Mining = "mining", 0, true;
    Token = "token", 0, true;
    Donation = "donation", 0, false;
    Organisation = "organisation", 0, false;
    Other = "other", 0, false;
}

impl Category {
    /// True when an entry in this category speaks against the address.
    pub fn is_illicit(self) -> bool {
        self.severity() >= 70
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Category {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Category::ALL.into_iter().find(|category| category.name() == text).ok_or(())
    }
}

const _: () = assert!(CATEGORY_COUNT < 32, "a CategorySet has a bit for each");

/// A set of categories as one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct CategorySet(u32);

impl CategorySet {
    /// The empty set.
    pub const EMPTY: CategorySet = CategorySet(0);

    /// From the bits that [`CategorySet::bits`] gave; unknown bits are dropped.
    pub fn from_bits(bits: u32) -> Self {
        CategorySet(bits & ((1 << CATEGORY_COUNT) - 1))
    }

    /// One bit per category, by its number.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Adds one.
    pub fn insert(&mut self, category: Category) {
        self.0 |= 1 << category as u8;
    }

    /// True when it holds `category`.
    pub fn contains(self, category: Category) -> bool {
        self.0 & (1 << category as u8) != 0
    }

    /// True when it holds nothing.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members, heaviest first.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::ALL.into_iter().filter(move |category| self.contains(*category))
    }

    /// True when a member speaks against the address.
    pub fn is_illicit(self) -> bool {
        self.iter().any(Category::is_illicit)
    }

    /// True when one claim speaks against the address and another calls it an ordinary service.
    pub fn is_contradicted(self) -> bool {
        self.is_illicit() && self.iter().any(|c| c.is_service() && c != Category::Gambling)
    }

    /// True when money from here is followed as bad: a prohibited party always, another illicit one
    /// unless a list contradicts that. Lists name busy contracts (a stablecoin, a router) as scams
    /// because scams use them; following these would taint everybody.
    pub fn carries_taint(self) -> bool {
        let is_prohibited = self.iter().any(|category| category.severity() == 100);
        is_prohibited || self.is_illicit() && !self.is_contradicted()
    }

    /// True when a member is a service at which exposure stops, and the money is not followed as bad.
    pub fn is_service(self) -> bool {
        self.iter().any(Category::is_service) && !self.carries_taint()
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        let mut set = CategorySet::EMPTY;
        categories.into_iter().for_each(|category| set.insert(category));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_parse_back() {
        for category in Category::ALL {
            assert_eq!(category.name().parse(), Ok(category));
            assert_eq!(Category::ALL[category as usize], category);
        }
    }

    #[test]
    fn an_illicit_service_is_no_place_where_exposure_stops() {
        let set: CategorySet = [Category::Exchange, Category::Sanctions].into_iter().collect();
        assert!(!set.is_service());
        assert_eq!(set.iter().next(), Some(Category::Sanctions));
    }
}
