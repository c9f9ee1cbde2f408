//! Autoscalers: how many replicas each app that asks for it is to have, decided again and again.
//!
//! The horizontal pod autoscaler of Kubernetes ([`Hpa`]) decides, whatever a replica is: a
//! container, a VM, or a container in a VM. This file shows it the replicas as pods, gives it what
//! the [`meters`] read, and has replicas added or removed as it says. The autoscaler of an app
//! is made when its replicas are first asked for; it reads meters and decides at multiples of its
//! periods from then on. A decision sees a reading of the same instant, unless that is delayed.
//!
//! Not modelled: the time that reading and deciding takes, and metrics that cannot be read.

mod meters;
mod rules;

use self::meters::Meters;
pub(super) use self::meters::Total;
use super::World;
use crate::engine::{Phase, SimTime};
use crate::kubernetes::autoscale::hpa::{
    Hpa, Milli, Observation, Pod, PodReading, Reading, Selector,
};
use crate::scenario::{App, Scenario};
use crate::workload::AppId;

/// Something that an autoscaler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoscalerEvent {
    /// The meters of an app's replicas are read.
    Read(AppId),
    /// The number of an app's replicas is decided.
    Decide(AppId),
}

/// The autoscaler of one app.
struct Autoscaler {
    hpa: Hpa,
    meters: Meters,
}

/// The autoscalers of a cluster, by app.
pub(super) struct Autoscalers {
    of: Vec<Option<Autoscaler>>,
}

impl Autoscalers {
    pub fn new(scenario: &Scenario) -> Self {
        let autoscaler = |app: &App| {
            let spec = app.autoscale.as_ref()?;
            let hpa = Hpa::new(rules::spec(spec), rules::config(spec));
            Some(Autoscaler { hpa, meters: Meters::new(spec) })
        };
        Self { of: scenario.apps.iter().map(autoscaler).collect() }
    }

    fn of(&mut self, app: AppId) -> &mut Autoscaler {
        let of = self.of[app.0 as usize].as_mut();
        of.expect("only an app with an autoscaler has its events")
    }
}

impl World<'_> {
    /// The replicas have been asked for: from now on their numbers are decided.
    pub(super) fn start_autoscalers(&mut self) {
        let now = self.now();
        for app in (0..self.scenario.apps.len() as u32).map(AppId) {
            if self.autoscalers.of[app.0 as usize].is_some() {
                let asked =
                    self.pods_asked(app).map_or(self.replicas.wanted(app), |it| it as usize);
                self.recorder.replicas_wanted(app, now, asked);
                self.schedule_reading(app);
                self.schedule_decision(app);
            }
        }
    }

    /// Handles an event of an autoscaler.
    pub(super) fn on_autoscaler(&mut self, event: AutoscalerEvent) {
        match event {
            AutoscalerEvent::Read(app) => {
                self.read_meters(app);
                self.schedule_reading(app);
            }
            AutoscalerEvent::Decide(app) => {
                self.decide(app);
                self.schedule_decision(app);
            }
        }
    }

    fn autoscale_of(&self, app: AppId) -> &crate::scenario::Autoscale {
        let spec = self.scenario.apps[app.0 as usize].autoscale.as_ref();
        spec.expect("only an app with an autoscaler has its events")
    }

    /// What happens in an instant is counted in the reading after it.
    fn schedule_reading(&mut self, app: AppId) {
        let resolution = self.autoscale_of(app).metrics_resolution;
        self.after(resolution, Phase::Release, AutoscalerEvent::Read(app));
    }

    fn schedule_decision(&mut self, app: AppId) {
        let period = self.autoscale_of(app).sync_period;
        self.after(period, Phase::Decide, AutoscalerEvent::Decide(app));
    }

    fn read_meters(&mut self, app: AppId) {
        let now = self.now();
        let metric = self.autoscale_of(app).metric;
        for replica in self.replicas.wanted_of(app).to_vec() {
            let total = self.replica_total(replica, metric);
            self.autoscalers.of(app).meters.read(replica, now, total);
        }
    }

    fn decide(&mut self, app: AppId) {
        let now = self.now();
        let observation = self.observe(app, now);
        let decision = self.autoscalers.of(app).hpa.sync(now, &observation);
        if !decision.rescaled {
            return;
        }
        let (before, after) = (self.replicas.wanted(app), decision.desired as usize);
        self.recorder.replicas_wanted(app, now, after);
        if self.kubernetes.is_some() {
            return self.scale_pods(app, after as u32);
        }
        for _ in before..after {
            self.add_replica(app, now);
        }
        let grace = self.autoscale_of(app).grace;
        self.remove_replicas(app, before.saturating_sub(after), grace);
    }

    /// An app and its replicas as the controller sees a workload and its pods. Those that leave are
    /// as pods with a deletion timestamp, which count for nothing.
    fn observe(&self, app: AppId, now: SimTime) -> Observation {
        let request = Milli(self.scenario.apps[app.0 as usize].cpu.request.0 as i64);
        let replicas = self.replicas.wanted_of(app);
        let pods: Vec<Pod> = replicas.iter().map(|&it| self.replicas.as_pod(it)).collect();
        let meters = &self.autoscalers.of[app.0 as usize].as_ref().expect("it decides").meters;
        let reading = |&replica: &u32| PodReading {
            sample: meters.known(replica, self.replicas.process_of(replica), now),
            request: Some(request),
        };
        let readings = vec![Reading::Pods(replicas.iter().map(reading).collect())];
        let count = i32::try_from(replicas.len()).unwrap_or(i32::MAX);
        let asked = self.pods_asked(app).map_or(count, |asked| asked as i32);
        Observation {
            spec_replicas: asked,
            status_replicas: count,
            selector: Selector::Valid,
            pods,
            readings,
        }
    }
}
