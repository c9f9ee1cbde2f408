//! Volumes on their way: made, attached, detached, deleted.

use super::{Holder, Step, VolumeEvent};
use crate::aws::ebs::volume::{Target, VolumeState};
use crate::aws::ec2::slots::{AttachLimit, Slots};
use crate::engine::{Phase, SimDuration};
use crate::machine::HostId;
use crate::world::World;

/// A machine that is no instance, as of a task on Fargate, takes what it is given.
const NO_LIMIT: AttachLimit = AttachLimit { slots: Slots::Dedicated, volumes: u32::MAX };

impl World<'_> {
    /// A replica is to have its volume on a machine that has so many network interfaces. It is made
    /// there, or comes from where it was; [`World::volume_attached`] or [`World::volume_refused`]
    /// tells the rest. Nothing for apps that have none.
    pub(in crate::world) fn volume_for(&mut self, replica: u32, machine: usize, interfaces: u32) {
        let Some((app, wanted)) = self.wanted_volume(replica) else { return };
        let host = self.nodes.all[machine].host;
        let (now, zone) = (self.now(), self.zone_name(host));
        let holder = Holder::Replica(replica);
        let known = self.volumes.of_holder.get(&holder).copied();
        let volume = known.unwrap_or_else(|| {
            let volume = self.volumes.hold(&wanted, Some(app), holder, zone, now);
            self.volume_step(volume, Step::Made, SimDuration::ZERO);
            volume
        });
        let held = &mut self.volumes.held[volume];
        held.goes_to = Some((host, interfaces));
        match held.volume.state() {
            VolumeState::Available => self.attach_volume(volume),
            VolumeState::InUse(at) if at == host => self.volume_there(volume),
            VolumeState::InUse(_) => self.detach_volume(volume),
            // what is under way ends first
            _ => {}
        }
    }

    /// Handles an event of a volume.
    pub(in crate::world) fn on_volume(&mut self, VolumeEvent(tag): VolumeEvent) {
        let now = self.now();
        let Some(volume) = self.volumes.held.current(tag) else { return };
        let held = &mut self.volumes.held[volume];
        let Some((_, step)) = held.next.take_if(|(at, _)| *at == now) else { return };
        let at = held.volume.state().instance();
        match (step, at) {
            (Step::Made, _) => held.volume.created(),
            (Step::Attached, Some(host)) => held.volume.attached(host),
            (Step::Detached, Some(host)) => {
                held.volume.detached(host);
                self.slot_is_free(host);
            }
            (Step::Attached | Step::Detached, None) => {}
        }
        let held = &self.volumes.held[volume];
        match (held.volume.state(), held.goes_to, held.holder) {
            (VolumeState::Available, _, None) => self.delete_volume(volume),
            (VolumeState::Available, Some(_), Some(_)) => self.attach_volume(volume),
            (VolumeState::InUse(host), Some((to, _)), Some(_)) if to == host => {
                self.volume_there(volume);
            }
            // it is wanted elsewhere, or no more
            (VolumeState::InUse(_), _, _) => self.detach_volume(volume),
            _ => {}
        }
    }

    /// The next step of a volume is done after what EBS takes for it, and this.
    fn volume_step(&mut self, volume: u32, step: Step, besides: SimDuration) {
        let volumes = &mut self.volumes;
        let law = match step {
            Step::Made => &volumes.create,
            Step::Attached => &volumes.attach,
            Step::Detached => &volumes.detach,
        };
        let delay = law.sample(&mut volumes.draws) + besides;
        let at = self.calendar.now().saturating_add(delay);
        volumes.held[volume].next = Some((at, step));
        let event = VolumeEvent(volumes.held.tag(volume));
        self.calendar.push(at, Phase::Release, event.into());
    }

    /// AttachVolume, of one that is available.
    pub(super) fn attach_volume(&mut self, volume: u32) {
        let held = &self.volumes.held[volume];
        let (host, interfaces) = held.goes_to.expect("it is wanted somewhere");
        let volumes = self.volumes.on_host(host);
        let instance = self.volumes.instances.get(&host);
        let zone = self.zone_name(host);
        let target = Target {
            instance: host,
            type_name: instance.map_or("the machine", |instance| instance.type_name),
            zone: &zone,
            limit: instance.map_or(NO_LIMIT, |instance| instance.limit),
            volumes,
            // those of pods come and go by themselves
            interfaces: instance.map_or(interfaces, |it| it.interfaces.max(interfaces)),
        };
        let held = &mut self.volumes.held[volume];
        if let Err(refusal) = held.volume.attach(&target) {
            held.goes_to = None;
            if let Some(Holder::Replica(replica)) = held.holder {
                self.volume_refused(replica, &refusal.to_string());
            }
            return;
        }
        self.volume_step(volume, Step::Attached, SimDuration::ZERO);
    }

    /// A volume has come to the instance that it was wanted on.
    fn volume_there(&mut self, volume: u32) {
        let held = &self.volumes.held[volume];
        if let (Some(Holder::Replica(replica)), Some((host, _))) = (held.holder, held.goes_to) {
            let app = self.replicas.all[replica as usize].app();
            self.use_volume(volume, app.0, host);
            self.volume_attached(replica);
        }
    }

    /// DetachVolume. From an instance that does not answer it goes by force, a while later.
    fn detach_volume(&mut self, volume: u32) {
        let held = &mut self.volumes.held[volume];
        let host: HostId = held.volume.state().instance().expect("it is attached");
        held.volume.detach().expect("it is attached");
        let answers = self.hosts[host.index()].is_up();
        let wait = if answers { SimDuration::ZERO } else { self.volumes.force_detach };
        self.volume_step(volume, Step::Detached, wait);
    }

    /// A volume is wanted no more: it is detached if need be, and deleted then.
    pub(super) fn volume_goes(&mut self, volume: u32) {
        let held = &mut self.volumes.held[volume];
        (held.holder, held.goes_to) = (None, None);
        self.stop_using(volume);
        match self.volumes.held[volume].volume.state() {
            VolumeState::Available => self.delete_volume(volume),
            VolumeState::InUse(host) if self.volumes.instances.contains_key(&host) => {
                self.detach_volume(volume);
            }
            VolumeState::InUse(host) => {
                // whatever it is attached to is no matter of EC2, and takes no time
                self.volumes.held[volume].volume.instance_gone(host);
                self.delete_volume(volume);
            }
            // what is under way ends first
            _ => {}
        }
    }

    /// Nobody reads or writes on a volume any more.
    pub(super) fn stop_using(&mut self, volume: u32) {
        let now = self.now();
        let held = &mut self.volumes.held[volume];
        if let Some(device) = held.device.take() {
            held.operations += self.services.storage().operations(device, now);
            let schedule = &mut crate::workload::Disks(&mut self.calendar);
            self.services.storage_mut().remove(device, schedule);
        }
    }

    /// DeleteVolume, of one that is available and that nobody uses.
    pub(super) fn delete_volume(&mut self, volume: u32) {
        let now = self.now();
        let mut held = self.volumes.held.remove(volume);
        held.volume.delete().expect("it is available");
        self.volumes.ended.entry(held.app).or_default().merge(&held.bill(now, 0.0));
    }
}
