//! Live migration, played out.

use super::*;
use crate::placement::BinId;

/// 10 Gbit/s of link, 2 Gbit/s of writes, 30 ms to resume, QEMU's rules.
fn how() -> PreCopy {
    PreCopy {
        link: Bandwidth(1.25e9),
        dirty: Bandwidth(0.25e9),
        writable: Bytes(4 * GIB),
        resume: SimDuration::from_millis(30),
        stop: StopRules::QEMU,
    }
}

/// Two hosts, a VM of 4 GiB on the first.
fn fleet() -> (Fleet, VmId) {
    let mut fleet = Fleet::new(&[host(8), host(8)]);
    let vm = fleet.request(vm(4)).unwrap();
    fleet.told();
    (fleet, vm)
}

/// The numbers are worked out beside `precopy::plan`: rounds of 3.435973837 s and 0.687194767 s,
/// then 0.167438954 s of downtime.
#[test]
fn a_migration_goes_round_by_round_as_planned() {
    let (mut fleet, vm) = fleet();
    assert_eq!(fleet.migrate(vm, 1, how()), Ok(HostId(1)));
    let reserved =
        |fleet: &Fleet, host: u32| fleet.hypervisor.bins().ledger(BinId(host)).used().cpu().0;
    assert_eq!([reserved(&fleet, 0), reserved(&fleet, 1)], [4000, 4000], "held on both hosts");
    assert_eq!(fleet.hypervisor.accounting().running, 1);
    fleet.play_until(4);
    assert_eq!(fleet.hypervisor.state(vm), Some(VmState::Migrating));
    fleet.play_until(5);
    assert_eq!([reserved(&fleet, 0), reserved(&fleet, 1)], [0, 4000]);
    let memory = |host| fleet.hypervisor.host_memory(HostId(host)).physical;
    assert_eq!([memory(0), memory(1)], [Bytes(0), Bytes(4 * GIB)]);

    let (paused, resumed) =
        (3_435_973_837 + 687_194_767, 3_435_973_837 + 687_194_767 + 167_438_954);
    let (owner, from, to) = (0, HostId(0), HostId(1));
    let migrated = Migrated {
        rounds: 2,
        data: Bytes(4_294_967_296 + 858_993_459 + 171_798_692),
        downtime: SimDuration::from_nanos(167_438_954),
        total: SimDuration::from_nanos(resumed),
    };
    assert_eq!(
        fleet.told(),
        [
            (0, VmNotice::MigrationStarted { vm, owner, from, to }),
            (paused, VmNotice::Paused { vm, owner }),
            (resumed, VmNotice::Resumed { vm, owner, host: to }),
            (resumed, VmNotice::Migrated { vm, owner, from, migrated }),
        ]
    );
    let plan = precopy::plan(Bytes(4 * GIB), &how());
    assert_eq!((plan.data, plan.downtime), (migrated.data, migrated.downtime));
    assert_eq!((plan.total, plan.rounds.len()), (migrated.total, 2));
}

#[test]
fn a_target_that_dies_leaves_the_vm_running_on_its_source() {
    let (mut fleet, vm) = fleet();
    fleet.migrate(vm, 1, how()).unwrap();
    fleet.play_until(1);
    fleet.told();
    fleet.down(1);
    let (owner, to, host) = (0, HostId(1), HostId(0));
    assert_eq!(fleet.notices(), [VmNotice::MigrationFailed { vm, owner, to }]);
    assert_eq!(fleet.hypervisor.state(vm), Some(VmState::Running));

    fleet.up(1);
    fleet.migrate(vm, 1, how()).unwrap();
    // 4.2 s after its start it is paused; events of the first migration have come and gone
    fleet.play_until_time(SimTime::ZERO + SimDuration::from_millis(5200));
    assert_eq!(fleet.hypervisor.state(vm), Some(VmState::Paused));
    fleet.told();
    fleet.down(1);
    let back = VmNotice::Resumed { vm, owner, host };
    assert_eq!(fleet.notices(), [VmNotice::MigrationFailed { vm, owner, to }, back]);
    fleet.play_until(20);
    assert_eq!(fleet.hypervisor.host_of(vm), Some(host));
    let count = MigrationCount { started: 2, completed: 0, failed: 2 };
    assert_eq!(fleet.hypervisor.migration_count(), count);
}

