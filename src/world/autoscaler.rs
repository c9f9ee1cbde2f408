//! Autoscalers: how many replicas each app that asks for it is to have, decided again and again.
//!
//! The horizontal pod autoscaler of Kubernetes ([`Hpa`]) decides, whatever a replica is: a
//! container, a VM, a container in a VM or a pod. This file shows it the replicas as pods, gives it
//! what the [`meters`] read, and has replicas added or removed as it says. [`rules`] makes one of
//! an app's `autoscale`, [`manifest`] those of a cluster's manifests. An autoscaler begins when the
//! replicas are first asked for; it reads meters and decides at multiples of its periods from then
//! on. A decision sees a reading of the same instant, unless that is delayed.
//!
//! Not modelled: the time that reading and deciding takes, and metrics that cannot be read now and
//! then.

mod manifest;
mod meters;
mod recommender;
mod rules;

use self::meters::Meters;
pub(super) use self::meters::{Measured, Total};
pub use self::recommender::RecommenderEvent;
pub(super) use self::recommender::Recommenders;
use super::World;
use crate::engine::{Phase, SimDuration, SimTime};
use crate::kubernetes::api::Object;
use crate::kubernetes::autoscale::hpa::{
    Hpa, Metric, Milli, Observation, Pod, PodReading, Reading, Selector,
};
use crate::scenario::Scenario;
use crate::workload::AppId;
use crate::world::kubernetes::Binding;

/// An autoscaler of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoscalerId(u32);

/// Something that an autoscaler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoscalerEvent {
    /// The meters of an app's replicas are read.
    Read(AutoscalerId),
    /// The number of an app's replicas is decided.
    Decide(AutoscalerId),
}

/// When an autoscaler does what.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Between two decisions.
    sync: SimDuration,
    /// Between two readings.
    resolution: SimDuration,
    /// From a reading until decisions know of it.
    delay: SimDuration,
    /// What a replica has to answer what it holds, where no pod says so.
    grace: SimDuration,
}

/// What is read for a metric.
struct Source {
    measured: Measured,
    meters: Meters,
}

/// One autoscaler of an app.
struct Autoscaler {
    app: AppId,
    hpa: Hpa,
    /// For each metric; none where it cannot be known.
    sources: Vec<Option<Source>>,
    pace: Pace,
    selector: Selector,
}

/// The autoscalers of a cluster.
pub(super) struct Autoscalers {
    all: Vec<Autoscaler>,
}

impl Autoscalers {
    /// Those of the apps; on Kubernetes, where `bindings` say which workload each app is, those of
    /// the manifests. Also returns what a reader must know of these.
    pub fn new(
        scenario: &Scenario,
        bindings: &[Binding],
        objects: &[Object],
    ) -> (Self, Vec<String>) {
        let mut all = Vec::new();
        for (index, app) in scenario.apps.iter().enumerate() {
            let is_own = bindings.get(index).is_none_or(|binding| !binding.is_written);
            if let Some(spec) = app.autoscale.as_ref().filter(|_| is_own) {
                let hpa = Hpa::new(rules::spec(spec), rules::config(spec));
                all.push(Autoscaler::new(AppId(index as u32), hpa, rules::pace(spec), "app"));
            }
        }
        let mut warnings = Vec::new();
        for object in objects {
            if let Object::HorizontalPodAutoscaler(one) = object {
                all.extend(manifest::autoscaler(one, object, bindings, objects, &mut warnings));
            }
        }
        for place in 0..all.len() {
            let same = |other: &&Autoscaler| other.app == all[place].app;
            if all.iter().filter(same).count() > 1 {
                let name = &scenario.apps[all[place].app.0 as usize].name;
                let warning = format!(
                    "`{name}` has several autoscalers, so that Kubernetes follows the metrics of \
                     none (AmbiguousSelector)"
                );
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
                all[place].selector = Selector::Ambiguous;
            }
        }
        (Self { all }, warnings)
    }

    /// Whether an app's number of replicas follows the load.
    pub fn scales(&self, app: AppId) -> bool {
        self.all.iter().any(|one| one.app == app)
    }

    fn ids(&self) -> impl Iterator<Item = AutoscalerId> + use<> {
        (0..self.all.len() as u32).map(AutoscalerId)
    }

    fn of(&self, id: AutoscalerId) -> &Autoscaler {
        &self.all[id.0 as usize]
    }

    fn of_mut(&mut self, id: AutoscalerId) -> &mut Autoscaler {
        &mut self.all[id.0 as usize]
    }
}

impl Autoscaler {
    /// An autoscaler that sees what the app's `container` uses.
    fn new(app: AppId, hpa: Hpa, pace: Pace, container: &str) -> Self {
        let source = |metric: &Metric| {
            let measured = measured(metric, container)?;
            let meters = Meters::new(measured, pace.resolution, pace.delay);
            Some(Source { measured, meters })
        };
        let sources = hpa.spec().metrics.iter().map(source).collect();
        Self { app, hpa, sources, pace, selector: Selector::Valid }
    }
}

