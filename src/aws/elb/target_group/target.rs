//! One target, and what each node thinks of it.

use crate::aws::elb::anomaly::Record;
use crate::aws::elb::health::{Answer, Checker, Health, HealthCheck};
use crate::aws::elb::settings::Settings;
use crate::engine::SimTime;

/// How far a target has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    #[default]
    Unused,
    InService,
    Draining {
        until: SimTime,
    },
}

#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    pub(super) stage: Stage,
    pub(super) zone: u32,
    /// How often it has been registered under this number.
    pub(super) registration: u32,
    /// Whether it was registered with the first of the group, and has not been unhealthy since.
    pub(super) founder: bool,
    /// By node.
    pub(super) views: Vec<View>,
    pub(super) outstanding: u32,
    pub(super) record: Record,
    /// When it changes by itself.
    pub(super) event: Option<SimTime>,
}

/// What a node thinks of a target.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) checker: Checker,
    pub(super) answer: Answer,
    /// What the node goes by.
    pub(super) health: Health,
    /// Since when it is in slow start, or was the last time.
    pub(super) warming_since: Option<SimTime>,
    /// Whether requests may go there.
    pub(super) used: bool,
}

impl Target {
    pub(super) fn register(
        &mut self,
        now: SimTime,
        zone: u32,
        answer: Answer,
        founder: bool,
        settings: &Settings,
        nodes: usize,
    ) {
        let first = now + settings.registration;
        let view = |node: usize| View {
            checker: Checker::new(first + settings.stagger * node as u64),
            answer,
            health: Health::Initial,
            warming_since: None,
            used: false,
        };
        self.stage = Stage::InService;
        self.zone = zone;
        self.registration += 1;
        self.founder = founder;
        self.views = (0..nodes).map(view).collect();
        self.record = Record::default();
    }

    /// When it changes by itself.
    pub(super) fn next_event(&self, check: &HealthCheck) -> Option<SimTime> {
        match self.stage {
            Stage::Unused => None,
            Stage::Draining { until } => Some(until),
            Stage::InService => {
                let changes = self
                    .views
                    .iter()
                    .filter_map(|view| view.checker.next_change(check, view.answer));
                changes.map(|(at, _)| at).min()
            }
        }
    }

    /// What the nodes find together: healthy if more than half of them do, unhealthy if half do
    /// not, and otherwise what it was before.
    pub(super) fn consensus(&self, before: Health) -> Health {
        let count =
            |health| self.views.iter().filter(|view| view.checker.health() == health).count();
        if 2 * count(Health::Healthy) > self.views.len() {
            Health::Healthy
        } else if 2 * count(Health::Unhealthy) >= self.views.len() {
            Health::Unhealthy
        } else {
            before
        }
    }
}
