//! `trace.json.gz`: nodes and pods over time, to be looked at with <https://ui.perfetto.dev>.
//!
//! Source of the format: "Trace Event Format", the document that Chrome's `about:tracing` names.
//! Each node is a process, each pod on it a slice on the first lane (thread) that is free, and
//! within it what it was at: starting, running, not ready, terminating. Pods without a node are on
//! a process of their own, and what happens to nodes and workloads is an instant.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::Shown;
use super::message::message;
use crate::engine::SimTime;
use crate::metrics::events::{Event, EventLog, Kind, ObjectId, Reason};

/// Name of the file in a folder of results.
pub const NAME: &str = "trace.json.gz";

/// After so many slices no more pods are shown: more than that no viewer shows quickly.
const MOST: usize = 500_000;

/// Writes the trace of all clusters, compressed.
pub(super) fn write(
    out: &mut impl Write,
    scenario: &str,
    clusters: &[Shown<'_>],
) -> io::Result<()> {
    // each write costs the encoder 32 KiB of zeros, however small it is
    let compressed = GzEncoder::new(out, Compression::default());
    let mut compressed = BufWriter::with_capacity(1 << 16, compressed);
    write_plain(&mut compressed, scenario, clusters, MOST)?;
    compressed.into_inner()?.finish().map(drop)
}

/// The trace as it is before it is compressed, with so many slices at most, or little more.
pub(super) fn write_plain(
    out: &mut impl Write,
    scenario: &str,
    clusters: &[Shown<'_>],
    most: usize,
) -> io::Result<()> {
    write!(out, "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
    let mut page = Page { out, first: true, room: most, left_out: 0 };
    let mut processes = 1;
    for shown in clusters {
        let several = clusters.len() > 1;
        let prefix = if several { format!("{} / ", shown.cluster) } else { String::new() };
        processes += Drawing::draw(shown, &prefix, processes, &mut page)?;
    }
    let left_out = page.left_out;
    let note = if left_out > 0 {
        format!("{left_out} pods are left out: the trace has {most} slices at most")
    } else {
        "all pods are shown".into()
    };
    writeln!(out, "\n],\"otherData\":{}}}", json!({ "scenario": scenario, "note": note }))
}

/// The trace as it is written.
struct Page<'a, W> {
    out: &'a mut W,
    first: bool,
    /// Slices that it still takes.
    room: usize,
    /// Pods that are not shown.
    left_out: u64,
}

impl<W: Write> Page<'_, W> {
    fn put(&mut self, event: &Value) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        serde_json::to_writer(&mut *self.out, event)?;
        Ok(())
    }

    fn slice(
        &mut self,
        name: &str,
        what: &str,
        place: Place,
        from: SimTime,
        until: SimTime,
    ) -> io::Result<()> {
        self.room = self.room.saturating_sub(1);
        let Place { process, lane } = place;
        self.put(&json!({
            "name": name, "cat": what, "ph": "X", "pid": process, "tid": lane,
            "ts": micros(from.as_nanos()), "dur": micros(until.since(from).as_nanos()),
        }))
    }
}

/// Microseconds, as the format counts.
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}

/// Where a slice is.
#[derive(Clone, Copy)]
struct Place {
    process: usize,
    lane: u32,
}

/// The lanes of a process: slices on one do not overlap.
#[derive(Default)]
struct Lanes {
    free: BTreeSet<u32>,
    made: u32,
}

impl Lanes {
    fn take(&mut self) -> u32 {
        self.free.pop_first().unwrap_or_else(|| {
            self.made += 1;
            self.made
        })
    }
}

/// A pod that is there.
struct Drawn {
    place: Place,
    /// Since when it is there.
    since: SimTime,
    /// What it is at, and since when.
    phase: &'static str,
    phase_since: SimTime,
}

/// The trace of one cluster.
struct Drawing<'a> {
    log: &'a EventLog,
    /// The number of its first process: of workloads; the next is of pods without a node.
    base: usize,
    /// Lanes by process.
    lanes: Vec<Lanes>,
    /// The process of each object that is a node.
    processes: Vec<usize>,
    /// Pods by their place among objects.
    pods: Vec<Option<Drawn>>,
}

