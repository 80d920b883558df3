//! Balances that customers pledge, and what they owe against them.
//!
//! A round with margin products names the assets that can be pledged and borrowed. Of an asset, a
//! customer has a free balance (an entry of the leaf), a pledged one, and a debt; what the exchange owes
//! is the free and the pledged one together, so nobody pledges more than they have. Debts are never taken
//! off from balances, neither of one asset nor of all.
//!
//! Collateral counts less than it is worth, and less the more of it there is: tier by tier, as the header
//! says. A leaf has a *position* for each tier that a pledged balance reaches into, filled one after the
//! other, and one for each debt. Each position is under a [`Rule`], which fixes its limit, its weight and
//! the sum that it is counted in. What positions are worth is counted in millionths of the header's
//! currency; pledged balances are rounded down and debts up, so no error is in the customer's favour.
//! The circuit shows for each leaf that its debts are not worth more than its collateral counts.

use num_bigint::BigUint;
use serde::{Deserialize, Serialize};

use crate::ProofError;
use crate::circuit::STEP;
use crate::header::Asset;
use crate::leaf::{LIMB_BITS, Layout, Shape, Width};
use crate::liabilities::base_units;

/// Digits after the point of a value, in the header's currency.
pub const VALUE_DECIMALS: u32 = 6;
/// Limbs of a value: it is below 2^75.
pub const VALUE_LIMBS: usize = 5;
/// Most tiers of an asset.
pub const TIERS_MAX: usize = 32;
/// Most rules of a round; each takes a row of every shard.
pub const RULES_MAX: usize = 4_096;
/// What counts whole, in ten-thousandths.
const WHOLE_BP: u16 = 10_000;

/// A part of a pledged balance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Up to which balance it goes, in base units.
    pub up_to: String,
    /// How much of its value counts, in ten-thousandths.
    pub ratio_bp: u16,
}

/// An asset that can be pledged and borrowed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margin {
    /// Its symbol.
    pub asset: String,
    /// What its collateral counts, from the first base unit on.
    pub tiers: Vec<Tier>,
}

/// What a position is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Number of the sum that its amount is counted in.
    pub sum: u32,
    /// Whether it is a debt.
    pub is_debt: bool,
    /// What a base unit is worth, in limbs, lowest first; the upper one is at most [`STEP`].
    pub weight: [u32; 2],
    /// So many limbs of a product are behind the point.
    pub shift: u8,
    /// The most that may be in it.
    pub limit: u128,
}

/// A part of a pledged balance, or a debt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Number of its rule.
    pub rule: u16,
    /// How much, in base units.
    pub amount: u128,
}

/// What a customer has pledged or owes in an asset.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Held {
    /// Place of the asset among those of the header's `margin`.
    pub place: u16,
    /// Pledged, in base units.
    pub pledged: u128,
    /// Owed to the exchange, in base units.
    pub debt: u128,
}

/// The rules of a round, by number: tiers of all assets, then debts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    /// For each asset, the number of its first tier.
    tiers: Vec<usize>,
}

impl Rule {
    /// What an amount is worth under it; `None` when that is 2^75 millionths or more.
    pub fn value(&self, amount: u128) -> Option<u128> {
        let [low, high] = self.weight.map(u128::from);
        let product = amount.checked_mul(high << LIMB_BITS | low)?;
        let value = product.checked_shr(LIMB_BITS * u32::from(self.shift)).unwrap_or(0);
        (value >> (LIMB_BITS * VALUE_LIMBS as u32) == 0).then_some(value)
    }
}

/// Shifts of a width: all limbs of a product can be behind the point but the last.
pub const fn shifts(width: Width) -> usize {
    width.limbs() + 3
}

/// What a base unit is worth: weight and shift of the finest form, rounded down, or up for a debt.
fn weight(asset: &Asset, width: Width, ratio_bp: u16, is_debt: bool) -> Option<([u32; 2], u8)> {
    let (whole, part) = asset.price.split_once('.').unwrap_or((&asset.price, ""));
    let price = BigUint::parse_bytes(format!("{whole}{part}").as_bytes(), 10)?;
    let over = price * 10u32.pow(VALUE_DECIMALS) * ratio_bp;
    let digits = part.len() as u32 + u32::from(asset.decimals);
    let under = BigUint::from(10u32).pow(digits) * WHOLE_BP;
    (0..shifts(width)).rev().find_map(|shift| {
        let over = &over << (LIMB_BITS as usize * shift);
        let up = if is_debt { &under - 1u32 } else { BigUint::ZERO };
        let weight = u64::try_from((over + up) / &under).ok()?;
        let (low, high) = (weight & ((1 << LIMB_BITS) - 1), weight >> LIMB_BITS);
        (high <= u64::from(STEP)).then_some(([low as u32, high as u32], shift as u8))
    })
}

