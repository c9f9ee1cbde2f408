//! Files of events are read back as they were written, in the order of time; slices are balanced.

mod tasks;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::story::Course;
use super::{Shown, file, packed, read, trace, write_events};
use crate::engine::{SimDuration, SimTime};
use crate::metrics::events::{
    Detail, Event, EventLog, Kind, Object, ObjectId, Pull, Reason, TextId,
};
use crate::report::folder::Folder;

fn at(seconds: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs_f64(seconds)
}

fn event(seconds: f64, reason: Reason, object: usize) -> Event {
    let object = ObjectId::new(object);
    let detail = Detail::None;
    Event { time: at(seconds), reason, object, related: None, text: None, detail }
}

fn related(event: Event, other: usize) -> Event {
    Event { related: Some(ObjectId::new(other)), ..event }
}

fn log(objects: &[(Kind, &str)], texts: &[&str], events: Vec<Event>) -> EventLog {
    let objects = objects.iter().map(|&(kind, key)| Object { kind, key: key.into() }).collect();
    EventLog { events, objects, texts: texts.iter().map(|&text| text.into()).collect() }
}

/// A pod of a replica set waits for a node, pulls in vain, pulls, fails, and is deleted.
fn story() -> EventLog {
    let (app, image, why) = (TextId::new(0), TextId::new(1), TextId::new(2));
    let said = |event: Event, text| Event { text: Some(text), ..event };
    let with = |event: Event, detail| Event { detail, ..event };
    let pull = Pull { milliseconds: 1500, kib: 7, pulled: 2, present: 1, joined: 3 };
    let new = |seconds, reason| event(seconds, reason, 0);
    log(
        &[
            (Kind::Pod, "default/web-1"),
            (Kind::Node, "a-0"),
            (Kind::ReplicaSet, "default/web-5d"),
            (Kind::Deployment, "default/web"),
        ],
        &["app", "web:1", "no \"room\"\n"],
        vec![
            event(0.0, Reason::RegisteredNode, 1),
            with(related(event(1.0, Reason::ScalingReplicaSet, 3), 2), Detail::Replicas(0, 1)),
            related(new(1.0, Reason::PodCreated), 2),
            said(new(1.0, Reason::FailedScheduling), why),
            related(new(31.0, Reason::Scheduled), 1),
            said(with(new(31.0, Reason::Pulling), Detail::Container(app)), image),
            said(with(new(32.0, Reason::Failed), Detail::Container(app)), why),
            said(with(new(32.0, Reason::BackOff), Detail::Wait(app, 10_000)), image),
            said(with(new(42.0, Reason::Pulling), Detail::Container(app)), image),
            said(with(new(43.5, Reason::Pulled), Detail::Pull(app, pull)), image),
            with(new(43.75, Reason::Started), Detail::Container(app)),
            new(45.0, Reason::PodReady),
            with(new(50.0, Reason::OomKilled), Detail::Exit(app, 137)),
            new(50.0, Reason::PodNotReady),
            said(new(60.123_456_789, Reason::PodDeleted), why),
            new(61.0, Reason::PodGone),
        ],
    )
}

fn written(logs: &[(&str, &EventLog)]) -> String {
    let shown = logs.iter().map(|&(cluster, log)| Shown { cluster, end: 100.0, log });
    let mut out = Vec::new();
    file::write(&mut out, &shown.collect::<Vec<_>>()).unwrap();
    String::from_utf8(out).unwrap()
}

/// Events with objects and texts by name, as numbers may be others.
fn plain(log: &EventLog) -> Vec<String> {
    let name = |id: ObjectId| format!("{:?}", log.object(id));
    let text = |id: TextId| log.text(id).to_owned();
    let one = |event: &Event| {
        let detail = match event.detail {
            Detail::Container(id) => format!("container {}", text(id)),
            Detail::Exit(id, code) => format!("exit {} {code}", text(id)),
            Detail::Wait(id, wait) => format!("wait {} {wait}", text(id)),
            Detail::Pull(id, pull) => format!("pull {} {pull:?}", text(id)),
            other => format!("{other:?}"),
        };
        let (object, related) = (name(event.object), event.related.map(name));
        let said = event.text.map(text);
        format!("{:?} {:?} {object} {related:?} {said:?} {detail}", event.time, event.reason)
    };
    log.events.iter().map(one).collect()
}

