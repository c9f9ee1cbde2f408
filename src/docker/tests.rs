//! Hand-computed timelines of pulls, starts, stops and restarts, and the account under random
//! operations.
//!
//! The numbers: an interface of 125 MB/s (1 Gbit/s) behind a registry of 1.25 GB/s, 50 ms before
//! a manifest and before a layer, extraction at 100 MB/s to a disk of 1 GB/s, 400 ms to start.

mod account;
mod clients;
mod disk;
mod lazy;
mod lifecycle;
mod names;
mod policies;
mod pulls;
mod pushes;
mod refusals;

use std::sync::Arc;

use super::samples::{linux, policy};
use super::*;
use crate::engine::{Calendar, SimDuration};
use crate::scenario::{
    self, Architecture, KernelFeature, OperatingSystem, OsFamily, PullClient, PullPolicy,
    RestartPolicy, Unpack,
};
use crate::sharing::flows::{FlowEvent, FlowNetwork};
use crate::units::{Bandwidth, Bytes, Fraction};

const MB: u64 = 1_000_000;
const MIB: u64 = 1 << 20;

#[derive(Clone, Copy, Debug)]
enum Event {
    Docker(ContainerEvent),
    Flow(FlowEvent),
}

impl From<ContainerEvent> for Event {
    fn from(event: ContainerEvent) -> Self {
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
        layers: Some(layers.collect()),
        ..scenario::Image::default()
    }
}

/// Image 0 of most tests: a base, a runtime and the application.
const WEB: Written<'static> = &[(25.0, 50.0, "base"), (50.0, 100.0, ""), (12.5, 20.0, "")];

fn container(image: u32) -> ContainerSpec {
    ContainerSpec {
        image: ImageId(image),
        pull: None,
        owner: 0,
        start: SimDuration::from_millis(400),
        memory_limit: None,
        restart: RestartPolicy::No,
        writes: 0,
    }
}

impl Rig {
    fn new(images: &[scenario::Image]) -> Self {
        let mut network = FlowNetwork::new();
        let registry = scenario::Registry {
            bandwidth: Bandwidth(1.25e9),
            stream: Bandwidth(1e9),
            latency: SimDuration::from_millis(50),
            ..scenario::Registry::default()
        };
        let registries = Registries::new(&[registry], images, None, &mut network);
        let catalog = Arc::new(Catalog::new(images).expect("the images agree"));
        Self {
            calendar: Calendar::new(),
            network,
            engines: Engines::new(catalog, registries),
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
        self.engine_with(policy())
    }

    fn engine_with(&mut self, policy: EnginePolicy) -> EngineId {
        let spec = EngineSpec { policy, ..self.spec() };
        self.engines.add_engine(&spec)
    }

    /// What the pull of a container was made of.
    fn account(&self, container: ContainerId) -> PullAccount {
        self.engines.timeline(container).expect("it was not removed").account
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

    /// The registry fails, or is back.
    fn registry(&mut self, up: bool) {
        self.call(|engines, context| engines.registry_up(RegistryId(0), up, context));
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
