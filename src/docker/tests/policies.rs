//! When a registry is asked, which build of an image is taken, and how it is unpacked.

use super::*;

#[test]
fn an_image_that_is_there_is_asked_for_only_where_the_policy_says_so() {
    let started = |pull| {
        let (mut rig, _) = Rig::web();
        let engine = rig.engine_with(EnginePolicy { pull, ..policy() });
        rig.engines.preload(engine, ImageId(0)).expect("there is room");
        let web = rig.start(engine, container(0));
        rig.run_to(10_000);
        assert_eq!(rig.engines.totals(engine).image_hits, 1);
        rig.start_up(web)
    };
    assert_eq!(started(PullPolicy::Missing), [0, 0, 0, 400]);
    assert_eq!(started(PullPolicy::Never), [0, 0, 0, 400]);
    assert_eq!(started(PullPolicy::Always), [0, 50, 0, 400]);
    assert_eq!(started(PullPolicy::Default), [0, 50, 0, 400]);
}

#[test]
fn a_container_may_have_a_policy_of_its_own() {
    let started = |pull| {
        let (mut rig, _) = Rig::web();
        let engine = rig.engine_with(policy());
        rig.engines.preload(engine, ImageId(0)).expect("there is room");
        let web = rig.start(engine, ContainerSpec { pull: Some(pull), ..container(0) });
        rig.run_to(10_000);
        rig.start_up(web)
    };
    assert_eq!(started(PullPolicy::Missing), [0, 0, 0, 400]);
    assert_eq!(started(PullPolicy::Always), [0, 50, 0, 400]);
}

#[test]
fn an_image_that_is_not_there_is_refused_where_nothing_is_pulled() {
    let (mut rig, _) = Rig::web();
    let engine = rig.engine_with(EnginePolicy { pull: PullPolicy::Never, ..policy() });
    let web = rig.start(engine, container(0));
    let reason = Refusal::NeverPulled;
    assert_eq!(rig.log, [(0, ContainerNotice::Refused { container: web, reason })]);
}

#[test]
fn an_engine_takes_the_build_for_its_machine_out_of_an_index() {
    let build = |architecture, megabytes| scenario::PlatformBuild {
        architecture,
        layers: image("", &[(megabytes, 10.0, "")]).layers().to_vec(),
        ..scenario::PlatformBuild::default()
    };
    let platforms = vec![build(Architecture::Arm64, 25.0), build(Architecture::Amd64, 12.5)];
    let index = scenario::Image { platforms, layers: None, ..image("web", &[]) };
    let mut rig = Rig::new(&[index]);
    let engine = rig.engine();
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // the index at 50 ms, the manifest at 100 ms, and from 150 ms 12.5 MB
    assert_eq!(rig.start_up(web), [0, 250, 100, 400]);
    let windows = OperatingSystem { family: OsFamily::Windows, ..linux() };
    let spec = EngineSpec { os: windows, ..rig.spec() };
    let engine = rig.engines.add_engine(&spec);
    let reason = rig.engines.admits(engine, ImageId(0)).expect_err("there is no such build");
    let sentence = "no manifest of image `web` matches windows/amd64";
    assert_eq!(reason.sentence("web"), sentence);
}

#[test]
fn windows_containers_run_on_a_host_of_their_build_or_a_later_one_since_2022() {
    let admits = |host: &str, built: &str| {
        let os_version = Some(built.to_owned());
        let iis = scenario::Image { os: Some(OsFamily::Windows), os_version, ..image("iis", WEB) };
        let mut rig = Rig::new(&[iis]);
        let version = Some(host.to_owned());
        let os = OperatingSystem { family: OsFamily::Windows, version, ..linux() };
        let spec = EngineSpec { os, ..rig.spec() };
        let engine = rig.engines.add_engine(&spec);
        rig.engines.admits(engine, ImageId(0))
    };
    assert_eq!(admits("10.0.20348.2527", "10.0.20348.1"), Ok(()));
    // 2019 on 2022, 2022 on 2019, 2022 on 2025
    assert_eq!(admits("10.0.20348", "10.0.17763"), Err(Refusal::WrongVersion));
    assert_eq!(admits("10.0.17763", "10.0.20348"), Err(Refusal::WrongVersion));
    assert_eq!(admits("10.0.26100", "10.0.20348"), Ok(()));
}

#[test]
fn layers_are_unpacked_side_by_side_in_parallel_mode() {
    let (mut rig, _) = Rig::web();
    let engine = rig.engine_with(EnginePolicy { unpack: Unpack::Parallel, ..policy() });
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // here at 400, 600 and 800 ms; unpacked from then on for 200, 500 and 1000 ms
    assert_eq!(rig.start_up(web), [0, 800, 1000, 400]);
}

#[test]
fn a_content_on_another_base_is_kept_by_containerd_and_pulled_again_by_dockerd() {
    let node = (12.5, 30.0, "node");
    let images = [
        image("web", &[(25.0, 50.0, "debian"), node]),
        image("api", &[(25.0, 50.0, "alpine"), node]),
    ];
    let pulled = |client| {
        let mut rig = Rig::new(&images);
        let engine = rig.engine_with(EnginePolicy { client, ..policy() });
        rig.start(engine, container(0));
        rig.run_to(10_000);
        rig.start(engine, container(1));
        rig.run_to(20_000);
        let totals = rig.engines.totals(engine);
        (totals.pulled, totals.extracted, rig.engines.disk_used(engine))
    };
    let unpacked = Bytes(160 * MB);
    assert_eq!(pulled(PullClient::Docker), (Bytes(75 * MB), unpacked, unpacked));
    let contents = 62_500_000;
    let disk = Bytes(unpacked.0 + contents);
    assert_eq!(pulled(PullClient::Kubelet), (Bytes(contents), unpacked, disk));
}