#[test]
fn a_file_is_read_back_as_it_was_written() {
    let log = story();
    let text = written(&[("one", &log)]);
    let read = file::read(text.as_bytes(), &[("one".into(), 100.0)]).unwrap();
    assert_eq!((read.len(), read[0].cluster.as_str(), read[0].end), (1, "one", 100.0));
    assert_eq!(plain(&read[0].log), plain(&log));
    assert_eq!(written(&[("one", &read[0].log)]), text);
}

#[test]
fn a_large_file_is_the_same_compressed() {
    let new = |time: usize| event(time as f64, Reason::PodCreated, time % 2);
    // more than a part has
    let events = (0..40_000).map(new).collect();
    let log = log(&[(Kind::Pod, "shop/web-0"), (Kind::Pod, "shop/web-1")], &[], events);
    let shown = [Shown { cluster: "one", end: 0.0, log: &log }];
    let place = tempfile::tempdir().expect("a folder");
    let folder = Folder::create(place.path().to_owned()).expect("a folder");
    assert_eq!(read(place.path(), &[]).expect("there is nothing to read"), []);
    write_events(&folder, &shown, 39_999).expect("it is written");
    assert!(!place.path().join(file::NAME).exists());
    let compressed = read(place.path(), &[]).expect("it is read");
    assert_eq!((compressed.len(), &compressed[0].log), (1, &log));
    // what is there as it is goes first
    write_events(&folder, &shown, 40_000).expect("it is written");
    std::fs::remove_file(place.path().join(packed::NAME)).expect("it is there");
    assert_eq!(read(place.path(), &[]).expect("it is read"), compressed);
}

#[test]
fn lines_of_several_clusters_are_in_the_order_of_time() {
    let (one, other) = (story(), story());
    let text = written(&[("one", &one), ("other", &other)]);
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    assert_eq!(lines.len(), 2 * one.events.len());
    assert!(lines.is_sorted_by_key(|line| line["time"].as_f64().expect("a number")));
    let clusters: Vec<_> = lines.iter().take(2).map(|line| &line["cluster"]).collect();
    assert_eq!(clusters, ["one", "other"]);
    let read = file::read(text.as_bytes(), &[]).unwrap();
    assert_eq!(plain(&read[1].log), plain(&other));
}

#[test]
fn what_is_not_an_event_is_refused_with_its_line() {
    let text = written(&[("one", &story())]);
    let refused = |text: &str| file::read(text.as_bytes(), &[]).unwrap_err().to_string();
    let unknown = text.replacen("RegisteredNode", "RegisteredNod", 1);
    let why = "line 1 of `events.jsonl` is not an event: there is no reason `RegisteredNod`";
    assert_eq!(refused(&unknown), why);
    let cut = &text[..text.len() - 10];
    assert!(refused(cut).starts_with("line 16 of `events.jsonl`"), "{}", refused(cut));
    let early = text.replacen("\"time\":0.0", "\"time\":-1.0", 1);
    assert!(refused(&early).ends_with("-1 is not a time of a run"), "{}", refused(&early));
}

#[test]
fn the_way_to_being_ready_is_divided_without_gaps() {
    let mut course = Course::default();
    for event in story().events.iter().filter(|it| it.object == ObjectId::new(0)) {
        course.apply(event);
    }
    assert_eq!(course.ready_after(), Some(44.0));
    let parts: Vec<_> = course.parts().iter().map(|it| (it.what, it.seconds)).collect();
    let expected = [
        ("without a node", 30.0),
        // a second in vain, and one and a half
        ("images", 2.5),
        ("back-off", 10.0),
        ("starting", 0.25),
        ("until ready", 1.25),
    ];
    assert_eq!(parts, expected);
    assert_eq!((course.failures, course.gone), (1, Some(at(61.0))));
}

/// What a trace shows: by process and lane, its slices of pods and of what they were at.
#[derive(Debug, Default)]
struct Lane {
    pods: Vec<(f64, f64)>,
    phases: Vec<(f64, f64)>,
}

