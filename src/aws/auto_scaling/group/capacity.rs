//! Out and in: what is launched where, and what goes.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Example: Distribute instances across Availability
//! Zones": an instance is launched in the zone with the fewest, and elsewhere if that fails. EC2
//! answers `InsufficientInstanceCapacity` for a type in a zone, paid for in one way; what it has
//! refused so is not asked for again for a while ([`Settings::retry`]).
//!
//! [`Settings::retry`]: crate::aws::auto_scaling::Settings::retry

use super::{Action, Group};
use crate::aws::auto_scaling::candidates::Kind;
use crate::aws::auto_scaling::instance::{Instance, InstanceId, Purchase, Source, State, Zone};
use crate::aws::auto_scaling::process::Process;
use crate::aws::auto_scaling::settings::ZoneStrategy;
use crate::aws::auto_scaling::termination::Question;
use crate::engine::SimTime;

impl Group {
    /// What the capacity is to be: what is desired, and what is launched ahead, as far as the
    /// maximum allows both.
    pub(super) fn target(&self) -> u32 {
        (self.settings.desired + self.extra).min(self.most())
    }

    /// What of the capacity is On-Demand, but for what is launched ahead: that is of the kind of
    /// what it replaces.
    pub(super) fn on_demand(&self) -> u32 {
        self.roster.totals.on_demand - self.extra_on_demand
    }

    pub(super) fn scale_out(&mut self, now: SimTime, out: &mut Vec<Action>) {
        if self.is_suspended(Process::Launch) {
            return;
        }
        while self.roster.totals.capacity < self.target() {
            let (desired, on_demand) = (self.settings.desired, self.on_demand());
            let spot = self.roster.totals.capacity - self.extra - on_demand;
            let missing = self.settings.distribution.to_launch(desired, on_demand, spot);
            let done = missing.into_iter().any(|purchase| self.one_more(purchase, now, out));
            if !done {
                return;
            }
        }
    }

    /// Launches one, or starts one of the warm pool. Returns whether there was a way to.
    fn one_more(&mut self, purchase: Purchase, now: SimTime, out: &mut Vec<Action>) -> bool {
        if self.start_warm(purchase, now, out) {
            return true;
        }
        let place = self.place(purchase, |zone| self.roster.load(zone), now);
        if let Some(source) = place {
            self.launch(source, State::Pending, now, out);
        }
        place.is_some()
    }

    /// Where the next one is launched: in the zone with the least `load` that has a type to offer.
    pub(super) fn place(
        &self,
        purchase: Purchase,
        load: impl Fn(Zone) -> u32,
        now: SimTime,
    ) -> Option<Source> {
        let mut zones: Vec<Zone> = self.roster.zones().collect();
        zones.sort_by_key(|&zone| load(zone));
        if self.settings.zone_strategy == ZoneStrategy::BalancedOnly {
            zones.truncate(1);
        }
        zones.into_iter().find_map(|zone| self.source_in(zone, purchase, now))
    }

    /// What the next one in a zone is launched from.
    pub(super) fn source_in(&self, zone: Zone, purchase: Purchase, now: SimTime) -> Option<Source> {
        let usable = |source| self.shortages.get(&source).is_none_or(|&until| until <= now);
        let pool = self.market.best(zone, purchase, usable, |source| self.roster.held(source));
        pool.map(|pool| Source { zone, pool, purchase })
    }

    /// Has EC2 launch one.
    pub(super) fn launch(
        &mut self,
        source: Source,
        state: State,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> InstanceId {
        let id = InstanceId(self.launched);
        self.launched += 1;
        let lot = u32::try_from(self.lots.below(1 << 32)).expect("lots are below 2^32");
        let (template, weight) = (self.settings.template, self.market.weight(source.pool));
        let round = self.round;
        let instance =
            Instance { state, round, ..Instance::new(source, template, weight, now, lot) };
        self.roster.insert(id, instance);
        out.push(Action::Launch { instance: id, source, template });
        id
    }

    pub(super) fn scale_in(&mut self, now: SimTime, out: &mut Vec<Action>) {
        if self.is_suspended(Process::Terminate) {
            return;
        }
        loop {
            let excess = self.roster.totals.capacity.saturating_sub(self.target());
            let next = if excess > 0 { self.next_to_go(excess, now) } else { None };
            let Some(id) = next else { return };
            let back = self.goes_back(id);
            self.leave(id, back, now, out);
        }
    }

    /// The one that goes when there is so much too much: one that is unhealthy or at risk, else
    /// what the policies choose. None goes that would leave too little.
    fn next_to_go(&self, excess: u32, now: SimTime) -> Option<InstanceId> {
        let light = |id: &InstanceId| {
            self.roster.get(*id).is_some_and(|instance| instance.weight <= excess)
        };
        let leaving = self.at_risk.iter().chain(self.replaced_by.keys()).copied();
        let first = self.unhealthy.iter().map(|&(_, id)| id).chain(leaving).find(light);
        let (desired, on_demand) = (self.settings.desired, self.on_demand());
        let purchase = self.settings.distribution.to_terminate(desired, on_demand);
        let light = |kind: &Kind| self.market.weight(kind.source.pool) <= excess;
        first
            .or_else(|| self.choose(Some(purchase), &light, now))
            .or_else(|| self.choose(None, &light, now))
    }

    /// The one that the termination policies choose among kinds that may go.
    pub(super) fn choose(
        &self,
        purchase: Option<Purchase>,
        eligible: &dyn Fn(&Kind) -> bool,
        now: SimTime,
    ) -> Option<InstanceId> {
        let question = Question {
            policies: &self.settings.policies,
            purchase,
            eligible,
            load: &|zone| self.roster.load(zone),
            misfit: &|source| self.market.misfit(source, |source| self.roster.held(source)),
            current: self.settings.template,
            now,
        };
        question.choose(&self.roster.candidates)
    }

    /// EC2 has launched one, or started it.
    pub fn running(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        let Some(state) = self.roster.state(id) else { return };
        self.roster.change(id, |instance| instance.exists = true);
        if matches!(state, State::Pending | State::WarmedPending) {
            self.hold_launching(id, now, out);
        }
        self.settle(now, out);
    }

    /// EC2 has no capacity for one. Another is launched, from elsewhere if there is such a place.
    pub fn launch_failed(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        let Some(instance) = self.roster.get(id) else { return };
        let (source, exists) = (instance.source, instance.exists);
        self.shortages.insert(source, now.saturating_add(self.settings.retry));
        if exists {
            // a stopped one that could not be started: its place is taken by a new one
            self.end(id, out);
        } else {
            self.forget(id);
            self.roster.remove(id);
        }
        self.settle(now, out);
    }
}
