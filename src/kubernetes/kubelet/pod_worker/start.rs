//! Which containers are started, and when they are started again.
//!
//! `computePodActions` and `computeInitContainerActions` in `pkg/kubelet/kuberuntime`, v1.36: init
//! containers one by one, a sidecar until it has started; then the others together. Each is started
//! again as its policy says, after its back-off.

use crate::engine::SimTime;
use crate::kubernetes::objects::{PodTemplate, RestartPolicy};

use super::super::backoff::requeue;
use super::container::Stage;
use super::{Action, Call, PodWorker, Work};

/// What comes next of the init containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Initialization {
    /// This one is to be started.
    Next(usize),
    /// One is under way.
    UnderWay,
    /// They are through.
    Through,
    /// One has failed and is not started again.
    Failed,
}

impl PodWorker {
    /// Starts what is to run and does not, or ends the pod if nothing is to run any more.
    pub(super) fn start_wanted(&mut self, call: Call<'_>, actions: &mut Vec<Action>) {
        let next = self.initialization(call.template);
        self.initialized |= next == Initialization::Through;
        let done = self.initialized && !self.any_regular_wanted(call.template);
        if next == Initialization::Failed || done {
            // what still runs are sidecars: nobody needs them any more
            self.work = Work::Terminating;
            self.stop_all(call, call.template.grace, actions);
            return;
        }
        for index in 0..self.containers.len() {
            let state = &self.containers[index];
            let waits = state.stage == Stage::Idle && state.due == SimTime::MAX;
            if waits && self.wanted(call.template, index, next) {
                self.start_unless_backing_off(call, index, actions);
            }
        }
    }

    /// Starts a container again that was stopped because a probe failed.
    ///
    /// That happens in the very look that stopped it, which does not know yet that it has ended:
    /// the back-off counts from its end `before`, and without such an end there is none.
    pub(super) fn replace(
        &mut self,
        call: Call<'_>,
        index: usize,
        before: SimTime,
        actions: &mut Vec<Action>,
    ) {
        let sidecar = is_sidecar(call.template, index);
        if call.template.restart == RestartPolicy::Never && !sidecar {
            return;
        }
        let state = &mut self.containers[index];
        let rule = call.settings.crash_loop;
        if before < SimTime::MAX {
            if state.crash.until(rule, before) > call.now {
                return;
            }
            state.crash.tried(rule, before, call.now);
        }
        state.stage = Stage::Starting;
        actions.push(Action::Start(index));
    }

    /// Where the init containers stand: the last one that ever ran decides.
    fn initialization(&self, template: &PodTemplate) -> Initialization {
        if self.initialized {
            return Initialization::Through;
        }
        let init = template.init.len();
        let Some(last) = (0..init).rev().find(|index| self.containers[*index].ran) else {
            return if init == 0 { Initialization::Through } else { Initialization::Next(0) };
        };
        let state = &self.containers[last];
        let sidecar = template.init[last].sidecar;
        let through = if sidecar { state.is_started } else { state.succeeded() };
        if through && last + 1 == init {
            Initialization::Through
        } else if through {
            Initialization::Next(last + 1)
        } else if sidecar || !state.at_rest() {
            Initialization::UnderWay
        } else if template.restart == RestartPolicy::Never {
            Initialization::Failed
        } else {
            Initialization::Next(last)
        }
    }

    /// Whether a container that does not run is to be started.
    fn wanted(&self, template: &PodTemplate, index: usize, next: Initialization) -> bool {
        let state = &self.containers[index];
        if index >= template.init.len() {
            return self.initialized && self.regular_wanted(template, index);
        }
        next == Initialization::Next(index) || (template.init[index].sidecar && state.ran)
    }

    /// Whether a container that is not an init container is to run, by its policy.
    fn regular_wanted(&self, template: &PodTemplate, index: usize) -> bool {
        let state = &self.containers[index];
        match (state.stage, state.exit) {
            (Stage::Idle, Some(exit)) => match template.restart {
                RestartPolicy::Always => true,
                RestartPolicy::OnFailure => !exit.success,
                RestartPolicy::Never => false,
            },
            _ => true,
        }
    }

    fn any_regular_wanted(&self, template: &PodTemplate) -> bool {
        let mut regular = template.init.len()..self.containers.len();
        regular.any(|index| self.regular_wanted(template, index))
    }

    /// Starts a container, or notes when that may be tried again.
    fn start_unless_backing_off(
        &mut self,
        call: Call<'_>,
        index: usize,
        actions: &mut Vec<Action>,
    ) {
        let state = &mut self.containers[index];
        let (rule, now) = (call.settings.crash_loop, call.now);
        let until = if state.exit.is_some() { state.crash.until(rule, state.ended) } else { now };
        if until > now {
            state.due = requeue(now, until, call.jitter);
            return;
        }
        if state.exit.is_some() {
            state.crash.tried(rule, state.ended, now);
        }
        let until = state.pull.until_since_try(call.settings.image_pull, now);
        if state.refused.is_some() && until > now {
            state.due = requeue(now, until, call.jitter);
            return;
        }
        state.stage = Stage::Starting;
        actions.push(Action::Start(index));
    }
}

/// Whether that container is a sidecar.
pub(super) fn is_sidecar(template: &PodTemplate, index: usize) -> bool {
    template.init.get(index).is_some_and(|container| container.sidecar)
}
