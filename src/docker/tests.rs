//! Hand-computed timelines of pulls, starts, stops and restarts, and the account under random
//! operations.
//!
//! The numbers: an interface of 125 MB/s (1 Gbit/s) behind a registry of 1.25 GB/s, 50 ms before
//! a manifest and before a layer, extraction at 100 MB/s to a disk of 1 GB/s, 400 ms to start.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::engine::{Calendar, SimDuration};
use crate::scenario::{
    self, Architecture, KernelFeature, OperatingSystem, OsFamily, RestartPolicy,
};
use crate::sharing::flows::{FlowEvent, FlowNetwork};
use crate::units::{Bandwidth, Bytes};

const MB: u64 = 1_000_000;
const MIB: u64 = 1 << 20;

#[derive(Clone, Copy, Debug)]
enum Event {
    Docker(DockerEvent),
    Flow(FlowEvent),
}

impl From<DockerEvent> for Event {
    fn from(event: DockerEvent) -> Self {
        Self::Docker(event)
    }
}

impl From<FlowEvent> for Event {
    fn from(event: FlowEvent) -> Self {
        Self::Flow(event)
    }
}

/// A cluster of engines and nothing else.
struct Rig {
    calendar: Calendar<Event>,
    network: FlowNetwork,
    engines: Engines,
    notices: Vec<ContainerNotice>,
    done: Vec<u32>,
    log: Vec<(u64, ContainerNotice)>,
}

