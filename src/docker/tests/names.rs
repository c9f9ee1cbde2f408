//! Names of images that stand for another image than before.

use super::*;
use crate::scenario::Cleanup;

/// The name of image 0 stands for image 1 from this instant on.
fn move_to_other(rig: &mut Rig, millis: u64) {
    let registries = rig.engines.registries_mut();
    registries.publish(RegistryId(0), ImageId(0), ImageId(1), at(millis));
}

fn two_builds() -> [scenario::Image; 2] {
    [
        image("web:1", &[(10.0, 50.0, "base"), (5.0, 20.0, "")]),
        image("build-2", &[(10.0, 50.0, "base"), (2.5, 10.0, "")]),
    ]
}

#[test]
fn what_a_running_container_is_made_of_stays_when_its_name_moves_and_goes_with_the_container() {
    let mut rig = Rig::new(&two_builds());
    let nothing = Fraction(0.0);
    let cleanup = Some(Cleanup { above: nothing, down_to: nothing, ..Cleanup::default() });
    let kubelet =
        EnginePolicy { client: PullClient::Kubelet, pull: PullPolicy::Always, cleanup, ..policy() };
    let engine = rig.engine_with(kubelet);
    move_to_other(&mut rig, 10_000);
    let old = rig.start(engine, container(0));
    rig.run_to(20_000);
    let new = rig.start(engine, container(0));
    rig.run_to(30_000);
    // whether it is the same, the manifest, a layer: 50 ms each; 2.5 MB at 125 MB/s; 10 MB
    assert_eq!(rig.start_up(new), [0, 150 + 20, 100, 400]);
    assert_eq!(rig.account(new).bytes, Bytes(2_500_000));
    // the base, both layers on it, and their contents
    let [base, one, two] = [60 * MB, 25 * MB, 12_500_000];
    rig.run_to(599_000);
    assert_eq!(rig.engines.disk_used(engine), Bytes(base + one + two));
    rig.stop(old, Some(0));
    rig.run_to(599_001);
    assert!(rig.engines.remove(old, rig.calendar.now()));
    // the round at 600 s comes too soon after that, the one at 900 s does not
    rig.run_to(600_001);
    assert_eq!(rig.engines.disk_used(engine), Bytes(base + one + two));
    rig.run_to(900_001);
    assert_eq!(rig.engines.disk_used(engine), Bytes(base + two));
    assert!(rig.engines.has_image(engine, ImageId(0)));
    assert_eq!(rig.engines.check(), Ok(()));
}

#[test]
fn an_image_that_is_there_by_another_name_is_only_asked_for() {
    let mut rig = Rig::new(&two_builds());
    let engine = rig.engine();
    move_to_other(&mut rig, 0);
    rig.start(engine, container(1));
    rig.run_to(10_000);
    let web = rig.start(engine, container(0));
    rig.run_to(20_000);
    assert_eq!(rig.start_up(web), [0, 50, 0, 400]);
    assert_eq!(rig.account(web).bytes, Bytes(0));
}

#[test]
fn a_name_that_stands_for_what_the_machine_cannot_run_fails_the_pull() {
    let windows = scenario::Image { os: Some(OsFamily::Windows), ..image("iis", WEB) };
    let mut rig = Rig::new(&[image("web", WEB), windows]);
    let engine = rig.engine();
    move_to_other(&mut rig, 0);
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    let reason = rig.engines.admits(engine, ImageId(1)).expect_err("it is for Windows");
    assert_eq!(rig.log, [(50, ContainerNotice::Refused { container: web, reason })]);
}

#[test]
fn the_default_policy_runs_what_was_there_when_the_name_has_gone() {
    let mut rig = Rig::new(&two_builds());
    let engine = rig.engine_with(EnginePolicy { pull: PullPolicy::Default, ..policy() });
    rig.start(engine, container(0));
    rig.run_to(10_000);
    rig.engines.registries_mut().remove(RegistryId(0), ImageId(0), at(10_000));
    let web = rig.start(engine, container(0));
    rig.run_to(20_000);
    // 50 ms until it is told so
    assert_eq!(rig.start_up(web).iter().sum::<u64>(), 50 + 400);
    let other = rig.engine();
    let refused = rig.start(other, container(0));
    rig.run_to(30_000);
    assert_eq!(rig.state(refused), ContainerState::Refused);
}
