//! The fleet: virtual machines as the workload itself, from a stream or a recording.

use super::{Owner, World};
use crate::engine::{Calendar, Phase, Schedule, SimDuration, SimTime, Slab, Stream, Streams, Tag};
use crate::hypervisor::{VmSpec, WhenFull};
use crate::machine::HostId;
use crate::scenario::{Scenario, VmStream, VmUsage};
use crate::sharing::{LeafId, Share, ShareTree};
use crate::units::Bytes;
use crate::workload::traces::bitbrains::{self, RecordedVm};
use crate::workload::{ArrivalProcess, Sampler, Work};
use crate::world::InputError;

/// Something in the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FleetEvent {
    /// The next VM of a `[[vm]]` stream is asked for.
    Arrival(u16),
    /// A recorded VM's next fragment begins, if that VM is still there.
    Fragment(Tag),
}

/// A VM that has been asked for and has not ended.
#[derive(Clone, Debug)]
struct Instance {
    stream: u16,
    vcpus: u32,
    leaf: Option<(HostId, LeafId)>,
    /// Recorded VM, and the fragment that is next.
    recorded: Option<(u32, u32)>,
}

/// A `[[vm]]` and its counts.
pub(super) struct FleetStream {
    arrivals: Option<ArrivalProcess>,
    lifetime: Option<Sampler>,
    lifetimes: Stream,
    boot: Sampler,
    boots: Stream,
    recorded: Vec<RecordedVm>,
    next_recorded: u32,
    pub requested: u64,
    pub rejected: u64,
}

/// All VMs of the workload.
pub(super) struct Fleet {
    pub streams: Vec<FleetStream>,
    instances: Slab<Instance>,
}

impl FleetStream {
    fn new(stream: &VmStream, streams: Streams) -> Result<Self, InputError> {
        let name = |part: &str| format!("vm/{}/{part}", stream.name);
        let recorded = match &stream.usage {
            VmUsage::Trace { tasks, fragments, core_mhz } => {
                bitbrains::read(tasks, fragments, *core_mhz)?
            }
            VmUsage::Constant(_) => Vec::new(),
        };
        let arrivals = stream.arrivals.as_ref();
        let arrivals =
            arrivals.map(|law| ArrivalProcess::new(law, 1.0, streams, &name("arrivals")));
        Ok(Self {
            arrivals: arrivals.transpose()?,
            lifetime: stream.lifetime.as_ref().map(Sampler::new).transpose()?,
            lifetimes: streams.named(&name("lifetime")),
            boot: Sampler::new(&stream.boot)?,
            boots: streams.named(&name("boot")),
            recorded,
            next_recorded: 0,
            requested: 0,
            rejected: 0,
        })
    }

    fn next_arrival(&mut self) -> Option<SimTime> {
        if let Some(arrivals) = &mut self.arrivals {
            return arrivals.next();
        }
        let recorded = self.recorded.get(self.next_recorded as usize)?;
        Some(SimTime::ZERO + recorded.submission)
    }
}

impl Fleet {
    pub fn new(scenario: &Scenario, streams: Streams) -> Result<Self, InputError> {
        let all = scenario.vms.iter().map(|stream| FleetStream::new(stream, streams));
        let streams = all.collect::<Result<_, _>>()?;
        Ok(Self { streams, instances: Slab::default() })
    }

    /// Schedules the first arrival of each stream.
    pub fn start(&mut self, calendar: &mut Calendar<super::Event>) {
        for stream in 0..self.streams.len() as u16 {
            self.schedule_next(stream, calendar);
        }
    }

    fn schedule_next(&mut self, stream: u16, calendar: &mut Calendar<super::Event>) {
        if let Some(time) = self.streams[usize::from(stream)].next_arrival() {
            calendar.at(time, Phase::Arrive, FleetEvent::Arrival(stream));
        }
    }

    /// Starts the measurement anew.
    pub fn restart(&mut self) {
        for stream in &mut self.streams {
            (stream.requested, stream.rejected) = (0, 0);
        }
    }
}

