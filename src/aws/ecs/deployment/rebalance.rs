//! Zones with more tasks of a service than others, after a zone was away.
//!
//! A service that rebalances starts tasks in the zones with the fewest, and then stops as many in
//! the zone with the most, until they differ by one at most. (Developer Guide, "Availability Zone
//! rebalancing"; its events tell of several tasks at once.) Tasks that are to go are `leaving` in
//! the [rolling](super::rolling) step, so that their replacements come first.

/// The zone that is to give a task and the one that is to get one, by their places among these
/// counts of healthy tasks; none where they are even. Of equals the first.
pub fn uneven(tasks: &[u32]) -> Option<(usize, usize)> {
    let (from, most) = tasks.iter().enumerate().rev().max_by_key(|(_, count)| **count)?;
    let (to, least) = tasks.iter().enumerate().min_by_key(|(_, count)| **count)?;
    (most - least > 1).then_some((from, to))
}

/// How many of its tasks the fullest of uneven zones gives, with these counts of tasks: those
/// beyond an even part, and one at least.
pub fn excess(tasks: &[u32]) -> u32 {
    let zones = tasks.len().max(1) as u32;
    let even = tasks.iter().sum::<u32>().div_ceil(zones);
    let most = tasks.iter().copied().max().unwrap_or(0);
    most.saturating_sub(even).max(1)
}
