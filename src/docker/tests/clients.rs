//! What becomes of a pull when its registry fails, as each client has it.

use super::*;

/// One layer that takes a second to come and a second to unpack.
const ONE: Written<'static> = &[(125.0, 100.0, "")];

fn client(client: PullClient) -> EnginePolicy {
    EnginePolicy { client, ..policy() }
}

fn rig(policy: EnginePolicy) -> (Rig, EngineId) {
    let mut rig = Rig::new(&[image("web", ONE), image("api", ONE)]);
    let engine = rig.engine_with(policy);
    (rig, engine)
}

fn refused(container: ContainerId) -> ContainerNotice {
    let reason = Refusal::PullFailed(RegistryError::Unreachable);
    ContainerNotice::Refused { container, reason }
}

#[test]
fn dockerd_asks_for_the_rest_of_a_layer_five_seconds_after_it_broke_off() {
    let (mut rig, engine) = rig(client(PullClient::Docker));
    let web = rig.start(engine, container(0));
    rig.run_to(600);
    rig.registry(false);
    rig.run_to(3000);
    rig.registry(true);
    rig.run_to(20_000);
    // from 100 ms 62.5 MB come until 600 ms; asked for again at 5600 ms, the rest flows from 5650
    // to 6150 ms; unpacked at 7150 ms
    assert_eq!(rig.start_up(web), [0, 6150, 1000, 400]);
    let account = rig.account(web);
    assert_eq!((account.attempts, account.layer_retries), (1, 1));
    assert_eq!(account.back_off, SimDuration::from_secs(5));
    assert_eq!(rig.engines.totals(engine).pulled, Bytes(125 * MB));
    assert_eq!(rig.engines.check(), Ok(()));
}

#[test]
fn dockerd_gives_up_after_five_attempts_and_forgets_what_has_come() {
    let (mut rig, engine) = rig(client(PullClient::Docker));
    let web = rig.start(engine, container(0));
    rig.run_to(600);
    rig.registry(false);
    rig.run_to(1_000_000);
    // waits of 5, 10, 15 and 20 s, each followed by 15 s without an answer
    assert_eq!(rig.log, [(600 + 50_000 + 4 * 15_000, refused(web))]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.pulled, totals.pulls_failed), (Bytes(62_500_000), 1));
    assert_eq!(rig.engines.disk_used(engine), Bytes(0));
    assert_eq!(rig.engines.check(), Ok(()));
    // another container begins anew
    rig.registry(true);
    let again = rig.start(engine, container(0));
    rig.run_to(2_000_000);
    assert_eq!(rig.start_up(again), [0, 1100, 1000, 400]);
}

#[test]
fn dockerd_asks_for_a_manifest_once() {
    let (mut rig, engine) = rig(client(PullClient::Docker));
    rig.registry(false);
    let web = rig.start(engine, container(0));
    rig.run_to(100_000);
    assert_eq!(rig.log, [(15_000, refused(web))]);
}

#[test]
fn a_manifest_on_its_way_is_lost_with_its_registry() {
    let (mut rig, engine) = rig(client(PullClient::Docker));
    let web = rig.start(engine, container(0));
    rig.run_to(40);
    rig.registry(false);
    rig.run_to(100_000);
    assert_eq!(rig.log, [(50, refused(web))]);
}

#[test]
fn the_kubelet_pulls_again_after_ten_seconds_and_containerd_has_kept_what_came() {
    let (mut rig, engine) = rig(client(PullClient::Kubelet));
    let web = rig.start(engine, container(0));
    rig.run_to(600);
    rig.registry(false);
    rig.run_to(5000);
    rig.registry(true);
    rig.run_to(100_000);
    // manifest at 10,650 ms, the rest flows from 10,700 to 11,200 ms
    assert_eq!(rig.start_up(web), [0, 11_200, 1000, 400]);
    let account = rig.account(web);
    assert_eq!((account.attempts, account.back_off), (2, SimDuration::from_secs(10)));
    assert_eq!(rig.engines.totals(engine).pulled, Bytes(125 * MB));
    // compressed and unpacked
    assert_eq!(rig.engines.disk_used(engine), Bytes(225 * MB));
}