/// `(compressed MB, unpacked MB, digest)`.
type Written<'a> = &'a [(f64, f64, &'a str)];

fn image(name: &str, layers: Written<'_>) -> scenario::Image {
    let layers = layers.iter().map(|&(size, unpacked, digest)| scenario::Layer {
        size: Bytes((size * 1e6) as u64),
        unpacked: Some(Bytes((unpacked * 1e6) as u64)),
        digest: (!digest.is_empty()).then(|| digest.to_owned()),
    });
    scenario::Image {
        name: name.to_owned(),
        os: OsFamily::Linux,
        architecture: Architecture::Amd64,
        layers: layers.collect(),
    }
}

/// Image 0 of most tests: a base, a runtime and the application.
const WEB: Written<'static> = &[(25.0, 50.0, "base"), (50.0, 100.0, ""), (12.5, 20.0, "")];

fn linux() -> OperatingSystem {
    OperatingSystem {
        family: OsFamily::Linux,
        architecture: Architecture::Amd64,
        container_engine: true,
        kernel_features: vec![
            KernelFeature::Namespaces,
            KernelFeature::Cgroups,
            KernelFeature::Overlayfs,
        ],
    }
}

fn policy() -> EnginePolicy {
    EnginePolicy {
        max_concurrent_downloads: 3,
        extraction: Bandwidth(100e6),
        stop_timeout: SimDuration::from_secs(10),
        backoff: Backoff::DOCKERD,
    }
}

fn container(image: u32) -> ContainerSpec {
    ContainerSpec {
        image: ImageId(image),
        owner: 0,
        start: SimDuration::from_millis(400),
        memory_limit: None,
        restart: RestartPolicy::No,
    }
}

impl Rig {
    fn new(images: &[scenario::Image]) -> Self {
        let mut network = FlowNetwork::new();
        let registry = scenario::Registry {
            bandwidth: Bandwidth(1.25e9),
            stream: Bandwidth(1e9),
            latency: SimDuration::from_millis(50),
        };
        let registry = Registry::new(&registry, &mut network);
        let catalog = Arc::new(Catalog::new(images).expect("the images agree"));
        Self {
            calendar: Calendar::new(),
            network,
            engines: Engines::new(catalog, registry),
            notices: Vec::new(),
            done: Vec::new(),
            log: Vec::new(),
        }
    }

    fn web() -> (Self, EngineId) {
        let mut rig = Self::new(&[image("shop/web:1.4", WEB)]);
        let engine = rig.engine();
        (rig, engine)
    }

    fn spec(&mut self) -> EngineSpec {
        let nic = self.network.add_link(Bandwidth(125e6));
        let disk = self.network.add_link(Bandwidth(1e9));
        let (os, policy, disk_size) = (linux(), policy(), Bytes(1_000_000 * MB));
        EngineSpec { os, route: vec![nic], disk, disk_size, policy }
    }

    fn engine(&mut self) -> EngineId {
        let spec = self.spec();
        self.engines.add_engine(&spec)
    }

    /// Calls the engines as world would: notices are collected, flows rearmed.
    fn call<R>(
        &mut self,
        call: impl FnOnce(&mut Engines, &mut Context<'_, Calendar<Event>>) -> R,
    ) -> R {
        let Self { calendar, network, engines, notices, .. } = self;
        let result = call(engines, &mut Context { calendar, network, notices });
        self.network.rearm(&mut self.calendar);
        let now = self.calendar.now().as_nanos() / 1_000_000;
        self.log.extend(self.notices.drain(..).map(|notice| (now, notice)));
        result
    }

    fn create(&mut self, engine: EngineId, spec: ContainerSpec) -> ContainerId {
        self.call(|engines, context| engines.create(engine, spec, context))
    }

    fn start(&mut self, engine: EngineId, spec: ContainerSpec) -> ContainerId {
        let container = self.create(engine, spec);
        self.call(|engines, context| engines.start(container, context));
        container
    }

    fn exit(&mut self, container: ContainerId, code: i32) {
        self.call(|engines, context| engines.exit(container, ExitCode(code), context));
    }

    fn stop(&mut self, container: ContainerId, timeout: Option<u64>) {
        let timeout = timeout.map(SimDuration::from_millis);
        self.call(|engines, context| engines.stop(container, timeout, context));
    }

    /// Lets the simulation run to an instant.
    fn run_to(&mut self, millis: u64) {
        while let Some((now, event)) = self.calendar.pop_until(at(millis)) {
            match event {
                Event::Docker(event) => self.call(|engines, context| engines.on(event, context)),
                Event::Flow(event) => {
                    let mut done = std::mem::take(&mut self.done);
                    self.network.on(event, now, &mut done);
                    for token in done.drain(..) {
                        self.call(|engines, context| engines.flow_completed(token, context));
                    }
                    self.done = done;
                    self.network.rearm(&mut self.calendar);
                }
            }
        }
    }

    fn state(&self, container: ContainerId) -> ContainerState {
        self.engines.state(container).expect("it was not removed")
    }

    /// Wait, pull, extract and start, in milliseconds.
    fn start_up(&self, container: ContainerId) -> [u64; 4] {
        let timeline = self.engines.timeline(container).expect("it was not removed");
        let parts = timeline.start_up().expect("it has started");
        [parts.wait, parts.pull, parts.extract, parts.start].map(|part| part.as_nanos() / 1_000_000)
    }
}

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_millis(millis)
}

#[test]
fn events_are_small() {
    assert!(size_of::<DockerEvent>() <= 12);
}

#[test]
fn a_pull_alone_shares_the_interface_among_its_layers_and_extracts_them_in_order() {
    let (mut rig, engine) = Rig::web();
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // manifest at 50 ms, all three layers from 100 ms at a third of 125 MB/s each:
    // the 12.5 MB take 300 ms; the others have 12.5 and 37.5 MB left at 62.5 MB/s: 200 ms later,
    // at 600 ms, the base is there; the last 25 MB at 125 MB/s come at 800 ms
    // extraction at 100 MB/s: base 600 to 1100, runtime to 2100, application to 2300; start 400
    assert_eq!(rig.log, [(2700, ContainerNotice::Running { container: web })]);
    assert_eq!(rig.start_up(web), [0, 800, 1500, 400]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.pulled, totals.extracted), (Bytes(87_500_000), Bytes(170 * MB)));
    assert_eq!(rig.engines.disk_used(engine), Bytes(170 * MB));
}

#[test]
fn a_slow_disk_bounds_extraction() {
    let mut rig = Rig::new(&[image("web", WEB)]);
    let spec = EngineSpec { disk: rig.network.add_link(Bandwidth(50e6)), ..rig.spec() };
    let engine = rig.engines.add_engine(&spec);
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // 170 MB at 50 MB/s from 600 ms: until 4000 ms
    assert_eq!(rig.start_up(web), [0, 800, 3200, 400]);
}

#[test]
fn two_containers_of_one_image_join_one_pull() {
    let (mut rig, engine) = Rig::web();
    let first = rig.start(engine, container(0));
    let second = rig.create(engine, container(0));
    rig.run_to(500);
    rig.call(|engines, context| engines.start(second, context));
    rig.run_to(1000);
    let third = rig.start(engine, container(0));
    rig.run_to(10_000);
    assert_eq!(rig.start_up(first), [0, 800, 1500, 400]);
    assert_eq!(rig.start_up(second), [500, 300, 1500, 400]);
    // it came after the last download
    assert_eq!(rig.start_up(third), [0, 0, 1300, 400]);
    assert_eq!(rig.engines.totals(engine).pulled, Bytes(87_500_000));
    // and a fourth finds the image there
    let fourth = rig.start(engine, container(0));
    rig.run_to(20_000);
    assert_eq!(rig.start_up(fourth), [0, 0, 0, 400]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.images_pulled, totals.image_hits, totals.layers_pulled), (1, 1, 3));
}