impl<'a> Drawing<'a> {
    /// Draws a cluster; returns how many processes it has.
    fn draw<W: Write>(
        shown: &Shown<'a>,
        prefix: &str,
        base: usize,
        page: &mut Page<'_, W>,
    ) -> io::Result<usize> {
        let log = shown.log;
        let mut names = vec![format!("{prefix}workloads"), format!("{prefix}pods without a node")];
        let mut processes = vec![0; log.objects.len()];
        for (object, process) in log.objects.iter().zip(&mut processes) {
            if object.kind == Kind::Node {
                *process = names.len();
                names.push(format!("{prefix}{}", object.key));
            }
        }
        for (process, name) in names.iter().enumerate() {
            let pid = base + process;
            for (what, args) in [
                ("process_name", json!({ "name": name })),
                ("process_sort_index", json!({ "sort_index": pid })),
            ] {
                page.put(&json!({ "name": what, "ph": "M", "pid": pid, "args": args }))?;
            }
        }
        let count = names.len();
        let lanes = (0..count).map(|_| Lanes::default()).collect();
        let pods = log.objects.iter().map(|_| None).collect();
        let mut drawing = Self { log, base, lanes, processes, pods };
        for event in &log.events {
            drawing.event(event, page)?;
        }
        let end = (shown.end * 1e9).round() as u64;
        let last = log.events.last().map_or(SimTime::ZERO, |event| event.time);
        let end = SimTime::from_nanos(end).max(last);
        for index in 0..drawing.pods.len() {
            drawing.leaves(ObjectId::new(index), end, page)?;
        }
        Ok(count)
    }

    fn event<W: Write>(&mut self, event: &Event, page: &mut Page<'_, W>) -> io::Result<()> {
        let (object, time) = (event.object, event.time);
        match event.reason {
            Reason::PodCreated if page.room == 0 => page.left_out += 1,
            Reason::PodCreated => self.comes(object, 1, "pending", time),
            Reason::Scheduled if self.pods[object.index()].is_some() => {
                self.leaves(object, time, page)?;
                let node = event.related.map_or(1, |node| self.processes[node.index()]);
                self.comes(object, node, "starting", time);
            }
            Reason::PodReady => self.phase(object, "running", time, page)?,
            Reason::PodNotReady => self.phase(object, "not ready", time, page)?,
            Reason::PodDeleted | Reason::Preempted => {
                self.phase(object, "terminating", time, page)?;
            }
            Reason::PodSucceeded | Reason::PodFailed | Reason::PodGone => {
                self.leaves(object, time, page)?;
            }
            _ => {}
        }
        if self.log.object(object).kind != Kind::Pod {
            let process = self.base + self.processes[object.index()];
            return self.instant(event, Place { process, lane: 0 }, page);
        }
        match &self.pods[object.index()] {
            Some(shown) if event.reason.is_warning() && page.room > 0 => {
                let Place { process, lane } = shown.place;
                self.instant(event, Place { process: self.base + process, lane }, page)
            }
            _ => Ok(()),
        }
    }

    fn instant<W: Write>(
        &self,
        event: &Event,
        place: Place,
        page: &mut Page<'_, W>,
    ) -> io::Result<()> {
        let Place { process, lane } = place;
        page.put(&json!({
            "name": event.reason.name(), "cat": "event", "ph": "i", "pid": process, "tid": lane,
            "ts": micros(event.time.as_nanos()), "s": if lane == 0 { "p" } else { "t" },
            "args": {
                "object": &self.log.object(event.object).key,
                "message": message(self.log, event),
            },
        }))
    }

    fn comes(&mut self, pod: ObjectId, process: usize, phase: &'static str, now: SimTime) {
        let place = Place { process, lane: self.lanes[process].take() };
        self.pods[pod.index()] = Some(Drawn { place, since: now, phase, phase_since: now });
    }

    /// A pod is at something else.
    fn phase<W: Write>(
        &mut self,
        pod: ObjectId,
        phase: &'static str,
        now: SimTime,
        page: &mut Page<'_, W>,
    ) -> io::Result<()> {
        let base = self.base;
        let Some(shown) = &mut self.pods[pod.index()] else { return Ok(()) };
        if shown.place.process == 1 || shown.phase == "terminating" {
            return Ok(());
        }
        let before = std::mem::replace(&mut shown.phase, phase);
        let since = std::mem::replace(&mut shown.phase_since, now);
        let place = Place { process: base + shown.place.process, ..shown.place };
        if since < now { page.slice(before, "phase", place, since, now) } else { Ok(()) }
    }

    /// A pod leaves where it is.
    fn leaves<W: Write>(
        &mut self,
        pod: ObjectId,
        now: SimTime,
        page: &mut Page<'_, W>,
    ) -> io::Result<()> {
        let Some(shown) = self.pods[pod.index()].take() else { return Ok(()) };
        self.lanes[shown.place.process].free.insert(shown.place.lane);
        let place = Place { process: self.base + shown.place.process, ..shown.place };
        let key = &self.log.object(pod).key;
        page.slice(key, "pod", place, shown.since, now)?;
        if shown.place.process != 1 && shown.phase_since < now {
            page.slice(shown.phase, "phase", place, shown.phase_since, now)?;
        }
        Ok(())
    }
}
