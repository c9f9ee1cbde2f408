//! `trace.json.gz`: nodes and pods, or instances and tasks, over time, to be looked at with
//! <https://ui.perfetto.dev>.
//!
//! Source of the format: "Trace Event Format", the document that Chrome's `about:tracing` names.
//! Each node or container instance is a process, each pod or task on it a slice on the first lane
//! (thread) that is free, and within it what it was at: a pod starting, running, not ready,
//! terminating; a task in its states (`lastStatus`), and in PENDING its pulls. Those without a node
//! or instance are on a process of their own, all tasks on Fargate on another, and what happens to
//! nodes, instances, workloads and services is an instant.

mod page;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use self::page::{Lanes, Page, Place, micros};
use super::Shown;
use super::message::message;
use crate::engine::{SimDuration, SimTime};
use crate::metrics::events::{Detail, Event, EventLog, Kind, ObjectId, Reason, TextId};

/// Name of the file in a folder of results.
pub const NAME: &str = "trace.json.gz";

/// After so many slices no more pods or tasks are shown: more than that no viewer shows quickly.
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
    let is = |kind| clusters.iter().any(|it| it.log.objects.iter().any(|it| it.kind == kind));
    let what = match (is(Kind::Pod), is(Kind::Task)) {
        (_, false) => "pods",
        (false, true) => "tasks",
        (true, true) => "pods and tasks",
    };
    let note = if left_out > 0 {
        format!("{left_out} {what} are left out: the trace has {most} slices at most")
    } else {
        format!("all {what} are shown")
    };
    writeln!(out, "\n],\"otherData\":{}}}", json!({ "scenario": scenario, "note": note }))
}

/// A pod or a task that is there.
struct Drawn<'a> {
    place: Place,
    /// Since when it is there.
    since: SimTime,
    /// What it is at, and since when.
    phase: &'a str,
    phase_since: SimTime,
    /// Why it is to stop.
    why: Option<TextId>,
}

/// A pull of a task's image.
struct Pulled<'a> {
    image: &'a str,
    from: SimTime,
    until: SimTime,
}

/// The process of services and workloads, and that of what is on no node or instance.
const OWNERS: usize = 0;
const NOWHERE: usize = 1;

