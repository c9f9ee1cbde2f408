//! Zones with more tasks of a service than others, after a zone was away.
//!
//! A service that rebalances starts a task in the zone with the fewest, and then stops one in the
//! zone with the most, until they differ by one at most. (Developer Guide, "Availability Zone
//! rebalancing".) A task that is to go is one that is `leaving` in the [rolling](super::rolling)
//! step, so that its replacement comes first.

/// The zone that is to give a task and the one that is to get one, by their places among these
/// counts of healthy tasks; none where they are even. Of equals the first.
pub fn uneven(tasks: &[u32]) -> Option<(usize, usize)> {
    let (from, most) = tasks.iter().enumerate().rev().max_by_key(|(_, count)| **count)?;
    let (to, least) = tasks.iter().enumerate().min_by_key(|(_, count)| **count)?;
    (most - least > 1).then_some((from, to))
}