impl Rules {
    /// The rules of a header's `margin`.
    ///
    /// # Errors
    /// [`ProofError::Field`] that names what is wrong of it.
    pub fn new(shape: Shape, assets: &[Asset], margin: &[Margin]) -> Result<Self, ProofError> {
        let is_margin = shape.layout == Layout::Margin;
        if is_margin == margin.is_empty() {
            let problem = "it stands where, and only where, the layout is 'margin'";
            return Err(ProofError::field("margin", problem));
        }
        let mut rules = Self::default();
        let mut debts = Vec::with_capacity(margin.len());
        let mut next = 0;
        for (place, margin) in margin.iter().enumerate() {
            let wrong = |field: &str, problem: String| {
                Err(ProofError::field(format!("margin[{place}].{field}"), problem))
            };
            let number = assets.iter().position(|asset| asset.symbol == margin.asset);
            let Some(number) = number.filter(|number| *number >= next) else {
                let problem = "assets of the round are wanted, once each, in their order";
                return wrong("asset", problem.to_owned());
            };
            next = number + 1;
            if !(1..=TIERS_MAX).contains(&margin.tiers.len()) {
                let problem = format!("{} are not between 1 and {TIERS_MAX}", margin.tiers.len());
                return wrong("tiers", problem);
            }
            let asset = &assets[number];
            let rule = |ratio_bp: u16, is_debt: bool, limit: u128| {
                let (weight, shift) = weight(asset, shape.width, ratio_bp, is_debt)?;
                let sum = shape.position_sum(place, is_debt);
                Some(Rule { sum, is_debt, weight, shift, limit })
            };
            let dear = "its base unit is worth more than 1,000 units of the currency: a unit with more decimals is wanted";
            rules.tiers.push(rules.rules.len());
            let (mut from, mut above) = (0, WHOLE_BP + 1);
            for (tier, Tier { up_to, ratio_bp }) in margin.tiers.iter().enumerate() {
                let field = |name: &str| format!("tiers[{tier}].{name}");
                let up_to = base_units(&format!("margin[{place}].{}", field("up_to")), up_to)?;
                if up_to <= from || up_to >> shape.width.bits() != 0 {
                    let bits = shape.width.bits();
                    let problem =
                        format!("{up_to} is not above {from} and below 2^{bits} base units");
                    return wrong(&field("up_to"), problem);
                }
                if *ratio_bp >= above {
                    let problem = if tier == 0 {
                        format!("{ratio_bp} is more than the whole, {WHOLE_BP}")
                    } else {
                        format!("{ratio_bp} is not below the tier before, {above}")
                    };
                    return wrong(&field("ratio_bp"), problem);
                }
                let Some(rule) = rule(*ratio_bp, false, up_to - from) else {
                    return wrong("asset", dear.to_owned());
                };
                rules.rules.push(rule);
                (from, above) = (up_to, *ratio_bp);
            }
            match rule(WHOLE_BP, true, (1 << shape.width.bits()) - 1) {
                Some(rule) if rule.weight == [0, 0] => {
                    return wrong("asset", "what can be borrowed has a price".to_owned());
                }
                Some(rule) => debts.push(rule),
                None => return wrong("asset", dear.to_owned()),
            }
        }
        rules.rules.append(&mut debts);
        if rules.rules.len() > RULES_MAX {
            let problem =
                format!("{} tiers and debts are more than {RULES_MAX}", rules.rules.len());
            return Err(ProofError::field("margin", problem));
        }
        Ok(rules)
    }

