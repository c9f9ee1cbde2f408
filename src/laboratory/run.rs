//! The events: items come, and leave; hosts fail, are drained and come back; items are resized.

#[cfg(test)]
mod audit;
mod moves;
mod outages;
mod outcome;
mod resizes;

use std::collections::BTreeMap;

use self::moves::Moves;
use self::outages::Disturbances;
pub use self::outcome::Outcome;
use self::resizes::{Resizing, Whereabouts};
use super::energy::Energy;
use super::fleet::{Fleet, Lack, Spot};
use super::item::{Item, Need};
use super::outages::Outages;
use super::residents::{Resident, Residents, Victims};
use super::resizes::Resize;
use crate::engine::{Calendar, Phase, Schedule, SimDuration, SimTime, Slab};
use crate::placement::Resources;
use crate::scenario::{Interrupted, MigrationOptions, Retry};

/// What happens to items that find no host, or have to leave theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rules {
    /// When they come again; none where they are turned away.
    pub retry: Option<Retry>,
    /// How long they stay when they have a host again.
    pub interrupted: Interrupted,
    /// Whether they evict less important ones.
    pub preempts: bool,
    /// How they are migrated.
    pub migration: MigrationOptions,
    /// Whether they are where a resize finds no room.
    pub resizes_migrate: bool,
}

/// Items or resizes, one after the other.
pub type Source<'a, T, E> = &'a mut dyn FnMut() -> Result<Option<T>, E>;

/// What else there is, beside items that come and leave.
pub struct Surroundings<'a, const K: usize, E> {
    /// Faults of hosts.
    pub outages: Option<Outages>,
    /// Resizes of items, by time.
    pub resizes: Option<Source<'a, Resize<K>, E>>,
    /// What hosts take.
    pub energy: Option<Energy>,
    /// With less than this of a kind nothing can be placed.
    pub smallest: Resources<K>,
}

impl<const K: usize, E> Default for Surroundings<'_, K, E> {
    fn default() -> Self {
        Self { outages: None, resizes: None, energy: None, smallest: Resources::ZERO }
    }
}

/// Two items have the same name at once, so that nobody knows which of them is resized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SameName {
    /// When the later one came.
    pub at: SimTime,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// The next item comes.
    Arrival,
    /// An item that waits comes again.
    Retry(u32),
    /// An item leaves.
    Departure(u32),
    /// A fault strikes, or what it did is over.
    Outage(u32),
    /// A migration is done.
    Moved(u32),
    /// The next item is resized.
    Resize,
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

/// Items on a fleet.
struct Run<'a, const K: usize, E> {
    fleet: &'a mut Fleet<K>,
    rules: Rules,
    calendar: Calendar<Event>,
    placed: Slab<Placed<K>>,
    /// Who is on which host, where that is asked for.
    residents: Option<Residents<K>>,
    /// Items that will leave by themselves.
    leaving: u64,
    waiting: Slab<Waiting<K>>,
    /// Those that wait and do not come again, as nothing leaves any more, and when they last came.
    hopeless: Vec<(u32, SimTime)>,
    /// No item comes any more.
    is_last: bool,
    moves: Moves<K>,
    disturbances: Option<Box<Disturbances>>,
    resizing: Option<Resizing<'a, K, E>>,
    outcome: Outcome<K>,
}

/// Plays all items, which come in the order of their arrivals, on a fleet, until nothing more
/// happens to any.
///
/// # Errors
/// Those of the items and resizes.
pub fn run<'a, const K: usize, E: From<SameName>>(
    fleet: &'a mut Fleet<K>,
    rules: Rules,
    around: Surroundings<'a, K, E>,
    items: Source<'_, Item<K>, E>,
) -> Result<Outcome<K>, E> {
    let mut run = Run::new(fleet, rules, around);
    run.expect_resize()?;
    let mut next = run.expect(items()?);
    while let Some((now, event)) = run.calendar.pop() {
        let has_happened = match event {
            Event::Departure(place) => run.depart(place),
            Event::Retry(place) => run.retry(place),
            Event::Arrival => {
                if let Some(item) = next.take() {
                    run.arrive(&item)?;
                }
                next = run.expect(items()?);
                true
            }
            Event::Outage(strike) => run.disturb(strike),
            Event::Moved(index) => run.moved(index),
            Event::Resize => run.resize_next()?,
        };
        if has_happened {
            run.outcome.end = now;
        }
        #[cfg(test)]
        run.audit();
    }
    Ok(run.finished())
}