#[test]
fn a_source_that_dies_takes_the_vm_with_it_and_frees_the_target() {
    let (mut fleet, vm) = fleet();
    fleet.migrate(vm, 1, how()).unwrap();
    fleet.play_until(1);
    fleet.told();
    fleet.down(0);
    let (owner, to, host) = (0, HostId(1), Some(HostId(0)));
    let failed = VmNotice::Failed { vm, owner, host };
    assert_eq!(fleet.notices(), [VmNotice::MigrationFailed { vm, owner, to }, failed]);
    fleet.play_until(20);
    assert_eq!(fleet.told(), []);
    assert_eq!(fleet.hypervisor.bins().ledger(BinId(to.0)).used(), Resources::ZERO);
}

#[test]
fn a_vm_that_stops_while_paused_resumes_to_shut_down() {
    let mut fleet = Fleet::new(&[host(8), host(8)]);
    let lifetime = Some(SimDuration::from_millis(4200));
    let spec = VmSpec { shutdown: seconds(2), lifetime, ..vm(4) };
    let vm = fleet.request(spec).unwrap();
    fleet.migrate(vm, 1, how()).unwrap();
    fleet.told();
    fleet.play_until(10);
    let (owner, to, host) = (0, HostId(1), HostId(0));
    assert_eq!(
        fleet.notices(),
        [
            VmNotice::Paused { vm, owner },
            VmNotice::MigrationFailed { vm, owner, to },
            VmNotice::Resumed { vm, owner, host },
            VmNotice::Stopping { vm, owner },
            VmNotice::Stopped { vm, owner, host: Some(host) },
        ]
    );
}

#[test]
fn rates_that_change_hold_from_the_next_round_on() {
    let (mut fleet, vm) = fleet();
    fleet.migrate(vm, 1, how()).unwrap();
    // the first round is under way at the old rates; 858,993,459 B then take 8.589934590 s at
    // 0.1 GB/s, and nothing is written meanwhile
    assert!(fleet.hypervisor.set_migration_rates(vm, Bandwidth(1e8), Bandwidth(0.0)));
    fleet.play_until(60);
    let told = fleet.told();
    let resumed = VmNotice::Resumed { vm, owner: 0, host: HostId(1) };
    assert!(told.contains(&(3_435_973_837 + 8_589_934_590 + 30_000_000, resumed)), "{told:?}");
    assert!(!fleet.hypervisor.set_migration_rates(vm, Bandwidth(1e8), Bandwidth(0.0)));
}

#[test]
fn what_cannot_migrate_is_refused_and_nothing_changes() {
    let mut fleet = Fleet::new(&[host(8), host(8), host(2)]);
    fleet.request(VmSpec { host: Some(HostId(1)), ..vm(4) }).unwrap();
    let booting = fleet.request(VmSpec { boot: seconds(9), ..vm(1) }).unwrap();
    let running = fleet.request(vm(4)).unwrap();
    fleet.down(2);
    let refused = [(booting, 1), (running, 0), (running, 2), (VmId(99), 0)];
    let reasons = refused.map(|(vm, to)| fleet.migrate(vm, to, how()).unwrap_err());
    use MigrationRefused::{NoRoom, NotRunning};
    assert_eq!(reasons, [NotRunning, NoRoom, NoRoom, NotRunning]);
    assert_eq!(fleet.migrate(running, 1, how()), Ok(HostId(1)));
    assert_eq!(fleet.migrate(running, 1, how()), Err(NotRunning));
    fleet.play_until(30);
}

#[test]
fn without_a_target_placement_chooses_another_host() {
    let mut fleet = Fleet::new(&[host(8), host(2), host(8)]);
    let vm = fleet.request(vm(4)).unwrap();
    let chosen = fleet.act(|it, calendar, notices| it.migrate(vm, None, how(), calendar, notices));
    assert_eq!(chosen, Ok(HostId(2)));
}
