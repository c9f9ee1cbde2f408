//! A disk that fills: garbage collection, and what containers write.

use super::*;
use crate::scenario::Cleanup;

fn sized(rig: &mut Rig, disk_size: u64, policy: EnginePolicy) -> EngineId {
    let spec = EngineSpec { disk_size: Bytes(disk_size), policy, ..rig.spec() };
    rig.engines.add_engine(&spec)
}

fn remove(rig: &mut Rig, container: ContainerId) {
    rig.stop(container, Some(0));
    let now = rig.calendar.now().as_nanos() / 1_000_000;
    rig.run_to(now);
    assert!(rig.engines.remove(container, rig.calendar.now()));
}

fn kubelet() -> EnginePolicy {
    let cleanup = Some(Cleanup::default());
    EnginePolicy { client: PullClient::Kubelet, cleanup, ..policy() }
}

#[test]
fn the_kubelet_removes_what_was_unused_for_longest_until_a_fifth_of_the_disk_is_free() {
    // 20 MB each with their compressed content
    let layers = ["a", "b", "c", "d"].map(|name| image(name, &[(8.0, 12.0, "")]));
    let mut rig = Rig::new(&layers);
    let engine = sized(&mut rig, 92 * MB, kubelet());
    let containers = [1, 0, 2, 3].map(|image| {
        let container = rig.start(engine, container(image));
        let now = rig.calendar.now().as_nanos() / 1_000_000;
        rig.run_to(now + 10_000);
        container
    });
    // b and then a are out of use; c and d are in use
    remove(&mut rig, containers[0]);
    rig.run_to(50_000);
    remove(&mut rig, containers[1]);
    rig.run_to(299_999);
    assert_eq!(rig.engines.disk_used(engine), Bytes(80 * MB));
    // 80 of 92 MB are 87 %: b goes, and 60 MB are 65 %
    rig.run_to(300_001);
    assert_eq!(rig.engines.disk_used(engine), Bytes(60 * MB));
    let there = [0, 1, 2, 3].map(|image| rig.engines.has_image(engine, ImageId(image)));
    assert_eq!(there, [true, false, true, true]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.images_removed, totals.reclaimed), (1, Bytes(20 * MB)));
}

#[test]
fn what_was_in_use_two_minutes_ago_or_is_shared_stays() {
    let images = [
        image("web", &[(10.0, 50.0, "base"), (5.0, 20.0, "")]),
        image("api", &[(10.0, 50.0, "base"), (5.0, 10.0, "")]),
    ];
    let mut rig = Rig::new(&images);
    let engine = sized(&mut rig, 105 * MB, kubelet());
    let [web, api] = [0, 1].map(|image| rig.start(engine, container(image)));
    rig.run_to(200_000);
    assert_eq!(rig.engines.disk_used(engine), Bytes(100 * MB));
    remove(&mut rig, web);
    rig.run_to(310_000);
    // 110 s after its last use
    assert!(rig.engines.has_image(engine, ImageId(0)));
    rig.run_to(610_000);
    assert!(!rig.engines.has_image(engine, ImageId(0)));
    // its own layer is gone, compressed and unpacked; the base is the other's too
    assert_eq!(rig.engines.disk_used(engine), Bytes(75 * MB));
    assert_eq!(rig.state(api), ContainerState::Running);
    // and is found there
    let web = rig.start(engine, container(0));
    rig.run_to(700_000);
    assert_eq!(rig.account(web).layers_present, 1);
    assert_eq!(rig.account(web).bytes, Bytes(5 * MB));
}

