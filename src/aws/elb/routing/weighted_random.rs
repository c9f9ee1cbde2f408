//! Weighted random: each target as often as its weight is of all weights.

use crate::engine::Stream;

/// Sums of weights in a tree (Fenwick, Software: Practice and Experience 24(3), 1994), so that
/// changing a weight and drawing a target take O(log n).
#[derive(Clone, Debug, Default)]
pub struct WeightedRandom {
    weights: Vec<u64>,
    /// At place i - 1 the sum of the weights of the targets i - lowest bit of i, …, i - 1; the
    /// length is a power of two.
    sums: Vec<u64>,
    total: u64,
}

impl WeightedRandom {
    /// Gives a target a weight; none takes it out of use.
    pub fn set(&mut self, target: u32, weight: u64) {
        let place = target as usize;
        if place >= self.weights.len() {
            self.grow(place + 1);
        }
        let before = std::mem::replace(&mut self.weights[place], weight);
        self.total = self.total - before + weight;
        let mut at = place + 1;
        while at <= self.sums.len() {
            self.sums[at - 1] = self.sums[at - 1] - before + weight;
            at += at & at.wrapping_neg();
        }
    }

    #[inline]
    pub(super) fn pick(&self, stream: &mut Stream) -> Option<u32> {
        if self.total == 0 {
            return None;
        }
        let drawn = stream.below(usize::try_from(self.total).unwrap_or(usize::MAX));
        Some(self.at(drawn as u64))
    }

    /// The target that has the given one of all units of weight.
    fn at(&self, mut unit: u64) -> u32 {
        let mut place = 0;
        let mut step = self.sums.len();
        while step > 0 {
            if place + step <= self.sums.len() && self.sums[place + step - 1] <= unit {
                unit -= self.sums[place + step - 1];
                place += step;
            }
            step /= 2;
        }
        place as u32
    }

    fn grow(&mut self, count: usize) {
        self.weights.resize(count.next_power_of_two(), 0);
        let weights = self.weights.clone();
        self.sums = vec![0; weights.len()];
        for (index, weight) in weights.into_iter().enumerate() {
            let mut at = index + 1;
            while at <= self.sums.len() {
                self.sums[at - 1] += weight;
                at += at & at.wrapping_neg();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    use super::*;
    use crate::engine::Streams;

    /// Pearson's test at the level 0.001, with a fixed seed.
    #[test]
    fn targets_are_drawn_by_their_weights() {
        let weights = [1024, 0, 512, 16, 1024, 300, 0, 1024];
        let mut router = WeightedRandom::default();
        for (target, weight) in (0..).zip(weights) {
            router.set(target, 7);
            router.set(target, weight);
        }
        let mut stream = Streams::new(1).named("weighted");
        let (draws, mut found) = (200_000, [0_u32; 8]);
        for _ in 0..draws {
            found[router.pick(&mut stream).unwrap() as usize] += 1;
        }
        let total: u64 = weights.iter().sum();
        let mut statistic = 0.0;
        for (found, weight) in found.into_iter().zip(weights) {
            let expected = f64::from(draws) * weight as f64 / total as f64;
            if weight == 0 {
                assert_eq!(found, 0);
            } else {
                statistic += (f64::from(found) - expected).powi(2) / expected;
            }
        }
        let critical = ChiSquared::new(5.0).unwrap().inverse_cdf(0.999);
        assert!(statistic < critical, "{statistic} exceeds {critical}");
    }

    proptest! {
        #[test]
        fn every_unit_of_weight_belongs_to_its_target(
            steps in prop::collection::vec((0_u32..20, 0_u64..6), 1..60)
        ) {
            let mut router = WeightedRandom::default();
            let mut plain = [0_u64; 20];
            for (target, weight) in steps {
                router.set(target, weight);
                plain[target as usize] = weight;
                let owners = (0..).zip(plain).flat_map(|(target, weight)| {
                    std::iter::repeat_n(target, weight as usize)
                });
                let owners: Vec<u32> = owners.collect();
                prop_assert_eq!(router.total, owners.len() as u64);
                for (unit, &owner) in (0..).zip(&owners) {
                    prop_assert_eq!(router.at(unit), owner);
                }
            }
        }
    }
}
