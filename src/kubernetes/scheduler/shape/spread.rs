//! How evenly pods have to be spread.

use crate::kubernetes::scheduler::labels::Selector;
use crate::kubernetes::scheduler::topology::TopologyId;

/// What happens where a constraint cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unsatisfiable {
    /// The pod waits: the constraint is hard.
    DoNotSchedule,
    /// The pod goes elsewhere: the constraint is soft.
    ScheduleAnyway,
}

/// Whether what a pod demands of nodes decides which nodes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inclusion {
    /// Only nodes that meet it count.
    Honor,
    /// All nodes count.
    Ignore,
}

/// One constraint of a pod on how evenly pods like it are spread.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpreadConstraint {
    /// How many pods more than in the emptiest domain there may be, at least 1.
    pub max_skew: i32,
    /// The domains: nodes of one value of this label.
    pub topology: TopologyId,
    /// Hard or soft.
    pub unsatisfiable: Unsatisfiable,
    /// Which pods are counted, in the pod's namespace; `matchLabelKeys` are merged into it.
    pub selector: Selector,
    /// With fewer domains than this the emptiest counts as empty.
    pub min_domains: i32,
    /// Whether nodes that the pod's node selector and affinity rule out count.
    pub node_affinity: Inclusion,
    /// Whether nodes whose taints the pod does not tolerate count.
    pub node_taints: Inclusion,
}
