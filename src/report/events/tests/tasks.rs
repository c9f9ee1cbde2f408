//! Tasks of Amazon ECS in the trace.

use serde_json::Value;

use super::{at, event, log, related};
use crate::metrics::events::{Detail, Event, EventLog, Kind, Pull, Reason, TextId};
use crate::report::events::{Shown, trace};

/// A task waits for capacity until 60 s, has its interface at 70 s, pulls from 71 s to 91 s and
/// another image from 81 s to 95 s, runs from 98 s on, is told to stop at 200 s, lets requests end
/// until 210 s, its containers until 212 s, and has stopped at 222 s.
fn story() -> EventLog {
    let texts =
        ["PENDING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "web:1", "proxy:2", "why"];
    let text = |place: usize| Some(TextId::new(place));
    let state =
        |seconds, place| Event { text: text(place), ..event(seconds, Reason::TaskStateChange, 0) };
    let pull = |seconds, milliseconds, image| Event {
        text: text(image),
        detail: Detail::Pull(TextId::new(6), Pull { milliseconds, ..Pull::default() }),
        ..event(seconds, Reason::Pulled, 0)
    };
    log(
        &[
            (Kind::Task, "test/0123"),
            (Kind::Service, "test/web"),
            (Kind::ContainerInstance, "i-01"),
            (Kind::Cluster, "test"),
        ],
        &texts,
        vec![
            related(event(1.0, Reason::TaskCreated, 0), 1),
            related(event(60.0, Reason::TaskPlaced, 0), 2),
            state(70.0, 0),
            pull(91.0, 20_000, 4),
            pull(95.0, 14_000, 5),
            event(98.0, Reason::TaskRunning, 0),
            Event { text: text(6), ..event(200.0, Reason::TaskStopping, 0) },
            state(200.0, 1),
            state(210.0, 2),
            state(212.0, 3),
            event(222.0, Reason::TaskStopped, 0),
        ],
    )
}

fn slices(log: &EventLog) -> (Vec<String>, Value) {
    let mut out = Vec::new();
    let shown = [Shown { cluster: "one", end: 300.0, log }];
    trace::write_plain(&mut out, "test", &shown, 100).unwrap();
    let trace: Value = serde_json::from_slice(&out).expect("it is JSON");
    let seconds = |it: &Value| it.as_f64().expect("a number") / 1e6;
    let all = trace["traceEvents"].as_array().expect("a list").iter();
    let slice = |it: &Value| {
        let (from, took) = (seconds(&it["ts"]), seconds(&it["dur"]));
        let name = it["name"].as_str().expect("a name");
        format!("{}.{} {from} to {} {name}", it["pid"], it["tid"], from + took)
    };
    let names = all.clone().filter(|it| it["name"] == "process_name");
    let names = names.map(|it| it["args"]["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names, ["services and capacity providers", "tasks without an instance", "i-01"]);
    let slices = all.filter(|it| it["ph"] == "X");
    let key = |it: &Value| (seconds(&it["ts"]), -seconds(&it["dur"]));
    let mut slices: Vec<((f64, f64), String)> = slices.map(|it| (key(it), slice(it))).collect();
    slices.sort_by(|(one, _), (other, _)| one.partial_cmp(other).expect("they are numbers"));
    (slices.into_iter().map(|(_, text)| text).collect(), trace)
}

#[test]
fn a_task_is_a_slice_with_its_states_and_pulls_within() {
    let (slices, trace) = slices(&story());
    let expected = [
        "2.1 1 to 60 test/0123",
        "2.1 1 to 60 PROVISIONING",
        "3.1 60 to 222 test/0123",
        "3.1 60 to 70 PROVISIONING",
        "3.1 70 to 98 PENDING",
        // they overlap
        "3.1 71 to 95 pull web:1, proxy:2",
        "3.1 98 to 200 RUNNING",
        "3.1 200 to 210 DEACTIVATING",
        "3.1 210 to 212 STOPPING",
        "3.1 212 to 222 DEPROVISIONING",
    ];
    assert_eq!(slices, expected);
    assert_eq!(trace["otherData"]["note"], "all tasks are shown");
    let text = trace.to_string();
    assert!(text.contains(r#""args":{"stoppedReason":"why"}"#), "{text}");
}

#[test]
fn a_task_is_shown_as_far_as_it_has_come() {
    let mut log = story();
    log.events.retain(|event| event.time < at(80.0));
    let expected = [
        "2.1 1 to 60 test/0123",
        "2.1 1 to 60 PROVISIONING",
        "3.1 60 to 300 test/0123",
        "3.1 60 to 70 PROVISIONING",
        "3.1 70 to 300 PENDING",
    ];
    assert_eq!(slices(&log).0, expected);
}
