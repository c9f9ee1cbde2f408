//! A host for tests.

use crate::engine::SimDuration;
use crate::scenario::{
    Architecture, Disk, HostShape, KernelFeature, Law, OperatingSystem, OsFamily, Power,
};
use crate::units::{Bandwidth, Bytes, Fraction, HourlyPrice, Watts};

/// One core, 100 W at rest and 200 W when it is busy.
pub fn shape() -> HostShape {
    HostShape {
        threads_per_core: 1,
        smt_yield: Fraction(0.25),
        speed: 1.0,
        system_memory: Bytes(0),
        disk: Disk { size: Bytes(1 << 40), throughput: Bandwidth(1e9), ..Disk::default() },
        network: Bandwidth(1e9),
        power: Power::Linear { idle: Watts(100.0), max: Watts(200.0) },
        price: HourlyPrice(0.0),
        os: OperatingSystem {
            family: OsFamily::Linux,
            architecture: Architecture::Amd64,
            version: None,
            container_engine: true,
            kernel_features: vec![KernelFeature::Cgroups],
        },
        boot: Law::Constant(SimDuration::ZERO),
        ..HostShape::new("small", 1, Bytes(1 << 30))
    }
}
