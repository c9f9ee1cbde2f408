//! Placement, waiting, boot, end and failure of VMs.

use super::*;

/// Which owner's VM was placed on which host when, in seconds.
fn placed(told: &[(u64, VmNotice)]) -> Vec<(u64, u32, u32)> {
    let placed = told.iter().filter_map(|&(at, notice)| match notice {
        VmNotice::Placed { owner, host, .. } => Some((at / 1_000_000_000, owner, host.0)),
        _ => None,
    });
    placed.collect()
}

fn owned(owner: u32, spec: VmSpec) -> VmSpec {
    VmSpec { owner, ..spec }
}

#[test]
fn a_host_offers_its_threads_and_what_its_system_leaves_of_the_memory() {
    use crate::scenario::*;
    use crate::units::{Fraction, HourlyPrice, Watts};
    let shape = HostShape {
        threads_per_core: 2,
        smt_yield: Fraction(0.25),
        speed: 1.0,
        system_memory: Bytes(6 * GIB),
        disk: Disk { size: Bytes(1 << 40), throughput: Bandwidth(1e9), ..Disk::default() },
        network: Bandwidth(1.25e9),
        power: Power::Linear { idle: Watts(100.0), max: Watts(400.0) },
        price: HourlyPrice(0.0),
        os: OperatingSystem {
            family: OsFamily::Linux,
            architecture: Architecture::Amd64,
            version: None,
            container_engine: false,
            kernel_features: Vec::new(),
        },
        boot: Law::Constant(seconds(180)),
        ..HostShape::new("r650", 28, Bytes(256 * GIB))
    };
    let spec = HostSpec::of(&shape, Overcommit { cpu: 4.0, memory: 1.5 });
    assert_eq!(spec.capacity.cpu(), Millicores(28 * 2 * 4 * 1000));
    assert_eq!(spec.capacity.memory(), Bytes(375 * GIB));
    assert_eq!(spec.memory.for_guests(), Bytes(250 * GIB));
}

#[test]
fn a_vm_is_provisioned_boots_runs_for_its_lifetime_and_shuts_down() {
    let mut fleet = Fleet::new(&[host(4)]);
    let spec = VmSpec {
        provision: seconds(2),
        boot: seconds(20),
        lifetime: Some(seconds(100)),
        shutdown: seconds(5),
        ..owned(7, vm(1))
    };
    let vm = fleet.request(spec).unwrap();
    let mut states = Vec::new();
    for second in [1, 3, 23, 123, 128] {
        fleet.play_until(second);
        states.push(fleet.hypervisor.state(vm));
    }
    let passed = [VmState::Provisioning, VmState::Booting, VmState::Running, VmState::Stopping];
    assert_eq!(states, [&passed.map(Some)[..], &[None]].concat());
    let (owner, host) = (7, HostId(0));
    let nanos = 1_000_000_000;
    assert_eq!(
        fleet.told(),
        [
            (0, VmNotice::Placed { vm, owner, host }),
            (22 * nanos, VmNotice::Running { vm, owner, host }),
            (122 * nanos, VmNotice::Stopping { vm, owner }),
            (127 * nanos, VmNotice::Stopped { vm, owner, host: Some(host) }),
        ]
    );
}

#[test]
fn who_waits_is_served_in_order_and_small_ones_do_not_overtake() {
    let mut fleet = Fleet::new(&[host(4)]);
    fleet.request(VmSpec { lifetime: Some(seconds(10)), ..owned(1, vm(3)) });
    fleet.request(owned(2, vm(2)));
    fleet.request(owned(3, vm(1))); // would fit, but waits behind the second
    fleet.play_until(20);
    assert_eq!(placed(&fleet.told()), [(0, 1, 0), (10, 2, 0), (10, 3, 0)]);
}

#[test]
fn a_request_that_does_not_wait_takes_what_the_first_in_the_line_cannot_use() {
    let mut fleet = Fleet::new(&[host(4)]);
    fleet.request(owned(1, vm(3)));
    fleet.request(owned(2, vm(2)));
    let impatient = VmSpec { when_full: WhenFull::Reject, ..vm(1) };
    fleet.request(owned(3, impatient));
    assert_eq!(fleet.request(owned(4, impatient)), None);
    let told = fleet.told();
    assert_eq!(placed(&told), [(0, 1, 0), (0, 3, 0)]);
    let reason = RejectReason::NoRoom;
    assert_eq!(told.last(), Some(&(0, VmNotice::Rejected { owner: 4, reason })));
}

#[test]
fn room_that_was_made_goes_to_those_who_wait_before_a_newcomer_of_the_same_instant() {
    let mut fleet = Fleet::new(&[host(2)]);
    let first = fleet.request(owned(1, vm(2))).unwrap();
    fleet.request(owned(2, vm(2)));
    fleet.stop(first);
    // the line has not been looked at yet, and still the newcomer finds nothing
    assert_eq!(fleet.request(owned(3, VmSpec { when_full: WhenFull::Reject, ..vm(1) })), None);
    fleet.play_until(1);
    assert_eq!(placed(&fleet.told()), [(0, 1, 0), (0, 2, 0)]);
}

