//! The hypervisor as a whole, on a calendar of its own.

mod churn;
mod life;
mod memory;
mod migration;

use super::*;
use crate::engine::{Calendar, SimDuration, SimTime};
use crate::placement::Resources;
use crate::units::{Bandwidth, Bytes, Millicores};

pub(super) const GIB: u64 = 1 << 30;
const RULES: MemoryRules = MemoryRules {
    page_sharing: 0.0,
    balloon_limit: 0.65,
    fault: SimDuration::from_millis(1),
    sampling: SimDuration::from_secs(30),
};

/// A hypervisor, its calendar, and all it told.
struct Fleet {
    hypervisor: Hypervisor,
    calendar: Calendar<VmEvent>,
    told: Vec<(u64, VmNotice)>,
    notices: Vec<VmNotice>,
}

/// A host of so many cores and 16 GiB, none of it kept by the host.
fn host(cores: u64) -> HostSpec {
    let memory = HostMemory { total: Bytes(16 * GIB), system: Bytes(0) };
    HostSpec { capacity: Resources::new(Millicores(cores * 1000), memory.total), memory }
}

/// A VM of so many vCPUs and 1 GiB per vCPU that is there at once, stays, and waits for room.
fn vm(vcpus: u32) -> VmSpec {
    let memory = Bytes(u64::from(vcpus) * GIB);
    VmSpec {
        owner: 0,
        vcpus,
        memory,
        reserve: VmSpec::whole(vcpus, memory, Bytes(0)),
        memory_reservation: Bytes(0),
        host: None,
        when_full: WhenFull::Wait,
        provision: SimDuration::ZERO,
        boot: SimDuration::ZERO,
        shutdown: SimDuration::ZERO,
        lifetime: None,
        guest_memory: Bytes(0),
        hypervisor_memory: Bytes(0),
        active_memory: memory,
    }
}

fn seconds(amount: u64) -> SimDuration {
    SimDuration::from_secs(amount)
}

impl Fleet {
    fn new(hosts: &[HostSpec]) -> Self {
        Self::with(PlacementPolicy::FirstFit, RULES, hosts)
    }

    fn with(placement: PlacementPolicy, rules: MemoryRules, hosts: &[HostSpec]) -> Self {
        Self {
            hypervisor: Hypervisor::new(placement, rules, hosts.iter().copied()),
            calendar: Calendar::new(),
            told: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Does something to the hypervisor, and keeps what it tells with the time in nanoseconds.
    fn act<T>(
        &mut self,
        act: impl FnOnce(&mut Hypervisor, &mut Calendar<VmEvent>, &mut Vec<VmNotice>) -> T,
    ) -> T {
        let result = act(&mut self.hypervisor, &mut self.calendar, &mut self.notices);
        let now = self.calendar.now().as_nanos();
        self.told.extend(self.notices.drain(..).map(|notice| (now, notice)));
        result
    }

    fn request(&mut self, spec: VmSpec) -> Option<VmId> {
        self.act(|it, calendar, notices| it.request(spec, calendar, notices))
    }

    fn stop(&mut self, vm: VmId) {
        self.act(|it, calendar, notices| it.stop(vm, calendar, notices));
    }

    fn down(&mut self, host: u32) {
        self.act(|it, calendar, notices| it.host_down(HostId(host), calendar, notices));
    }

    fn up(&mut self, host: u32) {
        self.act(|it, calendar, _| it.host_up(HostId(host), calendar));
    }

    fn migrate(&mut self, vm: VmId, to: u32, how: PreCopy) -> Result<HostId, MigrationRefused> {
        let to = Some(HostId(to));
        self.act(|it, calendar, notices| it.migrate(vm, to, how, calendar, notices))
    }

    /// Plays everything up to a time in seconds, and checks all books then.
    fn play_until(&mut self, end: u64) {
        self.play_until_time(SimTime::ZERO + seconds(end));
    }

    fn play_until_time(&mut self, end: SimTime) {
        while let Some((_, event)) = self.calendar.pop_until(end) {
            self.act(|it, calendar, notices| it.on(event, calendar, notices));
        }
        self.hypervisor.audit();
    }

    /// Forgets what was told so far; returns it.
    fn told(&mut self) -> Vec<(u64, VmNotice)> {
        std::mem::take(&mut self.told)
    }

    /// The same without the times.
    fn notices(&mut self) -> Vec<VmNotice> {
        self.told().into_iter().map(|(_, notice)| notice).collect()
    }
}
