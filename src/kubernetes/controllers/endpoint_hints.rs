//! Topology-aware routing: which endpoints of a Service are for the callers of which zone.
//!
//! Source: Kubernetes v1.36, `staging/src/k8s.io/endpointslice/topologycache` (`topologycache.go`:
//! `SetNodes`, `getAllocations`, `AddHints`; `utils.go`: `getGivingAndReceivingZones`,
//! `redistributeHints`, `getHintsByZone`, `serviceOverloaded`), which a Service asks for by the
//! annotation `service.kubernetes.io/topology-mode: Auto`.
//!
//! Each zone is to get as many endpoints as it has of the CPU of all ready nodes. No hints are
//! given where there are fewer endpoints than zones, or where no allotment in whole endpoints keeps
//! every endpoint below 120 % of its even load; all endpoints are for everybody then.
//!
//! All endpoints of a Service are here in one slice, which holds up to 100 in a real cluster; of
//! more, those in slices that did not change keep their hints there. Where zones are alike, the
//! original goes by the order of a Go map, which is none; here the lowest number comes first.

use std::collections::BTreeMap;

/// The load beyond its even share that an endpoint may get (`overloadThreshold`).
const OVERLOAD: f64 = 1.2;

/// What part of the CPU of ready nodes each zone has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// By zone, of zones with any; nothing where that is fewer than two.
    shares: BTreeMap<u32, f64>,
}

/// How many endpoints a zone is to get.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Allotment {
    least: usize,
    most: usize,
    desired: f64,
}

impl Capacity {
    /// Of ready nodes, each with its zone and its allocatable CPU (in any unit).
    pub fn of(nodes: impl IntoIterator<Item = (u32, u64)>) -> Self {
        let mut zones = BTreeMap::<u32, u64>::new();
        nodes.into_iter().for_each(|(zone, cpu)| *zones.entry(zone).or_default() += cpu);
        let total: u64 = zones.values().sum();
        if total == 0 || zones.len() < 2 {
            return Self::default();
        }
        let share = |(zone, cpu): (u32, u64)| (zone, cpu as f64 / total as f64);
        Self { shares: zones.into_iter().map(share).collect() }
    }

    /// The allotment of so many endpoints; `None` where there is no good one.
    fn allot(&self, endpoints: usize) -> Option<BTreeMap<u32, Allotment>> {
        if self.shares.is_empty() || self.shares.len() > endpoints {
            return None;
        }
        let wanted = |share: f64| share * endpoints as f64;
        let least = |share: f64| (wanted(share) * (1.0 / OVERLOAD)).ceil() as usize;
        let sum: usize = self.shares.values().map(|&share| least(share)).sum();
        let spare = endpoints.checked_sub(sum)?;
        let allotment = |(&zone, &share): (&u32, &f64)| {
            let least = least(share);
            let desired = wanted(share).max(least as f64);
            (zone, Allotment { least, most: least + spare, desired })
        };
        Some(self.shares.iter().map(allotment).collect())
    }

    /// For each endpoint the zone whose callers it is for, given the zone it is in; `None` where
    /// all are for everybody.
    pub fn hints(&self, zones: &[u32]) -> Option<Vec<u32>> {
        let allotments = self.allot(zones.len())?;
        let (mut giving, mut receiving) = exchange(&allotments, &count(zones));
        let mut hints = zones.to_vec();
        for hint in &mut hints {
            let Some(gives) = giving.get_mut(hint).filter(|gives| **gives > 0) else { continue };
            let receives = receiving.iter_mut().find(|(_, receives)| **receives > 0);
            let Some((&zone, receives)) = receives else { break };
            (*gives, *receives) = (*gives - 1, *receives - 1);
            *hint = zone;
        }
        Some(hints)
    }

