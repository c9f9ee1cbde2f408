//! The machine of a task or a pod.

use crate::aws::ecs::units::UNITS_PER_VCPU;
use crate::aws::pricing::fargate::{FREE_STORAGE, TaskPlatform, TaskSize};
use crate::scenario::{Architecture, Cluster, Disk, HostShape, OperatingSystem, OsFamily, Power};
use crate::units::{Bytes, Watts};

/// A machine of this size: as many cores as hold its CPU, of which containers get what it has, and
/// its memory, of which they get so much. A vCPU is a hardware thread, as it is on EC2, so that x86
/// cores have two (who computes with 8 threads is faster on 16 vCPUs than on 8:
/// `aws/containers-roadmap` 2020). Machines of one name are alike.
pub(in crate::world) fn machine(
    platform: TaskPlatform,
    size: TaskSize,
    for_containers: Bytes,
    cluster: &Cluster,
) -> HostShape {
    let (family, architecture) = match platform {
        TaskPlatform::LinuxX86 => (OsFamily::Linux, Architecture::Amd64),
        TaskPlatform::LinuxArm => (OsFamily::Linux, Architecture::Arm64),
        TaskPlatform::Windows => (OsFamily::Windows, Architecture::Amd64),
    };
    let threads: u64 = if architecture == Architecture::Amd64 { 2 } else { 1 };
    let cores = size.cpu.0.div_ceil(1000).div_ceil(threads) as u32;
    let taken = Bytes(for_containers.0 + cluster.engine.memory.0);
    let memory = size.memory.max(taken);
    HostShape {
        threads_per_core: threads as u32,
        system_memory: Bytes(memory.0 - taken.0),
        disk: Disk { size: size.storage, ..Disk::default() },
        // nobody publishes what it is
        power: Power::Linear { idle: Watts(0.0), max: Watts(0.0) },
        os: OperatingSystem { family, architecture, ..OperatingSystem::default() },
        ..HostShape::new(name(platform, size, architecture), cores, memory)
    }
}

fn name(platform: TaskPlatform, size: TaskSize, architecture: Architecture) -> String {
    let units = size.cpu.0 * u64::from(UNITS_PER_VCPU) / 1000;
    let mut name = format!("fargate-{units}-{}-{architecture:?}", size.memory.0 >> 20);
    if size.storage > FREE_STORAGE {
        name += &format!("-{}", size.storage);
    }
    if platform == TaskPlatform::Windows {
        name += "-windows";
    }
    name
}
