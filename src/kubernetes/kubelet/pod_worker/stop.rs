//! How containers are stopped.
//!
//! `killContainer` in `pkg/kubelet/kuberuntime/kuberuntime_container.go`, v1.36: first the hook,
//! for as long as the grace is; then, if the pod has sidecars, the wait for its turn; then the
//! stop signal, and the kill when what is left of the grace has passed, but never sooner than 2 s
//! after the signal. What hook and turn took is subtracted in whole seconds, rounded down. A
//! sidecar's turn comes when all other containers and the sidecars after it have ended.

use crate::engine::{SimDuration, SimTime};

use super::container::Stage;
use super::start::is_sidecar;
use super::{Action, Call, PodWorker, Work};

/// Between stop signal and kill at least (`minimumGracePeriodInSeconds`).
const LEAST: SimDuration = SimDuration::from_secs(2);

/// The least grace of a pod (`calculateEffectiveGracePeriod`).
const LEAST_OF_POD: SimDuration = SimDuration::from_secs(1);

impl PodWorker {
    /// Ends the pod; `doomed` if it fails by that.
    pub(super) fn end(
        &mut self,
        call: Call<'_>,
        grace: SimDuration,
        doomed: bool,
        actions: &mut Vec<Action>,
    ) {
        if matches!(self.work, Work::Finished | Work::Lost) {
            return;
        }
        self.work = Work::Terminating;
        self.doomed |= doomed;
        self.stop_all(call, grace.max(LEAST_OF_POD), actions);
        self.sync(call, actions);
    }

    /// Stops all containers, or shortens the grace of those that are being stopped.
    pub(super) fn stop_all(
        &mut self,
        call: Call<'_>,
        grace: SimDuration,
        actions: &mut Vec<Action>,
    ) {
        for index in 0..self.containers.len() {
            let state = &mut self.containers[index];
            state.hold();
            match state.stage {
                Stage::Idle => state.due = SimTime::MAX,
                Stage::Starting => {
                    state.stage = Stage::Idle;
                    actions.push(Action::Abandon(index));
                }
                Stage::Running => self.stop(call, index, grace, actions),
                Stage::Hook => {
                    state.due = state.due.min(call.now.saturating_add(grace));
                    let hook = whole_seconds(state.due.since(call.now.min(state.due)));
                    state.grace = state.grace.min(grace.saturating_sub(hook));
                }
                Stage::Turn => {
                    let due = call.now.saturating_add(grace);
                    if due < state.due {
                        (state.due, state.grace) = (due, grace);
                    }
                }
                Stage::Signalled => {
                    state.due = state.due.min(call.now.saturating_add(grace.max(LEAST)));
                }
                Stage::Killed => {}
            }
        }
    }

    /// Stops one container.
    pub(super) fn stop(
        &mut self,
        call: Call<'_>,
        index: usize,
        grace: SimDuration,
        actions: &mut Vec<Action>,
    ) {
        let hook = call.template.all().nth(index).and_then(|container| container.pre_stop);
        let hook = hook.unwrap_or(SimDuration::ZERO).min(grace);
        if hook.is_zero() {
            self.await_turn(call, index, grace, actions);
            return;
        }
        let state = &mut self.containers[index];
        state.stage = Stage::Hook;
        state.due = call.now.saturating_add(hook);
        state.grace = grace.saturating_sub(whole_seconds(hook));
    }

    /// What a container that is due does next. Whether that is a turn of the pod's loop.
    pub(super) fn step(&mut self, call: Call<'_>, index: usize, actions: &mut Vec<Action>) -> bool {
        let state = &mut self.containers[index];
        if state.due > call.now {
            return false;
        }
        state.due = SimTime::MAX;
        let grace = state.grace;
        match state.stage {
            Stage::Idle => return true,
            Stage::Hook => self.await_turn(call, index, grace, actions),
            Stage::Turn => self.signal(call, index, SimDuration::ZERO, actions),
            Stage::Signalled => {
                state.stage = Stage::Killed;
                actions.push(Action::Kill(index));
            }
            Stage::Starting | Stage::Running | Stage::Killed => {}
        }
        false
    }

    /// Signals the sidecars whose turn has come.
    pub(super) fn turns(&mut self, call: Call<'_>, actions: &mut Vec<Action>) {
        for index in 0..call.template.init.len() {
            let state = &self.containers[index];
            if state.stage == Stage::Turn && self.turn_has_come(call, index) {
                let left = state.due.since(call.now.min(state.due));
                let waited = whole_seconds(state.grace.saturating_sub(left));
                let grace = state.grace.saturating_sub(waited);
                self.signal(call, index, grace, actions);
            }
        }
    }

    fn await_turn(
        &mut self,
        call: Call<'_>,
        index: usize,
        grace: SimDuration,
        actions: &mut Vec<Action>,
    ) {
        let ordered = self.work == Work::Terminating && is_sidecar(call.template, index);
        if !ordered || grace.is_zero() || self.turn_has_come(call, index) {
            self.signal(call, index, grace, actions);
            return;
        }
        let state = &mut self.containers[index];
        state.stage = Stage::Turn;
        state.due = call.now.saturating_add(grace);
        state.grace = grace;
    }

    /// Whether all containers that a sidecar outlives have ended.
    fn turn_has_come(&self, call: Call<'_>, index: usize) -> bool {
        let mut later = (index + 1..self.containers.len()).filter(|other| {
            *other >= call.template.init.len() || is_sidecar(call.template, *other)
        });
        later.all(|other| !self.containers[other].alive())
    }

    fn signal(
        &mut self,
        call: Call<'_>,
        index: usize,
        grace: SimDuration,
        actions: &mut Vec<Action>,
    ) {
        let state = &mut self.containers[index];
        state.stage = Stage::Signalled;
        state.due = call.now.saturating_add(grace.max(LEAST));
        actions.push(Action::Signal(index));
    }
}

/// The whole seconds of a span.
fn whole_seconds(span: SimDuration) -> SimDuration {
    SimDuration::from_secs(span.as_nanos() / 1_000_000_000)
}
