//! The way of an instance through its states, and the hooks on it.
//!
//! Source: Amazon EC2 Auto Scaling User Guide, "Amazon EC2 Auto Scaling instance lifecycle", "How
//! lifecycle hooks work" and "Use lifecycle hooks with a warm pool". Hooks of the end hold what
//! served; that those that never did end without them is an assumption.

use super::{Action, Group, Timer};
use crate::aws::auto_scaling::hook::{Hook, Outcome, Progress, Transition, Waits};
use crate::aws::auto_scaling::instance::{Instance, InstanceId, State};
use crate::aws::auto_scaling::process::Process;
use crate::aws::auto_scaling::warm_pool::PoolState;
use crate::engine::SimTime;

impl Group {
    /// One runs: hooks hold it before it serves or is put aside.
    pub(super) fn hold_launching(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        self.hold(id, Transition::Launching, now, out);
    }

    fn hold(
        &mut self,
        id: InstanceId,
        transition: Transition,
        now: SimTime,
        out: &mut Vec<Action>,
    ) {
        let Some(waits) = Waits::begin(&self.settings.hooks, transition, now) else {
            return self.proceed(id, now, out);
        };
        out.extend(waits.open().map(|hook| Action::Notify { instance: id, hook }));
        if let Some(at) = waits.next() {
            self.timers.insert((at, id, Timer::Hook));
        }
        self.roster.change(id, |instance| {
            instance.waits = Some(Box::new(waits));
            instance.state = match instance.state {
                State::Pending => State::PendingWait,
                State::WarmedPending => State::WarmedPendingWait,
                _ => State::TerminatingWait,
            };
        });
    }

    /// No hook holds it any more.
    fn proceed(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        match self.roster.state(id) {
            Some(State::Pending | State::PendingWait) => self.serve(id, now, out),
            Some(State::WarmedPending | State::WarmedPendingWait) => self.put_aside(id, out),
            Some(State::Terminating | State::TerminatingWait) => self.end(id, out),
            _ => {}
        }
    }

    /// It comes into service.
    pub(super) fn serve(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        let (warmup, protected) = (self.warmup(), self.settings.protect_new);
        let warm_at = now.saturating_add(warmup);
        self.roster.change(id, |instance| {
            instance.state = State::InService;
            instance.in_service = Some(now);
            instance.warm_at = warm_at;
            instance.protected = protected;
            instance.waits = None;
        });
        let register =
            self.settings.load_balanced && !self.is_suspended(Process::AddToLoadBalancer);
        out.push(Action::Serve { instance: id, register });
        if warmup.is_zero() {
            self.warmed_up(id, now);
        } else {
            self.timers.insert((warm_at, id, Timer::Warm));
        }
        self.judge(id, now);
    }

    /// It has served for as long as it warms up.
    pub(super) fn warmed_up(&mut self, id: InstanceId, now: SimTime) {
        // it may have been put aside, and have come back
        let serves = |instance: &&Instance| instance.state == State::InService;
        if self.roster.get(id).filter(serves).is_none_or(|instance| now < instance.warm_at) {
            return;
        }
        self.roster.change(id, |instance| instance.warm = true);
        if self.swaps.contains_key(&id) {
            self.arrived.insert(id);
        }
    }

    fn put_aside(&mut self, id: InstanceId, out: &mut Vec<Action>) {
        let state = self.settings.warm_pool.unwrap_or_default().state;
        let runs = state == PoolState::Running;
        self.roster.change(id, |instance| {
            instance.waits = None;
            instance.state = if runs { State::Warmed } else { State::WarmedPendingProceed };
        });
        if !runs {
            out.push(Action::Stop { instance: id, hibernate: state == PoolState::Hibernated });
        }
    }

    /// It leaves the load balancer and then waits for hooks, to end or to go back to the warm pool.
    pub(super) fn leave(
        &mut self,
        id: InstanceId,
        back: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) {
        self.forget(id);
        if self.roster.state(id) != Some(State::InService) {
            return self.end(id, out);
        }
        self.roster.change(id, |instance| {
            instance.state = if back { State::WarmedPending } else { State::Terminating };
            (instance.in_service, instance.warm) = (None, false);
            (instance.unhealthy, instance.reports) = (false, 0);
        });
        if self.settings.load_balanced {
            out.push(Action::Deregister(id));
        } else {
            self.hold(id, Transition::Terminating, now, out);
        }
    }