#[test]
fn the_kubelet_never_gives_up() {
    let (mut rig, engine) = rig(client(PullClient::Kubelet));
    rig.registry(false);
    let web = rig.start(engine, container(0));
    // attempts end 15 s after they began; waits of 10, 20, 40, 80, 160 and then 300 s
    rig.run_to(500_000);
    rig.registry(true);
    rig.run_to(2_000_000);
    // attempts begin at 0, 25, 60, 115, 210 and 385 s, which ends at 400 s, and at 700 s
    assert_eq!(rig.account(web).attempts, 7);
    assert_eq!(rig.start_up(web), [0, 700_000 + 1100, 1000, 400]);
}

#[test]
fn the_ecs_agent_pulls_five_times_within_seconds() {
    let (mut rig, engine) = rig(client(PullClient::EcsAgent));
    rig.registry(false);
    let web = rig.start(engine, container(0));
    rig.run_to(1_000_000);
    let again = |wait| {
        let reason = Refusal::PullFailed(RegistryError::Unreachable);
        let wait = SimDuration::from_millis(wait);
        ContainerNotice::PullsAgain { container: web, reason, wait }
    };
    let waits = [1100, 2200, 4400, 5000].map(again);
    let ends = [15_000, 31_100, 48_300, 67_700, 87_700];
    let told = waits.into_iter().chain([refused(web)]);
    assert_eq!(rig.log, ends.into_iter().zip(told).collect::<Vec<_>>());
    assert_eq!(rig.engines.totals(engine).pulls_failed, 5);
}

#[test]
fn the_ecs_agent_starts_what_it_has_when_the_registry_fails() {
    let (mut rig, engine) =
        rig(EnginePolicy { pull: PullPolicy::Default, ..client(PullClient::EcsAgent) });
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    // asked for the manifest, it finds all layers there
    let fresh = rig.start(engine, container(0));
    rig.run_to(1000);
    assert_eq!(rig.start_up(fresh), [0, 50, 0, 400]);
    rig.registry(false);
    let stale = rig.start(engine, container(0));
    rig.run_to(1_000_000);
    let [_, pull, extract, start] = rig.start_up(stale);
    assert_eq!((pull + extract, start), (5 * 15_000 + 12_700, 400));
}

#[test]
fn the_kubelet_pulls_one_image_at_a_time_unless_told_otherwise() {
    let serial = EnginePolicy { max_parallel_pulls: 1, ..client(PullClient::Kubelet) };
    let (mut rig, engine) = rig(serial);
    let web = rig.start(engine, container(0));
    let api = rig.start(engine, container(1));
    rig.run_to(100_000);
    assert_eq!(rig.start_up(web), [0, 1100, 1000, 400]);
    // begun when the other is unpacked
    assert_eq!(rig.start_up(api), [0, 2100 + 1100, 1000, 400]);
}

#[test]
fn containerd_limits_the_downloads_of_each_pull_and_dockerd_those_of_all() {
    let layers: Written<'_> = &[(12.5, 10.0, ""); 2];
    let started = |client| {
        let mut rig = Rig::new(&[image("web", layers), image("api", layers)]);
        let policy = EnginePolicy { client, max_concurrent_downloads: 2, ..policy() };
        let engine = rig.engine_with(policy);
        let both = [0, 1].map(|image| rig.start(engine, container(image)));
        rig.run_to(100_000);
        both.map(|container| rig.start_up(container)[1])
    };
    // four layers from 100 ms at a quarter each
    assert_eq!(started(PullClient::Kubelet), [500, 500]);
    // two from 100 to 300 ms, then, asked for at 300 ms, two from 350 to 550 ms
    assert_eq!(started(PullClient::Docker), [300, 550]);
}

#[test]
fn the_kubelet_begins_ten_pulls_at_once_and_then_five_a_second() {
    let images: Vec<_> = (0..12).map(|name| image(&format!("{name}"), &[(0.0, 0.0, "")])).collect();
    let mut rig = Rig::new(&images);
    let engine = rig.engine_with(client(PullClient::Kubelet));
    let containers: Vec<_> = (0..11).map(|image| rig.start(engine, container(image))).collect();
    rig.run_to(200);
    let late = rig.start(engine, container(11));
    rig.run_to(100_000);
    // the eleventh fails at once and is tried again after 10 s; 200 ms later there is one more
    assert_eq!(rig.account(containers[9]).attempts, 1);
    assert_eq!(rig.account(containers[10]).attempts, 2);
    assert_eq!(rig.account(containers[10]).back_off, SimDuration::from_secs(10));
    assert_eq!(rig.account(late).attempts, 1);
}
