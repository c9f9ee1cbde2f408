//! Volumes of EBS in the world: the root of each instance, what apps have for a machine or a
//! replica.
//!
//! What a volume can do next `aws::ebs` decides; here it takes the time that EBS takes:
//!
//! ```text
//!   asked ──creating──▶ available ──attaching──▶ in use ──detaching──▶ available ──▶ deleted
//! ```
//!
//! A root volume comes and goes with its instance. Whoever starts replicas may ask for the volume
//! of one beforehand ([`World::volume_for`]) and is told when it is attached, or why it cannot be;
//! where nobody asked it is there when the process of the replica starts. It goes with the
//! replica: it is detached, and deleted then, as ECS does with the volumes that it made for
//! tasks. (What claims of Kubernetes have is in `claimed`.) From an instance that does not answer
//! it is detached by force, six minutes later.

mod attach;
mod bill;
mod claimed;
mod instance;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::disks::provisioned;
use super::{InputError, World};
use crate::aws::ebs::volume::Volume;
use crate::aws::pricing::Bill;
use crate::engine::{SimDuration, SimTime, Slab, Stream, Streams, Tag};
use crate::kubernetes::control::VolumeId;
use crate::machine::HostId;
use crate::scenario::aws::{EbsOptions, Volume as Wanted, VolumeKind};
use crate::workload::storage::{DeviceId, Medium};
use crate::workload::{AppId, Disks, Sampler};
use instance::InstanceStorage;

/// The next step of a volume's life is due, unless something else came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeEvent(Tag);

/// What the next step of a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It has been made.
    Made,
    /// It has come to its instance.
    Attached,
    /// It has left it.
    Detached,
}

/// Whose a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    /// The instance boots from it.
    Root(HostId),
    /// All replicas of an app on a machine use it.
    Machine(AppId, HostId),
    /// A replica.
    Replica(u32),
    /// A claim of Kubernetes.
    Claim(VolumeId),
}

/// A volume that has been asked for.
#[derive(Debug)]
struct Held {
    volume: Volume<HostId>,
    latency: SimDuration,
    /// The app that it is for, of those that are no root.
    app: Option<AppId>,
    /// None once it is to be deleted.
    holder: Option<Holder>,
    /// The instance that it is to be attached to, and network interfaces there.
    goes_to: Option<(HostId, u32)>,
    asked: SimTime,
    /// What reads and writes wait for, while it is in use.
    device: Option<DeviceId>,
    /// Operations that it has done before that.
    operations: f64,
    next: Option<(SimTime, Step)>,
}

/// All volumes of a cluster.
pub(super) struct Volumes {
    held: Slab<Held>,
    of_holder: BTreeMap<Holder, u32>,
    /// The hosts that are instances of EC2.
    instances: BTreeMap<HostId, InstanceStorage>,
    create: Sampler,
    attach: Sampler,
    detach: Sampler,
    /// How long one stays with an instance that does not answer.
    force_detach: SimDuration,
    draws: Stream,
    /// The type of the volumes of claims that each app reads and writes on.
    kinds: BTreeMap<AppId, VolumeKind>,
    /// What volumes cost that are deleted, by whose they were.
    ended: BTreeMap<Option<AppId>, Bill>,
}

impl Volumes {
    /// None yet.
    ///
    /// # Errors
    /// A file of a law cannot be used.
    pub fn new(options: &EbsOptions, streams: Streams) -> Result<Self, InputError> {
        Ok(Self {
            held: Slab::default(),
            of_holder: BTreeMap::new(),
            instances: BTreeMap::new(),
            create: Sampler::new(&options.create)?,
            attach: Sampler::new(&options.attach)?,
            detach: Sampler::new(&options.detach)?,
            force_detach: options.force_detach,
            draws: streams.named("ebs/volumes"),
            kinds: BTreeMap::new(),
            ended: BTreeMap::new(),
        })
    }

    /// Volumes that are attached to the instance on a host, or on their way there or from there.
    pub fn on_host(&self, host: HostId) -> u32 {
        let there = |held: &&Held| held.volume.state().instance() == Some(host);
        self.held.values().filter(there).count() as u32
    }

    fn hold(
        &mut self,
        wanted: &Wanted,
        app: Option<AppId>,
        holder: Holder,
        zone: String,
        now: SimTime,
    ) -> u32 {
        let made = provisioned(wanted).expect("volumes of a scenario were checked");
        let volume = self.held.insert(Held {
            volume: Volume::create(made, zone),
            latency: wanted.latency(),
            app,
            holder: Some(holder),
            goes_to: None,
            asked: now,
            device: None,
            operations: 0.0,
            next: None,
        });
        self.of_holder.insert(holder, volume);
        volume
    }
}

impl World<'_> {
    /// The volume of a replica on a host, and how long an operation takes there that nothing
    /// hinders.
    pub(super) fn replica_volume(
        &mut self,
        wanted: &Wanted,
        app: AppId,
        replica: u32,
        host: HostId,
    ) -> (DeviceId, SimDuration) {
        self.volume_in_use(wanted, app, Holder::Replica(replica), host)
    }

    /// The volume of an app on a host, likewise.
    pub(super) fn machine_volume(
        &mut self,
        wanted: &Wanted,
        app: AppId,
        host: HostId,
    ) -> (DeviceId, SimDuration) {
        self.volume_in_use(wanted, app, Holder::Machine(app, host), host)
    }

    /// The root volume of an instance; none of other hosts.
    pub(super) fn root_volume(&self, host: HostId) -> Option<(DeviceId, SimDuration)> {
        let held = &self.volumes.held[*self.volumes.of_holder.get(&Holder::Root(host))?];
        Some((held.device.expect("an instance has its root"), held.latency))
    }

    /// A volume that somebody uses on a host now, whether it was asked for or not.
    fn volume_in_use(
        &mut self,
        wanted: &Wanted,
        app: AppId,
        holder: Holder,
        host: HostId,
    ) -> (DeviceId, SimDuration) {
        let (now, zone) = (self.now(), self.zone_name(host));
        let volumes = &mut self.volumes;
        let known = volumes.of_holder.get(&holder).copied();
        let volume = known.unwrap_or_else(|| volumes.hold(wanted, Some(app), holder, zone, now));
        self.use_volume(volume, app.0, host);
        let held = &self.volumes.held[volume];
        (held.device.expect("what is used is there"), held.latency)
    }

    /// A volume is in use on a host from now on; its use is counted in this pool.
    fn use_volume(&mut self, volume: u32, pool: u32, host: HostId) {
        let now = self.now();
        let held = &mut self.volumes.held[volume];
        held.volume.put(host);
        (held.next, held.goes_to) = (None, None);
        let trunk = self.volumes.instances.get(&host).map(|instance| instance.trunk);
        let trunk = trunk.flatten();
        let medium = Medium::Volume(held.volume.provisioned);
        let storage = self.services.storage_mut();
        match held.device {
            // the replica may have come from another machine
            Some(device) => storage.hang(device, trunk, &mut Disks(&mut self.calendar)),
            None => held.device = Some(storage.add(now, medium, pool, trunk)),
        }
    }

    /// A replica is where it was no more: its volume goes with it.
    pub(super) fn forget_volume(&mut self, replica: u32) {
        let Some(volume) = self.volumes.of_holder.remove(&Holder::Replica(replica)) else { return };
        if let Some(server) = self.replicas.all[replica as usize].service {
            self.services.store_nowhere(server);
        }
        self.volume_goes(volume);
    }

    /// The zone of a host as it is told.
    fn zone_name(&self, host: HostId) -> String {
        format!("zone {}", self.services.zone_of_host(host))
    }
}