    /// All of them, by number.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// The positions of what a customer has pledged and owes, in the order of their rules.
    ///
    /// # Errors
    /// [`ProofError::Field`] when an asset stands twice or not in its order, or when more is pledged than
    /// its tiers hold.
    pub fn positions(&self, held: &[Held]) -> Result<Vec<Position>, ProofError> {
        let debts = self.rules.len() - self.tiers.len();
        let (mut positions, mut owed) = (Vec::new(), Vec::new());
        let mut next = 0;
        for (number, Held { place, pledged, debt }) in held.iter().enumerate() {
            let place = usize::from(*place);
            let wrong = |name: &str, problem: &str| {
                Err(ProofError::field(format!("margin[{number}].{name}"), problem))
            };
            if place < next || place >= self.tiers.len() {
                return wrong("asset", "assets of the margin stand once, in their order");
            }
            next = place + 1;
            let end = self.tiers.get(next).copied().unwrap_or(debts);
            let mut left = *pledged;
            for rule in self.tiers[place]..end {
                let amount = left.min(self.rules[rule].limit);
                left -= amount;
                if amount > 0 {
                    positions.push(Position { rule: rule as u16, amount });
                }
            }
            if left > 0 {
                let problem = "more is pledged than the tiers of the asset hold: a last tier of ratio 0 holds what does not count";
                return wrong("pledged", problem);
            }
            let rule = debts + place;
            if *debt > self.rules[rule].limit {
                return wrong("debt", "it is more than an amount can be");
            }
            if *debt > 0 {
                owed.push(Position { rule: rule as u16, amount: *debt });
            }
        }
        positions.append(&mut owed);
        Ok(positions)
    }

