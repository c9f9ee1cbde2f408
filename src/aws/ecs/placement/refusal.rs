//! Why a task is not placed, in the words of the API and of the events of services.
//!
//! Source: API reference, "API failure reasons", and Developer Guide, "Service event messages"; the
//! words for constraints are those that `run-task` answers with.

use std::fmt;

use super::InstanceId;

/// Why an instance does not take a task: the first of what is looked at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It is being drained.
    Draining,
    /// Its agent cannot be reached.
    Agent,
    /// It has too little CPU left.
    Cpu,
    /// It has too little memory left.
    Memory,
    /// It has too few GPUs left.
    Gpu,
    /// A port that the task needs is taken.
    Ports,
    /// No further network interface can be attached.
    Interfaces,
    /// It lacks an attribute that the task needs, or has another value of it.
    Attribute,
    /// None of the task's subnets is in its zone.
    Zone,
    /// An expression does not select it.
    MemberOf,
    /// It has a task of the group already.
    DistinctInstance,
}

impl Refusal {
    /// What an event of a service says of the closest instance.
    pub fn event(self) -> &'static str {
        match self {
            Self::Draining => "is draining",
            Self::Agent => "encountered error \"AGENT\"",
            Self::Cpu => "has insufficient CPU units available",
            Self::Memory => "has insufficient memory available",
            Self::Gpu => "encountered error \"RESOURCE:GPU\"",
            Self::Ports => "is already using a port required by your task",
            Self::Interfaces => "encountered error \"RESOURCE:ENI\"",
            Self::Attribute => "is missing an attribute required by your task",
            Self::Zone => "is in no zone of the subnets of your task",
            Self::MemberOf => "encountered error \"MemberOf placement constraint unsatisfied.\"",
            Self::DistinctInstance => {
                "encountered error \"DistinctInstance placement constraint unsatisfied.\""
            }
        }
    }
}

/// The reason that the API gives.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Draining => "INACTIVE",
            Self::Agent => "AGENT",
            Self::Cpu => "RESOURCE:CPU",
            Self::Memory => "RESOURCE:MEMORY",
            Self::Gpu => "RESOURCE:GPU",
            Self::Ports => "RESOURCE:PORTS",
            Self::Interfaces => "RESOURCE:ENI",
            Self::Attribute | Self::Zone => "ATTRIBUTE",
            Self::MemberOf => "MemberOf placement constraint unsatisfied.",
            Self::DistinctInstance => "DistinctInstance placement constraint unsatisfied.",
        })
    }
}

/// The instance that came closest: the one that passed most of what is looked at, of equals the
/// one that was registered first.
pub fn closest(refusals: &[(InstanceId, Refusal)]) -> Option<(InstanceId, Refusal)> {
    let passed = |(id, refusal): &(InstanceId, Refusal)| (*refusal, std::cmp::Reverse(*id));
    refusals.iter().copied().max_by_key(passed)
}
