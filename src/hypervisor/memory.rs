//! How a host's memory is reclaimed from its guests when they want more than there is.
//!
//! The order is that of VMware ESX (Waldspurger, Memory Resource Management in VMware ESX Server,
//! OSDI 2002), each step only for what the one before left over:
//!
//! 1. **Page sharing**: of the part of the guests' own footprints that is equal in all of them,
//!    one copy is kept. Done always, it costs nothing here.
//! 2. **Ballooning**: idle memory, which the guest has touched but does not use, is taken in
//!    proportion to how much of it each guest has, up to the balloon's limit. It costs nothing
//!    either: the guest gives away what it uses least.
//! 3. **Swapping** by the hypervisor, which knows nothing of what a guest uses and so takes pages
//!    at random, in proportion to what each has left. Only this slows a guest down.
//!
//! Guests are backed by physical memory as they touch it, not when they are configured.
//!
//! Simplifications: all guests of a host are alike enough to share; no compression; guests do not
//! swap by themselves; the result follows at once from the demands, where real balloons take
//! seconds to inflate.

use super::apportion::{Claim, apportion};
use crate::engine::SimDuration;
use crate::scenario::VmMemory;
use crate::units::Bytes;

/// Size of a page that is swapped.
const PAGE: f64 = 4096.0;

/// How memory is reclaimed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryRules {
    /// Share of a guest's own footprint that is equal in all guests.
    pub page_sharing: f64,
    /// Most of a guest's configured memory that its balloon may take.
    pub balloon_limit: f64,
    /// Time the guest stands still for one page that must be read back from swap.
    pub fault: SimDuration,
    /// Time within which every active page is touched at least once: what "active" means.
    pub sampling: SimDuration,
}

impl Default for MemoryRules {
    /// No page sharing (off between VMs since 2014), balloons up to 65 % (ESXi), 1 ms per fault
    /// (the order of guest paging from disk), and active as ESX samples it, over 30 s (OSDI 2002).
    fn default() -> Self {
        Self {
            page_sharing: 0.0,
            balloon_limit: 0.65,
            fault: SimDuration::from_millis(1),
            sampling: SimDuration::from_secs(30),
        }
    }
}

impl From<VmMemory> for MemoryRules {
    fn from(memory: VmMemory) -> Self {
        Self {
            page_sharing: memory.page_sharing.0,
            balloon_limit: memory.balloon_limit.0,
            ..Self::default()
        }
    }
}

/// Physical memory of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostMemory {
    /// All of it.
    pub total: Bytes,
    /// What the host's own system keeps.
    pub system: Bytes,
}

impl HostMemory {
    /// What there is for guests and their overheads.
    pub fn for_guests(self) -> Bytes {
        Bytes(self.total.0.saturating_sub(self.system.0))
    }
}

/// What one guest wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GuestMemory {
    /// What it was given to believe it has.
    pub configured: Bytes,
    /// What it has touched so far and the host must back. At most `configured`.
    pub touched: Bytes,
    /// What of that it uses: the working set of everything in it. At most `touched`.
    pub active: Bytes,
    /// What of that is its own system, and may be equal in all guests. At most `active`.
    pub footprint: Bytes,
    /// What is never reclaimed from it.
    pub reservation: Bytes,
    /// What the hypervisor itself needs for it, beside the guest's memory; never reclaimed.
    pub overhead: Bytes,
}

impl GuestMemory {
    /// What must be backed by physical memory whatever happens.
    pub fn pinned(self) -> Bytes {
        Bytes(self.reservation.0.saturating_add(self.overhead.0))
    }
}

/// What becomes of one guest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reclaimed {
    /// Memory its balloon has taken.
    pub ballooned: Bytes,
    /// Memory of it that is in the hypervisor's swap.
    pub swapped: Bytes,
    /// Factor on the time that its work takes, 1.0 where none of its active memory is swapped.
    pub slowdown: f64,
}

impl Reclaimed {
    /// Nothing is taken.
    pub const NOTHING: Self = Self { ballooned: Bytes(0), swapped: Bytes(0), slowdown: 1.0 };
}

