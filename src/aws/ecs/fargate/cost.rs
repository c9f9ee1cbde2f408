//! What tasks on Fargate cost: vCPUs, memory and storage by the second.
//!
//! Prices of US East (N. Virginia) in US dollars, from the AWS Fargate pricing page. A task is
//! charged from the beginning of its first image pull to its end, for a minute at least, and five
//! on Windows, where a licence comes with each vCPU. The first 20 GiB of storage are free. A GB is
//! 2^30 bytes. Spot is up to 70 % off, by a discount that varies.

use crate::aws::ecs::task_definition::{
    Architecture, DEFAULT_EPHEMERAL_STORAGE_GIB, Platform, System, TaskDefinition,
};
use crate::aws::ecs::units::UNITS_PER_VCPU;
use crate::engine::SimDuration;
use crate::units::Usd;

const MIB_PER_GB: f64 = 1024.0;
const NANOS_PER_SECOND: u64 = 1_000_000_000;
const SECONDS_PER_HOUR: f64 = 3600.0;

/// Prices of an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// On Linux with x86 processors.
    pub x86: Rates,
    /// On Linux with ARM processors.
    pub arm: Rates,
    /// On Windows, the licence included.
    pub windows: Rates,
    /// A GB of storage beyond what is free.
    pub storage: Usd,
    /// The part of the price that Spot takes off.
    pub spot_discount: f64,
}

/// Prices of an hour on one platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// A vCPU.
    pub vcpu: Usd,
    /// A GB of memory.
    pub memory: Usd,
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            x86: Rates { vcpu: Usd(0.04048), memory: Usd(0.004_445) },
            arm: Rates { vcpu: Usd(0.03238), memory: Usd(0.00356) },
            windows: Rates { vcpu: Usd(0.09148 + 0.046), memory: Usd(0.01005) },
            storage: Usd(0.000_111),
            spot_discount: 0.7,
        }
    }
}

impl Prices {
    /// An hour of a task.
    pub fn hourly(&self, task: &TaskDefinition, spot: bool) -> Usd {
        let rates = match (task.platform.system, task.platform.architecture) {
            (Some(System::Windows(_)), _) => self.windows,
            (_, Some(Architecture::Arm)) => self.arm,
            _ => self.x86,
        };
        let vcpus = f64::from(task.reserved_cpu().0) / f64::from(UNITS_PER_VCPU);
        let memory = f64::from(task.reserved_memory().0) / MIB_PER_GB;
        let storage = task.ephemeral_storage_gib.saturating_sub(DEFAULT_EPHEMERAL_STORAGE_GIB);
        let full =
            vcpus * rates.vcpu.0 + memory * rates.memory.0 + f64::from(storage) * self.storage.0;
        Usd(if spot { full * (1.0 - self.spot_discount) } else { full })
    }

    /// A task that took so long from its first image pull to its end.
    pub fn charge(&self, task: &TaskDefinition, took: SimDuration, spot: bool) -> Usd {
        let seconds = took.as_nanos().div_ceil(NANOS_PER_SECOND).max(least(task.platform));
        Usd(self.hourly(task, spot).0 * seconds as f64 / SECONDS_PER_HOUR)
    }
}

/// Seconds that are charged at least.
fn least(platform: Platform) -> u64 {
    if matches!(platform.system, Some(System::Windows(_))) { 300 } else { 60 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(cpu: u32, memory: u32, platform: &str, storage: u32) -> TaskDefinition {
        let text = format!(
            r#"{{ "family": "a", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
                "cpu": "{cpu}", "memory": "{memory}", "runtimePlatform": {{ {platform} }},
                "ephemeralStorage": {{ "sizeInGiB": {storage} }},
                "containerDefinitions": [{{ "name": "a", "image": "i" }}] }}"#
        );
        TaskDefinition::from_json(&text, "task.json").expect("it is valid")
    }

    fn close(found: Usd, expected: f64) {
        assert!((found.0 - expected).abs() < 1e-9, "{} is not {expected}", found.0);
    }

    #[test]
    fn an_hour_costs_what_the_table_of_sizes_says() {
        let prices = Prices::default();
        let arm = r#""cpuArchitecture": "ARM64""#;
        let windows = r#""operatingSystemFamily": "WINDOWS_SERVER_2022_CORE""#;
        // 1 GiB beyond the free 20 is in each of them
        close(prices.hourly(&task(1024, 2048, "", 21), false), 0.04937 + 0.000_111);
        close(prices.hourly(&task(1024, 2048, arm, 21), false), 0.0395 + 0.000_111);
        close(prices.hourly(&task(1024, 2048, windows, 21), false), 0.15758 + 0.000_111);
        close(prices.hourly(&task(256, 512, "", 120), false), 0.012_342_5 + 0.0111);
        close(prices.hourly(&task(1024, 2048, "", 21), true), 0.3 * (0.04937 + 0.000_111));
    }

    #[test]
    fn seconds_are_charged_whole_and_a_minute_at_least() {
        let prices = Prices::default();
        let (linux, windows) = (
            task(1024, 2048, "", 21),
            task(1024, 2048, r#""operatingSystemFamily": "WINDOWS_SERVER_2019_CORE""#, 21),
        );
        let seconds = |task, millis| {
            let charge = prices.charge(task, SimDuration::from_millis(millis), false);
            (charge.0 / prices.hourly(task, false).0 * 3600.0).round()
        };
        assert_eq!(
            [100, 60_000, 60_001, 3_600_000].map(|took| seconds(&linux, took)),
            [60.0, 60.0, 61.0, 3600.0]
        );
        assert_eq!(seconds(&windows, 1000), 300.0);
    }
}
