//! Whatever happens, no VM is lost and all is given back; and memory does not grow with the past.

use proptest::prelude::*;

use super::*;
use crate::placement::POLICIES;

#[derive(Clone, Debug)]
enum Step {
    Request(VmSpec),
    /// One of the VMs requested so far, ended or not, by its index among them.
    Stop(prop::sample::Index),
    Fail(prop::sample::Index),
    SetActive(prop::sample::Index, u64),
    Migrate(prop::sample::Index, Option<u32>, PreCopy),
    Down(u32),
    Up(u32),
    /// Milliseconds pass.
    Wait(u64),
}

const HOSTS: u32 = 4;

fn duration() -> impl Strategy<Value = SimDuration> {
    prop_oneof![Just(SimDuration::ZERO), (0..20_000u64).prop_map(SimDuration::from_millis)]
}

fn spec() -> impl Strategy<Value = VmSpec> {
    let place = (prop::option::weighted(0.2, 0..HOSTS + 1), any::<bool>(), 1..7u32);
    let times = (duration(), duration(), duration(), prop::option::of(duration()));
    let memory = (1..12u64, 0..12u64, 0..3u64, 0..3u64, 0..3u64);
    (place, times, memory).prop_map(|(place, times, memory)| VmSpec {
        vcpus: place.2,
        host: place.0.map(HostId),
        when_full: if place.1 { WhenFull::Wait } else { WhenFull::Reject },
        provision: times.0,
        boot: times.1,
        shutdown: times.2,
        lifetime: times.3,
        memory: Bytes(memory.0 * GIB),
        active_memory: Bytes(memory.1 * GIB),
        memory_reservation: Bytes(memory.2 * GIB),
        guest_memory: Bytes(memory.3 * GIB),
        hypervisor_memory: Bytes(memory.4 * GIB / 2),
        reserve: VmSpec::whole(place.2, Bytes(memory.0 * GIB), Bytes(memory.4 * GIB / 2)),
        ..vm(1)
    })
}

