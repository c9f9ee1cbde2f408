//! `events.jsonl`: everything that happened in clusters of Kubernetes, a JSON object a line in the
//! order of time, written and read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::message::message;
use super::{ClusterEvents, Shown};
use crate::engine::{SimDuration, SimTime};
use crate::metrics::events::{
    Detail, Event, EventLog, Kind, Object, ObjectId, Pull, Reason, TextId,
};

/// Name of the file in a folder of results.
pub const NAME: &str = "events.jsonl";

/// An event as a line.
#[derive(Debug, Serialize, Deserialize)]
struct Line<'a> {
    /// Seconds since the begin of the run.
    time: f64,
    #[serde(borrow)]
    cluster: Cow<'a, str>,
    r#type: Cow<'a, str>,
    reason: Cow<'a, str>,
    kind: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<Cow<'a, str>>,
    name: Cow<'a, str>,
    /// The node of a pod, while it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node: Option<Cow<'a, str>>,
    message: Cow<'a, str>,
    /// Another object that has to do with it: `kind/name` or `kind/namespace/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    related: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    container: Option<Cow<'a, str>>,
    /// What the message has in words beyond its reason: an image, a cause, a taint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wait: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pull: Option<PullLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replicas: Option<[u32; 2]>,
}

/// What a pull was made of.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct PullLine {
    seconds: f64,
    bytes: u64,
    layers_pulled: u16,
    layers_present: u16,
    layers_joined: u16,
}

/// Writes the events of all clusters.
pub(super) fn write(out: &mut impl Write, clusters: &[Shown<'_>]) -> io::Result<()> {
    in_order(clusters).try_for_each(|told| write_line(out, &told))
}

/// Writes one line.
pub(super) fn write_line(out: &mut impl Write, told: &Told<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &line(told))?;
    out.write_all(b"\n")
}

/// An event and what a line says of it beside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    cluster: &'a str,
    log: &'a EventLog,
    event: &'a Event,
    /// The node of its pod, while it has one.
    node: Option<ObjectId>,
}

/// The events of all clusters in the order of time; of equal times those of the first come first.
pub(super) fn in_order<'a>(clusters: &[Shown<'a>]) -> impl Iterator<Item = Told<'a>> {
    struct Cursor<'a> {
        shown: Shown<'a>,
        next: usize,
        /// The nodes of pods, by the places of the pods.
        nodes: Vec<Option<ObjectId>>,
    }
    let cursors = clusters.iter().map(|&shown| Cursor {
        shown,
        next: 0,
        nodes: vec![None; shown.log.objects.len()],
    });
    let mut cursors: Vec<Cursor<'a>> = cursors.collect();
    std::iter::from_fn(move || {
        let rest = cursors.iter_mut().filter(|it| it.next < it.shown.log.events.len());
        let first = rest.min_by_key(|it| it.shown.log.events[it.next].time)?;
        let Shown { cluster, log, .. } = first.shown;
        let event = &log.events[first.next];
        first.next += 1;
        if event.reason == Reason::Scheduled {
            first.nodes[event.object.index()] = event.related;
        }
        Some(Told { cluster, log, event, node: first.nodes[event.object.index()] })
    })
}

/// Whether the text is all there is to say, and the message.
fn is_said(reason: Reason) -> bool {
    use Reason::{Failed, FailedCreatePodSandBox, FailedScheduling, ResourceAllocationFailed};
    matches!(reason, FailedScheduling | FailedCreatePodSandBox | ResourceAllocationFailed | Failed)
}

fn line<'a>(told: &Told<'a>) -> Line<'a> {
    let &Told { cluster, log, event, node } = told;
    let object = log.object(event.object);
    let related = event.related.map(|id| log.object(id));
    let said = is_said(event.reason);
    let mut line = Line {
        time: event.time.as_secs_f64(),
        cluster: cluster.into(),
        r#type: if event.reason.is_warning() { "Warning" } else { "Normal" }.into(),
        reason: event.reason.name().into(),
        kind: object.kind.name().into(),
        namespace: object.namespace().map(Cow::from),
        name: object.name().into(),
        node: node.map(|id| log.object(id).name().into()),
        message: message(log, event).into(),
        related: related.map(|it| format!("{}/{}", it.kind.name(), it.key).into()),
        container: None,
        detail: event.text.filter(|_| !said).map(|text| log.text(text).into()),
        exit_code: None,
        wait: None,
        pull: None,
        replicas: None,
    };
    let container = match event.detail {
        Detail::None => None,
        Detail::Container(name) => Some(name),
        Detail::Exit(name, code) => {
            line.exit_code = Some(code);
            Some(name)
        }
        Detail::Wait(name, wait) => {
            line.wait = Some(f64::from(wait) / 1e3);
            Some(name)
        }
        Detail::Pull(name, pull) => {
            line.pull = Some(PullLine {
                seconds: f64::from(pull.milliseconds) / 1e3,
                bytes: u64::from(pull.kib) << 10,
                layers_pulled: pull.pulled,
                layers_present: pull.present,
                layers_joined: pull.joined,
            });
            Some(name)
        }
        Detail::Replicas(from, to) => {
            line.replicas = Some([from, to]);
            None
        }
    };
    line.container = container.map(|name| log.text(name).into());
    line
}

