//! The ready replicas as an array, for policies that draw one at random.

use crate::engine::Stream;

const ABSENT: u32 = u32::MAX;

/// A set of small numbers from which one is drawn in O(1).
#[derive(Clone, Debug, Default)]
pub(super) struct Ready {
    members: Vec<u32>,
    /// Where each number is in `members`.
    places: Vec<u32>,
}

impl Ready {
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn contains(&self, replica: u32) -> bool {
        self.places.get(replica as usize).is_some_and(|&place| place != ABSENT)
    }

    pub(super) fn add(&mut self, replica: u32) {
        if self.contains(replica) {
            return;
        }
        let index = replica as usize;
        if index >= self.places.len() {
            self.places.resize(index + 1, ABSENT);
        }
        self.places[index] = self.members.len() as u32;
        self.members.push(replica);
    }

    pub(super) fn remove(&mut self, replica: u32) {
        if !self.contains(replica) {
            return;
        }
        let place = std::mem::replace(&mut self.places[replica as usize], ABSENT);
        self.members.swap_remove(place as usize);
        if let Some(&moved) = self.members.get(place as usize) {
            self.places[moved as usize] = place;
        }
    }

    /// One member, each with equal probability.
    #[inline]
    pub(super) fn draw(&self, stream: &mut Stream) -> Option<u32> {
        if self.members.is_empty() {
            return None;
        }
        Some(self.members[stream.below(self.members.len())])
    }

    /// Two different members, each pair with equal probability in either order; the same one twice
    /// when there is but one.
    #[inline]
    pub(super) fn draw_two(&self, stream: &mut Stream) -> Option<[u32; 2]> {
        match self.members[..] {
            [] => None,
            [only] => Some([only, only]),
            ref members => {
                let first = stream.below(members.len());
                let other = stream.below(members.len() - 1);
                let second = other + usize::from(other >= first);
                Some([members[first], members[second]])
            }
        }
    }
}