#[test]
fn a_cached_base_layer_is_not_pulled_again() {
    let images = [image("web", WEB), image("tool", &[(25.0, 50.0, "base")])];
    let mut rig = Rig::new(&images);
    let engine = rig.engine();
    rig.engines.preload(engine, ImageId(1)).expect("there is room");
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // two layers from 100 ms at 62.5 MB/s: 12.5 MB until 300 ms; 37.5 MB more at 125 MB/s until
    // 600 ms; the runtime is extracted until 1600 ms, the application until 1800 ms
    assert_eq!(rig.start_up(web), [0, 600, 1200, 400]);
    let totals = rig.engines.totals(engine);
    assert_eq!((totals.pulled, totals.layer_hits), (Bytes(62_500_000), 1));
}

#[test]
fn a_fourth_layer_waits_for_one_of_three_downloads() {
    let layer = (12.5, 10.0, "");
    let mut rig = Rig::new(&[image("web", &[layer; 4])]);
    let engine = rig.engine();
    let web = rig.start(engine, container(0));
    rig.run_to(10_000);
    // three from 100 ms until 400 ms; the fourth is asked for then and flows alone from 450 ms until
    // 550 ms; extraction of 100 ms each from 400 ms until 800 ms
    assert_eq!(rig.start_up(web), [0, 550, 250, 400]);
}

#[test]
fn a_layer_on_its_way_for_one_image_is_joined_by_another_and_outlives_the_first_pull() {
    let images = [image("web", WEB), image("api", &[(25.0, 50.0, "base"), (5.0, 10.0, "")])];
    let mut rig = Rig::new(&images);
    let engine = rig.engine();
    let web = rig.start(engine, container(0));
    rig.run_to(150);
    let api = rig.start(engine, container(1));
    // at 200 ms the manifest of api is there, its base on its way and its own layer queued
    rig.run_to(300);
    assert_eq!(rig.engines.totals(engine).layers_joined, 1);
    rig.stop(web, None);
    rig.run_to(10_000);
    // by 300 ms each layer had 200 ms of a third of 125 MB/s, 8.333 MB. web's other two are given
    // up. The base goes on alone until 350 ms, when api's own layer has been asked for: 10.417 MB
    // left. Both at 62.5 MB/s: the 5 MB are there at 430 ms; the base's last 5.417 MB come alone, at
    // 473.333 ms
    let timeline = rig.engines.timeline(api).expect("it is there");
    assert_eq!(timeline.downloaded, Some(SimTime::from_nanos(473_333_334)));
    // extraction of 50 and 10 MB
    assert_eq!(timeline.image_ready, Some(SimTime::from_nanos(1_073_333_334)));
    let stopped = Exit { code: ExitCode::SUCCESS, reason: ExitReason::Stopped };
    assert_eq!(rig.log[0], (300, ContainerNotice::Ended { container: web, exit: stopped }));
    // 2 x 8.333 MB in vain
    assert_eq!(rig.engines.totals(engine).pulled, Bytes(30 * MB + 2 * 8_333_333));
    assert_eq!(rig.engines.disk_used(engine), Bytes(60 * MB));
    assert_eq!(rig.engines.check(), Ok(()));
}

