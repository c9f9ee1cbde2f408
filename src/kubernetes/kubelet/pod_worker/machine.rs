//! What becomes of a pod when its machine is lost, and comes back.
//!
//! `computePodActions` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, v1.36, for a pod
//! whose sandbox is gone: all containers begin anew, the init containers included. Back-off is
//! kept in the kubelet's memory only, so it is forgotten. Not modelled: that the ticks of probes
//! begin anew too.

use crate::kubernetes::objects::RestartPolicy;

use super::sandbox::Sandbox;
use super::{Action, Call, PodWorker, Work};

impl PodWorker {
    /// The machine is lost, and with it whoever could write the pod's status: that stays as it is.
    pub fn machine_lost(&mut self) {
        if self.work != Work::Finished {
            self.work = Work::Lost;
        }
    }

    /// The lost machine has booted, and the pod is still on it. One that is never started again
    /// ends. If it was deleted meanwhile, [`terminate`](Self::terminate) is to follow.
    pub fn machine_back(&mut self, call: Call<'_>, actions: &mut Vec<Action>) {
        if self.work != Work::Lost {
            return;
        }
        let ran = self.containers.iter().any(|state| state.ran);
        let over = ran && call.template.restart == RestartPolicy::Never;
        self.work = if over { Work::Terminating } else { Work::Working };
        self.doomed = false;
        self.initialized = false;
        self.sandbox = Sandbox::default();
        let init = call.template.init.len();
        for (index, state) in self.containers.iter_mut().enumerate() {
            state.reboot(call.now);
            state.ran &= index >= init;
        }
        self.sync(call, actions);
    }
}
