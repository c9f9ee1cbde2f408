//! Pods that are to end.

use crate::kubernetes::objects::{PodTemplate, RestartPolicy};

use super::super::Exit;
use super::stage::{Behaviour, Stage, container, ends, secs};

fn pod(restart: RestartPolicy, behaviours: Vec<Behaviour>) -> Stage {
    let containers = behaviours.iter().map(|_| container("work")).collect();
    let template = PodTemplate { containers, restart, grace: secs(30), ..PodTemplate::default() };
    Stage::new(template, behaviours)
}

#[test]
fn never_ends_with_the_containers_whatever_became_of_them() {
    let good = ends(3_000, Exit::SUCCESS);
    let mut stage = pod(RestartPolicy::Never, vec![good.clone(), ends(5_000, Exit::SUCCESS)]);
    stage.play(100_000);
    let end = ["3 exit 0", "3 Running 0", "5 exit 1", "5 Succeeded 0", "5 finished"];
    assert_eq!(stage.log[4..], end);
    let mut stage = pod(RestartPolicy::Never, vec![good, ends(1_000, Exit::FAILURE)]);
    stage.play(100_000);
    let end = ["1 exit 1", "1 Running 0", "3 exit 0", "3 Failed 0", "3 finished"];
    assert_eq!(stage.log[4..], end);
}

#[test]
fn on_failure_restarts_what_failed_and_nothing_else() {
    let behaviours = vec![ends(2_000, Exit::SUCCESS), ends(4_000, Exit::FAILURE)];
    let mut stage = pod(RestartPolicy::OnFailure, behaviours);
    stage.play(20_000);
    assert_eq!(
        stage.log,
        [
            "0 start 0",
            "0 start 1",
            "0 Pending 0",
            "0 Running ready 0",
            "2 exit 0",
            "2 Running 0",
            "4 exit 1",
            "4 start 1",
            "4 Running 1",
            "8 exit 1",
            "18 start 1",
            "18 Running 2",
        ]
    );
}

#[test]
fn always_starts_again_what_ended_well() {
    let mut stage = pod(RestartPolicy::Always, vec![ends(2_000, Exit::SUCCESS)]);
    stage.play(15_000);
    assert_eq!(stage.said(&["start"]), ["0 start 0", "2 start 0", "14 start 0"]);
}
