//! What a task on AWS Fargate costs, from the start of its image pull to its end.
//!
//! AWS Fargate Pricing, US East (N. Virginia), 2026: vCPUs and GB of memory by the second, Windows
//! with a licence by vCPU besides, ephemeral storage above the 20 GB that are free. At least one
//! minute, for Windows five. Spot takes a discount off CPU and memory; it exists for Linux only.

use serde::{Deserialize, Serialize};

use super::metered::{MINIMUM, WINDOWS_TASK_MINIMUM, billed, cost};
use super::{Bill, Charge};
use crate::engine::SimDuration;
use crate::units::{Bytes, Fraction, HourlyPrice, Millicores};

const GB: f64 = (1_u64 << 30) as f64;
/// Ephemeral storage that is free.
pub const FREE_STORAGE: Bytes = Bytes(20 << 30);

/// What a task runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskPlatform {
    /// Linux, x86.
    LinuxX86,
    /// Linux, ARM.
    LinuxArm,
    /// Windows Server, x86.
    Windows,
}

/// Prices per hour on one platform.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FargatePrices {
    /// Of a vCPU.
    pub vcpu: HourlyPrice,
    /// Of a GB of memory.
    pub memory: HourlyPrice,
    /// Of the licence, by vCPU.
    pub licence: HourlyPrice,
    /// Of a GB of ephemeral storage that is not free.
    pub storage: HourlyPrice,
    /// What Spot takes off; varies with supply.
    pub spot_discount: Fraction,
}

impl TaskPlatform {
    /// List prices. The discount of Spot is "up to 70 %".
    pub fn prices(self) -> FargatePrices {
        let (vcpu, memory, licence) = match self {
            Self::LinuxX86 => (0.040_48, 0.004_445, 0.0),
            Self::LinuxArm => (0.032_38, 0.003_56, 0.0),
            Self::Windows => (0.091_48, 0.010_05, 0.046),
        };
        FargatePrices {
            vcpu: HourlyPrice(vcpu),
            memory: HourlyPrice(memory),
            licence: HourlyPrice(licence),
            storage: HourlyPrice(0.000_111),
            spot_discount: Fraction(0.7),
        }
    }

    /// The least that is charged.
    pub fn minimum(self) -> SimDuration {
        match self {
            Self::LinuxX86 | Self::LinuxArm => MINIMUM,
            Self::Windows => WINDOWS_TASK_MINIMUM,
        }
    }
}

/// What a task has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskSize {
    /// vCPUs.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
    /// Ephemeral storage.
    pub storage: Bytes,
}

impl FargatePrices {
    /// What a task of this size comes to that took so long, pull included.
    pub fn bill(
        &self,
        platform: TaskPlatform,
        size: TaskSize,
        run: SimDuration,
        is_spot: bool,
    ) -> Bill {
        let billed = billed(run, platform.minimum());
        let vcpus = size.cpu.0 as f64 / 1000.0;
        let gb = size.memory.0 as f64 / GB;
        let storage = size.storage.0.saturating_sub(FREE_STORAGE.0) as f64 / GB;
        let part = if is_spot { 1.0 - self.spot_discount.0 } else { 1.0 };
        let amount = |price: HourlyPrice, units: f64| cost(HourlyPrice(price.0 * units), billed);
        Bill::default()
            .with(Charge::FargateCpu, amount(self.vcpu, vcpus * part))
            .with(Charge::FargateMemory, amount(self.memory, gb * part))
            .with(Charge::WindowsLicence, amount(self.licence, vcpus))
            .with(Charge::FargateStorage, amount(self.storage, storage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Usd;

    const HOUR: SimDuration = SimDuration::from_secs(3600);

    fn size(cpu: u64, memory_gb: f64, storage_gb: u64) -> TaskSize {
        TaskSize {
            cpu: Millicores(cpu),
            memory: Bytes((memory_gb * GB) as u64),
            storage: Bytes(storage_gb << 30),
        }
    }

    fn bill(platform: TaskPlatform, size: TaskSize, run: SimDuration, is_spot: bool) -> Bill {
        platform.prices().bill(platform, size, run, is_spot)
    }

    fn close(found: Usd, expected: f64) {
        assert!((found.0 - expected).abs() < 1e-12, "{found:?} is not {expected}");
    }

    #[test]
    fn an_hour_of_the_smallest_tasks_as_published() {
        let small = size(250, 0.5, 20);
        close(bill(TaskPlatform::LinuxX86, small, HOUR, false).total(), 0.012_342_5);
        close(bill(TaskPlatform::LinuxArm, small, HOUR, false).total(), 0.009_875);
        let windows = bill(TaskPlatform::Windows, size(1000, 2.0, 20), HOUR, false);
        close(windows.total(), 0.157_58);
        close(windows.of(Charge::WindowsLicence), 0.046);
    }

    #[test]
    fn short_tasks_pay_the_minimum_of_their_platform() {
        let short = SimDuration::from_secs(35);
        let one = size(1000, 2.0, 20);
        // 0.04937 an hour for 60 s; 0.15758 an hour for 300 s
        close(bill(TaskPlatform::LinuxX86, one, short, false).total(), 0.049_37 / 60.0);
        close(bill(TaskPlatform::Windows, one, short, false).total(), 0.157_58 / 12.0);
    }

    #[test]
    fn spot_takes_off_cpu_and_memory_and_storage_above_twenty_gb_costs() {
        let bill = bill(TaskPlatform::LinuxX86, size(4000, 8.0, 120), HOUR, true);
        close(bill.of(Charge::FargateCpu), 4.0 * 0.040_48 * 0.3);
        close(bill.of(Charge::FargateMemory), 8.0 * 0.004_445 * 0.3);
        close(bill.of(Charge::FargateStorage), 0.0111);
    }
}