    /// Whether hints that were given are to stay when the nodes have changed and the endpoints have
    /// not: the controller looks again only where a zone has too few for its load, and even then
    /// lets them be while no zone has more than it could get.
    pub fn keeps(&self, hints: &[u32]) -> bool {
        let counts = count(hints);
        let too_few = |(zone, &share): (&u32, &f64)| {
            let least = (hints.len() as f64 * share * (1.0 / OVERLOAD)).ceil() as usize;
            counts.get(zone).is_none_or(|&count| count < least)
        };
        if !self.shares.is_empty() && !self.shares.iter().any(too_few) {
            return true;
        }
        let Some(allotments) = self.allot(hints.len()) else { return false };
        let most = |zone: &u32| allotments.get(zone).map(|allotment| allotment.most);
        counts.iter().all(|(zone, &count)| most(zone).is_some_and(|most| count <= most))
    }
}

fn count(zones: &[u32]) -> BTreeMap<u32, usize> {
    let mut counts = BTreeMap::new();
    zones.iter().for_each(|&zone| *counts.entry(zone).or_default() += 1);
    counts
}

/// How many endpoints which zones give and get. One at a time goes from whoever has most too many
/// to whoever lacks most, while at least one of the two is out by a whole endpoint, and both by
/// half of one.
fn exchange(
    allotments: &BTreeMap<u32, Allotment>,
    counts: &BTreeMap<u32, usize>,
) -> (BTreeMap<u32, usize>, BTreeMap<u32, usize>) {
    let surplus = |(zone, allotment): (&u32, &Allotment)| {
        (*zone, counts.get(zone).copied().unwrap_or(0) as f64 - allotment.desired)
    };
    // whoever gives too much by a part of an endpoint does not get one back
    let (mut over, short): (BTreeMap<u32, f64>, BTreeMap<u32, f64>) =
        allotments.iter().map(surplus).partition(|(_, surplus)| *surplus > 0.0);
    let mut under: BTreeMap<u32, f64> = short.into_iter().map(|(zone, by)| (zone, -by)).collect();
    let (mut giving, mut receiving) = (BTreeMap::new(), BTreeMap::new());
    while let (Some((giver, gives)), Some((receiver, gets))) = (most(&over), most(&under)) {
        if gives < 0.5 || gets < 0.5 || (gives < 1.0 && gets < 1.0) {
            break;
        }
        *giving.entry(giver).or_default() += 1;
        *receiving.entry(receiver).or_default() += 1;
        over.insert(giver, gives - 1.0);
        under.insert(receiver, gets - 1.0);
    }
    (giving, receiving)
}

