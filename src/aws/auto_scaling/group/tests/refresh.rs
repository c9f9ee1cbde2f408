//! Instance refreshes, batch by batch.

use super::rig::Rig;
use crate::aws::auto_scaling::instance::{InstanceId, Template};
use crate::aws::auto_scaling::refresh::Preferences;
use crate::aws::auto_scaling::settings::Settings;
use crate::aws::auto_scaling::termination::TerminationPolicy;
use crate::engine::SimDuration;

fn rig(desired: u32) -> Rig {
    let policies = vec![TerminationPolicy::OldestLaunchTemplate];
    let mut rig = Rig::new(Settings { policies, ..Settings::new(0, 40, desired, 2) });
    rig.until(100).done();
    rig.group.set_template(Template { id: 1, version: 2 });
    rig
}

fn start(rig: &mut Rig, preferences: Preferences) {
    rig.tell(|it, now, out| it.start_refresh(preferences, now, out));
}

/// When instances end and come into service; which ones, the lot decides.
fn times(rig: &mut Rig, verb: &str) -> Vec<u64> {
    let told = rig.log.iter().filter(|line| line.contains(verb));
    told.map(|line| line.split(' ').next().unwrap_or("").parse().expect("a time")).collect()
}

/// A tenth of 20 at a time: 60 s to launch, then 40 s to warm up.
#[test]
fn two_of_twenty_are_replaced_at_a_time() {
    let mut rig = rig(20);
    let warmup = Some(SimDuration::from_secs(40));
    start(&mut rig, Preferences { warmup, ..Preferences::default() });
    rig.until(1099);
    assert!(rig.group.is_refreshing());
    let ends: Vec<u64> = (0..10).flat_map(|batch| [100 + batch * 100; 2]).collect();
    assert_eq!(times(&mut rig, "terminate"), ends);
    rig.until(1100);
    assert!(!rig.group.is_refreshing());
    assert_eq!(times(&mut rig, "terminate").len(), 20);
    assert_eq!(rig.loads(), [10, 10]);
    assert!(rig.group.instances().all(|(_, it)| it.template.version == 2));
}

/// Without a warm-up of its own the group's grace period counts: 300 s.
#[test]
fn new_instances_warm_up_for_the_grace_period() {
    let mut rig = rig(2);
    start(&mut rig, Preferences::default());
    rig.until(2000);
    assert_eq!(times(&mut rig, "terminate"), [100, 460]);
    assert!(!rig.group.is_refreshing());
}

#[test]
fn at_a_hundred_percent_the_new_one_comes_first() {
    let mut rig = rig(2);
    let warmup = Some(SimDuration::ZERO);
    start(&mut rig, Preferences { warmup, min_healthy: 100, ..Preferences::default() });
    rig.until(1000);
    assert_eq!(times(&mut rig, "launch"), [100, 160]);
    assert_eq!(times(&mut rig, "terminate"), [160, 220]);
    assert_eq!((rig.loads(), rig.group.is_refreshing()), (vec![1, 1], false));
}

#[test]
fn what_matches_or_is_protected_stays() {
    let mut rig = rig(2);
    rig.desire(3);
    rig.until(200).done();
    rig.tell(|it, now, out| it.protect(InstanceId(0), true, now, out)).expect("it serves");
    let warmup = Some(SimDuration::ZERO);
    start(&mut rig, Preferences { warmup, skip_matching: true, ..Preferences::default() });
    rig.until(1000);
    assert_eq!(rig.done()[..2], ["200 terminate 1", "200 launch 3 in b"]);
    let left: Vec<u32> = rig.group.instances().map(|(id, _)| id.0).collect();
    assert_eq!((left, rig.group.is_refreshing()), (vec![0, 2, 3], false));
    start(&mut rig, Preferences { warmup, ..Preferences::default() });
    rig.until(2000);
    let left: Vec<u32> = rig.group.instances().map(|(id, _)| id.0).collect();
    assert_eq!(left, [0, 4, 5], "all but the protected one");
}