impl World<'_> {
    /// Handles an event of the fleet.
    pub(super) fn on_fleet(&mut self, event: FleetEvent) {
        match event {
            FleetEvent::Arrival(stream) => self.fleet_arrival(stream),
            FleetEvent::Fragment(tag) => {
                if let Some(instance) = self.fleet.instances.current(tag) {
                    self.next_fragment(instance);
                }
            }
        }
    }

    fn fleet_arrival(&mut self, stream: u16) {
        let spec = &self.scenario.vms[usize::from(stream)];
        let it = &mut self.fleet.streams[usize::from(stream)];
        it.requested += 1;
        let boot = it.boot.sample(&mut it.boots);
        let (vcpus, memory, lifetime, recorded) = if it.recorded.is_empty() {
            let lifetime = it.lifetime.as_ref().map(|law| law.sample(&mut it.lifetimes));
            (spec.vcpus, spec.memory, lifetime, None)
        } else {
            let number = it.next_recorded;
            it.next_recorded += 1;
            let vm = &it.recorded[number as usize];
            (vm.vcpus, vm.memory, Some(vm.lifetime()), Some((number, 0)))
        };
        self.fleet.schedule_next(stream, &mut self.calendar);
        let instance = Instance { stream, vcpus, leaf: None, recorded };
        let instance = self.fleet.instances.insert(instance);
        let request = VmSpec {
            owner: Owner::Fleet(instance).token(),
            vcpus,
            memory,
            reserve: VmSpec::whole(vcpus, memory, Bytes(0)),
            memory_reservation: Bytes(0),
            host: None,
            when_full: if spec.queue { WhenFull::Wait } else { WhenFull::Reject },
            provision: SimDuration::ZERO,
            boot,
            shutdown: SimDuration::ZERO,
            lifetime,
            guest_memory: Bytes(0),
            hypervisor_memory: Bytes(0),
            active_memory: memory,
        };
        self.hypervisor.request(request, &mut self.calendar, &mut self.inbox.vms);
    }

    /// A VM of the fleet runs.
    pub(super) fn fleet_vm_running(&mut self, instance: u32, host: HostId) {
        let now = self.now();
        let it = &mut self.fleet.instances[instance];
        let vcpus = f64::from(it.vcpus);
        let share = Share { weight: vcpus, floor: 0.0, cap: vcpus };
        let cpu = &mut self.hosts[host.index()].cpu;
        let leaf = cpu.add_leaf(now, ShareTree::<Work>::ROOT, share, 1.0, None);
        it.leaf = Some((host, leaf));
        self.recorder.host_used(host);
        self.recorder.fleet_vm_started(now, it.vcpus);
        match &self.scenario.vms[usize::from(it.stream)].usage {
            VmUsage::Constant(part) => {
                cpu.set_background(now, leaf, part.0 * vcpus);
                self.hosts[host.index()].arm(&mut self.calendar);
                self.host_shared(host);
            }
            VmUsage::Trace { .. } => self.next_fragment(instance),
        }
    }

    fn next_fragment(&mut self, instance: u32) {
        let now = self.now();
        let event = FleetEvent::Fragment(self.fleet.instances.tag(instance));
        let it = &mut self.fleet.instances[instance];
        let (Some((host, leaf)), Some((vm, next))) = (it.leaf, it.recorded) else { return };
        let recorded = &self.fleet.streams[usize::from(it.stream)].recorded[vm as usize];
        let Some(fragment) = recorded.fragments.get(next as usize) else { return };
        it.recorded = Some((vm, next + 1));
        self.hosts[host.index()].cpu.set_background(now, leaf, fragment.cores);
        self.hosts[host.index()].arm(&mut self.calendar);
        self.calendar.after(fragment.duration, Phase::Arrive, event);
        self.host_shared(host);
    }

    /// Where a VM of the fleet runs.
    pub(super) fn fleet_leaf(&self, instance: u32) -> Option<(HostId, LeafId)> {
        self.fleet.instances[instance].leaf
    }

    /// A VM of the fleet goes on at another host.
    pub(super) fn move_fleet_vm(&mut self, instance: u32, to: HostId) {
        if let Some(place) = self.fleet_leaf(instance).filter(|(host, _)| *host != to) {
            let moved = self.move_leaf(place, to, ShareTree::<Work>::ROOT);
            self.fleet.instances[instance].leaf = Some(moved);
        }
    }

    /// A VM of the fleet has ended.
    pub(super) fn fleet_vm_gone(&mut self, instance: u32) {
        let now = self.now();
        let it = self.fleet.instances.remove(instance);
        if let Some((host, leaf)) = it.leaf {
            self.hosts[host.index()].cpu.remove_leaf(now, leaf, &mut Vec::new());
            self.hosts[host.index()].arm(&mut self.calendar);
            self.host_shared(host);
            self.recorder.fleet_vm_ended(now, it.vcpus);
        }
        self.room_made();
    }

    /// A VM of the fleet was turned away.
    pub(super) fn fleet_vm_rejected(&mut self, instance: u32) {
        let it = self.fleet.instances.remove(instance);
        self.fleet.streams[usize::from(it.stream)].rejected += 1;
    }
}