/// The zone with the largest number above zero.
fn most(zones: &BTreeMap<u32, f64>) -> Option<(u32, f64)> {
    let more = |found: Option<(u32, f64)>, (&zone, &number): (&u32, &f64)| {
        let most = found.map_or(0.0, |(_, most)| most);
        if number > most { Some((zone, number)) } else { found }
    };
    zones.iter().fold(None, more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Three zones with as much CPU each.
    fn even() -> Capacity {
        Capacity::of([(0, 4000), (1, 4000), (2, 4000)])
    }

    fn zones(counts: &[usize]) -> Vec<u32> {
        (0..).zip(counts).flat_map(|(zone, &count)| vec![zone; count]).collect()
    }

    #[test]
    fn there_are_hints_only_where_every_zone_gets_its_part_within_a_fifth() {
        let given = |endpoints: usize| even().allot(endpoints).is_some();
        // at least endpoints / 3 / 1.2 for each zone, rounded up: of 4 and 5 that is two, of 8
        // three and of 11 four, of which there are not enough for three zones
        let all: Vec<usize> = (0..=12).filter(|&endpoints| given(endpoints)).collect();
        assert_eq!(all, [3, 6, 7, 9, 10, 12]);
        // of two zones 3 to 1: 4 / 1.2 of 3/4 and 1/4 are 2.5 and 0.83, so 3 and 1
        let uneven = Capacity::of([(0, 3000), (1, 1000)]);
        let allotments = uneven.allot(4).expect("four endpoints suffice");
        assert_eq!(allotments[&0], Allotment { least: 3, most: 3, desired: 3.0 });
        assert_eq!(allotments[&1], Allotment { least: 1, most: 1, desired: 1.0 });
    }

    #[test]
    fn nodes_in_fewer_than_two_zones_give_no_hints() {
        assert_eq!(Capacity::of([(3, 4000), (3, 2000)]), Capacity::default());
        assert_eq!(Capacity::of([(0, 0), (1, 0)]), Capacity::default());
        assert_eq!(Capacity::default().hints(&[0, 0, 0, 0]), None);
        assert!(!Capacity::default().keeps(&[0, 0, 1, 1]));
    }

    #[test]
    fn each_zone_has_its_own_endpoints_where_those_suffice() {
        assert_eq!(even().hints(&[2, 0, 1]), Some(vec![2, 0, 1]));
        // 3, 2 and 2 of 7: 2.33 each; 0.67 too many and 0.33 too few are less than one
        let seven = zones(&[3, 2, 2]);
        assert_eq!(even().hints(&seven), Some(seven));
    }

    #[test]
    fn a_zone_with_too_many_gives_to_those_with_too_few() {
        // six in zone 0 and none elsewhere: two each
        assert_eq!(even().hints(&zones(&[6, 0, 0])), Some(vec![1, 1, 2, 2, 0, 0]));
        // 5, 3, 1 of 9: zone 0 gives two to zone 2, its first ones
        let hints = even().hints(&zones(&[5, 3, 1])).expect("nine suffice");
        assert_eq!(hints, [2, 2, 0, 0, 0, 1, 1, 1, 2]);
    }

    #[test]
    fn an_endpoint_in_a_zone_without_ready_nodes_stays_there() {
        let two = Capacity::of([(0, 4000), (1, 4000)]);
        // of four 2 each are desired: zone 0 has 1 and lacks 1, zone 1 has 1 and lacks 1, and none
        // has any to give
        assert_eq!(two.hints(&[0, 1, 2, 2]), Some(vec![0, 1, 2, 2]));
    }

    #[test]
    fn when_only_nodes_change_hints_stay_while_no_zone_is_overloaded() {
        let hints = zones(&[2, 2, 2]);
        assert!(even().keeps(&hints));
        // zone 0 has half of the CPU: 3 of 6 wanted, 3 / 1.2 = 2.5, at least 3
        let more = Capacity::of([(0, 8000), (1, 4000), (2, 4000)]);
        assert!(!more.shares.is_empty() && more.allot(6).is_none() && !more.keeps(&hints));
        // of 10 at least 3 each: with 2 zone 2 has too few, but no other more than 3 + 1
        assert!(even().keeps(&zones(&[4, 4, 2])));
        assert!(!even().keeps(&zones(&[5, 3, 2])));
        // a zone is lost: those for it are given anew
        let two = Capacity::of([(0, 4000), (1, 4000)]);
        assert!(!two.keeps(&zones(&[1, 3, 2])));
    }

    proptest! {
        #[test]
        fn zones_give_and_get_no_more_than_half_an_endpoint_beyond_their_part(
            cpus in prop::collection::vec(1..9u64, 2..6),
            spread in prop::collection::vec(0..5u32, 0..40),
        ) {
            let capacity = Capacity::of((0..).zip(cpus.iter().map(|cpu| cpu * 1000)));
            let zones: Vec<u32> = spread.iter().map(|zone| zone % cpus.len() as u32).collect();
            let Some(hints) = capacity.hints(&zones) else { return Ok(()) };
            prop_assert_eq!(hints.len(), zones.len());
            let allotments = capacity.allot(zones.len()).expect("there are hints");
            let (before, after) = (count(&zones), count(&hints));
            for (zone, allotment) in &allotments {
                let number = |counts: &BTreeMap<u32, usize>| {
                    counts.get(zone).copied().unwrap_or(0) as f64
                };
                let (had, has) = (number(&before), number(&after));
                prop_assert!(has >= had.min(allotment.desired - 0.5 - 1e-9), "{}: {}", had, has);
                prop_assert!(has <= had.max(allotment.desired + 0.5 + 1e-9), "{}: {}", had, has);
            }
        }
    }
}
