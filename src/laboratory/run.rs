//! The events: items come, and leave.

use super::curve::Curve;
use super::fleet::{Fleet, Spot};
use super::item::{Item, Need};
use super::meter::Meter;
use crate::engine::{Calendar, Phase, Schedule, SimDuration, SimTime, Slab};

/// What happens to items that find no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// They are turned away.
    Leave,
    /// They come again after so long, until they find one.
    Retry(SimDuration),
}

/// What became of the items.
#[derive(Clone, Debug)]
pub struct Outcome<const K: usize> {
    /// Items that came.
    pub arrived: u64,
    /// Of those, placed.
    pub placed: u64,
    /// Of those that came, turned away.
    pub rejected: u64,
    /// Of those that came, without a host in the end.
    pub waiting: u64,
    /// Of those placed, gone.
    pub departed: u64,
    /// Events fired.
    pub events: u64,
    /// When the last thing happened.
    pub end: SimTime,
    /// Sum of the instants at which items left.
    departures: u128,
    /// What was in use.
    pub meter: Meter<K>,
    /// Allocation by what has arrived.
    pub curve: Curve,
    /// Identifies which item went where: over the pairs (id, host) of all placed, in order, xor
    /// and times the prime of FNV for each part.
    pub placement_hash: u64,
}

impl<const K: usize> Outcome<K> {
    fn new(fleet: &Fleet<K>) -> Self {
        Self {
            arrived: 0,
            placed: 0,
            rejected: 0,
            waiting: 0,
            departed: 0,
            events: 0,
            end: SimTime::ZERO,
            departures: 0,
            meter: fleet.meter(),
            curve: Curve::default(),
            placement_hash: FNV_OFFSET,
        }
    }

    /// When items left, in seconds, in the mean over those that did.
    pub fn mean_finish(&self) -> Option<f64> {
        let seconds = self.departures as f64 / 1e9;
        (self.departed > 0).then(|| seconds / self.departed as f64)
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// The next item comes.
    Arrival,
    /// An item that waits comes again.
    Retry(u32),
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
    refused: Refused,
    calendar: Calendar<Event>,
    placed: Slab<Placed<K>>,
    waiting: Slab<Item<K>>,
    /// No item comes any more.
    is_last: bool,
    outcome: Outcome<K>,
}

/// Plays all items, which come in the order of their arrivals, on a fleet, until nothing more
/// happens.
///
/// # Errors
/// Those of the items.
pub fn run<const K: usize, E>(
    fleet: &mut Fleet<K>,
    refused: Refused,
    items: &mut dyn FnMut() -> Result<Option<Item<K>>, E>,
) -> Result<Outcome<K>, E> {
    let outcome = Outcome::new(fleet);
    let (calendar, placed, waiting) = (Calendar::new(), Slab::default(), Slab::default());
    let mut run = Run { fleet, refused, calendar, placed, waiting, is_last: false, outcome };
    let mut next = run.expect(items()?);
    while let Some((now, event)) = run.calendar.pop() {
        run.outcome.end = now;
        match event {
            Event::Departure(place) => run.depart(place),
            Event::Retry(place) => run.retry(place),
            Event::Arrival => {
                if let Some(item) = next.take() {
                    run.arrive(&item);
                }
                next = run.expect(items()?);
            }
        }
    }
    run.outcome.waiting = run.waiting.len() as u64;
    run.outcome.events = run.calendar.fired();
    run.outcome.meter.advance(run.outcome.end);
    Ok(run.outcome)
}

impl<const K: usize> Run<'_, K> {
    fn expect(&mut self, item: Option<Item<K>>) -> Option<Item<K>> {
        match &item {
            Some(item) => self.calendar.push(item.arrival, Phase::Arrive, Event::Arrival),
            None => self.is_last = true,
        }
        item
    }

    fn arrive(&mut self, item: &Item<K>) {
        self.outcome.arrived += 1;
        match self.fleet.place(&item.need) {
            Some(spot) => self.settle(item, spot),
            None => self.refuse(item),
        }
        self.outcome.curve.record(item.need.gpus.total(), self.fleet.totals());
    }

    fn refuse(&mut self, item: &Item<K>) {
        match self.refused {
            Refused::Retry(after) if self.fleet.could_hold(&item.need) => {
                let place = self.waiting.insert(*item);
                self.outcome.meter.wait(self.calendar.now(), self.waiting.len());
                self.calendar.after(after, Phase::Decide, Event::Retry(place));
            }
            _ => self.outcome.rejected += 1,
        }
    }

    fn retry(&mut self, place: u32) {
        let item = *self.waiting.get(place).expect("it waits");
        match self.fleet.place(&item.need) {
            Some(spot) => {
                self.waiting.remove(place);
                self.outcome.meter.wait(self.calendar.now(), self.waiting.len());
                self.settle(&item, spot);
            }
            // where nothing leaves any more, it waits for ever
            None if self.is_last && self.placed.is_empty() => {}
            None => {
                let Refused::Retry(after) = self.refused else { return };
                self.calendar.after(after, Phase::Decide, Event::Retry(place));
            }
        }
    }

    fn settle(&mut self, item: &Item<K>, spot: Spot) {
        let now = self.calendar.now();
        self.outcome.placed += 1;
        for part in [item.id, self.fleet.number(spot.host) as u64] {
            let hash = self.outcome.placement_hash ^ part;
            self.outcome.placement_hash = hash.wrapping_mul(FNV_PRIME);
        }
        let opens = self.fleet.items_on(spot.host) == 1;
        self.outcome.meter.take(now, &item.need, opens);
        let Some(stays) = item.lifetime else { return };
        let place = self.placed.insert(Placed { need: item.need, spot });
        self.calendar.after(stays, Phase::Release, Event::Departure(place));
    }

    fn depart(&mut self, place: u32) {
        let now = self.calendar.now();
        let Placed { need, spot } = self.placed.remove(place);
        self.fleet.give(&need, spot);
        let closes = self.fleet.items_on(spot.host) == 0;
        self.outcome.meter.give(now, &need, closes);
        self.outcome.departed += 1;
        self.outcome.departures += u128::from(now.as_nanos());
    }
}
