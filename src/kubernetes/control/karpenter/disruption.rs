//! The loop that looks for nodes to take away or to replace, and does so.
//!
//! pkg/controllers/disruption/{controller,queue}.go. A replacement is there before the nodes go
//! that it is for; where none comes, they stay. A look of which nothing can come is left out:
//! nothing has changed since the last one, no command waits, and no node has become old enough.
//! After 5 min all is looked at again whatever happened (`ConsolidationState`,
//! pkg/controllers/state/cluster.go).

use super::super::log::Entry;
use super::super::{Around, ContainerEvent, ControlEvent, ControlPlane};
use super::view::Known;
use super::{Karpenter, KarpenterEvent, Running};
use crate::engine::{Phase, Schedule, SimDuration, SimTime};
use crate::kubernetes::autoscale::karpenter::api::Reason;
use crate::kubernetes::autoscale::karpenter::disruption::{Command, EVERY, Moment};
use crate::kubernetes::autoscale::karpenter::provision::Shown;

/// All is looked at again after so long.
const STALE: SimDuration = SimDuration::from_secs(300);
/// Commands that are found in one look at most: each is under way before the next is looked for.
const MOST_COMMANDS: usize = 100;
/// A replacement that is not there after so long is not waited for any more (`minRetryDuration`,
/// pkg/controllers/disruption/queue.go).
const PATIENCE: SimDuration = SimDuration::from_secs(600);

impl Karpenter {
    /// Whether a look could find anything.
    fn is_worth_a_look(&self, changed: bool, now: SimTime) -> bool {
        if self.disruptor.validates().is_some() {
            return true;
        }
        let Some((last, _)) = self.last else { return true };
        let scheduled = |pool: &super::Pool| {
            pool.spec.disruption.budgets.iter().any(|budget| budget.times.is_some())
        };
        let ripe = |claim: &super::Claim| {
            let after = self.pools[claim.pool].spec.disruption.consolidate_after;
            let since = |time: SimTime| last < time && time <= now;
            after.is_some_and(|after| since(claim.last_pod.saturating_add(after)))
                || since(claim.nominated)
        };
        let drifts = |(at, _): &(SimTime, Vec<usize>)| last < *at && *at <= now;
        changed
            || now.since(last) >= STALE
            || self.settings.drifts.iter().any(drifts)
            || self.pools.iter().any(scheduled)
            || self.claims.values().any(ripe)
    }

    fn reason(reason: Reason) -> &'static str {
        match reason {
            Reason::Underutilized => "underutilized",
            Reason::Empty => "empty",
            Reason::Drifted => "drifted",
        }
    }
}

impl ControlPlane {
    /// Looks at nodes.
    pub(super) fn look_at_nodes<S>(&mut self, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let moment = self.cluster.changes().now();
        let Some(karpenter) = &self.karpenter else { return };
        let changed = karpenter.last.is_none_or(|(_, seen)| seen != moment);
        if karpenter.is_synced() && karpenter.is_worth_a_look(changed, now) {
            for _ in 0..MOST_COMMANDS {
                let Some(command) = self.find_command(now) else { break };
                self.run_command(command, around);
            }
            let moment = self.cluster.changes().now();
            if let Some(karpenter) = &mut self.karpenter {
                karpenter.last = Some((now, moment));
            }
        }
        let Some(karpenter) = &self.karpenter else { return };
        let next = karpenter.disruptor.validates().filter(|at| *at > now);
        let next = next.unwrap_or(now.saturating_add(EVERY));
        around.at(next, Phase::Decide, ControlEvent::Karpenter(KarpenterEvent::Look));
    }

