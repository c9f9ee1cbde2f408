//! The sandbox of a pod: its network, without which no container is started.
//!
//! `SyncPod` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`, v1.36: a sandbox that cannot be
//! made ends the look at the pod, and the next one tries again. It goes when the pod's containers
//! have ended for good.

use super::{Action, Call, PodWorker};
use crate::engine::{SimDuration, SimTime};

/// Where the sandbox of a pod stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sandbox {
    /// To be made, not before this.
    Wanted(SimTime),
    /// Asked for.
    Asked,
    /// There.
    Made,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::Wanted(SimTime::ZERO)
    }
}

impl Sandbox {
    /// When it is tried again after it could not be made.
    pub fn due(self) -> Option<SimTime> {
        match self {
            Self::Wanted(from) if from > SimTime::ZERO => Some(from),
            _ => None,
        }
    }
}

impl PodWorker {
    /// The pod is connected to the network.
    pub fn connected(&mut self, call: Call<'_>, actions: &mut Vec<Action>) {
        if self.sandbox == Sandbox::Asked {
            self.sandbox = Sandbox::Made;
            self.sync(call, actions);
        }
    }

    /// The pod could not be connected to the network: that is tried again after this.
    pub fn not_connected(&mut self, call: Call<'_>, wait: SimDuration) {
        if self.sandbox == Sandbox::Asked {
            self.sandbox = Sandbox::Wanted(call.now.saturating_add(wait));
        }
    }

    /// Whether the sandbox is there; asks for it if it is time to.
    pub(super) fn has_sandbox(&mut self, call: Call<'_>, actions: &mut Vec<Action>) -> bool {
        let Sandbox::Wanted(from) = self.sandbox else { return self.sandbox == Sandbox::Made };
        if !call.settings.has_network || call.template.on_host_network {
            self.sandbox = Sandbox::Made;
            return true;
        }
        if from <= call.now {
            self.sandbox = Sandbox::Asked;
            actions.push(Action::Connect);
        }
        false
    }
}
