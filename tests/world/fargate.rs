//! Machines of tasks on Fargate, and tasks that Fargate Spot takes back.

use plimsoll::metrics::summary::Account;

use crate::lab::{HOST, app, latencies, run, simulation};

/// How long two requests take that come at once, each with 100 ms of work, on a task of this size.
fn two_at_once(cpu: &str) -> Vec<(f64, u64)> {
    let keys = format!(
        "cpu = {{ request = '{cpu}' }}\nmemory = {{ request = '4GiB' }}\ndemand = '100ms'\n\
         traffic = {{ arrivals = {{ at = ['100s', '100s'] }} }}"
    );
    let cluster = "[[cluster]]\nname = 'ecs'\nkind = 'ecs'\n";
    latencies(&run(&[&simulation("2min"), HOST, &app("web", &keys), cluster]), "web")
}

#[test]
fn two_vcpus_are_the_threads_of_a_core() {
    // which gets 125 % done with both of them: 160 ms for what takes 100 ms alone
    assert_eq!(two_at_once("2"), [(160.0, 2)]);
    assert_eq!(two_at_once("4"), [(100.0, 2)]);
}

#[test]
fn a_task_that_is_taken_back_is_replaced_and_its_end_is_told() {
    // within a month all but one of ten thousand are interrupted: one in 79 hours
    let cluster = "
[[cluster]]
name = 'ecs'
kind = 'ecs'
engine = { start = '0s' }
[cluster.ecs]
default_strategy = [{ provider = 'FARGATE_SPOT' }]
fargate_spot_interruptions = '99.99%'
";
    let simulation = "[simulation]\nname = 'test'\nduration = '720h'\npoints = 10\n";
    let recording = run(&[simulation, HOST, &app("web", "replicas = 2"), cluster]);
    let tasks = recording.summary.tasks.as_ref().expect("it is of ECS");
    let account = tasks.account;
    assert!(account.balances(), "{account:?}");
    // two tasks for 720 h at 9.2 / 730 h: 18, give or take four standard deviations of 4.3
    assert!((1..=35).contains(&account.spot_interrupted), "{account:?}");
    assert_eq!(account.created, account.spot_interrupted + account.running);
    // each is missed for the minute or so that the next one takes to come
    assert!(tasks.running > 1.99, "{}", tasks.running);
}
