//! Which instances EC2 has, by type, zone and how they are bought.
//!
//! A launch is refused with `Unsupported` in a zone that does not offer the type, and with
//! `InsufficientInstanceCapacity` where none is left (Amazon EC2 User Guide, "Troubleshoot instance
//! launch issues"). How many there are nobody publishes: a pool without a limit is never exhausted,
//! one with a limit takes launches until it is, and gets back what ends.

use std::collections::BTreeMap;

use super::catalogue::InstanceType;

/// How an instance is bought, as far as there is a pool of its own for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Market {
    /// On demand.
    OnDemand,
    /// Spot.
    Spot,
}

/// A zone of a region: its letter for people, its number for everyone (`use1-az2`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone {
    /// Name in one's account, such as `us-east-1a`.
    pub name: String,
    /// The last digit of its id, where offers of the catalogue apply.
    pub id: Option<u8>,
}

impl Zone {
    /// Whether it offers a type. A zone without id, or a type without known offers, has everything.
    pub fn offers(&self, one: &InstanceType) -> bool {
        let is_known = !one.zone_ids.is_empty();
        self.id.is_none_or(|id| !is_known || one.zone_ids.contains(&id))
    }
}

/// Why there is no instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// The zone does not offer the type.
    #[error(
        "Unsupported: {instance} is not offered in {zone}{}", or_elsewhere(.elsewhere, "it is in")
    )]
    Unsupported {
        /// Name of the type.
        instance: String,
        /// Name of the zone.
        zone: String,
        /// Zones that do.
        elsewhere: Vec<String>,
    },
    /// There is none left.
    #[error(
        "InsufficientInstanceCapacity: there is not enough {market} {instance} capacity in \
         {zone}{}", or_elsewhere(.elsewhere, "there is in")
    )]
    InsufficientInstanceCapacity {
        /// Name of the type.
        instance: String,
        /// Name of the zone.
        zone: String,
        /// `on-demand` or `spot`.
        market: &'static str,
        /// Zones that have some.
        elsewhere: Vec<String>,
    },
}

fn or_elsewhere(zones: &[String], words: &str) -> String {
    if zones.is_empty() { String::new() } else { format!("; {words} {}", zones.join(", ")) }
}

impl Market {
    /// As in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
        }
    }
}

/// Instances of one type in one zone, bought one way.
type Pool = (String, String, Market);

/// What EC2 has in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    zones: Vec<Zone>,
    /// Those with a limit: how many instances are left.
    left: BTreeMap<Pool, u32>,
}

impl Capacity {
    /// Of these zones, without limits.
    pub fn new(zones: Vec<Zone>) -> Self {
        Self { zones, left: BTreeMap::new() }
    }

    /// From now on there are so many more instances of a type in a zone.
    pub fn limit(&mut self, one: &InstanceType, zone: &Zone, market: Market, left: u32) {
        self.left.insert(pool(one, zone, market), left);
    }

    /// How many are left, where there is a limit.
    pub fn left(&self, one: &InstanceType, zone: &Zone, market: Market) -> Option<u32> {
        self.left.get(&pool(one, zone, market)).copied()
    }

    /// Takes an instance.
    ///
    /// # Errors
    /// The zone does not offer it, or there is none left.
    pub fn take(
        &mut self,
        one: &InstanceType,
        zone: &Zone,
        market: Market,
    ) -> Result<(), LaunchError> {
        let (instance, name) = (one.name.clone(), zone.name.clone());
        if !zone.offers(one) {
            let elsewhere = self.names(|other| other.offers(one));
            return Err(LaunchError::Unsupported { instance, zone: name, elsewhere });
        }
        match self.left.get_mut(&pool(one, zone, market)) {
            Some(0) => {
                let has = |zone: &Zone| zone.offers(one) && self.left(one, zone, market) != Some(0);
                Err(LaunchError::InsufficientInstanceCapacity {
                    instance,
                    zone: name,
                    market: market.word(),
                    elsewhere: self.names(has),
                })
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Gives an instance back.
    pub fn give_back(&mut self, one: &InstanceType, zone: &Zone, market: Market) {
        if let Some(left) = self.left.get_mut(&pool(one, zone, market)) {
            *left += 1;
        }
    }

    fn names(&self, of: impl Fn(&Zone) -> bool) -> Vec<String> {
        self.zones.iter().filter(|zone| of(zone)).map(|zone| zone.name.clone()).collect()
    }
}

fn pool(one: &InstanceType, zone: &Zone, market: Market) -> Pool {
    (one.name.clone(), zone.name.clone(), market)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::catalogue::instance_type;

    fn zones() -> [Zone; 3] {
        [("us-east-1a", 2), ("us-east-1b", 3), ("us-east-1c", 4)]
            .map(|(name, id)| Zone { name: name.into(), id: Some(id) })
    }

    #[test]
    fn a_pool_is_exhausted_by_launches_and_gets_back_what_ends() {
        let [a, b, c] = zones();
        let m5 = instance_type("m5.large").unwrap();
        let mut capacity = Capacity::new(vec![a.clone(), b.clone(), c.clone()]);
        capacity.limit(m5, &a, Market::OnDemand, 2);
        for _ in 0..2 {
            capacity.take(m5, &a, Market::OnDemand).unwrap();
        }
        let error = capacity.take(m5, &a, Market::OnDemand).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"InsufficientInstanceCapacity: there is not enough on-demand m5.large capacity in \
            us-east-1a; there is in us-east-1c"
        );
        // another market, another zone, another type are other pools
        assert_eq!(capacity.take(m5, &a, Market::Spot), Ok(()));
        assert_eq!(capacity.take(m5, &c, Market::OnDemand), Ok(()));
        capacity.give_back(m5, &a, Market::OnDemand);
        assert_eq!(capacity.left(m5, &a, Market::OnDemand), Some(1));
        assert_eq!(capacity.take(m5, &a, Market::OnDemand), Ok(()));
        capacity.limit(m5, &c, Market::OnDemand, 0);
        let error = capacity.take(m5, &a, Market::OnDemand).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"InsufficientInstanceCapacity: there is not enough on-demand m5.large capacity in \
            us-east-1a"
        );
    }

    #[test]
    fn a_zone_that_does_not_offer_a_type_refuses_it() {
        // m5 is not in use1-az3
        let [a, b, c] = zones();
        let m5 = instance_type("m5.large").unwrap();
        let mut capacity = Capacity::new(vec![a, b.clone(), c]);
        let error = capacity.take(m5, &b, Market::Spot).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"Unsupported: m5.large is not offered in us-east-1b; it is in us-east-1a, us-east-1c"
        );
        let anywhere = Zone { name: "zone-b".into(), id: None };
        assert_eq!(capacity.take(m5, &anywhere, Market::Spot), Ok(()));
    }
}
