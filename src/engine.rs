//! The clock, the event calendar and the random streams: everything a simulation needs before it
//! is about anything in particular.
//!
//! * [`time`]: integer nanoseconds, so that instants are totally ordered and never drift.
//! * [`ahead`]: memory that the next events need.
//! * [`calendar`]: pending events in the total order (time, phase, sequence), at a cost that does
//!   not grow with their number.
//! * [`random`]: one independent stream per named component.
//! * [`marks`]: which few of many are to be looked at next.
//! * [`slab`]: storage whose places are used again, with generations that tell old events apart.
//!
//! Invariant: nothing here knows what an event means. A model owns a [`Calendar`] of its own event
//! type and handles what it pops.

pub mod ahead;
pub mod calendar;
pub mod marks;
pub mod random;
pub mod slab;
pub mod time;

pub use ahead::fetch;
pub use calendar::{Calendar, Phase, Schedule};
pub use marks::Marks;
pub use random::{Stream, Streams};
pub use slab::{Slab, Tag};
pub use time::{SimDuration, SimTime};
