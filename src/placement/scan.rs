//! The policies as plain scans over all bins: what their indexes are held to.

use std::cmp::Reverse;

use proptest::prelude::*;

use super::cosine::similarity;
use super::l2_norm::left_over;
use super::power_of_k::PowerOfK;
use super::random_fit::RandomFit;
use super::{BinId, Bins, POLICIES, Policy, Pool, Resources, policy};
use crate::engine::Streams;
use crate::scenario::PlacementPolicy;
use crate::units::{Bytes, Millicores};

/// A policy's choice by looking at every bin.
pub(crate) fn scanned<const K: usize>(
    rule: PlacementPolicy,
    bins: &Bins<K>,
    need: Resources<K>,
    last: BinId,
    eligible: &dyn Fn(BinId) -> bool,
) -> Option<BinId> {
    let fitting = || bins.ids().filter(|&bin| bins.fits(bin, need) && eligible(bin));
    match rule {
        PlacementPolicy::FirstFit => fitting().next(),
        PlacementPolicy::BestFit => fitting().min_by_key(|&bin| (bins.spare(bin), bin)),
        PlacementPolicy::WorstFit => fitting().min_by_key(|&bin| (Reverse(bins.spare(bin)), bin)),
        PlacementPolicy::NextFit => fitting().min_by_key(|&bin| (bin < last, bin)),
        PlacementPolicy::DotProduct => {
            fitting().min_by_key(|&bin| (Reverse(bins.alignment(bin, need)), bin))
        }
        PlacementPolicy::CosineSimilarity => {
            fitting().min_by_key(|&bin| (Reverse(similarity(bins, bin, need)), bin))
        }
        PlacementPolicy::L2Norm => fitting().min_by_key(|&bin| (left_over(bins, bin, need), bin)),
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Place an item; bins whose number leaves this remainder by 5 are not eligible (5: all are).
    Place(Resources, u32),
    /// Remove one of the items placed.
    Remove(prop::sample::Index),
    /// Open or close a bin.
    Toggle(prop::sample::Index),
    /// Add a bin.
    Add(Resources),
}

/// Amounts from few values, so that ties are common, and zero is among them.
fn resources(most: u64) -> impl Strategy<Value = Resources> {
    (0..=most, 0..=most)
        .prop_map(|(cpu, memory)| Resources::new(Millicores(cpu * 250), Bytes(memory * (1 << 28))))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (resources(6), 0..6u32).prop_map(|(need, barred)| Step::Place(need, barred)),
        5 => any::<prop::sample::Index>().prop_map(Step::Remove),
        1 => any::<prop::sample::Index>().prop_map(Step::Toggle),
        1 => resources(14).prop_map(Step::Add),
    ]
}

proptest! {
    #[test]
    fn every_index_chooses_what_a_scan_of_all_bins_would(
        capacities in prop::collection::vec(resources(10), 0..40),
        steps in prop::collection::vec(step(), 1..200),
    ) {
        for described in POLICIES {
            let rule = described.policy;
            let mut pool = Pool::new(policy(rule), capacities.iter().copied());
            let mut placed: Vec<(BinId, Resources)> = Vec::new();
            let mut last = BinId(0);
            for step in &steps {
                match step {
                    &Step::Place(need, barred) => {
                        let eligible = |bin: BinId| bin.0 % 5 != barred;
                        let expected = scanned(rule, pool.bins(), need, last, &eligible);
                        prop_assert_eq!(pool.choose(need, &eligible), expected, "{:?}", rule);
                        if let Some(bin) = expected {
                            pool.take(bin, need);
                            placed.push((bin, need));
                            last = bin;
                        }
                    }
                    Step::Remove(index) if !placed.is_empty() => {
                        let (bin, need) = placed.swap_remove(index.index(placed.len()));
                        pool.give(bin, need);
                    }
                    Step::Toggle(index) if !pool.bins().is_empty() => {
                        let bin = BinId(index.index(pool.bins().len()) as u32);
                        let open = pool.bins().is_open(bin);
                        pool.set_open(bin, !open);
                    }
                    &Step::Add(capacity) => {
                        pool.add(capacity);
                    }
                    Step::Remove(_) | Step::Toggle(_) => {}
                }
            }
            for (bin, need) in placed {
                pool.give(bin, need);
            }
            prop_assert!(
                pool.bins().ids().all(|bin| pool.bins().ledger(bin).used() == Resources::ZERO)
            );
        }
    }

    /// A policy by chance chooses some bin with room, and none only where there is none.
    #[test]
    fn chance_chooses_a_bin_with_room_wherever_there_is_one(
        capacities in prop::collection::vec(resources(10), 0..40),
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let chance = Streams::new(1).named("placement");
        let policies: [Box<dyn Policy>; 2] =
            [Box::new(RandomFit::new(chance.clone())), Box::new(PowerOfK::new(3, chance))];
        for policy in policies {
            let mut pool = Pool::new(policy, capacities.iter().copied());
            for step in &steps {
                match step {
                    &Step::Place(need, barred) => {
                        let eligible = |bin: BinId| bin.0 % 5 != barred;
                        let chosen = pool.choose(need, &eligible);
                        let bins = pool.bins();
                        let fits = |bin: BinId| bins.fits(bin, need) && eligible(bin);
                        match chosen {
                            Some(bin) => prop_assert!(fits(bin)),
                            None => prop_assert!(!bins.ids().any(fits)),
                        }
                        chosen.into_iter().for_each(|bin| pool.take(bin, need));
                    }
                    Step::Toggle(index) if !pool.bins().is_empty() => {
                        let bin = BinId(index.index(pool.bins().len()) as u32);
                        let open = pool.bins().is_open(bin);
                        pool.set_open(bin, !open);
                    }
                    &Step::Add(capacity) => {
                        pool.add(capacity);
                    }
                    Step::Remove(_) | Step::Toggle(_) => {}
                }
            }
        }
    }
}
