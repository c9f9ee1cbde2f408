//! Whatever happens to a group, its books are right, and at last all is given back.

use proptest::prelude::*;

use super::rig::{scenario, world};
use crate::scenario::Scenario;

/// A group in two zones, part of it Spot that is interrupted at once and again, with a time without
/// capacity and machines that break, or hosts that have room for some of it and break.
fn any_group() -> impl Strategy<Value = Scenario> {
    let hosts = prop::option::of((2..4_u32, 1..3_u32));
    let parts = (0..3_u32, 1..6_u32, 0..=4_u32, any::<[bool; 3]>(), 1..60_u32, hosts);
    parts.prop_map(|(min, more, quarters, [hook, rebalance, short], minutes, hosts)| {
        let max = min + more;
        let mut group = format!("min = {min}\nmax = {max}\n");
        if hook {
            group += "hook = [{ transition = 'terminating', takes = '45s' }]\n";
        }
        if short {
            let until = minutes + 20;
            group += &format!("shortage = [{{ from = '{minutes}min', until = '{until}min' }}]\n");
        }
        group += &format!(
            "[cluster.auto_scaling_group.market]\non_demand = '{}%'\n\
             spot_interruptions = '99.9999999999%'\ncapacity_rebalance = {rebalance}\n\
             [[fault]]\nkind = {{ random = {{ time_to_failure = {{ exponential = {{ \
             mean = '2h' }} }}, time_to_repair = '20min' }} }}\n",
            quarters * 25
        );
        let mut cluster = "zones = { count = 2, uplink = '10Gbit/s' }\n".to_owned();
        if let Some((count, over)) = hosts {
            cluster += &format!(
                "hosts = {{ shape = 'rack', count = {count} }}\novercommit = {{ cpu = {over} }}\n"
            );
            group += "[[host]]\nname = 'rack'\ncores = 2\nthreads_per_core = 2\n\
                      memory = '64GiB'\nboot = { uniform = { min = '0s', max = '10min' } }\n";
        }
        scenario(&cluster, &group)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn books_are_right_and_all_is_given_back(
        scenario in any_group(),
        sizes in prop::collection::vec((0..6_u32, 10..1500_u32), 1..12),
    ) {
        let mut world = world(&scenario);
        let (mut now, mut charged) = (0.0, 0.0);
        let most = f64::from(scenario.clusters[0].auto_scaling_groups[0].max);
        for (size, secs) in sizes {
            world.resize(size);
            world.audit_instances();
            now += f64::from(secs);
            world.play(now);
            world.audit_instances();
            let taken = 2 * 4091 - world.subnets.ranges.iter().map(|it| it.free()).sum::<u32>();
            prop_assert_eq!(taken as usize, world.addresses());
            // what is launched ahead is one more at most; of what ends, only those that a hook has
            // may still have their machines beside those of their successors
            let hooked = world.stand().matches("TerminatingWait").count() as f64;
            prop_assert!(world.machines_up().len() as f64 <= most + 1.0 + hooked);
            let bill = world.ec2_bill(world.now()).total().0;
            // what EC2 takes back in its first hour is free after all
            prop_assert!(bill >= charged - most * 0.096);
            charged = bill;
        }
        world.end_group();
        world.play(now + 3600.0);
        prop_assert_eq!((world.addresses(), world.machines_up().len()), (0, 0));
        let vms: usize = world.vms_on_hosts().iter().sum();
        prop_assert_eq!(vms, 0);
        world.audit();
    }
}
