//! Instances as machines: what of an instance type the simulation of a host needs.
//!
//! A vCPU is a hardware thread (Amazon EC2 User Guide, "CPU options for Amazon EC2 instances"), so
//! that two of them share a core where the type has half as many cores. Not modelled: that a
//! `-flex` type has all of its CPU for 95 % of the time only, and the power of instances, which
//! nobody publishes. Their price is on the bill of the cluster, not in the shape.

use std::sync::Arc;

use crate::aws::ec2::catalogue::{Architecture as Maker, InstanceType};
use crate::scenario::aws::AutoScalingGroup;
use crate::scenario::{Architecture, Cluster, HostShape, Law, OperatingSystem, OsFamily, Power};
use crate::units::{Bytes, Watts};
use crate::world::disks::root_disk;

/// The machine that an instance of this type is in a group.
pub(super) fn shape(
    cluster: &Cluster,
    group: &AutoScalingGroup,
    one: &InstanceType,
    boot: Law,
) -> Arc<HostShape> {
    let kernel = (one.memory.0 as f64 * cluster.ecs.kernel_memory.0) as u64;
    let name = format!("{}/{}", group.name, one.name);
    Arc::new(HostShape {
        threads_per_core: one.threads_per_core(),
        system_memory: Bytes(kernel.saturating_add(group.system_memory.0)),
        disk: root_disk(&group.volume),
        network: one.network.bandwidth.peak,
        power: Power::Linear { idle: Watts(0.0), max: Watts(0.0) },
        os: OperatingSystem { architecture: architecture(one), ..group.os.clone() },
        boot,
        ..HostShape::new(name, one.cores, one.memory)
    })
}

fn architecture(one: &InstanceType) -> Architecture {
    match one.architecture {
        Maker::X86 => Architecture::Amd64,
        Maker::Arm => Architecture::Arm64,
    }
}

/// Whether instances of a group have a licence of Windows.
pub(super) fn is_windows(group: &AutoScalingGroup) -> bool {
    group.os.family == OsFamily::Windows
}