#[test]
fn restarts_wait_100_ms_doubling_to_a_minute_and_start_over_after_ten_seconds() {
    let (mut rig, engine) = Rig::web();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    let spec = ContainerSpec { restart: RestartPolicy::OnFailure, ..container(0) };
    let web = rig.start(engine, ContainerSpec { start: SimDuration::ZERO, ..spec });
    let mut waits = Vec::new();
    let mut now = 0;
    for round in 0..14 {
        // the 13th run lasts ten seconds, all others one
        now += if round == 12 { 10_000 } else { 1000 };
        rig.run_to(now);
        assert_eq!(rig.state(web), ContainerState::Running);
        rig.exit(web, 1);
        let Some(&(_, ContainerNotice::Restarting { at: again, exit, .. })) = rig.log.last() else {
            panic!("it restarts");
        };
        assert_eq!(exit, Exit { code: ExitCode(1), reason: ExitReason::Exited });
        waits.push(again.since(at(now)).as_nanos() / 1_000_000);
        now += waits[round];
    }
    let doubled = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000];
    assert_eq!(waits[..12], doubled);
    assert_eq!(waits[12..], [100, 200]);
    rig.run_to(now + 1000);
    rig.exit(web, 0);
    assert_eq!(rig.state(web), ContainerState::Exited);
    assert_eq!(rig.engines.restarts(web), Some(14));
}

#[test]
fn a_process_that_ends_while_it_starts_does_not_run_at_the_time_it_would_have() {
    let (mut rig, engine) = Rig::web();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    let spec = ContainerSpec { restart: RestartPolicy::Always, ..container(0) };
    let web = rig.start(engine, spec);
    rig.run_to(350);
    rig.exit(web, 1);
    rig.run_to(10_000);
    // back-off until 450 ms, up at 850 ms: the start that would have ended at 400 ms is void
    assert_eq!(rig.log[1..], [(850, ContainerNotice::Running { container: web })]);
}

#[test]
fn a_stopped_container_ends_by_itself_or_is_killed_when_its_time_is_up() {
    let (mut rig, engine) = Rig::web();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    let spec = ContainerSpec { restart: RestartPolicy::Always, ..container(0) };
    let [polite, stubborn, hasty, patient] = [(); 4].map(|()| rig.start(engine, spec));
    rig.run_to(1000);
    rig.log.clear();
    rig.stop(polite, None);
    rig.stop(stubborn, None);
    rig.stop(hasty, Some(0));
    rig.stop(patient, Some(60_000));
    rig.run_to(3000);
    rig.exit(polite, 143);
    rig.run_to(100_000);
    let ended = |container, code, reason| {
        let exit = Exit { code, reason };
        ContainerNotice::Ended { container, exit }
    };
    let expected = [
        (1000, ended(hasty, ExitCode::KILLED, ExitReason::Killed)),
        (3000, ended(polite, ExitCode::TERMINATED, ExitReason::Stopped)),
        // dockerd's 10 s
        (11_000, ended(stubborn, ExitCode::KILLED, ExitReason::Killed)),
        (61_000, ended(patient, ExitCode::KILLED, ExitReason::Killed)),
    ];
    assert_eq!(rig.log, expected);
}

#[test]
fn a_container_that_does_not_run_stops_at_once() {
    let (mut rig, engine) = Rig::web();
    let other = rig.engine();
    rig.engines.preload(other, ImageId(0)).expect("there is room");
    let spec = ContainerSpec { restart: RestartPolicy::Always, ..container(0) };
    let created = rig.create(engine, spec);
    let pulling = rig.start(engine, spec);
    let restarting = rig.start(other, spec);
    rig.run_to(400);
    rig.exit(restarting, 3);
    let starting = rig.start(other, spec);
    let all = [created, pulling, starting, restarting];
    let states = all.map(|container| rig.state(container));
    use ContainerState::{Created, Exited, Pulling, Restarting, Starting};
    assert_eq!(states, [Created, Pulling, Starting, Restarting]);
    for container in all {
        rig.stop(container, None);
    }
    let codes = all.map(|container| rig.engines.last_exit(container).map(|exit| exit.code.0));
    assert_eq!(codes, [Some(0), Some(0), Some(137), Some(3)]);
    rig.run_to(10_000);
    assert_eq!(all.map(|container| rig.state(container)), [Exited; 4]);
    assert_eq!((rig.engines.check(), rig.network.active()), (Ok(()), 0));
}