    /// What collateral counts less what debts are worth, in millionths of the currency; `None` when
    /// debts are worth more, or a position more than can be counted.
    pub fn cover(&self, positions: &[Position]) -> Option<u128> {
        positions.iter().try_fold(0u128, |cover, position| {
            let rule = &self.rules[usize::from(position.rule)];
            let value = rule.value(position.amount)?;
            let cover = if rule.is_debt {
                cover.checked_sub(value + 1)?
            } else {
                cover.checked_add(value)?
            };
            (cover >> (LIMB_BITS * VALUE_LIMBS as u32) == 0).then_some(cover)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asset(symbol: &str, decimals: u8, price: &str) -> Asset {
        Asset {
            symbol: symbol.to_owned(),
            id: symbol.to_owned(),
            decimals,
            price: price.to_owned(),
        }
    }

    fn assets() -> Vec<Asset> {
        vec![asset("BTC", 8, "65000.25"), asset("ETH", 18, "3000"), asset("USD", 2, "1")]
    }

    fn margin(asset: &str, tiers: &[(u128, u16)]) -> Margin {
        let tier = |(up_to, ratio_bp): &(u128, u16)| Tier {
            up_to: up_to.to_string(),
            ratio_bp: *ratio_bp,
        };
        Margin { asset: asset.to_owned(), tiers: tiers.iter().map(tier).collect() }
    }

    fn margins() -> Vec<Margin> {
        vec![
            margin("BTC", &[(1_000_000_000, 9_500), (5_000_000_000, 9_000)]),
            margin("USD", &[(100_000_000, 10_000), (u128::from(u64::MAX), 0)]),
        ]
    }

    fn rules(width: Width) -> Rules {
        let shape = Shape::margin(width, 3, 2).unwrap();
        Rules::new(shape, &assets(), &margins()).unwrap()
    }

    #[test]
    fn a_balance_fills_one_tier_after_the_other() {
        let rules = rules(Width::Bits64);
        assert_eq!(rules.all().len(), 6);
        let held = [
            Held { place: 0, pledged: 1_200_000_000, debt: 7 },
            Held { place: 1, pledged: 0, debt: 40_000_000 },
        ];
        let positions = rules.positions(&held).unwrap();
        let position = |rule: u16, amount: u128| Position { rule, amount };
        let wanted = [
            position(0, 1_000_000_000),
            position(1, 200_000_000),
            position(4, 7),
            position(5, 40_000_000),
        ];
        assert_eq!(positions, wanted);
        // 10 BTC at 95 %, 2 at 90 %, less 7 satoshi and 400,000 USD, to the millionth.
        let exact = 617_502_375_000 + 117_000_450_000 - 4_551 - 400_000_000_000u128;
        let cover = rules.cover(&positions).unwrap();
        assert!(cover <= exact && exact - cover < exact / 10_000, "{cover} {exact}");
        let more = Held { place: 1, pledged: 0, debt: 80_000_000 };
        assert_eq!(rules.cover(&rules.positions(&[held[0], more]).unwrap()), None);
        for (held, field) in [
            (vec![Held { place: 2, pledged: 1, debt: 0 }], "margin[0].asset"),
            (vec![held[1], held[0]], "margin[1].asset"),
            (vec![Held { pledged: 5_000_000_001, ..held[0] }], "margin[0].pledged"),
            (vec![Held { debt: 1 << 64, ..held[0] }], "margin[0].debt"),
        ] {
            let ProofError::Field { field: found, .. } = rules.positions(&held).unwrap_err() else {
                panic!("a field is named")
            };
            assert_eq!(found, field);
        }
    }

    #[test]
    fn what_is_wrong_of_a_margin_is_named() {
        let shape = Shape::margin(Width::Bits64, 3, 1).unwrap();
        let refused = |margin: &[Margin]| {
            let error = Rules::new(shape, &assets(), margin).unwrap_err();
            let ProofError::Field { field, .. } = error else { panic!("{error}") };
            field
        };
        assert_eq!(refused(&[]), "margin");
        assert_eq!(refused(&[margin("XRP", &[(1, 1)])]), "margin[0].asset");
        let [btc, usd] = margins().try_into().unwrap();
        assert_eq!(refused(&[usd.clone(), btc.clone()]), "margin[1].asset");
        assert_eq!(refused(&[btc.clone(), btc]), "margin[1].asset");
        assert_eq!(refused(&[margin("BTC", &[])]), "margin[0].tiers");
        assert_eq!(refused(&[margin("BTC", &[(1, 1); 33])]), "margin[0].tiers");
        assert_eq!(refused(&[margin("BTC", &[(0, 1)])]), "margin[0].tiers[0].up_to");
        assert_eq!(refused(&[margin("BTC", &[(1 << 64, 1)])]), "margin[0].tiers[0].up_to");
        assert_eq!(refused(&[margin("BTC", &[(5, 2), (5, 1)])]), "margin[0].tiers[1].up_to");
        assert_eq!(refused(&[margin("BTC", &[(5, 10_001)])]), "margin[0].tiers[0].ratio_bp");
        assert_eq!(refused(&[margin("BTC", &[(5, 2), (6, 2)])]), "margin[0].tiers[1].ratio_bp");
        let wrong_assets = |price: &str, decimals: u8| {
            let assets = [asset("BTC", decimals, price)];
            Rules::new(shape, &assets, &[margin("BTC", &[(5, 2)])]).map(|_| ())
        };
        assert!(wrong_assets("0", 8).is_err());
        assert!(wrong_assets("2000", 0).is_err());
        assert!(wrong_assets("1000", 0).is_ok());
        let sparse = Shape::new(Layout::Sparse, Width::Bits64, 3).unwrap();
        assert!(Rules::new(sparse, &assets(), &[usd]).is_err());
        assert_eq!(Rules::new(sparse, &assets(), &[]), Ok(Rules::default()));
    }

    proptest! {
        /// Values err by less than one in 2^15 and a millionth, and never in the customer's favour.
        #[test]
        fn values_are_rounded_against_the_customer(
            whole in 0u64..1_000_000, part in 0u64..1_000_000, decimals in 3u8..19,
            ratio_bp in 1..=WHOLE_BP, bits in 0..64u32, amount in any::<u64>(), is_wide in any::<bool>(),
        ) {
            let width = if is_wide { Width::Bits96 } else { Width::Bits64 };
            let amount = u128::from(amount >> bits);
            let asset = asset("A", decimals, &format!("{whole}.{part:06}"));
            for is_debt in [false, true] {
                let ratio_bp = if is_debt { WHOLE_BP } else { ratio_bp };
                let (weight, shift) = weight(&asset, width, ratio_bp, is_debt).unwrap();
                let rule = Rule { sum: 0, is_debt, weight, shift, limit: u128::MAX };
                let Some(value) = rule.value(amount) else { continue };
                let over = BigUint::from(whole * 1_000_000 + part) * ratio_bp * amount;
                let under = BigUint::from(10u32).pow(decimals.into()) * WHOLE_BP;
                let exact = over / under;
                let shown = BigUint::from(value + u128::from(is_debt));
                let may_err = (&exact >> 15u32) + 2u32;
                if is_debt {
                    prop_assert!(shown > exact && shown - &exact <= may_err);
                } else {
                    prop_assert!(shown <= exact && &exact - shown <= may_err);
                }
            }
        }
    }
}
