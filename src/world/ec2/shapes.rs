//! Instances as machines: what of an instance type the simulation of a host needs.
//!
//! A vCPU is a hardware thread (Amazon EC2 User Guide, "CPU options for Amazon EC2 instances"), so
//! that two of them share a core where the type has half as many cores. Not modelled: that a
//! `-flex` type has all of its CPU for 95 % of the time only, and the power of instances, which
//! nobody publishes. Their price is on the bill of the cluster, not in the shape.
//!
//! On hosts of the scenario the cores are those of the host: their threads, their speed less what
//! virtualisation takes.

use std::sync::Arc;

use super::rooms::too_large;
use super::settings::Types;
use crate::aws::ec2::catalogue::{Architecture as Maker, InstanceType};
use crate::scenario::aws::AutoScalingGroup;
use crate::scenario::path::Path;
use crate::scenario::{Architecture, Cluster, HostShape, Law, OperatingSystem, Power, Scenario};
use crate::units::{Bytes, Watts};
use crate::world::InputError;
use crate::world::disks::root_disk;
use crate::world::input::Unfit;

/// What instances of a cluster are on: hosts of the scenario, or machines of EC2's own.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub cluster: &'a Cluster,
    host: Option<&'a HostShape>,
}

impl<'a> Ground<'a> {
    pub fn new(scenario: &'a Scenario, cluster: &'a Cluster) -> Self {
        let named = cluster.hosts.as_ref().map(|hosts| &hosts.shape);
        let host = named.and_then(|name| scenario.hosts.iter().find(|host| host.name == *name));
        Self { cluster, host }
    }

    /// Whether an empty host can run instances of each type of a group.
    ///
    /// # Errors
    /// The first type that none can run.
    pub fn check(&self, types: &Types, at: &Path) -> Result<(), InputError> {
        let Some(host) = self.host else { return Ok(()) };
        for (place, (one, _)) in types.iter().enumerate() {
            let at = at.key("instance_types").index(place);
            let (inside, outside) = (architecture(one), host.os.architecture);
            if inside != outside {
                let words = format!("an {inside:?} `{}` cannot run on the {outside:?}", one.name);
                let words = words.replace("Amd", "amd").replace("Arm", "arm");
                let title = format!("there is no emulation: {words} `{}`", host.name);
                return Err(Unfit::new(at, title, "`os` of the host says what it is").into());
            }
            if let Some(title) = too_large(self.cluster, one, host) {
                return Err(Unfit::new(at, title, "take smaller types, or larger hosts").into());
            }
        }
        Ok(())
    }

    /// The machine that an instance of this type is in a group.
    pub fn shape(&self, group: &AutoScalingGroup, one: &InstanceType, boot: Law) -> Arc<HostShape> {
        // Windows shows all of it
        let hidden = if is_windows(group) { 0.0 } else { self.cluster.kernel_memory().0 };
        let kernel = (one.memory.0 as f64 * hidden) as u64;
        let name = format!("{}/{}", group.name, one.name);
        let alone = HostShape {
            threads_per_core: one.threads_per_core(),
            system_memory: Bytes(kernel.saturating_add(group.system_memory.0)),
            disk: root_disk(&group.volume),
            network: one.network.bandwidth.peak,
            power: Power::Linear { idle: Watts(0.0), max: Watts(0.0) },
            os: OperatingSystem { architecture: architecture(one), ..group.os.clone() },
            boot,
            ..HostShape::new(name, one.cores, one.memory)
        };
        Arc::new(match self.host {
            Some(host) => self.on_host(alone, host, one.vcpus),
            None => alone,
        })
    }

    /// A machine with cores of a host: two vCPUs are one where that has two threads a core, unless
    /// their number is odd.
    fn on_host(&self, alone: HostShape, host: &HostShape, vcpus: u32) -> HostShape {
        let is_odd = !vcpus.is_multiple_of(host.threads_per_core);
        let threads_per_core = if is_odd { 1 } else { host.threads_per_core };
        let overhead = self.cluster.overhead.unwrap_or_default();
        HostShape {
            cores: vcpus / threads_per_core,
            threads_per_core,
            smt_yield: host.smt_yield,
            speed: host.speed * (1.0 - overhead.cpu.0),
            ..alone
        }
    }
}

fn architecture(one: &InstanceType) -> Architecture {
    match one.architecture {
        Maker::X86 => Architecture::Amd64,
        Maker::Arm => Architecture::Arm64,
    }
}

/// Whether instances of a group have a licence of Windows.
pub(super) fn is_windows(group: &AutoScalingGroup) -> bool {
    group.os.is_windows()
}