/// What a metric reads; none where nobody knows that: only the app's own container does anything.
fn measured(metric: &Metric, container: &str) -> Option<Measured> {
    match metric {
        Metric::Resource { container: Some(other), .. } if other != container => None,
        Metric::Resource { resource, .. } if resource == "cpu" => Some(Measured::Cpu),
        Metric::Resource { resource, .. } if resource == "memory" => Some(Measured::Memory),
        Metric::Pods { name, .. } if name == rules::REQUESTS => Some(Measured::Requests),
        _ => None,
    }
}

impl World<'_> {
    /// The replicas have been asked for: from now on their numbers are decided.
    pub(super) fn start_autoscalers(&mut self) {
        let now = self.now();
        for id in self.autoscalers.ids() {
            let app = self.autoscalers.of(id).app;
            let asked = self.pods_asked(app).map_or(self.replicas.wanted(app), |it| it as usize);
            self.recorder.replicas_wanted(app, now, asked);
            self.schedule_reading(id);
            self.schedule_decision(id);
        }
    }

    /// Handles an event of an autoscaler.
    pub(super) fn on_autoscaler(&mut self, event: AutoscalerEvent) {
        match event {
            AutoscalerEvent::Read(id) => {
                self.read_meters(id);
                self.schedule_reading(id);
            }
            AutoscalerEvent::Decide(id) => {
                self.decide(id);
                self.schedule_decision(id);
            }
        }
    }

    /// What happens in an instant is counted in the reading after it.
    fn schedule_reading(&mut self, id: AutoscalerId) {
        let resolution = self.autoscalers.of(id).pace.resolution;
        self.after(resolution, Phase::Release, AutoscalerEvent::Read(id));
    }

    fn schedule_decision(&mut self, id: AutoscalerId) {
        let period = self.autoscalers.of(id).pace.sync;
        self.after(period, Phase::Decide, AutoscalerEvent::Decide(id));
    }

    fn read_meters(&mut self, id: AutoscalerId) {
        let now = self.now();
        let replicas = self.replicas.wanted_of(self.autoscalers.of(id).app).to_vec();
        for metric in 0..self.autoscalers.of(id).sources.len() {
            let source = self.autoscalers.of(id).sources[metric].as_ref();
            let Some(measured) = source.map(|source| source.measured) else { continue };
            for &replica in &replicas {
                let total = self.replica_total(replica, measured);
                if let Some(source) = &mut self.autoscalers.of_mut(id).sources[metric] {
                    source.meters.read(replica, now, total);
                }
            }
        }
    }

    fn decide(&mut self, id: AutoscalerId) {
        let now = self.now();
        let observation = self.observe(id, now);
        let autoscaler = self.autoscalers.of_mut(id);
        let (app, grace) = (autoscaler.app, autoscaler.pace.grace);
        let decision = autoscaler.hpa.sync(now, &observation);
        if !decision.rescaled {
            return;
        }
        let (before, after) = (self.replicas.wanted(app), decision.desired as usize);
        self.recorder.replicas_wanted(app, now, after);
        if self.kubernetes.is_some() {
            // a change that only the past asks for has no reason, as in Kubernetes
            let reason =
                decision.reason.map(|reason| reason.told(self.autoscalers.of(id).hpa.spec()));
            let reason = reason.unwrap_or("an autoscaler".to_owned());
            return self.scale_pods(app, after as u32, &reason);
        }
        for _ in before..after {
            self.add_replica(app, now);
        }
        self.remove_replicas(app, before.saturating_sub(after), grace);
    }

    /// An app and its replicas as the controller sees a workload and its pods. Those that leave are
    /// as pods with a deletion timestamp, which count for nothing.
    fn observe(&self, id: AutoscalerId, now: SimTime) -> Observation {
        let autoscaler = self.autoscalers.of(id);
        let app = autoscaler.app;
        let replicas = self.replicas.wanted_of(app);
        let pods: Vec<Pod> = replicas.iter().map(|&it| self.replica_as_pod(it)).collect();
        let metrics = autoscaler.hpa.spec().metrics.iter().zip(&autoscaler.sources);
        let readings = metrics.map(|(metric, source)| match source {
            Some(source) => self.reading(replicas, metric, &source.meters, now),
            None => Reading::Failed,
        });
        let readings = readings.collect();
        let count = i32::try_from(replicas.len()).unwrap_or(i32::MAX);
        let asked = self.pods_asked(app).map_or(count, |asked| asked as i32);
        Observation {
            spec_replicas: asked,
            status_replicas: count,
            selector: autoscaler.selector,
            pods,
            readings,
        }
    }

    /// What is known of replicas by one metric.
    fn reading(&self, replicas: &[u32], metric: &Metric, meters: &Meters, now: SimTime) -> Reading {
        // replicas of one version, one after another, ask for the same
        let mut known = None;
        let reading = |&replica: &u32| {
            let version = self.version_of(replica);
            let request: Option<Milli> = match known {
                Some((of, request)) if of == version => request,
                _ => self.request_of(replica, metric),
            };
            known = Some((version, request));
            let sample = meters.known(replica, self.replicas.process_of(replica), now);
            PodReading { sample, request }
        };
        Reading::Pods(replicas.iter().map(reading).collect())
    }
}
