//! Items that come at one instant, the largest first.

use std::cmp::Reverse;

use super::item::{Item, Need};
use crate::placement::Resources;

/// What items are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure<const K: usize> {
    /// The most that a host has of each kind.
    pub amounts: Resources<K>,
    /// The most that a host has of GPUs, in thousandths of one.
    pub gpus: u64,
}

impl<const K: usize> Measure<K> {
    /// A need as one number: the sum of its shares of the most that a host has, in units of
    /// 2^-40.
    pub fn size(&self, need: &Need<K>) -> u64 {
        let gpus = u128::from(need.gpus.total()) << 40;
        let gpus = gpus.checked_div(u128::from(self.gpus)).unwrap_or(0);
        need.amounts.weight(self.amounts).saturating_add(gpus as u64)
    }
}

/// The items of a source, sorted where they come at one instant: with the policies that take them
/// in their order, first-fit decreasing and its like (Johnson 1973).
#[derive(Debug)]
pub struct Decreasing<const K: usize, F> {
    source: F,
    measure: Measure<K>,
    /// Those of one instant, in the order in which they are to be given out, the last first.
    batch: Vec<Item<K>>,
    /// The first of the next instant.
    ahead: Option<Item<K>>,
}

impl<const K: usize, E, F> Decreasing<K, F>
where
    F: FnMut() -> Result<Option<Item<K>>, E>,
{
    /// Of a source whose items come in the order of their arrivals.
    pub fn new(source: F, measure: Measure<K>) -> Self {
        Self { source, measure, batch: Vec::new(), ahead: None }
    }

    /// The next item; none at the end.
    ///
    /// # Errors
    /// Those of the source.
    pub fn next_item(&mut self) -> Result<Option<Item<K>>, E> {
        if self.batch.is_empty() {
            self.gather()?;
        }
        Ok(self.batch.pop())
    }

    fn gather(&mut self) -> Result<(), E> {
        let first = match self.ahead.take() {
            Some(item) => Some(item),
            None => (self.source)()?,
        };
        let Some(first) = first else { return Ok(()) };
        self.batch.push(first);
        while let Some(item) = (self.source)()? {
            if item.arrival != first.arrival {
                self.ahead = Some(item);
                break;
            }
            self.batch.push(item);
        }
        self.batch.sort_by_cached_key(|item| Reverse(self.measure.size(&item.need)));
        self.batch.reverse();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimTime;
    use crate::placement::gpu::GpuNeed;

    fn item(id: u64, second: u64, amounts: [u64; 2], gpus: u8) -> Item<2> {
        let gpus = GpuNeed { count: gpus, milli: 500, ..GpuNeed::NONE };
        let need = Need { gpus, ..Need::of(Resources::of(amounts)) };
        let arrival = SimTime::from_nanos(second * 1_000_000_000);
        Item { id, arrival, lifetime: None, need, priority: 0 }
    }

    fn sorted(items: &[Item<2>], gpus: u64) -> Vec<u64> {
        let measure = Measure { amounts: Resources::of([10, 100]), gpus };
        let mut left = items.iter().copied();
        let mut batches = Decreasing::new(|| Ok::<_, ()>(left.next()), measure);
        std::iter::from_fn(|| batches.next_item().expect("no error")).map(|item| item.id).collect()
    }

    #[test]
    fn items_of_one_instant_come_by_size_and_equal_ones_as_listed() {
        let items = [
            item(0, 1, [1, 10], 0), // 0.1 + 0.1
            item(1, 1, [3, 0], 0),  // 0.3
            item(2, 1, [0, 20], 0), // 0.2
            item(3, 2, [1, 0], 0),  // another instant
            item(4, 2, [9, 0], 0),
            item(5, 4, [1, 1], 0),
        ];
        assert_eq!(sorted(&items, 0), [1, 0, 2, 4, 3, 5]);
        assert_eq!(sorted(&[], 0), [0; 0]);
    }

    #[test]
    fn gpus_count_as_shares_of_the_most_that_a_host_has() {
        // 2 x 0.5 of 4 are 0.25, where no host has any they are nothing
        let items = [item(0, 0, [2, 0], 0), item(1, 0, [0, 0], 2), item(2, 0, [1, 0], 0)];
        assert_eq!(sorted(&items, 4_000), [1, 0, 2]);
        assert_eq!(sorted(&items, 0), [0, 2, 1]);
    }
}
