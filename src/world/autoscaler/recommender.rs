//! What replicas should request, as the recommender of the Vertical Pod Autoscaler has it.
//!
//! Once a minute (`--recommender-interval`) it asks metrics-server, which knows of each container
//! what it used between its last two readings, 15 s apart; what happens in the other 45 s it never
//! sees. Nothing is changed: the recommendation is there to be read.

use super::meters::{Measured, Meters};
use crate::engine::{Phase, SimDuration, SimTime};
use crate::kubernetes::autoscale::hpa::Milli;
use crate::kubernetes::autoscale::vpa::{Amounts, MemoryWindow, Recommendation, Usage};
use crate::metrics::summary::{Requested, RightSizing};
use crate::scenario::Scenario;
use crate::units::{Bytes, Millicores};
use crate::workload::AppId;
use crate::world::World;

/// Between two readings of metrics-server (`--metric-resolution`).
const RESOLUTION: SimDuration = SimDuration::from_secs(15);
/// From the second of two readings to the first of the next two.
const REST: SimDuration = SimDuration::from_secs(45);

/// What a recommender does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecommenderEvent {
    /// The first of two readings.
    First(AppId),
    /// The second, and what both together say.
    Second(AppId),
}

/// The recommender of one app.
struct Recommender {
    usage: Usage,
    cpu: Meters,
    /// The memory of each replica by its number, and when that replica was asked for.
    windows: Vec<(SimTime, MemoryWindow)>,
    /// Containers of a pod, which share the least that is recommended for one.
    containers: u64,
    /// What a replica last requested.
    requested: (Millicores, Bytes),
}

/// The recommenders of a cluster, by app.
pub(in crate::world) struct Recommenders {
    of: Vec<Option<Recommender>>,
}

impl Recommenders {
    pub fn new(scenario: &Scenario) -> Self {
        let recommender = |wanted: bool| {
            let cpu = Meters::new(Measured::Cpu, RESOLUTION, SimDuration::ZERO);
            wanted.then(|| Recommender {
                usage: Usage::default(),
                cpu,
                windows: Vec::new(),
                containers: 1,
                requested: (Millicores(0), Bytes(0)),
            })
        };
        Self { of: scenario.apps.iter().map(|app| recommender(app.vpa)).collect() }
    }

    /// What each replica of an app should request; none where nobody asked, or before the first
    /// sample.
    pub fn right_sizing(&self, app: AppId) -> Option<RightSizing> {
        let it = self.of[app.0 as usize].as_ref()?;
        let Recommendation { target, lower, upper } = it.usage.recommend(it.containers)?;
        let of =
            |amounts: Amounts| Requested { cpu: amounts.cpu.cores(), memory: amounts.memory.0 };
        let requested = of(Amounts { cpu: it.requested.0, memory: it.requested.1 });
        let (target, lower, upper) = (of(target), of(lower), of(upper));
        Some(RightSizing { requested, target, lower, upper })
    }

    fn of(&mut self, app: AppId) -> Option<&mut Recommender> {
        self.of[app.0 as usize].as_mut()
    }
}

impl Recommender {
    fn window(&mut self, replica: u32, asked: SimTime) -> (&mut Usage, &mut MemoryWindow) {
        let place = replica as usize;
        if place >= self.windows.len() {
            self.windows.resize(place + 1, (SimTime::ZERO, MemoryWindow::default()));
        }
        let window = &mut self.windows[place];
        if window.0 != asked {
            *window = (asked, MemoryWindow::default());
        }
        (&mut self.usage, &mut window.1)
    }
}

impl World<'_> {
    /// The replicas have been asked for: from now on they are watched.
    pub(in crate::world) fn start_recommenders(&mut self) {
        for app in (0..self.recommenders.of.len() as u32).map(AppId) {
            if self.recommenders.of(app).is_some() {
                self.after(REST, Phase::Release, RecommenderEvent::First(app));
            }
        }
    }

    /// Handles an event of a recommender.
    pub(in crate::world) fn on_recommender(&mut self, event: RecommenderEvent) {
        match event {
            RecommenderEvent::First(app) => {
                self.read_cpu(app);
                self.after(RESOLUTION, Phase::Release, RecommenderEvent::Second(app));
            }
            RecommenderEvent::Second(app) => {
                self.read_cpu(app);
                self.sample(app);
                self.after(REST, Phase::Release, RecommenderEvent::First(app));
            }
        }
    }

    fn read_cpu(&mut self, app: AppId) {
        let now = self.now();
        for replica in self.replicas.wanted_of(app).to_vec() {
            let total = self.replica_total(replica, Measured::Cpu);
            if let Some(recommender) = self.recommenders.of(app) {
                recommender.cpu.read(replica, now, total);
            }
        }
    }

    fn sample(&mut self, app: AppId) {
        let now = self.now();
        for replica in self.replicas.wanted_of(app).to_vec() {
            let memory = self.replica_total(replica, Measured::Memory);
            let (asked, process) = self.replicas.since(replica);
            let (requested, containers) = (self.requests_of(replica), self.containers_of(replica));
            let Some(recommender) = self.recommenders.of(app) else { return };
            let Some(cpu) = recommender.cpu.known(replica, process, now) else { continue };
            let Milli(used) = cpu.value;
            (recommender.requested, recommender.containers) = (requested, containers);
            recommender.usage.cpu(cpu.at, Millicores(used.max(0) as u64), requested.0);
            if let Some(memory) = memory {
                let (usage, window) = recommender.window(replica, asked);
                usage.memory(window, cpu.at, Bytes(memory.amount));
            }
        }
    }

    /// A replica's process was killed for want of memory.
    pub(in crate::world) fn killed_for_want_of_memory(&mut self, replica: u32) {
        let now = self.now();
        let (asked, _) = self.replicas.since(replica);
        let (app, requested) =
            (self.replicas.all[replica as usize].app(), self.requests_of(replica).1);
        self.recorder.oom_kill(app);
        if let Some(recommender) = self.recommenders.of(app) {
            let (usage, window) = recommender.window(replica, asked);
            usage.oom_killed(window, now, requested);
        }
    }
}
