//! Containers that end, and images that do not come.

use crate::engine::SimTime;
use crate::kubernetes::objects::{PodTemplate, Probe};

use super::super::{Call, Exit, PodPhase, PodWorker, Refusal, Settings, WaitingReason};
use super::stage::{Behaviour, Stage, container, ends, every, secs};

fn pod(behaviour: Behaviour) -> Stage {
    let template = PodTemplate { containers: vec![container("app")], ..PodTemplate::default() };
    Stage::new(template, vec![behaviour])
}

/// Seconds of the starts.
fn starts(stage: &Stage) -> Vec<f64> {
    let starts = stage.said(&["start"]);
    starts.iter().map(|line| line.split_once(' ').unwrap().0.parse().unwrap()).collect()
}

#[test]
fn crash_loop_back_off_doubles_from_ten_seconds_to_five_minutes() {
    let mut stage = pod(ends(1_000, Exit::FAILURE));
    stage.play(1_300_000);
    // each runs for a second, then waits 0, 10, 20, 40, 80, 160, 300, 300 s
    let expected = [0.0, 1.0, 12.0, 33.0, 74.0, 155.0, 316.0, 617.0, 918.0, 1219.0];
    assert_eq!(starts(&stage), expected);
    // one wake for each wait, none in between
    assert_eq!(stage.wakes, 8);
    assert_eq!(stage.worker.restarts(0), 9);
    assert_eq!(stage.worker.waiting(0), Some(WaitingReason::CrashLoopBackOff));
    assert_eq!(stage.worker.status().phase, PodPhase::Running);
}

#[test]
fn waits_count_from_the_end_so_a_long_run_has_its_wait_before_it() {
    // runs of 5 min: each new start is noted 300 s after the last, and never forgotten
    let mut stage = pod(ends(300_000, Exit::SUCCESS));
    stage.play(1_000_000);
    assert_eq!(starts(&stage), [0.0, 300.0, 610.0, 930.0]);
    // runs of 601 s: every end comes too late to remember the one before
    let mut stage = pod(ends(601_000, Exit::FAILURE));
    stage.play(2_000_000);
    assert_eq!(starts(&stage), [0.0, 601.0, 1202.0, 1803.0]);
}

#[test]
fn out_of_memory_is_a_failure_like_others_and_known_as_such() {
    let mut stage = pod(ends(2_000, Exit::OOM));
    stage.play(5_000);
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "0 Pending 0",
            "0 Running ready 0",
            "2 exit 0",
            "2 start 0",
            "2 Running 0",
            "2 Running ready 1",
            "4 exit 0",
            "4 Running 1",
        ]
    );
    assert_eq!(stage.worker.last_exit(0), Some(Exit::OOM));
}

#[test]
fn images_that_do_not_come_are_tried_after_ten_seconds_and_twice_as_long_each_time() {
    let mut stage = pod(Behaviour { refusals: 4, pull: 3_000, ..Behaviour::default() });
    stage.play(200_000);
    // refused at 3, 16, 39 and 82 s; then 10, 20, 40, 80 s
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "0 Pending 0",
            "13 start 0",
            "36 start 0",
            "79 start 0",
            "162 start 0",
            "165 Running ready 0",
        ]
    );
}

#[test]
fn a_container_that_cannot_be_started_says_why_and_when_again() {
    use Refusal::{Create, NeverPull, Pull, Run};
    let template = PodTemplate { containers: vec![container("app")], ..PodTemplate::default() };
    let cases = [
        (Pull, WaitingReason::ImagePullBackOff, "ErrImagePull"),
        (NeverPull, WaitingReason::Refused(NeverPull), "ErrImageNeverPull"),
        (Create, WaitingReason::Refused(Create), "CreateContainerError"),
        (Run, WaitingReason::Refused(Run), "RunContainerError"),
    ];
    for (refusal, reason, name) in cases {
        let settings = Settings::default();
        let call =
            Call { template: &template, settings: &settings, now: SimTime::ZERO, jitter: 0.0 };
        let mut worker = PodWorker::new(&template);
        worker.begin(call, &mut Vec::new());
        assert_eq!(worker.waiting(0), Some(WaitingReason::ContainerCreating));
        worker.refused(call, 0, refusal, &mut Vec::new());
        assert_eq!((worker.waiting(0), refusal.name()), (Some(reason), name));
        assert_eq!(worker.starts_again(0), SimTime::ZERO + secs(10));
    }
}

#[test]
fn a_first_kill_by_the_liveness_probe_has_no_back_off_and_the_third_waits() {
    let mut app = container("app");
    app.liveness = Some(Probe { failure_threshold: 1, ..every(5).unwrap() });
    let template = PodTemplate { containers: vec![app], grace: secs(30), ..PodTemplate::default() };
    let behaviour = Behaviour { stops: Some(1_000), ..Behaviour::default() };
    let mut stage = Stage::new(template, vec![behaviour]);
    stage.play(60_000);
    assert_eq!(
        stage.said(&["start", "signal", "exit"]),
        [
            "0 start 0",
            // a tick of the pod falls on the start: it does not answer yet
            "0 signal 0",
            "1 exit 0",
            "1 start 0",
            "5 signal 0",
            // the look that killed it knows of the end at 1 s alone: nothing noted, 10 s noted now
            "6 exit 0",
            "6 start 0",
            "10 signal 0",
            // noted at 6 s, counted from the end at 6 s: not before 16 s; so it is left, and the
            // next look counts from the end at 11 s
            "11 exit 0",
            "21 start 0",
            "25 signal 0",
            // 20 s noted at 21 s, from the end at 11 s; left until 20 s after its own end
            "26 exit 0",
            "46 start 0",
            "50 signal 0",
            "51 exit 0",
        ]
    );
}

#[test]
fn a_pod_whose_deadline_has_passed_fails() {
    let template = PodTemplate {
        containers: vec![container("app")],
        active_deadline: Some(secs(20)),
        grace: secs(5),
        ..PodTemplate::default()
    };
    let mut stage = Stage::new(template, vec![Behaviour::default()]);
    stage.play(100_000);
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "0 Pending 0",
            "0 Running ready 0",
            "20 signal 0",
            "20 Running 0",
            "25 kill 0",
            "25 exit 0",
            "25 Failed 0",
            "25 finished",
        ]
    );
}
