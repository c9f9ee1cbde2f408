//! What an engine does not run, and what is left when its machine dies.

use super::*;

#[test]
fn an_engine_that_cannot_run_an_image_refuses_at_once() {
    let (mut rig, _) = Rig::web();
    let none = OperatingSystem { container_engine: false, ..linux() };
    let windows = OperatingSystem { family: OsFamily::Windows, ..linux() };
    let arm = OperatingSystem { architecture: Architecture::Arm64, ..linux() };
    let old = OperatingSystem { kernel_features: vec![KernelFeature::Namespaces], ..linux() };
    let (host, built) = (OsFamily::Windows, OsFamily::Linux);
    let (arm64, amd64) = (Architecture::Arm64, Architecture::Amd64);
    let cases = [
        (none, Refusal::NoEngine),
        (windows, Refusal::WrongOs { host, image: built }),
        (arm, Refusal::WrongArchitecture { host: arm64, image: amd64 }),
        (old, Refusal::MissingFeature(KernelFeature::Cgroups)),
    ];
    for (os, reason) in cases {
        let spec = EngineSpec { os, ..rig.spec() };
        let engine = rig.engines.add_engine(&spec);
        let refused = rig.start(engine, container(0));
        let notice = ContainerNotice::Refused { container: refused, reason };
        assert_eq!(rig.log.last(), Some(&(0, notice)));
        assert_eq!(rig.state(refused), ContainerState::Refused);
        assert_eq!(rig.engines.admits(engine, ImageId(0)), Err(reason));
    }
    assert!(rig.calendar.is_empty());
    assert_eq!(rig.engines.accounting().count(ContainerState::Refused), 4);
}

#[test]
fn a_full_disk_refuses_when_the_pull_begins_or_when_another_pull_was_faster() {
    let images = [image("web", WEB), image("api", &[(5.0, 20.0, "")])];
    let mut rig = Rig::new(&images);
    let spec = EngineSpec { disk_size: Bytes(180 * MB), ..rig.spec() };
    let engine = rig.engines.add_engine(&spec);
    let web = rig.start(engine, container(0));
    let api = rig.start(engine, container(1));
    rig.run_to(60);
    let late = rig.start(engine, container(1));
    let reason = Refusal::DiskFull { needed: Bytes(20 * MB), free: Bytes(10 * MB) };
    let refused = |container| ContainerNotice::Refused { container, reason };
    assert_eq!(rig.log, [(50, refused(api)), (60, refused(late))]);
    rig.run_to(10_000);
    assert_eq!(rig.state(web), ContainerState::Running);
    assert_eq!(rig.engines.preload(engine, ImageId(1)), Err(reason));
}

#[test]
fn a_dead_machine_takes_its_containers_and_pulls_with_it_but_not_its_disk() {
    let (mut rig, engine) = Rig::web();
    let pulling = rig.start(engine, container(0));
    rig.run_to(700);
    // of the base, extracted from 600 ms, nothing is usable yet; the application is there
    rig.call(|engines, context| engines.kill_all(engine, context));
    assert_eq!(rig.log, [(700, ContainerNotice::Dead { container: pulling })]);
    assert_eq!((rig.network.active(), rig.engines.disk_used(engine)), (0, Bytes(0)));
    let refused = rig.start(engine, container(0));
    assert_eq!(rig.state(refused), ContainerState::Refused);

    rig.engines.boot(engine);
    let running = rig.start(engine, container(0));
    rig.run_to(10_000);
    assert_eq!(rig.state(running), ContainerState::Running);
    rig.call(|engines, context| engines.kill_all(engine, context));
    rig.engines.boot(engine);
    assert!(rig.engines.has_image(engine, ImageId(0)));
    rig.call(|engines, context| engines.remove_engine(engine, context));
    assert_eq!(rig.engine(), engine);
    assert!(!rig.engines.has_image(engine, ImageId(0)));
}

#[test]
fn a_removed_container_is_unknown_and_its_slot_is_used_again() {
    let (mut rig, engine) = Rig::web();
    let first = rig.create(engine, container(0));
    assert!(!rig.engines.remove(first, SimTime::ZERO));
    rig.stop(first, None);
    assert!(rig.engines.remove(first, SimTime::ZERO));
    assert!(!rig.engines.remove(first, SimTime::ZERO));
    let second = rig.create(engine, container(0));
    assert_eq!(second.index(), first.index());
    assert_ne!(second, first);
    rig.call(|engines, context| engines.start(first, context));
    assert_eq!(rig.state(second), ContainerState::Created);
    assert_eq!(rig.engines.state(first), None);
}