fn pre_copy() -> impl Strategy<Value = PreCopy> {
    (1.0..20.0f64, 0.0..20.0f64, 0..6u64, any::<bool>()).prop_map(|(link, dirty, writable, xen)| {
        PreCopy {
            link: Bandwidth(link * 1e9),
            dirty: Bandwidth(dirty * 1e9),
            writable: Bytes(writable * GIB),
            resume: SimDuration::from_millis(30),
            stop: if xen { StopRules::XEN } else { StopRules::QEMU },
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        8 => spec().prop_map(Step::Request),
        2 => index().prop_map(Step::Stop),
        1 => index().prop_map(Step::Fail),
        3 => (index(), 0..12u64).prop_map(|(vm, active)| Step::SetActive(vm, active)),
        4 => (index(), prop::option::of(0..HOSTS), pre_copy())
            .prop_map(|(vm, to, how)| Step::Migrate(vm, to, how)),
        1 => (0..HOSTS).prop_map(Step::Down),
        2 => (0..HOSTS).prop_map(Step::Up),
        4 => (0..10_000u64).prop_map(Step::Wait),
    ]
}

/// Does a step, to VMs that are still there.
fn take(fleet: &mut Fleet, step: &Step, vms: &mut Vec<VmId>) {
    let pick = |index: &prop::sample::Index| index.get(vms).to_owned();
    match step {
        Step::Request(spec) => vms.extend(fleet.request(*spec)),
        Step::Down(host) => fleet.down(*host),
        Step::Up(host) => fleet.up(*host),
        Step::Wait(millis) => {
            let end = fleet.calendar.now() + SimDuration::from_millis(*millis);
            fleet.play_until_time(end);
        }
        _ if vms.is_empty() => {}
        Step::Stop(index) => fleet.stop(pick(index)),
        Step::Fail(index) => {
            let vm = pick(index);
            fleet.act(|it, calendar, notices| it.fail(vm, calendar, notices));
        }
        Step::SetActive(index, active) => {
            let (vm, active) = (pick(index), Bytes(active * GIB));
            fleet.act(|it, _, notices| it.set_active_memory(vm, active, notices));
        }
        Step::Migrate(index, to, how) => {
            let (vm, to) = (pick(index), to.map(HostId));
            // a refusal is as good a step as any
            let _ = fleet.act(|it, calendar, notices| it.migrate(vm, to, *how, calendar, notices));
        }
    }
    fleet.hypervisor.audit();
}

/// Each VM's notices tell a life: placed once, running at most once after that, ended once.
fn check_told(told: &[(u64, VmNotice)]) -> Accounting {
    let mut counted = Accounting::default();
    for (_, notice) in told {
        match notice {
            VmNotice::Rejected { .. } => counted.rejected += 1,
            VmNotice::Stopped { .. } => counted.stopped += 1,
            VmNotice::Failed { .. } => counted.failed += 1,
            VmNotice::Slowdown { factor, .. } => assert!(*factor >= 1.0),
            _ => {}
        }
    }
    counted
}

proptest! {
    #[test]
    fn whatever_happens_the_accounting_balances_and_all_is_given_back(
        policy in 0..POLICIES.len(),
        page_sharing in prop_oneof![Just(0.0), 0.0..=1.0f64],
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut spec = host(10);
        spec.capacity = Resources::new(Millicores(10_000), Bytes(32 * GIB));
        let rules = MemoryRules { page_sharing, ..RULES };
        let mut fleet = Fleet::with(POLICIES[policy].policy, rules, &[spec; HOSTS as usize]);
        let mut vms = Vec::new();
        for step in &steps {
            take(&mut fleet, step, &mut vms);
        }
        for host in 0..HOSTS {
            fleet.up(host);
        }
        for &vm in &vms {
            fleet.stop(vm);
        }
        fleet.play_until_time(SimTime::MAX);
        // those whose numbers were given out anew since, or who were placed by the last stops
        for &vm in &vms {
            fleet.stop(vm);
        }
        fleet.play_until_time(SimTime::MAX);
        let accounting = fleet.hypervisor.accounting();
        let Accounting { requested, rejected, stopped, failed, .. } = accounting;
        prop_assert_eq!(requested, rejected + stopped + failed, "all have ended: {:?}", accounting);
        let counted = check_told(&fleet.told());
        prop_assert_eq!(
            (counted.rejected, counted.stopped, counted.failed),
            (rejected, stopped, failed)
        );
        let empty = |bin| fleet.hypervisor.bins().ledger(bin).used() == Resources::ZERO;
        prop_assert!(fleet.hypervisor.bins().ids().all(empty));
        let MigrationCount { started, completed, failed } = fleet.hypervisor.migration_count();
        prop_assert_eq!(started, completed + failed);
    }
}

#[test]
fn memory_does_not_grow_with_the_vms_that_have_passed_through() {
    let mut fleet = Fleet::new(&[host(8); 4]);
    for count in 0..1_000_000u64 {
        let lifetime = Some(SimDuration::from_millis(1 + count * 7919 % 300));
        let patient = count % 3 != 0;
        let when_full = if patient { WhenFull::Wait } else { WhenFull::Reject };
        let id = fleet.request(VmSpec { lifetime, when_full, ..vm(1 + count as u32 % 4) });
        if count % 5 == 1 {
            // of those who wait too, out of the middle of the line
            id.inspect(|&id| fleet.stop(id));
        }
        let now = fleet.calendar.now();
        while let Some((_, event)) = fleet.calendar.pop_until(now + SimDuration::from_millis(15)) {
            fleet.act(|it, calendar, notices| it.on(event, calendar, notices));
        }
        fleet.told.clear();
    }
    fleet.hypervisor.audit();
    // 32 cores hold 32 VMs, and at 66 VMs per second of 2.5 cores for 150 ms few wait
    assert!(fleet.hypervisor.most_at_once() < 100, "{}", fleet.hypervisor.most_at_once());
    assert_eq!(fleet.hypervisor.accounting().requested, 1_000_000);
}
