//! The units in which ECS counts: CPU units, 1024 to a vCPU, and MiB.
//!
//! Task definitions, container instances and their remainders are whole numbers of these, and
//! placement compares them as such.

use std::fmt;

use crate::units::{Bytes, Millicores};

/// CPU units in a vCPU.
pub const UNITS_PER_VCPU: u32 = 1024;
const BYTES_PER_MIB: u64 = 1 << 20;

/// CPU in units of 1/1024 of a vCPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpuUnits(pub u32);

/// Memory in MiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mebibytes(pub u32);

impl CpuUnits {
    /// As thousandths of a core, rounded up: a task never gets less than it asks for.
    pub fn millicores(self) -> Millicores {
        Millicores((u64::from(self.0) * 1000).div_ceil(u64::from(UNITS_PER_VCPU)))
    }
}

impl Mebibytes {
    /// The same in bytes.
    pub fn bytes(self) -> Bytes {
        Bytes(u64::from(self.0) * BYTES_PER_MIB)
    }
}

impl fmt::Display for CpuUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} CPU units", self.0)
    }
}

impl fmt::Display for Mebibytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_convert_without_loss_to_the_task() {
        assert_eq!(CpuUnits(256).millicores(), Millicores(250));
        // 102.4 units would be a tenth of a vCPU: 100 units are 97.66 thousandths
        assert_eq!(CpuUnits(100).millicores(), Millicores(98));
        assert_eq!(Mebibytes(512).bytes(), Bytes(512 << 20));
    }
}