#[test]
fn what_no_host_could_ever_hold_does_not_wait() {
    let mut fleet = Fleet::new(&[host(4), host(2)]);
    let reason = RejectReason::TooLarge;
    assert_eq!(fleet.request(owned(1, vm(5))), None);
    let bound = VmSpec { host: Some(HostId(1)), ..vm(3) };
    assert_eq!(fleet.request(owned(2, bound)), None);
    let nowhere = VmSpec { host: Some(HostId(2)), ..vm(1) };
    assert_eq!(fleet.request(owned(3, nowhere)), None);
    let told = [1, 2, 3].map(|owner| VmNotice::Rejected { owner, reason });
    assert_eq!(fleet.notices(), told);
    assert_eq!(fleet.hypervisor.accounting().rejected, 3);
}

#[test]
fn when_the_first_in_the_line_gives_up_the_next_is_looked_at() {
    let mut fleet = Fleet::new(&[host(4)]);
    fleet.request(owned(1, vm(3)));
    let second = fleet.request(owned(2, vm(2))).unwrap();
    fleet.request(owned(3, vm(1)));
    fleet.play_until(1);
    fleet.stop(second);
    fleet.play_until(2);
    let told = fleet.told();
    assert_eq!(placed(&told), [(0, 1, 0), (1, 3, 0)]);
    let gone = VmNotice::Stopped { vm: second, owner: 2, host: None };
    assert!(told.contains(&(1_000_000_000, gone)));
}

#[test]
fn a_vm_bound_to_a_full_host_is_in_nobodys_way() {
    let mut fleet = Fleet::new(&[host(2), host(2)]);
    let here = |owner, index| VmSpec { host: Some(HostId(index)), ..owned(owner, vm(2)) };
    let first = fleet.request(here(1, 0)).unwrap();
    fleet.request(here(2, 0));
    fleet.request(here(3, 1));
    fleet.play_until(1);
    assert_eq!(placed(&fleet.told()), [(0, 1, 0), (0, 3, 1)]);
    fleet.stop(first);
    fleet.play_until(2);
    assert_eq!(placed(&fleet.told()), [(1, 2, 0)]);
}

#[test]
fn a_departure_makes_room_for_an_arrival_of_the_same_instant() {
    let mut fleet = Fleet::new(&[host(2)]);
    fleet.request(VmSpec { lifetime: Some(seconds(5)), ..vm(2) });
    fleet.play_until(5);
    assert!(fleet.request(VmSpec { when_full: WhenFull::Reject, ..vm(2) }).is_some());
}

#[test]
fn a_host_that_dies_takes_its_vms_with_it_and_comes_back_empty() {
    let mut fleet = Fleet::new(&[host(2), host(2)]);
    let booting = VmSpec { boot: seconds(10), ..vm(1) };
    let vms: Vec<VmId> = (1..=4).map(|n| fleet.request(owned(n, booting)).unwrap()).collect();
    fleet.request(owned(5, vm(1)));
    fleet.play_until(3);
    fleet.told();
    fleet.down(0);
    fleet.down(0);
    let lost = |index: usize| {
        let (owner, host) = (index as u32 + 1, Some(HostId(0)));
        VmNotice::Failed { vm: vms[index], owner, host }
    };
    assert_eq!(fleet.notices(), [lost(0), lost(1)]);
    fleet.play_until(20);
    assert_eq!(placed(&fleet.told()), [], "nothing is placed on a host that is down");
    fleet.up(0);
    fleet.play_until(21);
    assert_eq!(placed(&fleet.told()), [(20, 5, 0)]);
    let accounting = fleet.hypervisor.accounting();
    assert_eq!((accounting.requested, accounting.running, accounting.failed), (5, 3, 2));
}

#[test]
fn memory_that_is_guaranteed_is_not_overcommitted() {
    // placement may promise 32 GiB, and there are 16
    let mut twice = host(16);
    twice.capacity = Resources::new(Millicores(16_000), Bytes(32 * GIB));
    let mut fleet = Fleet::new(&[twice, twice]);
    let spec = VmSpec {
        memory_reservation: Bytes(6 * GIB),
        hypervisor_memory: Bytes(GIB),
        memory: Bytes(8 * GIB),
        reserve: VmSpec::whole(1, Bytes(8 * GIB), Bytes(GIB)),
        ..vm(1)
    };
    for owner in 0..3 {
        fleet.request(owned(owner, spec));
    }
    fleet.request(owned(3, VmSpec { memory_reservation: Bytes(0), ..spec }));
    // 7 + 7 of 16 are pinned on the first host: the third goes on, one without goes there
    assert_eq!(placed(&fleet.told()), [(0, 0, 0), (0, 1, 0), (0, 2, 1), (0, 3, 0)]);
    fleet.play_until(1);
}
