//! Managed scaling and strategies by hand.

use super::needed::Needed;
use super::*;
use crate::aws::ecs::placement::{Left, Need};
use crate::aws::ecs::service::ProviderShare;
use crate::aws::ecs::task_definition::Protocol;
use crate::aws::ecs::units::{CpuUnits, Mebibytes};

fn offered(cpu: u32, memory: u32, interfaces: u32) -> Left {
    Left { cpu: CpuUnits(cpu), memory: Mebibytes(memory), gpus: 0, interfaces }
}

fn waiting(tasks: u32, cpu: u32, memory: u32) -> Waiting {
    let need = Need { cpu: CpuUnits(cpu), memory: Mebibytes(memory), ..Need::default() };
    Waiting { need, tasks, distinct: false }
}

fn instances(instances: u32) -> Needed {
    Needed { instances, unplaceable: 0 }
}

/// So many instances, all with tasks.
fn busy(instances: u32, desired: u32) -> Observation {
    Observation {
        instances,
        empty: 0,
        warming: 0,
        desired,
        waiting: false,
        needed: Needed::default(),
    }
}

fn with_waiting(seen: Observation, needed: Needed) -> Observation {
    Observation { waiting: true, needed, ..seen }
}

#[test]
fn tasks_are_packed_by_what_is_scarcest() {
    let large = offered(2048, 7900, 3);
    // 4 by CPU and 3 by memory: 10 tasks take 4 instances
    assert_eq!(needed(&[waiting(10, 512, 2300)], &[large]), instances(4));
    let with_interface = |mut group: Waiting| {
        group.need.interfaces = 1;
        group
    };
    assert_eq!(
        needed(&[with_interface(waiting(10, 128, 128))], &[offered(2048, 7900, 2)]),
        instances(5)
    );
    let with_port = |mut group: Waiting| {
        group.need.ports = vec![(80, Protocol::Tcp)];
        group
    };
    assert_eq!(needed(&[with_port(waiting(10, 128, 128))], &[large]), instances(10));
    let apart = Waiting { distinct: true, ..waiting(6, 128, 128) };
    assert_eq!(needed(&[apart], &[large]), instances(6));
    // groups are taken to fit beside each other
    assert_eq!(needed(&[waiting(10, 512, 2300), waiting(8, 1024, 100)], &[large]), instances(4));
    assert_eq!(needed(&[], &[large]), instances(0));
}

#[test]
fn of_mixed_types_the_largest_counts_and_the_smallest_must_fit() {
    let types = [offered(8192, 32_000, 3), offered(2048, 7900, 3)];
    // 8 fit on the large type, 2 on the small one: 20 / 8
    assert_eq!(needed(&[waiting(20, 1024, 1000)], &types), instances(3));
    // none fits on the small one: the group is left out
    let found = needed(&[waiting(20, 4096, 1000)], &types);
    assert_eq!(found, Needed { instances: 0, unplaceable: 20 });
    // another group still gets its instances
    let found = needed(&[waiting(20, 4096, 1000), waiting(1, 1, 1)], &types);
    assert_eq!(found, Needed { instances: 1, unplaceable: 20 });
    // and nothing is scaled for those that are left out: the metric stays at 100
    let seen = with_waiting(busy(4, 4), Needed { instances: 0, unplaceable: 20 });
    let settings = ManagedScaling::default();
    assert_eq!(settings.reservation(&seen).percent(), 100.0);
    assert_eq!(Scaling::new(settings).minute(&seen), None);
}

#[test]
fn a_group_without_instances_grows_to_two() {
    let mut scaling = Scaling::new(ManagedScaling::default());
    let none = busy(0, 0);
    assert_eq!(scaling.settings().reservation(&none).percent(), 100.0);
    assert_eq!(scaling.minute(&none), None);
    // five instances are needed; the metric is 200 all the same
    let seen = with_waiting(none, instances(5));
    assert_eq!(scaling.settings().reservation(&seen).percent(), 200.0);
    assert_eq!(scaling.minute(&seen), Some(2));
    // while they start
    assert_eq!(scaling.minute(&Observation { desired: 2, ..seen }), None);
    // they have their tasks, and three are still needed: 100 * 5 / 2
    let seen = with_waiting(busy(2, 2), instances(3));
    assert_eq!(scaling.settings().reservation(&seen).percent(), 250.0);
    assert_eq!(scaling.minute(&seen), Some(5));
}

#[test]
fn instances_that_warm_up_are_not_started_twice() {
    let mut scaling = Scaling::new(ManagedScaling::default());
    assert_eq!(scaling.minute(&with_waiting(busy(10, 10), instances(5))), Some(15));
    // they are in service, but their tasks are not placed yet
    let warming = Observation { instances: 15, empty: 5, warming: 5, desired: 15, ..busy(15, 15) };
    assert_eq!(scaling.minute(&with_waiting(warming, instances(5))), None);
    // a larger requirement
    assert_eq!(scaling.minute(&with_waiting(warming, instances(7))), Some(17));
}

