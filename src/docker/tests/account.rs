//! The account under random operations and deaths of engines.

use proptest::prelude::*;

use super::*;

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
    Registry(bool),
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
        1 => any::<bool>().prop_map(Step::Registry),
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
        let web = scenario::Image { lazy: true, start_data: Fraction(0.1), ..image("web", WEB) };
        let images = [web, image("api", shared), image("job", other)];
        let mut rig = Rig::new(&images);
        let small = EngineSpec { disk_size: Bytes(175 * MB), ..rig.spec() };
        let kubelet = EnginePolicy {
            client: PullClient::Kubelet,
            max_parallel_pulls: 1,
            unpack: Unpack::Parallel,
            pull: PullPolicy::Always,
            ..policy()
        };
        let kubelet = EngineSpec { policy: kubelet, ..rig.spec() };
        let agent = EnginePolicy {
            client: PullClient::EcsAgent,
            pull: PullPolicy::Default,
            lazy: true,
            ..policy()
        };
        let small = EngineSpec { policy: agent, ..small };
        let engines =
            vec![rig.engine(), rig.engines.add_engine(&kubelet), rig.engines.add_engine(&small)];
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
                let writes = 5 * MB * u64::from(image);
                let spec = ContainerSpec { restart, memory_limit, writes, ..container(image) };
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
                    && rig.engines.remove(id, rig.calendar.now())
                {
                    self.containers.retain(|&other| other != id);
                }
            }
            Step::Kill(engine) => {
                let engine = self.engines[engine];
                rig.call(|engines, context| engines.kill_all(engine, context));
            }
            Step::Registry(up) => rig.registry(up),
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
        self.rig.registry(true);
        for &container in &self.containers {
            self.rig.stop(container, None);
        }
        self.rig.run_to(self.now + 1_000_000_000);
        let accounting = self.rig.engines.accounting();
        assert_eq!(accounting.unfinished(), 0);
        assert_eq!((self.rig.network.active(), self.rig.calendar.len()), (0, 0));
        let (totals, under_way) = self.rig.engines.totals_of_all();
        assert_eq!(under_way, UnderWay::default());
        assert_eq!(self.served(), totals.pulled, "what left the registry came to an engine");
        for &container in &self.containers {
            assert!(self.rig.engines.remove(container, self.rig.calendar.now()));
        }
        assert_eq!(self.rig.engines.check(), Ok(()));
    }

    /// Bytes that left the registry.
    fn served(&mut self) -> Bytes {
        let (now, network) = (self.rig.calendar.now(), &mut self.rig.network);
        self.rig.engines.registries().totals(RegistryId(0), now, network).served
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
            // after its last pull an engine's disk holds whole layers only: 239 MB
            // unpacked and, where contents are kept, 95.5 MB of these
            let disk = drama.rig.engines.disk_used(engine).0;
            prop_assert!(disk <= 335 * MB && disk.is_multiple_of(MB / 2));
        }
    }
}
