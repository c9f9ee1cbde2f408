//! `[[cluster.load_balancer]]` and `[[cluster.target_group]]`: names that resolve, and values that
//! Elastic Load Balancing takes (API Reference, "TargetGroupAttribute", "LoadBalancerAttribute",
//! "CreateTargetGroup", "CreateRule").

use super::Finding;
use super::ranges::{not_zero, within};
use crate::engine::SimDuration;
use crate::scenario::aws::{
    BalancingAlgorithm, HealthCheckOptions, HealthyTargets, LoadBalancer, LoadBalancerKind,
    TargetGroup,
};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::load::{Draft, Referent};
use crate::scenario::path::Path;
use crate::scenario::{Cluster, ClusterKind};

/// Clients of a group: each takes some memory.
const MOST_CLIENTS: u32 = 10_000_000;
/// Days of the longest stickiness.
const WEEK: u64 = 7 * 24 * 3600;

pub fn check(draft: &Draft, out: &mut Vec<Finding>) {
    for (index, cluster) in draft.clusters.iter() {
        let at = Path::element("cluster", index);
        for (index, balancer) in cluster.load_balancers.iter().enumerate() {
            let at = at.key("load_balancer").index(index);
            check_balancer(balancer, cluster, &at, out);
        }
        for (index, group) in cluster.target_groups.iter().enumerate() {
            let at = at.key("target_group").index(index);
            check_group(group, index, cluster, draft, &at, out);
        }
    }
}

fn check_balancer(balancer: &LoadBalancer, cluster: &Cluster, at: &Path, out: &mut Vec<Finding>) {
    if cluster.kind == ClusterKind::Eks && !balancer.security_groups.is_empty() {
        let title = "security groups are not simulated on EKS";
        let help = "leave `security_groups` out: its controller lets through what is needed";
        out.push(Finding::new(at.key("security_groups"), title).on_key().help(help));
    }
    let names = cluster.load_balancers.iter().map(|other| other.name.as_str());
    check_name(&balancer.name, names, "load balancers", at, out);
    let subnets = || cluster.subnets.iter().map(|subnet| subnet.name.as_str());
    let mut zones = Vec::new();
    for (index, name) in balancer.subnets.iter().enumerate() {
        let at = at.key("subnets").index(index);
        let Some(subnet) = cluster.subnets.iter().find(|subnet| subnet.name == *name) else {
            missing(name, subnets(), "subnet", at, out);
            continue;
        };
        if zones.contains(&subnet.zone) {
            let title = format!("zone {} has a node already", subnet.zone);
            out.push(Finding::new(at, title).help("a load balancer has one subnet in each zone"));
        }
        zones.push(subnet.zone);
    }
    if let Some(idle) = balancer.idle_timeout {
        let (from, to) = match balancer.kind {
            LoadBalancerKind::Application => (1, 4000),
            LoadBalancerKind::Network => (60, 6000),
        };
        let range = SimDuration::from_secs(from)..=SimDuration::from_secs(to);
        within(idle, &range, at.key("idle_timeout"), "the idle timeout", out);
    }
    if let Some(capacity) = &balancer.capacity {
        let at = at.key("capacity");
        if balancer.kind == LoadBalancerKind::Network {
            let title = "a Network Load Balancer carries whatever comes";
            out.push(Finding::new(at.clone(), title).help("leave `capacity` out"));
        }
        not_zero(&capacity.least.0, at.key("least"), "what it carries from the beginning", out);
        not_zero(&capacity.doubling, at.key("doubling"), "the time to grow twofold", out);
        within(capacity.headroom, &(1.0..=100.0), at.key("headroom"), "the headroom", out);
    }
}

/// A name that is there, and once.
fn check_name<'a>(
    name: &str,
    names: impl Iterator<Item = &'a str>,
    what: &str,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    if name.is_empty() {
        out.push(Finding::new(at.key("name"), "the name is empty"));
    } else if names.filter(|other| *other == name).count() > 1 {
        let title = format!("there are several {what} named `{name}`");
        out.push(Finding::new(at.key("name"), title));
    }
}

fn missing<'a>(
    name: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    what: &str,
    at: Path,
    out: &mut Vec<Finding>,
) {
    let title = format!("there is no {what} `{name}`");
    out.push(Finding::new(at, title).help(suggestion(name, names, what)));
}