/// The memory of one host as it is shared out; a buffer that is used again and again.
#[derive(Clone, Debug, Default)]
pub struct Reclamation {
    /// For each guest, in the order given.
    pub guests: Vec<Reclaimed>,
    /// Memory that page sharing saves.
    pub shared: Bytes,
    /// Physical memory in use, the host's own included.
    pub physical: Bytes,
    claims: Vec<Claim>,
}

impl Reclamation {
    /// Shares out the memory of a host.
    ///
    /// # Panics
    /// When more than there is is pinned: admission must prevent it.
    pub fn solve(&mut self, rules: &MemoryRules, host: HostMemory, guests: &[GuestMemory]) {
        self.guests.clear();
        self.guests.resize(guests.len(), Reclaimed::NOTHING);
        let sharing = Sharing::among(rules, guests);
        self.shared = Bytes(guests.iter().map(|guest| sharing.saved_by(guest)).sum());
        let overheads: u64 = guests.iter().map(|guest| guest.overhead.0).sum();
        let touched: u64 = guests.iter().map(|guest| guest.touched.0).sum();
        let wanted = overheads + touched - self.shared.0;
        let present = host.for_guests().0;
        let short = wanted.saturating_sub(present);
        let ballooned = self.balloon(rules, guests, short);
        let swapped = self.swap(&sharing, guests, short - ballooned);
        for (guest, reclaimed) in guests.iter().zip(&mut self.guests) {
            reclaimed.slowdown = slowdown(rules, guest, reclaimed);
        }
        let used = wanted - ballooned - swapped;
        assert!(used <= present, "{used} bytes are pinned of {present} there are");
        self.physical = Bytes(used + host.system.0.min(host.total.0));
    }

    fn balloon(&mut self, rules: &MemoryRules, guests: &[GuestMemory], short: u64) -> u64 {
        if short == 0 {
            return 0;
        }
        self.claims.clear();
        self.claims.extend(guests.iter().map(|guest| {
            let idle = guest.touched.0 - guest.active.0;
            let limit = (guest.configured.0 as f64 * rules.balloon_limit) as u64;
            let unreserved = guest.touched.0.saturating_sub(guest.reservation.0);
            Claim::new(idle, idle.min(limit).min(unreserved))
        }));
        let taken = apportion(short, &mut self.claims);
        for (reclaimed, claim) in self.guests.iter_mut().zip(&self.claims) {
            reclaimed.ballooned = Bytes(claim.given);
        }
        taken
    }

    fn swap(&mut self, sharing: &Sharing, guests: &[GuestMemory], short: u64) -> u64 {
        if short == 0 {
            return 0;
        }
        self.claims.clear();
        self.claims.extend(guests.iter().zip(&self.guests).map(|(guest, reclaimed)| {
            // a page that others map is not worth swapping, nor may a reservation be broken
            let kept = guest.reservation.0.max(sharing.saved_by(guest));
            let resident = guest.touched.0 - reclaimed.ballooned.0;
            let swappable = resident.saturating_sub(kept);
            Claim::new(swappable, swappable)
        }));
        let taken = apportion(short, &mut self.claims);
        for (reclaimed, claim) in self.guests.iter_mut().zip(&self.claims) {
            reclaimed.swapped = Bytes(claim.given);
        }
        taken
    }
}

/// Which part of its footprint each guest saves.
struct Sharing {
    /// Of the footprint: the shared share of it, less this guest's part of the one copy kept.
    saved: f64,
}

impl Sharing {
    fn among(rules: &MemoryRules, guests: &[GuestMemory]) -> Self {
        if rules.page_sharing == 0.0 {
            return Self { saved: 0.0 };
        }
        let footprints: u64 = guests.iter().map(|guest| guest.footprint.0).sum();
        let largest = guests.iter().map(|guest| guest.footprint.0).max().unwrap_or(0);
        let copies = (footprints - largest) as f64 / footprints.max(1) as f64;
        Self { saved: rules.page_sharing * copies }
    }

