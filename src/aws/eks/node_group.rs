//! Managed node groups.
//!
//! An Auto Scaling group does the work; how it is updated node by node is
//! [`auto_scaling::node_group`](crate::aws::auto_scaling::node_group).

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
