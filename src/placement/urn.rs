//! Bins with room, drawn by chance.

use super::segment_tree::SegmentTree;
use super::{BinId, Bins, Resources, Room};
use crate::engine::Stream;

/// So many bins are drawn of all before those with room are listed.
const TRIES: usize = 32;

/// Draws bins that have room, each as likely as another.
///
/// Any bin is drawn, and again where it will not do, which leaves those that will equally likely.
/// Where few will, that would take long; but then they are soon listed.
#[derive(Debug)]
pub struct Urn<const K: usize = 2> {
    rooms: SegmentTree<K>,
    chance: Stream,
}

impl<const K: usize> Urn<K> {
    /// With these numbers.
    pub fn new(chance: Stream) -> Self {
        Self { rooms: SegmentTree::default(), chance }
    }

    /// Records the room in a bin, known before or not.
    pub fn set(&mut self, bin: BinId, room: Room<K>) {
        self.rooms.set(bin, room);
    }

    /// So many draws of bins that hold `need` and are eligible; a bin may be drawn again. There
    /// are none where there is no such bin.
    pub fn draw<'a>(
        &'a mut self,
        draws: u32,
        bins: &'a Bins<K>,
        need: Resources<K>,
        eligible: &'a dyn Fn(BinId) -> bool,
    ) -> impl Iterator<Item = BinId> + 'a {
        let mut listed: Option<Vec<BinId>> = None;
        (0..draws).map_while(move |_| {
            if listed.is_none() {
                let drawn = (0..TRIES.min(bins.len()))
                    .map(|_| BinId(self.chance.below(bins.len()) as u32))
                    .find(|&bin| bins.fits(bin, need) && eligible(bin));
                if drawn.is_some() {
                    return drawn;
                }
            }
            let with_room =
                listed.get_or_insert_with(|| self.rooms.all(&bins.as_room(need), eligible));
            (!with_room.is_empty()).then(|| with_room[self.chance.below(with_room.len())])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Streams;
    use crate::placement::random_fit::RandomFit;
    use crate::placement::{Pool, any};

    /// How often each of so many bins is drawn, of which those below `full` are full.
    fn drawn(bins: usize, full: u32, eligible: &dyn Fn(BinId) -> bool, draws: usize) -> Vec<u32> {
        let chance = Streams::new(3).named("urn");
        let capacities = vec![Resources::of([1]); bins];
        let mut pool = Pool::new(Box::new(RandomFit::new(chance)), capacities);
        (0..full).for_each(|bin| pool.take(BinId(bin), Resources::of([1])));
        let mut counts = vec![0; bins];
        for _ in 0..draws {
            counts[pool.choose(Resources::of([1]), eligible).expect("there is room").index()] += 1;
        }
        counts
    }

    /// The sum of (count - mean)^2 / mean over n bins has mean n - 1 and variance 2 (n - 1).
    fn assert_uniform(counts: &[u32], draws: usize) {
        let mean = draws as f64 / counts.len() as f64;
        let sum: f64 = counts.iter().map(|&it| (f64::from(it) - mean).powi(2) / mean).sum();
        let freedom = counts.len() as f64 - 1.0;
        assert!((sum - freedom).abs() < 4.0 * (2.0 * freedom).sqrt(), "{sum}: {counts:?}");
    }

    #[test]
    fn each_bin_with_room_is_drawn_as_often_as_another() {
        let counts = drawn(40, 20, &any, 20_000);
        assert!(counts[..20].iter().all(|&count| count == 0));
        assert_uniform(&counts[20..], 20_000);
    }

    /// 12 of 1,200 have room: 32 draws miss them with a probability of 0.99^32 = 0.72.
    #[test]
    fn where_few_have_room_they_are_as_likely_as_each_other_too() {
        let counts = drawn(1_200, 1_180, &|bin| bin.0 < 1_192, 12_000);
        assert_uniform(&counts[1_180..1_192], 12_000);
        assert!(counts[1_192..].iter().all(|&count| count == 0));
    }
}
