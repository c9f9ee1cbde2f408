//! A binary min-heap that knows where each of its members is, so that one can be removed or moved
//! without a search.
//!
//! Each entry is a key and the id of the thing it stands for. Where an entry lands is told to the
//! `place` callback, which keeps it with the thing itself: one id is in one heap at a time.

/// A heap: the first entry has the smallest key.
pub(super) type Heap<K> = Vec<(K, u32)>;

/// Adds an entry.
pub(super) fn push<K: PartialOrd + Copy>(
    heap: &mut Heap<K>,
    entry: (K, u32),
    place: impl FnMut(u32, u32),
) {
    heap.push(entry);
    sift_up(heap, heap.len() - 1, place);
}

/// Removes the entry at `index`.
pub(super) fn remove<K: PartialOrd + Copy>(
    heap: &mut Heap<K>,
    index: u32,
    place: impl FnMut(u32, u32),
) {
    let index = index as usize;
    heap.swap_remove(index);
    if index < heap.len() {
        settle(heap, index, place);
    }
}

/// Gives the entry at `index` another key.
pub(super) fn update<K: PartialOrd + Copy>(
    heap: &mut Heap<K>,
    index: u32,
    key: K,
    place: impl FnMut(u32, u32),
) {
    let index = index as usize;
    heap[index].0 = key;
    settle(heap, index, place);
}

/// Restores the order around an entry that may be too small or too large for its place.
fn settle<K: PartialOrd + Copy>(heap: &mut Heap<K>, index: usize, place: impl FnMut(u32, u32)) {
    if index > 0 && heap[index].0 < heap[(index - 1) / 2].0 {
        sift_up(heap, index, place);
    } else {
        sift_down(heap, index, place);
    }
}

fn sift_up<K: PartialOrd + Copy>(
    heap: &mut Heap<K>,
    mut index: usize,
    mut place: impl FnMut(u32, u32),
) {
    let entry = heap[index];
    while index > 0 {
        let parent = (index - 1) / 2;
        if heap[parent].0 <= entry.0 {
            break;
        }
        heap[index] = heap[parent];
        place(heap[index].1, index as u32);
        index = parent;
    }
    heap[index] = entry;
    place(entry.1, index as u32);
}

fn sift_down<K: PartialOrd + Copy>(
    heap: &mut Heap<K>,
    mut index: usize,
    mut place: impl FnMut(u32, u32),
) {
    let entry = heap[index];
    loop {
        let mut child = 2 * index + 1;
        if child >= heap.len() {
            break;
        }
        if child + 1 < heap.len() && heap[child + 1].0 < heap[child].0 {
            child += 1;
        }
        if entry.0 <= heap[child].0 {
            break;
        }
        heap[index] = heap[child];
        place(heap[index].1, index as u32);
        index = child;
    }
    heap[index] = entry;
    place(entry.1, index as u32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_entry_is_the_smallest_and_every_place_is_known(
            steps in prop::collection::vec((0u32..20, 0u32..50, 0u8..3), 1..200)
        ) {
            let mut heap = Heap::new();
            let mut places = [u32::MAX; 20];
            let mut plain: Vec<Option<u32>> = vec![None; 20];
            for (id, key, step) in steps {
                let present = plain[id as usize].is_some();
                match (present, step) {
                    (false, _) => push(&mut heap, (key, id), |id, at| places[id as usize] = at),
                    (true, 0) => {
                        remove(&mut heap, places[id as usize], |id, at| places[id as usize] = at);
                    }
                    (true, _) => {
                        let at = places[id as usize];
                        update(&mut heap, at, key, |id, at| places[id as usize] = at);
                    }
                }
                plain[id as usize] = if present && step == 0 { None } else { Some(key) };
                prop_assert_eq!(
                    heap.first().map(|entry| entry.0),
                    plain.iter().flatten().min().copied()
                );
                for (at, &(key, id)) in heap.iter().enumerate() {
                    prop_assert_eq!(places[id as usize], at as u32);
                    prop_assert_eq!(plain[id as usize], Some(key));
                }
            }
        }
    }
}
