//! Strategies of services on six instances: two in each of three zones.

use super::rig::{Rig, offers};

/// Six tasks of half a vCPU and a GiB on instances of 2 vCPUs and 4,000 MiB: three for each.
fn spread(tasks: u32, strategy: &str) -> (Rig, Vec<u32>) {
    let mut rig = Rig::new(6);
    rig.define("web", "app:1", 512, 1024, "");
    let web = rig.serve(tasks, &format!(r#""placementStrategy": [{strategy}],"#));
    rig.run_to(100_000);
    let spread = rig.spread(web);
    (rig, spread)
}

const ZONES: &str = r#"{"type": "spread", "field": "attribute:ecs.availability-zone"}"#;
const INSTANCES: &str = r#"{"type": "spread", "field": "instanceId"}"#;
const MEMORY: &str = r#"{"type": "binpack", "field": "memory"}"#;

#[test]
fn binpack_fills_one_after_the_other() {
    assert_eq!(spread(7, MEMORY).1, [3, 3, 1, 0, 0, 0]);
}

#[test]
fn spread_is_even() {
    assert_eq!(spread(7, INSTANCES).1, [2, 1, 1, 1, 1, 1]);
    // services do by themselves
    assert_eq!(spread(7, "").1, [2, 1, 1, 1, 1, 1]);
}

#[test]
fn chained_strategies_pack_within_zones() {
    // machines 0 and 3 are in zone a, 1 and 4 in b, 2 and 5 in c
    let chained = format!("{ZONES}, {MEMORY}");
    assert_eq!(spread(7, &chained).1, [3, 2, 2, 0, 0, 0]);
    assert_eq!(spread(11, &chained).1, [3, 3, 3, 1, 1, 0]);
}

#[test]
fn a_service_gets_smaller_by_its_strategy_backwards() {
    let (mut rig, _) = spread(7, MEMORY);
    let web = rig.control.find_service("web").expect("it is there");
    rig.call(|control, around| control.set_desired(web, 4, around));
    rig.run_to(200_000);
    // the one where most is left goes first; of equals the youngest
    assert_eq!(rig.spread(web), [3, 1, 0, 0, 0, 0]);
}

#[test]
fn tasks_that_are_kept_apart_need_an_instance_each() {
    let mut rig = Rig::new(2);
    rig.define("web", "app:1", 128, 128, "");
    let web = rig.serve(3, r#""placementConstraints": [{"type": "distinctInstance"}],"#);
    rig.run_to(10_000);
    assert_eq!(rig.spread(web), [1, 1]);
    // one that joins is used at once
    rig.join(2, None, offers(2, 4000));
    rig.run_to(10_000);
    assert_eq!(rig.spread(web), [1, 1, 1]);
}
