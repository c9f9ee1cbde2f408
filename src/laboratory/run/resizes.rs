//! Items that need more or less from a time on: where they are if their host has room, on another
//! host if that is the rule, or not at all.

use std::collections::BTreeMap;

use super::moves::Why;
use super::{Event, Placed, Run, SameName, Source};
use crate::engine::Phase;
use crate::laboratory::resizes::Resize;
use crate::metrics::summary::ResizeAccount;

/// Where an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// On a host.
    Placed(u32),
    /// It waits for one.
    Waits(u32),
}

/// Resizes of a run.
pub(super) struct Resizing<'a, const K: usize, E> {
    source: Source<'a, Resize<K>, E>,
    next: Option<Resize<K>>,
    /// All items that are there, by their numbers.
    pub whereabouts: BTreeMap<u64, Whereabouts>,
    pub account: ResizeAccount,
}

impl<'a, const K: usize, E> Resizing<'a, K, E> {
    pub fn new(source: Source<'a, Resize<K>, E>) -> Self {
        let (whereabouts, account) = (BTreeMap::new(), ResizeAccount::default());
        Self { source, next: None, whereabouts, account }
    }
}

impl<const K: usize, E: From<SameName>> Run<'_, K, E> {
    /// Reads the next resize, where there is one.
    pub(super) fn expect_resize(&mut self) -> Result<(), E> {
        let Some(resizing) = &mut self.resizing else { return Ok(()) };
        resizing.next = (resizing.source)()?;
        if let Some(resize) = &resizing.next {
            self.calendar.push(resize.time, Phase::Decide, Event::Resize);
        }
        Ok(())
    }

    /// The next item is resized. Whether there was one.
    pub(super) fn resize_next(&mut self) -> Result<bool, E> {
        let resizing = self.resizing.as_mut().expect("only then items are resized");
        let resize = resizing.next.take().expect("it was read ahead");
        let place = resizing.whereabouts.get(&resize.id).copied();
        let account = self.resized(&resize, place);
        self.count(account);
        self.expect_resize()?;
        Ok(place.is_some())
    }

    /// What comes of a resize.
    fn resized(&mut self, resize: &Resize<K>, place: Option<Whereabouts>) -> ResizeAccount {
        let asked = ResizeAccount { asked: 1, ..ResizeAccount::default() };
        let is_done = match place {
            None => return ResizeAccount { gone: 1, ..asked },
            Some(Whereabouts::Waits(place)) => {
                let item = &mut self.waiting[place].item;
                let need = resize.applied(&item.need);
                if !self.fleet.could_hold(&need) {
                    return ResizeAccount { refused: 1, ..asked };
                }
                item.need = need;
                return ResizeAccount { waiting: 1, ..asked };
            }
            Some(Whereabouts::Placed(place)) => self.resize_on_host(resize, place),
        };
        match is_done {
            Some(true) => ResizeAccount { in_place: 1, ..asked },
            Some(false) => ResizeAccount { refused: 1, ..asked },
            // counted when the migration is over
            None => asked,
        }
    }

    /// Whether an item is resized; not known yet where it is migrated for that.
    fn resize_on_host(&mut self, resize: &Resize<K>, place: u32) -> Option<bool> {
        if self.moves.is_moving(place) {
            return Some(false);
        }
        let Placed { need: before, spot } = self.placed[place];
        let need = resize.applied(&before);
        if self.fleet.free_on(spot.host).with(&before, spot).without(&need, spot).is_some() {
            self.exchange(place, need);
            self.room_made();
            return Some(true);
        }
        // a device that is passed through is not migrated
        let may_leave = self.rules.resizes_migrate && need.gpus.count == 0;
        let Some(to) = may_leave.then(|| self.fleet.place(&need)).flatten() else {
            return Some(false);
        };
        self.migrate(place, need, to, Why::Resize);
        None
    }

    /// Gives an item what it needs now where it is, which has room for that.
    fn exchange(&mut self, place: u32, need: crate::laboratory::Need<K>) {
        let Placed { need: before, spot } = self.placed[place];
        let now = self.calendar.now();
        // not as if it had left: a drained host is not empty for that
        self.fleet.give(&before, spot);
        self.outcome.meter.give(now, &before, self.fleet.state_of(spot.host));
        self.fleet.take(&need, spot);
        self.taken(&need, spot);
        self.now_at(place, need, spot);
    }

    /// A migration for more room is over.
    pub(super) fn resize_migrated(&mut self, is_done: bool) {
        let (migrated, refused) = (u64::from(is_done), u64::from(!is_done));
        self.count(ResizeAccount { migrated, refused, ..ResizeAccount::default() });
    }

    fn count(&mut self, more: ResizeAccount) {
        if let Some(resizing) = &mut self.resizing {
            resizing.account.add(more);
        }
    }
}