    fn saved_by(&self, guest: &GuestMemory) -> u64 {
        (guest.footprint.0 as f64 * self.saved) as u64
    }
}

/// The factor on a guest's work: it touches each active page once in a sampling time, and waits
/// for those that are swapped. A lower bound, since a page is touched more often than that.
fn slowdown(rules: &MemoryRules, guest: &GuestMemory, reclaimed: &Reclaimed) -> f64 {
    let resident = guest.touched.0 - reclaimed.ballooned.0;
    if reclaimed.swapped.0 == 0 || rules.sampling.is_zero() {
        return 1.0;
    }
    // pages are taken at random, so active ones are hit as often as they are there
    let missing = reclaimed.swapped.0 as f64 * guest.active.0 as f64 / resident as f64;
    let standstill = missing / PAGE * rules.fault.as_secs_f64();
    1.0 + standstill / rules.sampling.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;

    fn mib(amount: u64) -> Bytes {
        Bytes(amount * MIB)
    }

    fn guest(configured: u64, touched: u64, active: u64) -> GuestMemory {
        GuestMemory {
            configured: mib(configured),
            touched: mib(touched),
            active: mib(active),
            footprint: mib(100.min(active)),
            reservation: Bytes(0),
            overhead: mib(50),
        }
    }

    fn host(total: u64, system: u64) -> HostMemory {
        HostMemory { total: mib(total), system: mib(system) }
    }

    fn solved(rules: &MemoryRules, host: HostMemory, guests: &[GuestMemory]) -> Reclamation {
        let mut reclamation = Reclamation::default();
        reclamation.solve(rules, host, guests);
        reclamation
    }

    fn taken(reclamation: &Reclamation) -> Vec<(u64, u64)> {
        reclamation.guests.iter().map(|it| (it.ballooned.0 / MIB, it.swapped.0 / MIB)).collect()
    }

    #[test]
    fn guests_that_fit_keep_what_they_touched() {
        let guests = [guest(1000, 600, 300), guest(1000, 400, 400)];
        let memory = solved(&MemoryRules::default(), host(1300, 200), &guests);
        // 600 + 400 touched, 2 x 50 overhead, 200 of the host
        assert_eq!(memory.physical, mib(1300));
        assert_eq!(memory.guests, [Reclaimed::NOTHING; 2]);
    }

    #[test]
    fn identical_guests_keep_one_copy_of_what_they_share() {
        let rules = MemoryRules { page_sharing: 0.5, ..MemoryRules::default() };
        let guests = [guest(1000, 600, 300); 4];
        let memory = solved(&rules, host(10_000, 200), &guests);
        // half of 100 in each of three guests of four
        assert_eq!(memory.shared, mib(150));
        assert_eq!(memory.physical, mib(4 * 650 + 200 - 150));
    }

    #[test]
    fn balloons_take_idle_memory_in_proportion_before_anything_is_swapped() {
        // idle 400, 200, 0; wanted 600 + 600 + 500 + 3 x 50 = 1850 of 1550: short of 300
        let guests = [guest(1000, 600, 200), guest(1000, 600, 400), guest(500, 500, 500)];
        let memory = solved(&MemoryRules::default(), host(1650, 100), &guests);
        assert_eq!(taken(&memory), [(200, 0), (100, 0), (0, 0)]);
        assert!(memory.guests.iter().all(|guest| guest.slowdown == 1.0));
        assert_eq!(memory.physical, mib(1650));
    }

    #[test]
    fn a_balloon_stops_at_its_limit_and_the_others_take_over() {
        // idle 800, 400, limits 650 and 325: short of 900 would be 600 and 300; of 975, both full
        let guests = [guest(1000, 900, 100), guest(500, 450, 50)];
        let wanted = 900 + 450 + 100;
        let memory = solved(&MemoryRules::default(), host(wanted - 900, 0), &guests);
        assert_eq!(taken(&memory), [(600, 0), (300, 0)]);
        let rules = MemoryRules { balloon_limit: 0.25, ..MemoryRules::default() };
        // limits 250 and 125 leave 525 to swap of the 650 and 325 that remain, 2 : 1
        let memory = solved(&rules, host(wanted - 900, 0), &guests);
        assert_eq!(taken(&memory), [(250, 350), (125, 175)]);
    }

    #[test]
    fn swapping_slows_a_guest_by_the_active_pages_it_waits_for() {
        // active 1024 of 1024 touched, 512 of it swapped: 131,072 pages of 1 ms in 30 s
        let guests = [GuestMemory { overhead: Bytes(0), ..guest(1024, 1024, 1024) }];
        let memory = solved(&MemoryRules::default(), host(512, 0), &guests);
        assert_eq!(taken(&memory), [(0, 512)]);
        assert_eq!(memory.guests[0].slowdown, 1.0 + 131.072 / 30.0);
        // the same with 512 active: half of the pages swapped are idle; the balloon is off
        let rules = MemoryRules { balloon_limit: 0.0, ..MemoryRules::default() };
        let guests = [GuestMemory { active: mib(512), ..guests[0] }];
        let memory = solved(&rules, host(512, 0), &guests);
        assert_eq!(memory.guests[0].slowdown, 1.0 + 131.072 / 2.0 / 30.0);
    }

    #[test]
    fn what_is_reserved_is_not_reclaimed() {
        let reserved = GuestMemory { reservation: mib(500), ..guest(600, 600, 100) };
        let guests = [reserved, guest(600, 600, 600)];
        // short of 700: 100 from the first balloon, 600 swapped, the first having none left
        let memory = solved(&MemoryRules::default(), host(600, 0), &guests);
        assert_eq!(taken(&memory), [(100, 0), (0, 600)]);
    }

    fn any_guest() -> impl Strategy<Value = GuestMemory> {
        (1..4000u64, 0..=100u64, 0..=100u64, 0..=100u64, 0..=100u64, 0..100u64).prop_map(
            |(configured, touched, active, footprint, reservation, overhead)| {
                let touched = configured * touched / 100;
                let active = touched * active / 100;
                GuestMemory {
                    configured: Bytes(configured * 997),
                    touched: Bytes(touched * 997),
                    active: Bytes(active * 997),
                    footprint: Bytes(active * footprint / 100 * 997),
                    reservation: Bytes(configured * reservation / 100 * 997),
                    overhead: Bytes(overhead * 997),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn physical_use_never_exceeds_the_host_and_every_byte_is_accounted_for(
            guests in prop::collection::vec(any_guest(), 0..12),
            spare in 0..20_000_000u64,
            system in 0..1_000_000u64,
            page_sharing in 0.0..=1.0f64,
            balloon_limit in 0.0..=1.0f64,
        ) {
            let rules = MemoryRules { page_sharing, balloon_limit, ..MemoryRules::default() };
            let pinned: u64 = guests.iter().map(|guest| guest.pinned().0).sum();
            let host = HostMemory { total: Bytes(pinned + system + spare), system: Bytes(system) };
            let memory = solved(&rules, host, &guests);
            let mut resident = system;
            for (guest, it) in guests.iter().zip(&memory.guests) {
                prop_assert!(it.ballooned.0 <= guest.touched.0 - guest.active.0);
                let left = guest.touched.0 - it.ballooned.0 - it.swapped.0;
                prop_assert!(left >= guest.reservation.0.min(guest.touched.0));
                prop_assert!(it.slowdown >= 1.0);
                prop_assert!(it.slowdown == 1.0 || it.swapped.0 > 0);
                resident += left + guest.overhead.0;
            }
            prop_assert_eq!(memory.physical.0, resident - memory.shared.0);
            prop_assert!(memory.physical.0 <= host.total.0);
            let wanted: u64 = guests.iter().map(|it| it.touched.0 + it.overhead.0).sum();
            let reclaimed = memory.guests.iter().any(|it| *it != Reclaimed::NOTHING);
            let short = wanted - memory.shared.0 > host.for_guests().0;
            prop_assert_eq!(reclaimed, short, "only what is short is reclaimed");
        }
    }
}
