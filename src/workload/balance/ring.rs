//! Doubly linked lists of small numbers: O(1) to append, to insert and to take out anywhere.
//!
//! The links of number n are at place n of one vector, so any number of lists of distinct numbers
//! share it and none allocates.

const NONE: u32 = u32::MAX;

/// Links of numbers; which list a number is in, its lists know.
#[derive(Clone, Debug, Default)]
pub(super) struct Links(Vec<Link>);

#[derive(Clone, Copy, Debug)]
struct Link {
    before: u32,
    after: u32,
}

/// One list: a ring, entered at its first number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ring {
    first: u32,
}

impl Ring {
    /// A list of nothing.
    pub(super) const EMPTY: Self = Self { first: NONE };

    pub(super) fn first(self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }

    pub(super) fn is_empty(self) -> bool {
        self.first == NONE
    }

    /// Makes the second number the first, and the first the last.
    #[inline]
    pub(super) fn turn(&mut self, links: &Links) {
        if self.first != NONE {
            self.first = links.0[self.first as usize].after;
        }
    }

    /// Appends a number that is in no list.
    #[inline]
    pub(super) fn push_last(&mut self, links: &mut Links, number: u32) {
        links.make_room(number);
        if self.first == NONE {
            links.0[number as usize] = Link { before: number, after: number };
            self.first = number;
            return;
        }
        let last = links.0[self.first as usize].before;
        links.0[number as usize] = Link { before: last, after: self.first };
        links.0[last as usize].after = number;
        links.0[self.first as usize].before = number;
    }

    /// Takes out a number that is in this list.
    #[inline]
    pub(super) fn remove(&mut self, links: &mut Links, number: u32) {
        let Link { before, after } = links.0[number as usize];
        if after == number {
            self.first = NONE;
            return;
        }
        links.0[before as usize].after = after;
        links.0[after as usize].before = before;
        if self.first == number {
            self.first = after;
        }
    }
}

impl Links {
    fn make_room(&mut self, number: u32) {
        let place = number as usize;
        if place >= self.0.len() {
            self.0.resize(place + 1, Link { before: NONE, after: NONE });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(mut ring: Ring, links: &Links) -> Vec<u32> {
        let Some(first) = ring.first() else {
            return vec![];
        };
        let mut numbers = vec![first];
        ring.turn(links);
        while ring.first() != Some(first) {
            numbers.extend(ring.first());
            ring.turn(links);
        }
        numbers
    }

    #[test]
    fn numbers_stay_in_order_through_removals_everywhere() {
        let (mut ring, mut links) = (Ring::EMPTY, Links::default());
        for number in [4, 0, 7, 2] {
            ring.push_last(&mut links, number);
        }
        assert_eq!(numbers(ring, &links), [4, 0, 7, 2]);
        ring.turn(&links);
        assert_eq!(numbers(ring, &links), [0, 7, 2, 4]);
        ring.remove(&mut links, 2);
        assert_eq!(numbers(ring, &links), [0, 7, 4]);
        ring.remove(&mut links, 0);
        assert_eq!(numbers(ring, &links), [7, 4]);
        ring.push_last(&mut links, 0);
        assert_eq!(numbers(ring, &links), [7, 4, 0]);
        for number in [0, 7, 4] {
            ring.remove(&mut links, number);
        }
        assert!(ring.is_empty());
    }

    #[test]
    fn lists_of_distinct_numbers_share_their_links() {
        let (mut a, mut b, mut links) = (Ring::EMPTY, Ring::EMPTY, Links::default());
        a.push_last(&mut links, 1);
        b.push_last(&mut links, 2);
        a.push_last(&mut links, 3);
        b.remove(&mut links, 2);
        a.push_last(&mut links, 2);
        assert_eq!((numbers(a, &links), b.is_empty()), (vec![1, 3, 2], true));
    }
}
