//! The workload in short, and what it can make no use of.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use smallvec::{SmallVec, smallvec};

use super::{Devices, GpuNeed, Models};

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
    /// What kinds ask of one device, in thousandths, from least to most: of many kinds there are
    /// few sizes.
    sizes: Vec<u16>,
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    cpu: u64,
    share: f64,
    models: Models,
    /// What it asks of a device, by its place among the sizes.
    size: u16,
    /// How many devices.
    count: u8,
}

/// The devices of a host to a size.
#[derive(Clone, Copy, Debug, Default)]
struct Left {
    /// How many have as much.
    devices: u16,
    /// What is free of those that have less, in thousandths.
    rest: u16,
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
            kinds.push((cpu, gpus, count as f64 / all as f64));
        }
        let mut sizes: Vec<u16> = kinds.iter().map(|(_, gpus, _)| gpus.milli).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let covered = covered as f64 / all as f64;
        let kinds = kinds.into_iter().map(|(cpu, GpuNeed { count, milli, models }, share)| {
            let size = sizes.partition_point(|&size| size < milli) as u16;
            Kind { cpu, share: share / covered, models, size, count }
        });
        Self { kinds: kinds.collect(), sizes }
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
        let (left, total) = (self.left(devices), total as f64);
        let mut reasons = [0.0; REASONS];
        for kind in &self.kinds {
            let Left { devices: fit, rest } = left[usize::from(kind.size)];
            let (fits, has_cpu) = (fit >= u16::from(kind.count), cpu >= kind.cpu);
            let (reason, unused) = match (kind.count, fits, has_cpu) {
                (0, _, true) => (NO_NEED, total),
                (0, _, false) => (NO_NEED_NO_CPU, total),
                _ if !kind.models.has(devices.model()) => (OTHER_MODEL, total),
                (_, true, true) => (TOO_LITTLE_GPU, f64::from(rest)),
                (_, true, false) => (TOO_LITTLE_CPU, total),
                (_, false, true) => (TOO_LITTLE_GPU, total),
                (_, false, false) => (TOO_LITTLE_OF_BOTH, total),
            };
            reasons[reason] += kind.share * unused;
        }
        reasons.iter().fold(0.0, |sum, part| sum + part)
    }

    /// By size: the devices of a host.
    fn left(&self, devices: &Devices) -> SmallVec<[Left; 32]> {
        // first by the least size that is more than what is free, which may be none
        let mut left: SmallVec<[Left; 32]> = smallvec![Left::default(); self.sizes.len() + 1];
        let free = &devices.free()[..devices.count()];
        for &free in free {
            let more = &mut left[self.sizes.partition_point(|&size| size <= free)];
            more.devices += 1;
            more.rest += free;
        }
        let mut less = Left::default();
        for of in &mut left {
            less = Left { devices: less.devices + of.devices, rest: less.rest + of.rest };
            *of = Left { devices: free.len() as u16 - less.devices, ..less };
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{MILLI, Taken};
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
        let size = usize::from(typical.kinds[1].size);
        assert_eq!((typical.kinds[1].count, typical.sizes[size]), (1, 1000));
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

    /// Kind by kind and device by device, added up as they come.
    fn plainly(typical: &Typical, cpu: u64, devices: &Devices) -> f64 {
        let free = &devices.free()[..devices.count()];
        let unused = |kind: &Kind| {
            let size = typical.sizes[usize::from(kind.size)];
            let (large, small): (Vec<u16>, Vec<u16>) = free.iter().partition(|&&free| free >= size);
            let runs = kind.count > 0
                && kind.models.has(devices.model())
                && large.len() >= usize::from(kind.count)
                && cpu >= kind.cpu;
            let none: u16 = if runs { 0 } else { large.iter().sum() };
            f64::from(none + small.iter().sum::<u16>())
        };
        typical.kinds.iter().map(|kind| kind.share * unused(kind)).sum()
    }

    proptest! {
        #[test]
        fn fragments_are_those_of_each_kind_and_device(
            items in proptest::collection::vec((0..5_u64, 0..4_u8, 1..=20_u16, 1..8_u64), 1..60),
            taken in proptest::collection::vec(0..=20_u16, 1..=16),
            (cpu, model) in (0..5_u64, 0..3_u8),
        ) {
            let items = items.into_iter().map(|(cpu, count, twentieths, models)| {
                let milli = if count == 0 { 0 } else { 50 * twentieths };
                let spec = ["1", "2", "1|2", "3", "1|3", "2|3", "1|2|3"][models as usize - 1];
                (cpu, GpuNeed { count, milli, models: Models(models) }, spec)
            });
            let typical = Typical::of(items);
            let mut devices = Devices::new(taken.len(), model);
            for (device, twentieths) in taken.iter().enumerate() {
                devices.take(Taken(1 << device), MILLI / 20 * twentieths);
            }
            // the order in which they are added up shows in the last digits
            let found = typical.fragments(cpu, &devices);
            let plain = plainly(&typical, cpu, &devices);
            prop_assert!((found - plain).abs() <= 1e-9, "{} is not {}", found, plain);
        }
    }
}
