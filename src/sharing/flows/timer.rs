//! One pending event for the whole network.
//!
//! The event stands for the next completion, or, when flows have come or gone in this instant, for
//! the end of the instant's arrivals: rates are solved once for all of them. Whenever what it
//! should stand for changes, another one is scheduled and the generation moves on; the event left
//! in the calendar is recognised by its old generation and ignored.

use super::FlowNetwork;
use crate::engine::{Phase, Schedule, SimTime};

/// Something is due in a [`FlowNetwork`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowEvent {
    generation: u32,
}

#[derive(Debug, Default)]
pub(super) struct Timer {
    generation: u32,
    /// What the event of this generation stands for.
    armed: Option<(SimTime, Phase)>,
}

impl FlowNetwork {
    /// Schedules what is due next. To be called after each round of calls that may have started,
    /// cancelled or completed transfers; does nothing when the pending event is still right.
    pub fn rearm(&mut self, calendar: &mut impl Schedule<FlowEvent>) {
        let due = if self.is_settled() {
            self.next_completion().map(|time| (time, Phase::Release))
        } else {
            // after what is released and arrives in this instant, before anyone reads a meter
            Some((calendar.now(), Phase::Decide))
        };
        if due == self.timer.armed {
            return;
        }
        self.timer.armed = due;
        self.timer.generation = self.timer.generation.wrapping_add(1);
        if let Some((time, phase)) = due {
            let generation = self.timer.generation;
            calendar.at(time, phase, FlowEvent { generation });
        }
    }

    /// Handles an event: appends the tokens of the transfers that complete now. To be followed by
    /// [`FlowNetwork::rearm`], after the completions were dealt with.
    pub fn on(&mut self, event: FlowEvent, now: SimTime, done: &mut Vec<u32>) {
        if event.generation == self.timer.generation {
            self.timer.armed = None;
            self.advance(now, done);
        }
    }
}
