//! The trait of a placement policy, and where one is found by its name.

use super::best_fit::BestFit;
use super::cosine::cosine;
use super::dot_product::dot_product;
use super::first_fit::FirstFit;
use super::l2_norm::l2_norm;
use super::next_fit::NextFit;
use super::worst_fit::WorstFit;
use super::{BinId, Bins, Resources};
use crate::scenario::PlacementPolicy;

/// A rule by which the next item finds its bin.
///
/// A choice depends on the bins, the need, the eligibility and what the policy itself remembers
/// (the state of its chance among it), and on nothing else; where the rule leaves several bins,
/// the lowest id is taken.
pub trait Policy<const K: usize = 2>: std::fmt::Debug + Send {
    /// The open bin that has `need` left, is `eligible` and comes first under the rule; none
    /// where no bin is left. `eligible` says what the amounts do not: spread, affinity, drains.
    fn choose(
        &mut self,
        bins: &Bins<K>,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId>;

    /// Told after each change of what is free in `bin`, of whether it is open, and of what its
    /// amounts are normalised by; where a policy that keeps an index brings it up to date.
    fn update(&mut self, bins: &Bins<K>, bin: BinId);
}

/// Every bin is eligible.
pub fn any(_: BinId) -> bool {
    true
}

/// A policy as a user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Name in a scenario.
    pub name: &'static str,
    /// What the name stands for.
    pub policy: PlacementPolicy,
    /// The rule in one line.
    pub summary: &'static str,
}

/// All placement policies.
pub const POLICIES: &[Description] = &[
    Description {
        name: "first-fit",
        policy: PlacementPolicy::FirstFit,
        summary: "the lowest-numbered host with room",
    },
    Description {
        name: "best-fit",
        policy: PlacementPolicy::BestFit,
        summary: "the host with the least left over: free CPU and memory, each as a share of \
                  the largest host's, summed",
    },
    Description {
        name: "worst-fit",
        policy: PlacementPolicy::WorstFit,
        summary: "the host with the most left over, in the same measure: spreads the load",
    },
    Description {
        name: "next-fit",
        policy: PlacementPolicy::NextFit,
        summary: "first fit from the host chosen last, then round from the first",
    },
    Description {
        name: "dot-product",
        policy: PlacementPolicy::DotProduct,
        summary: "the host with the largest sum of free x requested, each as a share of the \
                  largest host's: leaves no resource stranded",
    },
    Description {
        name: "cosine-similarity",
        policy: PlacementPolicy::CosineSimilarity,
        summary: "the host with the smallest angle between free and requested, in the same \
                  measure: proportions alone count",
    },
    Description {
        name: "l2-norm",
        policy: PlacementPolicy::L2Norm,
        summary: "the host with the least left over by the sum of squares: an uneven rest counts \
                  as more",
    },
];

/// A fresh instance of a policy.
pub fn policy<const K: usize>(policy: PlacementPolicy) -> Box<dyn Policy<K>> {
    match policy {
        PlacementPolicy::FirstFit => Box::<FirstFit<K>>::default(),
        PlacementPolicy::BestFit => Box::<BestFit<K>>::default(),
        PlacementPolicy::WorstFit => Box::<WorstFit<K>>::default(),
        PlacementPolicy::NextFit => Box::<NextFit<K>>::default(),
        PlacementPolicy::DotProduct => Box::new(dot_product()),
        PlacementPolicy::CosineSimilarity => Box::new(cosine()),
        PlacementPolicy::L2Norm => Box::new(l2_norm()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_described_once() {
        let described = |policy| POLICIES.iter().filter(|entry| entry.policy == policy).count();
        for entry in POLICIES {
            assert_eq!(described(entry.policy), 1, "{}", entry.name);
            assert!(format!("{:?}", policy::<2>(entry.policy)).len() > 2);
        }
        // a new variant fails to compile in `policy()`, and here
        assert_eq!(POLICIES.len(), PlacementPolicy::L2Norm as usize + 1);
    }
}
