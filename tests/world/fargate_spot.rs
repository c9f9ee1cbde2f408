//! Tasks on Fargate Spot are taken back, and replaced by their service.

use plimsoll::metrics::summary::Account;

use crate::lab::{HOST, app, run};

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