impl<'a, const K: usize, E: From<SameName>> Run<'a, K, E> {
    fn new(fleet: &'a mut Fleet<K>, rules: Rules, around: Surroundings<'a, K, E>) -> Self {
        let Surroundings { outages, resizes, energy, smallest } = around;
        let outcome = Outcome::new(fleet.meter().with(smallest, energy));
        let is_known = rules.preempts || outages.is_some() || resizes.is_some();
        let mut run = Self {
            residents: is_known.then(|| Residents::new(fleet.bins().len())),
            fleet,
            rules,
            calendar: Calendar::new(),
            placed: Slab::default(),
            leaving: 0,
            waiting: Slab::default(),
            hopeless: Vec::new(),
            is_last: false,
            moves: Moves::default(),
            disturbances: None,
            resizing: resizes.map(Resizing::new),
            outcome,
        };
        if let Some(outages) = outages {
            run.await_outages(outages);
        }
        run
    }

    /// What came of it all.
    fn finished(mut self) -> Outcome<K> {
        let end = self.outcome.end;
        self.outcome.waiting = self.waiting.len() as u64;
        self.outcome.events = self.calendar.fired();
        self.outcome.meter.advance(end);
        self.outcome.failures = self.disturbances.as_ref().map(|it| it.failures(end));
        self.outcome.drains = self.disturbances.as_ref().map(|it| it.drains());
        self.outcome.migrations = self.moves.account();
        self.outcome.resizes = self.resizing.as_ref().map(|it| it.account);
        self.outcome
    }

    fn expect(&mut self, item: Option<Item<K>>) -> Option<Item<K>> {
        match &item {
            Some(item) => self.calendar.push(item.arrival, Phase::Arrive, Event::Arrival),
            None => self.is_last = true,
        }
        item
    }

    fn arrive(&mut self, item: &Item<K>) -> Result<(), SameName> {
        if self.whereabouts().is_some_and(|them| them.contains_key(&item.id)) {
            return Err(SameName { at: item.arrival });
        }
        self.outcome.arrived += 1;
        match self.place(item) {
            Some(spot) => self.settle(item, spot),
            None => self.refuse(item),
        }
        self.outcome.curve.record(item.need.gpus.total(), self.fleet.totals());
        Ok(())
    }

    fn place(&mut self, item: &Item<K>) -> Option<Spot> {
        self.fleet.place(&item.need).or_else(|| self.preempt(item))
    }

    /// Makes room by evicting less important items, where that is the rule and enough.
    fn preempt(&mut self, item: &Item<K>) -> Option<Spot> {
        let residents = self.residents.as_ref().filter(|_| self.rules.preempts)?;
        let Victims { host, places } = residents.victims(self.fleet, item)?;
        for place in places {
            let victim = self.vacate(place);
            self.outcome.preempted += 1;
            self.refuse(&victim);
            self.revive();
        }
        Some(self.fleet.place_on(host, &item.need))
    }

    /// Takes an item off its host before its time.
    fn vacate(&mut self, place: u32) -> Item<K> {
        self.call_off(place);
        let residents = self.residents.as_mut().expect("only where one knows who is where");
        let Resident { mut item, since, .. } = residents.remove(place);
        if item.lifetime.is_some() {
            residents.await_departure(place);
            self.leaving -= 1;
        }
        self.release(place);
        match (&mut item.lifetime, self.rules.interrupted) {
            (None, _) => drop(self.placed.remove(place)),
            (Some(_), Interrupted::StartsAnew) => {}
            (Some(stays), Interrupted::GoesOn) => {
                *stays = stays.saturating_sub(self.calendar.now().since(since));
            }
        }
        item
    }

    /// Whoever had no hope has some now: they come when they would have, had they come all the
    /// time.
    fn revive(&mut self) {
        let now = self.calendar.now();
        for (place, since) in std::mem::take(&mut self.hopeless) {
            let retry = self.rules.retry.expect("only then items wait");
            let waiting = &mut self.waiting[place];
            let next = retry.next(since, waiting.pause, now);
            waiting.pause = next.1;
            self.calendar.push(next.0, Phase::Decide, Event::Retry(place));
        }
    }

