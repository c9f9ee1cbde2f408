//! The workload in short, and what it can make no use of.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Devices, GpuNeed};

/// Types that cover this share of all items are typical.
const POPULARITY: f64 = 0.95;

/// Why a kind of item cannot use what is free, in the order in which they are added up.
const TOO_LITTLE_OF_BOTH: usize = 0;
const TOO_LITTLE_GPU: usize = 1;
const TOO_LITTLE_CPU: usize = 2;
const NO_NEED: usize = 3;
const NO_NEED_NO_CPU: usize = 4;
const OTHER_MODEL: usize = 5;
const REASONS: usize = 6;

/// The most frequent kinds of items and their shares, which sum to 1.
#[derive(Clone, Debug, Default)]
pub struct Typical {
    kinds: Vec<Kind>,
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    cpu: u64,
    gpus: GpuNeed,
    share: f64,
}

impl Typical {
    /// Of all items, as (CPU in millicores, GPUs, models as they are written): the kinds by their
    /// number, of equal ones those with more CPU, milli, devices and the later text first, until
    /// 95 % of the items are covered (`GetTypicalPods` of `pkg/utils/frag.go`). Items without GPU
    /// count.
    pub fn of<'a>(items: impl IntoIterator<Item = (u64, GpuNeed, &'a str)>) -> Self {
        let mut counts = BTreeMap::new();
        let mut all = 0u64;
        for (cpu, gpus, spec) in items {
            let key = (cpu, gpus.milli, gpus.count, spec);
            counts.entry(key).or_insert((gpus, 0)).1 += 1;
            all += 1;
        }
        let mut sorted: Vec<_> = counts.into_iter().collect();
        sorted.sort_by_key(|&(key, (_, count))| Reverse((count, key)));
        let (mut kinds, mut covered) = (Vec::new(), 0);
        for ((cpu, ..), (gpus, count)) in sorted {
            if covered as f64 >= all as f64 * POPULARITY {
                break;
            }
            covered += count;
            kinds.push(Kind { cpu, gpus, share: count as f64 / all as f64 });
        }
        let covered = covered as f64 / all as f64;
        kinds.iter_mut().for_each(|kind| kind.share /= covered);
        Self { kinds }
    }

    /// How many kinds there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Thousandths of free GPUs that an item of the workload cannot use, in the mean over the
    /// kinds: all of them where it needs no GPU, may not run on the model, or does not fit;
    /// otherwise those of devices with too little left. (The measure F of the paper, section 3.)
    ///
    /// Added up by the reason why, and then over the reasons, as the experiment does
    /// (`NodeGpuShareFragAmountScore` of `pkg/utils/frag.go`): scores are cut to integers, and so
    /// the last digit shows.
    pub fn fragments(&self, cpu: u64, devices: &Devices) -> f64 {
        let total = devices.total_free();
        if total == 0 {
            return 0.0;
        }
        let (free, total) = (devices.free(), total as f64);
        let mut reasons = [0.0; REASONS];
        for kind in &self.kinds {
            let GpuNeed { count, milli, models } = kind.gpus;
            // all sixteen, without branches: what is beyond the count has nothing free
            let fit: u16 = free.iter().map(|&free| u16::from(free >= milli)).sum();
            let small: u16 = free.iter().map(|&free| free * u16::from(free < milli)).sum();
            let (fits, has_cpu) = (fit >= u16::from(count), cpu >= kind.cpu);
            let (reason, unused) = match (count, fits, has_cpu) {
                (0, _, true) => (NO_NEED, total),
                (0, _, false) => (NO_NEED_NO_CPU, total),
                _ if !models.has(devices.model()) => (OTHER_MODEL, total),
                (_, true, true) => (TOO_LITTLE_GPU, f64::from(small)),
                (_, true, false) => (TOO_LITTLE_CPU, total),
                (_, false, true) => (TOO_LITTLE_GPU, total),
                (_, false, false) => (TOO_LITTLE_OF_BOTH, total),
            };
            reasons[reason] += kind.share * unused;
        }
        reasons.iter().fold(0.0, |sum, part| sum + part)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Models, Taken};
    use super::*;

    fn gpu(count: u8, milli: u16) -> GpuNeed {
        GpuNeed { count, milli, models: Models::ANY }
    }

    #[test]
    fn the_rarest_are_left_out_and_the_shares_of_the_others_sum_to_one() {
        let mut items = vec![(1_000, gpu(1, 500), ""); 60];
        items.extend(vec![(4_000, gpu(1, 1000), ""); 36]);
        items.extend(vec![(8_000, gpu(8, 1000), ""); 4]);
        let typical = Typical::of(items);
        assert_eq!(typical.len(), 2);
        assert_eq!(typical.kinds[0].share, 60.0 / 100.0 / 0.96);
        assert_eq!(typical.kinds[1].gpus, gpu(1, 1000));
    }

    #[test]
    fn of_equally_frequent_kinds_the_larger_comes_first() {
        let items = [(1, gpu(1, 500), "T4"), (1, gpu(1, 500), ""), (2, gpu(1, 500), "")];
        let typical = Typical::of(items);
        let cpus: Vec<u64> = typical.kinds.iter().map(|kind| kind.cpu).collect();
        assert_eq!(cpus, [2, 1, 1]);
    }

    /// With one GPU and 2 CPUs left, 6 of 13 and 3 of 13 lack CPU, 4 of 13 a second GPU. By the
    /// kinds in their order it would be 1000 exactly, and a score cut to an integer another.
    #[test]
    fn fragments_are_added_up_by_reasons() {
        let mut items = vec![(4_000, gpu(1, 1000), ""); 6];
        items.extend(vec![(1_000, gpu(2, 1000), ""); 4]);
        items.extend(vec![(3_000, gpu(1, 500), ""); 3]);
        let fragments = Typical::of(items).fragments(2_000, &Devices::new(1, 0));
        let [first, second, third] = [6.0, 4.0, 3.0].map(|count| count / 13.0 * 1000.0);
        assert_ne!(first + second + third, second + (first + third));
        assert_eq!(fragments, second + (first + third));
    }

    /// Half of the items need 500 milli and 2 CPUs, a quarter a whole GPU and 4 CPUs, a quarter
    /// none. Free: 300, 500 and 1000.
    #[test]
    fn fragments_are_what_the_mean_item_cannot_use() {
        let mut items = vec![(2_000, gpu(1, 500), ""); 2];
        items.extend([(4_000, gpu(1, 1000), ""), (1_000, GpuNeed::NONE, "")]);
        let typical = Typical::of(items);
        let mut devices = Devices::new(3, 0);
        devices.take(Taken(0b001), 700);
        devices.take(Taken(0b010), 500);
        // 0.5 x 300 + 0.25 x (300 + 500) + 0.25 x 1800
        assert_eq!(typical.fragments(4_000, &devices), 150.0 + 200.0 + 450.0);
        // too little CPU for the whole one: 0.5 x 300 + 0.25 x 1800 + 0.25 x 1800
        assert_eq!(typical.fragments(3_000, &devices), 150.0 + 450.0 + 450.0);
        assert_eq!(typical.fragments(0, &devices), 1_800.0);
        devices.take(Taken(0b111), 300);
        devices.take(Taken(0b010), 200);
        devices.take(Taken(0b100), 700);
        assert_eq!(typical.fragments(4_000, &devices), 0.0);
    }
}
