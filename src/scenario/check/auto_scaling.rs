//! `[[cluster.auto_scaling_group]]` and `[[cluster.subnet]]`: groups of instances that can be.
//! Which types of instances there are is not known here.

use super::clusters::MOST_HOSTS;
use super::names::check_folder_name;
use super::ranges::{lasting, within};
use super::{Finding, laws};
use crate::engine::SimDuration;
use crate::scenario::aws::{
    AutoScalingGroup, GroupPolicy, InstanceMarket, ScheduledSize, Shortage, StepPolicy,
    TerminationPolicy,
};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind, MigrationOptions};
use crate::units::Fraction;
use crate::units::cron::Schedule;

/// Types of a group (API reference, `LaunchTemplateOverrides`).
const MOST_TYPES: u32 = 40;
/// How long a hook may wait for a heartbeat, in seconds (API reference, `PutLifecycleHook`).
const HEARTBEATS: std::ops::RangeInclusive<u64> = 30..=7200;

pub fn check(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    check_hosts(cluster, at, out);
    check_subnets(cluster, at, out);
    for (index, group) in cluster.auto_scaling_groups.iter().enumerate() {
        let at = at.key("auto_scaling_group").index(index);
        let mut earlier = cluster.auto_scaling_groups[..index].iter();
        if earlier.any(|other| other.name == group.name) {
            let title = format!("there are two Auto Scaling groups named `{}`", group.name);
            out.push(Finding::new(at.key("name"), title).label("second"));
        }
        check_instances(group, cluster, &at, out);
        check_market(group, &at, out);
        for (index, action) in group.schedules.iter().enumerate() {
            check_action(action, &at.key("schedule").index(index), out);
        }
        for (index, policy) in group.policies.iter().enumerate() {
            check_policy(policy, &at.key("policy").index(index), out);
        }
    }
}

/// What all groups of instances say, those of EKS too.
pub(super) fn check_instances(
    group: &AutoScalingGroup,
    cluster: &Cluster,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    check_folder_name(&group.name, at.key("name"), "the name of a group", out);
    check_sizes(group, at, out);
    check_types(group, at, out);
    check_places(group, cluster, at, out);
    check_launches(group, cluster, at, out);
}

/// How instances come and go, and when there are none to be had.
pub(super) fn check_launches(
    group: &AutoScalingGroup,
    cluster: &Cluster,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    check_life(group, at, out);
    for (index, shortage) in group.shortages.iter().enumerate() {
        let at = at.key("shortage").index(index);
        check_shortage(shortage, group, cluster, &at, out);
    }
}

/// Hosts of an ECS cluster are there for instances, which are VMs that stay where they are.
fn check_hosts(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    if cluster.kind != ClusterKind::Ecs {
        return;
    }
    let overhead = at.key("overhead");
    let Some(hosts) = &cluster.hosts else {
        if cluster.overhead.is_some() {
            let title = "`overhead` is that of instances on `hosts`, and there are none";
            out.push(Finding::new(overhead, title).on_key());
        }
        return;
    };
    let at_hosts = at.key("hosts");
    if cluster.auto_scaling_groups.is_empty() {
        let title = "there is nothing for these hosts: tasks on Fargate need none";
        let help = "say which instances are on them, in a `[[cluster.auto_scaling_group]]`";
        out.push(Finding::new(at_hosts.clone(), title).on_key().help(help));
    }
    let (count, zones) = (hosts.count, zones(cluster));
    if count < zones {
        let title = format!("{count} hosts leave some of {zones} zones without any");
        let related = at.key("zones").key("count");
        out.push(Finding::new(at_hosts, title).on_key().related(related, "one for each at least"));
    }
    if cluster.migration != MigrationOptions::default() {
        let title = "instances of EC2 are not migrated";
        let help = "leave out `migration`; what is on a host that fails is launched anew";
        out.push(Finding::new(at.key("migration"), title).on_key().help(help));
    }
    if cluster.overhead.is_some_and(|overhead| overhead.cpu >= Fraction(1.0)) {
        let title = "virtualisation cannot take all of the CPU time";
        out.push(Finding::new(overhead.key("cpu"), title));
    }
}

fn zones(cluster: &Cluster) -> u32 {
    cluster.zones.map_or(1, |zones| zones.count)
}

