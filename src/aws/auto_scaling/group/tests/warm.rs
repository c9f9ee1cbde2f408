//! Warm pools: starts cut short, instances that go back.

use super::rig::Rig;
use crate::aws::auto_scaling::hook::{Hook, Outcome, Transition};
use crate::aws::auto_scaling::instance::{InstanceId, State, Zone};
use crate::aws::auto_scaling::settings::Settings;
use crate::aws::auto_scaling::warm_pool::{PoolState, WarmPool};
use crate::engine::SimDuration;

fn settings(pool: WarmPool) -> Settings {
    Settings { warm_pool: Some(pool), ..Settings::new(0, 4, 2, 1) }
}

/// A cold start takes 60 s, the start of a stopped one 15 s.
#[test]
fn a_warm_pool_cuts_the_launch_short() {
    let mut rig = Rig::new(settings(WarmPool::default()));
    rig.until(100);
    assert_eq!(
        rig.done(),
        [
            "0 launch 0 in a",
            "0 launch 1 in a",
            "0 launch 2 in a",
            "0 launch 3 in a",
            "60 serve 0",
            "60 serve 1",
            "60 stop 2",
            "60 stop 3",
        ]
    );
    assert_eq!((rig.group.totals().pool, rig.instance(2).state), (2, State::Warmed));
    rig.until(200).desire(3);
    rig.until(300);
    assert_eq!(rig.done(), ["200 start 2", "215 serve 2"]);
    // with the whole pool in service, one that is lost is replaced by a cold start
    rig.desire(4);
    rig.until(400);
    assert_eq!(rig.done(), ["300 start 3", "315 serve 3"]);
    rig.tell(|it, now, out| it.gone(InstanceId(0), now, out));
    rig.until(500);
    assert_eq!(rig.done(), ["400 launch 4 in a", "460 serve 4"]);
}

#[test]
fn a_running_pool_serves_at_once_and_what_is_prepared_bounds_it() {
    let pool = WarmPool { state: PoolState::Running, max_prepared: Some(3), ..WarmPool::default() };
    let mut rig = Rig::new(settings(pool));
    rig.until(200).done();
    assert_eq!(rig.group.totals().pool, 1);
    rig.desire(3);
    assert_eq!(rig.done(), ["200 serve 2"]);
    rig.desire(2);
    // the pool is to be filled anew, for what scales in is terminated
    let done = rig.done();
    assert!(done[0].contains("terminate") && done[1] == "200 launch 3 in a", "{done:?}");
}

/// What scales in goes back: hooks hold it as before an end, and then it is hibernated.
#[test]
fn instances_go_back_to_a_pool_that_reuses_them() {
    let pool = WarmPool { state: PoolState::Hibernated, reuse: true, ..WarmPool::default() };
    let heartbeat_timeout = SimDuration::from_secs(10);
    let hook = Hook { heartbeat_timeout, ..Hook::new(Transition::Terminating) };
    let hook = Hook { default_result: Outcome::Continue, ..hook };
    let hooks = vec![hook];
    let mut rig = Rig::new(Settings { hooks, load_balanced: true, max: 2, ..settings(pool) });
    rig.until(100).done();
    rig.desire(1);
    let id = rig.group.instances().find(|(_, it)| it.state == State::WarmedPending);
    let id = id.expect("one goes back").0.0;
    rig.until(200);
    let back = [
        format!("100 deregister {id}"),
        format!("120 hook 0 on {id}"),
        format!("130 hibernate {id}"),
    ];
    assert_eq!(rig.done(), back);
    assert_eq!(rig.instance(id).state, State::Warmed);
    rig.desire(2);
    rig.until(300);
    assert_eq!(rig.done(), [format!("200 start {id}"), format!("215 register {id}")]);
}

/// Hooks of the launch hold an instance before it is put aside, and again before it serves.
#[test]
fn hooks_hold_on_the_way_into_the_pool_and_out_of_it() {
    let heartbeat_timeout = SimDuration::from_secs(20);
    let default_result = Outcome::Continue;
    let hook = Hook { heartbeat_timeout, default_result, ..Hook::new(Transition::Launching) };
    let pool = WarmPool { min_size: 1, max_prepared: Some(0), ..WarmPool::default() };
    let mut rig = Rig::new(Settings { hooks: vec![hook], desired: 0, zones: 2, ..settings(pool) });
    rig.until(200).desire(1);
    rig.until(300);
    assert_eq!(
        rig.done(),
        [
            "0 launch 0 in a",
            "60 hook 0 on 0",
            "80 stop 0",
            "200 start 0",
            "200 launch 1 in a",
            "215 hook 0 on 0",
            "235 serve 0",
            "260 hook 0 on 1",
            "280 stop 1",
        ]
    );
}

/// EC2 has no capacity to start it: it ends, and another is launched in the other zone.
#[test]
fn a_stopped_instance_that_cannot_start_is_replaced_by_a_cold_start() {
    let pool = WarmPool { min_size: 1, max_prepared: Some(0), ..WarmPool::default() };
    let mut rig = Rig::new(Settings { desired: 0, zones: 2, ..settings(pool) });
    rig.until(200).done();
    rig.full.insert(Zone(0));
    rig.desire(1);
    rig.tell(|it, now, out| it.launch_failed(InstanceId(0), now, out));
    rig.until(250);
    // the pool is filled meanwhile: the launch in a failed, that in b did not
    assert_eq!(
        rig.done(),
        [
            "200 start 0",
            "200 launch 1 in a",
            "200 terminate 0",
            "200 launch 2 in b",
            "201 launch 3 in b",
        ]
    );
}
