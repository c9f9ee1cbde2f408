//! Classes that have one rate, and the virtual time they share.
//!
//! A group's virtual time is the number of bytes each of its flows has received since some origin.
//! It advances at the group's rate, so a flow that needs `b` more bytes completes when it has
//! advanced by `b`, whatever the rate does in between, and the order of completions never changes.

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use super::heap::{self, Heap};
use super::{Class, FlowNetwork, NONE};
use crate::engine::{SimDuration, SimTime};

const NANOS_PER_SECOND: f64 = 1e9;
/// Virtual time at which the origin is moved, so that differences keep their precision: at
/// 4 GiB, a float resolves a millionth of a byte.
const REBASE: f64 = (1u64 << 32) as f64;
/// A picosecond: what a completion may be early by, to make up for rounding.
const EARLY_NANOS: f64 = 1e-3;
/// The same for long spans, relative to them: a few roundings of a float.
const EARLY_SHARE: f64 = 16.0 * f64::EPSILON;
/// Bytes: what a flow whose rate fell to zero in the instant of its completion may miss by
/// rounding.
const STOPPED_SHORT: f64 = 1e-5;

/// What a group has in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Held {
    /// Its classes are held back by this link.
    ByLink(u32),
    /// Its classes run at this cap.
    ByCap(f64),
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    held: Held,
    /// Bytes per second of each flow since `anchor`.
    pub(super) rate: f64,
    anchor: SimTime,
    /// Virtual time at `anchor`.
    served: f64,
    /// Its classes by the virtual time at which their first flow completes.
    pub(super) classes: Heap<f64>,
    /// Where it is among the groups by time of the next completion.
    place: u32,
    touched: bool,
}

/// All groups, and when each next completes a flow.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    free: Vec<u32>,
    of_cap: BTreeMap<u64, u32>,
    due: Heap<SimTime>,
    /// Groups whose next completion may have moved.
    touched: Vec<u32>,
}

impl Index<u32> for Groups {
    type Output = Group;
    fn index(&self, group: u32) -> &Group {
        &self.groups[group as usize]
    }
}

impl IndexMut<u32> for Groups {
    fn index_mut(&mut self, group: u32) -> &mut Group {
        &mut self.groups[group as usize]
    }
}

impl Group {
    fn served(&self, now: SimTime) -> f64 {
        self.served + self.rate * now.since(self.anchor).as_secs_f64()
    }

    /// The first nanosecond at which the virtual time has reached `target`.
    fn reaches(&self, target: f64) -> SimTime {
        let missing = target - self.served;
        let rounding = if self.rate > 0.0 { 0.0 } else { STOPPED_SHORT };
        if missing <= rounding {
            return self.anchor;
        }
        if self.rate <= 0.0 {
            return SimTime::MAX;
        }
        let nanos = missing * NANOS_PER_SECOND / self.rate;
        let whole = (nanos * (1.0 - EARLY_SHARE) - EARLY_NANOS).ceil();
        // `as` saturates: beyond the end of time is never
        self.anchor.saturating_add(SimDuration::from_nanos(whole as u64))
    }
}

impl Groups {
    /// The group of the classes that run at `cap`.
    pub(super) fn of_cap(&mut self, cap: f64, now: SimTime) -> u32 {
        if let Some(&group) = self.of_cap.get(&cap.to_bits()) {
            return group;
        }
        let group = self.create(Held::ByCap(cap), cap, now);
        self.of_cap.insert(cap.to_bits(), group);
        group
    }

    /// A group of classes held back by a link.
    pub(super) fn create(&mut self, held: Held, rate: f64, now: SimTime) -> u32 {
        let group = self.free.pop().unwrap_or(self.groups.len() as u32);
        let (anchor, served, place, touched) = (now, 0.0, NONE, false);
        let state = Group { held, rate, anchor, served, classes: Heap::new(), place, touched };
        match self.groups.get_mut(group as usize) {
            // the emptied heap keeps its memory
            Some(old) => *old = Group { classes: std::mem::take(&mut old.classes), ..state },
            None => self.groups.push(state),
        }
        self.touch(group);
        group
    }

    /// Whether `group` is that of the classes held in this way.
    pub(super) fn is(&self, group: u32, held: Held) -> bool {
        group != NONE && self[group].held == held
    }

    /// How the classes of a group are held, if it is one.
    pub(super) fn held(&self, group: u32) -> Option<Held> {
        (group != NONE).then(|| self[group].held)
    }

