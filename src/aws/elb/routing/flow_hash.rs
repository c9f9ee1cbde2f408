//! Flow hash: the hash of a connection chooses among the targets, in the order of their numbers.
//!
//! Which hash AWS takes, and what happens to it when targets come and go, is not published. Here a
//! connection of the same hash goes to another target only when the number of targets changes or
//! its target is gone; connections that exist stay where they are in any case (see
//! [`flow`](crate::aws::elb::flow)).

/// The targets in use, ascending.
#[derive(Clone, Debug, Default)]
pub struct FlowHash {
    targets: Vec<u32>,
}

impl FlowHash {
    pub(super) fn add(&mut self, target: u32) {
        if let Err(place) = self.targets.binary_search(&target) {
            self.targets.insert(place, target);
        }
    }

    pub(super) fn remove(&mut self, target: u32) {
        if let Ok(place) = self.targets.binary_search(&target) {
            self.targets.remove(place);
        }
    }

    #[inline]
    pub(super) fn pick(&self, flow: u64) -> Option<u32> {
        let count = self.targets.len() as u128;
        // the high bits of the product, which no target's share favours by more than 2^-32
        let place = (u128::from(flow) * count) >> 64;
        self.targets.get(place as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_an_equal_part_of_all_hashes() {
        let mut router = FlowHash::default();
        assert_eq!(router.pick(7), None);
        [9, 4, 6, 4].into_iter().for_each(|target| router.add(target));
        let third = u64::MAX / 3;
        let picked = [0, third, third + 1, 2 * third, 2 * third + 1, u64::MAX];
        assert_eq!(picked.map(|flow| router.pick(flow)), [4, 4, 6, 6, 9, 9].map(Some));
        router.remove(6);
        assert_eq!([0, u64::MAX].map(|flow| router.pick(flow)), [4, 9].map(Some));
    }
}
