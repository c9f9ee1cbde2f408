//! What a pod on Fargate gets (Amazon EKS User Guide, "Understand Fargate Pod configuration
//! details").
//!
//! The most of what its containers ask for together and of what each init container does, and
//! 256 MiB for the parts of Kubernetes; that, rounded up to a size that Fargate has. Without
//! requests it is the smallest, 0.25 vCPU and 0.5 GB. Storage is what containers ask for, a tenth
//! of that for the file system, and 5 GiB for the system (AWS Containers Blog, "AWS Fargate adds
//! support for larger ephemeral volumes"). Its cost is that of the size, from the start of the pull
//! to the end ([`pricing::fargate`](crate::aws::pricing::fargate)).

use crate::aws::ecs::task_definition::size::of_fargate;
use crate::aws::ecs::units::{CpuUnits, Mebibytes, UNITS_PER_VCPU};
use crate::aws::pricing::Bill;
use crate::aws::pricing::fargate::{TaskPlatform, TaskSize};
use crate::engine::SimDuration;
use crate::units::{Bytes, Millicores};

const MIB: u64 = 1 << 20;
/// Memory for the kubelet, kube-proxy and containerd.
pub const OVERHEAD: Bytes = Bytes(256 * MIB);
/// Ephemeral storage that a pod has without asking, and the most it can ask for.
pub const STORAGE: (Bytes, Bytes) = (Bytes(20 << 30), Bytes(175 << 30));
/// Storage of the system of a pod that asks for some.
const SYSTEM_STORAGE: Bytes = Bytes(5 << 30);

/// What a container asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// CPU.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
}

/// A pod that is larger than all sizes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// CPU and memory, that of Kubernetes included.
    #[error(
        "Fargate has no size with {0} of CPU and {1} of memory, of which 256 MiB are for \
         Kubernetes; the largest has 16 vCPUs and 120 GB"
    )]
    Compute(Millicores, Bytes),
    /// Ephemeral storage.
    #[error("{0} of ephemeral storage are more than the {most} of a pod", most = STORAGE.1)]
    Storage(Bytes),
}

/// What a pod asks for, with the part of Kubernetes.
pub fn request(containers: &[Request], init: &[Request]) -> Request {
    let most = |of: fn(&Request) -> u64| {
        let together: u64 = containers.iter().map(of).sum();
        init.iter().map(of).fold(together, u64::max)
    };
    Request {
        cpu: Millicores(most(|one| one.cpu.0)),
        memory: Bytes(most(|one| one.memory.0) + OVERHEAD.0),
    }
}

/// The size of a pod whose containers ask for so much ephemeral storage together.
///
/// # Errors
/// No size holds it.
pub fn size(
    containers: &[Request],
    init: &[Request],
    storage: Bytes,
) -> Result<TaskSize, TooLarge> {
    let Request { cpu, memory } = request(containers, init);
    let units = (cpu.0 * u64::from(UNITS_PER_VCPU)).div_ceil(1000);
    let found = u32::try_from(units)
        .ok()
        .zip(u32::try_from(memory.0.div_ceil(MIB)).ok())
        .and_then(|(units, mib)| of_fargate(CpuUnits(units), Mebibytes(mib)));
    let (units, mib) = found.ok_or(TooLarge::Compute(cpu, memory))?;
    if storage > STORAGE.1 {
        return Err(TooLarge::Storage(storage));
    }
    let provisioned = Bytes(storage.0 + storage.0.div_ceil(10) + SYSTEM_STORAGE.0);
    let storage = STORAGE.0.max(provisioned);
    Ok(TaskSize { cpu: units.millicores(), memory: mib.bytes(), storage })
}

/// What a pod of this size costs that took so long. There is no Spot for pods of EKS.
pub fn bill(size: TaskSize, is_arm: bool, run: SimDuration) -> Bill {
    let platform = if is_arm { TaskPlatform::LinuxArm } else { TaskPlatform::LinuxX86 };
    platform.prices().bill(platform, size, run, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn asks(cpu: u64, mib: u64) -> Request {
        Request { cpu: Millicores(cpu), memory: Bytes(mib * MIB) }
    }

    fn found(containers: &[Request], init: &[Request]) -> (u64, u64) {
        let size = size(containers, init, Bytes(0)).unwrap();
        (size.cpu.0, size.memory.0 / MIB)
    }

    #[test]
    fn a_pod_is_rounded_up_to_a_size_with_what_kubernetes_needs() {
        // the guide's: 1 vCPU and 8 GB do not fit in 8 GB, and 1 vCPU has no 9
        assert_eq!(found(&[asks(1000, 8192)], &[]), (2000, 9 * 1024));
        assert_eq!(found(&[], &[]), (250, 512));
        assert_eq!(found(&[asks(250, 256)], &[]), (250, 512));
        assert_eq!(found(&[asks(250, 257)], &[]), (250, 1024));
        assert_eq!(found(&[asks(251, 256)], &[]), (500, 1024));
        assert_eq!(found(&[asks(4000, 16_000)], &[]), (4000, 16 * 1024));
    }

    #[test]
    fn containers_add_up_and_init_containers_come_one_at_a_time() {
        let two = [asks(500, 1024), asks(250, 512)];
        assert_eq!(request(&two, &[]), asks(750, 1536 + 256));
        let init = [asks(2000, 100), asks(100, 4096)];
        assert_eq!(request(&two, &init), asks(2000, 4096 + 256));
    }

    #[test]
    fn the_largest_has_room_for_kubernetes_too() {
        assert_eq!(found(&[asks(16_000, 120 * 1024 - 256)], &[]), (16_000, 120 * 1024));
        assert!(size(&[asks(16_000, 120 * 1024 - 255)], &[], Bytes(0)).is_err());
        assert!(size(&[asks(16_001, 1)], &[], Bytes(0)).is_err());
    }

    #[test]
    fn storage_that_is_asked_for_comes_with_that_of_file_system_and_system() {
        let gib = |asked: u64| size(&[], &[], Bytes(asked << 30)).map(|it| it.storage.0 >> 30);
        // two containers that ask for 50 GiB each get 100 + 10 + 5
        assert_eq!([gib(0), gib(10), gib(100)], [Ok(20), Ok(20), Ok(115)]);
        assert_eq!(gib(176), Err(TooLarge::Storage(Bytes(176 << 30))));
        let error = gib(176).unwrap_err().to_string();
        assert_eq!(error, "176Gi of ephemeral storage are more than the 175Gi of a pod");
    }

    /// $0.04048 a vCPU and $0.004445 a GB, an hour.
    #[test]
    fn a_pod_costs_what_its_size_does() {
        let size = size(&[asks(1000, 8192)], &[], Bytes(0)).unwrap();
        let hour = bill(size, false, SimDuration::from_secs(3600)).total().0;
        assert!((hour - (2.0 * 0.040_48 + 9.0 * 0.004_445)).abs() < 1e-12, "{hour}");
    }
}