#[test]
fn memory_above_the_limit_kills_on_linux_and_the_policy_restarts() {
    let (mut rig, engine) = Rig::web();
    rig.engines.preload(engine, ImageId(0)).expect("there is room");
    let limit = Some(Bytes(64 * MIB));
    let spec = ContainerSpec { memory_limit: limit, ..container(0) };
    let always = ContainerSpec { restart: RestartPolicy::Always, ..spec };
    let [once, again] = [spec, always].map(|spec| rig.start(engine, spec));
    rig.run_to(1000);
    rig.log.clear();
    for bytes in [64 * MIB, 64 * MIB + 1] {
        for container in [once, again] {
            let killed = rig
                .call(|engines, context| engines.memory_in_use(container, Bytes(bytes), context));
            assert_eq!(killed, bytes > 64 * MIB);
        }
    }
    let exit = Exit::OUT_OF_MEMORY;
    assert_eq!((exit.code.0, exit.oom_killed()), (137, true));
    let restarting = ContainerNotice::Restarting { container: again, exit, at: at(1100) };
    let ended = ContainerNotice::Ended { container: once, exit };
    assert_eq!(rig.log, [(1000, ended), (1000, restarting)]);
    rig.run_to(2000);
    assert_eq!(rig.log[2], (1500, ContainerNotice::Running { container: again }));
}

#[test]
fn windows_does_not_kill_for_memory() {
    let windows = scenario::Image { os: OsFamily::Windows, ..image("iis", WEB) };
    let mut rig = Rig::new(&[windows]);
    let os = OperatingSystem { family: OsFamily::Windows, ..linux() };
    let spec = EngineSpec { os, ..rig.spec() };
    let engine = rig.engines.add_engine(&spec);
    let spec = ContainerSpec { memory_limit: Some(Bytes(1)), ..container(0) };
    let iis = rig.start(engine, spec);
    rig.run_to(10_000);
    let killed = rig.call(|engines, context| engines.memory_in_use(iis, Bytes(MB), context));
    assert!(!killed);
    assert_eq!(rig.state(iis), ContainerState::Running);
}

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
    assert!(!rig.engines.remove(first));
    rig.stop(first, None);
    assert!(rig.engines.remove(first));
    assert!(!rig.engines.remove(first));
    let second = rig.create(engine, container(0));
    assert_eq!(second.index(), first.index());
    assert_ne!(second, first);
    rig.call(|engines, context| engines.start(first, context));
    assert_eq!(rig.state(second), ContainerState::Created);
    assert_eq!(rig.engines.state(first), None);
}

#[test]
fn a_thousand_engines_pull_twenty_layers_over_one_registry() {
    let layers: Vec<(f64, f64, &str)> = (0..20).map(|_| (5.0, 12.5, "")).collect();
    let mut rig = Rig::new(&[image("storm", &layers)]);
    let mut last = None;
    for _ in 0..1000 {
        let engine = rig.engine();
        last = Some(rig.start(engine, container(0)));
    }
    rig.run_to(1_000_000);
    assert_eq!(rig.engines.accounting().count(ContainerState::Running), 1000);
    // 100 GB at 1.25 GB/s is 80 s; the registry is idle for 50 ms before each of 7 rounds of 3 layers
    // and before the manifest. The last round is 2 layers
    let started = last.expect("there are a thousand");
    assert_eq!(rig.start_up(started)[1], 80_000 + 8 * 50);
    let [_, _, extract, _] = rig.start_up(started);
    // the last two layers, 125 ms each
    assert_eq!(extract, 250);
}