    /// Takes what is needed into the books, which the fleet has done already.
    fn taken(&mut self, need: &Need<K>, spot: Spot) {
        let now = self.calendar.now();
        self.outcome.meter.take(now, need, self.fleet.state_of(spot.host));
    }

    /// Gives back what the item of a place has.
    fn release(&mut self, place: u32) {
        let Placed { need, spot } = *self.placed.get(place).expect("it has a host");
        self.give(&need, spot);
    }

    fn give(&mut self, need: &Need<K>, spot: Spot) {
        let now = self.calendar.now();
        self.fleet.give(need, spot);
        self.outcome.meter.give(now, need, self.fleet.state_of(spot.host));
        if let Some(disturbances) = &mut self.disturbances {
            disturbances.has_given(spot.host, self.fleet.items_on(spot.host), now);
        }
    }

    /// Whether the departure of a place is that of an item that is no more there.
    fn was_vacated(&mut self, place: u32) -> bool {
        let Some(residents) = &mut self.residents else { return false };
        let was_vacated = residents.is_awaited(place);
        if was_vacated {
            self.placed.remove(place);
        }
        was_vacated
    }

    fn refuse(&mut self, item: &Item<K>) {
        if !self.wait(item) {
            self.reject(item);
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

    /// Has an item come again, where that is the rule; otherwise it is gone.
    fn wait(&mut self, item: &Item<K>) -> bool {
        let retry = self.rules.retry.filter(|_| self.fleet.could_hold(&item.need));
        let Some(retry) = retry else {
            self.is_gone(item.id);
            return false;
        };
        let place = self.waiting.insert(Waiting { item: *item, pause: retry.first });
        self.is_at(item.id, Whereabouts::Waits(place));
        self.outcome.meter.wait(self.calendar.now(), self.waiting.len());
        self.come_again(place);
        true
    }

    fn come_again(&mut self, place: u32) {
        let pause = self.waiting.get(place).expect("it waits").pause;
        self.calendar.after(pause, Phase::Decide, Event::Retry(place));
    }

    fn retry(&mut self, place: u32) -> bool {
        let Waiting { item, pause } = *self.waiting.get(place).expect("it waits");
        if let Some(spot) = self.place(&item) {
            self.waiting.remove(place);
            self.outcome.meter.wait(self.calendar.now(), self.waiting.len());
            self.settle(&item, spot);
            return true;
        }
        let retry = self.rules.retry.expect("only then items wait");
        let waiting = Waiting { item, pause: retry.after(pause) };
        *self.waiting.get_mut(place).expect("it waits") = waiting;
        match self.is_last && self.leaving == 0 {
            true => self.hopeless.push((place, self.calendar.now())),
            false => self.come_again(place),
        }
        true
    }

    fn settle(&mut self, item: &Item<K>, spot: Spot) {
        let now = self.calendar.now();
        self.outcome.placed(item.id, self.fleet.number(spot.host));
        self.taken(&item.need, spot);
        if item.lifetime.is_none() && self.residents.is_none() {
            return;
        }
        let place = self.placed.insert(Placed { need: item.need, spot });
        self.is_at(item.id, Whereabouts::Placed(place));
        if let Some(residents) = &mut self.residents {
            residents.add(place, Resident { item: *item, spot, since: now });
        }
        let Some(stays) = item.lifetime else { return };
        self.leaving += 1;
        self.calendar.after(stays, Phase::Release, Event::Departure(place));
    }

    fn depart(&mut self, place: u32) -> bool {
        if self.was_vacated(place) {
            return false;
        }
        self.call_off(place);
        self.release(place);
        self.placed.remove(place);
        if let Some(residents) = &mut self.residents {
            let gone = residents.remove(place);
            self.is_gone(gone.item.id);
        }
        self.leaving -= 1;
        self.outcome.departed += 1;
        self.outcome.departures += u128::from(self.calendar.now().as_nanos());
        self.continue_drains();
        true
    }

    fn whereabouts(&self) -> Option<&BTreeMap<u64, Whereabouts>> {
        self.resizing.as_ref().map(|resizing| &resizing.whereabouts)
    }

    fn is_at(&mut self, id: u64, place: Whereabouts) {
        if let Some(resizing) = &mut self.resizing {
            resizing.whereabouts.insert(id, place);
        }
    }

    fn is_gone(&mut self, id: u64) {
        if let Some(resizing) = &mut self.resizing {
            resizing.whereabouts.remove(&id);
        }
    }
}
