//! What happened to one object of a cluster, from begin to end, and why.

mod course;
mod ecs;
mod groups;
mod node;
mod pod;
mod workload;

use serde::Serialize;

use super::ClusterEvents;
use super::names::Asked;
use crate::metrics::events::{Event, EventLog, Kind, Object, ObjectId, Reason};
pub use course::Course;

/// The story of an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Story {
    /// Its cluster.
    pub cluster: String,
    /// Its kind.
    pub kind: &'static str,
    /// `namespace/name`; of a node, its name.
    pub name: String,
    /// What there is to say of it as a whole, a sentence each.
    pub summary: Vec<String>,
    /// What happened, in the order of time.
    pub events: Vec<Line>,
    /// Of a workload: the pods that took longest to be ready, the slowest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slowest: Vec<SlowPod>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// When, in seconds since the begin of the run.
    pub time: f64,
    /// When the last of several happened, where they are told together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// What it is called.
    pub reason: &'static str,
    /// Whether something is not as it should be.
    pub warning: bool,
    /// In words.
    pub text: String,
    /// The first of the pods it happened to, where it is told of several together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<String>,
    /// How often it happened.
    pub count: usize,
}

/// A pod on its way to being ready. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlowPod {
    /// `namespace/name`.
    pub pod: String,
    /// Its node.
    pub node: Option<String>,
    /// From being created to being ready for the first time.
    pub ready_after: f64,
    /// What that was made of.
    pub parts: Vec<Part>,
}

/// A part of the way to being ready.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What was waited for.
    pub what: &'static str,
    /// For how long, in seconds.
    pub seconds: f64,
}

impl Story {
    /// The stories of an object: one for each cluster that has it.
    pub fn all(clusters: &[ClusterEvents], asked: Asked, kind: Kind, key: &str) -> Vec<Self> {
        let of = |events: &ClusterEvents| {
            let log = &events.log;
            let named = |(index, object): (usize, &Object)| {
                super::names::is(object, kind, key).then(|| ObjectId::new(index))
            };
            let ids: Vec<ObjectId> = log.objects.iter().enumerate().filter_map(named).collect();
            let first = *ids.first()?;
            let mut story = Self {
                cluster: events.cluster.clone(),
                kind: kind.name(),
                name: key.to_owned(),
                summary: Vec::new(),
                events: Vec::new(),
                slowest: Vec::new(),
            };
            match asked {
                Asked::Pod => pod::tell(&mut story, events, &ids),
                Asked::Node if kind == Kind::Nodegroup => {
                    node::tell_group(&mut story, events, &ids)
                }
                Asked::Node => node::tell(&mut story, events, &ids),
                Asked::Workload => workload::tell(&mut story, events, first),
                Asked::Task => ecs::task(&mut story, events, first),
                Asked::Service => ecs::service(&mut story, events, first),
                Asked::Instance => ecs::instance(&mut story, events, first),
            }
            Some(story)
        };
        clusters.iter().filter_map(of).collect()
    }
}

fn line(event: &Event, text: String) -> Line {
    Line {
        time: event.time.as_secs_f64(),
        until: None,
        reason: event.reason.name(),
        // that a machine is back is a warning of the kubelet alone
        warning: event.reason.is_warning() && event.reason != Reason::Rebooted,
        text,
        pods: Vec::new(),
        count: 1,
    }
}

/// The deployment that a replica set is of, as far as the log tells.
fn deployment_of(log: &EventLog, set: ObjectId) -> Option<ObjectId> {
    let mut scalings = log.events.iter().filter(|it| it.reason == Reason::ScalingReplicaSet);
    scalings.find(|it| it.related == Some(set)).map(|it| it.object)
}

/// Pods with that in common could not be connected to the network so many times.
fn unconnected(times: usize, of: &str) -> String {
    let times = if times == 1 { "one try".into() } else { format!("{times} tries") };
    format!("no address for pods{of}: {times}")
}

/// `1 pod`, `2 pods`.
fn pods(count: usize) -> String {
    let number = crate::report::quantity::count(count as u64);
    if count == 1 { format!("{number} pod") } else { format!("{number} pods") }
}