#[derive(Clone, Debug)]
enum Step {
    Create(usize, u32, u8),
    Start(usize),
    Exit(usize, i32),
    Stop(usize, Option<u64>),
    Memory(usize),
    Remove(usize),
    Kill(usize),
    Boot(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let timeout = prop::option::of(0..3000u64);
    prop_oneof![
        4 => (0..3usize, 0..3u32, 0..3u8).prop_map(|(e, image, p)| Step::Create(e, image, p)),
        4 => (0..64usize).prop_map(Step::Start),
        2 => (0..64usize, 0..2i32).prop_map(|(container, code)| Step::Exit(container, code)),
        2 => (0..64usize, timeout).prop_map(|(container, timeout)| Step::Stop(container, timeout)),
        1 => (0..64usize).prop_map(Step::Memory),
        2 => (0..64usize).prop_map(Step::Remove),
        1 => (0..3usize).prop_map(Step::Kill),
        1 => (0..3usize).prop_map(Step::Boot),
        6 => (0..1500u64).prop_map(Step::Wait),
    ]
}

/// Engines, containers and the steps done to them.
struct Drama {
    rig: Rig,
    engines: Vec<EngineId>,
    containers: Vec<ContainerId>,
    now: u64,
}

impl Drama {
    fn new() -> Self {
        let shared: Written<'_> = &[(25.0, 50.0, "base"), (5.0, 10.0, "")];
        let other: Written<'_> = &[(3.0, 9.0, ""), (25.0, 50.0, "base"), (0.0, 0.0, "")];
        let images = [image("web", WEB), image("api", shared), image("job", other)];
        let mut rig = Rig::new(&images);
        let small = EngineSpec { disk_size: Bytes(175 * MB), ..rig.spec() };
        let engines = vec![rig.engine(), rig.engine(), rig.engines.add_engine(&small)];
        Self { rig, engines, containers: Vec::new(), now: 0 }
    }

    fn step(&mut self, step: &Step) {
        let policies = [RestartPolicy::No, RestartPolicy::OnFailure, RestartPolicy::Always];
        let known =
            |place: usize| self.containers.get(place % self.containers.len().max(1)).copied();
        let rig = &mut self.rig;
        match *step {
            Step::Create(engine, image, policy) => {
                let restart = policies[usize::from(policy)];
                let memory_limit = Some(Bytes(MB));
                let spec = ContainerSpec { restart, memory_limit, ..container(image) };
                self.containers.push(rig.create(self.engines[engine], spec));
            }
            Step::Start(place) => {
                if let Some(id) = known(place) {
                    rig.call(|engines, context| engines.start(id, context));
                }
            }
            Step::Exit(place, code) => {
                if let Some(id) = known(place) {
                    rig.exit(id, code);
                }
            }
            Step::Stop(place, timeout) => {
                if let Some(id) = known(place) {
                    rig.stop(id, timeout);
                }
            }
            Step::Memory(place) => {
                if let Some(id) = known(place) {
                    rig.call(|engines, context| engines.memory_in_use(id, Bytes(2 * MB), context));
                }
            }
            Step::Remove(place) => {
                if let Some(id) = known(place)
                    && rig.engines.remove(id)
                {
                    self.containers.retain(|&other| other != id);
                }
            }
            Step::Kill(engine) => {
                let engine = self.engines[engine];
                rig.call(|engines, context| engines.kill_all(engine, context));
            }
            Step::Boot(engine) => rig.engines.boot(self.engines[engine]),
            Step::Wait(millis) => {
                self.now += millis;
                rig.run_to(self.now);
            }
        }
        assert_eq!(self.rig.engines.check(), Ok(()));
    }

    /// Stops everybody and lets all that is pending happen.
    fn end(&mut self) {
        for &container in &self.containers {
            self.rig.stop(container, None);
        }
        self.rig.run_to(self.now + 1_000_000);
        let accounting = self.rig.engines.accounting();
        assert_eq!(accounting.unfinished(), 0);
        assert_eq!((self.rig.network.active(), self.rig.calendar.len()), (0, 0));
        for &container in &self.containers {
            assert!(self.rig.engines.remove(container));
        }
        assert_eq!(self.rig.engines.check(), Ok(()));
    }

    /// How many notices said that a container is done with.
    fn ends(&self) -> u64 {
        use ContainerNotice::{Dead, Ended, Refused};
        let log = self.rig.log.iter();
        log.filter(|(_, n)| matches!(n, Dead { .. } | Ended { .. } | Refused { .. })).count() as u64
    }
}

proptest! {
    #[test]
    fn the_account_balances_and_nothing_leaks_whatever_happens(
        steps in prop::collection::vec(step(), 1..120)
    ) {
        let mut drama = Drama::new();
        for step in &steps {
            drama.step(step);
        }
        drama.end();
        let accounting = drama.rig.engines.accounting();
        prop_assert_eq!(drama.ends(), accounting.created);
        for &engine in &drama.engines {
            // after its last pull an engine's disk holds whole layers only
            let disk = drama.rig.engines.disk_used(engine).0;
            prop_assert!(disk <= 199 * MB && disk.is_multiple_of(MB));
        }
    }
}
