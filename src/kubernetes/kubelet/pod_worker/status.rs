//! Phase and conditions of a pod.
//!
//! `getPhase` in `pkg/kubelet/kubelet_pods.go`, `pkg/kubelet/status/generate.go`, v1.36. A phase
//! that is the last is written only when no container runs any more (`mergePodStatus` in
//! `status/status_manager.go`); that it is no longer ready is written at once.

use crate::kubernetes::objects::PodTemplate;

use super::start::is_sidecar;
use super::{PodPhase, PodStatus, PodWorker, Work};

impl PodWorker {
    /// The status as the containers are now.
    pub(super) fn observe(&self, template: &PodTemplate) -> PodStatus {
        let phase = self.phase(template);
        let over = matches!(phase, PodPhase::Succeeded | PodPhase::Failed) || self.doomed;
        PodStatus {
            phase,
            initialized: self.is_initialized(template) || phase == PodPhase::Succeeded,
            ready: !over && self.all_ready(template),
            restarts: self.containers.iter().map(|state| state.restarts).sum(),
        }
    }

    fn phase(&self, template: &PodTemplate) -> PodPhase {
        let (init, regular) = self.containers.split_at(template.init.len());
        if self.work == Work::Finished {
            let succeeded = !self.doomed && regular.iter().all(|state| state.succeeded());
            return if succeeded { PodPhase::Succeeded } else { PodPhase::Failed };
        }
        let initializing = init.iter().zip(&template.init).any(|(state, container)| {
            if container.sidecar && state.alive() {
                !state.is_started
            } else {
                state.alive() || !state.ran
            }
        });
        let waiting = regular.iter().any(|state| !state.ran);
        if waiting || (initializing && !regular.iter().any(|state| state.ran)) {
            PodPhase::Pending
        } else {
            PodPhase::Running
        }
    }

    /// Whether the init containers are through, or were once.
    fn is_initialized(&self, template: &PodTemplate) -> bool {
        let (init, regular) = self.containers.split_at(template.init.len());
        let through = init.iter().zip(&template.init).all(|(state, container)| {
            if container.sidecar { state.is_started } else { state.succeeded() }
        });
        through || regular.iter().any(|state| state.ran)
    }

    fn all_ready(&self, template: &PodTemplate) -> bool {
        let init = template.init.len();
        self.containers.iter().zip(template.all()).enumerate().all(|(index, (state, container))| {
            let counts = index >= init || is_sidecar(template, index);
            !counts || state.ready(container)
        })
    }
}
