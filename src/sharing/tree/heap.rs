//! A binary heap of (key, member) whose members can be re-keyed and removed in place.
//!
//! Where each member stands is kept by the caller in a slice indexed by member, so that many heaps
//! over disjoint members share one array.

/// Not in any heap.
pub const ABSENT: u32 = u32::MAX;

/// Smallest key first; ties go to the smaller member.
#[derive(Clone, Debug, Default)]
pub struct KeyedHeap {
    entries: Vec<(f64, u32)>,
}

impl KeyedHeap {
    /// The smallest key and its member.
    pub fn peek(&self) -> Option<(f64, u32)> {
        self.entries.first().copied()
    }

    /// Adds `member`, which must be in no heap, or gives it a new key if it is in this one.
    pub fn set(&mut self, member: u32, key: f64, places: &mut [u32]) {
        let place = places[member as usize];
        if place == ABSENT {
            self.entries.push((key, member));
            self.rise(self.entries.len() - 1, places);
        } else {
            let place = place as usize;
            let old = std::mem::replace(&mut self.entries[place], (key, member)).0;
            if key < old {
                self.rise(place, places);
            } else {
                self.sink(place, places);
            }
        }
    }

    /// Takes `member` out, if it is in.
    pub fn remove(&mut self, member: u32, places: &mut [u32]) {
        let place = places[member as usize];
        if place == ABSENT {
            return;
        }
        places[member as usize] = ABSENT;
        let place = place as usize;
        self.entries.swap_remove(place);
        if place < self.entries.len() {
            self.rise(place, places);
            self.sink(places[self.entries[place].1 as usize] as usize, places);
        }
    }

    fn before(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.entries[one], self.entries[other]);
        one.0 < other.0 || one.0 == other.0 && one.1 < other.1
    }

    fn rise(&mut self, mut place: usize, places: &mut [u32]) {
        while place > 0 && self.before(place, (place - 1) / 2) {
            let parent = (place - 1) / 2;
            self.entries.swap(place, parent);
            places[self.entries[place].1 as usize] = place as u32;
            place = parent;
        }
        places[self.entries[place].1 as usize] = place as u32;
    }

    fn sink(&mut self, mut place: usize, places: &mut [u32]) {
        loop {
            let mut least = place;
            for child in [2 * place + 1, 2 * place + 2] {
                if child < self.entries.len() && self.before(child, least) {
                    least = child;
                }
            }
            if least == place {
                break;
            }
            self.entries.swap(place, least);
            places[self.entries[place].1 as usize] = place as u32;
            place = least;
        }
        places[self.entries[place].1 as usize] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_entry_is_always_the_least_of_a_plain_scan(
            steps in prop::collection::vec((0..12u32, prop::option::of(0..50u8)), 1..200)
        ) {
            let mut heap = KeyedHeap::default();
            let mut places = vec![ABSENT; 12];
            let mut plain = [None::<f64>; 12];
            for (member, key) in steps {
                plain[member as usize] = key.map(f64::from);
                match key {
                    Some(key) => heap.set(member, f64::from(key), &mut places),
                    None => heap.remove(member, &mut places),
                }
                let least = plain
                    .iter()
                    .enumerate()
                    .filter_map(|(member, key)| key.map(|key| (key, member as u32)))
                    .min_by(|a, b| a.partial_cmp(b).unwrap());
                prop_assert_eq!(heap.peek(), least);
            }
        }
    }
}