fn check_zone(zone: u32, cluster: &Cluster, at: Path, out: &mut Vec<Finding>) {
    let most = zones(cluster);
    if zone >= most {
        let title = format!("there is no zone {zone}: there are {most}, counted from 0");
        out.push(Finding::new(at, title).help("`zones` of the cluster says how many"));
    }
}

fn check_subnets(cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    for (index, subnet) in cluster.subnets.iter().enumerate() {
        let at = at.key("subnet").index(index);
        if cluster.subnets[..index].iter().any(|other| other.name == subnet.name) {
            let title = format!("there are two subnets named `{}`", subnet.name);
            out.push(Finding::new(at.key("name"), title).label("second"));
        }
        check_zone(subnet.zone, cluster, at.key("zone"), out);
    }
}

fn check_sizes(group: &AutoScalingGroup, at: &Path, out: &mut Vec<Finding>) {
    within(group.max, &(1..=MOST_HOSTS), at.key("max"), "the most instances", out);
    let (min, max, desired) = (group.min, group.max, group.desired());
    if min > max {
        let title = format!("a group of at least {min} instances cannot have at most {max}");
        out.push(Finding::new(at.key("max"), title).related(at.key("min"), "the fewest"));
    } else if !(min..=max).contains(&desired) {
        let title = format!("a group of {min} to {max} instances cannot begin with {desired}");
        out.push(Finding::new(at.key("desired"), title));
    }
}

fn check_types(group: &AutoScalingGroup, at: &Path, out: &mut Vec<Finding>) {
    let (types, path) = (&group.instance_types, at.key("instance_types"));
    let count = types.len() as u32;
    within(count, &(1..=MOST_TYPES), path.clone(), "the number of instance types", out);
    for (index, name) in types.iter().enumerate() {
        if types[..index].contains(name) {
            let title = format!("the type `{name}` is there twice");
            out.push(Finding::new(path.index(index), title).label("second"));
        }
    }
    let weights = at.key("weights");
    if !group.weights.is_empty() && group.weights.len() != types.len() {
        let title =
            format!("{} weights are not one for each of {count} types", group.weights.len());
        out.push(Finding::new(weights.clone(), title).related(path, "the types"));
    }
    for (index, &weight) in group.weights.iter().enumerate() {
        within(weight, &(1..=999), weights.index(index), "the weight of a type", out);
    }
}

fn check_market(group: &AutoScalingGroup, at: &Path, out: &mut Vec<Finding>) {
    let InstanceMarket { on_demand, spot_interruptions, spot_pools, .. } = group.market;
    let market = at.key("market");
    let percent = on_demand.0 * 100.0;
    if (percent - percent.round()).abs() > 1e-9 {
        let title = "the On-Demand part is a whole number of per cent";
        out.push(Finding::new(market.key("on_demand"), title));
    }
    if spot_interruptions >= Fraction(1.0) {
        let title = "not all Spot instances can be interrupted within a month at any rate";
        let help = "say a part below 100%, such as `20%`";
        out.push(Finding::new(market.key("spot_interruptions"), title).help(help));
    }
    within(spot_pools, &(1..=20), market.key("spot_pools"), "the number of Spot pools", out);
    if group.warm_pool.is_some() && on_demand < Fraction(1.0) {
        let title = "a group with Spot instances cannot have a warm pool";
        let related = market.key("on_demand");
        out.push(
            Finding::new(at.key("warm_pool"), title)
                .on_key()
                .related(related, "not all of it is On-Demand"),
        );
    }
}

fn check_places(group: &AutoScalingGroup, cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    check_subnet_names(&group.subnets, cluster, &at.key("subnets"), out);
}

/// Subnets that the cluster has.
pub(super) fn check_subnet_names(
    names: &[String],
    cluster: &Cluster,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let usual = (0..zones(cluster)).map(|zone| format!("subnet-{zone}"));
    let written = cluster.subnets.iter().map(|subnet| subnet.name.clone());
    let subnets: Vec<String> =
        if cluster.subnets.is_empty() { usual.collect() } else { written.collect() };
    for (index, name) in names.iter().enumerate() {
        if !subnets.contains(name) {
            let title = format!("there is no subnet `{name}`");
            let help = suggestion(name, subnets.iter().map(String::as_str), "subnet");
            out.push(Finding::new(at.index(index), title).help(help));
        }
    }
}

