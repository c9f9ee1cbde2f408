//! What services went through, in numbers.

use super::rig::Rig;
use crate::aws::ecs::control::Unplaced;
use crate::aws::ecs::placement::Refusal;
use crate::metrics::summary::DeploymentAccount;

const GUARDED: &str = r#""deploymentConfiguration": {
    "deploymentCircuitBreaker": {"enable": true, "rollback": true},
    "alarms": {"alarmNames": ["errors"], "enable": true, "rollback": true}},"#;

#[test]
fn every_deployment_is_under_way_or_has_one_end() {
    let mut rig = Rig::new(2);
    let first = rig.define("web", "app:1", 128, 128, "");
    let web = rig.serve(2, GUARDED);
    rig.told_until(100_000, |_, _| None);
    let mut expected = DeploymentAccount { begun: 1, completed: 1, ..DeploymentAccount::default() };
    assert_eq!(rig.control.service_totals().deployments, expected);
    // three tasks fail to start, and the first definition comes back
    let missing = rig.define("web", "missing:1", 128, 128, "");
    rig.call(|control, around| control.deploy(web, missing, around));
    rig.told_until(300_000, |_, _| None);
    expected = DeploymentAccount { begun: 3, completed: 2, rolled_back_by_breaker: 1, ..expected };
    assert_eq!(rig.control.service_totals().deployments, expected);
    // one gives way to another within the second, that one to an alarm
    let second = rig.define("web", "app:2", 128, 128, "");
    rig.call(|control, around| control.deploy(web, second, around));
    rig.call(|control, around| control.deploy(web, first, around));
    rig.told_until(300_500, |_, _| None);
    rig.call(|control, around| control.deployment_alarm(web, around));
    expected = DeploymentAccount { begun: 6, replaced: 1, rolled_back_by_alarm: 1, ..expected };
    assert_eq!(rig.control.service_totals().deployments, expected);
    assert_eq!(rig.control.deployments().under_way, 1);
    rig.told_until(600_000, |_, _| None);
    expected.completed += 1;
    assert_eq!(rig.control.service_totals().deployments, expected);
    assert_eq!(rig.control.deployments().under_way, 0);
}

/// It says so at 0 s and looks again after 1, 2, 4 and 8 s.
#[test]
fn each_time_a_service_says_that_it_finds_no_place_is_counted_by_its_reason() {
    let mut rig = Rig::new(0);
    rig.define("web", "app:1", 2048, 128, "");
    rig.serve(2, "");
    rig.told_until(5_000, |_, _| None);
    let none = Unplaced::NoInstances;
    let unplaced = |rig: &Rig| rig.control.service_totals().unplaced.clone();
    assert_eq!(unplaced(&rig), [(none, 3)].into());
    // the first takes all of its CPU, and the wait is as at the beginning: 5, 6, 8 and 12 s
    rig.join(0, None, super::rig::offers(2, 4000));
    rig.told_until(15_000, |_, _| None);
    let cpu = Unplaced::Refused(Refusal::Cpu);
    assert_eq!(unplaced(&rig), [(none, 3), (cpu, 4)].into());
    assert_eq!(
        cpu.to_string(),
        "the closest matching container instance has insufficient CPU units available"
    );
}
