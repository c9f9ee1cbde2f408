//! Why a pod waits, in the words that `kubectl describe pod` shows.
//!
//! Follows `FitError.Error` (Kubernetes v1.36, pkg/scheduler/framework/types.go) and what the
//! PostFilter plugins of the default profile add to it (pkg/scheduler/framework/runtime): reasons
//! are counted over nodes and sorted as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::cycle::Attempt;
use super::preemption::{NOT_HELPFUL, Preemption};

/// Said of a pod in a cluster without nodes.
pub const NO_NODES: &str = "no nodes available to schedule pods";
/// What DynamicResources, which is asked before DefaultPreemption, says of pods that claim no
/// devices (pkg/scheduler/framework/plugins/dynamicresources).
pub const NO_CLAIMS: &str = "no new claims to deallocate";

/// What DynamicResources says, so that DefaultPreemption is not even asked, of pods that another
/// plugin rejected before it looked at them: real clusters do say `persistentvolumeclaim "data" not
/// found. not found`.
pub const NO_STATE: &str = "not found";

/// The message of an attempt that found no node among `nodes`. Preemption is left out where it was
/// not tried, and says nothing where it found room.
#[must_use]
pub fn failed(nodes: usize, attempt: &Attempt, preemption: Option<&Preemption>) -> String {
    if nodes == 0 {
        return NO_NODES.to_owned();
    }
    if let Some(refusal) = &attempt.refused {
        let reasons = refusal.rejection.reasons.join(", ");
        let end = if preemption.is_some() { format!(" {NO_STATE}") } else { String::new() };
        return format!("0/{nodes} nodes are available: {reasons}.{end}");
    }
    let reasons = attempt.infeasible.iter().flat_map(|(_, why)| &why.rejection.reasons);
    let mut message = unavailable(nodes, reasons.map(|reason| (reason.as_ref(), 1)));
    if let Some(why) = preemption.and_then(|found| no_room(nodes, found)) {
        // writing to a text cannot fail
        let _ = write!(message, " {NO_CLAIMS}, preemption: {why}");
    }
    message
}

/// Why preemption made no room; nothing where it did.
#[must_use]
pub fn no_room(nodes: usize, preemption: &Preemption) -> Option<String> {
    if let Some(why) = preemption.ineligible {
        return Some(why.to_owned());
    }
    if !preemption.candidates.is_empty() {
        return None;
    }
    let unnamed = nodes.saturating_sub(preemption.failures.len());
    let reasons = preemption.failures.iter().flat_map(|(_, rejection)| &rejection.reasons);
    let reasons = reasons.map(|reason| (reason.as_ref(), 1));
    Some(unavailable(nodes, reasons.chain(std::iter::once((NOT_HELPFUL, unnamed)))))
}

/// `0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had untolerated taint(s).`
fn unavailable<'a>(nodes: usize, reasons: impl Iterator<Item = (&'a str, usize)>) -> String {
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for (reason, times) in reasons {
        *counted.entry(reason).or_insert(0) += times;
    }
    counted.retain(|_, times| *times > 0);
    let mut parts: Vec<String> =
        counted.iter().map(|(reason, times)| format!("{times} {reason}")).collect();
    parts.sort_unstable();
    let mut message = format!("0/{nodes} nodes are available:");
    if !parts.is_empty() {
        let _ = write!(message, " {}.", parts.join(", "));
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::scheduler::filters::Refusal;
    use crate::kubernetes::scheduler::framework::Rejection;
    use crate::kubernetes::scheduler::node::NodeId;
    use crate::kubernetes::scheduler::plugins::Plugin;
    use crate::kubernetes::scheduler::preemption::{NEVER, Victims};

    const TAINT: &str = "node(s) had untolerated taint(s)";

    fn refusal(plugin: Plugin, rejection: Rejection) -> Refusal {
        Refusal { plugin: Some(plugin), rejection }
    }

    fn attempt() -> Attempt {
        let cpu =
            || refusal(Plugin::NodeResourcesFit, Rejection::unschedulable("Insufficient cpu"));
        let mut both = cpu();
        both.rejection.reasons.push("Insufficient memory".into());
        let taint = || refusal(Plugin::TaintToleration, Rejection::unresolvable(TAINT));
        let refusals = [cpu(), taint(), both, cpu(), taint()];
        let infeasible = (0..).map(NodeId).zip(refusals).collect();
        Attempt { infeasible, ..Attempt::default() }
    }

    #[test]
    fn reasons_are_counted_over_nodes_and_sorted_as_text() {
        assert_eq!(
            failed(5, &attempt(), None),
            "0/5 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint(s), \
             3 Insufficient cpu."
        );
    }

    #[test]
    fn nodes_that_preemption_does_not_name_are_counted_as_not_helped() {
        let full = Rejection::unschedulable("Insufficient memory");
        let preemption = Preemption { failures: vec![(NodeId(2), full)], ..Preemption::default() };
        assert_eq!(
            failed(5, &attempt(), Some(&preemption)),
            "0/5 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint(s), \
             3 Insufficient cpu. no new claims to deallocate, preemption: 0/5 nodes are \
             available: 1 Insufficient memory, 4 Preemption is not helpful for scheduling."
        );
    }

    #[test]
    fn a_plugin_that_refuses_the_pod_everywhere_is_quoted_once() {
        let missing = Rejection::unresolvable("persistentvolumeclaim \"data\" not found");
        let refused = Some(refusal(Plugin::VolumeBinding, missing));
        let attempt = Attempt { refused, ..Attempt::default() };
        assert_eq!(
            failed(3, &attempt, Some(&Preemption::default())),
            "0/3 nodes are available: persistentvolumeclaim \"data\" not found. not found"
        );
        assert_eq!(
            failed(3, &attempt, None),
            "0/3 nodes are available: persistentvolumeclaim \"data\" not found."
        );
    }

    #[test]
    fn a_pod_that_may_not_evict_says_so() {
        let preemption = Preemption { ineligible: Some(NEVER), ..Preemption::default() };
        let message = failed(5, &attempt(), Some(&preemption));
        let end = "no new claims to deallocate, preemption: not eligible due to \
                   preemptionPolicy=Never.";
        assert!(message.ends_with(end), "{message}");
    }

    #[test]
    fn preemption_that_made_room_says_nothing() {
        let victims = Victims { node: NodeId(0), pods: Vec::new(), violations: 0 };
        let preemption = Preemption { candidates: vec![victims], ..Preemption::default() };
        assert_eq!(failed(5, &attempt(), Some(&preemption)), failed(5, &attempt(), None));
    }

    #[test]
    fn a_cluster_without_nodes_has_a_message_of_its_own() {
        assert_eq!(failed(0, &Attempt::default(), None), "no nodes available to schedule pods");
    }
}
