//! The events: items come, and leave.

use super::curve::Curve;
use super::fleet::{Fleet, Spot};
use super::item::{Item, Need};
use crate::engine::{Calendar, Phase, SimTime, Slab};

/// What became of the items.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Items that came.
    pub arrived: u64,
    /// Of those, placed.
    pub placed: u64,
    /// Of those that came, turned away.
    pub rejected: u64,
    /// Of those placed, gone.
    pub departed: u64,
    /// When the last thing happened.
    pub end: SimTime,
    /// Allocation by what has arrived.
    pub curve: Curve,
    /// Identifies which item went where: FNV-1a over the pairs (id, host) of all placed, in order.
    pub placement_hash: u64,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// The next item comes.
    Arrival,
    /// An item leaves.
    Departure(u32),
}

#[derive(Clone, Copy, Debug)]
struct Placed<const K: usize> {
    need: Need<K>,
    spot: Spot,
}

const FNV_OFFSET: u64 = 1_469_598_103_934_665_603;
const FNV_PRIME: u64 = 1_099_511_628_211;

/// Items on a fleet.
struct Run<'a, const K: usize> {
    fleet: &'a mut Fleet<K>,
    calendar: Calendar<Event>,
    placed: Slab<Placed<K>>,
    outcome: Outcome,
}

/// Plays all items, which come in the order of their arrivals, on a fleet.
///
/// # Errors
/// Those of the items.
pub fn run<const K: usize, E>(
    fleet: &mut Fleet<K>,
    items: &mut dyn FnMut() -> Result<Option<Item<K>>, E>,
) -> Result<Outcome, E> {
    let outcome = Outcome { placement_hash: FNV_OFFSET, ..Outcome::default() };
    let mut run = Run { fleet, calendar: Calendar::new(), placed: Slab::default(), outcome };
    let mut next = run.expect(items()?);
    while let Some((now, event)) = run.calendar.pop() {
        run.outcome.end = now;
        match event {
            Event::Departure(place) => run.depart(place),
            Event::Arrival => {
                if let Some(item) = next.take() {
                    run.arrive(&item);
                }
                next = run.expect(items()?);
            }
        }
    }
    Ok(run.outcome)
}

impl<const K: usize> Run<'_, K> {
    fn expect(&mut self, item: Option<Item<K>>) -> Option<Item<K>> {
        if let Some(item) = &item {
            self.calendar.push(item.arrival, Phase::Arrive, Event::Arrival);
        }
        item
    }

    fn arrive(&mut self, item: &Item<K>) {
        self.outcome.arrived += 1;
        match self.fleet.place(&item.need) {
            Some(spot) => self.settle(item, spot),
            None => self.outcome.rejected += 1,
        }
        self.outcome.curve.record(item.need.gpus.total(), self.fleet.totals());
    }

    fn settle(&mut self, item: &Item<K>, spot: Spot) {
        self.outcome.placed += 1;
        for part in [item.id, self.fleet.number(spot.host) as u64] {
            let hash = self.outcome.placement_hash ^ part;
            self.outcome.placement_hash = hash.wrapping_mul(FNV_PRIME);
        }
        let Some(stays) = item.lifetime else { return };
        let place = self.placed.insert(Placed { need: item.need, spot });
        let end = self.calendar.now().saturating_add(stays);
        self.calendar.push(end, Phase::Release, Event::Departure(place));
    }

    fn depart(&mut self, place: u32) {
        let Placed { need, spot } = self.placed.remove(place);
        self.fleet.give(&need, spot);
        self.outcome.departed += 1;
    }
}