    /// EC2 is to terminate it now.
    pub(super) fn end(&mut self, id: InstanceId, out: &mut Vec<Action>) {
        self.forget(id);
        self.roster.change(id, |instance| {
            instance.state = State::TerminatingProceed;
            instance.unhealthy = false;
            instance.waits = None;
        });
        out.push(Action::Terminate(id));
    }

    /// Strikes it from all that was to be done with it.
    pub(super) fn forget(&mut self, id: InstanceId) {
        self.unhealthy.remove(&(false, id));
        self.unhealthy.remove(&(true, id));
        self.at_risk.remove(&id);
        if self.roster.get(id).is_some_and(|instance| instance.leaving) {
            self.roster.change(id, |instance| instance.leaving = false);
        }
        if let Some(swap) = self.end_swap(id) {
            if swap.insist {
                self.at_risk.insert(swap.old);
            } else {
                self.roster.change(swap.old, |instance| instance.leaving = false);
            }
        }
        if let Some(&new) = self.replaced_by.get(&id) {
            self.end_swap(new);
        }
    }

    /// A hook is completed (`CompleteLifecycleAction`).
    pub fn complete(
        &mut self,
        id: InstanceId,
        hook: u16,
        outcome: Outcome,
        now: SimTime,
        out: &mut Vec<Action>,
    ) {
        self.ask_hooks(id, |waits, _| waits.complete(hook, outcome), now, out);
        self.settle(now, out);
    }

    /// A hook asks for more time (`RecordLifecycleActionHeartbeat`).
    pub fn heartbeat(&mut self, id: InstanceId, hook: u16, now: SimTime) {
        let Some(mut waits) = self.roster.get(id).and_then(|instance| instance.waits.clone())
        else {
            return;
        };
        waits.heartbeat(hook, &self.settings.hooks, now);
        self.roster.change(id, |instance| instance.waits = Some(waits));
    }

    /// Hooks may have waited too long.
    pub(super) fn hooks_expire(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        self.ask_hooks(id, |waits, hooks| waits.expire(hooks, now), now, out);
        let waits = self.roster.get(id).and_then(|instance| instance.waits.as_ref());
        if let Some(at) = waits.and_then(|waits| waits.next()) {
            self.timers.insert((at, id, Timer::Hook));
        }
    }

    fn ask_hooks(
        &mut self,
        id: InstanceId,
        ask: impl FnOnce(&mut Waits, &[Hook]) -> Progress,
        now: SimTime,
        out: &mut Vec<Action>,
    ) {
        let Some(mut waits) = self.roster.get(id).and_then(|instance| instance.waits.clone())
        else {
            return;
        };
        let progress = ask(&mut waits, &self.settings.hooks);
        self.roster.change(id, |instance| instance.waits = Some(waits));
        let ends = self.roster.state(id) == Some(State::TerminatingWait);
        match progress {
            Progress::Held => {}
            Progress::Over(Outcome::Abandon) if !ends => self.end(id, out),
            Progress::Over(_) => self.proceed(id, now, out),
        }
    }

    /// The load balancer has let go of one.
    pub fn deregistered(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        if matches!(self.roster.state(id), Some(State::Terminating | State::WarmedPending)) {
            self.hold(id, Transition::Terminating, now, out);
        }
        self.settle(now, out);
    }

    /// EC2 has stopped one for the warm pool.
    pub fn stopped(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        if self.roster.state(id) == Some(State::WarmedPendingProceed) {
            self.roster.change(id, |instance| instance.state = State::Warmed);
        }
        self.settle(now, out);
    }

    /// One is no more, whether the group had it terminated or not.
    pub fn gone(&mut self, id: InstanceId, now: SimTime, out: &mut Vec<Action>) {
        self.forget(id);
        self.roster.remove(id);
        self.settle(now, out);
    }

    /// Terminates one (`TerminateInstanceInAutoScalingGroup`), protected or not; it is replaced
    /// unless the desired capacity falls with it.
    ///
    /// # Errors
    /// When there is no such instance, it already ends, or the group would be below its minimum.
    pub fn terminate(
        &mut self,
        id: InstanceId,
        decrement: bool,
        now: SimTime,
        out: &mut Vec<Action>,
    ) -> Result<(), super::Refusal> {
        let state = self.roster.state(id).filter(|state| !state.is_terminating());
        state.ok_or(super::Refusal::State(id))?;
        self.decrement(id, decrement)?;
        self.leave(id, false, now, out);
        self.settle(now, out);
        Ok(())
    }
}