#[test]
fn steps_are_bounded() {
    let settings = ManagedScaling { min_step: 3, max_step: 4, ..ManagedScaling::default() };
    let grown =
        |needed| Scaling::new(settings).minute(&with_waiting(busy(10, 10), instances(needed)));
    assert_eq!([1, 3, 4, 9].map(grown), [13, 13, 14, 14].map(Some));
}

#[test]
fn a_group_shrinks_after_fifteen_minutes_by_half_at_most() {
    let mut scaling = Scaling::new(ManagedScaling::default());
    let idle = |instances: u32, empty: u32| Observation { empty, ..busy(instances, instances) };
    for minute in 1..15 {
        assert_eq!(scaling.minute(&idle(10, 9)), None, "minute {minute}");
    }
    // one of ten is needed: five go, then three of five are too much in one minute, and so on
    let sizes = [(10, 9, Some(5)), (5, 4, Some(3)), (3, 2, Some(2)), (2, 1, Some(1)), (1, 0, None)];
    for (size, empty, expected) in sizes {
        assert_eq!(scaling.minute(&idle(size, empty)), expected, "of {size}");
    }
    // a minute at the target begins the fifteen anew
    assert_eq!(scaling.minute(&idle(10, 9)), None);
    assert!(managed_scaling::may_terminate(0) && !managed_scaling::may_terminate(1));
}

#[test]
fn a_lower_target_keeps_instances_in_hand() {
    let settings = ManagedScaling { target_capacity: 90, ..ManagedScaling::default() };
    let mut scaling = Scaling::new(settings);
    // nine are needed: 10 at 90 per cent; 100 is above the target
    assert_eq!(scaling.minute(&busy(9, 9)), Some(10));
    let spare = Observation { empty: 1, ..busy(10, 10) };
    assert_eq!(settings.reservation(&spare).percent(), 90.0);
    assert!((0..30).all(|_| scaling.minute(&spare).is_none()));
}

fn shares(of: &[(u32, u32)]) -> Vec<ProviderShare> {
    let share =
        |&(base, weight): &(u32, u32)| ProviderShare { provider: "p".to_owned(), base, weight };
    of.iter().map(share).collect()
}

/// Providers of so many tasks, in turn.
fn sequence(strategy: &[ProviderShare], tasks: usize) -> (Vec<usize>, Vec<u32>) {
    let mut counts = vec![0; strategy.len()];
    let mut places = Vec::new();
    for _ in 0..tasks {
        let place = distribution::next(strategy, &counts);
        counts[place] += 1;
        places.push(place);
    }
    (places, counts)
}

#[test]
fn tasks_fill_the_base_and_then_follow_the_weights() {
    // beyond the base of two: the parts of 1 and 3 in 4, of equal deficits the first
    let (places, counts) = sequence(&shares(&[(2, 1), (0, 3)]), 10);
    assert_eq!(places, [0, 0, 1, 0, 1, 1, 1, 0, 1, 1]);
    assert_eq!(counts, [4, 6]);
    assert_eq!(sequence(&shares(&[(0, 1), (0, 1), (0, 2)]), 400).1, [100, 100, 200]);
    assert_eq!(sequence(&shares(&[(0, 0), (0, 1)]), 5).1, [0, 5]);
    assert_eq!(sequence(&shares(&[(0, 0)]), 5).1, [5], "alone, no weight is needed");
}

#[test]
fn what_is_above_its_part_gives_up_first_and_the_base_last() {
    let strategy = shares(&[(2, 1), (0, 3)]);
    let mut counts = [4, 6];
    let mut left = Vec::new();
    while let Some(place) = distribution::next_to_leave(&strategy, &counts) {
        counts[place] -= 1;
        left.push(place);
    }
    // two of the first are above its base, in the proportion of 1 to 3; the base goes last
    assert_eq!(left, [1, 1, 0, 1, 1, 1, 0, 1, 0, 0]);
}

#[test]
fn a_provider_is_read_with_its_defaults() {
    let read = |text| CapacityProvider::from_json(text, "provider.json");
    let text = r#"{ "name": "spot", "autoScalingGroupProvider": {
        "autoScalingGroupArn": "arn:group",
        "managedScaling": { "status": "ENABLED", "targetCapacity": 90 },
        "managedTerminationProtection": "ENABLED" } }"#;
    let provider = read(text).expect("it is read");
    let expected = ManagedScaling { target_capacity: 90, ..ManagedScaling::default() };
    assert_eq!(provider.scaling, Some(expected));
    assert!(provider.termination_protection && provider.draining);
    let wrong = r#"{ "name": "fargate-like", "autoScalingGroupProvider": {
  "autoScalingGroupArn": "arn:group",
  "managedScaling": {
    "targetCapacity": 0, "minimumScalingStepSize": 5, "maximumScalingStepSize": 2
  },
  "managedTerminationProtection": "ENABLED"
} }
"#;
    insta::assert_snapshot!(read(wrong).expect_err("five problems").to_string());
}
