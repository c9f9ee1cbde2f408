//! Random fit: any bin with room.

use super::urn::Urn;
use super::{BinId, Bins, Policy, Resources};
use crate::engine::Stream;

/// Any bin with room, each as likely as another: what a policy has to be better than.
#[derive(Debug)]
pub struct RandomFit<const K: usize = 2> {
    urn: Urn<K>,
}

impl<const K: usize> RandomFit<K> {
    /// By these numbers.
    pub fn new(chance: Stream) -> Self {
        Self { urn: Urn::new(chance) }
    }
}

impl<const K: usize> Policy<K> for RandomFit<K> {
    fn choose(
        &mut self,
        bins: &Bins<K>,
        need: Resources<K>,
        eligible: &dyn Fn(BinId) -> bool,
    ) -> Option<BinId> {
        self.urn.draw(1, bins, need, eligible).next()
    }

    fn update(&mut self, bins: &Bins<K>, bin: BinId) {
        self.urn.set(bin, bins.room(bin));
    }
}
