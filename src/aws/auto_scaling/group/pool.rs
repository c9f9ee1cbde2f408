//! The warm pool beside a group: kept at its size, drawn on when the group scales out.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Decrease latency for applications with long boot
//! times using warm pools". Which of the pool is taken is not documented: here the oldest of the
//! zone that has the least capacity among those with one ready.

use super::{Action, Group};
use crate::aws::auto_scaling::instance::{InstanceId, Purchase, State, Zone};
use crate::aws::auto_scaling::process::Process;
use crate::aws::auto_scaling::warm_pool::PoolState;
use crate::engine::SimTime;

impl Group {
    /// Takes one out of the pool, if one is ready.
    pub(super) fn start_warm(
        &mut self,
        purchase: Purchase,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> bool {
        let ready = |zone| self.roster.ready(zone).map(|id| (self.roster.load(zone), id));
        let next = self.roster.zones().filter_map(ready).min();
        let Some((_, id)) = next.filter(|_| purchase == Purchase::OnDemand) else {
            return false;
        };
        self.roster.change(id, |instance| instance.state = State::Pending);
        if self.settings.warm_pool.unwrap_or_default().state == PoolState::Running {
            self.hold_launching(id, now, out);
        } else {
            out.push(Action::Start(id));
        }
        true
    }

    /// How much is to wait beside the group.
    fn pool_size(&self) -> u32 {
        let (max, desired) = (self.settings.max, self.settings.desired);
        self.settings.warm_pool.map_or(0, |pool| pool.size(max, desired))
    }

    /// Whether an instance that scaling in takes goes back to the pool.
    pub(super) fn goes_back(&self, id: InstanceId) -> bool {
        let reuse = self.settings.warm_pool.is_some_and(|pool| pool.reuse);
        let weight = self.roster.get(id).map_or(0, |instance| instance.weight);
        reuse && self.roster.totals.pool + weight <= self.pool_size()
    }

    /// Launches into the pool what it lacks, and terminates what it has too much.
    pub(super) fn fill_pool(&mut self, now: SimTime, out: &mut Vec<Action>) {
        let size = self.pool_size();
        while self.roster.totals.pool < size && !self.is_suspended(Process::Launch) {
            let load = |zone| self.roster.pool_load(zone);
            let Some(source) = self.place(Purchase::OnDemand, load, now) else { break };
            self.launch(source, State::WarmedPending, now, out);
        }
        while self.roster.totals.pool > size && !self.is_suspended(Process::Terminate) {
            let fullest = |zone: &Zone| std::cmp::Reverse(self.roster.pool_load(*zone));
            let mut zones: Vec<Zone> = self.roster.zones().collect();
            zones.sort_by_key(fullest);
            let ready = zones.into_iter().find_map(|zone| self.roster.ready(zone));
            let excess = self.roster.totals.pool - size;
            let weight = |id| self.roster.get(id).map_or(0, |instance| instance.weight);
            let Some(id) = ready.filter(|&id| weight(id) <= excess) else { break };
            self.end(id, out);
        }
    }
}