/// Why a file of events cannot be read.
#[derive(Debug, Error)]
pub enum EventsError {
    /// A line is not an event.
    #[error("line {line} of `{NAME}` is not an event: {why}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The file cannot be read to its end.
    #[error("cannot read `{NAME}`: {0}")]
    Unreadable(#[from] io::Error),
}

/// Reads the events of all clusters. `ends` are the names of all clusters, and when they ended.
///
/// # Errors
/// When a line is not an event.
pub fn read(
    mut from: impl BufRead,
    ends: &[(String, f64)],
) -> Result<Vec<ClusterEvents>, EventsError> {
    let mut clusters: Vec<(ClusterEvents, Known)> = Vec::new();
    let (mut text, mut number) = (String::new(), 0);
    loop {
        text.clear();
        number += 1;
        if from.read_line(&mut text)? == 0 {
            return Ok(clusters.into_iter().map(|(events, _)| events).collect());
        }
        let malformed = |why: String| EventsError::Malformed { line: number, why };
        let line: Line<'_> =
            serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        let place = clusters.iter().position(|(events, _)| events.cluster == line.cluster);
        let place = place.unwrap_or_else(|| {
            let cluster = line.cluster.clone().into_owned();
            let end = ends.iter().find(|(name, _)| *name == cluster).map_or(0.0, |(_, end)| *end);
            clusters
                .push((ClusterEvents { cluster, end, log: EventLog::default() }, Known::default()));
            clusters.len() - 1
        });
        let (events, known) = &mut clusters[place];
        let event = known.event(&mut events.log, &line).map_err(malformed)?;
        events.log.events.push(event);
    }
}

/// Objects and texts that have been read already.
#[derive(Default)]
struct Known {
    objects: BTreeMap<(Kind, Box<str>), ObjectId>,
    texts: BTreeMap<Box<str>, TextId>,
}

impl Known {
    fn event(&mut self, log: &mut EventLog, line: &Line<'_>) -> Result<Event, String> {
        let reason = Reason::of(&line.reason);
        let reason = reason.ok_or_else(|| format!("there is no reason `{}`", line.reason))?;
        let key = match &line.namespace {
            Some(namespace) => format!("{namespace}/{}", line.name),
            None => line.name.clone().into_owned(),
        };
        let object = self.object(log, &line.kind, &key)?;
        let related = match &line.related {
            None => None,
            Some(related) => {
                let (kind, key) = related.split_once('/').unwrap_or((related, ""));
                Some(self.object(log, kind, key)?)
            }
        };
        let text = if is_said(reason) { Some(&line.message) } else { line.detail.as_ref() };
        let text = text.map(|text| self.text(log, text));
        let container = line.container.as_ref().map(|name| self.text(log, name));
        let milliseconds = |seconds: f64| (seconds * 1e3).round() as u32;
        let detail = match (container, line) {
            (Some(name), Line { exit_code: Some(code), .. }) => Detail::Exit(name, *code),
            (Some(name), Line { wait: Some(wait), .. }) => Detail::Wait(name, milliseconds(*wait)),
            (Some(name), Line { pull: Some(pull), .. }) => {
                let pull = Pull {
                    milliseconds: milliseconds(pull.seconds),
                    kib: (pull.bytes >> 10) as u32,
                    pulled: pull.layers_pulled,
                    present: pull.layers_present,
                    joined: pull.layers_joined,
                };
                Detail::Pull(name, pull)
            }
            (Some(name), _) => Detail::Container(name),
            (None, Line { replicas: Some([from, to]), .. }) => Detail::Replicas(*from, *to),
            (None, _) => Detail::None,
        };
        if !(0.0..1e10).contains(&line.time) {
            return Err(format!("{} is not a time of a run", line.time));
        }
        let time = SimTime::ZERO + SimDuration::from_secs_f64(line.time);
        Ok(Event { time, reason, object, related, text, detail })
    }

    fn object(&mut self, log: &mut EventLog, kind: &str, key: &str) -> Result<ObjectId, String> {
        let kind = Kind::of(kind).ok_or_else(|| format!("there is no kind `{kind}`"))?;
        let entry = self.objects.entry((kind, key.into()));
        Ok(*entry.or_insert_with(|| {
            log.objects.push(Object { kind, key: key.into() });
            ObjectId::new(log.objects.len() - 1)
        }))
    }

    fn text(&mut self, log: &mut EventLog, text: &str) -> TextId {
        if let Some(&known) = self.texts.get(text) {
            return known;
        }
        log.texts.push(text.into());
        let id = TextId::new(log.texts.len() - 1);
        self.texts.insert(text.into(), id);
        id
    }
}
