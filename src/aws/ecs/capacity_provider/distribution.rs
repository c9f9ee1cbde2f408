//! Which provider of a strategy the next task gets, and which gives one up.
//!
//! One provider may have a base, which is filled first. Of all tasks beyond that, each provider has
//! its weight's part: the next goes to the one that is furthest below its part, and of a service
//! that gets smaller, the one goes that is furthest above it. Providers without a weight get
//! nothing beyond their base, unless they are alone. Of equals the first in the strategy gets one,
//! and the last gives one up. (Developer Guide, "Amazon ECS capacity providers".)

use crate::aws::ecs::service::ProviderShare;

/// The provider of the next task, by its place in the strategy, where each has so many tasks.
///
/// # Panics
/// When there are not as many counts as providers, or no provider at all.
pub fn next(strategy: &[ProviderShare], tasks: &[u32]) -> usize {
    assert_eq!(strategy.len(), tasks.len(), "there is a count for each provider");
    let mut pairs = strategy.iter().zip(tasks);
    if let Some(place) = pairs.position(|(share, count)| *count < share.base) {
        return place;
    }
    let beyond = beyond_base(strategy, tasks);
    let total = beyond.iter().sum::<u64>() + 1;
    let deficit = |place: usize| deficit(strategy, &beyond, total, place);
    let places = usable(strategy);
    places.max_by_key(|&place| (deficit(place), std::cmp::Reverse(place))).expect("there is one")
}

/// The provider that gives up a task, by its place in the strategy; none if none has one.
///
/// # Panics
/// When there are not as many counts as providers.
pub fn next_to_leave(strategy: &[ProviderShare], tasks: &[u32]) -> Option<usize> {
    assert_eq!(strategy.len(), tasks.len(), "there is a count for each provider");
    let beyond = beyond_base(strategy, tasks);
    let total = beyond.iter().sum::<u64>().saturating_sub(1);
    let above = (0..strategy.len()).filter(|&place| beyond[place] > 0);
    let surplus = |place: usize| -deficit(strategy, &beyond, total, place);
    let found = above.max_by_key(|&place| (surplus(place), place));
    // only bases are left
    found.or_else(|| (0..strategy.len()).rev().find(|&place| tasks[place] > 0))
}

fn beyond_base(strategy: &[ProviderShare], tasks: &[u32]) -> Vec<u64> {
    let beyond = |(share, &count): (&ProviderShare, &u32)| count.saturating_sub(share.base);
    strategy.iter().zip(tasks).map(beyond).map(u64::from).collect()
}

/// Places of providers that get tasks beyond the base.
fn usable(strategy: &[ProviderShare]) -> impl Iterator<Item = usize> {
    let alone = strategy.iter().all(|share| share.weight == 0);
    (0..strategy.len()).filter(move |&place| alone || strategy[place].weight > 0)
}

/// How far a provider is below its part of so many tasks, times all weights: a whole number.
fn deficit(strategy: &[ProviderShare], beyond: &[u64], total: u64, place: usize) -> i64 {
    let weights: u64 = strategy.iter().map(|share| u64::from(share.weight)).sum();
    let part = u64::from(strategy[place].weight) * total;
    part as i64 - (beyond[place] * weights) as i64
}