fn check_group(
    group: &TargetGroup,
    index: usize,
    cluster: &Cluster,
    draft: &Draft,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let groups = &cluster.target_groups;
    let names = groups.iter().map(|other| other.name.as_str());
    check_name(&group.name, names, "target groups", at, out);
    if let Some(app) = &group.app {
        let at = at.key("app");
        if let Referent::Missing = draft.apps.find(app) {
            missing(app, draft.apps.names().map(|(_, name)| name), "app", at, out);
        } else if let Some(other) = groups[..index].iter().find(|it| it.app == group.app) {
            let title = format!("the requests of `{app}` go through `{}` already", other.name);
            out.push(Finding::new(at, title).help("an app has one target group"));
        }
    }
    let Some(balancer) = cluster.load_balancers.iter().find(|it| it.name == group.load_balancer)
    else {
        let names = cluster.load_balancers.iter().map(|it| it.name.as_str());
        return missing(&group.load_balancer, names, "load balancer", at.key("load_balancer"), out);
    };
    if group.target_type.is_some() && cluster.kind != ClusterKind::Eks {
        let title = "target types are for clusters of Amazon EKS: here targets are tasks";
        out.push(Finding::new(at.key("target_type"), title).on_key().help("leave it out"));
    }
    check_rule(group, index, balancer, cluster, at, out);
    check_kind(group, balancer.kind, at, out);
    check_attributes(group, at, out);
    let timeout = match balancer.kind {
        LoadBalancerKind::Application => 5,
        LoadBalancerKind::Network => 10,
    };
    check_health(&group.health_check, timeout, &at.key("health_check"), out);
    check_failover(group, at, out);
}

/// Which requests a group gets: no other may get the same.
fn check_rule(
    group: &TargetGroup,
    index: usize,
    balancer: &LoadBalancer,
    cluster: &Cluster,
    at: &Path,
    out: &mut Vec<Finding>,
) {
    let has_rule = |group: &TargetGroup| !group.hosts.is_empty() || !group.paths.is_empty();
    if balancer.kind == LoadBalancerKind::Network {
        for (key, given) in [("hosts", &group.hosts), ("paths", &group.paths)] {
            if !given.is_empty() {
                let title = "a Network Load Balancer sees no requests, but connections";
                let help = format!("leave `{key}` out: each group has a port of its own");
                out.push(Finding::new(at.key(key), title).help(help));
            }
        }
        return;
    }
    if let Some(priority) = group.priority {
        within(priority, &(1..=50_000), at.key("priority"), "the priority", out);
    }
    let mut before = cluster.target_groups[..index].iter();
    let same = |other: &&TargetGroup| other.load_balancer == group.load_balancer;
    if !has_rule(group) {
        if let Some(other) = before.find(|other| same(other) && !has_rule(other)) {
            let title = format!("`{}` gets all other requests already", other.name);
            let help = "say which requests are for it, by `hosts` or `paths`";
            out.push(Finding::new(at.key("name"), title).help(help));
        }
        return;
    }
    let equal = |other: &&TargetGroup| {
        same(other)
            && has_rule(other)
            && other.priority.is_some()
            && other.priority == group.priority
    };
    if let Some(other) = before.find(equal) {
        let title = format!("`{}` has the same priority", other.name);
        out.push(Finding::new(at.key("priority"), title));
    }
    for (index, path) in group.paths.iter().enumerate() {
        if !path.starts_with(['/', '*', '?']) {
            let title = format!("no path is like `{path}`: paths begin with `/`");
            out.push(Finding::new(at.key("paths").index(index), title));
        }
    }
    if group.hosts.len() + group.paths.len() > 5 {
        let title = "a rule has at most five hosts and paths in all";
        let key = if group.paths.is_empty() { "hosts" } else { "paths" };
        out.push(Finding::new(at.key(key), title).help("make it two target groups"));
    }
}

