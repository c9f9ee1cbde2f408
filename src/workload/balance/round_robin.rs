//! Round robin: each ready replica in turn.

use super::ring::{Links, Ring};

/// The ready replicas in the order of their turns.
///
/// A replica that becomes ready has its first turn when those that were ready before have had
/// theirs.
#[derive(Clone, Debug)]
pub struct RoundRobin {
    turns: Ring,
    links: Links,
    ready: Vec<bool>,
    count: usize,
}

impl Default for RoundRobin {
    fn default() -> Self {
        Self { turns: Ring::EMPTY, links: Links::default(), ready: Vec::new(), count: 0 }
    }
}

impl RoundRobin {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn add(&mut self, replica: u32) {
        let place = replica as usize;
        if place >= self.ready.len() {
            self.ready.resize(place + 1, false);
        }
        if !std::mem::replace(&mut self.ready[place], true) {
            self.turns.push_last(&mut self.links, replica);
            self.count += 1;
        }
    }

    pub(super) fn remove(&mut self, replica: u32) {
        if let Some(ready) = self.ready.get_mut(replica as usize)
            && std::mem::replace(ready, false)
        {
            self.turns.remove(&mut self.links, replica);
            self.count -= 1;
        }
    }

    #[inline]
    pub(super) fn pick(&mut self) -> Option<u32> {
        let next = self.turns.first();
        self.turns.turn(&self.links);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picks(policy: &mut RoundRobin, count: usize) -> Vec<u32> {
        (0..count).filter_map(|_| policy.pick()).collect()
    }

    #[test]
    fn a_new_replica_comes_last_in_the_round_and_a_removed_one_is_passed_over() {
        let mut policy = RoundRobin::default();
        for replica in [0, 1, 2] {
            policy.add(replica);
        }
        assert_eq!(picks(&mut policy, 4), [0, 1, 2, 0]);
        policy.add(3);
        assert_eq!(picks(&mut policy, 5), [1, 2, 0, 3, 1]);
        policy.remove(2);
        assert_eq!(picks(&mut policy, 4), [0, 3, 1, 0]);
    }

    proptest! {
        #[test]
        fn shares_of_replicas_that_stay_ready_differ_by_at_most_one_whoever_comes_and_goes(
            steps in prop::collection::vec((0..6u8, 3..10u32), 1..400)
        ) {
            let mut policy = RoundRobin::default();
            let mut shares = [0i32; 3];
            (0..3).for_each(|replica| policy.add(replica));
            for (kind, replica) in steps {
                match kind {
                    0 => policy.add(replica),
                    1 => policy.remove(replica),
                    _ => if let Some(share) = shares.get_mut(policy.pick().unwrap() as usize) {
                        *share += 1;
                    }
                }
                let (least, most) = (shares.iter().min(), shares.iter().max());
                prop_assert!(most.unwrap() - least.unwrap() <= 1, "{:?}", shares);
            }
        }
    }
}
