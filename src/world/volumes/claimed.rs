//! Volumes of claims of Kubernetes, which the EBS CSI driver makes, attaches and detaches.
//!
//! When is the control plane's to say; here it takes the time that EBS takes, and the slots that an
//! instance has. A volume outlives the pods that use it, with its credits; where no pod does, it is
//! there and costs.

use super::{Holder, Step};
use crate::aws::ebs::spec::Provisioned;
use crate::aws::ebs::volume::VolumeState;
use crate::engine::SimDuration;
use crate::kubernetes::control::VolumeId;
use crate::machine::HostId;
use crate::scenario::aws::{Volume as Wanted, VolumeKind};
use crate::units::{Bandwidth, Bytes};
use crate::workload::AppId;
use crate::workload::storage::DeviceId;
use crate::world::World;

const MIB: f64 = 1_048_576.0;

/// As a scenario would ask for it.
fn wanted(made: &Provisioned) -> Wanted {
    let limits = made.kind.limits();
    Wanted {
        kind: made.kind,
        size: Bytes(u64::from(made.size) << 30),
        iops: limits.iops.map(|_| made.iops),
        throughput: limits.throughput.map(|_| Bandwidth(f64::from(made.throughput) * MIB)),
        latency: None,
    }
}

impl World<'_> {
    /// CreateVolume, for a claim; or a volume is known from now on that is there.
    pub(in crate::world) fn create_claimed(
        &mut self,
        id: VolumeId,
        made: &Provisioned,
        zone: u32,
        exists: bool,
    ) {
        let (now, zone) = (self.now(), format!("zone {zone}"));
        let volume = self.volumes.hold(&wanted(made), None, Holder::Claim(id), zone, now);
        match exists {
            true => self.volumes.held[volume].volume.created(),
            false => self.volume_step(volume, Step::Made, SimDuration::ZERO),
        }
    }

    fn claimed(&self, id: VolumeId) -> Option<u32> {
        self.volumes.of_holder.get(&Holder::Claim(id)).copied()
    }

    /// AttachVolume, to the instance that is this machine.
    pub(in crate::world) fn attach_claimed(&mut self, id: VolumeId, machine: usize) {
        let host = self.nodes.all[machine].host;
        let Some(volume) = self.claimed(id) else { return };
        let Some(instance) = self.volumes.instances.get(&host) else {
            return self.volume_is_not_attached(id, "InvalidInstanceID.NotFound: it is terminated");
        };
        self.volumes.held[volume].goes_to = Some((host, instance.interfaces));
        self.attach_volume(volume);
    }

    /// DetachVolume. One that has lost its instance is off it.
    pub(in crate::world) fn detach_claimed(&mut self, id: VolumeId) {
        let Some(volume) = self.claimed(id) else { return };
        let held = &mut self.volumes.held[volume];
        held.goes_to = None;
        match held.volume.state() {
            VolumeState::InUse(_) => {
                held.volume.detach().expect("it is attached");
                self.volume_step(volume, Step::Detached, SimDuration::ZERO);
            }
            _ => self.volume_is_detached(id),
        }
    }

    /// DeleteVolume, of one that is nowhere attached.
    pub(in crate::world) fn delete_claimed(&mut self, id: VolumeId) {
        if let Some(volume) = self.volumes.of_holder.remove(&Holder::Claim(id)) {
            self.volume_goes(volume);
        }
    }

    /// A step of a volume's life is over.
    pub(super) fn claimed_step(&mut self, id: VolumeId, volume: u32, step: Step) {
        match step {
            Step::Made => self.volume_is_made(id),
            Step::Attached => self.volume_is_attached(id),
            Step::Detached => {
                self.hang_nowhere(volume);
                self.volume_is_detached(id);
            }
        }
    }

    /// Its instance is terminated, and it was in this state there.
    pub(super) fn claimed_loses_instance(
        &mut self,
        id: VolumeId,
        volume: u32,
        was: VolumeState<HostId>,
    ) {
        self.hang_nowhere(volume);
        match was {
            VolumeState::Attaching(_) => {
                self.volume_is_not_attached(id, "InvalidInstanceID.NotFound: it is terminated");
            }
            VolumeState::Detaching(_) => self.volume_is_detached(id),
            // nobody tells Kubernetes, which has it attached
            _ => {}
        }
    }

    fn hang_nowhere(&mut self, volume: u32) {
        if let Some(device) = self.volumes.held[volume].device {
            let schedule = &mut crate::workload::Disks(&mut self.calendar);
            self.services.storage_mut().hang(device, None, schedule);
        }
    }

    /// Where the process of an app on a host reads and writes on a volume, and how long an
    /// operation takes there that nothing hinders; nowhere while it is not attached there.
    pub(in crate::world) fn claimed_device(
        &mut self,
        id: VolumeId,
        app: AppId,
        host: HostId,
    ) -> Option<(DeviceId, SimDuration)> {
        let volume = self.claimed(id)?;
        let held = &self.volumes.held[volume];
        if held.volume.state() != VolumeState::InUse(host) {
            return None;
        }
        self.volumes.kinds.insert(app, held.volume.provisioned.kind);
        self.use_volume(volume, app.0, host);
        let held = &self.volumes.held[volume];
        Some((held.device?, held.latency))
    }

    /// The type of the volumes of claims that an app reads and writes on, if it does.
    pub(in crate::world) fn claimed_kind(&self, app: AppId) -> Option<VolumeKind> {
        self.volumes.kinds.get(&app).copied()
    }
}

#[cfg(test)]
mod tests;