    fn find_command(&mut self, now: SimTime) -> Option<Command> {
        self.refresh_budgets(now);
        let mut pending = self.waiting_pods();
        pending.extend(self.pods_that_move());
        let mut karpenter = self.karpenter.take()?;
        karpenter.refresh(now);
        karpenter.learn(&self.objects);
        let tried = self.try_claims(&karpenter);
        let daemons = self.all_daemons();
        let mut disruptor = karpenter.disruptor.clone();
        let shown = Shown {
            profile: self.scheduler.profile(),
            pools: &karpenter.pools,
            daemons: &daemons,
            well_known: &karpenter.settings.well_known,
            nodes: &tried.nodes,
        };
        let view = Known {
            objects: &self.objects,
            of_scheduled: &self.of_scheduled,
            karpenter: &karpenter,
            tried: &tried.claims,
            now,
        };
        let calendar = self.limits.epoch + (now.as_nanos() / 1_000_000_000) as i64;
        let at = Moment { shown: &shown, view: &view, pending: &pending, now, calendar };
        let command = disruptor.pass(&mut self.cluster, at);
        self.untry_claims(&tried);
        karpenter.disruptor = disruptor;
        self.karpenter = Some(karpenter);
        command
    }

    fn run_command<S>(&mut self, command: Command, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Command { nodes, replacements, reason } = command;
        let Some(karpenter) = &mut self.karpenter else { return };
        let known = nodes.iter().filter_map(|node| karpenter.of_node.get(node).copied());
        let claims: Vec<u32> = known.collect();
        if replacements.is_empty() {
            return self.disrupt(&claims, reason, around);
        }
        let text = self.log.text(&format!("{}, to be replaced", Karpenter::reason(reason)));
        for &node in &nodes {
            self.taint_disrupted(node, around);
            self.log.add(now, Entry::Disrupted { node, reason: text });
        }
        let made: Vec<u32> =
            replacements.into_iter().map(|claim| self.make_claim(claim, around)).collect();
        for &claim in &made {
            self.karpenter_later(PATIENCE, KarpenterEvent::Overdue(claim), around);
        }
        if let Some(karpenter) = &mut self.karpenter {
            karpenter.running.push(Running { claims, replacements: made, reason });
        }
    }

    /// A node has come up: those that it is for may go.
    pub(super) fn replacement_is_there<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(karpenter) = &mut self.karpenter else { return };
        let place = karpenter.running.iter().position(|one| one.replacements.contains(&id));
        let Some(place) = place else { return };
        let waits = &mut karpenter.running[place].replacements;
        waits.retain(|claim| *claim != id);
        if !waits.is_empty() {
            return;
        }
        let Running { claims, reason, .. } = karpenter.running.remove(place);
        self.disrupt(&claims, reason, around);
    }

    /// Has claims go for a reason.
    fn disrupt<S>(&mut self, claims: &[u32], reason: Reason, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let Some(karpenter) = &mut self.karpenter else { return };
        let number = claims.len() as u64;
        match reason {
            Reason::Underutilized => karpenter.counts.underutilized += number,
            Reason::Empty => karpenter.counts.empty += number,
            Reason::Drifted => karpenter.counts.drifted += number,
        }
        for &claim in claims {
            self.delete_claim(claim, Karpenter::reason(reason), around);
        }
    }

    /// A claim goes or is gone, or is too late: what it was to replace stays, and it is not
    /// replaced itself.
    pub(super) fn replacement_is_lost<S>(&mut self, id: u32, around: &mut Around<'_, S>)
    where
        S: Schedule<ControlEvent> + Schedule<ContainerEvent>,
    {
        let now = around.now();
        let Some(karpenter) = &mut self.karpenter else { return };
        karpenter.running.iter_mut().for_each(|one| one.claims.retain(|claim| *claim != id));
        let place = karpenter.running.iter().position(|one| one.replacements.contains(&id));
        let Some(place) = place else { return };
        let Running { claims, .. } = karpenter.running.remove(place);
        let nodes: Vec<_> = claims.iter().filter_map(|it| karpenter.claims.get(it)?.node).collect();
        for node in nodes {
            self.untaint(node, super::ends::DISRUPTED, None, now);
        }
        self.schedule_soon(around);
    }
}
