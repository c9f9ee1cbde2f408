//! Tasks that stop, by hand.

use super::*;

/// Numbers of the tasks that stop, in turn, of tasks on these instances.
fn stopped(
    strategies: &[Strategy],
    instances: &[u32],
    protected: &[usize],
    count: usize,
) -> Vec<u32> {
    let mut fleet = six();
    let demand = demand(need(0, 100), Vec::new());
    let plan = fleet.plan(demand.clone());
    instances.iter().for_each(|&id| fleet.put(plan, InstanceId(id)));
    let task = |(at, &id): (usize, &u32)| Running {
        task: at as u32,
        instance: Some(InstanceId(id)),
        zone: None,
        need: &demand.need,
        protected: protected.contains(&at),
    };
    let mut tasks: Vec<Running<'_>> = instances.iter().enumerate().map(task).collect();
    let mut stream = stream();
    let mut found = Vec::new();
    while found.len() < count
        && let Some(at) = next_to_stop(&fleet, strategies, &tasks, &mut stream)
    {
        let gone = tasks.remove(at);
        let instance = gone.instance.expect("it is on one");
        fleet.dismiss(instance, &demand.group);
        fleet.release(instance, &demand.need);
        found.push(gone.task);
    }
    found
}

#[test]
fn without_strategies_the_fullest_zone_and_its_fullest_instance_give() {
    // zone a has tasks 0, 1, 2 of which 0 and 1 are on instance 0; zone b has 3; zone c has 4, 5
    let instances = [0, 0, 1, 2, 4, 4];
    // a has three: 1, the younger of instance 0. Then a and c have two: instance 4 has two. Then a
    // has two on two instances: the younger is 2. Then each zone has one: the youngest is 4
    assert_eq!(stopped(&[], &instances, &[], 4), [1, 5, 2, 4]);
}

#[test]
fn binpack_gives_where_most_is_left() {
    // after removal instance 0 has 4000 MiB left, 1 has 3000, 3 has 1000
    let strategies = [Strategy::Binpack(Resource::Memory)];
    assert_eq!(stopped(&strategies, &[3, 1, 0, 1], &[], 3), [2, 3, 1]);
    assert_eq!(stopped(&strategies, &[3, 1, 0, 1], &[2], 9), [3, 1, 0]);
}

#[test]
fn spread_keeps_the_balance() {
    let instances = [0, 0, 1, 2, 4, 4];
    let found = stopped(&[zone()], &instances, &[], 3);
    let zones = |task: &u32| ["a", "a", "a", "b", "c", "c"][*task as usize];
    let mut found: Vec<_> = found.iter().map(zones).collect();
    assert_eq!(found[0], "a");
    found.sort_unstable();
    assert_eq!(found, ["a", "a", "c"], "each zone has one task left");
    assert!(stopped(&[zone()], &[0, 1], &[0, 1], 1).is_empty());
}
