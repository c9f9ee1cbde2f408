//! Which nodes of a load balancer clients come to.
//!
//! DNS answers with the addresses of the nodes in healthy zones, and clients take any of them. A
//! zone is healthy if every target group has as many healthy targets for the zone's node as the
//! threshold of DNS failover asks for, one by default; where no zone is, all are named.
//! (Application Load Balancer User Guide, "Target group health".)

use super::target_group::TargetGroup;
use crate::engine::SimDuration;

/// How long clients keep what they resolved, and so come to a node that is not named any more.
pub const TTL: SimDuration = SimDuration::from_secs(60);

/// The zones that DNS names for a load balancer with these groups, ascending.
pub fn zones_in_dns(groups: &[TargetGroup]) -> Vec<u32> {
    let zones = groups.iter().map(TargetGroup::zones).max().unwrap_or(0);
    let healthy = |zone: &u32| groups.iter().all(|group| group.is_listed(*zone));
    let listed: Vec<u32> = (0..zones).filter(healthy).collect();
    if listed.is_empty() { (0..zones).collect() } else { listed }
}