/// The trace of one cluster.
struct Drawing<'a> {
    log: &'a EventLog,
    /// The number of its first process.
    base: usize,
    /// Lanes by process.
    lanes: Vec<Lanes>,
    /// The process of each object that is a node or an instance.
    processes: Vec<usize>,
    /// Pods and tasks by their place among objects.
    drawn: Vec<Option<Drawn<'a>>>,
    /// Pulls of tasks in the state they are in.
    pulls: BTreeMap<ObjectId, Vec<Pulled<'a>>>,
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
        let (names, processes) = processes(log);
        for (process, name) in names.iter().enumerate() {
            let (pid, name) = (base + process, format!("{prefix}{name}"));
            for (what, args) in [
                ("process_name", json!({ "name": name })),
                ("process_sort_index", json!({ "sort_index": pid })),
            ] {
                page.put(&json!({ "name": what, "ph": "M", "pid": pid, "args": args }))?;
            }
        }
        let count = names.len();
        let lanes = (0..count).map(|_| Lanes::default()).collect();
        let drawn = log.objects.iter().map(|_| None).collect();
        let pulls = BTreeMap::new();
        let mut drawing = Self { log, base, lanes, processes, drawn, pulls };
        for event in &log.events {
            drawing.event(event, page)?;
        }
        let end = (shown.end * 1e9).round() as u64;
        let last = log.events.last().map_or(SimTime::ZERO, |event| event.time);
        let end = SimTime::from_nanos(end).max(last);
        for index in 0..drawing.drawn.len() {
            drawing.leaves(ObjectId::new(index), end, page)?;
        }
        Ok(count)
    }

    fn event<W: Write>(&mut self, event: &Event, page: &mut Page<'_, W>) -> io::Result<()> {
        let (object, time) = (event.object, event.time);
        let is_shown = self.drawn[object.index()].is_some();
        match event.reason {
            Reason::PodCreated | Reason::TaskCreated if page.room == 0 => page.left_out += 1,
            Reason::PodCreated => self.comes(object, NOWHERE, "pending", time),
            Reason::TaskCreated => self.comes(object, NOWHERE, "PROVISIONING", time),
            Reason::Scheduled if is_shown => self.moves(event, "starting", page)?,
            Reason::TaskPlaced if is_shown => self.moves(event, "PROVISIONING", page)?,
            Reason::PodReady => self.phase(object, "running", time, page)?,
            Reason::PodNotReady => self.phase(object, "not ready", time, page)?,
            Reason::TaskRunning => self.phase(object, "RUNNING", time, page)?,
            Reason::TaskStateChange => {
                let state = event.text.map_or("", |text| self.log.text(text));
                self.phase(object, state, time, page)?;
            }
            Reason::TaskStopping => {
                if let Some(shown) = &mut self.drawn[object.index()] {
                    shown.why = event.text;
                }
            }
            Reason::Pulled => self.pulled(event),
            Reason::PodDeleted | Reason::Preempted => {
                self.phase(object, "terminating", time, page)?;
            }
            Reason::PodSucceeded | Reason::PodFailed | Reason::PodGone | Reason::TaskStopped => {
                self.leaves(object, time, page)?;
            }
            _ => {}
        }
        if !matches!(self.log.object(object).kind, Kind::Pod | Kind::Task) {
            let process = self.base + self.processes[object.index()];
            return self.instant(event, Place { process, lane: 0 }, page);
        }
        match &self.drawn[object.index()] {
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

    fn comes(&mut self, object: ObjectId, process: usize, phase: &'a str, now: SimTime) {
        let place = Place { process, lane: self.lanes[process].take() };
        let drawn = Drawn { place, since: now, phase, phase_since: now, why: None };
        self.drawn[object.index()] = Some(drawn);
    }

    /// A pod or a task gets its node or instance.
    fn moves<W: Write>(
        &mut self,
        event: &Event,
        phase: &'a str,
        page: &mut Page<'_, W>,
    ) -> io::Result<()> {
        self.leaves(event.object, event.time, page)?;
        let process = event.related.map_or(NOWHERE, |to| self.processes[to.index()]);
        self.comes(event.object, process, phase, event.time);
        Ok(())
    }

    /// The image of a task's container has come.
    fn pulled(&mut self, event: &Event) {
        let Some(shown) = &self.drawn[event.object.index()] else { return };
        let (Detail::Pull(_, pull), Some(image)) = (event.detail, event.text) else { return };
        if self.log.object(event.object).kind != Kind::Task {
            return;
        }
        let (image, until) = (self.log.text(image), event.time);
        let took = SimDuration::from_millis(u64::from(pull.milliseconds)).as_nanos();
        let began = SimTime::from_nanos(until.as_nanos().saturating_sub(took));
        let from = began.max(shown.phase_since);
        self.pulls.entry(event.object).or_default().push(Pulled { image, from, until });
    }

    /// A pod or a task is at something else.
    fn phase<W: Write>(
        &mut self,
        object: ObjectId,
        phase: &'a str,
        now: SimTime,
        page: &mut Page<'_, W>,
    ) -> io::Result<()> {
        let is_task = self.log.object(object).kind == Kind::Task;
        let Some(shown) = &mut self.drawn[object.index()] else { return Ok(()) };
        if (shown.place.process == NOWHERE && !is_task) || shown.phase == "terminating" {
            return Ok(());
        }
        let before = std::mem::replace(&mut shown.phase, phase);
        let since = std::mem::replace(&mut shown.phase_since, now);
        let place = Place { process: self.base + shown.place.process, ..shown.place };
        self.ended(object, before, place, (since, now), page)
    }

    /// Draws what a pod or a task was at, and what it pulled meanwhile.
    fn ended<W: Write>(
        &mut self,
        object: ObjectId,
        phase: &str,
        place: Place,
        (since, until): (SimTime, SimTime),
        page: &mut Page<'_, W>,
    ) -> io::Result<()> {
        if since < until {
            page.slice((phase, "phase"), place, (since, until), None)?;
        }
        let pulls = self.pulls.remove(&object).unwrap_or_default();
        for (images, from, until) in one_after_another(pulls) {
            page.slice((&format!("pull {images}"), "pull"), place, (from, until), None)?;
        }
        Ok(())
    }

    /// A pod or a task leaves where it is.
    fn leaves<W: Write>(
        &mut self,
        object: ObjectId,
        now: SimTime,
        page: &mut Page<'_, W>,
    ) -> io::Result<()> {
        let Some(shown) = self.drawn[object.index()].take() else { return Ok(()) };
        self.lanes[shown.place.process].free.insert(shown.place.lane);
        let place = Place { process: self.base + shown.place.process, ..shown.place };
        let known = self.log.object(object);
        let what = if known.kind == Kind::Task { "task" } else { "pod" };
        let why = shown.why.map(|why| json!({ "stoppedReason": self.log.text(why) }));
        page.slice((&known.key, what), place, (shown.since, now), why)?;
        if shown.place.process == NOWHERE && known.kind == Kind::Pod {
            return Ok(());
        }
        self.ended(object, shown.phase, place, (shown.phase_since, now), page)
    }
}

/// The names of all processes, and the process of each object that is one.
fn processes(log: &EventLog) -> (Vec<String>, Vec<usize>) {
    let is_ecs = log.objects.iter().any(|object| object.kind == Kind::Cluster);
    let [owners, nowhere] = match is_ecs {
        true => ["services and capacity providers", "tasks without an instance"],
        false => ["workloads", "pods without a node"],
    };
    let mut names = vec![owners.to_owned(), nowhere.to_owned()];
    let mut processes = vec![OWNERS; log.objects.len()];
    for (object, process) in log.objects.iter().zip(&mut processes) {
        if matches!(object.kind, Kind::Node | Kind::ContainerInstance) {
            *process = names.len();
            names.push(object.key.to_string());
        }
    }
    (names, processes)
}

/// Pulls that were under way at once as one, for slices of a lane lie within one another or apart.
fn one_after_another(mut pulls: Vec<Pulled<'_>>) -> Vec<(String, SimTime, SimTime)> {
    pulls.sort_by_key(|pull| (pull.from, pull.until));
    let mut all: Vec<(String, SimTime, SimTime)> = Vec::new();
    for Pulled { image, from, until } in pulls {
        match all.last_mut() {
            Some((images, _, end)) if from < *end => {
                *images = format!("{images}, {image}");
                *end = until.max(*end);
            }
            _ => all.push((image.to_owned(), from, until)),
        }
    }
    all
}
