//! Which nodes are taken away or replaced.
//!
//! Follows pkg/controllers/disruption of Karpenter 1.x. [`Disruptor::pass`] is one turn of its
//! loop, which the caller makes every [`EVERY`] and again when [`Disruptor::validates`] says so.
//! Empty nodes go first, then those that drifted, then those that could be fewer or cheaper. A
//! command that was found waits for 15 s and is done only if it still holds then, or else the next
//! way is tried at once; one for drift is done as it is found. The caller does it: it taints the
//! nodes, starts the replacements, waits until they are initialized, and only then drains and
//! deletes the nodes; until then their facts say that they are going.
//!
//! Not modelled: static pools, node repair, the policy `Balanced`, limits of computing time.

mod candidate;
mod consolidate;
mod methods;
#[cfg(test)]
mod tests;

pub use candidate::{
    Candidate, NodeFacts, PodFacts, View, budgets, candidates, eviction_cost, stays,
};

use super::api::Reason;
use super::claim::NodeClaim;
use super::provision::{PendingPod, Shown};
use crate::engine::{SimDuration, SimTime};
use crate::kubernetes::scheduler::cluster::Cluster;
use crate::kubernetes::scheduler::node::NodeId;
use methods::{Method, Pass};

/// How often nodes are looked at.
pub const EVERY: SimDuration = SimDuration::from_secs(10);
/// How long a command waits before it is looked at again (consolidationTTL).
const VALIDATION: SimDuration = SimDuration::from_secs(15);

/// Switches of consolidation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether spot nodes are replaced by cheaper ones (feature gate `SpotToSpotConsolidation`).
    pub spot_to_spot: bool,
}

/// Nodes that go, and those that come first.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The nodes.
    pub nodes: Vec<NodeId>,
    /// What has to be there before they go: one node at most, but for drift.
    pub replacements: Vec<NodeClaim>,
    /// Why.
    pub reason: Reason,
}

/// What is there at a pass.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a, V> {
    /// What is shown to provisioning too.
    pub shown: &'a Shown<'a>,
    /// What is known of nodes and pods.
    pub view: &'a V,
    /// Pods that wait for a node, and those on nodes that are going which are made again.
    pub pending: &'a [PendingPod],
    /// Now.
    pub now: SimTime,
    /// Now, in seconds since 1970, for schedules of budgets.
    pub calendar: i64,
}

/// Finds commands and looks at them twice.
#[derive(Clone, Debug)]
pub struct Disruptor {
    settings: Settings,
    waiting: Option<(SimTime, Method, Command)>,
}

impl Disruptor {
    /// Without a command.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, waiting: None }
    }

    /// When the command that waits is to be looked at again.
    #[must_use]
    pub fn validates(&self) -> Option<SimTime> {
        self.waiting.as_ref().map(|(until, ..)| *until)
    }

    /// Looks for a command, or at one that waited for long enough: what is returned is to be done.
    /// The cluster is tried on and left as it was.
    pub fn pass<V: View>(&mut self, cluster: &mut Cluster, at: Moment<V>) -> Option<Command> {
        let Moment { shown, view, pending, now, calendar } = at;
        if self.validates().is_some_and(|until| until > now) {
            return None;
        }
        let (settings, catalogue) = (self.settings, None);
        let mut pass = Pass { cluster, shown, view, pending, settings, now, calendar, catalogue };
        let mut behind = None;
        if let Some((_, method, command)) = self.waiting.take() {
            if let Some(valid) = pass.validate(command) {
                return Some(valid);
            }
            behind = Some(method);
        }
        let (method, command) = pass.find(behind)?;
        if method == Method::Drift {
            return Some(command);
        }
        self.waiting = Some((now.saturating_add(VALIDATION), method, command));
        None
    }
}
