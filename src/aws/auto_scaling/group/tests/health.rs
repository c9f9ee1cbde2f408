//! What is replaced for its health, and when.

use super::rig::{BOOT, Rig};
use crate::aws::auto_scaling::group::Report;
use crate::aws::auto_scaling::instance::InstanceId;
use crate::aws::auto_scaling::process::Process;
use crate::aws::auto_scaling::settings::Settings;
use crate::engine::SimDuration;

fn settings(desired: u32) -> Settings {
    Settings { elb_health: true, ..Settings::new(0, 100, desired, 1) }
}

/// Zones matter not here, nor who goes in what order: only when.
fn ends(rig: &mut Rig) -> Vec<String> {
    rig.done().into_iter().filter(|it| it.contains("terminate")).collect()
}

#[test]
fn the_grace_period_protects_what_is_new_unless_it_does_not_run() {
    let mut rig = Rig::new(settings(3));
    rig.until(100).done();
    rig.unwell(0, Report::LoadBalancer);
    rig.unwell(1, Report::NotRunning);
    assert_eq!(rig.done(), ["100 terminate 1", "100 launch 3 in a"]);
    rig.until(359);
    assert_eq!(rig.done(), ["160 serve 3"]);
    // in service since 60 s, grace for 300 s
    rig.until(360);
    assert_eq!(rig.done(), ["360 terminate 0", "360 launch 4 in a"]);
    rig.unwell(3, Report::Impaired);
    rig.until(400);
    rig.tell(|it, now, out| it.report(InstanceId(3), Report::Impaired, false, now, out));
    rig.until(900);
    assert_eq!(rig.done(), ["420 serve 4"], "it was well again before its grace was over");
}

#[test]
fn reports_of_the_load_balancer_count_only_where_they_are_to() {
    let mut rig = Rig::new(Settings { elb_health: false, ..settings(2) });
    rig.until(500).done();
    rig.unwell(0, Report::LoadBalancer);
    rig.tell(|it, now, out| it.suspend(Process::HealthCheck, true, now, out));
    rig.unwell(0, Report::Impaired);
    assert_eq!(rig.done().len(), 0);
    rig.unwell(0, Report::User);
    assert_eq!(rig.done(), ["500 terminate 0", "500 launch 2 in a"]);
}

/// Five of twenty fail their health check at 1000 s: a tenth of 20 is 2, and new ones warm up for
/// 30 s after 60 s of launch.
#[test]
fn a_tenth_is_replaced_at_a_time() {
    let warmup = SimDuration::from_secs(30);
    let mut rig = Rig::new(Settings { warmup, ..settings(20) });
    rig.until(1000).done();
    for id in 0..5 {
        rig.unwell(id, Report::LoadBalancer);
    }
    rig.until(2000);
    assert_eq!(
        ends(&mut rig),
        [
            "1000 terminate 0",
            "1000 terminate 1",
            "1090 terminate 2",
            "1090 terminate 3",
            "1180 terminate 4",
        ]
    );
}

#[test]
fn a_small_group_replaces_one_at_a_time_and_one_that_grows_waits() {
    let mut rig = Rig::new(settings(3));
    rig.until(1000).done();
    rig.unwell(0, Report::LoadBalancer);
    rig.unwell(1, Report::LoadBalancer);
    rig.until(1200);
    assert_eq!(ends(&mut rig), ["1000 terminate 0", "1060 terminate 1"]);
    let mut rig = Rig::new(settings(10));
    rig.until(1000).desire(12);
    rig.unwell(4, Report::Impaired);
    rig.unwell(5, Report::User);
    // it lacks two of twelve, so that what can wait does
    assert_eq!(ends(&mut rig), ["1000 terminate 5"]);
    rig.until(1000 + BOOT);
    assert_eq!(ends(&mut rig), ["1060 terminate 4"]);
}

#[test]
fn replacing_can_be_suspended() {
    let mut rig = Rig::new(settings(2));
    rig.until(1000).done();
    rig.tell(|it, now, out| it.suspend(Process::ReplaceUnhealthy, true, now, out));
    rig.unwell(0, Report::NotRunning);
    assert_eq!(rig.done().len(), 0);
    assert!(rig.instance(0).unhealthy);
    rig.tell(|it, now, out| it.suspend(Process::ReplaceUnhealthy, false, now, out));
    assert_eq!(rig.done(), ["1000 terminate 0", "1000 launch 2 in a"]);
}
