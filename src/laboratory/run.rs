//! The events: items come, and leave.

use super::curve::Curve;
use super::fleet::{Fleet, Lack, Spot};
use super::item::{Item, Need};
use super::meter::Meter;
use super::residents::{Resident, Residents, Victims};
use crate::engine::{Calendar, Phase, Schedule, SimDuration, SimTime, Slab};
use crate::metrics::summary::Rejections;
use crate::scenario::Retry;

/// What happens to items that find no host.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rules {
    /// When they come again; none where they are turned away.
    pub retry: Option<Retry>,
    /// Whether they evict less important ones.
    pub preempts: bool,
}

/// What became of the items.
#[derive(Clone, Debug)]
pub struct Outcome<const K: usize> {
    /// Items that came.
    pub arrived: u64,
    /// How often one was placed.
    pub placed: u64,
    /// Of those that came, turned away.
    pub rejected: u64,
    /// Why.
    pub rejections: Rejections,
    /// Of those that came, without a host in the end.
    pub waiting: u64,
    /// Of those placed, gone by themselves.
    pub departed: u64,
    /// Of those placed, evicted.
    pub preempted: u64,
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
            rejections: Rejections::default(),
            waiting: 0,
            departed: 0,
            preempted: 0,
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

/// An item without a host.
#[derive(Clone, Copy, Debug)]
struct Waiting<const K: usize> {
    item: Item<K>,
    /// From one time that it came to the next.
    pause: SimDuration,
}

const FNV_OFFSET: u64 = 1_469_598_103_934_665_603;
const FNV_PRIME: u64 = 1_099_511_628_211;

/// Items on a fleet.
struct Run<'a, const K: usize> {
    fleet: &'a mut Fleet<K>,
    rules: Rules,
    calendar: Calendar<Event>,
    placed: Slab<Placed<K>>,
    /// Who is on which host, where that is asked for.
    residents: Option<Residents<K>>,
    /// Items that will leave by themselves.
    leaving: u64,
    waiting: Slab<Waiting<K>>,
    /// Those that wait and do not come again, as nothing leaves any more.
    stranded: Vec<u32>,
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
    rules: Rules,
    items: &mut dyn FnMut() -> Result<Option<Item<K>>, E>,
) -> Result<Outcome<K>, E> {
    let outcome = Outcome::new(fleet);
    let mut run = Run {
        residents: rules.preempts.then(|| Residents::new(fleet.bins().len())),
        fleet,
        rules,
        calendar: Calendar::new(),
        placed: Slab::default(),
        leaving: 0,
        waiting: Slab::default(),
        stranded: Vec::new(),
        is_last: false,
        outcome,
    };
    let mut next = run.expect(items()?);
    while let Some((now, event)) = run.calendar.pop() {
        match event {
            Event::Departure(place) if run.was_evicted(place) => continue,
            Event::Departure(place) => run.depart(place),
            Event::Retry(place) => run.retry(place),
            Event::Arrival => {
                if let Some(item) = next.take() {
                    run.arrive(&item);
                }
                next = run.expect(items()?);
            }
        }
        run.outcome.end = now;
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
        match self.place(item) {
            Some(spot) => self.settle(item, spot),
            None => self.refuse(item),
        }
        self.outcome.curve.record(item.need.gpus.total(), self.fleet.totals());
    }

    fn place(&mut self, item: &Item<K>) -> Option<Spot> {
        self.fleet.place(&item.need).or_else(|| self.preempt(item))
    }

    /// Makes room by evicting less important items, where that is the rule and enough.
    fn preempt(&mut self, item: &Item<K>) -> Option<Spot> {
        let Victims { host, places } = self.residents.as_ref()?.victims(self.fleet, item)?;
        for place in places {
            self.evict(place);
        }
        Some(self.fleet.place_on(host, &item.need))
    }

    fn evict(&mut self, place: u32) {
        let residents = self.residents.as_mut().expect("only where one knows who is where");
        let item = residents.remove(place);
        if item.lifetime.is_some() {
            residents.await_departure(place);
        }
        self.release(place);
        match item.lifetime {
            Some(_) => self.leaving -= 1,
            None => drop(self.placed.remove(place)),
        }
        self.outcome.preempted += 1;
        self.refuse(&item);
        // whoever had no hope has some now
        for place in std::mem::take(&mut self.stranded) {
            self.come_again(place);
        }
    }

    /// Gives back what the item of a place has.
    fn release(&mut self, place: u32) {
        let now = self.calendar.now();
        let Placed { need, spot } = *self.placed.get(place).expect("it has a host");
        self.fleet.give(&need, spot);
        let closes = self.fleet.items_on(spot.host) == 0;
        self.outcome.meter.give(now, &need, closes);
    }

    /// Whether the departure of a place is that of an item that is no more there.
    fn was_evicted(&mut self, place: u32) -> bool {
        let Some(residents) = &mut self.residents else { return false };
        let was_evicted = residents.is_awaited(place);
        if was_evicted {
            self.placed.remove(place);
        }
        was_evicted
    }

    fn refuse(&mut self, item: &Item<K>) {
        match self.rules.retry {
            Some(retry) if self.fleet.could_hold(&item.need) => {
                let place = self.waiting.insert(Waiting { item: *item, pause: retry.first });
                self.outcome.meter.wait(self.calendar.now(), self.waiting.len());
                self.come_again(place);
            }
            _ => self.reject(item),
        }
    }

    fn reject(&mut self, item: &Item<K>) {
        self.outcome.rejected += 1;
        match self.fleet.lack(&item.need) {
            Lack::Room => self.outcome.rejections.room += 1,
            Lack::Nodes => self.outcome.rejections.nodes += 1,
            Lack::Group => self.outcome.rejections.group += 1,
        }
    }

    fn come_again(&mut self, place: u32) {
        let pause = self.waiting.get(place).expect("it waits").pause;
        self.calendar.after(pause, Phase::Decide, Event::Retry(place));
    }

    fn retry(&mut self, place: u32) {
        let Waiting { item, pause } = *self.waiting.get(place).expect("it waits");
        if let Some(spot) = self.place(&item) {
            self.waiting.remove(place);
            self.outcome.meter.wait(self.calendar.now(), self.waiting.len());
            return self.settle(&item, spot);
        }
        let retry = self.rules.retry.expect("only then items wait");
        let waiting = Waiting { item, pause: retry.after(pause) };
        *self.waiting.get_mut(place).expect("it waits") = waiting;
        match self.is_last && self.leaving == 0 {
            true => self.stranded.push(place),
            false => self.come_again(place),
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
        if item.lifetime.is_none() && self.residents.is_none() {
            return;
        }
        let place = self.placed.insert(Placed { need: item.need, spot });
        if let Some(residents) = &mut self.residents {
            residents.add(place, Resident { item: *item, spot, since: now });
        }
        let Some(stays) = item.lifetime else { return };
        self.leaving += 1;
        self.calendar.after(stays, Phase::Release, Event::Departure(place));
    }

    fn depart(&mut self, place: u32) {
        self.release(place);
        self.placed.remove(place);
        if let Some(residents) = &mut self.residents {
            residents.remove(place);
        }
        self.leaving -= 1;
        self.outcome.departed += 1;
        self.outcome.departures += u128::from(self.calendar.now().as_nanos());
    }
}
