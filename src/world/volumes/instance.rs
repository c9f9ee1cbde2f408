//! Instances, as far as their volumes go: the root of each, how many more fit, the way to EBS.

use super::Holder;
use crate::aws::ebs::volume::VolumeState;
use crate::aws::ec2::bandwidth::{BurstTimes, EbsBurst};
use crate::aws::ec2::catalogue::InstanceType;
use crate::aws::ec2::slots::AttachLimit;
use crate::machine::HostId;
use crate::scenario::aws::Volume;
use crate::workload::Disks;
use crate::workload::storage::TrunkId;
use crate::world::World;

/// What of an instance its volumes have to do with.
#[derive(Debug)]
pub(super) struct InstanceStorage {
    pub type_name: &'static str,
    pub limit: AttachLimit,
    /// Network interfaces, which may share its slots.
    pub interfaces: u32,
    /// None of types whose way to EBS is not known: then there is no limit.
    pub trunk: Option<TrunkId>,
}

impl World<'_> {
    /// A machine is an instance of this type from now on, with a root volume that was made with it.
    pub(in crate::world) fn storage_begins(
        &mut self,
        machine: usize,
        one: &'static InstanceType,
        root: &Volume,
    ) {
        let (now, host) = (self.now(), self.nodes.all[machine].host);
        let storage = self.services.storage_mut();
        let link = one.ebs.as_ref();
        let burst = link.map(|link| EbsBurst::new(now, link, BurstTimes::default()));
        let instance = InstanceStorage {
            type_name: &one.name,
            limit: one.attach,
            interfaces: 1,
            trunk: burst.map(|burst| storage.add_trunk(burst)),
        };
        self.volumes.instances.insert(host, instance);
        let zone = self.zone_name(host);
        let volume = self.volumes.hold(root, None, Holder::Root(host), zone, now);
        let pool = self.scenario.apps.len() as u32;
        self.use_volume(volume, pool, host);
    }

    /// So many network interfaces are attached to the instance on a host from now on.
    pub(in crate::world) fn interfaces_change(&mut self, host: HostId, interfaces: u32) {
        if let Some(instance) = self.volumes.instances.get_mut(&host) {
            instance.interfaces = interfaces;
        }
    }

    /// A machine is an instance no more: its root goes with it, and so does what apps had for the
    /// machine; other volumes are available at once.
    pub(in crate::world) fn storage_ends(&mut self, machine: usize) {
        let host = self.nodes.all[machine].host;
        let there = |state: VolumeState<_>| state.instance() == Some(host);
        let all = self.volumes.held.iter();
        let attached = all.filter(|(_, held)| there(held.volume.state()));
        let attached: Vec<u32> = attached.map(|(volume, _)| volume).collect();
        for volume in attached {
            let held = &mut self.volumes.held[volume];
            held.volume.instance_gone(host);
            held.next = None;
            if let Some(holder @ (Holder::Root(_) | Holder::Machine(..))) = held.holder {
                self.volumes.of_holder.remove(&holder);
                self.volumes.held[volume].holder = None;
            }
            let held = &self.volumes.held[volume];
            let is_held = held.holder.is_some();
            if !is_held {
                self.stop_using(volume);
                self.delete_volume(volume);
            } else if held.goes_to.is_some_and(|(to, _)| to != host) {
                self.attach_volume(volume);
            } else if let Some(device) = held.device {
                self.services.storage_mut().hang(device, None, &mut Disks(&mut self.calendar));
            }
        }
        let instance = self.volumes.instances.remove(&host);
        if let Some(trunk) = instance.and_then(|instance| instance.trunk) {
            self.services.storage_mut().remove_trunk(trunk, &mut Disks(&mut self.calendar));
        }
    }
}
