//! What nodes make of the health of targets: which of them they use, and since when slowly.

use super::node::Node;
use super::target::{Stage, View};
use super::{TargetGroup, TargetState};
use crate::aws::elb::health::Health;
use crate::aws::elb::settings::Judge;
use crate::engine::SimTime;

impl TargetGroup {
    /// Takes account of what a node thinks of a target now.
    pub(super) fn judge(&mut self, at: SimTime, node: usize, place: usize) {
        let before = self.targets[place].views[node].health;
        let health = match self.settings.judge {
            Judge::EachNode => self.targets[place].views[node].checker.health(),
            Judge::Consensus => self.targets[place].consensus(before),
        };
        if health == before || !self.may_use(node, place) {
            return;
        }
        let warms = health == Health::Healthy && self.enters_slow_start(at, node, place);
        let entry = &mut self.targets[place];
        entry.views[node].health = health;
        entry.views[node].warming_since = warms.then_some(at);
        entry.founder &= health != Health::Unhealthy;
        let count = &mut self.nodes[node].healthy;
        match (before, health) {
            (_, Health::Healthy) => *count += 1,
            (Health::Healthy, _) => *count -= 1,
            _ => {}
        }
        // in use already where all are, but perhaps not in slow start
        if warms {
            self.nodes[node].router.remove(place as u32);
            self.targets[place].views[node].used = false;
        }
        self.reconsider(node, place);
    }

    fn enters_slow_start(&self, at: SimTime, node: usize, place: usize) -> bool {
        let duration = self.settings.slow_start;
        let full = |view: &View| {
            let warm = |since| at >= since + duration;
            view.health == Health::Healthy && view.warming_since.is_none_or(warm)
        };
        !duration.is_zero()
            && !self.targets[place].founder
            && (0..self.targets.len()).any(|other| {
                let entry = &self.targets[other];
                matches!(entry.stage, Stage::InService)
                    && self.may_use(node, other)
                    && full(&entry.views[node])
            })
    }

    /// Puts a target into use at a node or out of it; all of them, if the node has begun or ceased
    /// to use all it has.
    pub(super) fn reconsider(&mut self, node: usize, place: usize) {
        let Node { registered, healthy, open, .. } = self.nodes[node];
        let opens = !self.settings.routing_failover.is_met(healthy, registered);
        if opens == open {
            return self.place(node, place);
        }
        self.nodes[node].open = opens;
        (0..self.targets.len()).for_each(|other| self.place(node, other));
    }

    fn place(&mut self, node: usize, place: usize) {
        let in_service = matches!(self.targets[place].stage, Stage::InService);
        let may = in_service && self.may_use(node, place);
        let entry = &mut self.targets[place];
        let Some(view) = entry.views.get_mut(node) else { return };
        let Node { router, open, .. } = &mut self.nodes[node];
        let uses = may && (*open || view.health == Health::Healthy);
        if uses && !view.used {
            router.add(place as u32, entry.record.weight(), view.warming_since);
        } else if !uses && view.used {
            router.remove(place as u32);
        }
        view.used = uses;
    }

    /// The state of a target in service.
    pub(super) fn merged(&self, place: usize) -> TargetState {
        let (mut healthy, mut some) = (true, false);
        for node in (0..self.nodes.len()).filter(|node| self.may_use(*node, place)) {
            match self.targets[place].views[node].health {
                Health::Unhealthy => return TargetState::Unhealthy,
                Health::Initial => healthy = false,
                Health::Healthy => some = true,
            }
        }
        if healthy && some { TargetState::Healthy } else { TargetState::Initial }
    }
}