    /// The virtual time of a group; classes that have none yet are at zero.
    pub(super) fn served(&self, group: u32, now: SimTime) -> f64 {
        if group == NONE { 0.0 } else { self[group].served(now) }
    }

    pub(super) fn set_rate(&mut self, group: u32, rate: f64, now: SimTime) {
        let state = &mut self[group];
        if state.rate != rate {
            state.served = state.served(now);
            state.anchor = now;
            state.rate = rate;
            self.touch(group);
        }
    }

    /// Puts a class with flows into a group, out of the one it is in.
    pub(super) fn attach(&mut self, classes: &mut [Class], class: u32, group: u32, now: SimTime) {
        let old = classes[class as usize].group;
        let shift = self.served(group, now) - self.served(old, now);
        self.detach(classes, class);
        let state = &mut classes[class as usize];
        state.group = group;
        // adding one number to all keeps their order
        for flow in &mut state.flows {
            flow.0 += shift;
        }
        let first = state.flows[0].0;
        heap::push(&mut self[group].classes, (first, class), |class, at| {
            classes[class as usize].place = at;
        });
        self.touch(group);
    }

    /// Takes a class out of its group, if it has one.
    pub(super) fn detach(&mut self, classes: &mut [Class], class: u32) {
        let Class { group, place, .. } = classes[class as usize];
        if group == NONE {
            return;
        }
        heap::remove(&mut self[group].classes, place, |class, at| {
            classes[class as usize].place = at;
        });
        classes[class as usize].group = NONE;
        self.touch(group);
    }

    /// Follows a change of the first flow of a class.
    pub(super) fn update(&mut self, group: u32, classes: &mut [Class], class: u32) {
        let Class { place, ref flows, .. } = classes[class as usize];
        let first = flows[0].0;
        heap::update(&mut self[group].classes, place, first, |class, at| {
            classes[class as usize].place = at;
        });
        self.touch(group);
    }

    /// When the next flow completes; only right after a [`Groups::flush`].
    pub(super) fn first_due(&self) -> Option<SimTime> {
        self.due.first().map(|entry| entry.0)
    }

    /// A group with a flow that is through at `time`; only right after a [`Groups::flush`].
    pub(super) fn first_group_due(&self, time: SimTime) -> Option<u32> {
        self.due.first().filter(|entry| entry.0 <= time).map(|entry| entry.1)
    }

    fn touch(&mut self, group: u32) {
        if !self[group].touched {
            self[group].touched = true;
            self.touched.push(group);
        }
    }

    fn reschedule(&mut self, group: u32) {
        let Self { groups, due, .. } = self;
        let state = &groups[group as usize];
        let time = state.reaches(state.classes[0].0);
        let place = state.place;
        let set = |group: u32, at| groups[group as usize].place = at;
        match place {
            NONE => heap::push(due, (time, group), set),
            _ => heap::update(due, place, time, set),
        }
    }

    fn free(&mut self, group: u32) {
        let Self { groups, due, .. } = self;
        let place = groups[group as usize].place;
        if place != NONE {
            heap::remove(due, place, |group, at| groups[group as usize].place = at);
        }
        if let Held::ByCap(cap) = self[group].held {
            self.of_cap.remove(&cap.to_bits());
        }
        self.free.push(group);
    }

    /// Moves the origin of a group's virtual time to `now` when it has grown large.
    fn rebase(&mut self, group: u32, classes: &mut [Class], now: SimTime) {
        let state = &mut self[group];
        let served = state.served(now);
        if served < REBASE {
            return;
        }
        state.served = 0.0;
        state.anchor = now;
        for entry in &mut state.classes {
            entry.0 -= served;
            for flow in &mut classes[entry.1 as usize].flows {
                flow.0 -= served;
            }
        }
    }
}

impl FlowNetwork {
    /// Brings the order of the next completions up to date and frees emptied groups.
    pub(super) fn flush(&mut self) {
        while let Some(group) = self.groups.touched.pop() {
            self.groups[group].touched = false;
            if self.groups[group].classes.is_empty() {
                if let Held::ByLink(link) = self.groups[group].held {
                    self.links[link as usize].group = NONE;
                }
                self.groups.free(group);
            } else {
                self.groups.rebase(group, &mut self.classes, self.clock);
                self.groups.reschedule(group);
            }
        }
    }
}