/// What only one kind of load balancer has.
fn check_kind(group: &TargetGroup, kind: LoadBalancerKind, at: &Path, out: &mut Vec<Finding>) {
    let network = kind == LoadBalancerKind::Network;
    if network && group.algorithm.is_some() {
        let title = "a Network Load Balancer chooses by a hash of the connection";
        out.push(Finding::new(at.key("algorithm"), title).help("leave `algorithm` out"));
    }
    if network && !group.slow_start.is_zero() {
        let title = "a Network Load Balancer starts no target slowly";
        out.push(Finding::new(at.key("slow_start"), title).help("leave `slow_start` out"));
    }
    if let Some(stickiness) = group.stickiness {
        let at = at.key("stickiness");
        let range = SimDuration::from_secs(1)..=SimDuration::from_secs(WEEK);
        within(stickiness, &range, at.clone(), "stickiness", out);
        if network {
            let title = "a Network Load Balancer has no cookies";
            out.push(Finding::new(at, title).help("`clients` keep to their connections there"));
        } else if group.clients.is_none() {
            let title = "who is to stay with a target has to come again";
            out.push(Finding::new(at, title).help("say how many `clients` there are"));
        } else if group.cross_zone == Some(false) {
            let title = "stickiness needs cross-zone load balancing";
            out.push(Finding::new(at, title).help("leave `cross_zone = false` out"));
        } else if group.algorithm == Some(BalancingAlgorithm::AnomalyMitigation) {
            let title = "anomaly mitigation excludes stickiness";
            out.push(Finding::new(at, title).help("leave `stickiness` out"));
        }
    }
}

fn check_attributes(group: &TargetGroup, at: &Path, out: &mut Vec<Finding>) {
    let secs = SimDuration::from_secs;
    let (delay, delay_at) = (group.deregistration_delay, at.key("deregistration_delay"));
    within(delay, &(secs(0)..=secs(3600)), delay_at, "the deregistration delay", out);
    if !group.slow_start.is_zero() {
        let at = at.key("slow_start");
        within(group.slow_start, &(secs(30)..=secs(900)), at.clone(), "slow start", out);
        if group.algorithm.unwrap_or_default() != BalancingAlgorithm::RoundRobin {
            out.push(Finding::new(at, "slow start needs the algorithm `round-robin`"));
        }
    }
    if let Some(registration) = group.registration {
        let (range, at) = (secs(0)..=secs(3600), at.key("registration"));
        within(registration, &range, at, "the time of a registration", out);
    }
    if let Some(clients) = group.clients {
        let at = at.key("clients");
        within(clients, &(1..=MOST_CLIENTS), at, "the number of clients", out);
    }
}

/// `usual` is the default of the timeout, in seconds.
fn check_health(check: &HealthCheckOptions, usual: u64, at: &Path, out: &mut Vec<Finding>) {
    let secs = SimDuration::from_secs;
    let interval = check.interval.unwrap_or(secs(30));
    let timeout = check.timeout.unwrap_or(secs(usual));
    let what = "the interval of health checks";
    within(interval, &(secs(5)..=secs(300)), at.key("interval"), what, out);
    let what = "the timeout of health checks";
    within(timeout, &(secs(2)..=secs(120)), at.key("timeout"), what, out);
    if timeout > interval {
        let title =
            format!("a check that times out after {timeout} cannot be sent every {interval}");
        let key = if check.timeout.is_some() { "timeout" } else { "interval" };
        out.push(Finding::new(at.key(key), title));
    }
    let thresholds = [
        ("healthy_threshold", check.healthy_threshold, "the healthy threshold"),
        ("unhealthy_threshold", check.unhealthy_threshold, "the unhealthy threshold"),
    ];
    for (key, threshold, what) in thresholds {
        if let Some(threshold) = threshold {
            within(threshold, &(2..=10), at.key(key), what, out);
        }
    }
}

/// DNS failover has to come before routing failover, or with it.
fn check_failover(group: &TargetGroup, at: &Path, out: &mut Vec<Finding>) {
    let TargetGroup { dns_failover, routing_failover, .. } = group;
    for (key, of) in [("dns_failover", dns_failover), ("routing_failover", routing_failover)] {
        within(of.percent, &(0..=100), at.key(key).key("percent"), "a share in percent", out);
    }
    let comes_later = |dns: &HealthyTargets, routing: &HealthyTargets| {
        dns.count < routing.count || dns.percent < routing.percent
    };
    let off = HealthyTargets { count: 0, percent: 0 };
    if *dns_failover != off && comes_later(dns_failover, routing_failover) {
        let title = "DNS failover has to come before routing failover, or with it";
        let help = "`dns_failover` asks for as many healthy targets, or more";
        out.push(Finding::new(at.key("routing_failover"), title).help(help));
    }
}