fn check_life(group: &AutoScalingGroup, at: &Path, out: &mut Vec<Finding>) {
    let own = [(&group.launch, "launch"), (&group.boot, "boot"), (&group.shutdown, "shutdown")];
    for (law, key) in own {
        if let Some(law) = law {
            laws::check(law, &at.key(key), out);
        }
    }
    for (index, hook) in group.hooks.iter().enumerate() {
        let at = at.key("hook").index(index);
        let (low, high) = (HEARTBEATS.start(), HEARTBEATS.end());
        let range = SimDuration::from_secs(*low)..=SimDuration::from_secs(*high);
        within(hook.timeout, &range, at.key("timeout"), "the time-out of a hook", out);
        if let Some(law) = &hook.takes {
            laws::check(law, &at.key("takes"), out);
        }
    }
    let before_last = group.termination_policies.iter().rev().skip(1);
    if before_last.into_iter().any(|policy| *policy == TerminationPolicy::Default) {
        let title = "the termination policy `default` has to be the last of the list";
        out.push(Finding::new(at.key("termination_policies"), title));
    }
}

fn check_action(action: &ScheduledSize, at: &Path, out: &mut Vec<Finding>) {
    match (&action.at, &action.cron) {
        (None, None) => {
            let help = "say `at = \"2024-01-01T08:00:00Z\"` or `cron = \"0 8 * * *\"`";
            out.push(Finding::new(at.clone(), "when is this due?").help(help));
        }
        (Some(_), Some(_)) => {
            let title = "an action is due once, `at` an instant, or by `cron`, not both";
            out.push(Finding::new(at.key("cron"), title).on_key());
        }
        (Some(_), None) => {}
        (None, Some(cron)) => {
            if let Err(error) = Schedule::parse(cron) {
                out.push(Finding::new(at.key("cron"), error.to_string()));
            }
        }
    }
    if [action.min, action.max, action.desired] == [None; 3] {
        let title = "the action sets neither `min`, `max` nor `desired`";
        out.push(Finding::new(at.clone(), title));
    }
}

fn check_policy(policy: &GroupPolicy, at: &Path, out: &mut Vec<Finding>) {
    match policy {
        GroupPolicy::TargetTracking { target, .. } => {
            if *target <= Fraction(0.0) {
                let at = at.key("target-tracking").key("target");
                out.push(Finding::new(at, "the target must be more than zero"));
            }
        }
        GroupPolicy::Step(step) => check_step(step, &at.key("step"), out),
    }
}

fn check_step(step: &StepPolicy, at: &Path, out: &mut Vec<Finding>) {
    if step.above.is_some() == step.below.is_some() {
        let title = "the alarm of a step policy is raised `above` or `below` a utilisation";
        out.push(Finding::new(at.clone(), title).help("say one of the two"));
    }
    within(step.minutes, &(1..=1440), at.key("minutes"), "the minutes of an alarm", out);
    if step.steps.is_empty() {
        let help = "such as `steps = [{ adjustment = 1 }]`";
        out.push(Finding::new(at.key("steps"), "a policy without steps does nothing").help(help));
    }
    for (index, one) in step.steps.iter().enumerate() {
        if let (Some(lower), Some(upper)) = (one.lower, one.upper)
            && lower.partial_cmp(&upper) != Some(std::cmp::Ordering::Less)
        {
            let title = format!("a step from {lower} to {upper} is for nothing");
            out.push(Finding::new(at.key("steps").index(index), title));
        }
    }
}

fn check_shortage(
    shortage: &Shortage,
    group: &AutoScalingGroup,
    cluster: &Cluster,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    if let Some(zone) = shortage.zone {
        check_zone(zone, cluster, at.key("zone"), out);
    }
    if let Some(name) = &shortage.instance_type
        && !group.instance_types.contains(name)
    {
        let title = format!("the group has no instances of type `{name}`");
        let known = group.instance_types.iter().map(String::as_str);
        out.push(Finding::new(at.key("type"), title).help(suggestion(name, known, "type")));
    }
    if let Some(until) = shortage.until {
        let length = until.saturating_sub(shortage.from);
        lasting(length, at.key("until"), "the length of a shortage", out);
    }
}
