//! What holds of every pod, however its containers behave.

use proptest::prelude::*;

use crate::engine::SimDuration;
use crate::kubernetes::objects::{Container, PodTemplate, Probe, RestartPolicy};

use super::super::Exit;
use super::stage::{Behaviour, Event, Stage, container, secs};

fn behaviour() -> impl Strategy<Value = Behaviour> {
    let life = proptest::option::of((0_u64..30_000, any::<bool>()));
    let answers = proptest::collection::btree_set(0_u64..60_000, 0..4);
    (0_u64..3_000, 0_u32..3, life, proptest::option::of(0_u64..20_000), answers).prop_map(
        |(pull, refusals, life, stops, answers)| Behaviour {
            pull,
            refusals,
            life: life.map(|(after, good)| (after, if good { Exit::SUCCESS } else { Exit::OOM })),
            stops,
            answers: answers.into_iter().collect(),
        },
    )
}

fn probe() -> impl Strategy<Value = Option<Probe>> {
    let probe = (0_u64..5, 1_u64..12, 1_u32..3, 1_u32..4).prop_map(
        |(delay, period, success_threshold, failure_threshold)| Probe {
            initial_delay: secs(delay),
            period: secs(period),
            success_threshold,
            failure_threshold,
            ..Probe::default()
        },
    );
    proptest::option::of(probe)
}

fn a_container(init: bool) -> impl Strategy<Value = (Container, Behaviour)> {
    let hook = proptest::option::of(0_u64..20_000);
    (probe(), probe(), probe(), any::<bool>(), hook, behaviour()).prop_map(
        move |(startup, readiness, liveness, sidecar, hook, behaviour)| {
            let plain = init && !sidecar;
            let of = |probe: Option<Probe>| probe.filter(|_| !plain);
            let container = Container {
                startup: of(startup),
                readiness: of(readiness),
                liveness: of(liveness),
                pre_stop: hook.filter(|_| !plain).map(SimDuration::from_millis),
                sidecar: init && sidecar,
                ..container("it")
            };
            (container, behaviour)
        },
    )
}

prop_compose! {
    fn a_pod()(
        init in proptest::collection::vec(a_container(true), 0..3),
        containers in proptest::collection::vec(a_container(false), 1..3),
        policy in 0..3_usize,
        grace in 0_u64..40,
    ) -> (PodTemplate, Vec<Behaviour>) {
        let policies = [RestartPolicy::Always, RestartPolicy::OnFailure, RestartPolicy::Never];
        let (init, mut behaviours): (Vec<_>, Vec<_>) = init.into_iter().unzip();
        let (containers, others): (Vec<_>, Vec<_>) = containers.into_iter().unzip();
        behaviours.extend(others);
        let restart = policies[policy];
        let template =
            PodTemplate { init, containers, restart, grace: secs(grace), ..PodTemplate::default() };
        (template, behaviours)
    }
}

/// What a container may do after what it did last.
fn may_follow(before: &str, after: &str) -> bool {
    match after {
        "start" => matches!(before, "" | "exit" | "start" | "lost"),
        "abandon" => before == "start",
        "signal" => before == "start",
        "kill" => before == "signal",
        "exit" => matches!(before, "start" | "signal" | "kill"),
        _ => false,
    }
}

proptest! {
    #[test]
    fn every_container_is_started_stopped_and_killed_in_that_order_and_the_pod_ends_in_time(
        (template, behaviours) in a_pod(), deleted in 1_000_u64..90_000, grace in 0_u64..40,
    ) {
        let count = behaviours.len();
        let mut stage = Stage::new(template, behaviours);
        stage.at(deleted, Event::Terminate(grace));
        stage.play(400_000);
        let mut last = vec![String::new(); count];
        for line in &stage.log {
            let mut words = line.split(' ').skip(1);
            let what = words.next().unwrap();
            let Some(index) = words.next().and_then(|word| word.parse::<usize>().ok()) else {
                continue;
            };
            if matches!(what, "start" | "abandon" | "signal" | "kill" | "exit") {
                prop_assert!(may_follow(&last[index], what), "{line} after {}", last[index]);
                last[index] = what.to_owned();
            }
        }
        let end = stage.log.last().unwrap();
        prop_assert!(end.ends_with(" finished"), "{end}");
        prop_assert_eq!(stage.said(&["finished"]).len(), 1);
        let at: f64 = end.split_once(' ').unwrap().0.parse().unwrap();
        // hook, turn and signal share the grace; each rounds down, and there are two seconds at
        // least
        let most = deleted as f64 / 1e3 + (grace.max(1) as f64) + 2.0 + 2.0;
        prop_assert!(at <= most, "{at} > {most}");
        prop_assert_eq!(stage.worker.next_deadline(&stage.template), None);
    }
}
