//! The events of a trace, as they are written, and where each is.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::engine::SimTime;

/// The trace as it is written.
pub(super) struct Page<'a, W> {
    pub out: &'a mut W,
    pub first: bool,
    /// Slices that it still takes.
    pub room: usize,
    /// Pods and tasks that are not shown.
    pub left_out: u64,
}

impl<W: Write> Page<'_, W> {
    /// An event.
    pub fn put(&mut self, event: &Value) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        serde_json::to_writer(&mut *self.out, event)?;
        Ok(())
    }

    /// A slice of a name and a category, and what else there is to say of it.
    pub fn slice(
        &mut self,
        (name, what): (&str, &str),
        place: Place,
        (from, until): (SimTime, SimTime),
        args: Option<Value>,
    ) -> io::Result<()> {
        self.room = self.room.saturating_sub(1);
        let Place { process, lane } = place;
        let mut slice = json!({
            "name": name, "cat": what, "ph": "X", "pid": process, "tid": lane,
            "ts": micros(from.as_nanos()), "dur": micros(until.since(from).as_nanos()),
        });
        if let Some(args) = args {
            slice["args"] = args;
        }
        self.put(&slice)
    }
}

/// Microseconds, as the format counts.
pub(super) fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}

/// Where a slice is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub process: usize,
    pub lane: u32,
}

/// The lanes of a process: slices on one do not overlap.
#[derive(Default)]
pub(super) struct Lanes {
    pub free: BTreeSet<u32>,
    made: u32,
}

impl Lanes {
    /// The first that is free.
    pub fn take(&mut self) -> u32 {
        self.free.pop_first().unwrap_or_else(|| {
            self.made += 1;
            self.made
        })
    }
}
