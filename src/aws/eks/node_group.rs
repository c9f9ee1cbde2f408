//! Managed node groups: what they are set to, and what of it is refused.
//!
//! An Auto Scaling group does the work; how it is updated node by node is
//! [`auto_scaling::node_group`](crate::aws::auto_scaling::node_group). Sources: Amazon EKS API
//! Reference, `CreateNodegroup` and `NodegroupUpdateConfig`; Amazon EKS User Guide, "View and
//! manage Amazon EKS and Fargate service quotas".

use crate::aws::auto_scaling::node_group::{MOST_UNAVAILABLE, UpdateConfig};

/// Managed node groups of a cluster at most, by default.
pub const MOST_GROUPS: u32 = 30;
/// Nodes of a group at most, by default.
pub const MOST_NODES: u32 = 450;

/// What the instances of a group are bought as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapacityType {
    /// At the price of the list.
    OnDemand,
    /// As long as nobody else needs them.
    Spot,
    /// Reserved for a time beforehand.
    CapacityBlock,
}

impl CapacityType {
    /// As the API and the label `eks.amazonaws.com/capacityType` have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "ON_DEMAND",
            Self::Spot => "SPOT",
            Self::CapacityBlock => "CAPACITY_BLOCK",
        }
    }
}

/// How many nodes may be unavailable during an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxUnavailable {
    /// So many (`maxUnavailable`), 1 to 100.
    Nodes(u32),
    /// So many hundredths of the group (`maxUnavailablePercentage`), 1 to 100.
    Percent(u32),
}

/// The default is one node.
impl Default for MaxUnavailable {
    fn default() -> Self {
        Self::Nodes(1)
    }
}

impl MaxUnavailable {
    /// Nodes of a group of this size: parts are rounded up, and no more than 100 at a time.
    pub fn of(self, nodes: u32) -> u32 {
        let count = match self {
            Self::Nodes(count) => count,
            Self::Percent(percent) => {
                let hundredths = u64::from(nodes) * u64::from(percent);
                u32::try_from(hundredths.div_ceil(100)).unwrap_or(u32::MAX)
            }
        };
        count.clamp(1, MOST_UNAVAILABLE)
    }

    /// The update of a group of so many nodes in so many zones.
    pub fn update(self, nodes: u32, zones: u32, force: bool) -> UpdateConfig {
        UpdateConfig { zones, max_unavailable: self.of(nodes), force }
    }
}

/// Sizes of a group (`scalingConfig`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// Never fewer.
    pub min: u32,
    /// Now.
    pub desired: u32,
    /// Never more, but during an update.
    pub max: u32,
}

/// Why a group cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// The sizes do not fit each other.
    #[error(
        "sizes of a node group rise: `minSize` {min}, `desiredSize` {desired}, `maxSize` {max} do \
         not"
    )]
    Order {
        /// `minSize`.
        min: u32,
        /// `desiredSize`.
        desired: u32,
        /// `maxSize`.
        max: u32,
    },
    /// A group of no nodes at all.
    #[error("`maxSize` of a node group is 1 at least")]
    NoNodes,
    /// Too many nodes.
    #[error("ResourceLimitExceeded: a managed node group has {most} nodes at most, not {wanted}")]
    Nodes {
        /// The quota.
        most: u32,
        /// `maxSize`.
        wanted: u32,
    },
    /// Too many groups.
    #[error("ResourceLimitExceeded: a cluster has {0} managed node groups at most")]
    Groups(u32),
    /// `maxUnavailable` is out of range.
    #[error("{name} is 1 to 100, not {value}")]
    Unavailable {
        /// Which key.
        name: &'static str,
        /// Its value.
        value: u32,
    },
}

/// Whether a cluster that has so many groups can have another one of these sizes.
///
/// # Errors
/// A quota is exceeded, or sizes contradict each other.
pub fn check(groups: u32, scaling: Scaling, unavailable: MaxUnavailable) -> Result<(), GroupError> {
    let Scaling { min, desired, max } = scaling;
    if groups >= MOST_GROUPS {
        return Err(GroupError::Groups(MOST_GROUPS));
    }
    if max == 0 {
        return Err(GroupError::NoNodes);
    }
    if !(min <= desired && desired <= max) {
        return Err(GroupError::Order { min, desired, max });
    }
    if max > MOST_NODES {
        return Err(GroupError::Nodes { most: MOST_NODES, wanted: max });
    }
    let (name, value) = match unavailable {
        MaxUnavailable::Nodes(count) => ("`maxUnavailable`", count),
        MaxUnavailable::Percent(percent) => ("`maxUnavailablePercentage`", percent),
    };
    if !(1..=100).contains(&value) {
        return Err(GroupError::Unavailable { name, value });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_group_are_rounded_up_and_a_hundred_at_most() {
        let percent = |percent, nodes| MaxUnavailable::Percent(percent).of(nodes);
        assert_eq!([percent(10, 5), percent(33, 10), percent(50, 10), percent(1, 0)], [1, 4, 5, 1]);
        assert_eq!(percent(100, 450), 100);
        assert_eq!(MaxUnavailable::default().of(450), 1);
        let update = MaxUnavailable::Percent(50).update(10, 3, false);
        assert_eq!(update, UpdateConfig { zones: 3, max_unavailable: 5, force: false });
    }

    #[test]
    fn quotas_and_contradictions_are_told() {
        let sizes = |min, desired, max| Scaling { min, desired, max };
        let one = MaxUnavailable::default();
        let error = |groups, scaling, one| check(groups, scaling, one).unwrap_err().to_string();
        assert_eq!(check(29, sizes(0, 0, 450), one), Ok(()));
        insta::assert_snapshot!(
            error(30, sizes(1, 1, 1), one),
            @"ResourceLimitExceeded: a cluster has 30 managed node groups at most"
        );
        insta::assert_snapshot!(
            error(0, sizes(1, 1, 451), one),
            @"ResourceLimitExceeded: a managed node group has 450 nodes at most, not 451"
        );
        insta::assert_snapshot!(
            error(0, sizes(2, 1, 3), one),
            @"sizes of a node group rise: `minSize` 2, `desiredSize` 1, `maxSize` 3 do not"
        );
        assert_eq!(check(0, sizes(0, 0, 0), one), Err(GroupError::NoNodes));
        insta::assert_snapshot!(
            error(0, sizes(1, 1, 1), MaxUnavailable::Percent(101)),
            @"`maxUnavailablePercentage` is 1 to 100, not 101"
        );
    }
}