#[test]
fn the_ecs_agent_removes_five_unused_images_each_half_hour() {
    let images: Vec<_> = (0..7).map(|name| image(&format!("{name}"), &[(1.0, 1.0, "")])).collect();
    let mut rig = Rig::new(&images);
    let cleanup = Some(Cleanup::ECS_AGENT);
    let policy = EnginePolicy { client: PullClient::EcsAgent, cleanup, ..policy() };
    let engine = rig.engine_with(policy);
    for image in 0..7 {
        let container = rig.start(engine, container(image));
        let now = rig.calendar.now().as_nanos() / 1_000_000;
        rig.run_to(now + 10_000);
        remove(&mut rig, container);
    }
    let removed = |rig: &mut Rig, minutes: u64| {
        rig.run_to(minutes * 60_000);
        rig.engines.totals(engine).images_removed
    };
    // at half an hour and at an hour none was unused for an hour
    let at = [61, 91, 121].map(|minutes| removed(&mut rig, minutes));
    assert_eq!(at, [0, 5, 7]);
}

#[test]
fn the_kubelet_makes_room_for_a_pull_and_tries_again() {
    let images = [image("old", &[(10.0, 60.0, "")]), image("new", &[(10.0, 60.0, "")])];
    let mut rig = Rig::new(&images);
    let engine = sized(&mut rig, 100 * MB, kubelet());
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    rig.run_to(150_000);
    let late = rig.start(engine, container(1));
    rig.run_to(290_000);
    // the manifest comes and there is no room; a wait of 10 s
    assert_eq!(rig.account(late).attempts, 2);
    assert_eq!(rig.engines.disk_used(engine), Bytes(70 * MB));
    assert_eq!(rig.engines.totals(engine).images_removed, 1);
}

#[test]
fn a_process_that_writes_fills_the_disk_and_ends_by_that() {
    let (mut rig, _) = Rig::web();
    let engine = sized(&mut rig, 180 * MB, policy());
    let writes = MB;
    let [first, second] = [1, 2]
        .map(|times| rig.start(engine, ContainerSpec { writes: times * writes, ..container(0) }));
    // both up at 2700 ms; 10 MB are left, at 3 MB/s
    rig.run_to(4700);
    assert_eq!(rig.engines.written(engine, rig.calendar.now()), Bytes(6 * MB));
    rig.run_to(10_000);
    let exit = Exit { code: ExitCode::FAILURE, reason: ExitReason::DiskFull };
    let ended = [first, second].map(|container| (6033, ContainerNotice::Ended { container, exit }));
    assert_eq!(rig.log[2..], ended);
    assert!(rig.engines.remove(second, rig.calendar.now()));
    let left = rig.engines.written(engine, rig.calendar.now());
    // a third of 10 MB
    assert_eq!(left, Bytes(3_333_333));
    assert!(rig.engines.remove(first, rig.calendar.now()));
    assert_eq!(rig.engines.written(engine, rig.calendar.now()), Bytes(0));
}

#[test]
fn a_disk_that_is_watched_is_told_low_once_at_the_instant() {
    let (mut rig, _) = Rig::web();
    let engine = sized(&mut rig, 180 * MB, policy());
    let container = rig.start(engine, ContainerSpec { writes: MB, ..container(0) });
    // up at 2700 ms with 10 MB left, 4 MB at 8700 ms, and a byte less 1 us later
    rig.run_to(2700);
    assert_eq!(rig.engines.disk_free(engine, rig.calendar.now()), Bytes(10 * MB));
    rig.call(|engines, context| engines.watch_disk(engine, Bytes(4 * MB), context));
    rig.run_to(8700);
    assert_eq!(rig.engines.written_by(container, rig.calendar.now()), Bytes(6 * MB));
    assert_eq!(rig.engines.take_low_disks(), []);
    rig.run_to(8701);
    assert_eq!(rig.engines.take_low_disks(), [engine]);
    rig.run_to(9000);
    assert_eq!(rig.engines.take_low_disks(), []);
    // one that is low already is told at once
    rig.call(|engines, context| engines.watch_disk(engine, Bytes(4 * MB), context));
    assert_eq!(rig.engines.take_low_disks(), [engine]);
    // and the disk still is full when it is
    rig.run_to(12_699);
    assert_eq!(rig.state(container), ContainerState::Running);
    rig.run_to(12_701);
    assert_eq!(rig.state(container), ContainerState::Exited);
}