fn lanes(log: &EventLog, most: usize) -> (BTreeMap<(u64, u64), Lane>, Value) {
    let mut out = Vec::new();
    let shown = [Shown { cluster: "one", end: 1000.0, log }];
    trace::write_plain(&mut out, "test", &shown, most).unwrap();
    let trace: Value = serde_json::from_slice(&out).expect("it is JSON");
    let mut lanes: BTreeMap<(u64, u64), Lane> = BTreeMap::new();
    for it in trace["traceEvents"].as_array().expect("a list").iter() {
        if it["ph"] == "X" {
            let number = |key: &str| it[key].as_f64().expect("a number");
            let place = (number("pid") as u64, number("tid") as u64);
            let lane = lanes.entry(place).or_default();
            let slices = if it["cat"] == "pod" { &mut lane.pods } else { &mut lane.phases };
            slices.push((number("ts"), number("ts") + number("dur")));
        }
    }
    (lanes, trace["otherData"].clone())
}

#[test]
fn a_pod_is_a_slice_without_a_node_and_one_on_it() {
    let (lanes, note) = lanes(&story(), 100);
    let of = |process: u64| &lanes[&(process, 1)];
    // processes: workloads, pods without a node, the node
    assert_eq!(of(2).pods, [(1e6, 31e6)]);
    assert_eq!(of(3).pods, [(31e6, 61e6)]);
    let deleted = 60_123_456.789;
    let phases = [(31e6, 45e6), (45e6, 50e6), (50e6, deleted), (deleted, 61e6)];
    assert_eq!(of(3).phases.len(), phases.len());
    for (one, other) in of(3).phases.iter().zip(phases) {
        assert!((one.0 - other.0).abs() < 0.01 && (one.1 - other.1).abs() < 0.01, "{one:?}");
    }
    assert_eq!(note["note"], "all pods are shown");
}

#[test]
fn a_trace_has_an_end() {
    let log = crowd(&[(0.0, 1.0, 2.0, 3.0); 20]);
    let (lanes, note) = lanes(&log, 10);
    let slices: usize = lanes.values().map(|lane| lane.pods.len()).sum();
    assert_eq!((slices, &note["note"]), (40, &"all pods are shown".into()));
    let later = crowd(&(0..20).map(|it| (10.0 * f64::from(it), 1.0, 2.0, 3.0)).collect::<Vec<_>>());
    let (lanes, note) = self::lanes(&later, 10);
    let slices: usize = lanes.values().map(|lane| lane.pods.len()).sum();
    // a pod has four: without a node, on it, and there starting and running; the third is the last
    // that begins while there is room
    assert_eq!(slices, 6);
    assert_eq!(note["note"], "17 pods are left out: the trace has 10 slices at most");
}

/// Pods on one node: created, and so much later placed, ready and gone.
fn crowd(pods: &[(f64, f64, f64, f64)]) -> EventLog {
    let mut objects = vec![(Kind::Node, "a-0".to_owned())];
    let mut events = vec![event(0.0, Reason::RegisteredNode, 0)];
    for (number, &(created, placed, ready, gone)) in pods.iter().enumerate() {
        objects.push((Kind::Pod, format!("default/web-{number}")));
        let pod = number + 1;
        events.push(event(created, Reason::PodCreated, pod));
        events.push(related(event(created + placed, Reason::Scheduled, pod), 0));
        events.push(event(created + placed + ready, Reason::PodReady, pod));
        events.push(event(created + placed + ready + gone, Reason::PodGone, pod));
    }
    events.sort_by_key(|event| event.time);
    let objects: Vec<_> = objects.iter().map(|(kind, key)| (*kind, key.as_str())).collect();
    log(&objects, &[], events)
}

proptest! {
    /// Slices of one lane do not overlap, and what pods were at lies within them.
    #[test]
    fn slices_are_balanced(
        pods in proptest::collection::vec((0..50u32, 0..20u32, 0..20u32, 0..50u32), 0..40)
    ) {
        let seconds = |it: &(u32, u32, u32, u32)| {
            (f64::from(it.0), f64::from(it.1), f64::from(it.2), f64::from(it.3))
        };
        let pods: Vec<_> = pods.iter().map(seconds).collect();
        let (lanes, _) = lanes(&crowd(&pods), 1000);
        let slices: usize = lanes.values().map(|lane| lane.pods.len()).sum();
        prop_assert_eq!(slices, 2 * pods.len());
        for mut lane in lanes.into_values() {
            lane.pods.sort_by(|one, other| one.partial_cmp(other).expect("they are numbers"));
            for pair in lane.pods.windows(2) {
                prop_assert!(pair[0].1 <= pair[1].0, "{:?}", pair);
            }
            for phase in lane.phases {
                prop_assert!(lane.pods.iter().any(|it| it.0 <= phase.0 && phase.1 <= it.1));
            }
        }
    }
}
