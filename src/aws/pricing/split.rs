//! Whose part of an instance's cost is whose, by the rule of AWS's split cost allocation data.
//!
//! The cost of an instance in an hour is split between its vCPUs and its memory, a vCPU weighing
//! nine times a GB. Of each a task is allocated what it reserves, or what it uses where that is
//! more. What no task is allocated is spread over the tasks in proportion; where more is allocated
//! than there is, all parts shrink alike. Either way a task pays by its part of what all are
//! allocated. (AWS Data Exports User Guide, "Understanding split cost allocation data" and "Example
//! of split cost allocation data", 2026; the weights are those of Fargate's prices.)

/// What a vCPU weighs where a GB of memory weighs 1.
pub const CPU_WEIGHT: f64 = 9.0;

/// vCPUs and GB of memory, or those times a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amount {
    /// vCPUs.
    pub cpu: f64,
    /// Memory in GB of 2^30 bytes.
    pub memory: f64,
}

impl Amount {
    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }

    /// The sum of each.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, memory: self.memory + other.memory }
    }

    /// So many times each.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { cpu: self.cpu * factor, memory: self.memory * factor }
    }
}

/// Which part of the cost of an instance of this size goes to one that is allocated so much, where
/// all together are allocated `all`: from 0 to 1. What nobody is allocated anything of, nobody
/// pays.
pub fn part(instance: Amount, one: Amount, all: Amount) -> f64 {
    let weight = CPU_WEIGHT * instance.cpu + instance.memory;
    let share = |one: f64, all: f64| if all > 0.0 { one / all } else { 0.0 };
    if weight > 0.0 {
        let cpu = CPU_WEIGHT * instance.cpu * share(one.cpu, all.cpu);
        (cpu + instance.memory * share(one.memory, all.memory)) / weight
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(cpu: f64, memory: f64) -> Amount {
        Amount { cpu, memory }
    }

    /// The example of the user guide: an m5.xlarge at $1, of which more CPU is used than reserved
    /// and than there is, and of whose memory 2 GB are free.
    #[test]
    fn the_example_of_aws() {
        let instance = amount(4.0, 16.0);
        let reserved = [amount(1.0, 4.0), amount(1.0, 4.0), amount(1.0, 2.0), amount(1.0, 2.0)];
        let used = [amount(0.1, 3.0), amount(1.9, 6.0), amount(0.5, 2.0), amount(0.5, 2.0)];
        let allocated: Vec<Amount> = reserved.iter().zip(used).map(|(r, u)| r.max(u)).collect();
        let all = allocated.iter().fold(Amount::default(), |sum, it| sum.plus(*it));
        assert!((all.cpu - 4.9).abs() < 1e-12 && (all.memory - 14.0).abs() < 1e-12);
        let parts: Vec<f64> = allocated.iter().map(|it| part(instance, *it, all)).collect();
        // 36/52 of it are for CPU, 16/52 for memory
        let by_hand = |cpu: f64, memory: f64| 36.0 / 52.0 * cpu / 4.9 + 16.0 / 52.0 * memory / 14.0;
        let expected = [by_hand(1.0, 4.0), by_hand(1.9, 6.0), by_hand(1.0, 2.0), by_hand(1.0, 2.0)];
        for (found, expected) in parts.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
        let cents: Vec<f64> = parts.iter().map(|part| (part * 100.0).round()).collect();
        assert_eq!(cents, [23.0, 40.0, 19.0, 19.0]);
        assert!((parts.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_nobody_is_allocated_nobody_pays() {
        let instance = amount(1.0, 1.0);
        assert_eq!(part(instance, Amount::default(), Amount::default()), 0.0);
        // no CPU is allocated: the tenth that is memory's alone is paid
        let only_memory = amount(0.0, 0.5);
        assert_eq!(part(instance, only_memory, only_memory), 0.1);
    }
}
